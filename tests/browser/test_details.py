"""The pages of a queue and of a counter in a real browser, on a board in this process whose hall the test sets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import time

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, expect

from dashboards.board import Board, Foreseen
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import look, look_everywhere, looking
from tests.build import (
    PARIS,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    ended,
    issued,
    no_show,
    opened,
    paused,
    queued,
    received,
    resumed,
    started,
    transferred,
)
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM
from ticketing.events import Event
from ticketing.forecast import Forecast, TicketForecast
from ticketing.hours import Hours
from ticketing.plan import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

PLANNED = Hours(
    zone=PARIS, weekly={0: ((time(8, 30), time(10, 15)), (time(10, 30), time(12)), (time(13, 15), time(16)))}
)
HALL = replace(
    SUD,
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour", "asile"), planned=PLANNED),
        Desk(id="g2", name="Guichet 2", queues=("sejour",)),
        Desk(id="g3", name="Guichet 3", queues=("asile",)),
    ),
)


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def morning() -> list[Event]:
    """Two counters of which one pauses, a ticket every four minutes, some of them gone; at eleven six wait."""
    events = [opened("g1", "8:30", "sejour", "asile"), opened("g2", "8:45", "sejour")]
    events += [paused("g1", "10:00"), resumed("g1", "10:12")]
    for n in range(30):
        came = 8 * 60 + 25 + 4 * n
        call = came + 6 + n % 5
        counter = "g1" if n % 2 and not 600 <= call < 612 else "g2"
        ticket = f"S{n:03}"
        events.append(issued(ticket, clock(came), priority="priority" if n % 9 == 4 else "none"))
        match n % 10:
            case 3:
                events += [called(ticket, clock(call), counter), no_show(ticket, clock(call + 2))]
            case 6:
                events.append(abandoned(ticket, clock(call)))
            case 8:
                events += [called(ticket, clock(call), counter), transferred(ticket, clock(call + 3), "asile")]
            case _:
                events += [called(ticket, clock(call), counter), started(ticket, f"{clock(call)}:40", counter)]
                events.append(ended(ticket, clock(call + 6), counter))
    events += [issued(f"S{n:03}", clock(10 * 60 + 36 + 3 * (n - 30))) for n in range(30, 36)]
    return [*events, called("S030", "10:55", "g1"), called("S031", "10:58", "g2"), started("S031", "10:59", "g2")]


def calls() -> list[Event]:
    found = []
    for n in range(6):
        call = f"c{n}"
        found += [received(call, f"9:2{n}"), queued(call, f"9:2{n}:10")]
        found += [answered(call, f"9:2{n}:2{n}")] if n < 4 else []
    return found


def foreseen() -> Foreseen:
    """Everybody in line is called five minutes after the one before; the last two are late."""
    tickets = {
        f"ticket/S{n:03}": TicketForecast(
            visit=f"ticket/S{n:03}",
            queue="sejour",
            within=0.9 if n < 34 else 0.2,
            call_s=(240.0 * (n - 31), 300.0 * (n - 31), 420.0 * (n - 31)),
        )
        for n in range(32, 36)
    }
    return Foreseen(forecast=Forecast(at=at("11:00"), tickets=tickets))


@asynccontextmanager
async def serving(events: Sequence[Event] = (), now: str = "11:00") -> AsyncIterator[tuple[str, Board, Hands]]:
    hands = Hands(at(now))
    board = Board([HALL, STANDARD], hands)
    board.begin({name: [one for one in events if one.area == name] for name in ("sud", "standard")})
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address, board, hands
    finally:
        running.cancel()
        await asyncio.wait([running])


# ------------------------------------------------------------ live


async def test_what_happens_in_the_queue_is_on_its_page_without_a_reload(browser: Browser) -> None:
    async with serving(morning()) as (address, board, _), looking(browser, f"{address}/file/sud/sejour") as page:
        await expect(page.locator("#waiting")).to_have_text("En attente (4)")
        await page.evaluate("window.sameDocument = true")
        board.take({"sud": [issued("S040", "11:00"), called("S032", "11:00", "g2")]})
        await expect(page.locator("#served + table")).to_contain_text("S032")
        await expect(page.locator("#waiting + table")).to_contain_text("S040")
        await expect(page.locator("#waiting + table")).not_to_contain_text("S032")
        assert await page.evaluate("window.sameDocument")


async def test_focus_and_place_and_what_is_opened_stay_while_the_page_follows(browser: Browser) -> None:
    async with serving(morning()) as (address, board, _), looking(browser, f"{address}/file/sud/sejour") as page:
        await page.get_by_text("En chiffres").click()
        link = page.locator(".filters").get_by_role("link", name="Terminés")
        await link.focus()
        await page.evaluate("scrollTo(0, 120)")
        board.take({"sud": [issued("S040", "11:00")]})
        await expect(page.locator("#waiting")).to_have_text("En attente (5)")
        await expect(link).to_be_focused()
        await expect(page.locator("#course-told table")).to_be_visible()
        assert await page.evaluate("scrollY") == 120


async def test_a_page_that_is_held_stands_still_until_it_is_released(browser: Browser) -> None:
    async with serving(morning()) as (address, board, _), looking(browser, f"{address}/guichet/sud/g1") as page:
        pause = page.get_by_role("button", name="Figer l’affichage")
        await pause.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#link")).to_have_text("Affichage figé depuis 11:00:00")
        board.take({"sud": [started("S030", "11:00", "g1")]})
        async with looking(browser, f"{address}/guichet/sud/g1") as other:
            await expect(other.locator(".glance")).to_contain_text("En service")
        await expect(page.locator(".glance")).to_contain_text("Appelle : S030")
        await page.keyboard.press("Space")
        await expect(page.locator(".glance")).to_contain_text("En service : S030")
        await expect(page.locator("#link")).to_have_text("En direct")


async def test_from_the_queue_to_a_counter_and_back_with_the_keyboard_alone(browser: Browser) -> None:
    async with serving(morning()) as (address, _, _), looking(browser, f"{address}/file/sud/sejour") as page:
        await page.get_by_role("link", name="Guichet 2", exact=True).first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Guichet 2")
        await page.get_by_role("link", name="Séjour").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Séjour")
        await page.get_by_role("link", name="Hall sud").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#area-sud")).to_be_visible()


async def test_without_scripts_the_lists_are_filtered_all_the_same(browser: Browser) -> None:
    async with serving(morning()) as (address, _, _):
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{address}/file/sud/sejour")
        await expect(page.locator("noscript")).to_be_visible()
        await expect(page.locator("#pause")).to_be_hidden()
        await page.get_by_role("link", name="En attente (4)").click()
        assert page.url == f"{address}/file/sud/sejour?etat=attente"
        await expect(page.locator("#waiting + table tbody tr")).to_have_count(4)
        await expect(page.locator("#ended")).to_have_count(0)
        await context.close()


# ------------------------------------------------------------ looked at


async def looks(browser: Browser, address: str, name: str) -> None:
    async with looking(browser, address) as page:
        await look_everywhere(page, name)
    async with looking(browser, address, "small") as page:
        await look(page, name, whole=True)


async def test_the_page_of_a_queue_is_looked_at(browser: Browser) -> None:
    async with serving(morning()) as (address, board, _):
        board.foresee("sud", foreseen())
        await looks(browser, f"{address}/file/sud/sejour", "queue-normal")
    async with serving(morning(), "11:08") as (address, board, _):
        await looks(browser, f"{address}/file/sud/sejour", "queue-breach")
        board.stand(at("11:08"))
        await looks(browser, f"{address}/file/sud/sejour", "queue-stale")
    async with serving() as (address, _, _):
        await looks(browser, f"{address}/file/sud/sejour", "queue-empty")


async def test_the_page_of_a_telephone_queue_is_looked_at(browser: Browser) -> None:
    async with serving(calls(), "9:25:40") as (address, _, _):
        await looks(browser, f"{address}/file/standard/operateurs", "queue-telephone")


async def test_the_page_of_a_counter_is_looked_at(browser: Browser) -> None:
    async with serving(morning()) as (address, board, _):
        await looks(browser, f"{address}/guichet/sud/g1", "counter-normal")
        board.stand(at("11:00"))
        await looks(browser, f"{address}/guichet/sud/g1", "counter-stale")
    async with serving() as (address, _, _):
        await looks(browser, f"{address}/guichet/sud/g3", "counter-empty")


async def test_an_address_that_is_none_is_looked_at(browser: Browser) -> None:
    async with serving() as (address, _, _):
        page = await browser.new_page()
        answer = await page.goto(f"{address}/file/sud/pan")
        assert answer is not None
        assert answer.status == 404
        await look_everywhere(page, "nowhere")
        await page.close()
