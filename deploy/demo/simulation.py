"""What the simulations stand on: chances that depend on seed, day and name alone, and an agenda of what comes next."""

import heapq
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from math import exp, log, sqrt
from random import Random

from deploy.demo.place import WEEKDAYS

Action = Callable[[float], None]


def chances(day: date, seed: int, name: str) -> Random:
    """A stream of its own for each name: drawing more from one changes nothing in the others."""
    return Random(f"{seed}/{day.isoformat()}/{name}")  # noqa: S311 - a simulation, nothing to keep secret


def busyness(day: date, chance: Random) -> float:
    """The day's volume relative to the mean day: its weekday, and a few percent of luck."""
    return WEEKDAYS[min(day.weekday(), 4)] * lognormal(chance, 1.0, 0.03)


def lognormal(chance: Random, mean: float, spread: float) -> float:
    """`spread` is the coefficient of variation."""
    variance = log(1 + spread * spread)
    return chance.lognormvariate(log(mean) - variance / 2, sqrt(variance))


def hump(at: float, centre: float, width: float) -> float:
    """A bell of height 1."""
    return exp(-0.5 * ((at - centre) / width) ** 2)


def arrivals(
    chance: Random, expected: float, rate: Callable[[float], float], begins: float, ends: float
) -> Iterator[float]:
    """An inhomogeneous Poisson process by thinning: `rate` gives the shape, `expected` the mean number."""
    step = 60.0
    shape = [rate(begins + step * (n + 0.5)) for n in range(int((ends - begins) / step))]
    highest, area = max(shape), sum(shape) * step
    at = begins
    while True:
        at += chance.expovariate(highest * expected / area)
        if at >= ends:
            return
        if chance.random() * highest < rate(at):
            yield at


class Agenda:
    """Actions in the order of their instants; of equal instants, in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[tuple[float, int, Action]] = []
        self._numbers = count()

    def plan(self, at: float, action: Action) -> None:
        heapq.heappush(self._planned, (at, next(self._numbers), action))

    def run(self) -> None:
        while self._planned:
            at, _, action = heapq.heappop(self._planned)
            action(at)
