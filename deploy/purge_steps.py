"""What is old enough to go, as steps: of the journal and of days by partitions, of all other tables by conditions."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from msgspec import Struct

import alerts.retention
import collector.retention
import dashboards.retention
from deploy.settings import Settings
from ticketing.hours import midnight
from ticketing.month import next_month

CUT = "with cut as (select $1::text as site, $2::timestamptz as instant, $3::date as day)"
Cut = tuple[str, datetime, date]
"""A site, and the instant and the day before which something is old."""


class Step(Struct, frozen=True, kw_only=True):
    """What goes in one transaction: how many rows would, and how many have gone; None where there is nothing to do."""

    what: str
    before: date
    count: Callable[[Any], Coroutine[Any, Any, int | None]]
    purge: Callable[[Any], Coroutine[Any, Any, int | None]]


async def steps(connection: Any, settings: Settings, before: date, aggregates: date) -> list[Step]:
    """What is to go, in order: row data before a day, aggregates before another."""
    rows, counts = ((settings.site, midnight(day, settings.zone), day) for day in (before, aggregates))
    return [
        *await _of_journal(connection, rows),
        *await _of_days(connection, "visit", rows),
        *_of_tables(collector.retention.ROWS, rows),
        *_of_tables(alerts.retention.ROWS, rows),
        *_of_tables(dashboards.retention.ROWS, rows),
        *await _of_days(connection, "tally", counts),
        *_of_tables(collector.retention.AGGREGATES, counts),
        *_of_tables(dashboards.retention.AGGREGATES, counts),
    ]


async def _of_journal(connection: Any, cut: Cut) -> list[Step]:
    site, instant, day = cut
    found = []
    for partition in await _partitions(connection, "journal"):
        month = collector.retention.month_of(partition)
        over = month is not None and next_month(month) <= day
        found.append(
            Step(
                what=partition,
                before=day,
                count=partial(collector.retention.old, partition=partition, site=site, before=instant, over=over),
                purge=partial(collector.retention.purge, partition=partition, site=site, before=instant, over=over),
            )
        )
    return found


async def _of_days(connection: Any, parent: str, cut: Cut) -> list[Step]:
    site, _, day = cut
    return [
        Step(
            what=partition,
            before=day,
            count=partial(dashboards.retention.old, partition=partition, site=site),
            purge=partial(dashboards.retention.purge, partition=partition, site=site),
        )
        for partition in await _partitions(connection, parent)
        if next_month(dashboards.retention.month_of(partition)) <= day
    ]


def _of_tables(tables: Mapping[str, str], cut: Cut) -> list[Step]:
    return [
        Step(
            what=table,
            before=cut[-1],
            count=partial(_count, table=table, old=old, cut=cut),
            purge=partial(_delete, table=table, old=old, cut=cut),
        )
        for table, old in tables.items()
    ]


async def _partitions(connection: Any, parent: str) -> list[str]:
    # of a table, by name
    rows = await connection.fetch(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::text::regclass order by 1",
        parent,
    )
    return [row["name"] for row in rows]


async def _count(connection: Any, table: str, old: str, cut: Cut) -> int | None:
    # as much of a table as its package says is old
    rows = await connection.fetchval(f"{CUT} select count(*) from {table}, cut where {old}", *cut)  # noqa: S608
    return int(rows) or None


async def _delete(connection: Any, table: str, old: str, cut: Cut) -> int | None:
    # the same rows
    done = await connection.execute(f"{CUT} delete from {table} using cut where {old}", *cut)  # noqa: S608
    return int(done.removeprefix("DELETE ")) or None
