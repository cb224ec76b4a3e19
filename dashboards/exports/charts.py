"""The charts of documents, drawn as SVG from figures that are given: they compute none.

Nothing is told by colour alone: bars and cells bear their figures, series have marks and dashes of their own.
A drawing fills the width of its page: one of a lesser `width` has larger letters, as a wall needs.
"""

from collections.abc import Sequence

from msgspec import Struct

from dashboards.exports.axes import BOLD, LIMIT, Plot, legend, margin, styled, unbroken, within
from dashboards.exports.svg import (
    ACCENT,
    LETTER,
    MISSED,
    MUTED,
    SUNKEN,
    SURFACE,
    TEXT,
    WIDTH,
    box,
    digits,
    drawing,
    mark,
    number,
    path,
    rule,
    stride,
    ticks,
    wide,
    word,
    wrapped,
)

LEADING = 16
"""From line to line."""
SHORT = "#fbe4d8"
"""Within a bar that is short of its target."""
SHADES = (("#eef4fb", TEXT), ("#cfe1f4", TEXT), ("#9cc3e8", TEXT), ("#3b74b0", SURFACE), ("#173d6b", SURFACE))
"""Of cells from the least to the most, and of the figures on them: also apart in grey."""
STRIDES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""Of the classes of cells, times a power of ten: finer than an axis has them, so that most shades are used."""


class Target(Struct, frozen=True):
    """A line to be reached or not passed, in the unit of the values, and what is written at it."""

    value: float
    text: str


class Bar(Struct, frozen=True):
    """A category, its value and the value as written; None: there is none. `short`: its target is not reached."""

    label: str
    value: float | None
    text: str
    short: bool = False


class Series(Struct, frozen=True):
    """One value for each day, None where there is none."""

    name: str
    values: tuple[float | None, ...]


class Curve(Struct, frozen=True):
    """Minutes, ascending, each with the share (0 to 1) of waits that lasted at most as long."""

    name: str
    points: tuple[tuple[float, float], ...]


def bars(items: Sequence[Bar], *, top: float | None = None, target: Target | None = None, width: float = WIDTH) -> str:
    """A bar for each category, one below the other. `top`: the value of a whole bar; else a round one above them all.

    A bar that is short of its target is hollow, and its figure bold.
    """
    left = min(max((wide(one.label) for one in items), default=0), width * 0.35) + 12
    room = width - left - min(max((wide(one.text) * BOLD for one in items), default=0), width * 0.28) - 16
    values = [one.value for one in items if one.value is not None]
    top = top or ticks(max([*values, target.value if target else 0], default=0))[-1]
    shapes = []
    y = LEADING * 1.6 if target else 4.0
    for one in items:
        lines = wrapped(one.label, left - 12)
        height = max(30, len(lines) * LEADING + 8)
        middle = y + height / 2
        shapes += _centred(lines, left - 8, middle)
        if one.value is None:
            shapes.append(word(width - 4, middle + 4.5, one.text, at="end", fill=MUTED))
        else:
            length = max(min(one.value / top, 1.0), 0.0) * room
            fill, stroke = (SHORT, MISSED) if one.short else (ACCENT, "")
            shapes.append(box(left, middle - 9, length, 18, fill=fill, stroke=stroke))
            shapes.append(word(width - 4, middle + 4.5, one.text, at="end", bold=one.short))
        y += height
    shapes.append(rule(left, 4 if not target else LEADING * 1.6, left, y, stroke=MUTED))
    if target:
        x = left + min(target.value / top, 1.0) * room
        shapes.append(rule(x, LEADING * 1.2, x, y, stroke=SURFACE, width=4))
        shapes.append(rule(x, LEADING * 1.2, x, y, stroke=TEXT, width=1.5, dash=LIMIT))
        shapes.append(within(x, LEADING * 0.85, target.text, width, bold=True))
    return drawing(y + 6, shapes, width)


def lines(
    days: Sequence[str], series: Sequence[Series], *, unit: str = "", target: Target | None = None, top: float = 0
) -> str:
    """One to three series over days; a line is broken where a value is missing. `unit`: as "min" or "%".

    Values are in that unit (87.5 for 87.5 %). `top`: what the axis shows at least.
    """
    values = [value for one in series for value in one.values if value is not None]
    scale = ticks(max([top, target.value if target else 0, *values]))
    shapes, head = legend([one.name for one in series], target.text if target else "")
    plot = Plot(left=margin(scale, unit), top=head + 18, height=220, x=max(len(days) - 1, 1), y=scale[-1])
    shapes += plot.rows(scale, unit)
    step = -(-len(days) * int(max(map(wide, days), default=0) + 10) // int(plot.width)) or 1
    shapes += [within(plot.at(n, 0)[0], plot.bottom + 18, days[n]) for n in range(0, len(days), step)]
    if target:
        y = plot.at(0, target.value)[1]
        shapes.append(rule(plot.left, y, plot.right, y, stroke=TEXT, width=1.5, dash=LIMIT))
    for one, (kind, colour, dash) in styled(series):
        places = [None if value is None else plot.at(n, value) for n, value in enumerate(one.values)]
        shapes += [path(part, stroke=colour, dash=dash) for part in unbroken(places)]
        shapes += [mark(kind, *place, fill=colour) for place in places if place]
    return drawing(plot.bottom + 28, shapes)


def heat_map(
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
    *,
    unit: str = "",
    width: float = WIDTH,
) -> str:
    """A row for each weekday, a column for each half-hour ("08:30"); each cell bears its figure, "–" where is none.

    `unit`: what is counted, below the drawing ("usagers par demi-heure, en moyenne").
    """
    values = [value for _name, cells in rows for value in cells if value is not None]
    step = stride(max(values, default=0) / len(SHADES), STRIDES)
    bounds = [round(n * step, 9) for n in range(len(SHADES))]
    decimals = min(digits(values), 1)
    left = min(max((wide(name) for name, _cells in rows), default=0), 110) + 8
    cell = (width - left - 2) / max(len(columns), 1)
    size = min(12.0, (cell - 2) / LETTER / max((len(number(one, decimals)) for one in values), default=1))
    every = -(-int(max(map(wide, columns), default=0) + 6) // int(cell)) if columns else 1
    height = 30
    shapes = [
        word(left + n * cell + (cell / 2 if every == 1 else 0), 14, columns[n], at="middle" if every == 1 else "start")
        for n in range(0, len(columns), every)
        if n + every <= len(columns)  # the last has room, too
    ]
    for row, (name, cells) in enumerate(rows):
        y = 22 + row * height
        shapes.append(word(left - 8, y + height / 2 + 4.5, wrapped(name, left, 1)[0], at="end"))
        for n, value in enumerate(cells):
            fill, ink = (SURFACE, MUTED) if value is None else SHADES[_class(value, bounds)]
            text = "–" if value is None else number(value, decimals)
            x = left + n * cell
            shapes.append(box(x, y, cell - 1, height - 1, fill=fill))
            shapes.append(
                word(x + cell / 2 - 0.5, y + height / 2 + size * 0.35, text, at="middle", fill=ink, size=size)
            )
    foot = 22 + len(rows) * height + 10
    shapes += _shades(left, foot, bounds, (width - left) / len(SHADES))
    shapes += [word(left, foot + 34, wrapped(unit, width - left, 1)[0], fill=MUTED)] if unit else []
    return drawing(foot + (44 if unit else 26), shapes, width)


def distribution(curves: Sequence[Curve], *, limit: Target, longest: float = 0) -> str:
    """The share of waits that lasted at most so many minutes, for one to three; the limit is marked.

    `longest`: minutes that the axis shows at least; beyond the last point of a curve nothing is drawn.
    """
    minutes = [at for one in curves for at, _share in one.points]
    scale = ticks(max([longest, limit.value * 1.2, *minutes]), 8)
    shapes, head = legend([one.name for one in curves])
    shares = [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    plot = Plot(left=margin(shares, "%"), top=head + 26, height=220, x=scale[-1], y=100)
    x = plot.at(limit.value, 0)[0]
    shapes.append(box(x, plot.top, plot.right - x, plot.height, fill=SUNKEN))
    shapes += plot.rows(shares, "%")
    for at in scale:
        place = plot.at(at, 0)[0]
        shapes.append(rule(place, plot.bottom, place, plot.bottom + 4, stroke=MUTED))
        shapes.append(word(place, plot.bottom + 18, number(at, digits(scale)), at="middle"))
    shapes.append(word(plot.right, plot.bottom + 35, "minutes d’attente", at="end", fill=MUTED))
    shapes.append(rule(x, plot.top - 6, x, plot.bottom, stroke=TEXT, width=1.5, dash=LIMIT))
    shapes.append(within(x, plot.top - 10, limit.text, bold=True))
    for one, (kind, colour, dash) in styled(curves):
        places = [plot.at(at, share * 100) for at, share in one.points]
        shapes.append(path(places, stroke=colour, dash=dash))
        shapes += [mark(kind, *place, fill=colour) for place in places[:: max(len(places) // 12, 1)]]
    return drawing(plot.bottom + 42, shapes)


def _shades(left: float, y: float, bounds: Sequence[float], apart: float) -> list[str]:
    """What each shade stands for."""
    shapes = []
    for n, (fill, _ink) in enumerate(SHADES):
        x = left + n * min(apart, 92)
        text = f"< {number(bounds[1], digits(bounds))}" if n == 0 else f"≥ {number(bounds[n], digits(bounds))}"
        shapes += [box(x, y, 18, 14, fill=fill), word(x + 24, y + 12, text)]
    return shapes


def _class(value: float, bounds: Sequence[float]) -> int:
    return sum(value >= bound for bound in bounds[1:])


def _centred(lines: Sequence[str], x: float, middle: float) -> list[str]:
    first = middle + 4.5 - (len(lines) - 1) * LEADING / 2
    return [word(x, first + n * LEADING, line, at="end") for n, line in enumerate(lines)]
