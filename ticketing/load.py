"""The load of an area: who comes when, how long they take, who is gone when called, learnt from past days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats
from ticketing.erlang import leaving_rate
from ticketing.handling import Handling
from ticketing.lesson import BIN_S, BINS, Lesson
from ticketing.plan import Kind
from ticketing.service import ENOUGH_SERVICES, SHAPE, Service, service

DAYS_KEPT = 60
"""Of the past, so many days with visits are learnt from."""
WEEKDAY_N0 = 4.0
"""Days that the mean of all weekdays weighs, beside those of one weekday."""
SHOW_N0 = 20.0
"""Calls that the area's share of no-shows weighs, beside a queue's own."""
UNTOLD_SHARE = 0.9
"""Services that end with the next call, of all before one, beyond which their ends are not told at all."""
STRICTNESS_S = (0.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0, 1e6)


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


NONE: Floats = np.zeros(0)
NOBODY_LEAVES = Leaving(waits_s=NONE, gone=NONE)
USUAL_GAP: Floats = np.full(1, 5.0)


class Load(Struct, frozen=True, kw_only=True):
    """What past days teach of an area."""

    days: tuple[Lesson, ...] = ()
    profiles: Mapping[str, Floats] = {}
    """By queue, entries a second on each weekday in each half-hour: (7, BINS)."""
    services: Mapping[str, Service] = {}
    leaving: Mapping[str, Leaving] = {}
    first_profiles: Mapping[str, Floats] = {}
    """The same of those with priority or by appointment alone."""
    early_s: Mapping[str, float] = {}
    """By queue, how long before their time those come, on average; those without an appointment come in time."""
    gaps: Floats = USUAL_GAP
    """Seconds between two customers of a counter while others wait: (SHAPE,) quantiles, or the one median of a few."""
    reaction_s: float = 0.0
    """From somebody's coming to the call, of a counter that is free."""
    strictness_s: float = 600.0
    """How much longer somebody must have waited, for each place that a counter prefers another queue, to go before."""
    absences: Floats = NONE
    """See `ignoring.absences`; in order."""
    tells_ends: bool = True
    """Whether it is told when a service ends, or no sooner than the next one is called."""
    finishing: bool = False
    """Whether those in line when the area closes for a while are served before the counters go."""

    @classmethod
    def of(cls, lessons: Iterable[Lesson], kind: Kind = "hall") -> "Load":
        """Of the latest days with visits; in any order, each day once."""
        days = tuple(sorted((lesson for lesson in lessons if lesson.arrivals), key=lambda day: day.date)[-DAYS_KEPT:])
        handled = _together(day.handling for day in days)
        gaps = [gap for day in days for gap in day.gaps]
        at_once = [wait for day in days for wait in day.at_once]
        untold, followed = (sum(day.untold[part] for day in days) for part in (0, 1))
        return Load(
            days=days,
            profiles=_profiles([day.arrivals for day in days], days),
            first_profiles=_profiles([day.first for day in days], days),
            services={queue: found for queue, handling in handled.items() if (found := service(handling)) is not None},
            leaving=_leaving(handled) if kind == "hall" else _hanging_up(handled),
            early_s=_early(days),
            gaps=_quantiles(gaps),
            reaction_s=float(np.median(at_once)) if at_once else 0.0,
            strictness_s=_strictness([choice for day in days for choice in day.choices]),
            absences=np.array(sorted(absent for day in days for absent in day.absences)),
            tells_ends=untold <= UNTOLD_SHARE * followed,
            finishing=2 * sum(day.finished for day in days) > sum(day.left for day in days),
        )

    @property
    def gap_s(self) -> float:
        """The median gap."""
        return float(np.median(self.gaps))

    def rates(self, queue: str, on: date, *, first: bool = False) -> Floats:
        """Entries a second in each half-hour of a day, or only those with priority or by appointment; (BINS,)."""
        profile = (self.first_profiles if first else self.profiles).get(queue)
        return np.zeros(BINS) if profile is None else profile[on.weekday()]

    def habits(self, on: date, most: int = 20) -> list[Lesson]:
        """Past days on which counters were heard of: those of the same weekday first, then the latest."""
        ranked = sorted(self.days, key=lambda day: (day.date.weekday() == on.weekday(), day.date), reverse=True)
        return [day for day in ranked if day.staffed][:most]


def _quantiles(gaps: Sequence[float]) -> Floats:
    if len(gaps) < ENOUGH_SERVICES:
        return np.full(1, float(np.median(gaps))) if gaps else USUAL_GAP
    found: Floats = np.quantile(gaps, (np.arange(SHAPE) + 0.5) / SHAPE)
    return found


def _profiles(entries: Sequence[Mapping[str, tuple[int, ...]]], days: Sequence[Lesson]) -> dict[str, Floats]:
    """By queue, each weekday's mean, shrunk to that of all days; (7, BINS)."""
    weekdays = np.array([day.date.weekday() for day in days])
    found: dict[str, Floats] = {}
    for queue in {queue for day in entries for queue in day}:
        counts = np.array([day.get(queue, (0,) * BINS) for day in entries], dtype=float)
        usual = counts.mean(axis=0)
        rows = [counts[weekdays == weekday] for weekday in range(7)]
        means = [(own.sum(axis=0) + WEEKDAY_N0 * usual) / (len(own) + WEEKDAY_N0) for own in rows]
        found[queue] = np.stack(means) / BIN_S
    return found


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
            at_most=tuple(s for one in found for s in one.at_most),
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
    return {
        queue: Leaving(waits_s=NONE, gone=NONE, rate=leaving_rate(handling.left, handling.waited_s))
        for queue, handling in handled.items()
        if handling.waited_s > 0
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


def _early(days: Sequence[Lesson]) -> dict[str, float]:
    first: defaultdict[str, int] = defaultdict(int)
    early: defaultdict[str, float] = defaultdict(float)
    for day in days:
        for queue, counts in day.first.items():
            first[queue] += sum(counts)
            early[queue] += day.early_s.get(queue, 0.0)
    return {queue: early[queue] / first[queue] for queue in first if first[queue]}


def _strictness(choices: Sequence[tuple[float, int]]) -> float:
    """The STRICTNESS_S that agrees with most of the choices that counters had; the usual one without any."""
    if not choices:
        return Load().strictness_s
    older, places = (np.array(column, dtype=float) for column in zip(*choices, strict=True))
    agreeing = [int((older <= strictness * places).sum()) for strictness in STRICTNESS_S]
    return STRICTNESS_S[int(np.argmax(agreeing))]
