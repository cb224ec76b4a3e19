"""How right predictions are: what newcomers were shown, how long they then waited, and the errors week by week."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from math import isfinite

from msgspec import Struct

from ticketing.area import Area
from ticketing.hours import Day
from ticketing.levels import Levels, Method
from ticketing.visit import CLOCK_TOLERANCE, Visit
from ticketing.waits import leg_wait, mean

OLDEST = timedelta(seconds=90)
"""A prediction older than this was shown to nobody who comes now."""
TOO_LOW_S = 600.0


class Prediction(Struct, frozen=True, kw_only=True):
    """What is shown to newcomers of a queue from `at` on; `raw` is the same before the conformal correction."""

    queue: str
    method: Method
    shown: Levels
    raw: Levels
    at: datetime


class Shown(Struct, frozen=True, kw_only=True):
    """What was shown to one customer, who entered the queue at `at`; seconds."""

    area: str
    queue: str
    visit: str
    """Key of the visit."""
    at: datetime
    method: Method
    p10_s: float
    p50_s: float
    p90_s: float
    raw10_s: float
    raw50_s: float
    raw90_s: float


class Outcome(Struct, frozen=True, kw_only=True):
    """How long a customer waited, from the start of the clock to the first call; None of a cancelled ticket."""

    area: str
    visit: str
    wait_s: float | None


class Pair(Struct, frozen=True, kw_only=True):
    """What was shown to a customer on a day of the site, and the wait; None while, or because, nobody called."""

    area: str
    queue: str
    day: date
    method: Method
    shown: Levels
    raw: Levels
    wait_s: float | None


class Accuracy(Struct, frozen=True, kw_only=True):
    """Of the customers of a queue and a week who were shown a prediction; None where none of them was called."""

    area: str
    queue: str
    week: date
    """Its Monday."""
    n: int
    """Those of them who were called: all figures but the last are of these."""
    mae_s: float | None
    """Mean of |P50 - wait|."""
    bias_s: float | None
    """Mean of P50 - wait: above 0, people waited less than they were told."""
    too_low_share: float | None
    """Those who waited more than 10 minutes longer than P50."""
    coverage_p90: float | None
    """Those whose wait was at most P90: 0.9 if the prediction is right."""
    coverage_p10_p90: float | None
    """Those whose wait was from P10 to P90: 0.8 if the prediction is right."""
    not_called: int
    """Those not called so far, in line or gone: how long they would have waited is not known."""


def newly_shown(before: Area, after: Area, predictions: Iterable[Prediction]) -> list[Shown]:
    """What those who entered a queue between two states of an area, in opening hours and without priority or
    appointment, had been shown.

    `predictions` are of before these events: those in force or, so that an event that comes late meets what was shown
    when it happened, all of the last minutes. Each customer has the latest that was there at the entry, unless that
    is older than OLDEST. A device's clock may be a little slow: a prediction a little younger will then do.
    """
    by_queue: defaultdict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        # what cannot be shown was not
        if all(map(isfinite, (*prediction.shown, *prediction.raw))):
            by_queue[prediction.queue].append(prediction)
    found = []
    for visit in _changed(before, after):
        entered = _entered(visit)
        known = before.visits.get(visit.key)
        if entered is None or visit.cancelled or not _ordinary(visit) or (known and _entered(known)):
            continue
        in_force = _in_force(by_queue.get(visit.legs[0].queue or "", ()), entered)
        if in_force and after.plan.hours.day_at(entered).is_open(entered):
            found.append(_shown(after.plan.area, visit.key, entered, in_force))
    return found


def outcomes(area: Area, now: datetime, before: Area | None = None) -> list[Outcome]:
    """The waits of all whose first leg was called and who came without priority or appointment, and who of them was
    cancelled; with an earlier state of the area, only of the visits that have changed since.
    """
    day_of = _days(area)
    found = []
    for visit in _changed(before, area):
        entered = _entered(visit)
        if entered is None or not _ordinary(visit):
            continue
        if visit.cancelled:
            found.append(Outcome(area=area.plan.area, visit=visit.key, wait_s=None))
            continue
        wait = leg_wait(visit, 0, day_of(entered), now)
        if wait and wait.ended:
            found.append(Outcome(area=area.plan.area, visit=visit.key, wait_s=wait.length.total_seconds()))
    return found


def accuracies(pairs: Iterable[Pair]) -> list[Accuracy]:
    """Of each area, week and queue that is there, in this order."""
    groups: defaultdict[tuple[str, date, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.area, monday(pair.day), pair.queue].append(pair)
    return [_accuracy(*key, groups[key]) for key in sorted(groups)]


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def _accuracy(area: str, week: date, queue: str, pairs: Sequence[Pair]) -> Accuracy:
    called = [(pair.shown, pair.wait_s) for pair in pairs if pair.wait_s is not None]
    errors = [p50 - wait for (_, p50, _), wait in called]
    return Accuracy(
        area=area,
        queue=queue,
        week=week,
        n=len(called),
        mae_s=_rounded(mean([abs(error) for error in errors]), 1),
        bias_s=_rounded(mean(errors), 1),
        too_low_share=_rounded(mean([error < -TOO_LOW_S for error in errors]), 4),
        coverage_p90=_rounded(mean([wait <= p90 for (_, _, p90), wait in called]), 4),
        coverage_p10_p90=_rounded(mean([p10 <= wait <= p90 for (p10, _, p90), wait in called]), 4),
        not_called=len(pairs) - len(called),
    )


def _changed(before: Area | None, after: Area) -> Iterator[Visit]:
    known = before.visits if before else {}
    # a visit is a value: one that nothing was heard of since is the same object
    return (visit for key, visit in after.visits.items() if known.get(key) is not visit)


def _entered(visit: Visit) -> datetime | None:
    """When its customer first entered a queue; None where that was not seen: its first leg is then a later one."""
    return visit.legs[0].entered if visit.arrived and visit.legs else None


def _ordinary(visit: Visit) -> bool:
    """Whether its customer waits as any newcomer does: without priority and without an appointment."""
    return visit.priority == "none" and visit.appointment is None


def _in_force(predictions: Iterable[Prediction], entered: datetime) -> Prediction | None:
    """The latest that was there at an entry, else the first that came just after it."""
    near = [one for one in predictions if -CLOCK_TOLERANCE <= entered - one.at <= OLDEST]
    there = [one for one in near if one.at <= entered]
    return max(there, key=_at) if there else min(near, key=_at, default=None)


def _at(prediction: Prediction) -> datetime:
    return prediction.at


def _shown(area: str, visit: str, entered: datetime, prediction: Prediction) -> Shown:
    (p10, p50, p90), (raw10, raw50, raw90) = prediction.shown, prediction.raw
    return Shown(
        area=area,
        queue=prediction.queue,
        visit=visit,
        at=entered,
        method=prediction.method,
        p10_s=p10,
        p50_s=p50,
        p90_s=p90,
        raw10_s=raw10,
        raw50_s=raw50,
        raw90_s=raw90,
    )


def _days(area: Area) -> Callable[[datetime], Day]:
    """The area's day of an instant, each made once: there are two or three, and thousands of instants."""
    hours = area.plan.hours
    known: dict[date, Day] = {}

    def day_of(at: datetime) -> Day:
        on = at.astimezone(hours.zone).date()
        if on not in known:
            known[on] = hours.day(on).in_utc()
        return known[on]

    return day_of


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
