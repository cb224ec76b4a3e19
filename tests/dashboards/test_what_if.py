"""What if, asked over a real socket."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import STANDARD, SUD, at, closed, opened
from tests.dashboards.test_panel import brings
from tests.dashboards.test_server import Well
from ticketing.area import Area
from ticketing.attending import Course, Step
from ticketing.staffing import WhatIf


class Told(Board):
    """A board whose simulations are given; it keeps what was asked."""

    def __init__(self, simulate: Callable[[], tuple[WhatIf, ...]]) -> None:
        super().__init__([SUD, STANDARD], lambda: at("9:30"))
        self.begin({"sud": [opened("g1", "8:30", "sejour", "asile"), opened("g2", "8:30"), closed("g2", "9:00")]})
        self.asked: list[tuple[str, Course]] = []
        self._simulate = simulate

    def what_if(self, area: str, course: Course) -> tuple[WhatIf, ...]:
        self.asked.append((area, course))
        return self._simulate()


@asynccontextmanager
async def served(
    simulate: Callable[[], tuple[WhatIf, ...]] = lambda: (brings((4, 12, 25), (2, 5, 9)),),
) -> AsyncIterator[tuple[aiohttp.ClientSession, Told]]:
    board = Told(simulate)
    async with (
        Server(board, Well()).serving(WebSettings(listen="127.0.0.1:0")) as address,
        aiohttp.ClientSession(address) as client,
    ):
        yield client, board


async def test_programs_are_told_of_each_queue_as_it_is_and_as_it_would_be() -> None:
    async with served() as (client, board), client.get("/api/v1/areas/sud/what-if?open=g2&move=g1:asile") as answer:
        told = await answer.json()
    assert told == {
        "area": "sud",
        "at": "2026-11-23T09:30:00+01:00",
        "horizon_s": 1800.0,
        "queues": [
            {
                "queue": "sejour",
                "present": {
                    "counters": 1, "within": 0.7, "predicted_wait_s": {"p10": 240.0, "p50": 720.0, "p90": 1500.0}
                },
                "then": {"counters": 2, "within": 0.9, "predicted_wait_s": {"p10": 120.0, "p50": 300.0, "p90": 540.0}},
            }
        ],
    }  # fmt: skip
    steps = (Step(counter="g2", open=True), Step(counter="g1", open=True, queues=("asile", "sejour")))
    assert board.asked == [("sud", steps)]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("open=g9", 'open: found counter "g9", expected one of: g1, g2'),
        ("move=g2:sejour", 'move: found queue "sejour" of counter "g2", expected one of: asile'),
        ("open=g1&close=g1", 'found two changes of counter "g1", expected one'),
        ("shut=g1", 'found parameter "shut", expected one of: open, close, move, break'),
    ],
)
async def test_what_is_no_course_is_refused_before_anything_is_simulated(query: str, sentence: str) -> None:
    async with served() as (client, board):
        async with client.get(f"/api/v1/areas/sud/what-if?{query}") as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, sentence)
        async with client.get(f"/what-if/sud?{query}") as page:
            assert page.status == 400
            assert "ne peut pas être comprise" in await page.text()
    assert board.asked == []


@pytest.mark.parametrize("path", ["/what-if/ouest", "/api/v1/areas/ouest/what-if"])
async def test_an_unknown_area_is_not_found(path: str) -> None:
    async with served() as (client, _), client.get(path) as answer:
        assert answer.status == 404


async def test_the_page_works_without_any_script() -> None:
    async with served() as (client, _):
        async with client.get("/") as board:
            assert '<a href="/what-if/sud">' in await board.text()
        async with client.get("/what-if/sud?open=g2") as answer:
            page = await answer.text()
    assert "<script" not in page
    assert "Simulation : rien ne change dans le hall." in page
    assert '<form action="/what-if/sud" method="get"' in page
    kept_beside_another = (
        r'name="open" value="g2">\s*<button id="what-if-sud-close-g1" aria-pressed="false" name="close"'
    )
    assert re.search(kept_beside_another, page)
    assert "5\u202fmin (sans eux, 12\u202fmin)" in page


async def test_while_data_stand_still_nothing_is_simulated() -> None:
    async with served() as (client, board):
        board.stand(at("9:20"))
        async with client.get("/api/v1/areas/sud/what-if") as answer:
            assert answer.status == 503
            assert "nothing is foreseen" in (await answer.json())["error"]
        async with client.get("/what-if/sud") as page:
            assert "Données arrêtées : pas de simulation." in await page.text()
    assert board.asked == []


async def test_where_nothing_can_be_simulated_the_page_says_so() -> None:
    async with served(lambda: ()) as (client, _), client.get("/what-if/sud") as page:
        assert "Rien à simuler pour le moment" in await page.text()


async def test_no_more_than_two_are_simulated_at_once_and_others_are_answered_meanwhile() -> None:
    begun, going, most = threading.Semaphore(0), 0, 0
    lock, may_end = threading.Lock(), threading.Event()

    def simulate() -> tuple[WhatIf, ...]:
        nonlocal going, most
        with lock:
            going += 1
            most = max(most, going)
        begun.release()
        assert may_end.wait(10)
        with lock:
            going -= 1
        return ()

    async with served(simulate) as (client, board):
        asking = [asyncio.create_task(_asked(client)) for _ in range(5)]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=10)
        async with client.get("/healthz") as answer:  # all five are there by now, and this one does not wait for them
            assert answer.status == 200
        may_end.set()
        assert await asyncio.gather(*asking) == [200] * 5
    assert (most, len(board.asked)) == (2, 5)


async def test_of_somebody_who_has_gone_nothing_is_simulated_any_more() -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def simulate() -> tuple[WhatIf, ...]:
        begun.release()
        assert may_end.wait(10)
        return ()

    async with served(simulate) as (client, board):
        asking = [asyncio.create_task(_asked(client)) for _ in range(2)]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=10)
        gone = asyncio.create_task(_asked(client))
        async with client.get("/healthz"):  # the third is there by now
            gone.cancel()
        await asyncio.wait([gone])
        async with client.get("/healthz"):  # and has hung up by now
            may_end.set()
        assert await asyncio.gather(*asking) == [200, 200]
        assert await _asked(client) == 200
    assert len(board.asked) == 3


async def test_beyond_twenty_at_a_time_they_are_asked_to_come_again() -> None:
    may_end = threading.Event()

    def simulate() -> tuple[WhatIf, ...]:
        assert may_end.wait(10)
        return ()

    async with served(simulate) as (client, board):
        asking = [asyncio.create_task(_asked(client)) for _ in range(25)]
        refused, _ = await asyncio.wait(asking, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in refused} == {503}
        async with client.get("/what-if/sud") as page:
            assert page.status == 503
        may_end.set()
        assert sorted(await asyncio.gather(*asking)) == [200] * 20 + [503] * 5
    assert len(board.asked) == 20


async def _asked(client: aiohttp.ClientSession) -> int:
    async with client.get("/api/v1/areas/sud/what-if?close=g1") as answer:
        return answer.status


async def test_of_an_area_without_counters_nothing_is_simulated() -> None:
    async with served() as (client, board):
        board.plans = {"sud": replace(SUD, desks=())}
        board.areas = {"sud": Area(plan=board.plans["sud"])}
        async with client.get("/what-if/sud") as page:
            assert "Aucun guichet connu." in await page.text()
    assert board.asked == []
