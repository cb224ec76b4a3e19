"""A lesson: what one day of an area teaches about the days to come, condensed from its visits and counters."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from ticketing.area import Area
from ticketing.counter import Counter
from ticketing.events import (
    CallAnswered,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    ServiceStarted,
    TicketCalled,
    TicketRecalled,
    counter_of,
)
from ticketing.handling import AT_ONCE, Handling, calls_by_counter, handling, untold
from ticketing.hours import midnight
from ticketing.ignoring import absences, says_when_away
from ticketing.visit import Leg, Visit
from ticketing.waits import ZERO

BINS = 48
"""Half-hours of a day, by the clock on the wall."""
BIN_S = 1800.0
LONGEST_GAP = timedelta(minutes=2)
"""Between two customers; whoever lets a line wait for longer was away, and told nobody."""
EARLY = timedelta(minutes=10)
"""Somebody called so shortly before an opening was called at the opening."""

Span = tuple[float, float]


class Lesson(Struct, frozen=True, kw_only=True):
    """One day of one area. Times of day are seconds since midnight by the clock that holds at its end.

    `arrivals`, `first`: by queue, entries in each half-hour, all of them, and those with priority or by appointment;
    `early_s`: by how much, all together, those by appointment came before their time. `gaps`: seconds between two
    customers of a counter while others waited for it. `at_once`: waits, in seconds, of less than AT_ONCE. `staffed`:
    by counter, when it was open. `choices`: for each call that had a choice between queues, by how many seconds the
    head of another had waited longer than the one called, and by how many places the counter prefers that other one
    less. `untold`: see `handling.untold`; `absences`: see `ignoring.absences`.
    """

    date: dt.date
    handling: Mapping[str, Handling]
    arrivals: Mapping[str, tuple[int, ...]]
    first: Mapping[str, tuple[int, ...]]
    early_s: Mapping[str, float] = {}
    gaps: tuple[float, ...] = ()
    at_once: tuple[float, ...] = ()
    staffed: Mapping[str, tuple[Span, ...]] = {}
    choices: tuple[tuple[float, int], ...] = ()
    untold: tuple[int, int] = (0, 0)
    absences: tuple[float, ...] = ()
    left: int = 0
    """Those in line when the area closed for a while."""
    finished: int = 0
    """Those of them who were called before it opened again."""

    @classmethod
    def of(cls, area: Area, on: dt.date) -> "Lesson":
        """Of the visits that began on a day, and of the counters on that day."""
        zone = area.plan.hours.zone
        begin, end = (midnight(day, zone).astimezone(UTC) for day in (on, on + timedelta(days=1)))
        visits = [v for v in area.visits.values() if begin <= v.began < end and not v.cancelled]
        legs = [(visit, leg) for visit in visits for leg in visit.legs]
        zero = end - timedelta(days=1)
        pauses = list(pairwise(area.plan.hours.day(on).in_utc().spans))
        kept = [(leg, opens) for _, leg in legs for (_, closes), (opens, _) in pauses if leg.waiting_at(closes)]
        arrivals, first, early_s = _entries(legs, zone)
        return Lesson(
            date=on,
            handling=handling(visits),
            arrivals=arrivals,
            first=first,
            early_s=early_s,
            gaps=tuple(_gaps(legs, area)),
            at_once=tuple(
                leg.wait.total_seconds() for _, leg in legs if leg.wait is not None and ZERO <= leg.wait < AT_ONCE
            ),
            staffed={
                name: tuple(found)
                for name, counter in area.counters.items()
                if (
                    found := [
                        ((a - zero).total_seconds(), (b - zero).total_seconds())
                        for a, b in staffed(counter, begin, end)
                    ]
                )
            },
            choices=tuple(_choices(legs, area)),
            untold=untold(visits),
            absences=tuple(
                absences(
                    [leg for _, leg in legs],
                    [(area.counters[name], queues) for name, queues in _served(area).items()],
                    end,
                    area.plan.kind,
                )
            ),
            left=len(kept),
            finished=sum(leg.called is not None and leg.called < opens - EARLY for leg, opens in kept),
        )


def comes_first(visit: Visit) -> bool:
    """Whether it is called before those without priority."""
    return visit.priority != "none" or visit.appointment_at is not None


def _entries(
    legs: Iterable[tuple[Visit, Leg]], zone: dt.tzinfo
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]], dict[str, float]]:
    """A lesson's `arrivals`, `first` and `early_s`."""
    arrivals: dict[str, list[int]] = {}
    first: dict[str, list[int]] = {}
    early_s: defaultdict[str, float] = defaultdict(float)
    for visit, leg in legs:
        if leg.queue and leg.entered:
            clock = leg.entered.astimezone(zone)
            half_hour = (clock.hour * 60 + clock.minute) // 30
            arrivals.setdefault(leg.queue, [0] * BINS)[half_hour] += 1
            first.setdefault(leg.queue, [0] * BINS)[half_hour] += comes_first(visit)
            if leg is visit.legs[0] and visit.turn:
                early_s[leg.queue] += (visit.turn - leg.entered).total_seconds()
    counted = [{queue: tuple(counts) for queue, counts in found.items()} for found in (arrivals, first)]
    return counted[0], counted[1], dict(early_s)


