"""What was kept of each promise in the part of a month in which it held."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from ticketing.interval import Interval, clustered_share
from ticketing.plan import Commitment, Plan, Target
from ticketing.tally import Tally
from ticketing.totals import share

TO_CONFIRM = "à confirmer"

Indicator = Literal["hall", "B", "C", "answer_rate", "lost_rate"]
"""hall: called in time; B, C: answered in time, by these formulas; the agents' answer rate, and lost calls."""


class Kept(Struct, frozen=True, kw_only=True):
    """What was kept of a promise in the part of the month in which it held, `first` to `last`.

    `queue` None: of all queues of the area that have this promise. `first` and `last` are open days, and `days` counts
    those on which anybody was judged. `of` is the denominator, `count` the numerator; `reached` is None where no target
    is fixed or nobody is to be judged. `interval`: at 95 %, clustered by day, only where days are missing, for then the
    month is a sample; otherwise it is a census and has none.
    """

    queue: str | None
    indicator: Indicator
    within_s: float | None
    target: float | None
    provenance: str
    valid_from: dt.date
    first: dt.date
    last: dt.date
    days: int
    count: int
    of: int
    value: float | None
    reached: bool | None
    interval: Interval | None = None

    @property
    def to_confirm(self) -> bool:
        return TO_CONFIRM in self.provenance.lower()


def kept(plan: Plan, queues: Sequence[str], days: Mapping[date, tuple[Tally, ...] | None]) -> Iterable[Kept]:
    """Each promise in the days on which it held: of all queues together that have it, then of each, if there are more.

    `days`: those with opening hours, in order; None of which nothing was heard.
    """
    parts: dict[tuple[Commitment | Target, str | None], list[tuple[date, list[Tally]]]] = {}
    for day, tallies in days.items():
        by_queue: defaultdict[str, list[Tally]] = defaultdict(list)
        for one in tallies or ():
            by_queue[one.queue].append(one)
        for promise, own in _promises(plan, queues, day):
            parts.setdefault((promise, None), []).append((day, [one for queue in own for one in by_queue[queue]]))
            for queue in own if len(queues) > 1 else ():
                parts.setdefault((promise, queue), []).append((day, by_queue[queue]))
    for (promise, whose), of_days in sorted(parts.items(), key=lambda part: _place(queues, *part[0])):
        partial = any(days[day] is None for day, _ in of_days)
        for indicator in _indicators(promise, plan.kind):
            yield _part(promise, whose, indicator, of_days, partial=partial)


def _promises(plan: Plan, queues: Iterable[str], on: date) -> Iterable[tuple[Commitment | Target, list[str]]]:
    """Those in force on a day, each with the queues that it is for."""
    found: dict[Commitment | Target, list[str]] = {}
    for queue in queues:
        for promise in (
            plan.commitment(queue, on),
            plan.target("answer_rate", queue, on),
            plan.target("lost_rate", queue, on),
        ):
            if promise:
                found.setdefault(promise, []).append(queue)
    return found.items()


def _place(queues: Sequence[str], promise: Commitment | Target, queue: str | None) -> tuple[int, int, str, str]:
    measure = "" if isinstance(promise, Commitment) else promise.measure
    place = -1 if queue is None else queues.index(queue)
    return place, ("", "answer_rate", "lost_rate").index(measure), promise.queue or "", promise.valid_from.isoformat()


def _indicators(promise: Commitment | Target, kind: str) -> tuple[Indicator, ...]:
    if isinstance(promise, Target):
        return (promise.measure,)
    return ("hall",) if kind == "hall" else ("C", "B")


def _part(
    promise: Commitment | Target,
    queue: str | None,
    indicator: Indicator,
    of_days: Sequence[tuple[date, Sequence[Tally]]],
    *,
    partial: bool,
) -> Kept:
    counted = [_counted(indicator, tallies) for _, tallies in of_days]
    count, of = sum(k for k, _ in counted), sum(n for _, n in counted)
    target = promise.share if isinstance(promise, Commitment) else promise.value
    reached = None
    if target is not None and of:
        # 0.95 of 20 is a little less than 19
        reached = count <= target * of + 1e-9 if indicator == "lost_rate" else count >= target * of - 1e-9
    return Kept(
        queue=queue,
        indicator=indicator,
        within_s=promise.within.total_seconds() if isinstance(promise, Commitment) else None,
        target=target,
        provenance=promise.provenance,
        valid_from=promise.valid_from,
        first=of_days[0][0],
        last=of_days[-1][0],
        days=sum(n > 0 for _, n in counted),
        count=count,
        of=of,
        value=share(count, of),
        reached=reached,
        interval=interval.rounded(4) if partial and (interval := clustered_share(counted)) else None,
    )


def _counted(indicator: Indicator, tallies: Iterable[Tally]) -> tuple[int, int]:
    """Numerator and denominator of a day."""
    count = of = 0
    for one in tallies:
        counts = one.counts
        match indicator:
            case "hall" | "B":
                count, of = count + counts.within, of + counts.judged
            case "C":
                count, of = count + counts.within, of + counts.judged - counts.short
            case "answer_rate":
                count, of = count + counts.answered, of + counts.answered + counts.lost
            case "lost_rate":
                count, of = count + counts.lost, of + counts.answered + counts.lost
    return count, of
