"""How many waited in each queue over the last two hours: a line to be seen, and a sentence to be heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ticketing.area import Area
from ticketing.lately import NOBODY, last_step, waiting_lately
from ticketing.saying import _

WIDTH, HEIGHT = 96, 24
MARGIN = 2
"""In units of the drawing: half a stroke, and the dot at its end."""
LEAST_TOP = 4
"""People at the upper edge at least: of one or two nobody makes a mountain."""
RECENT = 6
"""Points of the last half-hour, of which it is told where it goes."""


class Trend(Struct, frozen=True):
    """`line` and `ground` are points of an SVG drawing, `end` its last; `sentence` says the same in words."""

    line: str
    ground: str
    end: tuple[float, float]
    sentence: str


class Trends:
    """Of each area as it is, computed once: a board is rendered more often than an area changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Area, datetime, Mapping[str, tuple[int, ...]]]] = {}

    def waiting(self, area: Area, at: datetime) -> Mapping[str, tuple[int, ...]]:
        """By queue, how many waited at each full five minutes of the last two hours."""
        known, step = self._known.get(area.plan.area), last_step(at)
        if known and known[0] is area and known[1] == step:
            return known[2]
        found = waiting_lately(area, at)
        self._known[area.plan.area] = (area, step, found)
        return found


def trend(before: Sequence[int], now: int) -> Trend | None:
    """After how many waited at every full five minutes and how many wait now; None where nobody did."""
    points = [*(before or NOBODY), now]
    if not any(points):
        return None
    top = max(*points, LEAST_TOP)
    step = (WIDTH - 2 * MARGIN) / (len(points) - 1)
    drawn = [
        (round(MARGIN + n * step, 1), round(HEIGHT - MARGIN - count / top * (HEIGHT - 2 * MARGIN), 1))
        for n, count in enumerate(points)
    ]
    line = " ".join(f"{x},{y}" for x, y in drawn)
    ground = f"{drawn[0][0]},{HEIGHT - MARGIN} {line} {drawn[-1][0]},{HEIGHT - MARGIN}"
    return Trend(line, ground, drawn[-1], _sentence(points))


def _sentence(points: Sequence[int]) -> str:
    low, high = min(points), max(points)
    if low == high:
        return _("{n} en attente depuis 2 h").format(n=low)
    return _("de {low} à {high} en attente depuis 2 h, {course}").format(low=low, high=high, course=_course(points))


def _course(points: Sequence[int]) -> str:
    """Where it goes: now against the half-hour before, by a quarter and by two people at least."""
    recent = points[-1 - RECENT : -1]
    usual = sum(recent) / len(recent)
    change = points[-1] - usual
    if abs(change) < max(2, usual / 4):
        return _("stable")
    return _("en hausse") if change > 0 else _("en baisse")
