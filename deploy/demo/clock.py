"""The demonstration's clock: several times as fast as ours by day, and over nights and closed days in no time."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic as system_monotonic
from zoneinfo import ZoneInfo

from msgspec import Struct

MORNING = time(8, 10)
EVENING = time(17, 45)
LONGEST_CLOSURE = timedelta(days=366)


class Stretch(Struct, frozen=True, kw_only=True):
    """A time that passes without a jump: from `begins` (UTC) on for `length_s`, after `elapsed_s` of earlier ones."""

    begins: datetime
    length_s: float
    elapsed_s: float


class DemoClock:
    """Runs from `start`; on reaching 17:45 it shows 08:10 of the next working day.

    What it shows follows from the elapsed time alone. A start on a closed day runs until that evening all the same.
    """

    def __init__(
        self,
        start: datetime,
        speed: float,
        working: Callable[[date], bool],
        zone: ZoneInfo,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError(f"The clock was given {start.isoformat()} without an offset; it needs an aware datetime.")
        if speed <= 0:
            raise ValueError(f"The clock's speed is {speed}; expected a number above 0.")
        self.speed, self._working, self._zone, self._monotonic = speed, working, zone, monotonic
        self._origin = monotonic()
        self._last_day = start.astimezone(zone).date()
        length_s = (self._local(self._last_day, EVENING) - start).total_seconds()
        self._stretches = [Stretch(begins=start.astimezone(UTC), length_s=max(length_s, 0.0), elapsed_s=0.0)]

    def __call__(self) -> datetime:
        """The instant shown now, in the clock's zone."""
        elapsed_s = self._elapsed_s()
        while elapsed_s >= self._ends_s():
            self._add_day()
        known = bisect_right(self._stretches, elapsed_s, key=lambda stretch: stretch.elapsed_s) - 1
        stretch = self._stretches[known]
        instant = stretch.begins + timedelta(seconds=elapsed_s - stretch.elapsed_s)
        return instant.astimezone(self._zone)

    def until(self, instant: datetime) -> float:
        """Real seconds until the clock shows `instant`, or jumps over it; 0 when it has."""
        while instant >= self._stretches[-1].begins + timedelta(seconds=self._stretches[-1].length_s):
            self._add_day()
        known = bisect_right(self._stretches, instant, key=lambda stretch: stretch.begins) - 1
        if known < 0:
            return 0.0
        stretch = self._stretches[known]
        # What lies beyond a stretch is skipped: the clock passes it when the stretch ends.
        into_s = min((instant - stretch.begins).total_seconds(), stretch.length_s)
        return max(stretch.elapsed_s + into_s - self._elapsed_s(), 0.0) / self.speed

    def _elapsed_s(self) -> float:
        return (self._monotonic() - self._origin) * self.speed

    def _ends_s(self) -> float:
        return self._stretches[-1].elapsed_s + self._stretches[-1].length_s

    def _add_day(self) -> None:
        """Days are worked out once, as far as they are asked for; they change nothing in those before."""
        day = self._last_day + timedelta(days=1)
        while not self._working(day):
            day += timedelta(days=1)
            if day - self._last_day > LONGEST_CLOSURE:
                raise ValueError(f"There is no working day within a year of {self._last_day}; the clock needs one.")
        begins, ends = self._local(day, MORNING), self._local(day, EVENING)
        length_s = (ends - begins).total_seconds()
        self._stretches.append(Stretch(begins=begins, length_s=length_s, elapsed_s=self._ends_s()))
        self._last_day = day

    def _local(self, day: date, at: time) -> datetime:
        # In UTC, where differences are of real time even on the days when the clocks change.
        return datetime.combine(day, at, self._zone).astimezone(UTC)
