"""The tests' vocabulary of months: November 2026 in Troyes, of which the tests' Monday is the 23rd.

It has twenty working days: its 11th, a Wednesday, is a holiday.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from tests.build import PARIS, STANDARD, SUD
from ticketing.events import Event
from ticketing.kept import Indicator, Kept
from ticketing.month import AreaMonth, Circumstances, Month, month_of
from ticketing.plan import Plan
from ticketing.tally import Counts, DayTally, Sums, Tally, tallied

NOVEMBER = date(2026, 11, 1)
WORKING_DAYS = [date(2026, 11, n) for n in (2, 3, 4, 5, 6, 9, 10, 12, 13, *range(16, 21), *range(23, 28), 30)]
OPEN_S = 24_300.0
"""From 8:30 to 12:00 and from 13:15 to 16:30."""


def on(day: date, *events: Event) -> list[Event]:
    """The same at the same hours, by the clock on the wall, of another day."""
    return [replace(event, at=datetime.combine(day, event.at.astimezone(PARIS).time(), PARIS)) for event in events]


def days_of(plan: Plan, events: Iterable[Event]) -> list[DayTally]:
    """The days on which anything happened, tallied."""
    found: defaultdict[date, list[Event]] = defaultdict(list)
    for event in events:
        found[event.at.astimezone(PARIS).date()].append(event)
    return [tallied(plan, day, its) for day, its in sorted(found.items())]


def month(*events: Event, plan: Plan = SUD, first: date = NOVEMBER, beside: Circumstances | None = None) -> Month:
    """Of one area; its days are those on which anything happened."""
    return month_of([plan], first, days_of(plan, events), {plan.area: beside} if beside else None)


def area(*events: Event, plan: Plan = SUD, first: date = NOVEMBER, beside: Circumstances | None = None) -> AreaMonth:
    (found,) = month(*events, plan=plan, first=first, beside=beside).areas
    return found


def counted(day: date, queue: str, counts: Counts, plan: Plan = SUD) -> DayTally:
    """A day on which so many were counted, all of them from nine to half past."""
    tally = Tally(queue=queue, half_hour=18, counts=counts, sums=Sums())
    return DayTally(area=plan.area, day=day, tallies=(tally,), visits=())


def judged(day: date, within: int, of: int, queue: str = "sejour") -> DayTally:
    """Tickets, of whom so many were called in time."""
    return counted(day, queue, Counts(tickets=of, legs=of, called=of, judged=of, within=within))


def calls(day: date, answered: int, of: int, queue: str = "operateurs") -> DayTally:
    """Calls, so many of them answered, all of those in time."""
    counts = Counts(tickets=of, legs=of, judged=of, within=answered, answered=answered, lost=of - answered)
    return counted(day, queue, counts, STANDARD)


def summed(days: Sequence[DayTally], plan: Plan = SUD) -> AreaMonth:
    """The same, of days that are tallied."""
    (found,) = month_of([plan], NOVEMBER, days).areas
    return found


def promise(
    found: AreaMonth, queue: str | None = None, indicator: Indicator = "hall", first: date | None = None
) -> Kept:
    """The one row of a queue, None for the area, and an indicator; of the part that holds on `first`, if told."""
    (one,) = [
        kept
        for kept in found.kept
        if (kept.queue, kept.indicator) == (queue, indicator) and (first is None or kept.first <= first <= kept.last)
    ]
    return one
