"""The days of a month on which an area was open: whether anything was heard, how much of them, and who came when."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import replace

from ticketing.hours import Day
from ticketing.plan import Plan
from ticketing.tally import Tally

WEEK, HALF_HOURS = 7, 48


class Gap(Struct, frozen=True, kw_only=True):
    """A while, in opening hours, in which a device was not heard."""

    device: str
    since: datetime
    until: datetime


class OpenDay(Struct, frozen=True, kw_only=True):
    """A day on which the area was open, or something was heard, or that was closed for once.

    `spans`: opening hours as "08:30-12:00"; `exceptional`: a dated exception made them others. `coverage`: share of the
    opening hours in which every device was heard, none where nothing happened at all, for nobody misses a device that
    has been silent for long; None where that is not known. `heard`: anything happened.
    """

    day: dt.date
    spans: tuple[str, ...]
    exceptional: bool
    heard: bool
    visits: int
    open_s: float
    silent_s: float
    coverage: float | None


def open_day(plan: Plan, on: date, tallies: Sequence[Tally], gaps: Iterable[Gap], *, watched: bool) -> OpenDay | None:
    day = plan.hours.day(on)
    heard = bool(tallies)
    exceptional = plan.hours.spans(on) != replace(plan.hours, exceptions={}).spans(on)
    if not (day.spans or heard or exceptional):
        return None
    open_s = sum((end - start).total_seconds() for start, end in day.in_utc().spans)
    silent_s = _silent_s(day, gaps)
    coverage = (round(1 - silent_s / open_s, 4) if heard else 0.0) if open_s and watched else None
    return OpenDay(
        day=on,
        spans=tuple(f"{start:%H:%M}-{end:%H:%M}" for start, end in day.spans),
        exceptional=exceptional,
        heard=heard,
        visits=sum(one.counts.tickets for one in tallies),
        open_s=open_s,
        silent_s=silent_s,
        coverage=coverage,
    )


def _silent_s(day: Day, gaps: Iterable[Gap]) -> float:
    """Seconds of its opening hours in which any device was not heard, each counted once."""
    total = 0.0
    silences = [(gap.since.astimezone(UTC), gap.until.astimezone(UTC)) for gap in gaps]
    for start, end in day.in_utc().spans:
        inside = sorted(
            (max(since, start), min(until, end)) for since, until in silences if since < end and until > start
        )
        reached = start
        for since, until in inside:
            total += max((until - max(since, reached)).total_seconds(), 0.0)
            reached = max(reached, until)
    return total


def crowd(days: Sequence[OpenDay], tallies: Mapping[date, tuple[Tally, ...]]) -> tuple[tuple[float, ...] | None, ...]:
    found: list[tuple[float, ...] | None] = []
    for weekday in range(WEEK):
        of_it = [one.day for one in days if one.spans and one.heard and one.day.weekday() == weekday]
        came = [0] * HALF_HOURS
        for day in of_it:
            for one in tallies[day]:
                came[one.half_hour] += one.counts.tickets
        found.append(tuple(round(n / len(of_it), 2) for n in came) if of_it else None)
    return tuple(found)
