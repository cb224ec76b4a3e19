"""How long customers hold a counter, and how many are gone when called, by what a day's visits tell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from ticketing.visit import Leg, Visit

AT_ONCE = timedelta(seconds=30)
"""Whoever waits for less was called by somebody who was free."""


class Handling(Struct, frozen=True, kw_only=True):
    """How long customers of one queue held a counter, in seconds from the call on, and whether they were there.

    `served`: to the end of the service, and how long the customer had waited. `at_most`: the same, to the next call of
    the counter, where nobody told the end before that, and the next one had not waited: the counter was free by then,
    and nobody knows since when. `vain`: to the end of a call that nobody answered. `shows`: the wait of each one
    called, and whether they had gone by then. `waited_s`, `left`: seconds in line of all together, and how many said
    that they left it.
    """

    served: tuple[tuple[float, float], ...] = ()
    at_most: tuple[tuple[float, float], ...] = ()
    vain: tuple[float, ...] = ()
    shows: tuple[tuple[float, bool], ...] = ()
    waited_s: float = 0.0
    left: int = 0


def handling(visits: Iterable[Visit]) -> dict[str, Handling]:
    """By queue, of the legs of these visits that have ended."""
    visits = list(visits)
    next_calls = _next_calls(visits)
    served: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    at_most: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    vain: defaultdict[str, list[float]] = defaultdict(list)
    shows: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    waited: defaultdict[str, float] = defaultdict(float)
    left: defaultdict[str, int] = defaultdict(int)
    for visit in visits:
        for index, leg in enumerate(visit.legs):
            queue, called, ended, entered = leg.queue, leg.called, leg.ended, leg.entered
            if queue is None:
                continue
            after = next_calls.get((visit.key, index))
            idle = False
            if after and _is_untold(leg, after):
                ended = after.called
                idle = after.wait is not None and after.wait < AT_ONCE
            if entered and (called or ended):
                waited[queue] += ((called or ended) - entered).total_seconds()  # type: ignore[operator]
                left[queue] += leg.end == "abandoned"
            if called is None or ended is None or ended < called:
                continue
            gone = leg.end == "no_show"
            held_s, waited_s = (ended - called).total_seconds(), (called - (entered or called)).total_seconds()
            if gone:
                vain[queue].append(held_s)
            else:
                (at_most if idle else served)[queue].append((held_s, waited_s))
            if entered:
                shows[queue].append((waited_s, gone))
    return {
        queue: Handling(
            served=tuple(served[queue]),
            at_most=tuple(at_most[queue]),
            vain=tuple(vain[queue]),
            shows=tuple(shows[queue]),
            waited_s=waited[queue],
            left=left[queue],
        )
        for queue in waited.keys() | served.keys() | at_most.keys() | vain.keys()
    }


def calls_by_counter(legs: Iterable[Leg]) -> dict[str, list[Leg]]:
    """Of each counter, the legs that it called, in order."""
    found: defaultdict[str, list[Leg]] = defaultdict(list)
    for leg in legs:
        if leg.counter and leg.called:
            found[leg.counter].append(leg)
    for of_it in found.values():
        of_it.sort(key=lambda leg: leg.called)  # type: ignore[arg-type,return-value] # only those that were
    return found


def _next_calls(visits: Iterable[Visit]) -> dict[tuple[str, int], Leg]:
    """By visit and place of the leg, the one that its counter called next on the same day."""
    calls: defaultdict[str, list[tuple[datetime, datetime, str, int, Leg]]] = defaultdict(list)
    for visit in visits:
        for index, leg in enumerate(visit.legs):
            if leg.called and leg.counter:
                over = leg.ended or datetime.max.replace(tzinfo=UTC)
                calls[leg.counter].append((leg.called, over, visit.key, index, leg))
    found = {}
    for of_it in calls.values():
        of_it.sort(key=lambda call: call[:4])
        found.update({before[2:4]: after[4] for before, after in pairwise(of_it)})
    return found


def _is_untold(leg: Leg, after: Leg) -> bool:
    """Whether a service went on, for all that was told, until its counter called the next one."""
    return leg.ended is None or (after.called is not None and leg.ended >= after.called)


def untold(visits: Sequence[Visit]) -> tuple[int, int]:
    """Of the customers after whom their counter called another, those whose service nobody ended before that; all."""
    followed = _next_calls(visits)
    legs = {(visit.key, index): leg for visit in visits for index, leg in enumerate(visit.legs)}
    return sum(_is_untold(legs[key], after) for key, after in followed.items()), len(followed)
