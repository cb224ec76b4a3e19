"""The HTTP interface, asked over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time

import aiohttp
import pytest
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.errors import AwayError, UnheardOfError
from dashboards.interface import Readiness
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import MONDAY, PARIS, STANDARD, SUD, at, called, issued
from tests.predictions import pair
from ticketing.accuracy import Accuracy, accuracies
from ticketing.hours import Hours
from ticketing.ledger import Account
from ticketing.plan import Desk, Plan


class Well:
    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready

    async def readiness(self) -> Readiness:
        return Readiness(ready=self.ready, broker=True, database=self.ready, loaded=True, lag=0 if self.ready else None)

    async def accounts(self, day: date | None, device: str | None) -> list[Account]:
        if not self.ready:
            raise AwayError("the database does not answer")
        return [Account(site="aube", area="sud", device=device or "borne-1", day=day or MONDAY, kept=7, missing=2)]

    async def accuracy(self, area: str | None, week: date | None) -> list[Accuracy]:
        if not self.ready:
            raise AwayError("the database does not answer")
        if area == "ouest":
            raise UnheardOfError('area: found "ouest", expected one of: sud, standard')
        shown = [pair((5, 10, 20), 15, area=area or "sud", day=week or MONDAY), pair((5, 10, 20), None, queue="asile")]
        return accuracies(shown)


@asynccontextmanager
async def served(
    *plans: Plan, ready: bool = True, asyncapi: bytes = b""
) -> AsyncIterator[tuple[aiohttp.ClientSession, Board]]:
    board = Board(plans or [SUD, STANDARD], lambda: at("9:30"))
    board.begin({"sud": [issued("A1", "9:00"), issued("A2", "9:20"), called("A1", "9:12")]})
    server = Server(board, Well(ready=ready), asyncapi)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield client, board
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_live_figures_have_the_names_that_programs_rely_on() -> None:
    async with served() as (client, _), client.get("/api/v1/areas/sud/live") as answer:
        live = await answer.json()
    assert live["at"] == "2026-11-23T09:30:00+01:00"
    assert (live["waiting"], live["longest_wait_s"], live["open"], live["complete"]) == (1, 600.0, True, True)
    sejour = live["queues"][0]
    assert (sejour["queue"], sejour["called_today"], sejour["last_called_wait_s"]) == ("sejour", 1, 720.0)
    assert sejour["service_level_today"]["of"] == 1
    assert sejour["predicted_wait_s"] is None
    assert "offered_today" not in sejour
    assert live["counters"][0] == {
        "counter": "g1", "name": "Guichet 1", "configured": True, "state": "called",
        "since": "2026-11-23T09:12:00+01:00", "queues": ["sejour", "asile"],
    }  # fmt: skip


async def test_a_switchboards_queue_has_both_formulas() -> None:
    async with served() as (client, _), client.get("/api/v1/areas/standard/live") as answer:
        live = await answer.json()
    assert [level["formula"] for level in live["queues"][0]["service_level_today"]] == ["C", "B"]
    assert live["queues"][0]["answer_rate_agent"] is None


async def test_an_unknown_area_is_a_404_that_names_those_there_are() -> None:
    async with served() as (client, _), client.get("/api/v1/areas/ouest/live") as answer:
        assert answer.status == 404
        assert (await answer.json())["error"] == 'found area "ouest", expected one of: sud, standard'


async def test_the_ledger_is_told_by_day_and_device() -> None:
    async with served() as (client, _):
        async with client.get("/api/v1/ledger?day=2026-11-20&device=borne-2") as answer:
            (account,) = await answer.json()
        async with client.get("/api/v1/ledger") as answer:
            (today,) = await answer.json()
    assert (account["device"], account["day"], account["kept"], account["missing"]) == ("borne-2", "2026-11-20", 7, 2)
    assert (today["device"], today["day"]) == ("borne-1", "2026-11-23")


async def test_a_ledger_of_a_day_that_is_none_is_refused_with_a_sentence() -> None:
    async with served() as (client, _), client.get("/api/v1/ledger?day=hier") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == 'day: found "hier", expected a date such as 2026-11-25'


async def test_a_ledger_that_cannot_be_read_says_so() -> None:
    async with served(ready=False) as (client, _), client.get("/api/v1/ledger") as answer:
        assert answer.status == 503
        assert (await answer.json())["error"] == "the database does not answer"


async def test_how_right_predictions_were_is_told_by_area_week_and_queue() -> None:
    async with served() as (client, _), client.get("/api/v1/accuracy") as answer:
        assert await answer.json() == [
            {
                "area": "sud", "queue": "asile", "week": "2026-11-23", "n": 0, "mae_s": None, "bias_s": None,
                "too_low_share": None, "coverage_p90": None, "coverage_p10_p90": None, "not_called": 1,
            },
            {
                "area": "sud", "queue": "sejour", "week": "2026-11-23", "n": 1, "mae_s": 300.0, "bias_s": -300.0,
                "too_low_share": 0.0, "coverage_p90": 1.0, "coverage_p10_p90": 1.0, "not_called": 0,
            },
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("week", "monday"), [("2026-W01", "2025-12-29"), ("2026-W48", "2026-11-23"), ("2026-W53", "2026-12-28")]
)
async def test_an_iso_week_is_the_one_of_its_thursday(week: str, monday: str) -> None:
    async with served() as (client, _), client.get(f"/api/v1/accuracy?area=nord&week={week}") as answer:
        (found,) = [one for one in await answer.json() if one["area"] == "nord"]
    assert found["week"] == monday


@pytest.mark.parametrize("week", ["2025-W53", "2026-W00", "2026-W54", "0000-W01", "2026-48", "2026-W48-1", "hier"])
async def test_a_week_that_is_none_is_refused_with_a_sentence(week: str) -> None:
    async with served() as (client, _), client.get(f"/api/v1/accuracy?week={week}") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == f'week: found "{week}", expected one such as 2026-W48'


async def test_how_right_predictions_were_in_an_area_that_is_none_is_refused_with_a_sentence() -> None:
    async with served() as (client, _), client.get("/api/v1/accuracy?area=ouest") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == 'area: found "ouest", expected one of: sud, standard'


async def test_an_archive_that_cannot_be_read_says_so() -> None:
    async with served(ready=False) as (client, _), client.get("/api/v1/accuracy") as answer:
        assert answer.status == 503
        assert (await answer.json())["error"] == "the database does not answer"


async def test_areas_are_told_as_configured() -> None:
    async with served() as (client, _), client.get("/api/v1/areas") as answer:
        areas = await answer.json()
    assert [area["area"] for area in areas] == ["sud", "standard"]
    assert areas[0]["counters"][1] == {"counter": "g2", "name": "Guichet 2", "queues": ["asile"], "planned": None}


async def test_of_a_counter_it_is_told_when_it_is_planned_to_be_staffed_today() -> None:
    hours = Hours(zone=PARIS, weekly={0: ((time(8, 30), time(10)), (time(10, 15), time(12)))})
    desks = (Desk(id="g1", name="Guichet 1", planned=hours), Desk(id="g2", name="Guichet 2"))
    async with served(replace(SUD, desks=desks)) as (client, _), client.get("/api/v1/areas") as answer:
        (sud,) = await answer.json()
    assert [counter["planned"] for counter in sud["counters"]] == [
        [
            ["2026-11-23T08:30:00+01:00", "2026-11-23T10:00:00+01:00"],
            ["2026-11-23T10:15:00+01:00", "2026-11-23T12:00:00+01:00"],
        ],
        None,
    ]


@pytest.mark.parametrize("path", ["/asyncapi.json", "/api/v1/asyncapi.json"])
async def test_the_event_contract_is_served_as_it_was_handed_in(path: str) -> None:
    async with served(asyncapi=b'{"asyncapi": "3.0.0"}') as (client, _), client.get(path) as answer:
        assert (answer.content_type, await answer.read()) == ("application/json", b'{"asyncapi": "3.0.0"}')
    async with served() as (client, _), client.get(path) as answer:
        assert answer.status == 404


async def test_a_page_that_does_not_exist_says_so_in_french() -> None:
    async with served() as (client, _), client.get("/nulle-part") as answer:
        assert answer.status == 404
        assert "Cette page n’existe pas" in await answer.text()


async def test_the_board_is_complete_without_any_script() -> None:
    async with served() as (client, _), client.get("/") as answer:
        text = await answer.text()
    assert "Hall sud" in text
    assert "10\u202fmin" in text


@pytest.mark.parametrize("path", ["/", "/api/v1/areas", "/static/board.js", "/nulle-part", "/stream/board"])
async def test_every_answer_forbids_scripts_from_elsewhere(path: str) -> None:
    async with served() as (client, _), client.get(path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_readiness_is_a_status(ready: bool, status: int) -> None:
    async with served(ready=ready) as (client, _):
        async with client.get("/readyz") as answer:
            assert (answer.status, (await answer.json())["database"]) == (status, ready)
        async with client.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_static_file_cannot_be_asked_from_outside_its_folder() -> None:
    async with served() as (client, _), client.get("/static/..%2fserver.py") as answer:
        assert answer.status in (403, 404)


async def test_the_stream_sends_an_event_when_something_happens() -> None:
    async with served() as (client, board), client.get("/stream/board") as answer:
        assert answer.content_type == "text/event-stream"
        seen = b""
        while b'id="area-sud"' not in seen or b'id="area-standard"' not in seen:
            seen += await asyncio.wait_for(answer.content.readany(), 5)
        board.take({"sud": [issued("A3", "9:25")]})
        changed = b""
        while b"<strong>2</strong> en attente" not in changed:
            changed += await asyncio.wait_for(answer.content.readany(), 5)
        assert b"event: part\nid: " in changed
