"""The supervisors' board in a real browser, on a real vigie: from a device's message to the screen."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from collector.publisher import Publisher
from deploy import backing
from deploy.configuration import load
from tests.browser.pages import SIZES, looking
from tests.end_to_end.running import Running, configuration
from tests.servers import CHROMIUM, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.servers,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

AREAS = """
[[areas]]
id = "sud"
kind = "hall"
name = "Hall sud"

[[queues]]
id = "sejour"
area = "sud"
name = "Séjour <b>&"
"""


@asynccontextmanager
async def kiosk(config: Path) -> AsyncIterator[Publisher]:
    """A device on vigie's broker."""
    publisher = Publisher(await backing.broker(load(config)), "borne-1")
    running = asyncio.create_task(publisher.run())
    try:
        yield publisher
        await publisher.drain()
    finally:
        running.cancel()
        await asyncio.wait([running])


async def issue(publisher: Publisher, ticket: str) -> None:
    event = {
        "specversion": "1.0", "type": "ticket.issued", "source": "/aube/sud/borne-1", "id": f"e-{ticket}",
        "time": datetime.now(UTC).isoformat(), "data": {"ticket": ticket, "number": ticket, "queue": "sejour"},
    }  # fmt: skip
    await publisher.publish("accueil/v1/aube/sud/borne-1/events", json.dumps(event).encode())


def config_in(data_dir: Path, areas: str = AREAS) -> Path:
    config = configuration(data_dir, areas=areas)
    config.write_text(
        config.read_text().replace('[web]\nlisten = "127.0.0.1:0"', f'[web]\nlisten = "127.0.0.1:{free_port()}"')
    )
    return config


async def test_a_ticket_printed_at_the_kiosk_appears_without_a_reload(data_dir: Path, browser: Browser) -> None:
    config = config_in(data_dir)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        async with kiosk(config) as borne, looking(browser, vigie.address) as page:
            waiting = page.locator("#queue-sud-sejour .waiting")
            await expect(waiting).to_have_text("0")
            await page.evaluate("window.sameDocument = true")
            for number in range(1, 4):
                await issue(borne, f"A{number}")
                await expect(waiting).to_have_text(str(number))
            assert await page.evaluate("window.sameDocument")
            await expect(page.locator("#queue-sud-sejour th")).to_have_text("Séjour <b>&")


async def test_when_the_server_goes_the_board_says_so_and_comes_back_by_itself(
    data_dir: Path, browser: Browser
) -> None:
    config = config_in(data_dir)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        async with looking(browser, vigie.address) as page:
            vigie.end(signal.SIGKILL)
            await expect(page.locator("#link")).to_contain_text("Liaison perdue", timeout=15_000)
            await expect(page.locator("body")).to_have_class("stale")
            with Running(data_dir, "run", "--config", str(config)) as again:
                again.ready()
                await expect(page.locator("#link")).to_have_text("En direct", timeout=30_000)
                async with kiosk(config) as borne:
                    await issue(borne, "A1")
                    await expect(page.locator("#queue-sud-sejour .waiting")).to_have_text("1", timeout=15_000)


async def test_the_display_can_be_held_and_released_with_the_keyboard_alone(data_dir: Path, browser: Browser) -> None:
    config = config_in(data_dir)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        async with kiosk(config) as borne, looking(browser, vigie.address) as page:
            waiting = page.locator("#queue-sud-sejour .waiting")
            await page.keyboard.press("Tab")
            await expect(page.locator(".skip")).to_be_focused()
            await page.keyboard.press("Tab")
            await expect(page.locator("#pause")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.locator("#link")).to_contain_text("Affichage figé depuis")
            shown = await page.locator("#area-sud .at time").text_content()
            await issue(borne, "A1")
            await borne.drain()
            # the board of another reader has it: this one has been sent it too
            async with looking(browser, vigie.address) as other:
                await expect(other.locator("#queue-sud-sejour .waiting")).to_have_text("1")
            await expect(waiting).to_have_text("0")
            assert await page.locator("#area-sud .at time").text_content() == shown
            await page.keyboard.press("Space")
            await expect(page.locator("#link")).to_have_text("En direct")
            await expect(waiting).to_have_text("1")


async def test_the_board_fits_every_screen(data_dir: Path, browser: Browser) -> None:
    config = config_in(data_dir)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        for size, (width, _) in SIZES.items():
            async with looking(browser, vigie.address, size) as page:
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, size
