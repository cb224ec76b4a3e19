"""The facts of a month of a site: all that its files say, and nothing that another month or machine would change."""

import datetime as dt
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ticketing.accuracy import Pair
from ticketing.alert import Record
from ticketing.breach import Breach, breach
from ticketing.histogram import NOBODY, Histogram, survival
from ticketing.hours import Day
from ticketing.kept import Kept, kept
from ticketing.plan import Plan
from ticketing.precision import Precision, precisions
from ticketing.tally import OF_AREA, DayTally, Tally
from ticketing.totals import Sum, Totals, call_totals, hall_totals

A_DAY = timedelta(days=1)
WEEK, HALF_HOURS = 7, 48
STEP_S = {"hall": 60, "switchboard": 5}
MOST_STEPS = 120
MOST_OTHERS = 20
"""Queues that are not configured and are told one by one."""
OTHERS = "*"
"""Those beyond: a device that invents a queue for every ticket would make files that nobody can open."""


class Cut(Struct, frozen=True, kw_only=True):
    """Figures of a queue, or of the whole area, in the month, on one of its days or in a half-hour of all of them.

    `half_hour`: 0 to 47, by the clock on the wall, in which customers entered.
    """

    queue: str | None = None
    day: dt.date | None = None
    half_hour: int | None = None
    totals: Totals


class QueueName(Struct, frozen=True, kw_only=True):
    queue: str
    name: str
    configured: bool


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


class Lengths(Struct, frozen=True, kw_only=True):
    """How long people waited in a queue, None for the area: the share that was called within 1, 2, … steps.

    In halls of all legs called, on the telephone by Kaplan-Meier. Up to the step of the longest, MOST_STEPS at most.
    """

    queue: str | None
    step_s: int
    shares: tuple[float, ...]


class Gap(Struct, frozen=True, kw_only=True):
    """A while, in opening hours, in which a device was not heard."""

    device: str
    since: datetime
    until: datetime


class AreaMonth(Struct, frozen=True, kw_only=True):
    """`cuts`: the whole area first, then each queue; of each the month, its days, its half-hours.

    `crowd`: of each weekday, Monday first, and half-hour, how many came to any queue on the mean of its open days
    heard, rounded to hundredths; None where there is no such day. `coverage`: of all opening hours. `days_heard`:
    those that were closed too. `gaps` are in order, and `breaches` as they fired.
    """

    area: str
    name: str
    kind: Literal["hall", "switchboard"]
    queues: tuple[QueueName, ...]
    cuts: tuple[Cut, ...]
    kept: tuple[Kept, ...]
    days: tuple[OpenDay, ...]
    gaps: tuple[Gap, ...]
    breaches: tuple[Breach, ...]
    precision: tuple[Precision, ...]
    lengths: tuple[Lengths, ...] = ()
    crowd: tuple[tuple[float, ...] | None, ...]
    coverage: float | None
    days_open: int
    days_heard: int

    @property
    def whole(self) -> Totals:
        return self.cuts[0].totals

    def cut(self, queue: str | None = None, day: date | None = None, half_hour: int | None = None) -> Totals | None:
        wanted = queue, day, half_hour
        return next((cut.totals for cut in self.cuts if (cut.queue, cut.day, cut.half_hour) == wanted), None)


