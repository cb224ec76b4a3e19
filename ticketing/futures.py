"""The futures of a situation: who waits and who may come, drawn from what past days teach, and called by simulation."""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
from msgspec import Struct

from ticketing.arrays import Flags, Floats, Ints
from ticketing.attending import Course, desks
from ticketing.lesson import BIN_S, BINS
from ticketing.load import NOBODY_LEAVES, Leaving
from ticketing.outlook import Outlook
from ticketing.service import PRESSED_S
from ticketing.simulation import Lines, simulate
from ticketing.situation import Waiting

SPARE_S = 1800.0


class Stand(Struct, frozen=True, kw_only=True):
    """Somebody who waits now, and their index among the N customers of the arrays."""

    at: int
    waiting: Waiting


class Futures(Struct, frozen=True, kw_only=True):
    """Calls of a situation's customers, seconds from now; inf: never.

    `called`: (courses, R, N). `entered`, `leaves`: (R, N), when they came and until when they stay. `newcomers`: by
    queue, the index of somebody without priority who comes now. `later`: by queue, the indices of those without
    priority who come after them.
    """

    called: Floats
    entered: Floats
    leaves: Floats
    waiting: tuple[Stand, ...]
    newcomers: Mapping[str, int]
    later: Mapping[str, slice]


def futures(
    outlook: Outlook,
    *,
    number: int,
    courses: Sequence[Course] = ((),),
    horizon_s: float = 0.0,
    until_s: float = inf,
    seed: int = 0,
) -> Futures:
    """`number` futures, the same for every course, simulated until all who wait and a newcomer a queue are called.

    With `horizon_s`, also those who come until then; with `until_s`, no longer than that. Only queues with a known
    service are simulated.
    """
    chance = np.random.Generator(np.random.SFC64(seed))
    drawn = _Drawing(outlook, number, horizon_s, chance)
    for queue in outlook.queues:
        drawn.line(queue, first=True)
        drawn.line(queue, first=False)
    lines = drawn.lines(len(courses))
    counters = desks(outlook, number, courses, chance)
    called = drawn.as_drawn(simulate(lines, counters, until_s)).reshape(len(courses), number, -1)
    return Futures(
        called=called,
        entered=drawn.as_drawn(lines.entered)[:number],
        leaves=drawn.as_drawn(lines.leaves)[:number],
        waiting=tuple(drawn.waiting),
        newcomers=drawn.newcomers,
        later=drawn.later,
    )


