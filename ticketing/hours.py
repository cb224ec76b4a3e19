"""Opening hours: the weekly plan of an area or service, French holidays and dated exceptions."""

from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from msgspec import Struct

Span = tuple[time, time]
LOOKED_AHEAD = timedelta(days=60)

ALL_DAY: tuple[Span, ...] = ((time.min, time.max),)


def midnight(on: date, zone: tzinfo) -> datetime:
    """When a calendar day begins in a zone."""
    return datetime.combine(on, time.min, zone)


class Day(Struct, frozen=True):
    """One calendar day of an area: its opening spans as instants, in order; none on a closed day. `end` is midnight."""

    date: date
    spans: tuple[tuple[datetime, datetime], ...]
    end: datetime

    def in_utc(self) -> "Day":
        """The same in UTC, as events are: instants of one zone compare several times as fast."""
        spans = tuple((start.astimezone(UTC), end.astimezone(UTC)) for start, end in self.spans)
        return Day(self.date, spans, self.end.astimezone(UTC))

    @property
    def closing(self) -> datetime:
        """The last of the day; its end where it has no opening hours."""
        return self.spans[-1][1] if self.spans else self.end

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

    def after(self, since: datetime, lasting: timedelta) -> datetime:
        """When so much time has passed since an instant, breaks between opening spans left out."""
        at = since + lasting
        for (_, end), (start, _) in pairwise(self.spans):
            if since < start and end < at:
                at += start - max(end, since)
        return at


class Hours(Struct, frozen=True, kw_only=True):
    """When an area is open. Without a weekly plan it is always open, dated exceptions apart."""

    zone: tzinfo
    weekly: Mapping[int, tuple[Span, ...]] | None = None
    """Monday is 0; a weekday that is not there is closed."""
    exceptions: Mapping[date, tuple[Span, ...]] = {}
    """Hours of single dates, which go before everything else; none is an exceptional closure."""
    holidays: Container[date] = frozenset()

    def spans(self, on: date) -> tuple[Span, ...] | None:
        """Of a day, by the wall clock; None where there is no weekly plan and nothing is said of that date."""
        if on in self.exceptions:
            return self.exceptions[on]
        if self.weekly is None:
            return None
        return () if on in self.holidays else self.weekly.get(on.weekday(), ())

    def day(self, on: date) -> Day:
        spans = self.spans(on)
        instants = (
            (datetime.combine(on, start, self.zone), datetime.combine(on, end, self.zone))
            for start, end in (ALL_DAY if spans is None else spans)
        )
        return Day(on, tuple(instants), midnight(on + timedelta(days=1), self.zone))

    def day_at(self, at: datetime) -> Day:
        """The calendar day, in the area's zone, that an instant falls on."""
        return self.day(at.astimezone(self.zone).date())

    def opening_after(self, at: datetime) -> datetime | None:
        """When it opens next after an instant; None if it does not within two months."""
        today = at.astimezone(self.zone).date()
        days = (self.day(today + timedelta(days=n)) for n in range(LOOKED_AHEAD.days + 1))
        return next((start for day in days for start, _ in day.spans if start > at), None)
