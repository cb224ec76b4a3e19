"""Documents as a browser shows them, under the headers of the boards: legible, accessible, nothing cut off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Browser

from dashboards.exports.document import Document
from dashboards.exports.html import STYLE_SOURCE, html
from dashboards.headers import HEADERS
from tests.browser.pages import look_everywhere, looking
from tests.dashboards.exports import sample
from tests.servers import CHROMIUM, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
POLICY = HEADERS["Content-Security-Policy"] + f"; style-src {STYLE_SOURCE}"
CUT_OFF = """() => [...document.querySelectorAll("svg[role=img]")].flatMap((drawing) => {
    const room = drawing.getBoundingClientRect();
    return [...drawing.querySelectorAll("text")].filter((word) => {
        const place = word.getBoundingClientRect();
        return place.left < room.left - 1 || place.right > room.right + 1
            || place.top < room.top - 1 || place.bottom > room.bottom + 1;
    }).map((word) => word.textContent);
})"""
DOCUMENTS = [sample.report(), sample.sheet(), sample.indicators(), sample.document(sample.EMPTY, title="Sans donnée")]


@asynccontextmanager
async def served(told: Document) -> AsyncIterator[str]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=html(told), content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def icon(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    site = web.Application()
    site.add_routes([web.get("/", page), web.get("/favicon.ico", icon)])
    runner = web.AppRunner(site)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("told", DOCUMENTS, ids=lambda told: told.title)
async def test_a_document_is_accessible_on_every_screen_and_no_word_of_its_charts_is_cut_off(
    browser: Browser, told: Document
) -> None:
    async with served(told) as address, looking(browser, address, live=False) as page:
        await look_everywhere(page, f"document-{told.layout}")
        assert await page.evaluate(CUT_OFF) == []
        assert await page.evaluate("getComputedStyle(document.querySelector('header')).borderBottomStyle") == "solid"


async def test_the_table_behind_a_chart_is_opened_by_keyboard(browser: Browser) -> None:
    async with served(sample.indicators()) as address, looking(browser, address, live=False) as page:
        behind = page.get_by_role("table", name="Parts").first
        assert not await behind.is_visible()
        await page.locator("summary").first.focus()
        await page.keyboard.press("Enter")
        assert await behind.is_visible()


async def test_wide_tables_are_scrolled_by_keyboard(browser: Browser) -> None:
    async with served(sample.report()) as address, looking(browser, address, "telephone", live=False) as page:
        wide = page.get_by_role("region", name="Ensemble des indicateurs")
        await wide.focus()
        assert await wide.evaluate("(one) => document.activeElement === one && one.scrollWidth > one.clientWidth")
