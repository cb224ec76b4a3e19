"""What supervisors change themselves, walked in a real browser: by mouse, by keyboard alone, and without scripts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta

import pytest
from msgspec import Struct
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from deploy.corrections import Corrections
from deploy.notices import InForce
from tests.browser.pages import LOOKS, SIZES, look, looking
from tests.build import MONDAY, STANDARD, SUD, at, opened, paused
from tests.dashboards.decided import FakeNotices
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.fakes import FakeJournal
from tests.servers import CHROMIUM
from ticketing.notice import Act

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

NORD = replace(SUD, area="nord", name="Hall d’accueil secondaire (aile nord)", desks=())
NOEL = date(2026, 12, 24)


class Place(Struct, frozen=True):
    address: str
    board: Board
    notices: FakeNotices
    journal: FakeJournal
    decisions: InForce
    hands: Hands


@asynccontextmanager
async def serving(*acts: Act) -> AsyncIterator[Place]:
    """At a quarter to five, a quarter of an hour after closing; two counters were left open."""
    hands = Hands(at("16:45"))
    plans = [SUD, NORD, STANDARD]
    board = Board(plans, hands)
    board.begin({"sud": [opened("g1", "8:30", "sejour"), opened("g2", "13:15", "asile"), paused("g2", "15:00")]})
    notices, journal = FakeNotices(), FakeJournal()
    for act in acts:
        await notices.decide(act, None)
    decisions = InForce(notices, board, plans)
    await decisions.refresh()
    server = Server(board, Well(), notices=decisions, corrections=Corrections(journal, "aube", hands))
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield Place(f"{address}/reglages", board, notices, journal, decisions, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


def decided() -> list[Act]:
    """A message, one that was taken down, and other hours of two days to come."""
    hello = Act(
        area="sud", date=None, text="Le guichet 3 est en panne ; merci de votre patience.", until=at("18:00"),
        who="chef de hall", at=at("10:12"),
    )  # fmt: skip
    pont = Act(area="sud", date=NOEL, text="pont de Noël", who="cheffe d’accueil", at=at("9:02"))
    late = Act(
        area="nord", date=MONDAY + timedelta(days=2), spans=((time(10), time(12)), (time(13, 30), time(16))),
        text="réunion du service : ouverture à 10 h", who="chef de pôle", at=at("11:40"),
    )  # fmt: skip
    over = replace(hello, area="standard", date=None, lifted=True, at=at("14:03"))
    return [pont, hello, late, over]


async def test_a_message_is_written_seen_as_the_hall_will_see_it_and_taken_down(browser: Browser) -> None:
    async with serving() as place, looking(browser, place.address) as page:
        there = page.locator("#a-sud")
        await page.locator("#say-sud summary").click()
        await there.get_by_label("Nouveau message").fill("Prenez un ticket.")
        await expect(page.locator("#preview-sud")).to_have_text("Prenez un ticket.")
        await there.get_by_label("Affiché").select_option("then")
        await there.get_by_label("Heure de fin").fill("18:30")
        await there.get_by_label("Votre fonction").first.fill("chef de hall")
        await there.get_by_role("button", name="Afficher le message").click()
        await expect(page.locator("#said")).to_have_text("Le message est affiché.")
        await expect(there.locator(".shown-message")).to_have_text("Prenez un ticket.")
        assert place.board.notices.messages["sud"].until == at("18:30")
        # their function is there the next time
        await page.locator("#end-sud summary").click()
        await expect(there.locator("#who-end-sud")).to_have_value("chef de hall")
        await there.get_by_role("button", name="Retirer le message").click()
        await expect(page.locator("#said")).to_have_text("Le message est retiré.")
        assert place.board.notices.messages == {}


async def test_a_day_to_come_has_other_hours_by_keyboard_alone(browser: Browser) -> None:
    async with serving() as place, looking(browser, place.address) as page:
        await page.locator("#change-sud summary").focus()
        await page.keyboard.press("Enter")
        # this browser's own fields are American
        await page.locator("#date-sud").focus()
        await page.keyboard.type("12242026")
        await page.locator("#kind-sud").focus()
        await page.keyboard.press("End")
        for field, clock in (("from", "1000AM"), ("to", "1200PM")):
            await expect(page.locator(f"#{field}-sud")).to_be_visible()
            await page.locator(f"#{field}-sud").focus()
            await page.keyboard.type(clock)
        await page.locator("#public-sud").focus()
        await page.keyboard.type("veille de Noël")
        await page.keyboard.press("Tab")
        await expect(page.locator("#who-closure-sud")).to_be_focused()
        await page.keyboard.type("chef de hall")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#a-sud")).to_contain_text("24 décembre 2026 : 10:00–12:00 – veille de Noël")
        assert place.board.plans["sud"].hours.exceptions[NOEL] == ((time(10), time(12)),)


async def test_a_counter_forgotten_open_is_closed_by_keyboard_alone(browser: Browser) -> None:
    async with serving() as place, looking(browser, place.address) as page:
        await expect(page.locator("#open-sud-g1")).to_contain_text("oublié ?")
        await page.locator("#close-sud-g1 summary").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.locator("#reason-sud-g1")).to_be_focused()
        await page.keyboard.type("oublié à la fermeture")
        await page.keyboard.press("Tab")
        await page.keyboard.type("chef de hall")
        await page.keyboard.press("Enter")
        await expect(page.locator("#said")).to_have_text("Le guichet est fermé.")
        await expect(page.locator("#open-sud-g1")).to_have_count(0)
        assert place.board.areas["sud"].counters["g1"].state == "closed"


async def test_without_scripts_a_counter_is_closed_in_two_steps(browser: Browser) -> None:
    async with serving() as place:
        context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
        page = await context.new_page()
        await page.goto(place.address)
        await expect(page.locator("#reason-sud-g2")).to_be_hidden()
        await page.locator("#close-sud-g2 summary").click()
        await page.locator("#reason-sud-g2").fill("oublié")
        await page.locator("#who-close-sud-g2").fill("chef de hall")
        await page.get_by_role("button", name="Fermer Guichet 2").click()
        await expect(page.locator("#said")).to_have_text("Le guichet est fermé.")
        assert place.board.areas["sud"].counters["g2"].state == "closed"
        await context.close()


async def test_what_somebody_else_decides_is_shown_and_a_form_begun_is_left_alone(browser: Browser) -> None:
    script = "const every = setInterval; window.setInterval = (what, ms) => every(what, Math.min(ms, 300));"
    async with serving() as place, looking(browser, place.address, script=script) as page:
        await page.locator("#change-sud summary").click()
        await page.locator("#public-sud").fill("pont")
        await place.decisions.decide(decided()[0], None)
        await expect(page.locator("#a-sud .plain").first).to_contain_text("pont de Noël")
        await expect(page.locator("#public-sud")).to_have_value("pont")
        assert await page.locator("#change-sud [name=seen]").get_attribute("value") == "0"


async def refused(page: Page, place: Place) -> None:
    """Somebody has written a message and asked for a day's closing while the database is away."""
    place.notices.away = True
    there = page.locator("#a-sud")
    await page.locator("#say-sud summary").click()
    await there.get_by_label("Nouveau message").fill("Prenez un ticket à la borne de gauche.")
    await page.locator("#who-message-sud").fill("chef de hall")
    await there.get_by_role("button", name="Afficher le message").click()
    await expect(page.get_by_role("alert")).to_contain_text("La base de données ne répond pas")
    await expect(there.get_by_label("Nouveau message")).to_have_value("Prenez un ticket à la borne de gauche.")
    await expect(page.locator("#who-message-sud")).to_have_value("chef de hall")


async def test_the_page_breaks_no_rule_of_accessibility_on_any_screen_in_any_state(browser: Browser) -> None:
    for size, scheme in [*LOOKS, ("small", "light")]:
        async with serving(*decided()) as place, looking(browser, place.address, size, scheme=scheme) as page:
            await page.locator("#close-sud-g1 summary").click()
            await look(page, "reglages-normal", whole=True)
        async with serving() as place:
            place.board.begin({})
            async with looking(browser, place.address, size, scheme=scheme) as page:
                await look(page, "reglages-empty", whole=True)
        async with (
            serving() as place,
            looking(browser, place.address, size, scheme=scheme, refused=True) as page,
        ):
            await refused(page, place)
            await look(page, "reglages-error", whole=True)
        async with serving(*decided()) as place, looking(browser, place.address, size, scheme=scheme) as page:
            place.board.stand(at("16:40"))
            await page.reload()
            await expect(page.locator(".banner")).to_be_visible()
            await look(page, "reglages-stale", whole=True)


def test_every_size_is_looked_at() -> None:
    assert {size for size, _ in LOOKS} | {"small"} == set(SIZES)
