"""The figures of an area's month cut into its queues, days and half-hours, and how long people waited in it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from ticketing.histogram import NOBODY, Histogram, survival
from ticketing.plan import Plan
from ticketing.tally import OF_AREA, Tally
from ticketing.totals import Sum, Totals, call_totals, hall_totals

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


class Lengths(Struct, frozen=True, kw_only=True):
    """How long people waited in a queue, None for the area: the share that was called within 1, 2, … steps.

    In halls of all legs called, on the telephone by Kaplan-Meier. Up to the step of the longest, MOST_STEPS at most.
    """

    queue: str | None
    step_s: int
    shares: tuple[float, ...]


def gathered(plan: Plan, tallies: Mapping[date, tuple[Tally, ...]]) -> Mapping[date, tuple[Tally, ...]]:
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


def names_of(plan: Plan, tallies: Mapping[date, tuple[Tally, ...]]) -> tuple[QueueName, ...]:
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


def cuts(plan: Plan, names: Iterable[QueueName], tallies: Mapping[date, tuple[Tally, ...]]) -> Iterable[Cut]:
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


def lengths(plan: Plan, names: Iterable[QueueName], tallies: Mapping[date, tuple[Tally, ...]]) -> Iterable[Lengths]:
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
