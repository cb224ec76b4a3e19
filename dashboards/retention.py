"""What the boards' tables hold that is old, days that stay as they are, and the record of what was purged."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

ROWS: Mapping[str, str] = {
    "forecast": "forecast.site = cut.site and forecast.at < cut.instant",
    # what a later act has replaced; and the last of a subject, if it is over and nothing older would be in force again
    "notice": """
        notice.site = cut.site and notice.at < cut.instant and (
            exists (
                select from notice as later
                where later.site = notice.site and later.area = notice.area
                  and later.date is not distinct from notice.date and later.number > notice.number)
            or (notice.lifted or notice.date < cut.day or notice.until < cut.instant)
            and not exists (
                select from notice as other
                where other.site = notice.site and other.area = notice.area
                  and other.date is not distinct from notice.date and other.at >= cut.instant))
    """,
    "trail": "trail.site = cut.site and trail.at < cut.instant",
    "ended_session": "ended_session.site = cut.site and ended_session.until < cut.instant",
}
"""By table, in the order in which they go: what of it is old."""
AGGREGATES: Mapping[str, str] = {
    "month_file": "month_file.site = cut.site and month_file.month < cut.day",
    "month_act": "month_act.site = cut.site and month_act.month < cut.day",
    "month": "month.site = cut.site and month.month < cut.day",
}

BEGUN = "day"
"""What the record says of a month whose days were marked: its purge has begun."""


# ------------------------------------------------------------ months that are to go


async def months(connection: Any, site: str, before: date) -> set[date]:
    """The months, by their first days, of which there are visits."""
    # months that have row data
    rows = await connection.fetch(
        "select distinct date_trunc('month', day)::date as month from visit where site = $1 and day < $2", site, before
    )
    return {row["month"] for row in rows}


async def kept(connection: Any, site: str) -> set[date]:
    """The months whose facts are kept."""
    # months that can be told of without their rows
    rows = await connection.fetch("select distinct month from month where site = $1", site)
    return {row["month"] for row in rows}


async def begun(connection: Any, site: str) -> Mapping[date, datetime]:
    """The months whose purge has begun, by the day after their last, and when."""
    # what was marked
    rows = await connection.fetch(
        "select before, min(at) as at from purge where site = $1 and what = $2 group by before", site, BEGUN
    )
    return {row["before"]: row["at"] for row in rows}


async def mark(connection: Any, site: str, areas: Collection[str], month: date, after: date) -> int:
    """Marks the days of [month, after), within a transaction: from now on they stay as they are; how many.

    Days that nothing was known of are marked, too, for an event of theirs may still come. The first day after them is,
    if it is known: who came before midnight is missing in it from now on.
    """
    # those that were tallied
    marked = await connection.execute(
        "update day set purged = true where site = $1 and day >= $2 and day <= $3 and not purged", site, month, after
    )
    # those that were not
    await connection.execute(
        """
        insert into day (site, area, day, touched, purged)
        select $1, area, day::date, 0, true
        from unnest($2::text[]) as area, generate_series($3::date, $4::date - 1, interval '1 day') as day
        on conflict do nothing
        """,
        site,
        list(areas),
        month,
        after,
    )
    return int(marked.removeprefix("UPDATE "))


# ------------------------------------------------------------ what goes


def month_of(partition: str) -> date:
    """The month whose days a partition of visits or tallies holds."""
    found = re.fullmatch(r"[a-z]+_(\d{4})_(\d{2})", partition)
    if found is None:
        raise ValueError(f'found a partition "{partition}", expected one as visit_2026_11')
    return date(int(found[1]), int(found[2]), 1)


async def old(connection: Any, partition: str, site: str) -> int | None:
    """How many rows would be gone after `purge`, and None, likewise."""
    # as much of it as is ours
    rows = await connection.fetchval(
        f"select count(*) from {partition} where site = $1",  # noqa: S608 - a name of the catalogue
        site,
    )
    return int(rows) if rows or not await _shared(connection, partition, site) else None


async def purge(connection: Any, partition: str, site: str) -> int | None:
    """Ends a partition, within a transaction; how many rows are gone. One that others share loses ours alone, None if
    it has none.
    """
    rows = await old(connection, partition, site)
    if await _shared(connection, partition, site):
        # ours of the month
        await connection.execute(f"delete from {partition} where site = $1", site)  # noqa: S608
    else:
        # the month's rows
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


# ------------------------------------------------------------ the record


async def record(connection: Any, site: str, *, at: datetime, who: str, what: str, before: date, rows: int) -> None:
    # what was purged, by whom
    await connection.execute(
        "insert into purge (site, at, who, what, before, rows) values ($1, $2, $3, $4, $5, $6)",
        site,
        at,
        who,
        what,
        before,
        rows,
    )
