"""Rates and waits of the telephone in a month, by the names of their formulas and reckoned by hand."""

from datetime import date, timedelta

import pytest

from tests.build import STANDARD, answered, at, hung_up, informed, lost, overflowed, queued, received
from tests.months import area, on
from ticketing.events import Event
from ticketing.totals import CallTotals, share

TUESDAY = date(2026, 11, 24)


def whole(*events: Event, queue: str | None = None) -> CallTotals:
    found = area(*events, plan=STANDARD).cut(queue)
    assert isinstance(found, CallTotals)
    return found


def many(first: int, number: int, seconds: int, *, taken: bool) -> list[Event]:
    """Calls that came at nine, all answered or all lost after so many seconds."""
    end = f"{at('9:00') + timedelta(seconds=seconds):%H:%M:%S}"
    return [
        event
        for n in range(first, first + number)
        for event in (queued(f"C{n}", "9:00"), answered(f"C{n}", end) if taken else lost(f"C{n}", end))
    ]


def test_service_levels_of_the_telephone_have_their_names() -> None:
    """300 answered, of which 200 within 20 s; 100 gone, of which 50 under 10 s and 70 under 20 s."""
    calls = [
        *(*many(0, 200, 15, taken=True), *many(200, 100, 30, taken=True)),
        *(*many(300, 50, 5, taken=False), *many(350, 20, 15, taken=False), *many(370, 30, 40, taken=False)),
    ]
    found = whole(*calls)
    assert (found.offered, found.answered, found.lost, found.judged, found.within) == (400, 300, 100, 400, 200)
    assert found.short == 70
    assert (found.service_level_b, found.service_level_c) == (0.5, 0.6061)
    assert (found.answer_rate_agent, found.lost_rate) == (0.75, 0.25)


def test_both_answer_rates_stand_side_by_side() -> None:
    found = whole(
        *(received("C1", "9:00"), queued("C1", "9:01"), answered("C1", "9:01:10"), hung_up("C1", "9:05")),
        *(received("C2", "9:00"), queued("C2", "9:01"), lost("C2", "9:02")),
        *(received("C3", "9:00"), informed("C3", "9:00:30"), hung_up("C3", "9:00:40")),
        *(received("C4", "9:00"), hung_up("C4", "9:00:10")),
        *on(TUESDAY, received("C5", "7:00"), queued("C5", "7:00"), lost("C5", "7:01")),
    )
    assert (found.received, found.informed, found.off_hours) == (4, 1, 1)
    assert (found.offered, found.answered, found.lost) == (2, 1, 1)
    # one of the two that asked for an agent; that one and the one informed, of the four within hours
    assert (found.answer_rate_agent, found.answer_rate_global) == (0.5, 0.5)


def test_what_only_an_area_knows_is_told_of_no_queue() -> None:
    found = whole(received("C1", "9:00"), queued("C1", "9:01"), answered("C1", "9:02"), queue="operateurs")
    assert found.received is found.informed is found.in_voice_server is found.off_hours is None
    assert found.cancelled is found.answer_rate_global is None


def test_where_nobody_was_answered_the_levels_are_0_and_no_wait_is_known() -> None:
    found = whole(*many(0, 4, 60, taken=False))
    assert (found.service_level_b, found.service_level_c, found.answer_rate_agent) == (0.0, 0.0, 0.0)
    assert (found.lost_rate, found.wait_n) == (1.0, 4)
    assert found.wait_mean_s is found.wait_median_s is found.speed_of_answer_s is found.talk_mean_s is None


def test_who_all_left_at_once_are_in_no_denominator_of_c() -> None:
    found = whole(*many(0, 4, 5, taken=False))
    assert (found.service_level_b, found.service_level_c) == (0.0, None)


def test_waits_of_callers_are_those_they_would_have_had() -> None:
    """Answered after 10, 20 and 40 s, gone after 15 and 30 s.

    By Kaplan-Meier 4/5 wait longer than 10 s, 4/5 of 2/3 longer than 20 s, nobody longer than 40 s: on the mean
    10 + 10 * 4/5 + 20 * 8/15 seconds.
    """
    found = whole(
        *(*many(0, 1, 10, taken=True), *many(1, 1, 20, taken=True), *many(2, 1, 40, taken=True)),
        *(*many(3, 1, 15, taken=False), *many(4, 1, 30, taken=False)),
    )
    assert found.wait_n == 5
    assert found.wait_mean_s == pytest.approx(28.667, abs=0.05)
    assert (found.wait_median_s, found.wait_p90_s, found.wait_max_s) == (40.0, 40.0, 40.0)
    # of those answered alone
    assert found.speed_of_answer_s == 23.3


def test_talks_and_overflows_of_several_days_add_up() -> None:
    found = whole(
        *(queued("C1", "9:00"), answered("C1", "9:00:10"), hung_up("C1", "9:02:10")),
        *on(TUESDAY, queued("C2", "9:00"), answered("C2", "9:00:10"), hung_up("C2", "9:05:10")),
        *on(TUESDAY, queued("C3", "9:00"), overflowed("C3", "9:01")),
    )
    assert (found.talk_n, found.talk_mean_s, found.talk_max_s) == (2, 210.0, 300.0)
    # nobody answered the one that overflowed
    assert (found.overflowed, found.offered, found.answered, found.lost) == (1, 3, 2, 1)


@pytest.mark.parametrize(
    ("part", "of", "expected"), [(1, 3, 0.3333), (2, 3, 0.6667), (0, 5, 0.0), (5, 5, 1.0), (0, 0, None)]
)
def test_a_share_has_four_digits_and_there_is_none_of_nobody(part: int, of: int, expected: float | None) -> None:
    assert share(part, of) == expected
