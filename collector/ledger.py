"""What is known of each device, in PostgreSQL: its presences, its clock, and the account of each of its days."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from collector.clocks import TOLERANCE, Clock, Reading
from collector.devices import RETIRED, SETTLING, Changes, Late, Presence
from collector.messages import Device, Rejected
from ticketing.ledger import Account

ACCOUNTS = """
    with told as (
        select area, device, sequence, position, at,
               lag(sequence) over device_day as previous, lag(position) over device_day as position_before
        from journal where site = $1 and at >= $3 and at < $4 and sequence is not null
        window device_day as (partition by area, device order by at, sequence)
    ), sessions as (
        -- a number less than half the one before, that came after it, is another session's; one a little smaller has
        -- only changed places, and one that is very much larger is of a device that does not begin at 1
        select *, count(*) filter (where (sequence * 2 < previous and position > position_before)
                                      or sequence > previous + 10000)
                    over (partition by area, device order by at, sequence) as session
        from told
    ), arrivals as (
        select *, max(sequence) over (partition by area, device, session order by position
                                      rows between unbounded preceding and 1 preceding) as highest_before,
               lead(sequence) over (partition by area, device, session order by sequence) as following
        from sessions
    ), gaps as (
        select area, device, session,
               max(sequence) - min(sequence) + 1 - count(distinct sequence) as missing,
               count(*) filter (where sequence < highest_before) as filled,
               min(at) filter (where following > sequence + 1) as first_missing_after
        from arrivals group by 1, 2, 3
    ), gaps_of_day as (
        select area, device, sum(missing)::bigint as missing, sum(filled)::bigint as filled,
               min(first_missing_after) as first_missing_after
        from gaps group by 1, 2
    ), day as (
        select area, device, kept, doubled, late, quarantined from ledger where site = $1 and day = $2
    )
    select coalesce(day.area, gaps_of_day.area) as area, coalesce(day.device, gaps_of_day.device) as device,
           coalesce(kept, 0) as kept, coalesce(doubled, 0) as doubled, coalesce(late, 0) as late,
           coalesce(quarantined, 0) as quarantined, coalesce(missing, 0) as missing, coalesce(filled, 0) as filled,
           first_missing_after
    from day full join gaps_of_day on day.area = gaps_of_day.area and day.device = gaps_of_day.device
    order by 1, 2
