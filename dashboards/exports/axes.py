"""What the charts of lines share: the plot with its axes, the styles of series and their legend."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from dashboards.exports.svg import (
    ACCENT,
    LINE,
    MISSED,
    MUTED,
    TEXT,
    WIDTH,
    digits,
    mark,
    number,
    path,
    rule,
    wide,
    word,
    wrapped,
)
from ticketing.french.notation import NARROW

STYLES = (("disc", ACCENT, ""), ("square", MISSED, "6 3"), ("triangle", TEXT, "2 3"))
"""Of series: their marks, colours and dashes."""
LIMIT = "5 3"
"""Dashes of a target."""
BOLD = 1.15
"""How much wider bold letters are."""


Named = TypeVar("Named")


class Plot(Struct, frozen=True):
    """Where values are drawn: from 0 to `x` across and from 0 to `y` up."""

    left: float
    top: float
    height: float
    x: float
    y: float

    @property
    def right(self) -> float:
        return WIDTH - 24

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def width(self) -> float:
        return self.right - self.left

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x / self.x * self.width, self.bottom - min(y / self.y, 1.0) * self.height

    def rows(self, scale: Sequence[float], unit: str) -> list[str]:
        """A line for each step, with its value before it."""
        found = []
        for value in scale:
            y = self.at(0, value)[1]
            found.append(rule(self.left, y, self.right, y, stroke=LINE if value else MUTED))
            found.append(word(self.left - 8, y + 4.5, valued(value, scale, unit), at="end"))
        return found


def valued(value: float, scale: Sequence[float], unit: str) -> str:
    return number(value, digits(scale)) + (NARROW + unit if unit else "")


def margin(scale: Sequence[float], unit: str) -> float:
    return max(wide(valued(value, scale, unit)) for value in scale) + 12


def within(x: float, y: float, text: str, width: float = WIDTH, *, bold: bool = False) -> str:
    """A text about x, moved so that it stays within the drawing."""
    half = wide(text) * (BOLD if bold else 1) / 2
    return word(min(max(x, half + 2), max(width - half - 2, half + 2)), y, text, at="middle", bold=bold)


def legend(names: Sequence[str], target: str = "") -> tuple[list[str], float]:
    """A line for each series with its mark and name, one for a target, and how high they are."""
    shapes = []
    for n, (name, (kind, colour, dash)) in enumerate(styled(names)):
        y = 10 + n * 18
        shapes += [path([(2, y), (38, y)], stroke=colour, dash=dash), mark(kind, 20, y, fill=colour)]
        shapes.append(word(46, y + 4.5, wrapped(name, WIDTH - 50, 1)[0]))
    if target:
        y = 10 + len(names) * 18
        shapes += [rule(2, y, 38, y, stroke=TEXT, width=1.5, dash=LIMIT), word(46, y + 4.5, target, bold=True)]
    return shapes, 10.0 + (len(names) + bool(target)) * 18


def styled(series: Sequence[Named]) -> list[tuple[Named, tuple[str, str, str]]]:
    """Each with its mark, colour and dashes; ValueError where there are more than those."""
    if len(series) > len(STYLES):
        raise ValueError(f"{len(series)} series in a chart; it can tell {len(STYLES)} apart")
    return list(zip(series, STYLES, strict=False))


def unbroken(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Runs of at least two places without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if len(run) > 1]
