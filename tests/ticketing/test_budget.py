"""The month's budget of late customers, and how fast it is spent."""

from datetime import date, timedelta
from math import sqrt

import pytest
from msgspec.structs import replace

from tests.build import (
    CALL_COMMITMENT,
    HOURS,
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    issued,
    lost,
    queued,
)
from ticketing.area import Area
from ticketing.budget import Budget, Burn, Verdict, budget, expected, opened_since, verdicts, wilson
from ticketing.live import figures

DAY = HOURS.day(MONDAY)


def test_a_ticket_called_in_time_is_known_at_its_call_and_a_late_one_when_its_time_is_up() -> None:
    area = Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:10"), issued("A2", "9:00"), called("A2", "9:40")])
    assert verdicts(area, DAY) == {"sejour": (Verdict(at("9:10"), late=False), Verdict(at("9:15"), late=True))}


def test_somebody_still_in_line_is_late_once_their_time_is_up_and_before_that_nothing() -> None:
    area = Area.of(SUD, [issued("A1", "9:00")])
    assert verdicts(area, DAY, at("9:14")) == {}
    assert verdicts(area, DAY, at("9:16")) == {"sejour": (Verdict(at("9:15"), late=True),)}


def test_before_opening_nobody_waits() -> None:
    area = Area.of(SUD, [issued("A1", "8:00"), called("A1", "8:44")])
    assert verdicts(area, DAY) == {"sejour": (Verdict(at("8:44"), late=False),)}


def test_whoever_left_early_and_whatever_was_cancelled_says_nothing() -> None:
    area = Area.of(SUD, [issued("A1", "9:00"), abandoned("A1", "9:05"), issued("A2", "9:00"), cancelled("A2", "9:30")])
    assert verdicts(area, DAY) == {}


def test_calls_are_judged_where_a_share_is_promised_in_time() -> None:
    plan = replace(STANDARD, commitments=(CALL_COMMITMENT,))
    events = [queued("C1", "9:00"), answered("C1", "9:00:10"), queued("C2", "9:01"), lost("C2", "9:01:40")]
    events += [queued("C3", "7:00"), answered("C3", "7:05")]
    found = verdicts(Area.of(plan, events), DAY)
    assert found == {"operateurs": (Verdict(at("9:00:10"), late=False), Verdict(at("9:01:20"), late=True))}
    without = replace(STANDARD, commitments=(replace(CALL_COMMITMENT, share=None),))
    assert verdicts(Area.of(without, events), DAY) == {}


def test_on_a_day_without_opening_hours_there_is_nothing_to_judge() -> None:
    closed = HOURS.day(MONDAY - timedelta(days=1))
    assert verdicts(Area.of(SUD, [issued("A1", "9:00")]), closed) == {}


def test_the_verdicts_of_a_day_are_those_of_its_service_level() -> None:
    events = [issued(f"A{n}", f"9:{n:02}") for n in range(40)]
    events += [called(f"A{n}", f"9:{min(59, n + 3 * (n % 8)):02}") for n in range(0, 40, 2)]
    area = Area.of(SUD, events)
    level = figures(area, at("12:30")).queues[0].promised
    assert level
    found = verdicts(area, DAY, at("12:30"))["sejour"]
    assert (len(found), sum(not one.late for one in found)) == (level.of, level.within)


@pytest.mark.parametrize(
    ("now", "lasting", "since"),
    [
        ("10:00", 60, at("9:00")),
        ("9:00", 60, at("16:00", MONDAY - timedelta(days=3))),  # half an hour of Friday
        ("13:45", 60, at("11:30")),  # the break at noon does not count
        ("20:00", 30, at("16:00")),
        ("7:00", 30, at("16:00", MONDAY - timedelta(days=3))),
    ],
)
def test_a_while_of_open_time_leaves_out_nights_and_breaks(now: str, lasting: int, since: object) -> None:
    assert opened_since(HOURS, at(now), timedelta(minutes=lasting)) == since


def test_a_month_is_expected_by_what_its_open_days_are_wont_to_bring() -> None:
    # in the weeks before: Mondays 30, other days 10; November 2026 has 20 working days, 5 of them Mondays
    past = {}
    for back in range(1, 29):
        day = MONDAY - timedelta(days=back)
        if day.weekday() < 5 and day != date(2026, 11, 11):
            many = 30 if day.weekday() == 0 else 10
            past[day] = {"sejour": (Verdict(at("9:00", day), late=False),) * many}
    assert expected(past, SUD, "sejour", MONDAY) == 5 * 30 + 15 * 10
    assert expected({}, SUD, "sejour", MONDAY) is None


def test_the_budget_is_what_may_be_late_of_a_month_and_its_first_days_have_spent_some() -> None:
    day = date(2026, 11, 2)
    past = {day: {"sejour": (Verdict(at("9:00", day), late=True),) * 2 + (Verdict(at("9:00", day), late=False),) * 18}}
    today = (Verdict(at("9:15"), late=True),)
    month = budget(past, today, SUD, "sejour", MONDAY)
    assert month
    assert month.allowed == pytest.approx(0.05 * 20 * 20)
    assert month.late == 3


def burn(late: int, of: int) -> bool:
    return Burn(late=late, of=of).exceeds(Budget(expected=1000, late=0, share=0.8), 0.02, 8)


def test_a_part_of_the_budget_is_spent_and_not_by_chance() -> None:
    # 200 may be late: a fiftieth is 4; the bound of 4 of 8 is 0.29, that of 4 of 16 is 0.14
    assert burn(4, 8)
    assert not burn(3, 8)
    assert not burn(4, 16)
    assert not burn(4, 7)


def test_wilsons_bounds_are_the_roots_of_his_equation() -> None:
    for count, of in ((0, 10), (3, 10), (10, 10), (137, 2000)):
        share = count / of
        for bound in wilson(count, of):
            # |share - p| = z sqrt(p (1 - p) / n), but where the bound is that of all shares
            if 0 < bound < 1:
                assert abs(share - bound) == pytest.approx(1.2815515655446 * sqrt(bound * (1 - bound) / of), abs=1e-8)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_known_interval_of_newcombe() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263, two-sided 95 %
    low, high = wilson(81, 263, z=1.959963984540054)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
