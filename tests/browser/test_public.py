"""The public's page and its fragment in a real browser."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from msgspec.structs import replace
from playwright.async_api import Browser, expect

from dashboards.board import Board, Foreseen
from dashboards.public import PublicSettings
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.browser.pages import SIZES, look, look_everywhere, looking
from tests.browser.site import MAIN, SITE
from tests.build import MONDAY, at, issued
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from tests.history import lessons
from tests.servers import CHROMIUM
from ticketing.figures import Silence
from ticketing.forecast import Forecast, QueueForecast
from ticketing.load import Load
from ticketing.notice import Closure, Message, Notices
from ticketing.plan import Plan, Queue

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

BUSY_MORNING = dict.fromkeys((*range(17, 24), *range(26, 34)), 6) | {17: 11, 18: 12, 19: 9, 23: 2, 31: 3, 32: 2}
WAITS = ((0, 60, 200), (540, 700, 1260), (1300, 2400, 3900), (60, 300, 480))


@asynccontextmanager
async def serving(
    plans: Sequence[Plan] = SITE, *, clock: str = "10:34", learnt: bool = True, sites: Sequence[str] = ()
) -> AsyncIterator[tuple[str, Board, Hands]]:
    hands = Hands(at(clock))
    board = Board(plans, hands)
    board.begin({"sud": [issued("A1", "9:00", "sejour")]})
    for plan in plans:
        names = [queue.id for queue in plan.queues]
        found = {name: QueueForecast(queue=name, shown=WAITS[n % 4]) for n, name in enumerate(names)}
        load = Load.of(lessons(10, arrivals={names[0]: BUSY_MORNING})) if learnt else Load()
        board.foresee(plan.area, Foreseen(forecast=Forecast(at=hands.now, queues=found), load=load))
    server = Server(board, Well(), public=PublicSettings(enabled=True, embed_in=tuple(sites)))
    running = asyncio.create_task(server.run())
    try:
        async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
            yield address, board, hands
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _normal(board: Board, _: Hands) -> None:
    message = Message(area="sud", text="Ascenseur en panne : accès par la rampe.", until=None, who="", at=at("8:00"))
    board.notify(list(board.plans.values()), Notices(messages={"sud": message}))


async def _unavailable(board: Board, _: Hands) -> None:
    board.stand(at("10:25"))


async def _incomplete(board: Board, _: Hands) -> None:
    board.hear({"sud": (Silence(device="borne-1", since=at("10:20")),)})


async def _closed(_: Board, hands: Hands) -> None:
    hands.now = at("19:00")


async def _closure(board: Board, _: Hands) -> None:
    today, soon = MONDAY, MONDAY + timedelta(days=3)
    closures = tuple(
        Closure(area="sud", date=on, text=text, who="", at=at("8:00"))
        for on, text in ((today, "Fermeture exceptionnelle aujourd’hui"), (soon, "Fermé pour formation du personnel"))
    )
    hours = replace(MAIN.hours, exceptions={today: (), soon: ()})
    plans = [replace(plan, hours=hours) if plan.area == "sud" else plan for plan in board.plans.values()]
    board.notify(plans, Notices(closures=closures))


STATES = {
    "normal": _normal,
    "unavailable": _unavailable,
    "incomplete": _incomplete,
    "closed": _closed,
    "closure": _closure,
}


@pytest.mark.parametrize("state", STATES)
async def test_each_state_is_looked_at(browser: Browser, state: str) -> None:
    async with serving() as (address, board, hands):
        await STATES[state](board, hands)
        async with looking(browser, f"{address}/attente", live=False) as page:
            await look_everywhere(page, f"public-{state}")


async def test_before_anything_is_learnt_only_the_hours_are_told(browser: Browser) -> None:
    async with (
        serving(learnt=False) as (address, _, _),
        looking(browser, f"{address}/attente", live=False) as page,
    ):
        await expect(page.get_by_text("très fréquenté")).to_have_count(0)
        await expect(page.locator("#sud ~ .week li").first).to_contain_text("08:30–\u206012:00 · 13:15–\u206016:30")
        await look_everywhere(page, "public-unlearnt")


async def test_many_services_with_long_names_fit_the_smallest_telephone(browser: Browser) -> None:
    names = [
        "Naturalisations et acquisition de la nationalité française par mariage",
        "Anticonstitutionnellementanticonstitutionnellement",
        "Associations <script>alert(1)</script>",
        *(f"Service {n}" for n in range(9)),
    ]
    plan = replace(MAIN, queues=tuple(Queue(id=f"q{n}", name=name) for n, name in enumerate(names)))
    async with serving([plan]) as (address, _, _):
        for size in SIZES:
            for path in ("attente", "attente/fragment"):
                async with looking(browser, f"{address}/{path}", size, live=False) as page:
                    assert await page.locator(".services dt").all_inner_texts() == names
                    await look(page, f"public-many-{path.replace('/', '-')}", whole=size in ("telephone", "small"))


async def test_a_page_that_has_stood_for_minutes_says_so(browser: Browser) -> None:
    async with (
        serving() as (address, _, _),
        looking(browser, f"{address}/attente", "telephone", live=False, clock=True) as page,
    ):
        await expect(page.locator("#old")).to_be_empty()
        await page.clock.fast_forward("05:11")
        await expect(page.locator("#old")).to_have_text("Ces informations ne sont plus à jour.")
        await look(page, "public-old")


async def test_another_site_shows_the_fragment_only_where_it_is_configured(browser: Browser) -> None:
    """A page of another origin with the fragment in a frame."""
    host = web.Application()
    runner = web.AppRunner(host)
    frames: list[str] = []

    async def home(_: web.Request) -> web.Response:
        body = f'<!doctype html><title>a</title><iframe src="{frames[-1]}/attente/fragment" title="b"></iframe>'
        return web.Response(text=body, content_type="text/html")

    host.add_routes([web.get("/", home)])
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for sites, shown in (((site,), 1), ((), 0)):
            async with serving(sites=sites) as (address, _, _):
                frames.append(address)
                page = await browser.new_page()
                await page.goto(site)
                await expect(page.frame_locator("iframe").locator(".services").first).to_have_count(shown)
                await page.close()
    finally:
        await runner.cleanup()


async def test_the_fragment_is_looked_at(browser: Browser) -> None:
    async with serving() as (address, _, _), looking(browser, f"{address}/attente/fragment", live=False) as page:
        await look_everywhere(page, "public-fragment")
