"""The month's budget: how many may be late, how many were, and in which while."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import sqrt

from msgspec import Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.hours import Day, Hours, midnight
from ticketing.plan import Plan
from ticketing.unclosed import unclosed
from ticketing.visit import Leg, Visit
from ticketing.waits import clock_start, leg_wait

ONE_SIDED_90 = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""
LONGEST_LOOK_BACK = timedelta(days=14)
FEW_WEEKDAYS = 3


class Verdict(Struct, frozen=True):
    """One ticket or call judged against its promise: when it was known first, and whether it was late."""

    at: datetime
    late: bool


def verdicts(area: Area, day: Day, now: datetime | None = None) -> dict[str, tuple[Verdict, ...]]:
    """By queue with a share promised, of the visits that began on a day, what is known of them at `now`, or in the end.

    First legs, as the service levels: called, or answered, within the time promised, or late from that time on. Of a
    day without opening hours, nothing.
    """
    plan, opening = area.plan, day.in_utc()
    if not opening.spans:
        return {}
    begin = midnight(day.date, plan.hours.zone).astimezone(UTC)
    until = opening.end if now is None else min(now.astimezone(UTC), opening.end)
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    visits = [visit for visit in area.visits.values() if begin <= visit.began <= until and not visit.cancelled]
    if plan.kind == "switchboard":
        visits = [visit for visit in visits if opening.is_open(visit.began)]
    over = unclosed(visits, plan.endings, opening, until)
    for visit in visits:
        queue = visit.legs[0].queue if visit.legs else None
        promised = plan.commitment(queue, day.date) if queue else None
        if queue is None or promised is None or promised.share is None:
            continue
        if verdict := _verdict(_ended(visit, over), opening, promised.within, until):
            found[queue].append(verdict)
    return {queue: tuple(sorted(of, key=lambda one: (one.at, one.late))) for queue, of in found.items()}


def _ended(visit: Visit, over: Mapping[str, Leg]) -> Visit:
    leg = over.get(visit.key)
    return replace(visit, legs=(*visit.legs[:-1], leg)) if leg else visit


def _verdict(visit: Visit, day: Day, within: timedelta, now: datetime) -> Verdict | None:
    start, wait = clock_start(visit, 0, day), leg_wait(visit, 0, day, now)
    if start is None or wait is None:
        return None
    if wait.length > within:
        return Verdict(start + within, late=True)
    called = visit.legs[0].called
    return Verdict(called, late=False) if called else None


# ------------------------------------------------------------ open time


def opened_since(hours: Hours, now: datetime, lasting: timedelta) -> datetime:
    """The instant since which an area was open for so long; two weeks ago at the earliest."""
    left, zone = lasting, hours.zone
    today = now.astimezone(zone).date()
    for back in range(LONGEST_LOOK_BACK.days + 1):
        for start, end in reversed(hours.day(today - timedelta(days=back)).in_utc().spans):
            while_open = min(end, now) - start
            if while_open <= timedelta():
                continue
            if while_open >= left:
                return min(end, now) - left
            left -= while_open
    return now - LONGEST_LOOK_BACK


# ------------------------------------------------------------ the month


class Budget(Struct, frozen=True, kw_only=True):
    """Of one queue in one month. `expected`: customers in the whole month; `late`: so far; `share`: promised."""

    expected: float
    late: int
    share: float

    @property
    def allowed(self) -> float:
        """How many may be late."""
        return (1 - self.share) * self.expected


def expected(past: Mapping[date, Mapping[str, Sequence[Verdict]]], plan: Plan, queue: str, on: date) -> float | None:
    """Customers of a queue in the month of a day, by the mean of the days known before it on which the area was open.

    Of each weekday by its own mean where it is known from three days, by that of all otherwise. None before any is.
    """
    counts: defaultdict[int, list[int]] = defaultdict(list)
    for day, of_day in past.items():
        if day < on and plan.hours.day(day).spans and any(of_day.values()):
            counts[day.weekday()].append(len(of_day.get(queue, ())))
    every = [count for of_weekday in counts.values() for count in of_weekday]
    if not every:
        return None
    mean = sum(every) / len(every)
    first = on.replace(day=1)
    days = (first + timedelta(days=n) for n in range(31))
    weekdays = [day.weekday() for day in days if day.month == on.month and plan.hours.day(day).spans]
    return sum(
        sum(counts[weekday]) / len(counts[weekday]) if len(counts[weekday]) >= FEW_WEEKDAYS else mean
        for weekday in weekdays
    )


def budget(
    past: Mapping[date, Mapping[str, Sequence[Verdict]]], today: Sequence[Verdict], plan: Plan, queue: str, on: date
) -> Budget | None:
    """None where nothing is promised on a day, or nothing is known of days before it."""
    promised = plan.commitment(queue, on)
    coming = expected(past, plan, queue, on)
    if promised is None or promised.share is None or not coming:
        return None
    first = on.replace(day=1)
    before = [one for day, of_day in past.items() if first <= day < on for one in of_day.get(queue, ())]
    return Budget(expected=coming, late=sum(one.late for one in (*before, *today)), share=promised.share)


class Burn(Struct, frozen=True, kw_only=True):
    """Late, of those judged, within a while."""

    late: int
    of: int

    @classmethod
    def since(cls, judged: Iterable[Verdict], since: datetime) -> "Burn":
        within = [one.late for one in judged if one.at > since]
        return Burn(late=sum(within), of=len(within))

    def exceeds(self, month: Budget, part: float, fewest: int) -> bool:
        """Whether so great a part of the month's budget was spent, and not by chance.

        The share of the budget and not the rate of its burning: at a target of 80 % no rate can be beyond 5 times the
        even one. Few customers prove nothing: of so many at least, and with a one-sided 90 % Wilson bound of the share
        of late ones above what is allowed.
        """
        return (
            self.late >= part * month.allowed and self.of >= fewest and wilson(self.late, self.of)[0] > 1 - month.share
        )


def wilson(count: int, of: int, z: float = ONE_SIDED_90) -> tuple[float, float]:
    """Score bounds of a share, each one-sided at 90 % by default (E. B. Wilson, 1927); (0, 1) of none."""
    if not of:
        return 0.0, 1.0
    share, square = count / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
