"""What the collector's tables hold that is old, and how it goes: of the journal by whole partitions."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from collector.journal import LOCK

ROWS: Mapping[str, str] = {
    # the last presence of a device is what it is missed by
    "presence": """
        presence.site = cut.site and presence.heard_until < cut.instant and exists (
            select from presence as later
            where later.site = presence.site and later.area = presence.area and later.device = presence.device
              and later.heard_from > presence.heard_from)
    """,
    "clock": "clock.site = cut.site and clock.measured < cut.instant",
    # of no site: what could not be understood may name none
    "quarantine": "quarantine.received < cut.instant",
}
"""By table, in the order in which they go: what of it is old."""
AGGREGATES: Mapping[str, str] = {"ledger": "ledger.site = cut.site and ledger.day < cut.day"}

PARTITION = re.compile(r"journal_(\d{4})_(\d{2})")


async def months(connection: Any, site: str, zone: str, before: datetime) -> set[date]:
    """The site's months, by their first days, in which anything is known to have happened."""
    # months that have events
    rows = await connection.fetch(
        """
        select distinct date_trunc('month', at at time zone $2)::date as month from journal
        where site = $1 and at < $3
        """,
        site,
        zone,
        before,
    )
    return {row["month"] for row in rows}


async def came_after(connection: Any, site: str, since: datetime, until: datetime, marked: datetime) -> int:
    """How many events of [since, until) were received after an instant."""
    # those that came late
    return int(
        await connection.fetchval(
            "select count(*) from journal where site = $1 and at >= $2 and at < $3 and received > $4",
            site,
            since,
            until,
            marked,
        )
    )


def month_of(partition: str) -> date | None:
    """The month whose events a partition of the journal holds, by UTC; None for the one that holds all others."""
    found = PARTITION.fullmatch(partition)
    return date(int(found[1]), int(found[2]), 1) if found else None


async def old(connection: Any, partition: str, site: str, before: datetime, *, over: bool) -> int | None:
    """How many events would be gone after `purge`, and None, likewise."""
    # as much of it as is old
    rows = await connection.fetchval(
        f"select count(*) from {partition} where site = $1 and at < $2",  # noqa: S608 - a name of the catalogue
        site,
        before,
    )
    return int(rows) if rows or (over and not await _shared(connection, partition, site)) else None


async def purge(connection: Any, partition: str, site: str, before: datetime, *, over: bool) -> int | None:
    """Takes what happened before an instant out of a partition; how many events, None if it holds no such.

    One whose month is `over` ends, empty or not, unless it holds events of another site. What is younger in it moves to
    the partition that all other months share: of the hours by which the site's months begin before those of UTC, and of
    devices whose clock was wrong.
    """
    if not over:
        return await _delete(connection, partition, site, before)
    # no writer meanwhile
    await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
    if await _shared(connection, partition, site):
        return await _delete(connection, partition, site, before)
    rows = await old(connection, partition, site, before, over=True)
    # from now on, what comes of its month goes to the shared one
    await connection.execute(f"alter table journal detach partition {partition}")
    # as it is, position and all: who follows the journal sees nothing new
    await connection.execute(
        f"insert into journal select * from {partition} where at >= $1",  # noqa: S608
        before,
    )
    # the month's events
    await connection.execute(f"drop table {partition}")
    return rows


async def _shared(connection: Any, partition: str, site: str) -> bool:
    # whether it is not ours alone
    return bool(
        await connection.fetchval(
            f"select exists (select from {partition} where site <> $1)",  # noqa: S608
            site,
        )
    )


async def _delete(connection: Any, partition: str, site: str, before: datetime) -> int | None:
    # what happened before, wherever a mistaken clock has put it
    done = await connection.execute(
        f"delete from {partition} where site = $1 and at < $2",  # noqa: S608
        site,
        before,
    )
    return int(done.removeprefix("DELETE ")) or None
