"""Clocks of devices: distrusted, measured from heartbeats, corrected where they are off, and never believed blindly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.clocks import TOLERANCE, Clock, believed
from collector.messages import Record
from tests.build import at
from tests.collector.words import record

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OLDEST = timedelta(hours=48)
YEAR = timedelta(days=366)


def told(offset: timedelta, *heard: str, clock: Clock | None = None) -> Clock:
    """The clock of a device that is `offset` behind ours, after heartbeats that we heard at these times."""
    clock = clock or Clock()
    for one in heard:
        clock = clock.after(at(one) - offset, at(one))
    return clock


def sent(time: datetime, received: datetime) -> Record:
    return Record(
        site="aube", area="sud", device="borne-1", id="e", type="ticket.abandoned", time=time, at=time,
        received=received, sequence=None, data='{"ticket":"E042"}',
    )  # fmt: skip


def test_a_clock_that_is_off_by_five_seconds_is_left_alone_and_one_that_is_off_by_more_is_corrected() -> None:
    assert told(5 * SECOND, "9:00", "9:00:30").offset(at("9:01")) == timedelta()
    assert told(6 * SECOND, "9:00", "9:00:30").offset(at("9:01")) == 6 * SECOND
    assert told(-6 * SECOND, "9:00", "9:00:30").offset(at("9:01")) == -6 * SECOND


def test_the_correction_is_kept_beside_the_time_that_the_device_told() -> None:
    clock = told(10 * MINUTE, "9:00", "9:00:30")
    found = believed(sent(at("8:55"), received=at("9:05:01")), clock, OLDEST)
    assert (found.time, found.at, found.clock, found.correction) == (at("8:55"), at("9:05"), "corrected", 10 * MINUTE)


def test_one_heartbeat_alone_proves_nothing_and_two_that_agree_do() -> None:
    clock = told(10 * MINUTE, "9:00")
    assert clock.offset(at("8:50")) == timedelta()
    assert told(10 * MINUTE, "9:00:30", clock=clock).offset(at("8:50")) == 10 * MINUTE


def test_a_heartbeat_that_was_slow_on_its_way_changes_nothing() -> None:
    clock = told(timedelta(), "9:00", "9:00:30")
    slow = clock.after(at("9:01"), at("9:01:40"))
    assert slow.offset(at("9:01:30")) == timedelta()
    assert told(timedelta(), "9:02", clock=slow).doubted is None


def test_of_heartbeats_that_agree_the_quickest_is_believed() -> None:
    clock = Clock()
    for told_at, heard in [("9:00", "9:10:00.9"), ("9:00:30", "9:10:30.2"), ("9:01", "9:11:04")]:
        clock = clock.after(at(told_at), at(heard))
    assert timedelta(minutes=10, seconds=0.2) <= clock.offset(at("9:01")) < timedelta(minutes=10, seconds=1)


def test_a_clock_that_loses_time_is_followed() -> None:
    clock, heard = Clock(), at("9:00")
    for number in range(200):
        heard += 30 * SECOND
        clock = clock.after(heard - number * SECOND / 10, heard)
    assert abs(clock.offset(heard) - 19.9 * SECOND) < 2 * SECOND


def test_a_clock_that_jumps_is_corrected_from_the_second_heartbeat_on_and_events_of_before_keep_their_correction() -> (
    None
):
    """The offices of Warsaw, whose last two days of 2019 carried the year 2020."""
    clock = told(timedelta(), "9:00", "9:30")
    clock = told(-YEAR, "9:31", "9:31:30", clock=clock)
    assert clock.offset(at("9:32") + YEAR) == -YEAR
    assert clock.offset(at("9:15")) == timedelta()
    back = told(timedelta(), "9:40", "9:40:30", clock=clock)
    assert back.offset(at("9:41")) == timedelta()
    assert back.offset(at("9:32") + YEAR) == -YEAR


def test_until_a_jump_is_understood_a_time_in_the_future_is_the_time_of_receipt() -> None:
    clock = told(timedelta(), "9:00", "9:30")
    found = believed(sent(at("9:30:20") + YEAR, received=at("9:30:21")), clock, OLDEST)
    assert (found.at, found.clock, found.correction) == (at("9:30:21"), "future", None)


def test_an_event_that_comes_just_when_it_says_is_right_whatever_the_last_heartbeat_told() -> None:
    """The clock was an hour ahead, and has been set since."""
    clock = told(-HOUR, "9:00", "9:30")
    assert believed(sent(at("9:30:10"), received=at("9:30:11")), clock, OLDEST).at == at("9:30:10")
    assert believed(sent(at("10:30:05"), received=at("9:30:11")), clock, OLDEST).at == at("9:30:05")


def test_a_time_that_is_our_own_is_not_corrected() -> None:
    untold = replace(sent(at("9:30"), received=at("9:30")), clock="untold")
    assert believed(untold, told(HOUR, "9:00", "9:30"), OLDEST) is untold


def test_heartbeats_that_were_kept_and_come_all_at_once_prove_nothing() -> None:
    clock = told(timedelta(), "9:00", "9:00:30")
    for second in range(0, 600, 5):
        clock = clock.after(at("9:01") + second * SECOND, at("9:11") + second * SECOND / 600)
    assert clock.offset(at("9:11")) == timedelta()


def test_a_clock_that_runs_in_2012_is_corrected() -> None:
    """As that of an office of Warsaw, which lost seven years."""
    years = timedelta(days=2557)
    found = believed(sent(at("9:05") - years, received=at("9:05:01")), told(years, "9:00", "9:00:30"), OLDEST)
    assert (found.at, found.clock) == (at("9:05"), "corrected")


def test_a_clock_that_stands_still_tells_nothing_and_its_events_happen_when_they_come() -> None:
    stuck = datetime(2012, 2, 21, 10, 0, tzinfo=UTC)
    clock = Clock()
    for number in range(10):
        clock = clock.after(stuck, at("9:00") + number * 30 * SECOND)
    assert clock.readings == ()
    found = believed(sent(stuck, received=at("9:05")), clock, OLDEST)
    assert (found.at, found.clock) == (at("9:05"), "ancient")


def test_an_event_that_comes_late_is_timed_by_the_clock_of_its_time() -> None:
    clock = told(10 * MINUTE, "9:00", "9:00:30", "9:30")
    clock = told(timedelta(), "10:00", "10:00:30", clock=clock)
    found = believed(sent(at("9:05"), received=at("10:01")), clock, OLDEST)
    assert (found.at, found.correction) == (at("9:15"), 10 * MINUTE)


@pytest.mark.parametrize(
    ("time", "clock", "expected", "doubt"),
    [
        ("9:00:05", None, "9:00:05", None),
        ("9:00:05.001", None, "9:00", "future"),
        ("9:00", None, "9:00", None),
    ],
)
def test_a_time_a_little_ahead_is_believed_and_one_further_ahead_is_not(
    time: str, clock: Clock | None, expected: str, doubt: str | None
) -> None:
    found = believed(sent(at(time), received=at("9:00")), clock, OLDEST)
    assert (found.at, found.clock) == (at(expected), doubt)


def test_what_is_older_than_two_days_is_not_believed_unless_recorded_days_are_replayed() -> None:
    old = at("9:00") - OLDEST - SECOND
    assert believed(sent(old, received=at("9:00")), None, OLDEST).clock == "ancient"
    assert believed(sent(old + SECOND, received=at("9:00")), None, OLDEST).clock is None
    assert believed(sent(old, received=at("9:00")), None, None).at == old


def test_a_clock_that_is_right_leaves_the_record_as_it_is() -> None:
    one = record("e", "9:00")
    assert believed(one, told(SECOND, "9:00", "9:00:30"), OLDEST) is one


@given(
    st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 86_400)), max_size=30), st.integers(-(10**9), 10**9)
)
def test_whatever_a_clock_tells_what_is_believed_is_never_in_the_future(
    beats: list[tuple[int, int]], time: int
) -> None:
    clock = Clock()
    for offset, heard in beats:
        clock = clock.after(at("0:00") + heard * SECOND + offset * SECOND, at("0:00") + heard * SECOND)
    received = at("12:00")
    found = believed(sent(received + time * SECOND, received), clock, OLDEST)
    assert received - OLDEST <= found.at <= received + TOLERANCE
    assert found.time == received + time * SECOND
    assert (found.correction is not None) == (found.clock == "corrected")


@given(st.integers(-(10**8), 10**8), st.lists(st.integers(0, 9), min_size=2, max_size=20))
def test_a_steady_clock_is_known_to_within_the_slowness_of_its_quickest_heartbeat(off: int, delays: list[int]) -> None:
    clock, offset = Clock(), off * SECOND
    for number, delay in enumerate(delays):
        sent_at = at("9:00") + number * 30 * SECOND
        clock = clock.after(sent_at - offset, sent_at + delay * SECOND / 10)
    (reading,) = clock.readings
    assert timedelta() <= reading.offset - offset <= SECOND
