"""When counters will be staffed, each rule by an example, in minutes from now."""

from collections.abc import Sequence
from math import inf

import pytest

from ticketing.counter import State
from ticketing.windows import (
    LATENESS_S,
    NEVER,
    PAUSE_S,
    Absence,
    Attendance,
    Closings,
    attendance,
    away_for,
)

MINUTE = 60.0
ALWAYS_OPEN = Closings()


def minutes(*spans: tuple[float, float]) -> list[tuple[float, float]]:
    return [(MINUTE * start, MINUTE * end) for start, end in spans]


def found(
    state: State, since: float, spans: Sequence[tuple[float, float]], closings: Closings = ALWAYS_OPEN
) -> Attendance:
    return attendance(state, MINUTE * since, minutes(*spans), closings)


def absences(one: Attendance) -> list[tuple[float, float]]:
    return [(absence.away / MINUTE, absence.back / MINUTE) for absence in one.absences]


# ---------------------------------------------------------------- as planned


@pytest.mark.parametrize("state", ["free", "called", "serving"])
def test_an_open_counter_is_there_and_goes_and_comes_as_planned(state: State) -> None:
    one = found(state, -30, [(-60, 60), (120, 300)])
    assert (one.ready, one.mean, absences(one)) == (0, 0, [(60, 120), (300, inf)])


def test_a_closed_counter_comes_at_its_next_span() -> None:
    one = found("closed", -20, [(-120, -20), (40, 200)])
    assert (one.ready, one.mean, absences(one)) == (40 * MINUTE, 0, [(200, inf)])


def test_a_closed_counter_without_another_span_does_not_come() -> None:
    assert found("closed", -20, [(-120, -20)]) == NEVER
    assert found("closed", -20, []) == NEVER


def test_a_counter_in_its_break_comes_back_at_the_end_of_it() -> None:
    one = found("paused", -5, [(-120, -5), (10, 200)])
    assert (one.ready, one.mean) == (10 * MINUTE, 0)


# ---------------------------------------------------------------- otherwise than planned


def test_a_counter_that_should_be_there_is_late_and_may_come_any_moment() -> None:
    one = found("closed", -inf, [(-5, 100)])
    assert (one.ready, one.mean, absences(one)) == (0, LATENESS_S, [(100, inf)])


def test_the_later_a_counter_is_the_less_soon_it_will_come() -> None:
    assert found("closed", -inf, [(-90, 100)]).mean == 90 * MINUTE


def test_a_counter_that_closed_soon_after_it_should_have_begun_is_only_late() -> None:
    assert found("closed", -35, [(-40, 100), (200, 300)]).ready == 0


def test_a_counter_that_closed_well_after_it_should_have_begun_was_sent_home() -> None:
    assert found("closed", -25, [(-40, 100), (200, 300)]).ready == 200 * MINUTE


def test_a_counter_that_lingers_at_its_break_is_about_to_take_it() -> None:
    one = found("serving", -60, [(-90, -10), (20, 100)])
    assert (one.ready, absences(one)) == (0, [(-10, 20), (100, inf)])


def test_a_counter_that_went_on_long_after_its_break_began_has_other_orders() -> None:
    assert absences(found("free", -60, [(-90, -16), (20, 100)])) == [(100, inf)]


def test_a_counter_opened_though_nothing_was_planned_stays_until_its_plan_says_something_else() -> None:
    assert absences(found("free", -1, [(60, 120), (180, 240)])) == [(120, 180), (240, inf)]


def test_a_counter_opened_without_any_plan_stays_until_the_area_closes() -> None:
    closings = Closings(((-60 * MINUTE, 0.0), (120 * MINUTE, inf)), (False, True))
    assert absences(found("free", -1, [], closings)) == [(120, inf)]


def test_a_counter_opened_without_any_plan_where_nothing_closes_stays() -> None:
    assert absences(found("free", -1, [])) == [(inf, inf)]


def test_a_pause_that_nothing_planned_ends_after_some_time() -> None:
    one = found("paused", -3, [(-60, 60), (120, 300)])
    assert (one.ready, one.mean, absences(one)) == (0, PAUSE_S, [(60, 120), (300, inf)])


def test_a_pause_shortly_before_a_break_is_that_break_begun_early() -> None:
    one = found("paused", -3, [(-60, 10), (70, 300)])
    assert (one.ready, one.mean, absences(one)) == (70 * MINUTE, 0, [(300, inf)])


def test_a_pause_before_a_short_break_is_that_break_taken_when_it_suits() -> None:
    one = found("paused", -3, [(-60, 25), (40, 300)])
    assert (one.ready, one.mean, absences(one)) == (0, PAUSE_S, [(300, inf)])


def test_a_pause_before_a_long_break_is_another_one() -> None:
    one = found("paused", -3, [(-60, 25), (85, 300)])
    assert absences(one) == [(25, 85), (300, inf)]


def test_a_pause_shortly_before_the_end_of_the_day_is_no_break_begun_early() -> None:
    one = found("paused", -3, [(-60, 10)])
    assert (one.mean, absences(one)) == (PAUSE_S, [(10, inf)])


# ---------------------------------------------------------------- when the area closes

NOON_AND_FIVE = ((60 * MINUTE, 120 * MINUTE), (360 * MINUTE, inf))


@pytest.mark.parametrize(("finishing", "expected"), [(True, [True, True]), (False, [False, True])])
def test_who_ends_when_the_area_closes_serves_those_in_line_first_where_that_is_the_custom(
    finishing: bool, expected: list[bool]
) -> None:
    one = found("free", -30, [(-60, 60), (120, 355)], Closings(NOON_AND_FIVE, (finishing, True)))
    assert [absence.stays for absence in one.absences] == expected


def test_who_ends_well_before_the_area_closes_does_not_stay_for_those_in_line() -> None:
    one = found("free", -30, [(-60, 45), (120, 300)], Closings(NOON_AND_FIVE, (True, True)))
    assert [absence.stays for absence in one.absences] == [False, False]


def test_who_lingers_after_the_area_has_closed_is_there_for_those_in_line() -> None:
    closings = Closings(((-5 * MINUTE, inf),), (True,))
    assert found("serving", -60, [(-300, -5)], closings).absences == (Absence(-5 * MINUTE, inf, stays=True),)


# ---------------------------------------------------------------- changed by hand


def gone(minutes_away: float, *spans: tuple[float, float]) -> Attendance:
    return away_for(MINUTE * minutes_away, minutes(*spans), ALWAYS_OPEN)


def test_a_counter_sent_away_for_some_time_comes_back_after_it() -> None:
    one = gone(20, (-60, 60), (120, 300))
    assert (one.ready / MINUTE, absences(one)) == (20, [(60, 120), (300, inf)])


def test_a_counter_sent_away_until_further_notice_comes_back_at_its_next_span() -> None:
    one = gone(inf, (-60, 60), (120, 300))
    assert (one.ready / MINUTE, absences(one)) == (120, [(300, inf)])
    assert gone(inf, (-60, 60)) == NEVER


def test_a_counter_sent_away_into_its_break_comes_back_after_the_break() -> None:
    assert gone(80, (-60, 60), (120, 300)).ready == 120 * MINUTE


def test_a_counter_sent_away_beyond_its_break_does_not_come_back_before_its_time() -> None:
    one = gone(150, (-60, 60), (120, 300))
    assert (one.ready / MINUTE, absences(one)) == (150, [(300, inf)])


def test_a_counter_sent_away_for_longer_than_it_would_have_been_there_does_not_come_back() -> None:
    assert gone(400, (-60, 60), (120, 300)) == NEVER
