"""Device clocks are distrusted: which time an event is believed to have, both times being kept."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.collector.words import RECEIVED, envelope, kept, message

TWO_DAYS = timedelta(hours=48)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-23T09:12:04.120+01:00", datetime(2026, 11, 23, 8, 12, 4, 120_000, tzinfo=UTC)),
        ("2026-11-23T08:12:04Z", datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC)),
        ("2026-11-23T13:42:04+05:30", datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC)),
        ("2026-11-23T08:12:10Z", datetime(2026, 11, 23, 8, 12, 10, tzinfo=UTC)),
        ("2026-11-21T08:12:05Z", datetime(2026, 11, 21, 8, 12, 5, tzinfo=UTC)),
    ],
)
def test_a_time_between_two_days_ago_and_five_seconds_ahead_is_believed(told: str, expected: datetime) -> None:
    record = kept(message(envelope(time=told)), TWO_DAYS)
    assert (record.time, record.at, record.clock) == (expected, expected, None)


def test_a_time_in_the_future_is_replaced_by_that_of_receipt_and_flagged() -> None:
    record = kept(message(envelope(time="2026-11-23T08:12:10.001Z")), TWO_DAYS)
    assert record.time == datetime(2026, 11, 23, 8, 12, 10, 1000, tzinfo=UTC)
    assert (record.at, record.clock) == (RECEIVED, "future")


def test_a_time_of_more_than_two_days_ago_is_replaced_by_that_of_receipt_and_flagged() -> None:
    record = kept(message(envelope(time="2026-11-21T08:12:04.999Z")), TWO_DAYS)
    assert record.time == datetime(2026, 11, 21, 8, 12, 4, 999_000, tzinfo=UTC)
    assert (record.at, record.clock) == (RECEIVED, "ancient")


def test_a_replay_of_recorded_days_keeps_their_times() -> None:
    record = kept(message(envelope(time="2012-11-21T09:00:00+01:00")), None)
    assert record.time == record.at == datetime(2012, 11, 21, 8, tzinfo=UTC)
    assert record.clock is None


def test_a_replay_does_not_believe_in_the_future_either() -> None:
    assert kept(message(envelope(time="2026-11-24T09:00:00+01:00")), None).clock == "future"


@pytest.mark.parametrize(
    ("told", "raw", "clock"),
    [
        ("0001-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC), "ancient"),
        ("0001-01-01T00:00:00+10:00", datetime(1970, 1, 1, tzinfo=UTC), "ancient"),
        ("1900-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC), "ancient"),
        ("1970-01-01T00:00:00+01:00", datetime(1970, 1, 1, tzinfo=UTC), "ancient"),
        ("9999-12-31T23:59:59Z", datetime(2200, 1, 1, tzinfo=UTC), "future"),
        ("9999-12-31T23:59:59-10:00", datetime(2200, 1, 1, tzinfo=UTC), "future"),
    ],
)
def test_a_time_that_no_clock_could_mean_is_kept_at_the_bound_and_replaced(
    told: str, raw: datetime, clock: str
) -> None:
    record = kept(message(envelope(time=told)), TWO_DAYS)
    assert (record.time, record.at, record.clock) == (raw, RECEIVED, clock)
