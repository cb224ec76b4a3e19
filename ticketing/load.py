"""The load of an area: who comes when, how long they take, who is gone when called, learnt from past days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ticketing.lesson import BIN_S, BINS, Handling, Lesson, Span
from ticketing.plan import Kind

Floats = NDArray[np.float64]

DAYS_KEPT = 60
"""Of the past, so many days with visits are learnt from."""
N0 = 100.0
"""Services that the mean of past days weighs, beside today's: c^2/tau^2, with c about 0.8 and tau, the spread of the
mean between days, about 0.08. With fewer, a slow morning would be taken for a slow day."""
WEEKDAY_N0 = 4.0
"""Days that the mean of all weekdays weighs, beside those of one weekday."""
SHOW_N0 = 20.0
"""Calls that the area's share of no-shows weighs, beside a queue's own."""
SHAPE = 128
"""Points in which the distribution of a queue's service times is kept."""
ENOUGH_SERVICES = 30
FEW = 5
"""Services of a queue below which nothing is said of their mean."""
VAIN_S = 45.0
"""A call that nobody answered holds a counter so long, as long as no other has been seen."""
PRIOR_C = 0.6
"""Coefficient of variation of service times of which too few were seen."""
PRESSED_S = 600.0
"""A wait that the clerks see, too."""
STRICTNESS_S = (0.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0, 1e6)


class Service(Struct, frozen=True, kw_only=True):
    """How long a customer of a queue holds a counter, from call to end. `shape`: (SHAPE,), quantiles over the mean."""

    mean_s: float
    n: int
    shape: Floats
    vain_s: float
    """Mean of a call in vain."""
    pressed: float = 1.0
    """How much longer a service takes, less than 1 for shorter, of somebody who has waited for PRESSED_S and more."""

    @property
    def c(self) -> float:
        """Coefficient of variation."""
        return float(self.shape.std() / self.shape.mean())

    def today(self, handling: Handling | None) -> "Service":
        """With today's services: (n0 m0 + sum s) / (n0 + n), see N0."""
        seen = [held_s for held_s, _ in handling.served] if handling else []
        weight = min(N0, self.n)
        return replace(self, mean_s=(weight * self.mean_s + sum(seen)) / (weight + len(seen)), n=self.n + len(seen))


class Leaving(Struct, frozen=True, kw_only=True):
    """P(gone when called) as a function of the wait: current-status data, so isotonic regression of gone on wait.

    `waits_s`, `gone`: (n,), non-decreasing both. In a switchboard, where callers are heard leaving, it is the
    exponential law of `rate` per second instead: those who hung up over the time that all waited.
    """

    waits_s: Floats
    gone: Floats
    rate: float | None = None

    def patience(self, uniform: Floats) -> Floats:
        """Seconds that each stays, inf for those who would not leave; of uniform numbers, any shape."""
        if self.rate is not None:
            with np.errstate(divide="ignore"):
                return -np.log(uniform) / self.rate if self.rate > 0 else np.full(uniform.shape, np.inf)
        if not len(self.gone) or self.gone[-1] <= 0:
            return np.full(uniform.shape, np.inf)
        return np.interp(uniform, self.gone, self.waits_s, left=-1.0, right=np.inf)


NOBODY_LEAVES = Leaving(waits_s=np.zeros(0), gone=np.zeros(0))


