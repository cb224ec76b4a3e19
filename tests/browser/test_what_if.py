"""The what-if panel in a real browser, on a board in this process whose hall and clock the test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Locator, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import SIZES, look_everywhere, looking
from tests.build import SUD, at, called, closed, ended, issued, opened
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM
from ticketing.events import Event
from ticketing.plan import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

HALL = replace(
    SUD,
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour", "asile")),
        Desk(id="g2", name="Guichet 2", queues=("sejour",)),
        Desk(id="g3", name="Guichet 3", queues=("sejour",)),
    ),
)


def morning() -> list[Event]:
    """Ten tickets served at two counters, ten minutes each; eight more in line; the third counter is closed."""
    events = [opened(counter, "8:30", "sejour") for counter in ("g1", "g2", "g3")] + [closed("g3", "8:31")]
    for n in range(10):
        begin = 8 * 60 + 30 + n // 2 * 10
        start, end = (f"{minute // 60}:{minute % 60:02}" for minute in (begin, begin + 9))
        events += [issued(f"S{n}", start), called(f"S{n}", start, f"g{n % 2 + 1}"), ended(f"S{n}", end)]
    return events + [issued(f"W{n}", f"9:{20 + n}") for n in range(8)]


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, Board, Hands]]:
    hands = Hands(at("9:30"))
    board = Board([HALL], hands)
    board.begin({"sud": morning()})
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address, board, hands
    finally:
        running.cancel()
        await asyncio.wait([running])


async def opened_panel(page: Page) -> None:
    await page.locator("#what-if-sud summary").click()
    await expect(page.locator("#effect-sud-sejour")).to_be_visible()


async def counters(page: Page) -> list[str]:
    """Open counters of the first queue, without and with the changes."""
    return (await page.locator("#effect-sud-sejour td").all_inner_texts())[:2]


async def test_closing_a_counter_with_a_click_shows_a_longer_wait(browser: Browser) -> None:
    async with serving() as (address, _, _), looking(browser, address) as page:
        await expect(page.locator(".panel")).to_have_count(0)
        await opened_panel(page)
        await page.get_by_role("button", name="Fermer : Guichet 2").click()
        await expect(page.locator("#effect-sud-sejour .moves")).to_contain_text("+")
        assert await counters(page) == ["2", "1"]
        await expect(page.locator("#announced")).to_contain_text("Avec ces changements, attente prévue : Séjour")
        await page.get_by_role("button", name="Ouvrir : Guichet 3").click()
        await expect(page.locator(".chip")).to_have_count(2)
        assert await counters(page) == ["2", "2"]
        await page.get_by_role("button", name="Réinitialiser").click()
        await expect(page.locator(".chip")).to_have_count(0)
        await expect(page.locator("#effect-sud-sejour .wait")).to_have_text("–")
        # the hall itself has not changed
        await expect(page.locator("#counter-sud-g2")).to_contain_text("libre")


async def test_the_panel_is_used_with_the_keyboard_alone_and_keeps_the_focus(browser: Browser) -> None:
    async with serving() as (address, _, _), looking(browser, address) as page:
        await page.locator("#what-if-sud summary").focus()
        await page.keyboard.press("Enter")
        close = page.get_by_role("button", name="Fermer : Guichet 1")
        await expect(close).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(close).to_be_focused()
        await page.keyboard.press("Space")
        await expect(close).to_have_attribute("aria-pressed", "true")
        await expect(close).to_be_focused()
        chip = page.get_by_role("button", name="Retirer : Fermer Guichet 1")
        await chip.focus()
        await page.keyboard.press("Enter")
        await expect(chip).to_have_count(0)
        await expect(close).to_be_focused()
        await expect(close).to_have_attribute("aria-pressed", "false")


async def walked(page: Page, to: Locator) -> None:
    """With the tabulator alone, from wherever the focus is."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await to.count() and await to.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"not reached: {to}")


