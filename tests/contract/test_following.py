"""A follower of the journal sees each row exactly once, in the order of commits, whoever writes and however slowly."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise

import asyncpg
import pytest

from collector.intake import OUTAGE
from collector.journal import LOCK, Cursor, Journal
from tests.collector.words import WITHIN_S, record

WRITERS = 3
APPENDS = 12


async def followed(dsn: str, cursor: Cursor, wanted: int) -> list[tuple[Cursor, str]]:
    """Position and id of what a follower sees until it has seen so many different events, and a pause after them."""
    seen: list[tuple[Cursor, str]] = []
    async with Journal(dsn) as journal, asyncio.timeout(WITHIN_S * 2):
        async for reached, entries in journal.follow(cursor):
            assert reached >= cursor
            assert all(cursor < entry.position <= reached for entry in entries)
            cursor = reached
            seen += [(entry.position, entry.event.id) for entry in entries]
            if not entries and len({name for _, name in seen}) >= wanted:
                return seen
    raise AssertionError("a follower ends only when it is left")


async def waiting_for_the_lock(connection: asyncpg.Connection) -> int:
    """The process id of the one backend that waits for the journal's lock, once there is one."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            # who stands in line to write
            rows = await connection.fetch(
                "select pid from pg_locks where locktype = 'advisory' and objid = $1 and not granted", LOCK
            )
            if rows:
                return int(rows[0]["pid"])


@pytest.mark.parametrize("seed", [1, 2])
async def test_several_writers_at_once_and_slow_to_commit_make_a_follower_skip_nothing(
    database: str, seed: int
) -> None:
    # a row has its position, and then waits up to 20 ms for its commit
    slow = """
        create function linger() returns trigger language plpgsql as
        $$ begin perform pg_sleep(random() * 0.02); return null; end $$;
        create trigger linger after insert on journal for each statement execute function linger();
    """
    connection = await asyncpg.connect(database)
    await connection.execute(slow)
    await connection.close()
    chance = random.Random(seed)
    # batches overlap, as redelivered ones do
    names = [f"e{number:04}" for number in range(WRITERS * APPENDS * 5)]
    batches = [[record(name) for name in chance.sample(names, 10)] for _ in range(WRITERS * APPENDS)]
    written = {one.id for batch in batches for one in batch}

    async def write(journal: Journal, part: int) -> int:
        return sum([(await journal.append(batch)).new for batch in batches[part::WRITERS]])

    async with Journal(database) as one, Journal(database) as another, asyncio.TaskGroup() as tasks:
        following = [tasks.create_task(followed(database, 0, len(written))) for _ in range(2)]
        writing = [tasks.create_task(write((one, another)[part % 2], part)) for part in range(WRITERS)]

    assert sum(task.result() for task in writing) == len(written)
    for task in following:
        seen = task.result()
        positions = [position for position, _ in seen]
        assert all(earlier < later for earlier, later in pairwise(positions))
        assert Counter(name for _, name in seen) == dict.fromkeys(written, 1)


async def test_a_writer_waits_for_one_that_has_taken_its_positions_and_not_committed(database: str) -> None:
    slow_writer = await asyncpg.connect(database)
    async with Journal(database) as journal:
        await journal.append([record("before")])
        start = await journal.last()
        transaction = slow_writer.transaction()
        await transaction.start()
        await slow_writer.execute("select pg_advisory_xact_lock($1)", LOCK)
        await slow_writer.execute(
            "insert into journal (site, area, device, id, type, time, at, received, data) "
            "select site, area, device, 'slow', type, time, at, received, data from journal"
        )
        append = asyncio.create_task(journal.append([record("quick")]))
        await waiting_for_the_lock(slow_writer)
        assert await journal.after(start) == (start, [])

        await transaction.commit()

        assert (await asyncio.wait_for(append, WITHIN_S)).new == 1
        _, entries = await journal.after(start)
        assert [entry.event.id for entry in entries] == ["slow", "quick"]
    await slow_writer.close()


async def test_a_follower_may_stop_anywhere_and_another_goes_on_from_there(database: str) -> None:
    async with Journal(database) as journal:
        for number in range(4):
            await journal.append([record(f"{number}")])
    first = await followed(database, 0, 4)
    rest = await followed(database, first[1][0], 2)
    assert [name for _, name in first] == ["0", "1", "2", "3"]
    assert rest == first[2:]


async def test_a_follower_outlives_a_quiet_while(database: str) -> None:
    got: list[str] = []
    quiet = 0
    async with Journal(database) as journal, asyncio.timeout(WITHIN_S):
        async for _, entries in journal.follow(0):
            got += [entry.event.id for entry in entries]
            quiet += not entries
            if quiet == 3 and not got:
                await journal.append([record("a")])
            if got:
                break
    assert (quiet, got) == (3, ["a"])


async def test_a_follower_is_told_at_once_and_does_not_wait_for_its_next_look(database: str) -> None:
    loop = asyncio.get_running_loop()
    lags: list[float] = []
    async with Journal(database) as journal, asyncio.timeout(WITHIN_S):
        follower = journal.follow(0)
        await anext(follower)
        for number in range(5):
            coming = asyncio.ensure_future(anext(follower))
            await journal.append([record(str(number))])
            appended = loop.time()
            while not (await coming)[1]:
                coming = asyncio.ensure_future(anext(follower))
            lags.append(loop.time() - appended)
            await anext(follower)
    assert sorted(lags)[2] < 0.5


async def test_a_follower_whose_connection_is_cut_says_that_the_database_is_away(database: str) -> None:
    async with Journal(database) as journal:
        follower = journal.follow(0)
        await anext(follower)
        coming = asyncio.create_task(_exhausted(follower))
        axe = await asyncpg.connect(database)
        # the connection that listens, of this database alone
        cut = await axe.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'vigie follow' and datname = current_database()"
        )
        await asyncio.wait([coming], timeout=WITHIN_S)
        await axe.close()
        assert len(cut) == 1
        assert coming.done()
        assert isinstance(coming.exception(), OUTAGE)


async def _exhausted(follower: AsyncIterator[object]) -> None:
    async for _ in follower:
        pass


async def test_a_writer_whose_connection_is_cut_says_that_the_database_is_away_and_has_kept_nothing(
    database: str,
) -> None:
    axe = await asyncpg.connect(database)
    async with Journal(database) as journal:
        async with axe.transaction():
            await axe.execute("select pg_advisory_xact_lock($1)", LOCK)
            append = asyncio.create_task(journal.append([record("a")]))
            await axe.execute("select pg_terminate_backend($1)", await waiting_for_the_lock(axe))
            await asyncio.wait([append], timeout=WITHIN_S)
            assert append.done()
            assert isinstance(append.exception(), OUTAGE)
        assert await journal.last() == 0
        assert (await journal.append([record("a")])).new == 1
    await axe.close()
