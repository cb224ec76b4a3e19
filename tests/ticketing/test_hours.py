"""When an area is open, and where a wait clock starts."""

from datetime import date, datetime, time, timedelta

import holidays
import pytest

from tests.build import HOURS, MONDAY, PARIS, at
from ticketing.hours import Hours


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [("8:29:59", False), ("8:30", True), ("11:59:59", True), ("12:00", False), ("13:15", True), ("16:30", False)],
)
def test_a_day_is_open_from_the_first_instant_of_a_span_to_before_its_last(clock: str, is_open: bool) -> None:
    assert HOURS.day(MONDAY).is_open(at(clock)) is is_open


@pytest.mark.parametrize(
    ("arrived", "start"),
    [("8:10", "8:30"), ("9:00", "9:00"), ("11:50", "11:50"), ("12:30", "13:15"), ("16:40", "16:40")],
)
def test_the_clock_starts_at_the_later_of_arrival_and_opening(arrived: str, start: str) -> None:
    assert HOURS.day(MONDAY).clock_start(at(arrived)) == at(start)


def test_weekends_and_holidays_are_closed() -> None:
    assert HOURS.day(date(2026, 11, 22)).spans == ()
    assert HOURS.day(date(2026, 11, 11)).spans == ()


def test_a_dated_exception_goes_before_the_week_and_before_a_holiday() -> None:
    hours = Hours(
        zone=PARIS,
        weekly={day: ((time(9), time(17)),) for day in range(5)},
        holidays=frozenset({date(2026, 11, 11)}),
        exceptions={date(2026, 11, 11): ((time(9), time(12)),), MONDAY: ()},
    )
    assert hours.day(date(2026, 11, 11)).is_open(datetime(2026, 11, 11, 10, tzinfo=PARIS))
    assert not hours.day(MONDAY).is_open(at("10:00"))


def test_without_hours_an_area_is_always_open() -> None:
    day = Hours(zone=PARIS).day(MONDAY)
    assert day.is_open(at("0:00"))
    assert day.is_open(at("23:59:59"))
    assert day.clock_start(at("3:00")) == at("3:00")


def test_hours_are_wall_clock_hours_on_both_sides_of_a_clock_change() -> None:
    hours = Hours(zone=PARIS, weekly={6: ((time(9), time(12)),)})
    spring = hours.day(date(2026, 3, 29)).spans[0][0]
    autumn = hours.day(date(2026, 10, 25)).spans[0][0]
    assert (spring.utcoffset(), autumn.utcoffset()) == (
        timedelta(hours=2),
        timedelta(hours=1),
    )


def test_the_day_of_an_instant_is_the_day_in_the_areas_zone() -> None:
    assert HOURS.day_at(datetime.fromisoformat("2026-11-22T23:30:00+00:00")).date == MONDAY


def test_france_has_eleven_public_holidays() -> None:
    assert len(holidays.country_holidays("FR", years=2026)) == 11


@pytest.mark.parametrize(
    ("since", "minutes", "passed"),
    [
        ("9:00", 10, "9:10"),
        ("11:50", 10, "12:00"),
        ("11:55", 10, "13:20"),
        ("12:30", 10, "13:25"),
        ("8:00", 10, "8:10"),
        ("16:25", 10, "16:35"),
    ],
)
def test_the_break_between_two_spans_is_left_out_of_a_time_that_passes(since: str, minutes: int, passed: str) -> None:
    assert HOURS.day(MONDAY).after(at(since), timedelta(minutes=minutes)) == at(passed)


def test_the_last_span_closes_the_day_and_midnight_does_where_there_is_none() -> None:
    assert HOURS.day(MONDAY).closing == at("16:30")
    sunday = HOURS.day(date(2026, 11, 22))
    assert (sunday.closing, sunday.end) == (at("0:00"), at("0:00"))
    assert sunday.in_utc().end == at("0:00")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at("8:29:59"), at("8:30")),
        (at("8:30"), at("13:15")),
        (at("12:30"), at("13:15")),
        (at("13:15"), at("8:30", date(2026, 11, 24))),
        (at("18:00", date(2026, 11, 27)), at("8:30", date(2026, 11, 30))),
        (at("18:00", date(2026, 11, 10)), at("8:30", date(2026, 11, 12))),
    ],
    ids=["before", "at opening", "at noon", "after noon", "over a weekend", "over a holiday"],
)
def test_the_next_opening_is_the_first_after_an_instant(now: datetime, opens: datetime) -> None:
    assert HOURS.opening_after(now) == opens


def test_what_never_opens_has_no_next_opening() -> None:
    assert Hours(zone=PARIS, weekly={}).opening_after(at("9:00")) is None
