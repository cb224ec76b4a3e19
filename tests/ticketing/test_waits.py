"""The named formulas, on cases counted by hand."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import CALL_COMMITMENT, HALL_COMMITMENT, HOURS, MONDAY, abandoned, at, called, issued, transferred
from ticketing.visit import Visit
from ticketing.waits import Survival, Wait, hall_service_level, leg_wait, mean, quantile, telephone_service_levels

DAY = HOURS.day(MONDAY)


def seconds(number: float, ended: bool = True) -> Wait:
    return Wait(timedelta(seconds=number), ended)


def minutes(number: float, ended: bool = True) -> Wait:
    return seconds(60 * number, ended)


def wait_at(visit: Visit, clock: str, leg: int = 0) -> Wait | None:
    return leg_wait(visit, leg, DAY, at(clock))


def test_the_wait_of_an_early_bird_starts_at_the_opening() -> None:
    assert wait_at(Visit.of([issued("A1", "8:10"), called("A1", "8:40")]), "9:00") == minutes(10)


def test_somebody_called_before_the_opening_has_waited_nothing() -> None:
    assert wait_at(Visit.of([issued("A1", "8:10"), called("A1", "8:20")]), "9:00") == minutes(0)


def test_an_appointment_starts_the_clock_unless_its_customer_is_late() -> None:
    early = Visit.of([issued("A1", "9:00", appointment="9:30"), called("A1", "9:35")])
    late = Visit.of([issued("A1", "9:40", appointment="9:30"), called("A1", "9:45")])
    assert (wait_at(early, "10:00"), wait_at(late, "10:00")) == (minutes(5), minutes(5))


def test_an_appointment_of_another_day_is_none() -> None:
    life = [issued("A1", "9:00", appointment="9:30"), called("A1", "9:05")]
    for sentinel in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00"):
        visit = replace(Visit.of(life), appointment_at=datetime.fromisoformat(sentinel))
        assert wait_at(visit, "10:00") == minutes(5)


def test_somebody_in_line_has_waited_so_far() -> None:
    assert wait_at(Visit.of([issued("A1", "9:00")]), "9:12") == minutes(12, ended=False)


def test_somebody_gone_waited_until_then() -> None:
    assert wait_at(Visit.of([issued("A1", "9:00"), abandoned("A1", "9:07")]), "10:00") == minutes(7, ended=False)


def test_a_later_leg_waits_from_its_own_beginning() -> None:
    visit = Visit.of(
        [issued("A1", "8:10"), called("A1", "8:12"), transferred("A1", "8:15", "asile"), called("A1", "8:45")]
    )
    assert wait_at(visit, "9:00", leg=1) == minutes(30)


def test_an_unknown_arrival_is_in_no_wait() -> None:
    assert wait_at(Visit.of([called("A1", "9:05")]), "9:30") is None


def test_no_shows_count_in_the_hall_and_who_left_early_is_not_known() -> None:
    level = hall_service_level(
        [minutes(5), minutes(15), minutes(16), minutes(20, ended=False), minutes(3, ended=False)], HALL_COMMITMENT
    )
    assert (level.formula, level.within, level.of, level.value) == ("hall", 2, 4, 0.5)
    assert (level.target, level.within_s, level.provenance) == (0.95, 900, "charte - à confirmer")


def test_with_nobody_there_is_no_service_level() -> None:
    assert hall_service_level([], HALL_COMMITMENT).value is None
    assert [level.value for level in telephone_service_levels([], [], CALL_COMMITMENT)] == [None, None]


def test_telephone_formulas_on_the_case_that_tells_them_apart() -> None:
    """300 answered, 200 of them within 20 s; 100 abandoned, 50 of them within 10 s and 70 within 20 s.

    Other names on the same calls: of those answered 66.67 %, leaving out who gave up within 10 s 57.14 %, giving up
    within 20 s taken for an answer 67.50 %.
    """
    answered = [seconds(10)] * 200 + [seconds(60)] * 100
    waits = [*answered, *[seconds(5, False)] * 50, *[seconds(15, False)] * 20, *[seconds(90, False)] * 30]
    by_c, by_b = telephone_service_levels(waits, [], CALL_COMMITMENT)
    assert (by_c.formula, by_c.within, by_c.of, by_c.value) == ("C", 200, 330, 0.6061)
    assert (by_b.formula, by_b.within, by_b.of, by_b.value) == ("B", 200, 400, 0.5)


def test_a_queue_where_everybody_gives_up_late_reads_zero() -> None:
    levels = telephone_service_levels([seconds(200, False)] * 9, [], CALL_COMMITMENT)
    assert [level.value for level in levels] == [0.0, 0.0]


def test_a_caller_in_line_counts_once_beyond_the_limit() -> None:
    levels = telephone_service_levels([seconds(10)], [seconds(5, False), seconds(21, False)], CALL_COMMITMENT)
    assert [(level.within, level.of) for level in levels] == [(1, 2), (1, 2)]


waits = st.builds(Wait, st.timedeltas(timedelta(), timedelta(hours=3)), st.booleans())


@given(st.lists(waits), st.lists(waits))
def test_a_service_level_is_a_share(ended: list[Wait], in_line: list[Wait]) -> None:
    levels = [hall_service_level(ended, HALL_COMMITMENT), *telephone_service_levels(ended, in_line, CALL_COMMITMENT)]
    assert all(level.value is None or 0 <= level.value <= 1 for level in levels)
    assert all(level.within <= level.of for level in levels)


@given(st.lists(st.builds(minutes, st.integers(0, 60)), min_size=1), st.integers(0, 60), st.integers(0, 60))
def test_a_service_level_of_called_tickets_grows_with_its_limit(called_waits: list[Wait], one: int, other: int) -> None:
    short, long = sorted((timedelta(minutes=one), timedelta(minutes=other)))
    at_short = hall_service_level(called_waits, replace(HALL_COMMITMENT, within=short)).value
    at_long = hall_service_level(called_waits, replace(HALL_COMMITMENT, within=long)).value
    assert at_short is not None
    assert at_long is not None
    assert at_short <= at_long


def test_quantiles_interpolate_between_order_statistics() -> None:
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    assert quantile([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9) == pytest.approx(91)
    assert quantile([7], 0.9) == 7
    assert quantile([], 0.9) is None


def test_the_mean_of_nothing_is_not_known() -> None:
    assert mean([]) is None
    assert mean([1, 2]) == 1.5


def test_who_gave_up_is_not_taken_for_somebody_answered() -> None:
    """Six callers by hand: answered at 1, 3, 4; gave up at 2, 2 and 5. S: 5/6 after 1, 5/9 after 3, 5/18 after 4."""
    survival = Survival.of(
        [seconds(1), seconds(2, False), seconds(2, False), seconds(3), seconds(4), seconds(5, False)]
    )
    assert [share for _, share in survival.steps] == pytest.approx([5 / 6, 5 / 9, 5 / 18])
    by_hand = 1 + Fraction(5, 6) * 2 + Fraction(5, 9) * 1 + Fraction(5, 18) * 1
    assert survival.mean == pytest.approx(float(by_hand))
    assert survival.quantile(0.5) == 4
    assert survival.quantile(0.9) is None


def test_when_all_are_answered_survival_gives_the_plain_mean() -> None:
    survival = Survival.of([seconds(2), seconds(4), seconds(9)])
    assert survival.mean == pytest.approx(5)
    assert survival.quantile(0.9) == 9


def test_without_an_answer_nobody_knows_the_wait() -> None:
    survival = Survival.of([seconds(2, False)])
    assert (survival.mean, survival.quantile(0.5)) == (None, None)
