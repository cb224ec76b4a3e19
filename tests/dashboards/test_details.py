"""The pages behind the board, and the same for programs: a queue with its tickets, a counter with its day."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import time
from html import unescape

import aiohttp
import pytest
from msgspec.structs import replace

from dashboards.board import Board, Foreseen
from dashboards.queue_page import MOST
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from tests.build import (
    PARIS,
    STANDARD,
    SUD,
    at,
    called,
    closed,
    ended,
    event,
    issued,
    no_show,
    opened,
    queued,
    recalled,
    received,
    started,
    transferred,
)
from tests.dashboards.test_board import Hands
from tests.dashboards.test_server import Well
from ticketing.events import Event, TicketIssued
from ticketing.figures import Silence
from ticketing.forecast import Forecast, TicketForecast
from ticketing.hours import Hours

PLANNED = Hours(zone=PARIS, weekly={0: ((time(8, 30), time(11)),)})
HALL = replace(SUD, desks=(replace(SUD.desks[0], planned=PLANNED), *SUD.desks[1:]))
MORNING: list[Event] = [
    opened("g1", "8:30", "sejour", "asile"),
    issued("A1", "8:20"),
    called("A1", "8:40"),
    started("A1", "8:41", "g1"),
    ended("A1", "8:50"),
    issued("A2", "8:50"),
    called("A2", "9:06"),
    no_show("A2", "9:08"),
    issued("A3", "9:00"),
    called("A3", "9:10"),
    recalled("A3", "9:12"),
    issued("A4", "9:10"),
    issued("A5", "9:20", priority="appointment", appointment="9:30"),
]


@asynccontextmanager
async def served(events: Sequence[Event] = MORNING) -> AsyncIterator[tuple[aiohttp.ClientSession, Board]]:
    """At half past nine."""
    board = Board([HALL, STANDARD], Hands(at("9:30")))
    board.begin({name: [one for one in events if one.area == name] for name in ("sud", "standard")})
    server = Server(board, Well())
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


async def text(client: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with client.get(path) as answer:
        assert answer.status == status
        return await answer.text()


def words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\u202f", " ").split())


def rows(markup: str, kind: str) -> list[str]:
    """Of the list of those who wait (w), are at a counter (s), have ended (e), or were called by a counter (c)."""
    return [words(row) for row in re.findall(rf'<tr id="{kind}-.*?</tr>', markup, re.DOTALL)]


# ------------------------------------------------------------ a queue


async def test_a_queue_lists_who_waits_who_is_at_a_counter_and_who_has_gone() -> None:
    async with served() as (client, _):
        found = await text(client, "/file/sud/sejour")
    assert rows(found, "w") == ["A4 09:10 20 min – ■ en retard", "A5 rendez-vous 09:30 09:20 0 s –"]
    assert rows(found, "s") == ["A3 Guichet 1 appelé 1 rappel 09:10 10 min"]
    assert rows(found, "e") == [
        "A2 08:50 16 min 09:06 Guichet 1 – absent 09:08 ■ en retard",
        "A1 08:20 10 min 08:40 Guichet 1 9 min servi 08:50",
    ]


async def test_when_each_is_called_is_foreseen_with_a_range_and_who_will_be_late() -> None:
    async with served() as (client, board):
        late = TicketForecast(visit="ticket/A5", queue="sejour", within=0.3, call_s=(600.0, 1200.0, 1800.0))
        soon = TicketForecast(visit="ticket/A4", queue="sejour", within=0.0, call_s=(0.0, 10.0, 50.0))
        board.foresee("sud", Foreseen(forecast=Forecast(at=at("9:30"), tickets={"ticket/A5": late, "ticket/A4": soon})))
        found = await text(client, "/file/sud/sejour")
        assert rows(found, "w") == [
            "A4 09:10 20 min vers 09:30 ■ en retard",
            "A5 rendez-vous 09:30 09:20 0 s vers 09:50 09:40–10:00 ▲ sera en retard",
        ]
        board.stand(at("9:30"))
        assert "vers 09:50" not in await text(client, "/file/sud/sejour")


async def test_one_list_alone_can_be_asked_for() -> None:
    async with served() as (client, _):
        waiting = await text(client, "/file/sud/sejour?etat=attente")
        over = await text(client, "/file/sud/sejour?etat=servis")
        anything = await text(client, "/file/sud/sejour?etat=autre")
    assert [len(rows(waiting, kind)) for kind in "wse"] == [2, 0, 0]
    assert [len(rows(over, kind)) for kind in "wse"] == [0, 0, 2]
    assert [len(rows(anything, kind)) for kind in "wse"] == [2, 1, 2]


async def test_a_long_line_is_cut_and_it_is_told_how_many_more_there_are() -> None:
    async with served([issued(f"A{n}", "9:00") for n in range(MOST + 12)]) as (client, _):
        found = await text(client, "/file/sud/sejour")
        alone = await text(client, "/file/sud/sejour?etat=attente")
    assert len(rows(found, "w")) == MOST
    assert "Et 12 autres" in words(found)
    assert len(rows(alone, "w")) == MOST + 12


async def test_who_was_sent_on_is_told_where_to() -> None:
    async with served([issued("A1", "9:00"), called("A1", "9:05"), transferred("A1", "9:10", "asile")]) as (client, _):
        assert rows(await text(client, "/file/sud/sejour"), "e") == [
            "A1 09:00 5 min 09:05 Guichet 1 – réorienté vers Asile 09:10"
        ]


async def test_a_queue_that_only_events_know_has_its_page() -> None:
    async with served([issued("A1", "9:00", "passeports")]) as (client, _):
        found = await text(client, "/file/sud/passeports")
    assert "non configuré" in found
    assert rows(found, "w") == ["A1 09:00 30 min – ■ en retard"]


async def test_a_call_is_told_by_a_label_that_is_no_number() -> None:
    number = "0325421234"
    async with served([received(number, "9:29"), queued(number, "9:29:50")]) as (client, _):
        found = await text(client, "/file/standard/operateurs")
        told = await text(client, "/api/v1/areas/standard/queues/operateurs/tickets")
    (row,) = rows(found, "w")
    assert re.fullmatch(r"appel [0-9a-f]{5} 09:29 10 s –", row)
    assert number not in found + told


async def test_what_is_known_of_the_data_stands_on_the_page() -> None:
    async with served() as (client, board):
        board.hear({"sud": (Silence("borne-2", at("9:20")),)})
        assert "Données incomplètes depuis 09:20. Appareils muets, dont rien n’arrive : borne-2 depuis 09:20." in words(
            await text(client, "/file/sud/sejour")
        )
        board.stand(at("9:25"))
        assert "Données arrêtées à 09:20" in words(await text(client, "/guichet/sud/g1"))


async def test_a_script_in_a_ticket_number_is_text() -> None:
    fact = TicketIssued(ticket="x", number="<script>alert(1)</script>", queue="sejour")
    async with served([event(fact, "9:20")]) as (client, _):
        found = await text(client, "/file/sud/sejour")
    assert "<script>alert" not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found


# ------------------------------------------------------------ a counter


async def test_a_counter_tells_its_hours_beside_the_planned_ones_and_whom_it_called() -> None:
    async with served([*MORNING, closed("g1", "9:20")]) as (client, _):
        found = await text(client, "/guichet/sud/g1")
    assert rows(found, "c") == [
        "A3 Séjour 09:10 1 rappel 10 min – – – appelé",
        "A2 Séjour 09:06 16 min ■ en retard – 09:08 – absent",
        "A1 Séjour 08:40 10 min 08:41 08:50 9 min servi",
    ]
    told = words(found)
    assert "Prévu : 08:30–11:00" in told
    assert "Ouvert : 08:30–09:20" in told
    assert "Temps d’ouverture 50 min prévu aujourd’hui : 2 h 30" in told
    assert "Services rendus 1" in told


async def test_what_a_counter_does_now_stands_at_its_head() -> None:
    async with served() as (client, _):
        told = words(await text(client, "/guichet/sud/g1"))
    assert "Appelle : A3 depuis 09:10, 20 min" in told
    assert "Ouvert : 08:30–maintenant" in told


async def test_a_counter_of_which_nothing_is_known_says_so() -> None:
    async with served() as (client, _):
        told = words(await text(client, "/guichet/sud/g2"))
    assert "Ni ouvert aujourd’hui, ni prévu." in told
    assert "Personne n’a encore été appelé ici aujourd’hui." in told


# ------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/file/sud/pan", "Cette file n’existe pas."),
        ("/file/ouest/sejour", "Cette file n’existe pas."),
        ("/guichet/sud/g7", "Ce guichet n’existe pas."),
        ("/guichet/ouest/g1", "Ce guichet n’existe pas."),
    ],
)
async def test_an_address_that_is_none_says_where_one_can_go(path: str, said: str) -> None:
    async with served() as (client, _):
        found = await text(client, path, status=404)
    assert said in found
    assert {*re.findall(r'href="(/(?:file|guichet)/[^"]*)"', found)} == {
        "/file/sud/sejour", "/file/sud/asile", "/file/standard/operateurs",
        "/guichet/sud/g1", "/guichet/sud/g2", "/guichet/standard/op1",
    }  # fmt: skip


async def test_of_an_address_that_is_a_script_nothing_runs() -> None:
    async with served() as (client, _):
        found = await text(client, "/file/sud/%3Cscript%3Ealert(1)%3C%2Fscript%3E", status=404)
    assert "<script>alert" not in found


# ------------------------------------------------------------ for programs


async def test_programs_are_told_the_tickets_of_a_queue() -> None:
    async with served() as (client, _), client.get("/api/v1/areas/sud/queues/sejour/tickets") as answer:
        told = await answer.json()
    assert {key: told[key] for key in ("area", "queue", "name", "configured", "complete")} == {
        "area": "sud", "queue": "sejour", "name": "Séjour", "configured": True, "complete": True,
    }  # fmt: skip
    assert [one["ticket"] for one in told["tickets"]] == ["A4", "A5", "A3", "A2", "A1"]
    assert told["tickets"][4] == {
        "ticket": "A1", "printed": True, "queue": "sejour", "state": "ended", "priority": "none",
        "appointment_at": None, "entered": "2026-11-23T08:20:00+01:00", "wait_s": 600.0, "late": False,
        "predicted": None, "will_be_late": None, "counter": "g1", "called": "2026-11-23T08:40:00+01:00", "recalls": 0,
        "started": "2026-11-23T08:41:00+01:00", "ended": "2026-11-23T08:50:00+01:00", "end": "served",
        "service_s": 540.0, "then": None,
    }  # fmt: skip


async def test_programs_are_told_the_day_of_a_counter() -> None:
    async with served() as (client, _), client.get("/api/v1/areas/sud/counters/g1/day") as answer:
        told = await answer.json()
    assert (told["area"], told["counter"], told["state"], told["ticket"]) == ("sud", "g1", "called", "A3")
    assert told["planned"] == [["2026-11-23T08:30:00+01:00", "2026-11-23T11:00:00+01:00"]]
    assert told["staffed"] == [["2026-11-23T08:30:00+01:00", "2026-11-23T09:30:00+01:00"]]
    assert told["stretches"][1] == {
        "state": "free", "begins": "2026-11-23T08:30:00+01:00", "ends": "2026-11-23T08:40:00+01:00", "ticket": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("queues/pan/tickets", 'found queue "pan", expected one of: sejour, asile'),
        ("counters/g7/day", 'found counter "g7", expected one of: g1, g2'),
    ],
)
async def test_programs_are_told_what_there_is_in_the_place_of_what_there_is_not(path: str, error: str) -> None:
    async with served() as (client, _), client.get(f"/api/v1/areas/sud/{path}") as answer:
        assert (answer.status, await answer.json()) == (404, {"error": error})


# ------------------------------------------------------------ live


async def test_a_page_is_told_to_ask_again_for_as_long_as_it_is_open() -> None:
    async with served() as (client, _), client.get("/stream/areas/sud") as answer:
        turns = []
        async with asyncio.timeout(10):
            async for line in answer.content:
                if line.startswith(b"data: <p"):
                    turns.append(line)
                    if len(turns) == 2:
                        break
    assert turns[0] != turns[1]


async def test_there_is_no_stream_of_an_area_that_is_none() -> None:
    async with served() as (client, _), client.get("/stream/areas/ouest") as answer:
        assert answer.status == 404
