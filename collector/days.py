"""What the journal's database knows of one area and a while: its events, whether they have changed, days that have any,
and when devices were silent.
"""

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from collector.devices import RETIRED
from collector.journal import event_of
from ticketing.events import Event


class Mark(Struct, frozen=True):
    """Of the events of a while: another one as soon as any is added, however late, or purged."""

    events: int
    last: int


class Gap(Struct, frozen=True):
    """A while in which a device was not heard; `until` None: it has not been heard since."""

    device: str
    since: datetime
    until: datetime | None


async def mark(connection: Any, site: str, area: str, since: datetime, until: datetime) -> Mark:
    # how many there are and which came last: positions are in the order of commits
    row = await connection.fetchrow(
        """
        select count(*) as events, coalesce(max(position), 0) as last from journal
        where site = $1 and area = $2 and at >= $3 and at <= $4
        """,
        site,
        area,
        since,
        until,
    )
    return Mark(row["events"], row["last"])


async def events(connection: Any, site: str, area: str, since: datetime, until: datetime) -> list[Event]:
    """Those that happened in [since, until], in no order."""
    # one area's events of a while
    rows = await connection.fetch(
        """
        select area, device, id, type, at, sequence, data from journal
        where site = $1 and area = $2 and at >= $3 and at <= $4
        """,
        site,
        area,
        since,
        until,
    )
    return [event for row in rows if (event := event_of(row))]


async def before(connection: Any, site: str, area: str, since: datetime, until: datetime) -> datetime | None:
    """When the last event in [since, until) happened."""
    # the last of a while; by the index of a site's times
    found: datetime | None = await connection.fetchval(
        """
        select at from journal where site = $1 and area = $2 and at >= $3 and at < $4 order by at desc limit 1
        """,
        site,
        area,
        since,
        until,
    )
    return found


async def after(connection: Any, site: str, area: str, since: datetime, until: datetime) -> datetime | None:
    """When the first event in [since, until) happened."""
    # the first of a while; by the index of a site's times
    found: datetime | None = await connection.fetchval(
        """
        select at from journal where site = $1 and area = $2 and at >= $3 and at < $4 order by at limit 1
        """,
        site,
        area,
        since,
        until,
    )
    return found


async def gaps(
    connection: Any, site: str, area: str, since: datetime, until: datetime, *, long: bool = False
) -> list[Gap]:
    """The silences of an area's devices that reach into [since, until), in order; `long`: of a week and more too."""
    # between two presences of a device; and after the last one, unless it was retired
    rows = await connection.fetch(
        """
        select device, before as since, heard_from as until from presence
        where site = $1 and area = $2 and before < $4 and heard_from > $3 and ($6 or heard_from - before < $5)
        union all
        select device, heard_until, null from (
            select distinct on (device) device, heard_until, retired from presence
            where site = $1 and area = $2 order by device, heard_from desc
        ) as last
        where not retired and heard_until < $4 and heard_until > $3 - $5::interval
        order by 2, 1
        """,
        site,
        area,
        since,
        until,
        RETIRED,
        long,
    )
    return [Gap(row["device"], row["since"], row["until"]) for row in rows]


class News(Struct, frozen=True):
    """By area and day, the position of the last event that is new: of those that happened on it, and of those of its
    visits that happened on the day before or after.
    """

    days: dict[tuple[str, date], int]
    near: dict[tuple[str, date], int]


async def news(connection: Any, site: str, zone: str, after: int, upto: int) -> News:
    """Of the events at positions in (after, upto], by days in a time zone."""
    # which days have news, and which have visits that have some: sorted, not joined, so that it takes no time whatever
    # the server believes of a table that has just been filled
    rows = await connection.fetch(
        """
        with around as (
            select distinct (at at time zone $2)::date + near as day
            from journal, generate_series(-1, 1) as near
            where site = $1 and position > $3 and position <= $4
        ), told as (
            select o.area, around.day, coalesce(o.data ->> 'ticket', o.data ->> 'call', '') as visit,
                   max(o.position) filter (where o.position > $3 and o.position <= $4) as last
            from around join journal as o on o.site = $1 and o.at >= around.day::timestamp at time zone $2
                                         and o.at < (around.day + 1)::timestamp at time zone $2
            group by 1, 2, 3
        ), beside as (
            select *, lag(day) over visits as day_before, lag(last) over visits as last_before,
                   lead(day) over visits as day_after, lead(last) over visits as last_after
            from told window visits as (partition by area, visit order by day)
        )
        select area, day, max(last) as last, false as near from told where last is not null group by 1, 2
        union all
        select area, day,
               max(greatest(case when day_before = day - 1 then last_before end,
                            case when day_after = day + 1 then last_after end)), true
        from beside
        where visit <> '' and ((day_before = day - 1 and last_before is not null)
                               or (day_after = day + 1 and last_after is not null))
        group by 1, 2
        """,
        site,
        zone,
        after,
        upto,
    )
    found = News({}, {})
    for row in rows:
        (found.near if row["near"] else found.days)[row["area"], row["day"]] = row["last"]
    return found


async def watched(connection: Any, site: str, since: datetime, until: datetime) -> set[str]:
    """The areas of which any device was heard in [since, until)."""
    # whose devices tell that they are there
    rows = await connection.fetch(
        "select distinct area from presence where site = $1 and heard_from < $3 and heard_until >= $2",
        site,
        since,
        until,
    )
    return {row["area"] for row in rows}
