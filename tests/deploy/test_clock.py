"""The demonstration's clock: fast by day, and straight to the next working morning."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.clock import EVENING, MORNING, DemoClock

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)
SATURDAY = 5
CLOSE = timedelta(microseconds=400)

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
starts = st.builds(lambda day, at: datetime.combine(day, at, PARIS), days, st.times())
open_hours = st.builds(
    lambda day, at_s: datetime.combine(day, MORNING, PARIS) + timedelta(seconds=at_s),
    days.filter(lambda day: day.weekday() < SATURDAY),
    st.floats(0, 34_499),
)
speeds = st.floats(0.5, 5_000)


def weekdays(day: date) -> bool:
    return day.weekday() < SATURDAY


class Stopwatch:
    """A monotonic source that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def clock_at(start: datetime, speed: float) -> tuple[DemoClock, Stopwatch]:
    stopwatch = Stopwatch()
    return DemoClock(start, speed, weekdays, PARIS, stopwatch), stopwatch


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def test_a_second_is_a_minute_at_speed_60() -> None:
    clock, stopwatch = clock_at(at(MONDAY, 9), 60)
    stopwatch.now += 15
    assert clock() == at(MONDAY, 9, 15)


def test_the_evening_is_followed_by_the_morning_of_the_next_day() -> None:
    clock, stopwatch = clock_at(at(MONDAY, 17, 44), 60)
    stopwatch.now += 1
    assert clock() == at(MONDAY + timedelta(days=1), 8, 10)
    stopwatch.now += 5
    assert clock() == at(MONDAY + timedelta(days=1), 8, 15)


def test_the_weekend_is_skipped() -> None:
    clock, stopwatch = clock_at(at(date(2026, 11, 27), 17, 40), 60)
    stopwatch.now += 10
    assert clock() == at(date(2026, 11, 30), 8, 15)


def test_the_change_to_winter_time_moves_no_morning() -> None:
    clock, stopwatch = clock_at(at(date(2026, 10, 23), 17, 44), 60)
    stopwatch.now += 1
    shown = clock()
    assert shown == at(date(2026, 10, 26), 8, 10)
    assert shown.utcoffset() == timedelta(hours=1)


def test_a_start_after_the_evening_begins_the_next_working_morning() -> None:
    clock, _ = clock_at(at(MONDAY, 21), 60)
    assert clock() == at(MONDAY + timedelta(days=1), 8, 10)


def test_an_instant_in_the_night_is_reached_with_the_jump() -> None:
    clock, stopwatch = clock_at(at(MONDAY, 17, 35), 60)
    assert clock.until(at(MONDAY, 23)) == 10
    assert clock.until(at(MONDAY + timedelta(days=1), 8, 10)) == 10
    assert clock.until(at(MONDAY + timedelta(days=1), 8, 20)) == 20
    stopwatch.now += 10
    assert clock.until(at(MONDAY, 23)) == 0


def test_the_past_is_not_waited_for() -> None:
    clock, _ = clock_at(at(MONDAY, 9), 60)
    assert clock.until(at(MONDAY, 8)) == 0
    assert clock.until(at(MONDAY, 9)) == 0


def test_a_start_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        clock_at(datetime(2026, 11, 23, 9), 60)  # noqa: DTZ001 - what is refused


def test_a_speed_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        clock_at(at(MONDAY, 9), 0)


def test_a_place_that_never_works_is_refused() -> None:
    clock = DemoClock(at(MONDAY, 18), 60, lambda _: False, PARIS, Stopwatch())
    with pytest.raises(ValueError, match="no working day"):
        clock()


@given(starts, speeds, st.lists(st.floats(0, 10_000), min_size=2, max_size=20))
def test_the_clock_never_goes_back(start: datetime, speed: float, steps: list[float]) -> None:
    clock, stopwatch = clock_at(start, speed)
    shown = [clock().astimezone(UTC)]
    for step in steps:
        stopwatch.now += min(step, 2_000_000 / speed)
        shown.append(clock().astimezone(UTC))
    assert all(earlier <= later for earlier, later in pairwise(shown))


@given(open_hours, speeds, st.floats(0, 3_000_000))
def test_only_working_hours_are_shown(start: datetime, speed: float, simulated_s: float) -> None:
    clock, stopwatch = clock_at(start, speed)
    stopwatch.now += simulated_s / speed
    shown = clock()
    assert weekdays(shown.date())
    assert MORNING <= shown.time() <= EVENING


@given(starts, speeds, st.lists(st.floats(0, 50_000), max_size=10))
def test_looking_at_the_clock_changes_nothing(start: datetime, speed: float, steps: list[float]) -> None:
    looked_at, stopwatch = clock_at(start, speed)
    other, other_stopwatch = clock_at(start, speed)
    for step in steps:
        stopwatch.now += step / speed
        looked_at()
    other_stopwatch.now = stopwatch.now
    assert looked_at() == other()


@given(open_hours, speeds, st.floats(0, 1_000_000), st.timedeltas(timedelta(), timedelta(days=20)))
def test_after_the_wait_the_clock_shows_the_instant_or_has_jumped_over_it(
    start: datetime, speed: float, simulated_s: float, ahead: timedelta
) -> None:
    clock, stopwatch = clock_at(start, speed)
    stopwatch.now += simulated_s / speed
    wanted = (clock().astimezone(UTC) + ahead).astimezone(PARIS)
    wait_s = clock.until(wanted)
    assert wait_s >= 0
    stopwatch.now += wait_s
    early = clock()
    stopwatch.now += 1e-4 / speed
    shown = clock()
    assert shown >= wanted
    if weekdays(wanted.date()) and MORNING <= wanted.time() < EVENING:
        assert abs(shown - wanted) <= CLOSE
    else:
        assert shown.time() < time(8, 10, 1)
        assert early <= wanted or early.time() < time(8, 10, 1)
