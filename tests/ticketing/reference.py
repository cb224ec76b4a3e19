"""A hall in plain Python, one future at a time and event by event: what the vectorised simulation must agree with.

It is written from what `Lines` and `Desks` promise, and works the other way round: a heap of what happens next, and a
list of counters that stand idle, to which each customer who comes is offered.
"""

import heapq
from collections.abc import Sequence
from math import inf

from msgspec import Struct


class Person(Struct, kw_only=True):
    """One customer; `leaves` inf: never."""

    entered: float
    holds: float
    leaves: float = inf


class Line(Struct, kw_only=True):
    """In order of coming."""

    people: list[Person]
    vain_s: float = 0.0
    pressed: float = 1.0


class Break(Struct, kw_only=True):
    away: float
    back: float = inf
    stays: bool = False


class Window(Struct, kw_only=True):
    """A counter: `ranks` by line, inf for one that it does not serve."""

    free: float = 0.0
    ranks: list[float]
    breaks: list[Break] = []


# of what happens at one instant: counters go, customers come, those who stayed for the line go, counters are free
GOES, COMES, LEAVES_LINE, FREE = range(4)


class Hall:
    def __init__(self, lines: Sequence[Line], windows: Sequence[Window], pressed_after_s: float) -> None:
        self._lines, self._windows, self._pressed_after_s = lines, windows, pressed_after_s
        self._waiting: list[list[int]] = [[] for _ in lines]
        self._idle: dict[int, float] = {}
        """Counters that wait for somebody, and since when."""
        self._taken = [0] * len(windows)
        """Breaks that each has had."""
        self.calls: list[list[float]] = [[inf] * len(line.people) for line in lines]
        self._agenda: list[tuple[float, int, int, int]] = []
        for window, one in enumerate(windows):
            self._plan(one.free, FREE, window)
        for number, line in enumerate(lines):
            for place, person in enumerate(line.people):
                # whoever is there already stands in line before anything happens
                self._plan(person.entered, COMES, number, place)

    def run(self) -> list[list[float]]:
        """When each customer of each line is called; inf for never."""
        while self._agenda:
            at, what, which, place = heapq.heappop(self._agenda)
            if what == FREE:
                self._free(which, at)
            elif what == COMES:
                self._comes(which, place, at)
            elif which in self._idle and self._taken[which] == place:
                self._goes(which, at)
        return self.calls

    def _plan(self, at: float, what: int, which: int, place: int = 0) -> None:
        if at < inf:
            heapq.heappush(self._agenda, (at, what, which, place))

    def _break(self, window: int) -> Break:
        breaks = self._windows[window].breaks
        return breaks[self._taken[window]] if self._taken[window] < len(breaks) else Break(away=inf)

    def _free(self, window: int, at: float) -> None:
        """It calls whom it would; or takes the break that is due; or waits for one of both."""
        ranks, due = self._windows[window].ranks, self._break(window)
        heads = [
            (ranks[line] + self._lines[line].people[waiting[0]].entered, line)
            for line, waiting in enumerate(self._waiting)
            if waiting and ranks[line] < inf
        ]
        if due.away <= at and not (due.stays and heads):
            self._goes(window, at)
        elif heads:
            _, line = min(heads)
            self._call(window, line, self._waiting[line].pop(0), at)
        else:
            self._idle[window] = at
            self._plan(due.away, LEAVES_LINE if due.stays else GOES, window, self._taken[window])

    def _comes(self, line: int, place: int, at: float) -> None:
        serving = [(since, window) for window, since in self._idle.items() if self._windows[window].ranks[line] < inf]
        if serving:
            self._call(min(serving)[1], line, place, at)
        else:
            self._waiting[line].append(place)

    def _goes(self, window: int, at: float) -> None:
        back = self._break(window).back
        self._taken[window] += 1
        self._idle.pop(window, None)
        self._plan(max(back, at), FREE, window)

    def _call(self, window: int, line: int, place: int, at: float) -> None:
        self._idle.pop(window, None)
        self.calls[line][place] = at
        kind, person = self._lines[line], self._lines[line].people[place]
        holds = person.holds
        if at - person.entered > self._pressed_after_s:
            holds *= kind.pressed
        if at > person.leaves:
            holds = kind.vain_s
        self._plan(at + holds, FREE, window)
