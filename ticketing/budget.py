"""The month's budget: how many may be late, how many were, and in which while."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import floor, sqrt

from msgspec import Struct

from ticketing.area import Area
from ticketing.hours import Day, Hours
from ticketing.plan import Plan
from ticketing.unclosed import begun, counted
from ticketing.visit import Visit
from ticketing.waits import clock_start, wait_since

ONE_SIDED_90 = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""
LONGEST_LOOK_BACK = timedelta(days=14)
FEW_WEEKDAYS = 3
EPSILON = 1e-9
"""Of a person, by which the product of a share and a count may miss the whole number that it is."""


class Verdict(Struct, frozen=True):
    """One ticket or call judged against its promise: when it was known first, and whether it was late."""

    at: datetime
    late: bool


def verdicts(area: Area, day: Day, now: datetime | None = None) -> dict[str, tuple[Verdict, ...]]:
    """By queue with a share promised, of the visits that began on a day, what is known of them at `now`, or in the end.

    First legs, in order. In halls as in their service level: called within the time promised, or late from that time
    on. On the telephone as in formula B: of all calls offered; whoever was not answered is late once lost. Of a day
    without opening hours, nothing.
    """
    plan, day = area.plan, day.in_utc()
    if not day.spans:
        return {}
    until = day.end if now is None else min(now.astimezone(UTC), day.end)
    found: dict[str, list[Verdict]] = {}
    limits: dict[str, timedelta | None] = {}
    for visit in counted(begun(area, day, until), plan, day, until):
        queue = visit.legs[0].queue if visit.legs else None
        if queue is None:
            continue
        if queue not in limits:
            promised = plan.commitment(queue, day.date)
            limits[queue] = promised.within if promised and promised.share is not None else None
        within = limits[queue]
        if within is not None and (verdict := _verdict(visit, plan, day, within, until)):
            found.setdefault(queue, []).append(verdict)
    return {queue: tuple(sorted(of, key=_known_at)) for queue, of in found.items()}


def _known_at(verdict: Verdict) -> datetime:
    return verdict.at


def _verdict(visit: Visit, plan: Plan, day: Day, within: timedelta, now: datetime) -> Verdict | None:
    leg, start = visit.legs[0], clock_start(visit, 0, day)
    wait = wait_since(start, leg, now) if start else None
    if start is None or wait is None:
        return None
    if wait.length > within:
        return Verdict(start + within, late=True)
    if leg.called:
        return Verdict(leg.called, late=False)
    return Verdict(leg.ended, late=True) if leg.ended and plan.kind == "switchboard" else None


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


Past = Mapping[date, Mapping[str, Sequence[Verdict]]]
"""By day and queue, the verdicts of that day in order."""


class Budget(Struct, frozen=True, kw_only=True):
    """Of one queue in one month. `expected`: customers in the whole month; `share`: of them promised to be in time."""

    expected: float
    share: float

    @property
    def allowed(self) -> float:
        """How many may be late."""
        return (1 - self.share) * self.expected

    @property
    def people(self) -> int:
        """Whole people that may be late."""
        # 10 * (1 - 0.9) is a little less than 1
        return floor(self.allowed + EPSILON)


def expected(past: Past, plan: Plan, queue: str, on: date) -> float | None:
    """Customers of a queue in the month of a day, by the mean of the days known before it on which the area was open.

    Of each weekday by its own mean where it is known from three days, by that of all otherwise. None before any is.
    """
    counts: defaultdict[int, list[int]] = defaultdict(list)
    for day, of_day in past.items():
        if day < on and _opens(plan.hours, day) and any(of_day.values()):
            counts[day.weekday()].append(len(of_day.get(queue, ())))
    every = [count for of_weekday in counts.values() for count in of_weekday]
    if not every:
        return None
    mean = sum(every) / len(every)
    means = {weekday: sum(of) / len(of) for weekday, of in counts.items() if len(of) >= FEW_WEEKDAYS}
    first = on.replace(day=1)
    days = (first + timedelta(days=n) for n in range(31))
    return sum(means.get(day.weekday(), mean) for day in days if day.month == on.month and _opens(plan.hours, day))


def _opens(hours: Hours, on: date) -> bool:
    spans = hours.spans(on)
    return spans is None or bool(spans)


def budget(past: Past, plan: Plan, queue: str, on: date) -> Budget | None:
    """Of the month of a day. None where no share is promised then, or nothing is known of days before it."""
    promised = plan.commitment(queue, on)
    coming = expected(past, plan, queue, on)
    if promised is None or promised.share is None or not coming:
        return None
    return Budget(expected=coming, share=promised.share)


def late_so_far(past: Past, today: Sequence[Verdict], queue: str, on: date) -> int:
    """Since the first of the month of a day, that day included."""
    return so_far(past, queue, on).late + sum(one.late for one in today)


class Burn(Struct, frozen=True, kw_only=True):
    """Late, of those judged, within a while."""

    late: int
    of: int

    @classmethod
    def since(cls, days: Iterable[Sequence[Verdict]], since: datetime) -> "Burn":
        """`days`: the verdicts of each, in order."""
        within = [one.late for day in days for one in day[bisect_right(day, since, key=_known_at) :]]
        return Burn(late=sum(within), of=len(within))

    def exceeds(self, month: Budget, part: float, fewest: int) -> bool:
        """Whether so great a part of the month's budget was spent, and not by chance.

        The share of the budget and not the rate of its burning: at a target of 80 % no rate can be beyond 5 times the
        even one. Few customers prove nothing: of so many at least, and with a one-sided 90 % Wilson bound of the share
        of late ones above what is allowed.
        """
        return (
            self.late >= part * month.allowed - EPSILON
            and self.of >= fewest
            and wilson(self.late, self.of)[0] > 1 - month.share
        )

    def goes_on(self, month: Budget) -> bool:
        """Whether the budget is spent faster than evenly: a greater share of late ones than is allowed."""
        return self.late > (1 - month.share) * self.of


def so_far(past: Past, queue: str, on: date) -> Burn:
    """From the first of the month of a day to the day before it."""
    first = on.replace(day=1)
    days = [of_day.get(queue, ()) for day, of_day in past.items() if first <= day < on]
    return Burn(late=sum(one.late for day in days for one in day), of=sum(len(day) for day in days))


def wilson(count: float, of: int, z: float = ONE_SIDED_90) -> tuple[float, float]:
    """Score bounds of a share, each one-sided at 90 % by default (E. B. Wilson, 1927); (0, 1) of none."""
    if not of:
        return 0.0, 1.0
    share, square = count / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
