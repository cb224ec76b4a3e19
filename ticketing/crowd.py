"""When an area is crowded and when it is quiet: who came in each half-hour of a weekday, on the mean of past days."""

from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise

import numpy as np
from msgspec import Struct

from ticketing.arrays import Flags, Floats
from ticketing.hours import ALL_DAY, Hours
from ticketing.lesson import BINS, Lesson

STEPS = 6
"""Classes of half-hours with at least one entry, as many in each; below is class 0."""
QUIET = 1 / 3
"""The share of these half-hours that are quiet, with those below one entry; those of the last class are crowded."""
LEAST = 2
"""Half-hours in a stretch that is worth telling."""
WEEK = range(7)


class Crowd(Struct, frozen=True, kw_only=True):
    """`days`: of each weekday, how many past days are known; `entries`: (7, BINS), their mean, 0 where none is.

    `steps`: (7, BINS), the class of each half-hour in which the area is open, -1 of all others; `bounds`: where classes
    2 to STEPS begin; `whole`: (7, BINS), open from end to end. Monday is 0.
    """

    days: tuple[int, ...]
    entries: Floats
    steps: tuple[tuple[int, ...], ...]
    bounds: tuple[float, ...]
    whole: tuple[tuple[bool, ...], ...]

    @property
    def shown(self) -> range:
        """The half-hours in which anything is open or anybody comes."""
        used = [half for half in range(BINS) if any(self.steps[day][half] >= 0 for day in WEEK)]
        return range(used[0], used[-1] + 1) if used else range(0)

    def quiet(self, day: int) -> list[tuple[int, int]]:
        """Stretches of quiet half-hours of a weekday, from which to before which; at least LEAST, open throughout."""
        return self._stretches(day, self.entries[day] <= self._calm, LEAST)

    def crowded(self, day: int) -> list[tuple[int, int]]:
        """Stretches of the most crowded half-hours of a weekday."""
        most = np.array(self.steps[day]) == STEPS
        return self._stretches(day, most & (self.entries[day] > self._calm), 1)

    @property
    def _calm(self) -> float:
        return self.bounds[round(QUIET * STEPS) - 1] if self.bounds else 0.0

    def _stretches(self, day: int, wanted: Flags, least: int) -> list[tuple[int, int]]:
        if not self.days[day]:
            return []
        row = [bool(one) for one in wanted & np.array(self.whole[day])]
        turns = [half for half, (was, now) in enumerate(pairwise([False, *row, False])) if was != now]
        return [(since, until) for since, until in zip(turns[::2], turns[1::2], strict=True) if until - since >= least]


def crowd(lessons: Iterable[Lesson], hours: Hours, queue: str | None = None) -> Crowd:
    """Of past days, each once; of one queue, or of all of them."""
    days = np.zeros(7, dtype=int)
    entries = np.zeros((7, BINS))
    for lesson in lessons:
        weekday = lesson.date.weekday()
        days[weekday] += 1
        for name, counts in lesson.arrivals.items():
            if queue in (None, name):
                entries[weekday] += counts
    entries /= np.maximum(days, 1)[:, np.newaxis]
    opening = np.array([[_open(hours, day, half) for half in range(BINS)] for day in WEEK])
    shown = (opening > 0) | (entries >= 1)
    told = entries[shown & (entries >= 1)]
    bounds: list[float] = np.quantile(told, np.arange(1, STEPS) / STEPS).tolist() if len(told) else []
    classes = np.where(entries < 1, 0, 1 + np.searchsorted(bounds, entries, side="right"))
    return Crowd(
        days=tuple(days.tolist()),
        entries=entries,
        steps=tuple(map(tuple, np.where(shown, classes, -1).tolist())),
        bounds=tuple(bounds),
        whole=tuple(map(tuple, (opening >= 1).tolist())),
    )


def _open(hours: Hours, day: int, half: int) -> float:
    """The share of a half-hour of a weekday in which it is usually open."""
    spans: Sequence[tuple[time, time]] = ALL_DAY if hours.weekly is None else hours.weekly.get(day, ())
    begin, end = half * 30, half * 30 + 30
    minutes = sum(max(min(_minute(closes), end) - max(_minute(opens), begin), 0) for opens, closes in spans)
    return minutes / 30


def _minute(clock: time) -> float:
    # the last instant of a day is its end
    return 24 * 60 if clock == time.max else clock.hour * 60 + clock.minute
