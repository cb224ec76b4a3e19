"""Events a second of rebuilding a day's live state from the journal, beside the bare select of the same rows."""

import asyncio
import gc
from collections import defaultdict
from datetime import timedelta
from statistics import median
from time import perf_counter

import asyncpg

from collector.journal import Journal
from collector.messages import Message, Record
from deploy.migrate import migrate
from tests.bench import traffic
from tests.bench.holding import NOON, plan
from tests.bench.measuring import ratio, show, spread
from tests.collector.words import decode
from tests.servers import Postgres, embedded_binaries, folder
from ticketing.area import Area, live_since
from ticketing.live import figures

SIZES, AREAS, ROUNDS = (2_000, 5_000), 3, 7
STEPS = ("journal.read", "Area.of", "figures")
# what journal.read asks, and nothing made of the answer
BARE = """select area, device, id, type, at, sequence, data from journal where site = $1 and area = $2 and at >= $3"""


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    with folder() as home:
        server = Postgres(home, embedded_binaries())
        server.start()
        try:
            rows = [await _rebuilt(await server.database(), size) for size in SIZES]
        finally:
            server.end()
    show(
        f"rebuild: a day over {AREAS} areas, events/s, {ROUNDS} runs, median (lowest highest)",
        ("visits", "events", "rebuilt", "bare select", "ratio", "in all", *STEPS),
        rows,
    )


async def _rebuilt(dsn: str, visits: int) -> tuple[str, ...]:
    await migrate(dsn)
    days = traffic.day_of_visits(visits, AREAS)
    count = sum(map(len, days.values()))
    steps: defaultdict[str, list[float]] = defaultdict(list)
    ours, bare = [], []
    connection = await asyncpg.connect(dsn)
    async with Journal(dsn) as journal:
        for rows in days.values():
            messages = [Message(topic=t, payload=p, received=NOON) for t, p in map(traffic.message, rows)]
            records = [found for message in messages if isinstance(found := decode(message, timedelta(days=9)), Record)]
            await journal.append(records)
        await connection.execute("vacuum analyze journal")
        for _ in range(ROUNDS + 1):
            gc.collect()
            took = await _by_step(journal, list(days))
            for step in STEPS:
                steps[step].append(took[step])
            ours.append(count / sum(took.values()))
            began = perf_counter()
            read = [await connection.fetch(BARE, traffic.SITE, area, live_since(plan(area), NOON)) for area in days]
            bare.append(count / (perf_counter() - began))
            assert sum(map(len, read)) == count
    await connection.close()
    del ours[0], bare[0]  # the caches were cold
    return (
        f"{visits:,}",
        f"{count:,}",
        spread(ours),
        spread(bare),
        ratio(ours, bare),
        f"{count / median(ours) * 1e3:.0f} ms",
        *(f"{median(steps[step][1:]) * 1e3:.0f} ms" for step in STEPS),
    )


async def _by_step(journal: Journal, areas: list[str]) -> dict[str, float]:
    """Seconds of each step, over all areas."""
    took: defaultdict[str, float] = defaultdict(float)
    for name in areas:
        here = plan(name)
        since = live_since(here, NOON)
        marks = [perf_counter()]
        events = await journal.read(traffic.SITE, name, since)
        marks.append(perf_counter())
        area = Area.of(here, events, since)
        marks.append(perf_counter())
        figures(area, NOON)
        marks.append(perf_counter())
        for step, began, ended in zip(STEPS, marks, marks[1:], strict=False):
            took[step] += ended - began
    return took