def staffed(counter: Counter, since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    """When a counter was open, neither closed nor paused, between two instants; one that calls is open."""
    began: datetime | None = None
    for event in counter.events:
        match event.fact:
            case CounterOpened() | CounterResumed():
                began = began or event.at
            case TicketCalled() | TicketRecalled() | ServiceStarted() | CallAnswered() if (
                counter_of(event.fact) == counter.id
            ):
                # whoever calls is there, though many devices never say so
                began = began or event.at
            case CounterPaused() | CounterClosed():
                if began and event.at > since and began < until:
                    yield max(began, since), min(event.at, until)
                began = None
            case _:
                pass
    if began and began < until:
        last = max(event.at for event in counter.events)
        if last > max(began, since):
            yield max(began, since), min(last, until)  # nobody closed it: until it was heard of last


def _gaps(legs: Sequence[tuple[Visit, Leg]], area: Area) -> Iterable[float]:
    """Seconds from the end of one customer to the call of the next, who was waiting by then."""
    for counter, of_it in calls_by_counter(leg for _, leg in legs).items():
        stops = [e.at for e in area.counters[counter].events if isinstance(e.fact, CounterPaused | CounterClosed)]
        silent = not says_when_away(area.counters[counter])
        for before, after in pairwise(of_it):
            ended, called = before.ended, _called(after)
            if ended is None or after.entered is None or any(ended <= stop <= called for stop in stops):
                continue
            if after.entered <= ended <= called and (silent or called <= ended + LONGEST_GAP):
                yield (called - ended).total_seconds()


def _choices(legs: Sequence[tuple[Visit, Leg]], area: Area) -> Iterable[tuple[float, int]]:
    """How much longer another queue's head had waited than the one called, and how many places further down it is."""
    plain: defaultdict[str, list[Leg]] = defaultdict(list)
    for visit, leg in legs:
        over = leg.called or leg.ended
        if over and leg.queue and leg.entered and not comes_first(visit) and leg is visit.legs[0]:
            plain[leg.queue].append(leg)
    calls = sorted((leg for queue in plain.values() for leg in queue if leg.called), key=_called)
    heads = {queue: sorted(of_it, key=_entered) for queue, of_it in plain.items()}
    served = _served(area)
    for leg in calls:
        at, queues = _called(leg), served.get(leg.counter or "", ())
        if leg.queue not in queues or len(queues) < 2:  # noqa: PLR2004 - a choice
            continue
        own = queues.index(leg.queue)
        for place, queue in enumerate(queues):
            if place != own and (head := _head(heads.get(queue, []), at)):
                yield (_entered(leg) - _entered(head)).total_seconds(), place - own


def _served(area: Area) -> dict[str, tuple[str, ...]]:
    """By counter that was heard of, the queues that it serves."""
    return {desk.id: area.served_at(desk) for desk in area.desks if desk.id in area.counters}


def _head(waiting: list[Leg], at: datetime) -> Leg | None:
    """The first in line at an instant; those that were over by then are dropped, since instants come in order."""
    while waiting and (gone := waiting[0].called or waiting[0].ended) and gone <= at:
        del waiting[0]
    return waiting[0] if waiting and _entered(waiting[0]) <= at else None


def _called(leg: Leg) -> datetime:
    assert leg.called  # noqa: S101 - only asked of those that were
    return leg.called


def _entered(leg: Leg) -> datetime:
    assert leg.entered  # noqa: S101
    return leg.entered