"""


async def note(connection: Any, changes: Changes) -> None:
    """Keeps presences and clocks as they are now."""
    if changes.presences:
        # when each device was heard
        await connection.executemany(
            """
            insert into presence (site, area, device, heard_from, heard_until, session, gone, retired, waiting, before)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)
            on conflict (site, area, device, heard_from) do update
            set heard_until = greatest(presence.heard_until, excluded.heard_until), session = excluded.session,
                gone = excluded.gone, retired = excluded.retired, waiting = excluded.waiting
            """,
            [
                (
                    p.site,
                    p.area,
                    p.device,
                    p.heard_from,
                    p.heard_until,
                    p.session,
                    p.gone,
                    p.retired,
                    msgspec.json.encode(p.waiting).decode() if p.waiting else None,
                    p.before,
                )
                for p in changes.presences
            ],
        )
    if changes.clocks:
        # the last clock of each device
        await connection.executemany(
            """
            insert into clock (site, area, device, told_from, told_until, correction, measured)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (site, area, device, told_from) do update
            set told_until = greatest(clock.told_until, excluded.told_until), correction = excluded.correction,
                measured = excluded.measured
            """,
            [
                (*device, last.told_from, last.told_until, last.offset, last.told_until + last.offset)
                for device, clock in changes.clocks.items()
                for last in clock.readings[-1:]
            ],
        )


async def presences(connection: Any, at: datetime, *, now: bool) -> list[Presence]:
    """The latest presence of each device that began before an instant, of the week before it.

    What was heard after an instant that is `now` was heard by a clock that has been set back since.
    """
    # who was heard last when; two collectors that hear the same device may have a row each
    rows = await connection.fetch(
        """
        select distinct on (site, area, device)
               site, area, device, heard_from, heard_until, session, gone, retired, waiting, before
        from presence where heard_from <= $1 and heard_until > $2 and (not $3 or heard_until <= $4)
        order by site, area, device, heard_until desc, heard_from desc
        """,
        at,
        at - RETIRED,
        now,
        at + TOLERANCE,
    )
    return [
        Presence(**{**dict(row), "waiting": msgspec.json.decode(row["waiting"]) if row["waiting"] else None})
        for row in rows
    ]


async def lateness(connection: Any, at: datetime) -> dict[Device, Late]:
    """The last late event of each device, of those that came just before an instant."""
    # whose backlog is coming
    rows = await connection.fetch(
        """
        select site, area, device, last_late, last_late_at from ledger
        where last_late > $1 and last_late <= $2 order by last_late
        """,
        at - SETTLING,
        at,
    )
    return {
        (row["site"], row["area"], row["device"]): Late(came=row["last_late"], happened=row["last_late_at"])
        for row in rows
    }


async def clocks(connection: Any, since: datetime) -> dict[Device, Clock]:
    """The clocks of devices that were measured since an instant, the latest readings last."""
    # how each device's clock went
    rows = await connection.fetch(
        """
        select site, area, device, told_from, told_until, correction from clock
        where measured >= $1 order by measured
        """,
        since,
    )
    found: defaultdict[Device, list[Reading]] = defaultdict(list)
    for row in rows:
        reading = Reading(told_from=row["told_from"], told_until=row["told_until"], offset=row["correction"])
        found[row["site"], row["area"], row["device"]].append(reading)
    return {device: Clock.of(readings) for device, readings in found.items()}


async def count_rejected(connection: Any, rejected: Sequence[Rejected], zone: str) -> Mapping[Device, int]:
    """Counts messages that were not understood; how many different ones of each device and day are kept by now."""
    kept: dict[Device, int] = {}
    for device, times in sorted(Counter(one.identity for one in rejected).items()):
        # what could not be understood of a device's day
        kept[device] = await connection.fetchval(
            """
            insert into ledger (site, area, device, day, quarantined)
            values ($1, $2, $3, ($4::timestamptz at time zone $5)::date, $6)
            on conflict (site, area, device, day) do update set quarantined = ledger.quarantined + excluded.quarantined
            returning aside
            """,
            *device,
            rejected[0].received,
            zone,
            times,
        )
    return kept


async def count_kept_aside(connection: Any, new: Mapping[Device, int], received: datetime, zone: str) -> None:
    """Counts the different messages that the quarantine now holds too."""
    # how much room a device has left for today
    await connection.executemany(
        """
        update ledger set aside = aside + $6
        where site = $1 and area = $2 and device = $3 and day = ($4::timestamptz at time zone $5)::date
        """,
        [(*device, received, zone, number) for device, number in new.items()],
    )


async def accounts(connection: Any, site: str, day: date, since: datetime, until: datetime) -> list[Account]:
    """What came of every device of a site on a day that is [since, until), and which numbers are missing in it."""
    # what came, and the gaps in what each device numbered
    rows = await connection.fetch(ACCOUNTS, site, day, since, until)
    # how each device's clock went that day
    offsets = await connection.fetch(
        """
        select distinct on (area, device) area, device, correction from clock
        where site = $1 and measured >= $2 order by area, device, measured desc
        """,
        site,
        since,
    )
    corrections = {(row["area"], row["device"]): row["correction"] for row in offsets}
    return [
        Account(site=site, day=day, correction_s=_seconds(corrections.get((row["area"], row["device"]))), **dict(row))
        for row in rows
    ]


def _seconds(correction: timedelta | None) -> float | None:
    return round(correction.total_seconds(), 1) if correction and abs(correction) > TOLERANCE else None
