"""The vocabulary of the tests of predictions: what was shown, what came of it, and both, in minutes."""

from datetime import date, datetime

from tests.build import MONDAY, at
from ticketing.accuracy import Outcome, Pair, Prediction, Shown
from ticketing.levels import Levels, Method


def minutes(*values: float) -> Levels:
    """P10, P50 and P90 given in minutes."""
    p10, p50, p90 = (60.0 * value for value in values)
    return p10, p50, p90


def predicted(
    clock: str, *shown: float, queue: str = "sejour", raw: Levels | None = None, method: Method = "simulation"
) -> Prediction:
    """In minutes; `raw`, in minutes too, is the same unless given."""
    return Prediction(queue=queue, method=method, shown=minutes(*shown), raw=minutes(*(raw or shown)), at=at(clock))


def shown(
    ticket: str,
    clock: str | datetime,
    *values: float,
    area: str = "sud",
    queue: str = "sejour",
    raw: Levels | None = None,
    method: Method = "simulation",
) -> Shown:
    """In minutes; `raw`, in minutes too, is the same unless given."""
    p10, p50, p90 = minutes(*values)
    raw10, raw50, raw90 = minutes(*(raw or values))
    return Shown(
        area=area,
        queue=queue,
        visit=f"ticket/{ticket}",
        at=clock if isinstance(clock, datetime) else at(clock),
        method=method,
        p10_s=p10,
        p50_s=p50,
        p90_s=p90,
        raw10_s=raw10,
        raw50_s=raw50,
        raw90_s=raw90,
    )


def waited(ticket: str, wait: float | None, area: str = "sud") -> Outcome:
    """In minutes; None: cancelled."""
    return Outcome(area=area, visit=f"ticket/{ticket}", wait_s=None if wait is None else 60 * wait)


def pair(
    values: tuple[float, float, float],
    wait: float | None,
    *,
    area: str = "sud",
    queue: str = "sejour",
    day: date = MONDAY,
    raw: Levels | None = None,
) -> Pair:
    """In minutes; `raw`, in minutes too, is the same unless given."""
    return Pair(
        area=area,
        queue=queue,
        day=day,
        method="simulation",
        shown=minutes(*values),
        raw=minutes(*(raw or values)),
        wait_s=None if wait is None else 60 * wait,
    )
