"""Waits counted by whole seconds: histograms that sum, over queues, half-hours, days and months."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats, Ints
from ticketing.waits import Survival


class Histogram(Struct, frozen=True):
    """How many waited so many whole seconds, rounded down; `seconds` in order, each once, with its count."""

    seconds: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, waits_s: Iterable[float]) -> "Histogram":
        return _counted(np.floor(np.fromiter(waits_s, dtype=np.float64)).astype(np.int64), None)

    @classmethod
    def total(cls, parts: Sequence["Histogram"]) -> "Histogram":
        seconds = np.fromiter((s for part in parts for s in part.seconds), dtype=np.int64)
        counts = np.fromiter((n for part in parts for n in part.counts), dtype=np.int64)
        return _counted(seconds, counts)

    @property
    def n(self) -> int:
        return sum(self.counts)

    def quantile(self, p: float) -> float | None:
        """By linear interpolation between order statistics, as SQL's `percentile_cont`; None of nothing."""
        if not self.n:
            return None
        position = p * (self.n - 1)
        below = int(position)
        rest = position - below
        first, second = self._ranked(below), self._ranked(min(below + 1, self.n - 1))
        return first * (1 - rest) + second * rest

    def _ranked(self, rank: int) -> int:
        """The value of a rank, from 0."""
        return self.seconds[int(np.searchsorted(np.cumsum(self.counts), rank, side="right"))]


NOBODY = Histogram()


def survival(answered: Histogram, gone: Histogram) -> Survival:
    """Kaplan-Meier of the wait that callers would have had, in whole seconds: who left is censored.

    Of one second, those answered come first (E. L. Kaplan and P. Meier, 1958).
    """
    seconds: Ints = np.union1d(answered.seconds, gone.seconds).astype(np.int64)
    events, censored = _on(seconds, answered), _on(seconds, gone)
    at_risk = (events + censored)[::-1].cumsum()[::-1]
    left = np.cumprod(1 - events / np.maximum(at_risk, 1))
    steps = [(float(s), float(share)) for s, share, n in zip(seconds, left, events, strict=True) if n]
    return Survival(tuple(steps), float(seconds[-1]) if len(seconds) else 0.0)


def _on(seconds: Ints, histogram: Histogram) -> Floats:
    found = np.zeros(len(seconds))
    found[np.searchsorted(seconds, histogram.seconds)] = histogram.counts
    return found


def _counted(seconds: Ints, counts: Ints | None) -> Histogram:
    if not len(seconds):
        return NOBODY
    values, places = np.unique(seconds, return_inverse=True)
    sums = np.bincount(places, counts).astype(np.int64)
    return Histogram(tuple(values.tolist()), tuple(sums.tolist()))