class _Drawing:
    """Lines one after the other, as they are drawn."""

    def __init__(self, outlook: Outlook, number: int, horizon_s: float, chance: np.random.Generator) -> None:
        self._situation, self._load, self._services = outlook.situation, outlook.load, outlook.services
        self._number, self._horizon_s, self._chance = number, horizon_s, chance
        work = sum(outlook.services[one.queue].mean_s for one in outlook.situation.waiting)
        there = max(sum(seat.open for seat in outlook.situation.seats), 1)
        # who comes later than that can hardly matter to those who wait
        self._reach_s = max(2 * work / there + SPARE_S, horizon_s)
        self._into_s = -outlook.midnight_s
        self._closing_s = outlook.after(outlook.situation.day.closing)
        self._columns: list[tuple[Floats, Floats, Floats, Floats, Flags]] = []
        self._starts: list[int] = []
        self._vain: list[float] = []
        self._pressed: list[float] = []
        self._size = 0
        self._places: list[tuple[slice, Ints]] = []
        self.waiting: list[Stand] = []
        self.newcomers: dict[str, int] = {}
        self.later: dict[str, slice] = {}

    def line(self, queue: str, *, first: bool) -> None:
        """Those in line, then, in the line of those without priority, somebody who comes now; then later ones."""
        own, leaving = self._services[queue], self._load.leaving.get(queue, NOBODY_LEAVES)
        here = [one for one in self._situation.waiting if one.queue == queue and one.first == first]
        here.sort(key=lambda one: (one.since, one.visit))
        since = [(one.since - self._situation.at).total_seconds() for one in here]
        since += [] if first else [self._load.reaction_s]
        came = self._arrivals(queue, first=first) + self._load.reaction_s
        # those by appointment come before their turn
        later = came + (self._load.early_s.get(queue, 0.0) if first else 0.0)
        known = np.broadcast_to(np.array(since), (self._number, len(since)))
        nobody = np.full((self._number, 1), inf)
        entered = np.concatenate([known, later, nobody], axis=1)
        there = np.concatenate([known if not first else np.minimum(known, 0.0), came, nobody], axis=1)
        holds = (
            own.shape[self._chance.integers(0, len(own.shape), entered.shape)] * own.mean_s
            + self._load.gaps[self._chance.integers(0, len(self._load.gaps), entered.shape)]
        )
        leaves = self._until(entered, leaving)
        begins, watched = self._size, np.zeros(entered.shape, dtype=bool)
        watched[:, : len(since)] = True
        watched[:, len(since) :] = entered[:, len(since) :] < self._horizon_s
        self.waiting += [Stand(at=begins + place, waiting=one) for place, one in enumerate(here)]
        if not first:
            self.newcomers[queue] = begins + len(here)
            self.later[queue] = slice(begins + len(since), begins + entered.shape[1] - 1)
            holds[:, len(here)], leaves[:, len(here)] = 0.0, inf
        if since != sorted(since) or (later.size and max(since, default=-inf) > later[:, 0].min()):
            self._places.append((slice(begins, begins + entered.shape[1]), entered.argsort(axis=1, kind="stable")))
        self._columns.append((entered, there, leaves, holds, watched))
        self._starts.append(begins)
        self._vain.append(own.vain_s + self._load.gap_s if leaving.rate is None else 0.0)
        self._pressed.append(own.pressed)
        self._size += entered.shape[1]

    def lines(self, courses: int) -> Lines:
        """All of it, once for each course."""
        entered, there, leaves, holds, watched = (
            np.tile(np.concatenate(part, axis=1), (courses, 1)) for part in zip(*self._columns, strict=True)
        )
        for place, order in self._places:
            # somebody comes before one who is due later, by appointment: those who call go by the order of turns
            turns = np.tile(order, (courses, 1))
            for part in (entered, there, leaves, holds, watched):
                part[:, place] = np.take_along_axis(part[:, place], turns, axis=1)
        return Lines(
            entered=entered,
            there=there,
            leaves=leaves,
            holds=holds,
            starts=np.array(self._starts, dtype=np.int64),
            vain_s=np.array(self._vain),
            pressed=np.array(self._pressed),
            pressed_after_s=PRESSED_S,
            watched=watched,
        )

    def as_drawn(self, turns: Floats) -> Floats:
        """Of the customers of lines in the order of their turns, (·, N): in the order in which they were drawn."""
        found = turns.copy() if self._places else turns
        for place, order in self._places:
            again = np.tile(order.argsort(axis=1), (len(turns) // len(order), 1))
            found[:, place] = np.take_along_axis(turns[:, place], again, axis=1)
        return found

    def _until(self, entered: Floats, leaving: Leaving) -> Floats:
        """Until when they stay. Whoever leaves a telephone queue is heard: those in it have not left yet."""
        patience = leaving.patience(self._chance.random(entered.shape))
        return (entered if leaving.rate is None else np.maximum(entered, 0.0)) + patience

    def _arrivals(self, queue: str, *, first: bool) -> Floats:
        """Entries of a Poisson process in order, inf beyond the last: (number, most)."""
        # on the day of 25 hours, the first begins before midnight by the clock that holds afterwards
        begun = max(int(self._into_s // BIN_S), 0)
        ends = (np.arange(begun, BINS) + 1) * BIN_S - self._into_s
        on = self._situation.day.date
        those_first = self._load.rates(queue, on, first=True)[begun:]
        rates = those_first if first else self._load.rates(queue, on)[begun:] - those_first
        ends = ends[: int(np.searchsorted(ends, self._reach_s)) + 1]
        expected = np.cumsum(rates[: len(ends)] * np.diff(ends, prepend=0.0))
        total = float(expected[-1]) if len(expected) else 0.0
        if total < 1e-9:  # noqa: PLR2004 - nobody
            return np.zeros((self._number, 0))
        most = int(total + 4 * np.sqrt(total) + 4)
        passed = np.cumsum(self._chance.standard_exponential((self._number, most)), axis=1)
        # a while without anybody: interpolation wants it to rise all the same
        rising = np.concatenate([[0.0], expected]) + np.arange(len(expected) + 1) * 1e-12
        found: Floats = np.interp(passed, rising, np.concatenate([[0.0], ends]), right=inf)
        # today it may close earlier than on past days
        found[found > self._closing_s] = inf
        return found
