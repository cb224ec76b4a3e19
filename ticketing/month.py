"""The facts of a month of a site: all that its files say, and nothing that another month or machine would change."""

import datetime as dt
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from ticketing.accuracy import Pair
from ticketing.alert import Record
from ticketing.breach import Breach, breach
from ticketing.cuts import Cut, Lengths, QueueName, cuts, gathered, lengths, names_of
from ticketing.kept import Kept, kept
from ticketing.open_days import Gap, OpenDay, crowd, open_day
from ticketing.plan import Plan
from ticketing.precision import Precision, precisions
from ticketing.tally import DayTally
from ticketing.totals import Totals

A_DAY = timedelta(days=1)


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
    tallies = gathered(plan, {one.day: one.tallies for one in of_days})
    days = [month + n * A_DAY for n in range((next_month(month) - month).days)]
    zone = plan.hours.zone
    opened = [
        found
        for day in days
        if (found := open_day(plan, day, tallies.get(day, ()), beside.gaps, watched=beside.watched))
    ]
    should = [day for day in opened if day.spans]
    names = names_of(plan, tallies)
    judged = {day.day: tallies.get(day.day) or None for day in should}
    open_s = sum(day.open_s for day in should)
    silent_s = sum(day.silent_s if day.heard else day.open_s for day in should)
    return AreaMonth(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        queues=names,
        cuts=tuple(cuts(plan, names, tallies)),
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
        lengths=tuple(lengths(plan, names, tallies)),
        crowd=crowd(opened, tallies),
        coverage=round(1 - silent_s / open_s, 4) if open_s and beside.watched else None,
        days_open=len(should),
        days_heard=sum(day.heard for day in opened),
    )
