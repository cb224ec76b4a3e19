"""A rush on the public page: answers a second, beside a bare handler of the same bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from dashboards.board import Board, Foreseen
from dashboards.public import PublicSettings
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.bench.measuring import answer, child, ratio, show, spread
from tests.browser.site import SITE
from tests.build import at
from tests.dashboards.test_server import Well
from tests.history import lessons
from ticketing.forecast import Forecast, QueueForecast
from ticketing.load import Load

VISITORS, SECONDS, TIMES = 50, 4.0, 3


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    async with _ours() as address:
        page, etag = await _page(f"{address}/attente")
        async with _bare(page) as bare:
            cases = {
                "bare handler, same bytes": (bare, ""),
                "/attente": (f"{address}/attente", ""),
                "/attente, already known (304)": (f"{address}/attente", etag),
                "/attente.json": (f"{address}/attente.json", ""),
            }
            found: dict[str, list[float]] = {name: [] for name in cases}
            for _ in range(TIMES):
                for name, (where, known) in cases.items():
                    found[name].append(await _rate(where, known))
    baseline = next(iter(found.values()))
    show(
        f"A rush on the public page: {VISITORS} visitors who ask again at once, {len(page):,} bytes",
        ["case", "answers/s", "of the bare one"],
        [[name, spread(rates), ratio(rates, baseline)] for name, rates in found.items()],
        f"{TIMES} runs of {SECONDS:.0f} s each; the server has one core, the visitors another",
    )


async def _rate(address: str, etag: str) -> float:
    process = child("rush", address, str(VISITORS), str(SECONDS), etag)
    told = await asyncio.to_thread(answer, process)
    return float(told["answers"] / told["seconds"])


async def _page(address: str) -> tuple[bytes, str]:
    async with aiohttp.ClientSession() as client, client.get(address) as response:
        return await response.read(), response.headers["ETag"].strip('"')


@asynccontextmanager
async def _ours() -> AsyncIterator[str]:
    """The whole server, with three areas of which everything is known."""
    now = at("10:34")
    board = Board(SITE, lambda: now)
    board.begin({})
    for plan in SITE:
        names = [queue.id for queue in plan.queues]
        forecast = Forecast(at=now, queues={name: QueueForecast(queue=name, shown=(60, 300, 900)) for name in names})
        load = Load.of(lessons(20, arrivals={names[0]: {half: half for half in range(17, 33)}}))
        board.foresee(plan.area, Foreseen(forecast=forecast, load=load))
    server = Server(board, Well(), public=PublicSettings(enabled=True))
    async with server.serving(WebSettings(listen="127.0.0.1:0")) as address:
        yield address


@asynccontextmanager
async def _bare(page: bytes) -> AsyncIterator[str]:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=page, content_type="text/html", charset="utf-8")

    app = web.Application()
    app.add_routes([web.get("/attente", handler)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/attente"
    finally:
        await runner.cleanup()
