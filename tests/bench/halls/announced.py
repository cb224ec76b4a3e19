"""Alerts against the breaches that they announce: how many there are, how often they flap, how early, and in vain."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import fsum, sqrt

from msgspec import Struct

from tests.bench.halls.days import Stay

JOINED = timedelta(minutes=10)
"""A breach that begins so soon after the one before goes on, as an alert does that is kept so long."""
AHEAD = timedelta(minutes=5)
FLAP = timedelta(minutes=15)


class Span(Struct, frozen=True, order=True):
    """Of a breach or an alert."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    def meets(self, other: "Span") -> bool:
        return self.since <= other.until and other.since <= self.until


class WatchedDay(Struct, frozen=True, kw_only=True):
    """One hall's: when a line was too long, and what was said. `seen`: when one of the conditions of a line that is
    too long, or will be, held.
    """

    breaches: tuple[Span, ...]
    alerts: tuple[Span, ...]
    seen: tuple[Span, ...]


def breaches(stays: Iterable[Stay], within: timedelta, closing: datetime) -> tuple[Span, ...]:
    """When somebody in line had waited longer than `within`, in any queue; nobody is in line after closing."""
    late = (Span(stay.since + within, min(stay.called or closing, closing)) for stay in stays)
    return joined((span for span in late if span.since < span.until), JOINED)


def joined(spans: Iterable[Span], gap: timedelta) -> tuple[Span, ...]:
    """In order, those less than `gap` apart as one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.since - found[-1].until < gap:
            found[-1] = Span(found[-1].since, max(found[-1].until, span.until))
        else:
            found.append(span)
    return tuple(found)


def flaps(alerts: Sequence[Span]) -> int:
    """Alerts open for under a quarter of an hour, or raised so soon after the one before was over."""
    ordered = sorted(alerts)
    after = [None, *(alert.until for alert in ordered)]
    return sum(
        alert.length < FLAP or (before is not None and alert.since - before < FLAP)
        for alert, before in zip(ordered, after, strict=False)
    )


def announcing(breach: Span, alerts: Iterable[Span], ahead: timedelta = AHEAD) -> Span | None:
    """The alert open from so long before a breach until it began."""
    return next((one for one in alerts if one.since <= breach.since - ahead and one.until >= breach.since), None)


def in_vain(alerts: Iterable[Span], of: Sequence[Span], after: timedelta) -> int:
    """Alerts without a breach while they were open or so soon after their end."""
    return sum(not any(Span(alert.since, alert.until + after).meets(breach) for breach in of) for alert in alerts)


def leads(alerts: Sequence[Span], of: Iterable[Span]) -> list[timedelta]:
    """How long before a breach the first alert of it came, unless it was open for an earlier one; negative: after."""
    found, taken = [], set[Span]()
    for breach in sorted(of):
        first = min((alert for alert in alerts if alert.meets(breach)), default=None)
        if first and first not in taken:
            found.append(breach.since - first.since)
            taken.add(first)
    return found


class Marks(Struct, frozen=True, kw_only=True):
    """Of so many days of one hall. `announced`: the share of breaches announced in time, None of none; pairs are of a
    figure and its standard error, the alerts and breaches of a day going together. `missed`: breaches in which no
    condition held. Shares of time are of the while in which an alert was open, and a line too long, in hours a day.
    """

    days: int
    breaches: int
    alerts: tuple[float, float]
    flaps: tuple[float, float]
    announced: tuple[float, float] | None
    missed: int
    in_vain: tuple[float, float]
    """A day, none within 15 and 30 minutes after their end."""
    leads: tuple[timedelta, ...]
    open_h: float
    breach_h: float


def marks(days: Sequence[WatchedDay]) -> Marks:
    every = [breach for day in days for breach in day.breaches]
    told = [sum(announcing(breach, day.alerts) is not None for breach in day.breaches) for day in days]
    vain = [sum(in_vain(day.alerts, day.breaches, timedelta(minutes=after)) for day in days) for after in (15, 30)]
    return Marks(
        days=len(days),
        breaches=len(every),
        alerts=mean([len(day.alerts) for day in days]),
        flaps=mean([flaps(day.alerts) for day in days]),
        announced=share(told, [len(day.breaches) for day in days]),
        missed=sum(not any(one.meets(breach) for one in day.seen) for day in days for breach in day.breaches),
        in_vain=(vain[0] / len(days), vain[1] / len(days)),
        leads=tuple(sorted(lead for day in days for lead in leads(day.alerts, day.breaches))),
        open_h=_hours(alert for day in days for alert in day.alerts) / len(days),
        breach_h=_hours(every) / len(days),
    )


def _hours(spans: Iterable[Span]) -> float:
    return fsum(span.length / timedelta(hours=1) for span in spans)


def mean(numbers: Sequence[int]) -> tuple[float, float]:
    """With its standard error; 0 of a single one."""
    n, middle = len(numbers), fsum(numbers) / len(numbers)
    if n == 1:
        return middle, 0.0
    return middle, sqrt(fsum((number - middle) ** 2 for number in numbers) / (n - 1) / n)


def share(parts: Sequence[int], wholes: Sequence[int]) -> tuple[float, float] | None:
    """Of all, and its standard error, those of a day going together; None of nobody."""
    number, days = sum(wholes), len(wholes)
    if not number:
        return None
    found = sum(parts) / number
    if days == 1:
        return found, 0.0
    squares = fsum((part - found * whole) ** 2 for part, whole in zip(parts, wholes, strict=True))
    return found, sqrt(days / (days - 1) * squares) / number
