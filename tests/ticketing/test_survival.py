"""Kaplan-Meier against SciPy's: other code, by other people, on samples with ties and with many who gave up."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf  # type: ignore[import-untyped]

from ticketing.arrays import Floats
from ticketing.waits import Survival, Wait

Calls = list[tuple[int, bool]]
"""Seconds waited, and whether the call was answered."""
CLOSE = 1e-9

few_lengths = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=80)
any_lengths = st.lists(st.tuples(st.integers(0, 3 * 3600), st.booleans()), min_size=1, max_size=80)
calls_of_a_day = few_lengths | any_lengths


def survival_of(calls: Calls) -> Survival:
    return Survival.of(Wait(timedelta(seconds=seconds), answered) for seconds, answered in calls)


def curve(calls: Calls) -> tuple[Floats, Floats]:
    """SciPy's: waits in seconds, in order, and the share that waits longer than each."""
    waits, answered = np.array(calls, dtype=float).T
    sf = ecdf(CensoredData.right_censored(waits, answered == 0)).sf
    return sf.quantiles, sf.probabilities


@given(calls_of_a_day)
def test_the_share_that_waits_longer_is_scipys(calls: Calls) -> None:
    steps = survival_of(calls).steps
    for seconds, share in zip(*curve(calls), strict=True):
        left = next((left for at, left in reversed(steps) if at <= seconds), 1.0)
        assert left == pytest.approx(share, abs=CLOSE)


@given(calls_of_a_day)
def test_the_mean_is_the_area_under_scipys_curve_to_the_longest_wait_seen(calls: Calls) -> None:
    mean = survival_of(calls).mean
    if not any(answered for _, answered in calls):
        assert mean is None
        return
    waits, shares = curve(calls)
    heights = np.concatenate([[1.0], shares[:-1]])  # before the first of them, nobody has been answered
    assert mean == pytest.approx(float(np.diff(waits, prepend=0.0) @ heights), abs=CLOSE)


@given(calls_of_a_day, st.integers(1, 100))
@example([(2, True), (4, True), (6, False)], 67)
@example([(second, True) for second in range(1, 11)], 90)
def test_a_quantile_is_where_scipys_curve_first_leaves_so_few(calls: Calls, percent: int) -> None:
    waits, shares = curve(calls)
    enough = waits[1 - shares >= percent / 100 - CLOSE]
    assert survival_of(calls).quantile(percent / 100) == (enough[0] if enough.size else None)


def test_who_gave_up_in_the_second_of_an_answer_was_still_there() -> None:
    """By hand: of three, one is answered after 2 s, 2/3 wait longer; one of the two gives up; then the last."""
    for calls in ([(2, True), (2, False), (4, True)], [(4, True), (2, False), (2, True)]):
        (first, of_three), (last, of_one) = survival_of(calls).steps
        assert (first, of_three, last, of_one) == pytest.approx((2, 2 / 3, 4, 0))
