"""Opening hours: the weekly plan of an area or service, French holidays and dated exceptions."""

from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, time, tzinfo

from msgspec import Struct

Span = tuple[time, time]


class Day(Struct, frozen=True):
    """One calendar day of an area: its opening spans as instants, in order; none on a closed day."""

    date: date
    spans: tuple[tuple[datetime, datetime], ...]

    def in_utc(self) -> "Day":
        """The same in UTC, as events are: instants of one zone compare several times as fast."""
        return Day(self.date, tuple((start.astimezone(UTC), end.astimezone(UTC)) for start, end in self.spans))

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.spans)

    def clock_start(self, arrived: datetime) -> datetime:
        """The later of arrival and opening time: where the wait clock of somebody who came at `arrived` starts.

        After the last closing of the day nothing opens any more, and the clock starts at the arrival itself.
        """
        for start, end in self.spans:
            if arrived < end:
                return max(arrived, start)
        return arrived


class Hours(Struct, frozen=True, kw_only=True):
    """When an area is open. Without a weekly plan it is always open, dated exceptions apart."""

    zone: tzinfo
    weekly: Mapping[int, tuple[Span, ...]] | None = None
    """Monday is 0; a weekday that is not there is closed."""
    exceptions: Mapping[date, tuple[Span, ...]] = {}
    """Hours of single dates, which go before everything else; none is an exceptional closure."""
    holidays: Container[date] = frozenset()

    def day(self, on: date) -> Day:
        spans: tuple[Span, ...]
        if on in self.exceptions:
            spans = self.exceptions[on]
        elif self.weekly is None:
            midnight = datetime.combine(on, time.min, self.zone)
            return Day(on, ((midnight, datetime.combine(on, time.max, self.zone)),))
        elif on in self.holidays:
            spans = ()
        else:
            spans = self.weekly.get(on.weekday(), ())
        return Day(
            on,
            tuple(
                (datetime.combine(on, start, self.zone), datetime.combine(on, end, self.zone)) for start, end in spans
            ),
        )

    def day_at(self, at: datetime) -> Day:
        """The calendar day, in the area's zone, that an instant falls on."""
        return self.day(at.astimezone(self.zone).date())