class Load(Struct, frozen=True, kw_only=True):
    """What past days teach of an area. `rates`: by queue, (BINS,), entries a second on the weekday asked for."""

    days: tuple[Lesson, ...] = ()
    services: Mapping[str, Service] = {}
    leaving: Mapping[str, Leaving] = {}
    first_share: Mapping[str, float] = {}
    """By queue, share of entries with priority or by appointment."""
    gap_s: float = 5.0
    """Between two customers of a counter while others wait."""
    reaction_s: float = 0.0
    """From somebody's coming to the call, of a counter that is free."""
    strictness_s: float = 600.0
    """How much longer somebody must have waited, for each place that a counter prefers another queue, to go before."""

    finishing: bool = False
    """Whether those in line when the area closes for a while are served before the counters go."""

    @classmethod
    def of(cls, lessons: Iterable[Lesson], kind: Kind = "hall") -> "Load":
        """Of the latest days with visits; in any order, each day once."""
        days = tuple(sorted((lesson for lesson in lessons if lesson.arrivals), key=lambda day: day.date)[-DAYS_KEPT:])
        handled = _together(day.handling for day in days)
        gaps = [gap for day in days for gap in day.gaps]
        at_once = [wait for day in days for wait in day.at_once]
        return Load(
            days=days,
            services={queue: found for queue, handling in handled.items() if (found := service(handling)) is not None},
            leaving=_leaving(handled) if kind == "hall" else _hanging_up(handled),
            first_share=_first_share(days),
            gap_s=float(np.median(gaps)) if gaps else Load().gap_s,
            reaction_s=float(np.median(at_once)) if at_once else 0.0,
            strictness_s=_strictness([choice for day in days for choice in day.choices]),
            finishing=2 * sum(day.finished for day in days) > sum(day.left for day in days),
        )

    def rates(self, queue: str, on: date) -> Floats:
        """Entries a second in each half-hour of a day: its weekday's, shrunk to those of all days; (BINS,)."""
        if not self.days:
            return np.zeros(BINS)
        counts = np.array([day.arrivals.get(queue, (0,) * BINS) for day in self.days], dtype=float)
        same = np.array([day.date.weekday() == on.weekday() for day in self.days])
        usual = counts.mean(axis=0)
        found: Floats = (counts[same].sum(axis=0) + WEEKDAY_N0 * usual) / (same.sum() + WEEKDAY_N0) / BIN_S
        return found

    def habits(self, on: date, most: int = 20) -> list[tuple[date, Mapping[str, tuple[Span, ...]]]]:
        """When each counter was staffed on past days, the same weekday first, then the latest."""
        ranked = sorted(self.days, key=lambda day: (day.date.weekday() == on.weekday(), day.date), reverse=True)
        return [(day.date, day.staffed) for day in ranked[:most] if day.staffed]


def service(handling: Handling) -> Service | None:
    """The service times of a queue; None of fewer than FEW. Of few, their shape is lognormal with PRIOR_C."""
    if len(handling.served) < FEW:
        return None
    seen, waited = np.array(handling.served).T
    mean_s = float(seen.mean())
    prior = _lognormal_shape()
    if len(seen) < ENOUGH_SERVICES:
        shape = prior
    else:
        shape = np.quantile(seen / mean_s, (np.arange(SHAPE) + 0.5) / SHAPE)
        # what lies beyond the outermost points belongs to the mean all the same
        shape = shape / shape.mean()
    vain = np.array(handling.vain)
    vain_s = float((vain.sum() + 5 * VAIN_S) / (len(vain) + 5))
    return Service(mean_s=mean_s, n=len(seen), shape=shape, vain_s=vain_s, pressed=_pressed(seen, waited))


def _pressed(seen: Floats, waited: Floats) -> float:
    """Mean of those who waited long over that of the others, shrunk to 1 as if N0 services said so.

    Clerks who see a line are quicker, or slower when tired: M. Delasay, A. Ingolfsson, B. Kolfal and K. Schultz, Load
    effect on service times, European Journal of Operational Research 279 (2019).
    """
    long = waited >= PRESSED_S
    if long.all() or not long.any():
        return 1.0
    ratio = float(seen[long].mean() / seen[~long].mean())
    n = min(long.sum(), (~long).sum())
    return float((ratio * n + N0) / (n + N0))


