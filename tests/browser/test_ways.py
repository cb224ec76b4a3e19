"""Other ways to see and use the pages: enlarged, with imposed colours, on paper, with a finger; on every page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.house import House
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import LOOKS, look, looking
from tests.browser.test_details import HALL, foreseen, morning
from tests.build import STANDARD, at
from tests.dashboards.kept import Kept, breach, over, waits
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

PAGES = ("/", "/alertes", "/what-if/sud", "/file/sud/sejour", "/guichet/sud/g1", "/accessibilite", "/hall/sud")
TARGETS = """() => [...document.querySelectorAll("a, button, summary, input, select, textarea")]
  .filter((one) => one.checkVisibility() && !one.closest(".sr, .skip"))
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.height < 24 || box.width < 24)
  .map(([box, one]) => `${one.tagName} ${one.className} ${one.textContent.trim()} ${box.width}x${box.height}`)"""


@asynccontextmanager
async def serving(house: House | None = None) -> AsyncIterator[str]:
    """A hall with a line and an alert, at eleven."""
    hands = Hands(at("11:00"))
    board = Board([HALL, STANDARD], hands)
    board.begin({"sud": morning()})
    board.foresee("sud", foreseen())
    kept = Kept(hands, over())
    kept.take(waits(breach()))
    kept.turn(board)
    server = Server(board, Well(), alerts=kept, house=house or House())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address
    finally:
        running.cancel()
        await asyncio.wait([running])


async def width(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found


async def test_nothing_has_to_be_scrolled_sideways_when_it_is_enlarged_or_the_screen_is_narrow(
    browser: Browser,
) -> None:
    async with serving() as address:
        # a desk's screen at 200 % is half as wide to a page
        for across, down in ((683, 384), (320, 640)):
            page = await browser.new_page(viewport={"width": across, "height": down})
            for path in PAGES:
                await page.goto(address + path)
                assert await width(page) <= across, path
            await page.close()


async def test_whatever_is_aimed_at_is_24_pixels_wide_and_high(browser: Browser) -> None:
    async with serving() as address:
        for across, down in ((1366, 768), (390, 844)):
            page = await browser.new_page(viewport={"width": across, "height": down})
            small = {}
            for path in PAGES:
                await page.goto(address + path)
                small[path] = await page.evaluate(TARGETS)
            assert not any(small.values()), (across, small)
            await page.close()


async def test_with_imposed_colours_states_are_told_apart_and_no_rule_is_broken(browser: Browser) -> None:
    async with serving() as address:
        context = await browser.new_context(forced_colors="active", color_scheme="dark")
        page = await context.new_page()
        for path, name in (("/", "board"), ("/file/sud/sejour", "queue"), ("/guichet/sud/g1", "counter")):
            await page.goto(address + path)
            await expect(page.locator("#link")).to_have_text("En direct")
            await look(page, f"{name}-forced")
        pause = page.locator("#pause")
        before = await pause.evaluate("one => getComputedStyle(one).backgroundColor")
        await pause.click()
        assert await pause.evaluate("one => getComputedStyle(one).backgroundColor") != before
        await context.close()


async def test_on_paper_stands_what_is_read_and_nothing_that_is_clicked(browser: Browser) -> None:
    async with serving() as address:
        page = await browser.new_page(color_scheme="dark")
        for path in ("/", "/file/sud/sejour"):
            await page.goto(address + path)
            await page.emulate_media(media="print", color_scheme="dark")
            await expect(page.locator("nav.places")).to_be_hidden()
            await expect(page.locator("#pause")).to_be_hidden()
            await expect(page.locator("h1")).to_be_visible()
            colours = await page.evaluate(
                "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
            )
            assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
            await page.emulate_media(media="screen")
        await page.close()


async def test_what_is_walked_to_is_not_hidden_by_the_bar_that_says_what_was_done(browser: Browser) -> None:
    async with serving() as address, looking(browser, f"{address}/alertes", "telephone") as page:
        await page.locator("#who-w1").fill("chef de hall")
        await page.locator("#do-w1").click()
        await expect(page.locator("#said")).to_have_text("L’alerte est prise en charge.")
        bar = await page.locator("#said").bounding_box()
        assert bar is not None
        await page.locator("#contenu a, #contenu summary, #contenu button").first.focus()
        for _ in range(25):
            await page.keyboard.press("Tab")
            box = await page.evaluate(
                "() => { const r = document.activeElement.getBoundingClientRect(); return [r.top, r.bottom] }"
            )
            assert box[0] < bar["y"] or box[0] >= bar["y"] + bar["height"], await page.evaluate(
                "document.activeElement.outerHTML"
            )


async def test_the_declaration_is_looked_at(browser: Browser) -> None:
    async with serving(House(name="Préfecture de l’Aube", contact="accessibilite@aube.example")) as address:
        for size, scheme in LOOKS:
            async with looking(browser, f"{address}/accessibilite", size, scheme=scheme, live=False) as page:
                await look(page, "accessibility")
