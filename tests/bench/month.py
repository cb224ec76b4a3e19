"""The export of a month of a million visits, beside a bare copy of its rows; and a month of 300,000 events rebuilt."""

import asyncio
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import asyncpg
import psutil
from msgspec import Struct

from collector.journal import Journal
from deploy.migrate import migrate
from tests.bench import traffic
from tests.bench.measuring import ROOT, show
from tests.collector.words import records
from tests.servers import Postgres, embedded_binaries, folder
from ticketing.hours import midnight

AREAS = 10
VISITS_A_DAY, SMALL_A_DAY = 45_455, 3_680
FIRST = traffic.MONDAY
MONTH = f"{FIRST:%Y-%m}"
"""October 2025."""
DAYS = [FIRST.replace(day=1) + timedelta(days=n) for n in range(31)]
WORKING = [day for day in DAYS if day.weekday() < 5]
BATCH = 5000
GLANCE_S = 0.02
COMMITMENT = """
[[commitments]]
area = "{area}"
within = "15m"
share = 0.95
provenance = "à confirmer"
from = "2020-01-01"
"""
# everything of a table's month and no more, as bytes
COPIES = {"visit": "select * from visit", "tally": "select * from tally"}
SHIFTED = """
    insert into journal (site, area, device, id, time, at, received, type, sequence, data)
    select site, area, device, id || '-' || $2, time + $1, at + $1, received + $1, type, sequence,
           jsonb_set(data, '{ticket}', to_jsonb((data ->> 'ticket') || '-' || $2))
    from journal where data ? 'ticket' and at >= $3 and at < $4
"""


class Took(Struct, frozen=True, kw_only=True):
    seconds: float
    megabytes: float


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    with folder() as home:
        server = Postgres(home, embedded_binaries())
        server.start()
        try:
            rebuilt = await _rebuilt(await server.database())
            exported = await _exported(await server.database())
        finally:
            server.end()
    show(*rebuilt)
    show(*exported)


async def _rebuilt(dsn: str) -> tuple[Any, ...]:
    """300,000 events, four for nine visits in ten, in the working days of a month."""
    await _filled(dsn, SMALL_A_DAY)
    connection = await asyncpg.connect(dsn)
    day_one = (midnight(FIRST, traffic.PARIS), midnight(FIRST + timedelta(days=1), traffic.PARIS))
    for number, day in enumerate(WORKING):
        if day != FIRST:
            await connection.execute(SHIFTED, day - FIRST, str(number), *day_one)
    await connection.execute("vacuum analyze journal")
    events, visits = await connection.fetchval("select count(*) from journal"), SMALL_A_DAY * len(WORKING)
    began = perf_counter()
    await connection.fetch("select area, device, id, type, at, sequence, data from journal")
    bare = perf_counter() - began
    took, check = _vigie(dsn, "rebuild"), _vigie(dsn, "rebuild", "--check")
    await connection.close()
    return (
        "month: rebuilt from the journal, and compared with it (vigie rebuild, --check), one run each",
        ("visits", "events", "rebuild", "visits/s", "memory", "--check", "bare select", "ratio"),
        [
            (
                f"{visits:,}", f"{events:,}", f"{took.seconds:.1f} s", f"{visits / took.seconds:,.0f}",
                f"{took.megabytes:.0f} MB", f"{check.seconds:.1f} s", f"{bare:.1f} s", f"{took.seconds / bare:.1f}",
            )
        ],
    )  # fmt: skip


async def _exported(dsn: str) -> tuple[Any, ...]:
    """One day tallied by vigie; its visits and tallies are then laid on the month's other days."""
    await _filled(dsn, VISITS_A_DAY)
    _vigie(dsn, "rebuild")
    connection = await asyncpg.connect(dsn)
    for table in ("visit", "tally"):
        columns = await connection.fetchval(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute "
            "where attrelid = $1::text::regclass and attnum > 0 and attname <> 'day'",
            table,
        )
        for day in WORKING:
            if day != FIRST:
                await connection.execute(
                    f"insert into {table} (day, {columns}) select $1, {columns} from {table} where day = $2",  # noqa: S608
                    day,
                    FIRST,
                )
    await connection.execute("vacuum analyze")
    rows = {table: await connection.fetchval(f"select count(*) from {table}") for table in COPIES}  # noqa: S608
    copied = {table: await _copied(connection, query) for table, query in COPIES.items()}
    await connection.close()
    took = _vigie(dsn, "export", "month", MONTH, "--out", tempfile.mkdtemp())
    return (
        "month: all files of a month exported (vigie export month), one run",
        ("visits", "tallies", "export", "memory", "bare copy of the visits", "ratio", "of the tallies", "ratio"),
        [
            (
                f"{rows['visit']:,}", f"{rows['tally']:,}", f"{took.seconds:.1f} s", f"{took.megabytes:.0f} MB",
                f"{copied['visit']:.2f} s", f"{took.seconds / copied['visit']:.1f}",
                f"{copied['tally']:.2f} s", f"{took.seconds / copied['tally']:.1f}",
            )
        ],
        "the command as a whole, its start included; memory: the most that it and its child held together",
    )  # fmt: skip


async def _filled(dsn: str, visits: int) -> None:
    await migrate(dsn)
    async with Journal(dsn, "Europe/Paris") as journal:
        for events in traffic.day_of_visits(visits, AREAS).values():
            rows = records(events, traffic.SITE)
            for start in range(0, len(rows), BATCH):
                await journal.append(rows[start : start + BATCH])


async def _copied(connection: Any, query: str) -> float:
    async def nowhere(_: bytes) -> None:
        pass

    began = perf_counter()
    await connection.copy_from_query(query, output=nowhere)
    return perf_counter() - began


def _vigie(dsn: str, *arguments: str) -> Took:
    """A command as it is run, to its end; RuntimeError if it fails."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "vigie.toml"
        config.write_text(_configuration(dsn))
        began = perf_counter()
        process = psutil.Popen(
            [sys.executable, "-m", "deploy", *arguments, "--config", str(config)], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        most = 0
        while process.poll() is None:
            most = max(most, _held(process))
            sleep(GLANCE_S)
        if process.returncode:
            raise RuntimeError(f"vigie {arguments} ended with {process.returncode}")
        return Took(seconds=perf_counter() - began, megabytes=most / 1024 / 1024)


def _held(process: psutil.Popen) -> int:
    """Bytes, of it and of all processes that it has started."""
    held = 0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            held += one.memory_info().rss
    return held


def _configuration(dsn: str) -> str:
    """Queues that are not configured exist all the same."""
    areas = "".join(
        f'[[areas]]\nid = "a{n}"\nkind = "hall"\nname = "Hall {n}"\n{COMMITMENT.format(area=f"a{n}")}'
        for n in range(AREAS)
    )
    return f'site = "{traffic.SITE}"\n[database]\ndsn = "{dsn}"\n{areas}'
