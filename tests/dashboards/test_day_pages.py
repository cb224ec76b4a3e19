"""The day over HTTP: what programs are told, what a file holds, and what is said where there is nothing to show."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import StringIO

import aiohttp
import msgspec
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import MONDAY, STANDARD, SUD, at, called, ended, event, issued, opened
from tests.dashboards.kept import Kept, over, standing
from tests.dashboards.past_days import PastDays
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from ticketing.alert import Record
from ticketing.events import Event, TicketIssued
from ticketing.plan import Queue

TUESDAY = MONDAY + timedelta(days=1)
DAY = "/api/v1/areas/sud/day"


def monday() -> list[Event]:
    return [
        opened("g1", "8:30", "sejour", "asile"),
        issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:20"),
        issued("A2", "9:01"), called("A2", "9:30"), ended("A2", "9:40"),
    ]  # fmt: skip


def on(events: list[Event], weeks: int) -> list[Event]:
    """The same some weeks before."""
    return [replace(one, at=one.at - timedelta(weeks=weeks)) for one in events]


class There:
    def __init__(self, client: aiohttp.ClientSession, board: Board, days: PastDays, kept: Kept, hands: Hands) -> None:
        self.client, self.board, self.days, self.kept, self.hands = client, board, days, kept, hands

    async def text(self, path: str, status: int = 200) -> str:
        async with self.client.get(path) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def json(self, path: str, status: int = 200) -> dict[str, object]:
        found: dict[str, object] = msgspec.json.decode(await self.text(path, status))
        return found


@asynccontextmanager
async def served(*, loaded: bool = True) -> AsyncIterator[There]:
    """On Tuesday at 9:30, after a Monday of two tickets and four like it."""
    hands = Hands(at("9:30", TUESDAY))
    past = PastDays({"sud": [one for weeks in range(5) for one in on(monday(), weeks)]})
    board = Board([replace(SUD, queues=(*SUD.queues, Queue(id="x", name="<script>"))), STANDARD], hands)
    if loaded:
        board.begin({"sud": [*monday(), replace(issued("B1", "9:00"), at=at("9:00", TUESDAY))]})
    kept = Kept(hands, over())
    server = Server(board, Well(), alerts=kept, days=past)
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield There(client, board, past, kept, hands)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_day_has_the_names_that_programs_rely_on() -> None:
    async with served() as there:
        day = await there.json(f"{DAY}?date=2026-11-23")
    assert (day["area"], day["date"], day["step_s"]) == ("sud", "2026-11-23", 300)
    assert day["open"] == [
        ["2026-11-23T08:30:00+01:00", "2026-11-23T12:00:00+01:00"],
        ["2026-11-23T13:15:00+01:00", "2026-11-23T16:30:00+01:00"],
    ]
    times, everything = day["at"], day["all"]
    assert isinstance(times, list)
    assert isinstance(everything, dict)
    assert (times[0], times[-1]) == ("2026-11-23T08:00:00+01:00", "2026-11-23T17:00:00+01:00")
    five_past = times.index("2026-11-23T09:05:00+01:00")
    assert everything["waiting"][five_past] == 2
    assert everything["longest_wait_s"][five_past] == 300
    assert everything["waiting_per_counter"][five_past] == 2
    assert everything["called_wait_s"][times.index("2026-11-23T09:10:00+01:00")] == 600
    assert everything["limit_s"] == 900
    half_past = times.index("2026-11-23T08:30:00+01:00")
    assert day["counters"][0]["state"][half_past - 1 : half_past + 1] == ["closed", "free"]  # type: ignore[index]
    assert day["counters"][0]["state"][five_past + 1] == "called"  # type: ignore[index]
    alert = day["alerts"][0]  # type: ignore[index]
    assert (alert["id"], alert["fired_at"]) == ("p1", "2026-11-23T08:50:00+01:00")


async def test_what_is_to_come_of_today_is_null() -> None:
    async with served() as there:
        day = await there.json(DAY)
    times, everything = day["at"], day["all"]
    assert isinstance(times, list)
    assert isinstance(everything, dict)
    now = times.index("2026-11-24T09:30:00+01:00")
    assert everything["waiting"][now : now + 2] == [1, None]
    assert day["until"] == "2026-11-24T09:30:00+01:00"


async def test_while_data_stand_still_today_ends_where_they_do() -> None:
    async with served() as there:
        there.board.stand(at("9:20", TUESDAY))
        assert (await there.json(DAY))["until"] == "2026-11-24T09:20:00+01:00"


async def test_today_is_replayed_at_most_every_five_seconds() -> None:
    async with served() as there:
        first = await there.json(DAY)
        there.board.take({"sud": [replace(issued("B2", "9:10"), at=at("9:10", TUESDAY))]})
        there.hands.now = at("9:30:04", TUESDAY)
        assert await there.json(DAY) == first
        there.hands.now = at("9:30:05", TUESDAY)
        assert (await there.json(DAY))["until"] == "2026-11-24T09:30:05+01:00"


async def test_a_past_day_is_read_once_until_an_event_of_it_comes_late() -> None:
    async with served() as there:
        first = await there.text(f"{DAY}?date=2026-11-23")
        assert await there.text(f"{DAY}?date=2026-11-23") == first
        assert there.days.reads == 1
        there.days.all["sud"].append(issued("A3", "10:00"))
        assert await there.text(f"{DAY}?date=2026-11-23") != first
        assert there.days.reads == 2


async def test_the_file_has_a_row_for_each_instant_and_queue_and_blanks_for_what_is_not_known() -> None:
    async with served() as there:
        rows = list(csv.DictReader(StringIO(await there.text("/jour.csv?area=sud&date=2026-11-23"))))
        async with there.client.get("/jour.csv?area=sud&date=2026-11-23") as answer:
            assert answer.headers["Content-Disposition"] == 'attachment; filename="20261123_jour_sud.csv"'
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert {row["queue"] for row in rows} == {"sejour", "asile", "x", ""}
    (row,) = [row for row in rows if (row["queue"], row["at"]) == ("sejour", "2026-11-23T09:05:00+01:00")]
    assert (row["waiting"], row["longest_wait_s"], row["called_wait_s"]) == ("2", "300.0", "")
    assert len(rows) == 4 * (9 * 12 + 1)


async def test_the_usual_is_told_line_by_line_and_last_with_the_bands() -> None:
    async with served() as there:
        lines = [msgspec.json.decode(line) for line in (await there.text(f"{DAY}/usual?date=2026-11-23")).splitlines()]
        again = (await there.text(f"{DAY}/usual?date=2026-11-23")).splitlines()
    assert all(line["of"] == 8 for line in lines[:-1])
    assert [line["read"] for line in lines[:4]] == [1, 2, 3, 4]
    usual = lines[-1]["usual"]
    assert usual["days"] == ["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16"]
    band = usual["series"][0]["waiting"]
    assert band["median"][usual["at"].index("2026-11-23T09:05:00+01:00")] == 2
    assert len(again) == 1  # it was kept


async def test_an_outage_amid_the_usual_is_its_last_line() -> None:
    async with served() as there:
        there.days.away = True
        # the day in course is known without the database
        last = (await there.text(f"{DAY}/usual")).splitlines()[-1]
    assert msgspec.json.decode(last) == {"error": "the database does not answer: connection refused"}


async def test_what_programs_cannot_be_told_is_refused_with_a_sentence() -> None:
    async with served() as there:
        wrong = {
            f"{DAY}?date=hier": (400, 'date: found "hier", expected a date such as 2026-11-25'),
            f"{DAY}?date=0001-01-01": (400, 'date: found "0001-01-01", expected a date such as 2026-11-25'),
            f"{DAY}?date=2026-11-25": (400, "date: found 2026-11-25, expected today, 2026-11-24, or a day before"),
            "/api/v1/areas/ouest/day": (404, 'found area "ouest", expected one of: sud, standard'),
        }
        for path, (status, sentence) in wrong.items():
            assert (await there.json(path, status))["error"] == sentence
        there.days.away = True
        assert "does not answer" in str((await there.json(f"{DAY}?date=2026-11-20", 503))["error"])


async def test_pages_of_days_that_cannot_be_shown_say_why_and_where_to_go() -> None:
    async with served() as there:
        unknown = await there.text("/jour?area=ouest", 404)
        assert "Ce lieu n’est pas connu : « ouest »" in unknown
        assert "/jour?area=standard" in unknown
        assert "Cette date n’en est pas une : « hier »" in await there.text("/jour?date=hier", 404)
        assert "Cette file n’est pas connue ici : « y »" in await there.text("/jour?date=2026-11-23&queue=y", 404)
        assert "à venir" in await there.text("/jour?date=2027-01-04")
        assert "Fermé ce jour-là" in await there.text("/jour?date=2026-11-22")
        nothing = await there.text("/jour?date=2026-11-20")
        assert "Rien n’a été reçu ce jour-là" in nothing
        assert "date=2026-11-16" in nothing  # the last day before with anything
        assert "date=2026-11-23" in nothing  # and the first one after


async def test_a_day_that_is_closed_and_has_events_all_the_same_shows_them() -> None:
    async with served() as there:
        sunday = replace(
            event(TicketIssued(ticket="S1", number="S1", queue="sejour"), "9:00"), at=at("9:00") - timedelta(days=1)
        )
        there.days.all["sud"].append(sunday)
        page = await there.text("/jour?date=2026-11-22")
    assert "aucun objectif ne s’applique" in page
    assert 'id="at"' in page


async def test_an_area_with_no_alerts_of_its_own_has_those_of_the_site() -> None:
    async with served() as there:
        there.kept.all["o1"] = Record(alert=standing(), moments=())
        alerts = (await there.json("/api/v1/areas/sud/day?date=2026-11-23"))["alerts"]
        assert {one["id"] for one in alerts} == {"p1", "o1"}  # type: ignore[attr-defined]
        there.kept.away = True
        assert (await there.json("/api/v1/areas/sud/day?date=2026-11-23"))["alerts"] is None
        assert "Les alertes ne peuvent pas être lues" in await there.text("/jour?date=2026-11-23")


async def test_silences_count_in_opening_hours_alone_and_none_that_is_a_moments() -> None:
    async with served() as there:
        there.days.silences = [
            ("borne-1", at("11:50"), at("13:30")),
            ("borne-2", at("10:00"), at("10:01")),
            ("poste-g1", at("16:00"), None),
        ]
        gaps = (await there.json("/api/v1/areas/sud/day?date=2026-11-23"))["gaps"]
    assert [(gap["device"], gap["since"][11:16], gap["until"][11:16]) for gap in gaps] == [  # type: ignore[attr-defined]
        ("borne-1", "11:50", "12:00"), ("borne-1", "13:15", "13:30"), ("poste-g1", "16:00", "16:30"),
    ]  # fmt: skip


async def test_before_the_day_so_far_is_read_today_comes_from_the_journal() -> None:
    async with served(loaded=False) as there:
        there.days.all["sud"].append(replace(issued("B1", "9:00"), at=at("9:00", TUESDAY)))
        assert "Appelés" in await there.text("/jour")
        there.days.away = True
        assert "La base de données ne répond pas" in await there.text("/jour")


async def test_names_of_queues_are_words_and_nothing_else() -> None:
    async with served() as there:
        page = await there.text("/jour?date=2026-11-23")
        crowd = await there.text("/affluence")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in crowd


async def test_the_hour_of_an_address_is_shown_and_one_beyond_what_is_known_is_the_last() -> None:
    async with served() as there:
        assert '<output for="at" id="clock">09:05</output>' in await there.text("/jour?date=2026-11-23&at=545")
        assert '<output for="at" id="clock">09:30</output>' in await there.text("/jour?at=1400")
        assert '<output for="at" id="clock">09:05</output>' in await there.text("/jour?date=2026-11-23&at=1e9")


async def test_an_unknown_area_or_queue_of_the_heat_map_is_a_page_that_names_those_there_are() -> None:
    async with served() as there:
        assert "Ce lieu n’est pas connu : « ouest »" in await there.text("/affluence?area=ouest", 404)
        assert "Cette file n’est pas connue ici : « y »" in await there.text("/affluence?queue=y", 404)
