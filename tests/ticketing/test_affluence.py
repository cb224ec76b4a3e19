"""Quiet and busy half-hours, against the mean of a usual week that is reckoned by hand."""

from datetime import date, time, timedelta

from msgspec.structs import replace

from tests.build import HOURS, MONDAY
from tests.history import lessons
from ticketing.affluence import Stretch, affluence
from ticketing.load import Load

# half-hours: 17 is 8:30, 23 is 11:30; 26 is 13:00, of which the last quarter is open; 32 is 16:00
OPEN = (*range(17, 24), *range(26, 33))
EVEN = dict.fromkeys(OPEN, 4) | {26: 2}


def learnt(arrivals: dict[int, int], days: int = 10) -> Load:
    return Load.of(lessons(days, arrivals={"sejour": arrivals}))


def stretch(start: tuple[int, int], end: tuple[int, int], level: str) -> Stretch:
    return Stretch(time(*start), time(*end), level)  # type: ignore[arg-type]


def test_where_as_many_come_at_every_hour_none_is_quiet_or_busy() -> None:
    # 13:00 has half as many, and is open for half of it
    assert affluence(learnt(EVEN), HOURS, MONDAY) == (
        stretch((8, 30), (12, 0), "usual"),
        stretch((13, 15), (16, 30), "usual"),
    )


def test_half_hours_are_busy_or_quiet_by_a_quarter_more_or_less_than_the_mean_of_the_week() -> None:
    # 13.5 half-hours with 54 entries: 4 on average. 6 is half as many again, 2 half
    arrivals = EVEN | {17: 6, 18: 6, 31: 2, 32: 2}
    assert affluence(learnt(arrivals), HOURS, MONDAY) == (
        stretch((8, 30), (9, 30), "busy"),
        stretch((9, 30), (12, 0), "usual"),
        stretch((13, 15), (15, 30), "usual"),
        stretch((15, 30), (16, 30), "quiet"),
    )


def test_those_of_all_queues_count_together() -> None:
    arrivals = {"sejour": EVEN, "asile": {17: 40}}
    found = affluence(Load.of(lessons(10, arrivals=arrivals)), HOURS, MONDAY)
    assert found[0] == stretch((8, 30), (9, 0), "busy")


def test_hours_of_a_single_date_are_kept_to() -> None:
    hours = replace(HOURS, exceptions={MONDAY: ((time(9), time(10)),), MONDAY + timedelta(days=1): ()})
    assert affluence(learnt(EVEN), hours, MONDAY) == (stretch((9, 0), (10, 0), "usual"),)
    assert affluence(learnt(EVEN), hours, MONDAY + timedelta(days=1)) == ()


def test_of_hours_in_which_nobody_ever_came_nothing_is_told() -> None:
    sunday = MONDAY - timedelta(days=1)
    hours = replace(HOURS, exceptions={sunday: ((time(9), time(12)),)})
    assert affluence(learnt(EVEN), hours, sunday) == ()
    assert affluence(learnt(EVEN), HOURS, date(2026, 11, 11)) == ()


def test_of_fewer_days_than_two_weeks_nothing_is_told() -> None:
    assert affluence(learnt(EVEN, days=9), HOURS, MONDAY) == ()
    assert affluence(Load(), HOURS, MONDAY) == ()


def test_an_area_that_is_always_open_is_told_of_day_and_night() -> None:
    found = affluence(learnt(dict.fromkeys(range(24), 1)), replace(HOURS, weekly=None), MONDAY)
    assert found == (stretch((0, 0), (12, 0), "busy"), Stretch(time(12), time.max, "quiet"))
