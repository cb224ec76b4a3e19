"""The heat map in a real browser: of two simulated weeks, and before anything is learnt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from dashboards.board import Board, Foreseen
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import look, look_everywhere, looking
from tests.browser.test_day import HALL, NORD, simulated
from tests.build import MONDAY, at
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM
from ticketing.area import Area
from ticketing.forecast import Forecast
from ticketing.lesson import Lesson
from ticketing.load import Load

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@asynccontextmanager
async def serving(*, learnt: bool = True) -> AsyncIterator[str]:
    board = Board([HALL, NORD], lambda: at("9:30"))
    if learnt:
        days = [MONDAY - timedelta(days=n) for n in (3, 4, 5, 6, 7, 10, 11)]
        lessons = [Lesson.of(Area.of(HALL, simulated(day)), day) for day in days]
        board.foresee("sud", Foreseen(forecast=Forecast(at=at("9:30")), load=Load.of(lessons)))
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_the_heat_map_breaks_no_rule_of_accessibility(browser: Browser) -> None:
    async with serving() as address, looking(browser, f"{address}/affluence", live=False) as page:
        await expect(page.locator(".learnt")).to_contain_text("Moyenne de 7 journées connues, du 12 novembre 2026")
        await look_everywhere(page, "crowd-normal")
        await page.get_by_label("File").select_option("Asile")
        await page.get_by_role("button", name="Afficher").click()
        await expect(page.locator("td .sr", has_text="moins de 1").first).to_be_attached()


async def test_the_smallest_screen_has_the_whole_week(browser: Browser) -> None:
    async with serving() as address, looking(browser, f"{address}/affluence", "small", live=False) as page:
        await look(page, "crowd-normal", whole=True)


async def test_before_anything_is_learnt_the_page_says_so(browser: Browser) -> None:
    async with serving(learnt=False) as address, looking(browser, f"{address}/affluence", live=False) as page:
        await expect(page.locator(".nothing")).to_contain_text("Aucune journée passée n’est encore connue")
        await look_everywhere(page, "crowd-empty")
