"""What goes wrong around pages: scripts in names, a browser asleep, a server that restarts, addresses of nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import looking
from tests.build import STANDARD, SUD, at, called, event, issued, opened, started
from tests.dashboards.kept import Kept, deaf, over
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM, free_port
from ticketing.events import TicketIssued
from ticketing.figures import Silence
from ticketing.plan import Desk, Queue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

SCRIPT = '"><script>window.ran = 1</script><img src=x onerror="window.ran = 1">'
HALL = replace(
    SUD,
    name=f"Hall {SCRIPT}",
    queues=(Queue(id="sejour", name=f"Séjour {SCRIPT}"), *SUD.queues[1:]),
    desks=(Desk(id="g1", name=f"Guichet {SCRIPT}", queues=("sejour",)),),
)
LIVE = ("/", "/alertes", "/file/sud/sejour", "/guichet/sud/g1")


@asynccontextmanager
async def serving(board: Board, port: int = 0) -> AsyncIterator[str]:
    kept = Kept(board.clock, over())
    kept.take(deaf())
    kept.turn(board)
    server = Server(board, Well(), alerts=kept)
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen=f"127.0.0.1:{port}")) as address:
            yield address
    finally:
        running.cancel()
        await asyncio.wait([running])


def infested() -> Board:
    """Scripts in all that a device or the configuration may say; the contract would let few of them in."""
    board = Board([HALL, STANDARD], Hands(at("9:30")))
    number = TicketIssued(ticket="t1", number=SCRIPT, queue="sejour", reason=SCRIPT)
    elsewhere = TicketIssued(ticket="t2", number=SCRIPT, queue=SCRIPT)
    board.begin(
        {
            "sud": [
                opened("g1", "8:30", "sejour", SCRIPT),
                event(number, "9:00", device=SCRIPT),
                called("t1", "9:10", "g1"),
                started("t1", "9:11", "g1"),
                event(elsewhere, "9:05", device=SCRIPT),
                issued(SCRIPT, "9:20"),
                opened(SCRIPT, "9:00", "sejour"),
                called("t2", "9:25", SCRIPT),
            ]
        }
    )
    board.hear({"sud": (Silence(SCRIPT, at("9:20")), Silence("borne-2", at("9:10"), heard=True))})
    return board


async def test_a_script_in_a_name_a_number_or_a_device_is_text_on_every_page(browser: Browser) -> None:
    async with serving(infested()) as address:
        for path in (*LIVE, "/what-if/sud", "/hall/sud", "/file/sud/rien"):
            async with looking(browser, address + path, live=path in LIVE, refused=True) as page:
                await expect(page.locator("body")).to_contain_text("<script>window.ran")
                found = "document.querySelectorAll('img[src=x], script:not([src]), [onerror]').length"
                assert await page.evaluate(f"[window.ran ?? 0, {found}]") == [0, 0], path


async def test_a_queue_and_a_counter_whose_ids_are_scripts_are_gone_to_and_are_text(browser: Browser) -> None:
    async with serving(infested()) as address, looking(browser, f"{address}/file/sud/sejour") as page:
        await page.locator(".counters a[href*='script']").click()
        await expect(page.locator("h1")).to_contain_text("<script>window.ran")
        await page.locator(".served a").first.click()
        await expect(page.locator("h1")).to_contain_text("Séjour")
        assert await page.evaluate("window.ran ?? 0") == 0


# ------------------------------------------------------------ asleep


@pytest.mark.parametrize("path", ["/", "/file/sud/sejour"])
async def test_a_browser_that_was_asleep_for_an_hour_catches_up_by_itself(browser: Browser, path: str) -> None:
    hands = Hands(at("9:00"))
    board = Board([SUD, STANDARD], hands)
    board.begin({"sud": [issued("A1", "8:50")]})
    async with serving(board) as address, looking(browser, address + path) as page:
        await page.evaluate("window.sameDocument = true")
        asleep = await page.context.new_cdp_session(page)
        await asleep.send("Page.setWebLifecycleState", {"state": "frozen"})
        for minute in range(60):
            hands.now += timedelta(minutes=1)
            board.take({"sud": [issued(f"B{minute}", f"9:{minute:02}")]})
        async with looking(browser, address + path) as other:
            await expect(other.locator("body")).to_contain_text("10:00:00")
        await asleep.send("Page.setWebLifecycleState", {"state": "active"})
        await expect(page.locator("#contenu .at time").first).to_have_text("10:00:00")
        await expect(page.locator("#link")).to_have_text("En direct")
        await expect(page.locator("#contenu")).to_contain_text("61")
        assert await page.evaluate("window.sameDocument")


async def test_a_network_that_was_away_is_made_up_for(browser: Browser) -> None:
    hands = Hands(at("9:00"))
    board = Board([SUD, STANDARD], hands)
    board.begin({})
    async with serving(board) as address:
        context = await browser.new_context(locale="fr-FR")
        page = await context.new_page()
        await page.goto(f"{address}/file/sud/sejour")
        await expect(page.locator("#link")).to_have_text("En direct")
        cut = await context.new_cdp_session(page)
        await cut.send("Network.enable")
        for offline in (True, False):
            conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
            await cut.send("Network.emulateNetworkConditions", conditions)
            if offline:
                hands.now = at("9:40")
                board.take({"sud": [issued("A1", "9:30")]})
        await expect(page.locator("#waiting + table")).to_contain_text("A1", timeout=20_000)
        await expect(page.locator("#link")).to_have_text("En direct", timeout=20_000)
        await context.close()


# ------------------------------------------------------------ restarting


async def lost(page: Page) -> None:
    await expect(page.locator("#link")).to_contain_text("Liaison perdue", timeout=20_000)
    await expect(page.locator("body")).to_have_class("stale")


@pytest.mark.parametrize("path", ["/file/sud/sejour", "/guichet/sud/g1"])
async def test_while_the_server_restarts_a_page_says_so_quietly_and_keeps_what_it_showed(
    browser: Browser, path: str
) -> None:
    board = Board([SUD, STANDARD], Hands(at("9:30")))
    board.begin({"sud": [issued("A1", "9:00"), called("A1", "9:10")]})
    port = free_port()
    async with serving(board, port) as address:
        page = await browser.new_page(locale="fr-FR")
        await page.goto(address + path)
        await expect(page.locator("#link")).to_have_text("En direct")
        await page.evaluate("window.sameDocument = true")
    await lost(page)
    await expect(page.locator("#contenu")).to_contain_text("A1")
    board.take({"sud": [started("A1", "9:20", "g1")]})
    async with serving(board, port):
        await expect(page.locator("#link")).to_have_text("En direct", timeout=20_000)
        await expect(page.locator("#contenu")).to_contain_text("en service", ignore_case=True)
        await expect(page.locator("body")).not_to_have_class("stale")
        assert await page.evaluate("window.sameDocument")
    await page.close()


# ------------------------------------------------------------ addresses


async def test_from_an_address_of_nothing_there_is_a_way_back(browser: Browser) -> None:
    board = Board([SUD, STANDARD], Hands(at("9:30")))
    board.begin({})
    async with serving(board) as address:
        page = await browser.new_page()
        for path in ("/rien", "/hall/ouest", "/what-if/ouest", "/file/ouest/sejour", "/guichet/sud/g9", "/file/sud"):
            answer = await page.goto(address + path)
            assert answer is not None
            assert answer.status == 404, path
            await page.get_by_role("link", name="Retour au tableau des attentes").click()
            await expect(page).to_have_title("Attentes en direct – vigie")
        await page.close()
