"""How long a past day of the last month takes to be shown, for the first time and again, and what is usual on it."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter, process_time

import asyncpg
import msgspec
from msgspec import Struct

from collector.journal import Journal
from collector.messages import Message, Record
from dashboards.alert_names import Names
from dashboards.board import Board
from dashboards.day_told import as_told, usual_told
from dashboards.days import Replays
from dashboards.errors import AwayError
from deploy.asking import Database
from deploy.days import RecordedDays
from deploy.migrate import migrate
from tests.bench import traffic
from tests.bench.holding import plan
from tests.bench.measuring import ratio, show, spread
from tests.collector.words import decode
from tests.servers import Postgres, embedded_binaries, folder
from ticketing.hours import midnight

VISITS, DAYS, ASKED = 2_000, 63, 9
"""A day, days on end, and those of the last month that are asked for."""
TODAY = date(2025, 12, 5)
AREA = "a0"
A_DAY = timedelta(days=1)
# the rows of a day, and nothing made of them
BARE = """
    select area, device, id, type, at, sequence, data from journal
    where site = $1 and area = $2 and at >= $3 and at <= $4
"""


class Took(Struct, frozen=True, kw_only=True):
    """Seconds: on the clock, of our process's time on a core, and the longest for which nothing else had its turn."""

    wall: float
    core: float
    stall: float


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    with folder() as home:
        server = Postgres(home, embedded_binaries())
        server.start()
        try:
            rows = await _measured(await server.database())
        finally:
            server.end()
    show(
        f"day: {VISITS:,} visits a day in one area, {DAYS} days kept, {ASKED} of the last month; ms, median",
        ("", "ms (lowest highest)", "of our core", "longest stall of the loop", "ratio to the bare select"),
        rows,
        note="A day is read with the one before it, as the boards read it; the select reads the same rows.",
    )


async def _measured(dsn: str) -> list[tuple[str, ...]]:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    async with Journal(dsn) as journal:
        days = [TODAY - n * A_DAY for n in range(1, DAYS + 1)]
        for day in days:
            await _keep(journal, day)
        await connection.execute("vacuum analyze journal")
        board = Board([plan(AREA)], lambda: datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC))
        asked = days[1:31:3][:ASKED]
        for _ in range(2):  # the caches are cold at first
            bare = [await _timed(_bare(connection, day)) for day in asked]
        replays = Replays(board, RecordedDays(Database(journal, AwayError), traffic.SITE))
        first = [await _timed(_asked(replays, day)) for day in asked]
        again = [await _timed(_asked(replays, day)) for day in asked]
        usual = [
            await _timed(_usual(Replays(board, RecordedDays(Database(journal, AwayError), traffic.SITE)), day))
            for day in asked[:3]
        ]
    await connection.close()
    return [
        ("bare select", *_row(bare, bare)),
        *(
            (name, *_row(found, bare))
            for name, found in (("first request", first), ("again", again), ("what is usual", usual))
        ),
    ]


def _row(found: Sequence[Took], bare: Sequence[Took]) -> tuple[str, ...]:
    return (
        spread([one.wall * 1e3 for one in found]),
        f"{median(one.core for one in found) * 1e3:.0f}",
        f"{median(one.stall for one in found) * 1e3:.0f}",
        ratio([one.wall for one in found], [one.wall for one in bare]),
    )


async def _keep(journal: Journal, day: date) -> None:
    for rows in traffic.day_of_visits(VISITS, 1, day).values():
        received = rows[-1].at
        messages = [Message(topic=t, payload=p, received=received) for t, p in map(traffic.message, rows)]
        await journal.append([found for one in messages if isinstance(found := decode(one, A_DAY * 9), Record)])


async def _bare(connection: asyncpg.Connection, day: date) -> None:
    since, until = midnight(day - A_DAY, traffic.PARIS), midnight(day + A_DAY, traffic.PARIS)
    found = await connection.fetch(BARE, traffic.SITE, AREA, since, until)
    assert len(found) > 4 * VISITS


async def _asked(replays: Replays, day: date) -> None:
    """What a request for the curves does, up to the bytes that go out."""
    found = await replays.day(AREA, day)
    gaps = await replays.gaps(found)
    body = msgspec.json.encode(as_told(found, gaps, (), Names.of([plan(AREA)])))
    assert sum(found.whole.entered) == VISITS
    assert body


async def _usual(replays: Replays, day: date) -> None:
    async def told(_: int, __: int) -> None:
        pass

    found = await replays.usual(AREA, day, told)
    assert found is not None
    assert msgspec.json.encode(usual_told(found, range(len(found.at))))


async def _timed(work: Awaitable[None]) -> Took:
    stalls = [0.0]

    async def watch() -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(0.001)
            stalls.append(perf_counter() - last)
            last = perf_counter()

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    began, core = perf_counter(), process_time()
    await work
    took = Took(wall=perf_counter() - began, core=process_time() - core, stall=max(stalls))
    watching.cancel()
    return took