class Month(Struct, frozen=True, kw_only=True):
    """`month` is its first day, `due` the first working day of the next one, on which it goes out.

    `configuration`: digest of what areas, hours, queues and commitments of the month were when it was made. Instants
    have offsets, not zones: the difference of two is the time that passed, also where clocks are set.
    """

    site: str
    month: dt.date
    last: dt.date
    due: dt.date
    zone: str
    configuration: str
    areas: tuple[AreaMonth, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing was heard in it."""
        return not any(area.days_heard for area in self.areas)

    @property
    def bytes(self) -> bytes:
        """The same of the same facts, on every machine."""
        return msgspec.json.encode(self)

    @property
    def digest(self) -> str:
        return digest_of(self.bytes)


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is known of an area beside its tallies.

    Silences of its devices, in opening hours; the alerts that fired; what newcomers were shown.
    """

    gaps: Sequence[Gap] = ()
    watched: bool = False
    """Whether any device of it was watched: without, nothing is known of silences."""
    records: Sequence[Record] = ()
    pairs: Sequence[Pair] = ()


def digest_of(facts: bytes) -> str:
    return sha256(facts).hexdigest()[:16]


def first_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (first_of(month) + timedelta(days=31)).replace(day=1)


def due(month: date, holidays: Container[date]) -> date:
    """The first working day after a month."""
    day = next_month(month)
    while day.weekday() >= 5 or day in holidays:  # noqa: PLR2004 - Saturday
        day += A_DAY
    return day


def month_of(
    plans: Sequence[Plan],
    month: date,
    tallies: Iterable[DayTally],
    circumstances: Mapping[str, Circumstances] | None = None,
) -> Month:
    """The facts of a month, from the tallies of its days; `circumstances` by area."""
    by_area: defaultdict[str, list[DayTally]] = defaultdict(list)
    for tally in tallies:
        by_area[tally.area].append(tally)
    beside = circumstances or {}
    areas = [area_month(plan, month, by_area[plan.area], beside.get(plan.area, Circumstances())) for plan in plans]
    return month_of_areas(plans, month, areas)


def month_of_areas(plans: Sequence[Plan], month: date, areas: Iterable[AreaMonth]) -> Month:
    """The same, of areas that were made one after the other: their tallies need not be there all at once."""
    found = Month(
        site=plans[0].site,
        month=month,
        last=next_month(month) - A_DAY,
        due=due(month, plans[0].hours.holidays),
        zone=str(plans[0].hours.zone),
        configuration=configuration(plans, month),
        areas=tuple(areas),
    )
    # what is made and what is read back later make the same files
    return msgspec.json.decode(found.bytes, type=Month)


def configuration(plans: Sequence[Plan], month: date) -> str:
    """Which areas, hours, queues, counters and commitments these are of a month, in twelve hexadecimal digits.

    A closure or a commitment of a later month is none of it.
    """
    beyond = next_month(month)
    told = [
        (
            (plan.site, plan.area, plan.kind, plan.name, str(plan.hours.zone)),
            None if plan.hours.weekly is None else sorted(plan.hours.weekly.items()),
            sorted((day, spans) for day, spans in plan.hours.exceptions.items() if month <= day < beyond),
            (plan.queues, [(desk.id, desk.name, desk.queues) for desk in plan.desks]),
            [promise for promise in plan.commitments if promise.valid_from < beyond],
            [target for target in plan.targets if target.valid_from < beyond],
            plan.endings,
        )
        for plan in plans
    ]
    return sha256(msgspec.json.encode(told)).hexdigest()[:12]


def area_month(plan: Plan, month: date, of_days: Iterable[DayTally], beside: Circumstances) -> AreaMonth:
    """The facts of one area, from the tallies of its days."""
    tallies = _gathered(plan, {one.day: one.tallies for one in of_days})
    days = [month + n * A_DAY for n in range((next_month(month) - month).days)]
    zone = plan.hours.zone
    opened = [found for day in days if (found := _open_day(plan, day, tallies.get(day, ()), beside))]
    should = [day for day in opened if day.spans]
    names = _names(plan, tallies)
    judged = {day.day: tallies.get(day.day) or None for day in should}
    open_s = sum(day.open_s for day in should)
    silent_s = sum(day.silent_s if day.heard else day.open_s for day in should)
    return AreaMonth(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        queues=names,
        cuts=tuple(_cuts(plan, names, tallies)),
        kept=tuple(kept(plan, [name.queue for name in names], judged)),
        days=tuple(opened),
        gaps=tuple(sorted(beside.gaps, key=lambda gap: (gap.since.astimezone(UTC), gap.device, gap.until))),
        breaches=tuple(
            sorted(
                (breach(record, zone) for record in beside.records if record.alert.fired_at),
                key=lambda one: (one.fired_at.astimezone(UTC), one.id),
            )
        ),
        precision=precisions(beside.pairs),
        lengths=tuple(_lengths(plan, names, tallies)),
        crowd=_crowd(opened, tallies),
        coverage=round(1 - silent_s / open_s, 4) if open_s and beside.watched else None,
        days_open=len(should),
        days_heard=sum(day.heard for day in opened),
    )


def _open_day(plan: Plan, on: date, tallies: Sequence[Tally], beside: Circumstances) -> OpenDay | None:
    day = plan.hours.day(on)
    heard = bool(tallies)
    exceptional = plan.hours.spans(on) != replace(plan.hours, exceptions={}).spans(on)
    if not (day.spans or heard or exceptional):
        return None
    open_s = sum((end - start).total_seconds() for start, end in day.in_utc().spans)
    silent_s = _silent_s(day, beside.gaps)
    coverage = (round(1 - silent_s / open_s, 4) if heard else 0.0) if open_s and beside.watched else None
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


def _gathered(plan: Plan, tallies: Mapping[date, tuple[Tally, ...]]) -> Mapping[date, tuple[Tally, ...]]:
    """The same, with queues that are not configured beyond the MOST_OTHERS largest in one, OTHERS."""
    configured = {queue.id for queue in plan.queues}
    sizes: defaultdict[str, int] = defaultdict(int)
    for of_day in tallies.values():
        for one in of_day:
            if one.queue not in configured and one.queue != OF_AREA:
                sizes[one.queue] += one.counts.legs
    if len(sizes) <= MOST_OTHERS:
        return tallies
    named = sorted(sizes, key=lambda queue: (-sizes[queue], queue))[:MOST_OTHERS]
    beyond = sizes.keys() - set(named)
    return {
        day: tuple(replace(one, queue=OTHERS) if one.queue in beyond else one for one in of_day)
        for day, of_day in tallies.items()
    }


def _names(plan: Plan, tallies: Mapping[date, tuple[Tally, ...]]) -> tuple[QueueName, ...]:
    """Every queue configured, then every other that somebody was in."""
    configured = {queue.id for queue in plan.queues}
    others = {one.queue for of_day in tallies.values() for one in of_day} - configured - {OF_AREA}
    return (
        *(QueueName(queue=queue.id, name=queue.name, configured=True) for queue in plan.queues),
        *(
            QueueName(queue=queue, name="Autres files" if queue == OTHERS else queue, configured=False)
            for queue in sorted(others)
        ),
    )


# ------------------------------------------------------------ figures


def _cuts(plan: Plan, names: Iterable[QueueName], tallies: Mapping[date, tuple[Tally, ...]]) -> Iterable[Cut]:
    for queue in (None, *(name.queue for name in names)):
        own = {day: [one for one in of_day if queue in (None, one.queue)] for day, of_day in tallies.items()}
        every = [one for day in sorted(own) for one in own[day]]
        yield Cut(queue=queue, totals=_totals(plan, every, queue))
        for day in sorted(own):
            if own[day]:
                yield Cut(queue=queue, day=day, totals=_totals(plan, own[day], queue))
        for half_hour in sorted({one.half_hour for one in every}):
            of_it = [one for one in every if one.half_hour == half_hour]
            yield Cut(queue=queue, half_hour=half_hour, totals=_totals(plan, of_it, queue))


def _totals(plan: Plan, tallies: Sequence[Tally], queue: str | None) -> Totals:
    of = Sum.of(tallies)
    return hall_totals(of, area=queue is None) if plan.kind == "hall" else call_totals(of, area=queue is None)


def _lengths(plan: Plan, names: Iterable[QueueName], tallies: Mapping[date, tuple[Tally, ...]]) -> Iterable[Lengths]:
    step_s = STEP_S[plan.kind]
    for queue in (None, *(name.queue for name in names)):
        own = [one for of_day in tallies.values() for one in of_day if queue in (None, one.queue)]
        # halls see every wait; of callers, those who gave up are censored
        gone = NOBODY if plan.kind == "hall" else Histogram.total([one.gone for one in own])
        steps = survival(Histogram.total([one.waits for one in own]), gone).steps
        if steps:
            most = min(max(ceil(steps[-1][0] / step_s), 1), MOST_STEPS)
            within = [[left for seconds, left in steps if seconds <= n * step_s] for n in range(1, most + 1)]
            shares = tuple(round(1 - left[-1], 4) if left else 0.0 for left in within)
            yield Lengths(queue=queue, step_s=step_s, shares=shares)


def _crowd(days: Sequence[OpenDay], tallies: Mapping[date, tuple[Tally, ...]]) -> tuple[tuple[float, ...] | None, ...]:
    found: list[tuple[float, ...] | None] = []
    for weekday in range(WEEK):
        of_it = [one.day for one in days if one.spans and one.heard and one.day.weekday() == weekday]
        came = [0] * HALF_HOURS
        for day in of_it:
            for one in tallies[day]:
                came[one.half_hour] += one.counts.tickets
        found.append(tuple(round(n / len(of_it), 2) for n in came) if of_it else None)
    return tuple(found)
