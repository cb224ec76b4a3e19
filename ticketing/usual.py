"""What is usual on a weekday: the middle of the same weekdays before, instant by instant by the clock on the wall."""

import datetime as dt
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats
from ticketing.day import STEP, AreaDay, Series, grid

MOST_DAYS, FEWEST_DAYS = 8, 4
A_DAY = timedelta(days=1)
QUARTERS = (0.25, 0.5, 0.75)


class Band(Struct, frozen=True):
    """Half of the days were between `low` and `high`, the quartiles, at each instant of the grid."""

    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


class UsualSeries(Struct, frozen=True, kw_only=True):
    """Where nobody is in line the longest wait counts as nothing."""

    queue: str
    waiting: Band
    longest_wait_s: Band


class Usual(Struct, frozen=True, kw_only=True):
    """`at` is the grid of the day that they are compared with; quantiles by linear interpolation."""

    days: tuple[dt.date, ...]
    at: tuple[datetime, ...]
    series: tuple[UsualSeries, ...]


def usual(on: dt.date, zone: tzinfo, days: Sequence[AreaDay]) -> Usual | None:
    """Of whole days, to be compared with another; None of too few of them. A queue that a day has not was empty."""
    if len(days) < FEWEST_DAYS:
        return None
    at = grid(on, zone)
    places = [_place(moment) for moment in at]
    queues = dict.fromkeys(series.queue for day in days for series in (day.whole, *day.queues))
    found = []
    for queue in queues:
        own = [day.series(queue) for day in days]
        found.append(
            UsualSeries(
                queue=queue,
                waiting=_band([_by_clock(day, one, waits=False) for day, one in zip(days, own, strict=True)], places),
                longest_wait_s=_band(
                    [_by_clock(day, one, waits=True) for day, one in zip(days, own, strict=True)], places
                ),
            )
        )
    return Usual(days=tuple(sorted(day.date for day in days)), at=at, series=tuple(found))


def _by_clock(day: AreaDay, series: Series | None, *, waits: bool) -> Floats:
    """A value for each STEP of the clock on the wall; of an hour that comes twice, the second."""
    found = np.zeros(A_DAY // STEP)
    if series:
        values = series.longest_wait_s if waits else series.waiting
        for moment, value in zip(day.at[:-1], values[: len(day.at) - 1], strict=True):
            found[_place(moment)] = value or 0
    return found


def _place(moment: datetime) -> int:
    """Which STEP of the day it is by the clock on the wall."""
    return timedelta(hours=moment.hour, minutes=moment.minute) // STEP


def _band(rows: Sequence[Floats], places: Sequence[int]) -> Band:
    low, middle, high = np.round(np.quantile(np.stack(rows), QUARTERS, axis=0), 2)[:, places].tolist()
    return Band(tuple(low), tuple(middle), tuple(high))
