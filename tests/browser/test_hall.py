"""The screen of a hall in a real browser."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dashboards.board import Board, Foreseen
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import SIZES, look, look_everywhere, looking
from tests.build import SUD, at, called, ended, issued, no_show, opened, recalled
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.servers import CHROMIUM, free_port
from ticketing.events import Event
from ticketing.figures import Silence
from ticketing.forecast import Forecast, QueueForecast
from ticketing.notice import Closure, Message, Notices
from ticketing.plan import Desk, Plan, Queue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

NAMES = (
    "Séjour",
    "Asile",
    "Remise de titres",
    "Point d’accueil numérique",
    "Naturalisations et acquisition de la nationalité française",
    "Permis de conduire (proximité)",
    "Certificats d’immatriculation",
    "Réunions et convocations",
    "Accueil général",
    "Associations <script>alert(1)</script>",
)


def hall(queues: int = 4) -> Plan:
    return replace(
        SUD,
        name="Hall d’accueil principal (aile sud)",
        queues=tuple(Queue(id=f"q{n}", name=NAMES[n]) for n in range(queues)),
        desks=tuple(Desk(id=f"g{n}", name=f"Guichet {n}", queues=("q0",)) for n in range(1, 13)),
    )


def morning(queues: int = 4) -> list[Event]:
    """Seven in each line; six were called in the last minutes, and one did not come."""
    events = [opened(f"g{n}", "8:30", "q0") for n in range(1, 7)]
    for number in range(1, 7):
        events += [issued(f"E{40 + number}", "9:00", "q0"), called(f"E{40 + number}", f"9:{20 + number}", f"g{number}")]
    events += [ended("E41", "9:26"), no_show("E42", "9:28")]
    return events + [issued(f"W{queue}{n}", "9:10", f"q{queue}") for queue in range(queues) for n in range(7)]


def foretold(queues: int) -> Foreseen:
    waits = ((0, 60, 200), (540, 700, 1260), (1300, 2400, 3900), (60, 300, 480))
    found = {f"q{n}": QueueForecast(queue=f"q{n}", shown=waits[n % 4]) for n in range(queues)}
    return Foreseen(forecast=Forecast(at=at("9:30"), queues=found))


@asynccontextmanager
async def serving(
    *, plan: Plan | None = None, events: Sequence[Event] | None = None, clock: str = "9:30", listen: str = "127.0.0.1:0"
) -> AsyncIterator[tuple[str, Board, Hands]]:
    plan = plan or hall()
    hands = Hands(at(clock))
    board = Board([plan], hands)
    board.begin({"sud": morning(len(plan.queues)) if events is None else events})
    board.foresee("sud", foretold(len(plan.queues)))
    server = Server(board, Well())
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen=listen)) as address:
            yield f"{address}/hall/sud", board, hands
    finally:
        running.cancel()
        await asyncio.wait([running])


async def cut(page: Page) -> list[str]:
    """Texts of the screen that do not show whole."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('#hall li, #hall li *, #hall p, #hall h1, #hall h2')]
             .filter((one) => !one.classList.contains('sr') && one.offsetParent && one.textContent.trim())
             .filter((one) => {
               const box = one.getBoundingClientRect();
               return box.right > document.documentElement.clientWidth + 1 || box.bottom > innerHeight + 1
                 || one.scrollWidth > one.clientWidth + 2;
             }).map((one) => one.textContent.trim())"""
    )
    return found


async def test_who_is_called_is_read_from_afar_with_the_counter_and_what_to_expect(browser: Browser) -> None:
    async with serving() as (address, _, _), looking(browser, address, "hall", live=False) as page:
        await expect(page.locator(".calls .first strong")).to_have_text("E46")
        await expect(page.locator(".calls .first .counter")).to_contain_text("Guichet 6")
        assert await page.locator(".calls strong").all_inner_texts() == ["E46", "E45", "E44", "E43"]
        first = page.locator(".lines li").nth(1)
        await expect(first).to_contain_text("environ 10 à 25\u00a0min")
        await expect(first.locator(".waiting")).to_have_text("7 personnes")


async def test_a_call_appears_by_itself_stands_out_and_comes_again_when_it_is_repeated(browser: Browser) -> None:
    async with serving() as (address, board, hands), looking(browser, address, "hall", live=False, clock=True) as page:
        await page.evaluate("window.sameDocument = true")
        hands.now = at("9:31")
        board.take({"sud": [called("W01", "9:31", "g2")]})
        await expect(page.locator(".calls .first strong")).to_have_text("W01")
        await expect(page.locator(".calls .first")).to_have_class("first fresh")
        await page.clock.fast_forward(12_000)
        await expect(page.locator(".calls .first")).not_to_have_class("first fresh")
        hands.now = at("9:32")
        board.take({"sud": [recalled("E44", "9:32", "g4")]})
        await expect(page.locator(".calls .first strong")).to_have_text("E44")
        await expect(page.locator(".calls .first")).to_have_class("first fresh")
        assert await page.evaluate("window.sameDocument")


@pytest.mark.parametrize("queues", [2, 4, 10])
async def test_nothing_is_cut_however_many_queues_there_are_and_all_of_them_have_their_turn(
    browser: Browser, queues: int
) -> None:
    async with (
        serving(plan=hall(queues)) as (address, _, _),
        looking(browser, address, "hall", live=False, clock=True) as page,
    ):
        seen: set[str] = set()
        await expect(page.locator(".lines li:visible").first).to_be_visible()
        paged = await page.locator(".pages").inner_text() != ""
        for _ in range(queues):
            assert await cut(page) == []
            seen |= set(await page.locator(".lines li:visible .name").all_inner_texts())
            if len(seen) == queues:
                break
            shown = await page.locator(".pages").inner_text()
            await page.clock.fast_forward(10_000)
            # it seems that nothing has come for as long
            await expect(page.locator("body")).not_to_have_class("tv late")
            await expect(page.locator(".pages")).not_to_have_text(shown)
        assert seen == set(NAMES[:queues])
        assert paged is (queues > 4)


LONG = "Le service des étrangers est fermé mardi 24 novembre en raison d’une formation ; merci de revenir mercredi"


@pytest.mark.parametrize("text", ["", LONG])
async def test_long_numbers_counters_and_messages_are_shown_whole_and_the_newest_calls_first(
    browser: Browser, text: str
) -> None:
    names = {1: "Point d’accueil numérique 2", 2: "Guichet 12", 3: "Naturalisations", 4: "PAN 2"}
    plan = replace(hall(), desks=tuple(Desk(id=f"g{n}", name=name, queues=("q0",)) for n, name in names.items()))
    tickets = {4: "ASSOCIATIONS-104", 3: "SEJ-1046", 2: "AB123", 1: "SEJ-1045"}
    events = [
        one
        for n, ticket in tickets.items()
        for one in (issued(ticket, "9:00", "q0"), called(ticket, f"9:2{5 - n}", f"g{n}"))
    ]
    async with serving(plan=plan, events=events) as (address, board, _):
        board.notify(list(board.plans.values()), Notices(messages={"sud": message(text)} if text else {}))
        async with looking(browser, address, "hall", live=False) as page:
            shown = await page.locator(".calls li:visible strong").all_inner_texts()
            assert shown == list(tickets.values())[::-1][: len(shown)]
            assert len(shown) >= 2
            await expect(page.locator(".calls .first .counter")).to_contain_text(names[1])
            assert await cut(page) == []
            await look(page, f"hall-long{'-message' if text else ''}")


async def test_data_that_stand_still_do_not_say_that_nobody_is_called(browser: Browser) -> None:
    async with serving(events=[]) as (address, board, _):
        board.stand(at("9:05"))
        async with looking(browser, address, "hall", live=False) as page:
            await expect(page.locator(".unknown")).to_be_visible()
            await expect(page.get_by_text("Personne n’est appelé")).to_have_count(0)


async def test_while_the_server_is_away_no_old_wait_is_shown_as_a_present_one_and_the_screen_comes_back(
    browser: Browser,
) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with AsyncExitStack() as stack:
        async with serving(listen=listen) as (address, _, _):
            page = await stack.enter_async_context(looking(browser, address, "hall", live=False, clock=True))
            await page.evaluate("window.sameDocument = true")
            await expect(page.locator("#gone")).to_be_hidden()
        await page.clock.fast_forward(16_000)
        await expect(page.locator("#gone")).to_be_visible()
        await expect(page.locator(".lines li").first).not_to_be_visible()
        await expect(page.locator(".clock")).not_to_be_visible()
        await look(page, "hall-away")
        async with serving(listen=listen):
            await expect(page.locator("#gone")).to_be_hidden(timeout=15_000)
            await expect(page.locator(".lines li").first).to_be_visible()
            assert await page.evaluate("window.sameDocument")


async def test_a_screen_that_has_been_on_for_days_takes_the_pages_of_a_newer_server(browser: Browser) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with serving(listen=listen) as (address, _, _):
        async with ClientSession() as client, client.get(address) as answer:
            text = await answer.text()
        current = text.partition('data-version="')[2].partition('"')[0]
        older = text.replace(current, "0123456789ab")
        page = await browser.new_page()
        # the first time, as an older server had sent it
        await page.route("**/hall/sud", lambda route: route.fulfill(content_type="text/html", body=older), times=1)
        await page.goto(address)
        await expect(page.locator("#hall")).to_have_attribute("data-version", current)
        await page.close()


async def test_many_updates_leave_the_page_as_small_as_it_was(browser: Browser) -> None:
    async with serving() as (address, board, _), looking(browser, address, "hall", live=False) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")

        async def held(updates: int, first: int) -> tuple[float, float]:
            """Nodes and listeners after so many updates."""
            for number in range(first, first + updates):
                board.notify(list(board.plans.values()), Notices(messages={"sud": message(f"Message {number}")}))
                await expect(page.locator(".message")).to_have_text(f"Message {number}")
            await devtools.send("HeapProfiler.collectGarbage")
            metrics = {one["name"]: one["value"] for one in (await devtools.send("Performance.getMetrics"))["metrics"]}
            return metrics["Nodes"], metrics["JSEventListeners"]

        before = await held(5, 0)
        assert await held(30, 5) == before


def message(text: str) -> Message:
    return Message(area="sud", text=text, until=None, who="chef de hall", at=at("9:00"))


# ------------------------------------------------------------ states, looked at


async def _normal(board: Board, hands: Hands) -> None:
    board.notify(
        list(board.plans.values()), Notices(messages={"sud": message("Prises de rendez-vous en ligne : aube.gouv.fr")})
    )


async def _stale(board: Board, hands: Hands) -> None:
    board.stand(at("9:25"))


async def _incomplete(board: Board, hands: Hands) -> None:
    board.hear({"sud": (Silence(device="borne-1", since=at("9:20")),)})


async def _closed(board: Board, hands: Hands) -> None:
    hands.now = at("19:00")
    board.take({"sud": []})


async def _closure(board: Board, hands: Hands) -> None:
    closure = Closure(
        area="sud",
        date=at("9:30").date(),
        text="Fermeture exceptionnelle : réouverture mardi",
        who="chef",
        at=at("8:00"),
    )
    plans = [replace(plan, hours=replace(plan.hours, exceptions={closure.date: ()})) for plan in board.plans.values()]
    board.notify(plans, Notices(closures=(closure,)))


STATES = {
    "normal": _normal,
    "stale": _stale,
    "incomplete": _incomplete,
    "closed": _closed,
    "closure": _closure,
}


@pytest.mark.parametrize("state", STATES)
async def test_each_state_is_looked_at(browser: Browser, state: str) -> None:
    async with serving() as (address, board, hands):
        await STATES[state](board, hands)
        async with looking(browser, address, live=False) as page:
            await look_everywhere(page, f"hall-{state}")


async def test_an_empty_hall_and_a_full_one_are_looked_at(browser: Browser) -> None:
    async with (
        serving(events=[], clock="8:31") as (address, _, _),
        looking(browser, address, "hall", live=False) as page,
    ):
        await expect(page.locator(".nobody")).to_contain_text("Personne n’est appelé pour le moment.")
        await look(page, "hall-empty")
    async with serving(plan=hall(10)) as (address, _, _):
        for size in SIZES:
            async with looking(browser, address, size, live=False) as page:
                await look(page, "hall-full", whole=size in ("telephone", "small"))


async def test_a_screen_of_a_hall_that_does_not_exist_says_so(browser: Browser) -> None:
    async with serving() as (address, _, _):
        page = await browser.new_page(locale="fr-FR")
        await page.goto(f"{address}x")
        await expect(page.locator("h1")).to_have_text("Cette page n’existe pas.")
        await page.close()
