"""What a screen reader is told of a board that changes; in this process, where the test sets hall and clock."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import looking
from tests.build import SUD, at, called, issued, opened
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

HEAR = """
window.heard = [];
new MutationObserver(() => heard.push(document.getElementById("announced").textContent))
  .observe(document.getElementById("announced"), { childList: true });
"""


async def test_a_queue_that_is_late_again_soon_after_is_announced_once(browser: Browser) -> None:
    hands = Hands(at("9:30"))
    board = Board([SUD], hands)
    board.begin({"sud": [opened("g1", "8:30", "sejour"), issued("A1", "9:20"), issued("A2", "9:21")]})
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address, looking(browser, address) as page:
            await page.evaluate(HEAR)
            late = page.locator("tr.late")
            await expect(late).to_have_count(0)
            hands.now = at("9:35:30")
            board.take({"sud": [issued("A3", "9:35")]})
            await expect(late).to_have_count(1)
            board.take({"sud": [called("A1", "9:35:30", "g1")]})
            await expect(late).to_have_count(0)
            hands.now = at("9:36:30")
            board.take({"sud": [issued("A4", "9:36")]})
            await expect(late).to_have_count(1)
            assert await page.evaluate("heard") == ["Séjour : délai dépassé"]
    finally:
        running.cancel()
        await asyncio.wait([running])
