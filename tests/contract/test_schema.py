"""The schema in PostgreSQL: a partition for every month, and migrations that are applied once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from msgspec.structs import replace

from collector.journal import Appended, Journal
from deploy.migrate import migrate
from tests.collector.words import record


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def partitions(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "select inhrelid::regclass::text from pg_inherits where inhparent = 'journal'::regclass"
    )
    return {row[0] for row in rows}


async def places(connection: asyncpg.Connection) -> dict[str, str]:
    """The partition that holds each event."""
    return {row[1]: row[0] for row in await connection.fetch("select tableoid::regclass::text, id from journal")}


async def test_every_month_has_its_partition_by_universal_time(database: str, connection: asyncpg.Connection) -> None:
    async with Journal(database) as journal:
        await journal.append(
            [
                record("october", time=datetime.fromisoformat("2026-11-01T00:59:59.999999+01:00")),
                record("november", time=datetime.fromisoformat("2026-11-01T01:00:00+01:00")),
                record("december", time=datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
            ]
        )
    assert await partitions(connection) >= {"journal_2026_10", "journal_2026_11", "journal_2026_12", "journal_other"}
    assert await places(connection) == {
        "october": "journal_2026_10",
        "november": "journal_2026_11",
        "december": "journal_2026_12",
    }


async def test_a_time_corrected_within_its_month_and_one_of_our_own_begin_its_partition_and_a_wild_one_does_not(
    database: str, connection: asyncpg.Connection
) -> None:
    at = datetime(2026, 10, 5, 9, tzinfo=UTC)
    untold = replace(record("untold", time=at), at=at, clock="untold")
    slow = replace(record("slow", time=datetime(2026, 9, 5, 8, 50, tzinfo=UTC)), clock="corrected")
    slow = replace(slow, at=datetime(2026, 9, 5, 9, tzinfo=UTC))
    wild = replace(record("wild", time=datetime(2012, 2, 1, tzinfo=UTC)), at=at, clock="corrected")
    async with Journal(database) as journal:
        await journal.append([untold, slow, wild])
    assert await places(connection) == {
        "untold": "journal_2026_10",
        "slow": "journal_2026_09",
        "wild": "journal_other",
    }


async def test_times_that_no_clock_could_mean_share_a_partition(database: str, connection: asyncpg.Connection) -> None:
    async with Journal(database) as journal:
        await journal.append([record("first", time=datetime(1970, 1, 1, tzinfo=UTC))])
        await journal.append([record("last", time=datetime(2200, 1, 1, tzinfo=UTC))])
    assert await partitions(connection) == {"journal_other"}
    assert await places(connection) == {"first": "journal_other", "last": "journal_other"}


async def test_a_month_that_begins_its_partition_late_takes_its_rows_along(
    database: str, connection: asyncpg.Connection
) -> None:
    epoch, later = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 31, 23, 59, tzinfo=UTC)
    async with Journal(database) as journal:
        await journal.append([record("epoch", time=epoch), record("never", time=datetime(2200, 1, 1, tzinfo=UTC))])
        before = await connection.fetch("select id, position from journal order by position")

        await journal.append([record("later", time=later)])

        assert await places(connection) == {
            "epoch": "journal_1970_01",
            "later": "journal_1970_01",
            "never": "journal_other",
        }
        after = await connection.fetch("select id, position from journal where id <> 'later' order by position")
        assert after == before
        assert await journal.append([record("epoch", time=epoch)]) == Appended(new=0, doubled=1)


async def test_a_new_month_begun_by_many_writers_at_once_is_begun_once(
    database: str, connection: asyncpg.Connection
) -> None:
    time = datetime(2027, 2, 1, tzinfo=UTC)
    async with Journal(database) as one, Journal(database) as another:
        appended = await asyncio.gather(
            *(journal.append([record(str(number), time=time)]) for journal in (one, another) for number in range(4))
        )
    assert sum(each.new for each in appended) == 4
    assert sum(each.doubled for each in appended) == 4
    assert await partitions(connection) == {"journal_2027_02", "journal_other"}


async def test_a_follower_reads_on_while_months_are_begun(database: str) -> None:
    seen: list[str] = []
    async with Journal(database) as journal:

        async def write() -> None:
            for month in range(1, 13):
                await journal.append([record(f"{month:02}", time=datetime(2027, month, 15, tzinfo=UTC))])

        async def read() -> None:
            async for _, entries in journal.follow(0):
                seen.extend(entry.event.id for entry in entries)
                if len(seen) >= 12:
                    return

        async with asyncio.timeout(60):
            await asyncio.gather(write(), read())
    assert seen == ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]


async def test_a_migration_is_applied_once(empty_database: str) -> None:
    first = await migrate(empty_database)
    assert first[0] == "0001_journal.sql"
    assert await migrate(empty_database) == []


async def test_migrations_started_at_once_are_applied_once(empty_database: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database) for _ in range(4)))
    (names,) = [each for each in applied if each]
    assert names == sorted(set(names))
    async with Journal(empty_database) as journal:
        assert await journal.append([record("a")]) == Appended(new=1, doubled=0)


async def test_a_migration_loses_nothing_of_what_the_journal_holds(database: str) -> None:
    async with Journal(database) as journal:
        await journal.append([record("a")])
        await migrate(database)
        assert await journal.append([record("a"), record("b")]) == Appended(new=1, doubled=1)


async def test_a_device_that_tells_every_month_of_a_century_does_not_fill_the_database_with_partitions(
    database: str, connection: asyncpg.Connection
) -> None:
    months = [datetime(1970 + month // 12, month % 12 + 1, 2, tzinfo=UTC) for month in range(300)]
    async with Journal(database) as journal:
        await journal.append([record(str(number), time=time) for number, time in enumerate(months)])
        await journal.append([replace(record("flagged", time=datetime(2150, 1, 2, tzinfo=UTC)), clock="future")])
        assert await journal.last() == 301
    partitions = await connection.fetchval("select count(*) from pg_inherits where inhparent = 'journal'::regclass")
    assert partitions == 241
