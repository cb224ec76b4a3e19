"""How right a month's predictions were, the errors counted by hand."""

from datetime import timedelta

import pytest

from tests.build import MONDAY
from tests.predictions import pair
from ticketing.interval import clustered_mean, clustered_share
from ticketing.precision import Precision, precisions

TUESDAY = MONDAY + timedelta(days=1)
SHOWN = (5.0, 10.0, 20.0)


def whole(found: tuple[Precision, ...]) -> Precision:
    (one,) = [one for one in found if one.queue is None]
    return one


def test_of_a_month_in_which_nothing_was_shown_nothing_is_said() -> None:
    assert precisions([]) == ()


def test_errors_are_those_of_the_median_that_was_shown() -> None:
    # errors of 10 minutes shown against 4, 12 and 25: +6, -2, -15
    one = whole(precisions([pair(SHOWN, 4), pair(SHOWN, 12), pair(SHOWN, 25, day=TUESDAY)]))
    assert (one.n, one.not_called) == (3, 0)
    assert one.mae_s == pytest.approx(23 * 60 / 3, abs=0.05)
    assert one.bias_s == pytest.approx(-11 * 60 / 3, abs=0.05)
    assert (one.too_low, one.too_low_share) == (1, 0.3333)
    assert (one.covered, one.coverage) == (1, 0.3333)


def test_a_wait_at_either_end_of_the_interval_is_covered() -> None:
    one = whole(precisions([pair(SHOWN, 5), pair(SHOWN, 20), pair(SHOWN, 4.99), pair(SHOWN, 20.01)]))
    assert (one.n, one.covered, one.coverage) == (4, 2, 0.5)


def test_ten_minutes_longer_is_not_more_than_ten() -> None:
    one = whole(precisions([pair(SHOWN, 20), pair(SHOWN, 20.01)]))
    assert (one.too_low, one.too_low_share) == (1, 0.5)


def test_who_was_not_called_is_counted_and_in_no_error() -> None:
    one = whole(precisions([pair(SHOWN, None), pair(SHOWN, 10)]))
    assert (one.n, one.not_called, one.mae_s, one.bias_s, one.coverage) == (1, 1, 0.0, 0.0, 1.0)


def test_where_nobody_was_called_no_error_is_known() -> None:
    one = whole(precisions([pair(SHOWN, None)]))
    assert (one.n, one.not_called, one.too_low, one.covered) == (0, 1, 0, 0)
    assert one.mae_s is one.bias_s is one.too_low_share is one.coverage is None
    assert one.mae_interval is one.coverage_interval is None


def test_the_area_comes_first_and_then_each_queue_in_order() -> None:
    found = precisions(
        [pair(SHOWN, 10, queue="sejour"), pair(SHOWN, 12, queue="asile"), pair(SHOWN, 12, queue="asile")]
    )
    assert [(one.queue, one.n) for one in found] == [(None, 3), ("asile", 2), ("sejour", 1)]


def test_intervals_are_clustered_by_day() -> None:
    # errors of 1, 3 and 2, 2, 5 minutes; 2 of 2 covered, and 2 of 3
    pairs = [*(pair(SHOWN, wait) for wait in (11, 7)), *(pair(SHOWN, wait, day=TUESDAY) for wait in (12, 8, 4))]
    pairs[-1] = pair((8.0, 9.0, 10.0), 4, day=TUESDAY)
    one = whole(precisions(pairs))
    mean, share = clustered_mean([(240.0, 2), (540.0, 3)]), clustered_share([(2, 2), (2, 3)])
    assert one.mae_interval is not None
    assert one.coverage_interval is not None
    assert mean is not None
    assert share is not None
    assert (one.mae_interval.low, one.mae_interval.high) == pytest.approx((mean.low, mean.high), abs=0.051)
    found = one.coverage_interval
    assert found == found.rounded(4)
    assert (found.low, found.high) == pytest.approx((share.low, share.high), abs=1e-4)


def test_of_one_day_there_is_no_interval() -> None:
    one = whole(precisions([pair(SHOWN, 11), pair(SHOWN, 7)]))
    assert one.mae_s == 120.0
    assert one.mae_interval is one.coverage_interval is None
