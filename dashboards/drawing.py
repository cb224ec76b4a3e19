"""Drawings of a day: its hours as an axis, a line of counts and bands of time; places are percents of the width."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct

from ticketing.hours import Day

HOUR = timedelta(hours=1)
STEP = timedelta(minutes=5)
FEWEST_HOURS = 2
"""Of an axis."""
LEAST_TOP = 4
"""People at the upper edge at least: of one or two nobody makes a mountain."""
SCALE = 1000
"""Units of a line's width; its height is 100."""


class Axis(Struct, frozen=True):
    """From a full hour to a full hour."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, day: Day, instants: Iterable[datetime]) -> "Axis":
        """The day's opening hours, and whatever else is to be seen; the whole day where there is neither."""
        found = [*(at for span in day.spans for at in span), *instants]
        if not found:
            return cls(day.end - timedelta(days=1), day.end)
        first, last = min(found), max(found)
        begins = first.replace(minute=0, second=0, microsecond=0)
        ends = begins + max(ceil((last - begins) / HOUR), FEWEST_HOURS) * HOUR
        return cls(begins, ends)

    def place(self, at: datetime) -> float:
        """In percent, within the axis."""
        return round(min(max((at - self.begins) / (self.ends - self.begins), 0.0), 1.0) * 100, 2)

    @property
    def hours(self) -> list[tuple[float, int]]:
        """Where each full hour is, but for the edges."""
        inner = [self.begins + n * HOUR for n in range(1, round((self.ends - self.begins) / HOUR))]
        return [(self.place(at), at.hour) for at in inner]

    def steps(self, until: datetime) -> list[datetime]:
        """Every STEP from its beginning until an instant, and that instant."""
        last = min(until, self.ends)
        return [self.begins + n * STEP for n in range(ceil((last - self.begins) / STEP))] + [last]

    def box(self, begins: datetime, ends: datetime) -> tuple[float, float]:
        """Where a span begins and how wide it is."""
        left, right = self.place(begins), self.place(ends)
        return left, round(right - left, 2)


class Line(Struct, frozen=True, kw_only=True):
    """A course of counts: points of a drawing SCALE wide and 100 high."""

    axis: Axis
    top: int
    points: str
    ground: str
    closed: Sequence[tuple[float, float]]
    """Where it is closed."""
    now: float


def line(axis: Axis, day: Day, instants: Sequence[datetime], counts: Sequence[int]) -> Line:
    top = max(*counts, LEAST_TOP)
    top += top % 2  # so that the middle is somebody, too
    drawn = [
        (axis.place(at) * SCALE / 100, round(100 - count * 100 / top, 1))
        for at, count in zip(instants, counts, strict=True)
    ]
    points = " ".join(f"{x:g},{y:g}" for x, y in drawn)
    edges = [axis.begins, *(at for span in day.spans for at in span), axis.ends] if day.spans else []
    return Line(
        axis=axis,
        top=top,
        points=points,
        ground=f"{drawn[0][0]:g},100 {points} {drawn[-1][0]:g},100",
        closed=[
            box for begins, ends in zip(edges[::2], edges[1::2], strict=True) if (box := axis.box(begins, ends))[1]
        ],
        now=axis.place(instants[-1]),
    )
