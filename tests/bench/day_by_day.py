"""Recorded days predicted one after the other, each from the days before it alone, by vigie and by what is simpler.

The forecast is the board's: an area of the events so far, what past days teach, `forecast`, and the correction that
past errors teach. Whoever comes at an instant is predicted from what happened before it, and from those of the same
instant who hold a lower number; what else happened at that instant is not known yet.

The rivals know the same state. *constant*: the quantiles of the waits of the queue's past days, by Kaplan and Meier
where people hang up. *display*: people ahead x the minutes of service that the display shows / the counters that it
shows open. *HOL*: how long the head of the line has waited. *LES*: how long the last one called had waited. The last
three say one number, which is taken for every quantile; with a +, it is moved by their own past errors, as ours are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from msgspec.structs import replace

from ticketing.accuracy import Pair
from ticketing.area import Area
from ticketing.conformal import Correction
from ticketing.events import Event
from ticketing.forecast import QueueForecast, forecast
from ticketing.lesson import Lesson
from ticketing.levels import LEVELS, Levels
from ticketing.load import Load
from ticketing.plan import Plan
from ticketing.situation import Situation
from ticketing.waits import Survival, Wait

HISTORY = 5
"""Days that are only learnt from."""
VIGIE, RAW, CONSTANT = "vigie", "vigie, uncorrected", "constant"
NEVER_NOTHING_S = 1e-9
"""A correction leaves alone what says that a counter is free; a rival's 0 says no such thing."""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who came when to which queue, and how long they waited, or stayed (`called` False). `display_s`: of somebody
    ahead, the seconds that a display adds to the wait. `before`: ids of the events of the same instant known before.
    """

    visit: str
    queue: str
    at: datetime
    wait: timedelta
    called: bool = True
    display_s: float | None = None
    before: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A customer, and what each predictor said; ours is missing where vigie gave a reason instead."""

    area: str
    day: date
    customer: Customer
    said: Mapping[str, Levels]
    reason: str | None


@dataclass
class _Past:
    """What the days before have left of an area."""

    lessons: list[Lesson] = field(default_factory=list)
    waits: defaultdict[str, list[Wait]] = field(default_factory=lambda: defaultdict(list))
    pairs: defaultdict[tuple[str, str], list[Pair]] = field(default_factory=lambda: defaultdict(list))

    def correction(self, name: str, queue: str) -> Correction:
        return Correction.of(self.pairs[name, queue])

    def constant(self, queue: str) -> Levels | None:
        survival = Survival.of(self.waits[queue])
        if not survival.steps:
            return None
        low, middle, high = (survival.quantile(p) for p in LEVELS)
        return low or 0.0, survival.end if middle is None else middle, survival.end if high is None else high

    def plan(self, plan: Plan) -> Plan:
        """With the counters that were heard of: nobody configures those of days to come."""
        known = {name for lesson in self.lessons for name in lesson.staffed}
        return replace(plan, desks=tuple(desk for desk in plan.desks if desk.id in known))


def predicted(plan: Plan, events: Sequence[Event], customers: Sequence[Customer], every: int) -> Iterator[Case]:
    """Of every so many of an area's customers, from the day after HISTORY on. Events and customers are in order."""
    zone = plan.hours.zone
    days = {on: list(of_it) for on, of_it in groupby(events, lambda event: event.at.astimezone(zone).date())}
    numbered = groupby(enumerate(customers), lambda each: each[1].at.astimezone(zone).date())
    coming = {on: list(of_it) for on, of_it in numbered}
    past = _Past()
    for number, (on, today) in enumerate(days.items()):
        before, here = days.get(on - timedelta(days=1), []), coming.get(on, [])
        chosen = [customer for place, customer in here if not place % every]
        cases = list(_day(past.plan(plan), on, (before, today), chosen, past)) if number else []
        if number >= HISTORY:
            yield from cases
        for case in cases:
            _judge(case, past)
        past.lessons.append(Lesson.of(Area.of(past.plan(plan), [*before, *today]), on))
        for _, customer in here:
            past.waits[customer.queue].append(Wait(customer.wait, ended=customer.called))


def _day(
    plan: Plan, on: date, events: tuple[list[Event], list[Event]], customers: Sequence[Customer], past: _Past
) -> Iterator[Case]:
    before, today = events
    load, told = Load.of(past.lessons, plan.kind), 0
    ours = {queue.id: past.correction(RAW, queue.id) for queue in plan.queues}
    area = Area.of(plan, before)
    constant = {queue.id: past.constant(queue.id) for queue in plan.queues}
    for customer in customers:
        known = constant[customer.queue]
        if known is None:
            continue  # the queue is new
        reached = next((n for n in range(told, len(today)) if today[n].at >= customer.at), len(today))
        area, told = area.after(today[told:reached]), reached
        first = [event for event in today[told:] if event.at == customer.at and event.id in customer.before]
        now = area.after(first)
        found = forecast(now, load, customer.at, ours).queues[customer.queue]
        said = {**_ours(found), CONSTANT: known}
        for name, wait_s in _rivals(now, customer).items():
            alone = wait_s, wait_s, wait_s
            moved = past.correction(name, customer.queue).apply((wait_s, wait_s, max(wait_s, NEVER_NOTHING_S)))
            said |= {name: alone, f"{name}+": moved}
        yield Case(area=plan.area, day=on, customer=customer, said=said, reason=found.reason)


def _ours(found: QueueForecast) -> dict[str, Levels]:
    return {VIGIE: found.shown, RAW: found.raw} if found.shown and found.raw else {}


def _rivals(area: Area, customer: Customer) -> dict[str, float]:
    """The wait in seconds that each says."""
    since = [one.since for one in Situation.of(area, customer.at).waiting if one.queue == customer.queue]
    calls = [
        (leg.called, (leg.called - leg.entered).total_seconds())
        for visit in area.visits.values()
        for leg in visit.legs
        if leg.queue == customer.queue and leg.called and leg.entered and customer.at - leg.called < timedelta(hours=12)
    ]
    said = {
        "HOL": (customer.at - min(since)).total_seconds() if since else 0.0,
        "LES": max(calls)[1] if calls else 0.0,
    }
    return said if customer.display_s is None else {"display": len(since) * customer.display_s, **said}


def _judge(case: Case, past: _Past) -> None:
    customer = case.customer
    for name, (low, middle, high) in case.said.items():
        if name in (RAW, "display", "HOL", "LES"):
            raw = low, middle, high if name == RAW else max(high, NEVER_NOTHING_S)
            wait_s = customer.wait.total_seconds() if customer.called else None
            past.pairs[name, customer.queue].append(
                Pair(
                    area=case.area, queue=customer.queue, day=case.day, method="simulation",
                    shown=raw, raw=raw, wait_s=wait_s,
                )
            )  # fmt: skip
