"""Staffing plans by half-hour that hold the target at the least counter-hours, found in hindsight on given days."""

from collections.abc import Sequence
from itertools import combinations
from math import exp

from msgspec import Struct

from tests.bench.halls.demand import COUNTERS, LIMIT, OPENS, SERVICE, SHARE, Draws, rates
from tests.bench.halls.places import HALF_HOUR
from tests.bench.halls.staffed import Outcome, staffed

Plan = tuple[int, ...]
"""Counters staffed in each half-hour since opening."""
PROMISING = 60
"""Changes tried before a plan is taken for the best."""


class Tried(Struct, frozen=True):
    """A plan with what comes of it on some days together."""

    plan: Plan
    share: float
    counter_hours: float

    @property
    def holds(self) -> bool:
        return self.share >= SHARE


def on(days: Sequence[Draws], plan: Plan) -> Tried:
    outcomes = [under(day, plan) for day in days]
    waits = sum(len(outcome.waits) for outcome in outcomes)
    return Tried(
        plan, sum(outcome.within for outcome in outcomes) / waits, sum(outcome.counter_hours for outcome in outcomes)
    )


def under(day: Draws, plan: Plan) -> Outcome:
    return staffed(day, lambda now: plan[int((now - OPENS) / HALF_HOUR)])


def best(days: Sequence[Draws], start: Plan) -> Tried:
    """The best found from `start`: one counter less in a half-hour as long as the target is held, where it costs least.

    Where that goes no further, one is moved to another half-hour, or two give way to one elsewhere, the most promising
    changes first. It is a search, no proof: what it finds is an upper bound of the least counter-hours.
    """
    found = _raised(on(days, start), days)
    while better := _fewer(found, days) or _moved(found, days):
        found = better
    return found


def _raised(found: Tried, days: Sequence[Draws]) -> Tried:
    """With more counters, where they help most, until the target is held."""
    while not found.holds and (more := _changed(found, days, 1)):
        found = max(more.values(), key=lambda tried: tried.share)
    return found


def _fewer(found: Tried, days: Sequence[Draws]) -> Tried | None:
    holding = [tried for tried in _changed(found, days, -1).values() if _better(tried, found)]
    return max(holding, key=lambda tried: tried.share, default=None)


def _moved(found: Tried, days: Sequence[Draws]) -> Tried | None:
    lost = {number: found.share - tried.share for number, tried in _changed(found, days, -1).items()}
    won = {number: tried.share - found.share for number, tried in _changed(found, days, 1).items()}
    given = [*((number,) for number in lost), *combinations(lost, 2)]
    promised = sorted(
        ((won[taker] - sum(lost[giver] for giver in givers), givers, taker) for givers in given for taker in won),
        reverse=True,
    )
    for _, givers, taker in promised[:PROMISING]:
        plan = list(found.plan)
        plan[taker] += 1
        for giver in givers:
            plan[giver] -= 1
        if _better(tried := on(days, tuple(plan)), found):
            return tried
    return None


def _changed(found: Tried, days: Sequence[Draws], by: int) -> dict[int, Tried]:
    """The plans with so many counters more in one half-hour."""
    return {
        number: on(days, (*found.plan[:number], staffed_then + by, *found.plan[number + 1 :]))
        for number, staffed_then in enumerate(found.plan)
        if 1 <= staffed_then + by <= len(COUNTERS)
    }


def _better(tried: Tried, found: Tried) -> bool:
    return tried.holds and tried.counter_hours < found.counter_hours


def by_erlang(busy: float = 1.0, slow: float = 1.0) -> Plan:
    """The smallest number of counters for which Erlang C holds the target in each half-hour, at the true rates."""
    mean_s = SERVICE.mean * slow
    hourly = [piece.upto[0] for piece in rates(busy).pieces]
    return tuple(
        next((n for n in range(1, len(COUNTERS)) if level(n, rate, mean_s, LIMIT) >= SHARE), len(COUNTERS))
        for rate in hourly
    )


def level(servers: int, rate: float, mean_s: float, within_s: float) -> float:
    """P(wait <= within) of M/M/n, with `rate` per second; 0 where it is not stable.

    Erlang B by its recursion, then C = B / (1 - load/n (1 - B)).
    """
    load = rate * mean_s
    if load >= servers:
        return 0.0
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    waits = blocked / (1 - load / servers * (1 - blocked))
    return 1 - waits * exp(-(servers / mean_s - rate) * within_s)
