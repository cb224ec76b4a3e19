"""Counters that let people wait though they look free: whoever is away and does not say so shows it by that alone.

Many a switchboard tells calls and not who is at their desk. A position whose last call has ended is then free for all
that is known: after the call's paperwork, in the break, and once its agent has gone home.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats
from ticketing.counter import Counter
from ticketing.events import CounterClosed, CounterOpened, CounterPaused, CounterResumed
from ticketing.handling import calls_by_counter
from ticketing.plan import Kind
from ticketing.visit import Leg

GRACE: Mapping[Kind, timedelta] = {"hall": timedelta(minutes=2), "switchboard": timedelta(seconds=10)}
"""Of a wait that somebody free would have ended: clerks take their time, a switchboard puts calls through by itself."""


class Waits(Struct, frozen=True, kw_only=True):
    """When people waited in a queue: each `since` and `until`, in seconds of the epoch, by the end of the wait."""

    since: Floats
    until: Floats

    @classmethod
    def of(cls, legs: Iterable[Leg], now: datetime) -> "dict[str, Waits]":
        """By queue, those in line at `now` included."""
        found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for leg in legs:
            if leg.queue and leg.entered:
                until = leg.called or leg.ended or now
                found[leg.queue].append((until.timestamp(), leg.entered.timestamp()))
        return {
            queue: Waits(since=np.array([a for _, a in pairs]), until=np.array([b for b, _ in pairs]))
            for queue, pairs in ((queue, sorted(pairs)) for queue, pairs in found.items())
        }


def ignored_for(waits: Mapping[str, Waits], queues: Iterable[str], free: float, until: float, kind: Kind) -> float:
    """Seconds after a counter became free at which it last let somebody of its queues wait in vain; 0 for never."""
    last = 0.0
    for queue in queues:
        if (known := waits.get(queue)) is None:
            continue
        first = int(np.searchsorted(known.until, free))
        begun = np.maximum(known.since[first:], free)
        over = np.minimum(known.until[first:], until)
        ignored = over[over - begun >= GRACE[kind].total_seconds()]
        last = max(last, float(ignored.max()) - free if len(ignored) else 0.0)
    return last


def says_when_away(counter: Counter) -> bool:
    """Whether it is told when it opens, pauses or closes."""
    return any(
        isinstance(e.fact, CounterOpened | CounterPaused | CounterResumed | CounterClosed) for e in counter.events
    )


def absences(
    legs: Sequence[Leg], counters: Iterable[tuple[Counter, Sequence[str]]], end: datetime, kind: Kind
) -> list[float]:
    """Of counters that do not say when they are away: seconds from the end of a customer to the next call, inf for
    none that day, where somebody was ignored meanwhile; in order.
    """
    waits, found = Waits.of(legs, end), []
    calls = calls_by_counter(legs)
    for counter, queues in counters:
        if says_when_away(counter):
            continue
        for before, after in pairwise([*calls.get(counter.id, ()), None]):
            if before is None or before.ended is None:
                continue
            free, called = before.ended.timestamp(), (after.called or end).timestamp() if after else end.timestamp()
            if ignored_for(waits, queues, free, called, kind):
                found.append(called - free if after else inf)
    return sorted(found)


def away_longer(absent: Floats, ignored_s: float) -> Floats:
    """Those of past absences, in order, that a counter may be in that has ignored people for so long already."""
    return absent[np.searchsorted(absent, ignored_s, side="right") :]