def _lognormal_shape() -> Floats:
    """Quantiles of a lognormal with mean 1 and PRIOR_C, by those of the normal."""
    normal = NormalDist()
    z = np.array([normal.inv_cdf((k + 0.5) / SHAPE) for k in range(SHAPE)])
    shape: Floats = np.exp(np.sqrt(np.log1p(PRIOR_C**2)) * z)
    return shape / float(shape.mean())


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `values` in weighted squares: adjacent violators pooled (Ayer 1955)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2], blocks[-1]
            blocks[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    return [value for value, _, count in blocks for _ in range(count)]


def _together(days: Iterable[Mapping[str, Handling]]) -> dict[str, Handling]:
    by_queue: defaultdict[str, list[Handling]] = defaultdict(list)
    for day in days:
        for queue, handling in day.items():
            by_queue[queue].append(handling)
    return {
        queue: Handling(
            served=tuple(s for one in found for s in one.served),
            vain=tuple(s for one in found for s in one.vain),
            shows=tuple(s for one in found for s in one.shows),
            waited_s=sum(one.waited_s for one in found),
            left=sum(one.left for one in found),
        )
        for queue, found in by_queue.items()
    }


def _leaving(handled: Mapping[str, Handling]) -> dict[str, Leaving]:
    """By queue; each bin of waits is shrunk to the area's share of no-shows in it."""
    everywhere = sorted(show for handling in handled.values() for show in handling.shows)
    if not everywhere:
        return {}
    bins = min(12, max(1, len(everywhere) // 40))
    edges = np.quantile([wait for wait, _ in everywhere], np.arange(1, bins) / bins)
    usual, _, _ = _shares(everywhere, edges)
    found = {}
    for queue, handling in handled.items():
        share, n, middle = _shares(handling.shows, edges)
        shrunk = (share * n + SHOW_N0 * usual) / (n + SHOW_N0)
        gone = np.array(isotonic(shrunk.tolist(), (n + SHOW_N0).tolist()))
        where = np.array([m if n_ else e for m, n_, e in zip(middle, n, [0.0, *edges], strict=True)])
        where = np.maximum.accumulate(where)
        if gone[-1] > 0:
            # nothing was seen beyond: patience goes on running out as between the first and the last bin
            rise = max(gone[-1] - gone[0], 0.0) / max(where[-1] - where[0], 1.0)
            last = where[-1] + 3600.0
            end = max(min(gone[-1] + rise * 3600.0, 0.99), gone[-1])
            gone, where = np.append(gone, end), np.append(where, last)
            # np.interp takes the last of equal abscissae: a little slope tells them apart
            gone = gone + np.arange(len(gone)) * 1e-9
        found[queue] = Leaving(waits_s=where, gone=gone)
    return found


def _hanging_up(handled: Mapping[str, Handling]) -> dict[str, Leaving]:
    """By queue: those who hung up over the time that all waited, whoever was answered being censored."""
    none = np.zeros(0)
    return {
        queue: Leaving(waits_s=none, gone=none, rate=handling.left / handling.waited_s)
        for queue, handling in handled.items()
        if handling.waited_s
    }


def _shares(shows: Sequence[tuple[float, bool]], edges: Floats) -> tuple[Floats, Floats, Floats]:
    """Share gone, number and mean wait in each bin of waits."""
    waits = np.array([wait for wait, _ in shows])
    gone = np.array([float(left) for _, left in shows])
    place = np.searchsorted(edges, waits, side="right")
    size = len(edges) + 1
    n = np.bincount(place, minlength=size).astype(float)
    safe = np.maximum(n, 1.0)
    return np.bincount(place, gone, size) / safe, n, np.bincount(place, waits, size) / safe


def _first_share(days: Sequence[Lesson]) -> dict[str, float]:
    first: defaultdict[str, int] = defaultdict(int)
    every: defaultdict[str, int] = defaultdict(int)
    for day in days:
        for queue, (part, of) in day.first.items():
            first[queue] += part
            every[queue] += of
    return {queue: first[queue] / every[queue] for queue in every if every[queue]}


def _strictness(choices: Sequence[tuple[float, int]]) -> float:
    """The STRICTNESS_S that agrees with most of the choices that counters had; the usual one without any."""
    if not choices:
        return Load().strictness_s
    older, places = (np.array(column, dtype=float) for column in zip(*choices, strict=True))
    agreeing = [int((older <= strictness * places).sum()) for strictness in STRICTNESS_S]
    return STRICTNESS_S[int(np.argmax(agreeing))]