async def test_from_the_top_of_the_page_a_simulation_is_made_read_undone_and_folded_away_without_a_mouse(
    browser: Browser,
) -> None:
    async with serving() as (address, _, _), looking(browser, address) as page:
        summary = page.locator("#what-if-sud summary")
        await walked(page, summary)
        await page.keyboard.press("Enter")
        await expect(page.locator("#effect-sud-sejour")).to_be_visible()
        await walked(page, page.get_by_role("button", name="Fermer : Guichet 2"))
        await page.keyboard.press("Space")
        await expect(page.locator("#announced")).to_contain_text("Avec ces changements, attente prévue : Séjour")
        assert await counters(page) == ["2", "1"]
        await walked(page, page.get_by_role("button", name="Ouvrir : Guichet 3"))
        await page.keyboard.press("Enter")
        await expect(page.locator(".chip")).to_have_count(2)
        assert await counters(page) == ["2", "2"]
        await walked(page, page.get_by_role("button", name="Retirer : Fermer Guichet 2"))
        await page.keyboard.press("Enter")
        await expect(page.locator(".chip")).to_have_count(1)
        await walked(page, page.get_by_role("button", name="Réinitialiser"))
        await page.keyboard.press("Enter")
        await expect(page.locator(".chip")).to_have_count(0)
        await summary.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#effect-sud-sejour")).to_be_hidden()
        # the hall itself has not changed
        await expect(page.locator("#counter-sud-g2")).to_contain_text("libre")


async def test_what_is_chosen_survives_an_update_which_is_taken_into_account(browser: Browser) -> None:
    async with serving() as (address, board, hands), looking(browser, address) as page:
        await opened_panel(page)
        await page.get_by_role("button", name="Fermer : Guichet 2").click()
        await expect(page.locator("#effect-sud-sejour .moves")).to_be_visible()
        await page.evaluate("window.sameDocument = true")
        hands.now = at("9:31")
        board.take({"sud": [opened("g3", "9:31", "sejour")]})
        await expect(page.locator("#counter-sud-g3")).to_contain_text("libre")
        await expect(page.locator(".panel .hint")).to_contain_text("09:31:00")
        assert await counters(page) == ["3", "2"]
        await expect(page.locator(".chip")).to_have_count(1)
        assert await page.locator("#what-if-sud").get_attribute("open") is not None
        assert await page.evaluate("window.sameDocument")


async def test_the_open_panel_fits_every_screen(browser: Browser) -> None:
    async with serving() as (address, _, _):
        for size, (width, _) in SIZES.items():
            async with looking(browser, address, size) as page:
                await opened_panel(page)
                await page.get_by_role("button", name="Affecter à Asile : Guichet 1").click()
                await expect(page.locator(".chip")).to_have_count(1)
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, size


async def test_without_scripts_the_simulation_is_a_page_of_forms(browser: Browser) -> None:
    async with serving() as (address, _, _):
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{address}/")
        await page.locator("#what-if-sud summary").click()
        await page.get_by_role("link", name="Ouvrir la simulation").click()
        await page.get_by_role("button", name="Fermer : Guichet 2").click()
        await page.get_by_role("button", name="Pause 15 min : Guichet 1").click()
        assert page.url == f"{address}/what-if/sud?close=g2&break=g1%3A15"
        await expect(page.locator(".chip")).to_have_count(2)
        await page.get_by_role("button", name="Retirer : Fermer Guichet 2").click()
        assert page.url == f"{address}/what-if/sud?break=g1%3A15"
        await context.close()


async def test_a_choice_that_the_server_no_longer_knows_is_given_up(browser: Browser) -> None:
    async with serving() as (address, _, _):
        page = await browser.new_page()
        await page.route("**/what-if/sud?close=g2&close=g1", lambda route: route.fulfill(status=400))
        await page.goto(address)
        await opened_panel(page)
        await page.get_by_role("button", name="Fermer : Guichet 2").click()
        await expect(page.locator(".chip")).to_have_count(1)
        await page.get_by_role("button", name="Fermer : Guichet 1").click()
        await expect(page.locator(".chip")).to_have_count(0)
        await expect(page.locator("#panel-sud")).to_be_visible()
        await page.close()


async def test_the_board_with_its_panel_open_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with serving() as (address, _, _), looking(browser, address) as page:
        await opened_panel(page)
        await look_everywhere(page, "what-if")
