"""Whatever a device says of its tickets and calls is words on every page, in a real browser."""

import asyncio

import pytest
from playwright.async_api import Browser

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import looking
from tests.build import MONDAY, STANDARD, SUD, at, called, event, opened
from tests.dashboards.kept import Kept, breach, waits
from tests.dashboards.past_days import PastDays
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM
from ticketing.events import CallQueued, CallReceived, Event, Fact, TicketCancelled, TicketIssued

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

HOSTILE = (
    "<script>window.ours = 1</script>",
    "<img src=x onerror=window.ours=1>",
    '"><svg onload=window.ours=1>',
    "</textarea><b id=ours>",
    "' onmouseover='window.ours=1",
    "{{ 7 * 7 }}${7 * 7}&lt;i&gt;",
)
"""As long as an id of a ticket may be, at most."""

PAGES = {
    "/": True,
    "/alertes": True,
    "/standard": True,
    "/file/sud/sejour": True,
    "/file/sud/asile": True,
    "/guichet/sud/g1": True,
    "/hall/sud": False,
    "/what-if/sud": False,
    f"/jour?area=sud&date={MONDAY}": False,
}
"""And whether it says when it is live: it has been drawn anew by its script then."""


def facts() -> list[Event]:
    """Tickets waiting and called, and calls, whose every free text is one of those."""
    told: list[tuple[Fact, str, str]] = []
    for n, text in enumerate(HOSTILE):
        told += [
            (TicketIssued(ticket=text, number=text, queue="sejour", reason=text), f"9:0{n}", "sud"),
            (TicketIssued(ticket=f"{text}!", number=text, queue="sejour"), f"9:1{n}", "sud"),
            (TicketIssued(ticket=f"{text}?", number=text, queue="asile"), f"9:1{n}", "sud"),
            (TicketCancelled(ticket=f"{text}?", reason=text), f"9:2{n}", "sud"),
            (CallReceived(call=text, line=text), f"9:1{n}", "standard"),
            (CallQueued(call=text, queue="operateurs"), f"9:1{n}", "standard"),
        ]
    found = [event(fact, clock, area=area) for fact, clock, area in told]
    return [opened("g1", "8:30", "sejour"), *found, *(called(text, f"9:2{n}") for n, text in enumerate(HOSTILE))]


async def test_what_devices_say_is_words_on_every_page(browser: Browser) -> None:
    hands, kept = Hands(at("9:30")), Kept(Hands(at("9:30")))
    events = {name: [one for one in facts() if one.area == name] for name in ("sud", "standard")}
    board = Board([SUD, STANDARD], hands)
    board.begin(events)
    kept.take(waits(breach(HOSTILE[1])))
    kept.turn(board)
    server = Server(board, Well(), alerts=kept, days=PastDays(events))
    running = asyncio.create_task(server.run())
    shown = 0
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            for path, live in PAGES.items():
                async with looking(browser, address + path, live=live) as page:
                    text = await page.evaluate("document.body.textContent")
                    shown += sum(one in text for one in HOSTILE)
                    assert await page.evaluate("'ours' in window") is False, path
                    strange = "#ours, main script, img[src='x'], [onerror], [onload], [onmouseover]"
                    assert await page.locator(strange).count() == 0, path
    finally:
        running.cancel()
        await asyncio.wait([running])
    # on the hall's screen, on the pages of the queue and of the counter, and in the alert
    assert shown > 3 * len(HOSTILE)
