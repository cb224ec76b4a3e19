"""A month from its events to the page that everybody reads: on the database, with the files as they are made."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

import aiohttp
import pytest
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.public import PublicSettings
from dashboards.server import Server
from dashboards.web_settings import WebSettings
from deploy.export_settings import ExportSettings
from deploy.monthly import Monthly
from tests.build import PARIS, STANDARD, SUD, at, called, issued
from tests.collector.words import records
from tests.dashboards.test_server import Well
from tests.servers import free_port
from ticketing.events import Event

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=PARIS)
PATIENCE_S = 120.0
WHO = {"who": "référente qualité"}


def morning(day: date, late: int) -> list[Event]:
    """Ten customers, called after a minute; `late` of them after half an hour."""
    told = []
    for n in range(10):
        told += [
            replace(issued(f"A{n} {day}", "9:00"), at=at("9:00", day), id=f"i{n} {day}"),
            replace(called(f"A{n} {day}", "9:00"), at=at("9:30" if n < late else "9:01", day), id=f"c{n} {day}"),
        ]
    return told


@asynccontextmanager
async def served(journal: Journal) -> AsyncIterator[tuple[aiohttp.ClientSession, Monthly]]:
    plans = [SUD, STANDARD]
    monthly = Monthly(journal, lambda: plans, lambda: NOW, ExportSettings(siren="110000000"), "Préfecture")
    board = Board(plans, lambda: NOW)
    board.begin({})
    server = Server(board, Well(), exports=monthly, public=PublicSettings(enabled=True))
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen="127.0.0.1:0")) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield client, monthly
    finally:
        running.cancel()
        await asyncio.wait([running])


async def text(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>", " ", await answer.text()))


async def export(client: aiohttp.ClientSession) -> None:
    async with client.post("/exports/2026-10", data=WHO, allow_redirects=False) as answer:
        assert answer.status == 303
    async with asyncio.timeout(PATIENCE_S):
        job: object = True
        while job:
            async with client.get("/exports/progress") as answer:
                job = (await answer.json())["job"]


@pytest.mark.servers
@pytest.mark.slow
async def test_a_month_goes_from_its_events_to_everybody_and_what_comes_late_is_seen_before_it_goes_out(
    database: str,
) -> None:
    async with Journal(database, "Europe/Paris") as journal, served(journal) as (client, monthly):
        await journal.append(records(morning(date(2026, 10, 5), late=1)))
        await monthly.keeping.turn()
        assert "90,0\u202f% appelés sous 15\u202fmin ✗ sous l’objectif 95\u202f%" in await text(
            client, "/exports/2026-10"
        )
        async with client.get("/public/2026-10") as answer:
            assert answer.status == 404
        await export(client)
        page = await text(client, "/exports")
        assert "✓ Exporté à 9\u202fh\u202f30 : version 1." in page
        assert "90,0\u202f% appelés" in page
        # another day, of which a kiosk tells late
        await journal.append(records(morning(date(2026, 10, 6), late=0)))
        await monthly.keeping.turn()
        page = await text(client, "/exports/2026-10")
        assert "modifié depuis l’export" in page
        assert "95,0\u202f% appelés sous 15\u202fmin ✓ objectif 95\u202f%" in page
        assert "90,0\u202f%" in page.partition("Ce qui a changé")[2]
        await export(client)
        assert "modifié depuis l’export" not in await text(client, "/exports")


@pytest.mark.servers
async def test_the_sheet_and_the_open_files_of_a_month_are_for_everybody(database: str) -> None:
    async with Journal(database, "Europe/Paris") as journal, served(journal) as (client, monthly):
        await journal.append(records(morning(date(2026, 10, 5), late=1)))
        await monthly.export(date(2026, 10, 1), "vigie")
        page = await text(client, "/public/2026-10")
        assert "Votre attente en octobre 2026" in page
        assert "90\u202f%" in page
        files = await monthly.months.files(date(2026, 10, 1), 1)
        for one in files:
            async with client.get(f"/public/2026-10/{one.name}") as answer:
                expected = 200 if one.kind in ("sheet", "open") else 404
                assert (answer.status, one.name) == (expected, one.name)
        assert {one.kind for one in files} == {"sheet", "open", "office", "report", "indicators"}


@pytest.mark.servers
async def test_a_month_is_compared_with_the_one_before_though_nobody_exported_that(database: str) -> None:
    async with Journal(database, "Europe/Paris") as journal, served(journal) as (_, monthly):
        await journal.append(records(morning(date(2026, 9, 7), late=2) + morning(date(2026, 10, 5), late=1)))
        made = await monthly.export(date(2026, 10, 1), "vigie")
        (report,) = [one.content.decode() for one in made.files if one.name.endswith("rapport.html")]
        told = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>", " ", report))
        row = told.partition("Appelés dans le délai 90,0\u202f%")[2]
        assert row.lstrip().startswith("80,0\u202f%")
        assert await monthly.months.versions(date(2026, 9, 1)) == []


@pytest.mark.servers
async def test_a_month_in_which_nothing_was_heard_is_not_there_to_be_exported(database: str) -> None:
    async with (
        Journal(database, "Europe/Paris") as journal,
        served(journal) as (client, _),
        client.post("/exports/2026-10", data=WHO) as answer,
    ):
        assert answer.status == 404


async def test_while_the_database_is_away_the_pages_say_so() -> None:
    async with (
        Journal(f"postgresql://vigie@127.0.0.1:{free_port()}/vigie") as journal,
        served(journal) as (client, monthly),
    ):
        with pytest.raises(AwayError):
            await monthly.export(date(2026, 10, 1), "vigie")
        assert "La base de données ne répond pas" in await text(client, "/exports")
        assert "La base de données ne répond pas" in await text(client, "/exports/2026-10")
        async with client.post("/exports/2026-10", data=WHO) as answer:
            assert answer.status == 503
        async with client.get("/public/2026-10") as answer:
            assert answer.status == 503
