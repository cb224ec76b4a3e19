"""How right the predictions of a month were, with how far luck may have made them so."""

from collections import defaultdict
from collections.abc import Iterable
from math import fsum

from msgspec import Struct

from ticketing.accuracy import TOO_LOW_S, Pair
from ticketing.interval import Interval, clustered_mean, clustered_share


class Precision(Struct, frozen=True, kw_only=True):
    """Of the customers of a queue, None for all of the area, who were shown a prediction, by `accuracy`'s definitions.

    They are a sample of all whom it would be shown to, and luck is shared by those of a day: intervals are at 95 % and
    clustered by day.
    """

    queue: str | None
    n: int
    not_called: int
    mae_s: float | None
    mae_interval: Interval | None
    bias_s: float | None
    too_low: int
    too_low_share: float | None
    covered: int
    coverage: float | None
    coverage_interval: Interval | None
    """Of waits from P10 to P90, both included."""


def precisions(pairs: Iterable[Pair]) -> tuple[Precision, ...]:
    """Of the whole area, then of each queue, in order; nothing where nobody was shown anything."""
    every = list(pairs)
    by_queue: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in every:
        by_queue[pair.queue].append(pair)
    if not every:
        return ()
    return (_precision(None, every), *(_precision(queue, by_queue[queue]) for queue in sorted(by_queue)))


def _precision(queue: str | None, pairs: list[Pair]) -> Precision:
    days: defaultdict[object, list[tuple[float, bool]]] = defaultdict(list)
    for pair in pairs:
        if pair.wait_s is not None:
            low, middle, high = pair.shown
            days[pair.day].append((middle - pair.wait_s, low <= pair.wait_s <= high))
    called = [one for of_day in days.values() for one in of_day]
    n = len(called)
    covered, too_low = sum(inside for _, inside in called), sum(error < -TOO_LOW_S for error, _ in called)
    sizes = [len(of_day) for of_day in days.values()]
    apart = [fsum(abs(error) for error, _ in of_day) for of_day in days.values()]
    errors = [fsum(error for error, _ in of_day) for of_day in days.values()]
    inside = [sum(inside for _, inside in of_day) for of_day in days.values()]
    return Precision(
        queue=queue,
        n=n,
        not_called=len(pairs) - n,
        mae_s=round(fsum(apart) / n, 1) if n else None,
        mae_interval=_rounded(clustered_mean(zip(apart, sizes, strict=True)), 1),
        bias_s=round(fsum(errors) / n, 1) if n else None,
        too_low=too_low,
        too_low_share=round(too_low / n, 4) if n else None,
        covered=covered,
        coverage=round(covered / n, 4) if n else None,
        coverage_interval=_rounded(clustered_share(zip(inside, sizes, strict=True)), 4),
    )


def _rounded(interval: Interval | None, digits: int) -> Interval | None:
    return interval.rounded(digits) if interval else None
