"""Breaches and the alerts that announce them, by hand."""

from datetime import timedelta
from math import sqrt

import pytest

from tests.bench.halls.announced import (
    Span,
    WatchedDay,
    announcing,
    breaches,
    flaps,
    in_vain,
    joined,
    leads,
    marks,
    mean,
    share,
)
from tests.bench.halls.days import Stay, series
from tests.bench.halls.places import LUNCH
from tests.build import at
from ticketing.area import Area
from ticketing.waits import leg_wait

QUARTER, CLOSING = timedelta(minutes=15), at("16:30")


def span(since: str, until: str) -> Span:
    return Span(at(since), at(until))


def minutes(lengths: list[timedelta]) -> list[float]:
    return [length / timedelta(minutes=1) for length in lengths]


def stay(since: str, called: str | None, queue: str = "sejour") -> Stay:
    return Stay(queue=queue, since=at(since), called=at(called) if called else None)


def test_a_breach_is_from_when_somebody_is_late_until_nobody_in_line_is() -> None:
    """Late from 9:15 to 9:20, from 9:18 to 9:30, and not at all."""
    stays = [stay("9:00", "9:20"), stay("9:03", "9:30", "asile"), stay("9:10", "9:25")]

    assert breaches(stays, QUARTER, CLOSING) == (span("9:15", "9:30"),)


def test_whoever_is_never_called_is_late_until_closing_and_whoever_came_too_late_for_that_is_not() -> None:
    assert breaches([stay("16:00", None), stay("16:20", None)], QUARTER, CLOSING) == (span("16:15", "16:30"),)


def test_breaches_less_than_ten_minutes_apart_are_one() -> None:
    parts = [span("9:15", "9:20"), span("9:29", "9:30"), span("9:40", "9:45"), span("9:16", "9:18")]

    assert joined(parts, timedelta(minutes=10)) == (span("9:15", "9:30"), span("9:40", "9:45"))


def test_the_truth_of_a_simulated_day_is_what_its_events_say() -> None:
    """Those with priority and by appointment too; an appointment's wait begins at its hour."""
    ((day, truth),) = series(LUNCH, 3, 1)

    opening = day.plan.hours.day(day.date)
    visits = Area.of(day.plan, day.events).visits.values()
    waits = [leg_wait(visit, 0, opening, opening.closing) for visit in visits]
    stays = [max(stay.called - stay.since, timedelta()) for stay in truth.stays if stay.called]
    assert len(truth.stays) == len(visits)
    assert len(stays) == len(truth.stays) - truth.left
    assert sorted(stays) == sorted(wait.length for wait in waits if wait and wait.ended)


def test_an_alert_flaps_if_it_is_short_or_comes_again_soon() -> None:
    short, long, again, later = (
        span("9:00", "9:14"),
        span("9:30", "9:45"),
        span("9:59", "10:30"),
        span("10:45", "11:00"),
    )

    assert flaps([short]) == 1
    assert flaps([long]) == 0
    assert flaps([long, again]) == 1
    assert flaps([again, later]) == 0
    # short and soon after another counts once
    assert flaps([long, span("9:50", "9:55")]) == 1


def test_a_breach_is_announced_by_an_alert_open_from_five_minutes_before_until_it_begins() -> None:
    breach = span("10:00", "10:30")

    assert announcing(breach, [span("9:55", "10:00")]) == span("9:55", "10:00")
    assert announcing(breach, [span("9:56", "10:40")]) is None
    assert announcing(breach, [span("9:30", "9:59")]) is None
    assert announcing(breach, [span("9:30", "9:59"), span("8:30", "12:00")]) == span("8:30", "12:00")


def test_an_alert_is_in_vain_if_nothing_is_wrong_while_it_is_open_nor_soon_after() -> None:
    of = [span("10:00", "10:30")]

    assert in_vain([span("9:00", "9:44")], of, QUARTER) == 1
    assert in_vain([span("9:00", "9:44")], of, 2 * QUARTER) == 0
    assert in_vain([span("9:00", "9:45"), span("10:29", "11:00"), span("10:31", "11:00")], of, QUARTER) == 1


def test_the_lead_is_of_the_first_alert_of_a_breach_before_the_first_breach_of_the_alert() -> None:
    of = [span("10:00", "11:00"), span("11:20", "11:30"), span("14:00", "14:10")]
    alerts = [span("9:48", "10:20"), span("10:50", "11:40"), span("14:02", "14:30"), span("15:00", "15:20")]

    assert minutes(leads(alerts, of)) == [12, 30, -2]
    assert minutes(leads([span("9:48", "12:00")], of)) == [12]


def test_marks_are_per_day_with_the_error_of_days_that_go_together() -> None:
    """Two days: one of two breaches announced and two alerts, one a flap; and one breach that nobody saw."""
    days = [
        WatchedDay(
            breaches=(span("10:00", "11:00"), span("14:00", "14:30")),
            alerts=(span("9:50", "11:15"), span("14:05", "14:15")),
            seen=(span("9:50", "11:05"), span("14:05", "14:15")),
        ),
        WatchedDay(breaches=(span("9:00", "9:30"),), alerts=(), seen=()),
    ]

    found = marks(days)
    assert (found.days, found.breaches, found.missed) == (2, 3, 1)
    assert found.alerts == pytest.approx((1.0, 1.0))
    assert found.flaps == pytest.approx((0.5, 0.5))
    # 1 of 2 and 0 of 1: 1/3; off by 1/3 and -1/3, so sqrt(2 * 2/9) / 3
    assert found.announced == pytest.approx((1 / 3, sqrt(4 / 9) / 3))
    assert found.in_vain == (0.0, 0.0)
    assert minutes(list(found.leads)) == [-5, 10]
    assert (found.open_h, found.breach_h) == pytest.approx((95 / 120, 1.0))


def test_a_mean_has_the_error_of_independent_days_and_a_share_of_nobody_is_none() -> None:
    assert mean([1, 3]) == pytest.approx((2.0, 1.0))
    assert mean([2]) == (2.0, 0.0)
    assert share([0, 0], [0, 0]) is None
    assert share([1], [2]) == (0.5, 0.0)
