"""The shape of a day of an area as it went: values on one grid of instants, and the spells of its counters."""

import datetime as dt
from bisect import bisect_right
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from ticketing.counter import State
from ticketing.figures import AreaFigures
from ticketing.hours import midnight

STEP = timedelta(minutes=5)
MARGIN = timedelta(minutes=30)
"""Shown before the first that happens on a day, and after the last."""
ALL = ""
"""In the place of a queue: all of them."""


class Spell(Struct, frozen=True):
    """A while in which a counter was in one state, and served these queues; until the next one, or the day's end."""

    since: datetime
    state: State
    queues: tuple[str, ...]


class CounterDay(Struct, frozen=True, kw_only=True):
    """A counter over a day: its spells in order, the first from midnight on."""

    counter: str
    name: str
    configured: bool
    spells: tuple[Spell, ...]

    def at(self, instant: datetime) -> Spell:
        """The spell in course at an instant of the day."""
        return self.spells[max(bisect_right(self.spells, instant, key=lambda one: one.since) - 1, 0)]


class Series(Struct, frozen=True, kw_only=True):
    """One queue, or all of them: a value for each instant of the grid that is not to come.

    `waiting`, `longest_wait_s` and `counters_open` are of the instant itself; `entered`, `called` and `called_wait_s`,
    the median wait of those called, are of the STEP that ends with it. Waits are of all legs; None where there is none.
    """

    queue: str
    name: str
    configured: bool
    limit_s: float | None
    waiting: tuple[int, ...]
    longest_wait_s: tuple[float | None, ...]
    entered: tuple[int, ...]
    called: tuple[int, ...]
    called_wait_s: tuple[float | None, ...]
    counters_open: tuple[int, ...]

    @property
    def waiting_per_counter(self) -> tuple[float | None, ...]:
        """People in line over counters open; None where none is."""
        pairs = zip(self.waiting, self.counters_open, strict=True)
        return tuple(round(waiting / counters, 2) if counters else None for waiting, counters in pairs)


class AreaDay(Struct, frozen=True, kw_only=True):
    """All instants are in the area's zone. `until`: how far the day is known; `figures`: its live figures then.

    What is known later counts as if it had been known at once: the series say what was, not what a board showed.
    """

    area: str
    name: str
    kind: str
    date: dt.date
    until: datetime
    heard: bool
    """Whether any event of the day is known."""
    spans: tuple[tuple[datetime, datetime], ...]
    at: tuple[datetime, ...]
    """The grid: from midnight to midnight by STEP, the hours to come of a day in course too."""
    whole: Series
    queues: tuple[Series, ...]
    counters: tuple[CounterDay, ...]
    figures: AreaFigures

    def series(self, queue: str) -> Series | None:
        """Of a queue, or of ALL; None if it is not known."""
        return next((one for one in (self.whole, *self.queues) if one.queue == queue), None)

    @property
    def window(self) -> range:
        """The part of the grid that is worth showing: opening hours and whatever happened, with a margin."""
        counts = zip(self.whole.waiting, self.whole.entered, self.whole.called, strict=True)
        busy = [n for n, found in enumerate(counts) if any(found)]
        instants = [self.at[n] for n in (*busy[:1], *busy[-1:])] + [at for span in self.spans for at in span]
        if not instants:
            return range(len(self.at))
        begin, last = self.at[0], len(self.at) - 1
        first, end = (int((at - begin) / STEP) for at in (min(instants) - MARGIN, max(instants) + MARGIN))
        return range(max(first, 0), min(end, last) + 1)


def grid(on: dt.date, zone: tzinfo) -> tuple[datetime, ...]:
    """Every STEP of a day from midnight to midnight, 23 or 25 hours of them where clocks are set; in its zone."""
    begin, end = (midnight(day, zone).astimezone(UTC) for day in (on, on + timedelta(days=1)))
    return tuple((begin + n * STEP).astimezone(zone) for n in range((end - begin) // STEP + 1))
