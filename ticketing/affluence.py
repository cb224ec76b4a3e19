"""When an area is quiet and when it is busy, by half-hour, from what past days teach."""

from collections.abc import Iterator
from datetime import date, time
from typing import Literal

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats
from ticketing.hours import ALL_DAY, Hours, Span
from ticketing.lesson import BIN_S, BINS
from ticketing.load import Load

Level = Literal["quiet", "usual", "busy"]
QUIET, BUSY = 0.75, 1.25
"""Times the mean of the opening hours of a usual week: below, and above. Not quantiles: of a week in which every
half-hour is like the others they would still call a third busy."""
ENOUGH_DAYS = 10
"""Before so many were learnt from, nothing is told: two weeks of working days."""


class Stretch(Struct, frozen=True):
    """Some of the opening hours of a day, by the wall clock, in which as many come."""

    start: time
    end: time
    level: Level


def affluence(load: Load, hours: Hours, on: date) -> tuple[Stretch, ...]:
    """The opening hours of a date, in order; those of which too little is known are left out.

    Entries a second of all queues together, in time open, against the mean of the usual week.
    """
    spans = hours.spans(on)
    if len(load.days) < ENOUGH_DAYS or not load.profiles:
        return ()
    entries: Floats = np.sum(list(load.profiles.values()), axis=0)
    usual = np.array([_open(_usually(hours, weekday)) for weekday in range(7)])
    total = float(entries[usual > 0].sum())
    if total <= 0:
        return ()
    mean = total / float(usual.sum())
    found: list[Stretch] = []
    for span in ALL_DAY if spans is None else spans:
        found += _of_span(span, entries[on.weekday()] / mean, usual[on.weekday()])
    return tuple(found)


def _of_span(span: Span, relative: Floats, usual: Floats) -> list[Stretch]:
    """Neighbours of one level together; `relative` to the mean as if a half-hour were open whole."""
    found: list[Stretch] = []
    for half_hour, start, end in _halves(span):
        if usual[half_hour] <= 0:
            continue
        level = _level(float(relative[half_hour] / usual[half_hour]))
        if found and (found[-1].end, found[-1].level) == (start, level):
            start = found.pop().start  # noqa: PLW2901 - it goes on
        found.append(Stretch(start, end, level))
    return found


def _level(times: float) -> Level:
    return "quiet" if times < QUIET else "busy" if times > BUSY else "usual"


def _usually(hours: Hours, weekday: int) -> tuple[Span, ...]:
    return ALL_DAY if hours.weekly is None else hours.weekly.get(weekday, ())


def _open(spans: tuple[Span, ...]) -> Floats:
    """The share of each half-hour that is open; (BINS,)."""
    found = np.zeros(BINS)
    for span in spans:
        for half_hour, start, end in _halves(span):
            found[half_hour] += (_seconds(end) - _seconds(start)) / BIN_S
    return found


def _halves(span: Span) -> Iterator[tuple[int, time, time]]:
    """The half-hours that a span has a part in, with that part."""
    for half_hour in range(span[0].hour * 2 + span[0].minute // 30, BINS):
        start = max(span[0], time(half_hour // 2, half_hour % 2 * 30))
        end = min(span[1], time.max if half_hour == BINS - 1 else time((half_hour + 1) // 2, (half_hour + 1) % 2 * 30))
        if start >= end:
            break
        yield half_hour, start, end


def _seconds(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second
