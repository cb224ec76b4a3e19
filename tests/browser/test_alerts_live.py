"""An alert on a real vigie and its database: from a ticket at the kiosk to what the auditor reads."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import looking
from tests.browser.test_alerts import LISTEN, sound_on
from tests.browser.test_board import AREAS, config_in, issue, kiosk
from tests.end_to_end.running import Running
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

PROMISED = """
[[commitments]]
area = "sud"
within = "1s"
share = 0.95
provenance = "essai"
from = "2026-01-01"
"""


async def test_a_ticket_that_waits_too_long_is_heard_taken_on_and_silenced(data_dir: Path, browser: Browser) -> None:
    config = config_in(data_dir, AREAS + PROMISED)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        async with kiosk(config) as borne, looking(browser, vigie.address, script=LISTEN) as page:
            await sound_on(page)
            await issue(borne, "A1")
            line = page.locator(".alert.page", has_text="dépassé")
            await expect(line).to_contain_text("Hall sud · Séjour <b>& : délai de 1\u202fs dépassé", timeout=15_000)
            await page.wait_for_function("() => shown.length === 1")
            await line.get_by_role("link", name="Prendre en charge").click()
            card = page.locator(".card.page", has_text="dépassé")
            await card.get_by_label("Votre fonction").first.fill("chef de hall")
            await card.get_by_label("Ce qui est fait").fill("Guichet 1\nouvre")
            await card.get_by_role("button", name="Prendre en charge").click()
            await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
            await card.get_by_text("Mettre en silence…").click()
            await card.locator("select[name=queue]").select_option(label="Séjour <b>&")
            await card.locator("input[name=reason]").fill("formation")
            await card.get_by_role("button", name="Mettre en silence").click()
            await expect(page.locator("#said")).to_have_text("Le silence est en place.")
            await card.get_by_text("Chronologie").click()
            timeline = card.locator(".timeline")
            await expect(timeline).to_contain_text("Alerte déclenchée – Séjour <b>&")
            await expect(timeline).to_contain_text("Prise en charge : chef de hall – Guichet 1 ouvre")
            await expect(timeline).to_contain_text("Mise en silence : chef de hall – formation")
            await page.get_by_role("button", name="Lever").click()
            await expect(page.locator("#said")).to_have_text("Le silence est levé.")
            await expect(timeline).to_contain_text("Silence levé")
            # the next turns read the same from the database
            await page.reload()
            await expect(card.locator(".state")).to_contain_text("Prise en charge")
