"""Intervals of a month, clustered by day: of how many of the months that chance could have brought they are right."""

from collections.abc import Sequence
from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student_t  # type: ignore[import-untyped]

from ticketing.arrays import Floats, Ints
from ticketing.interval import Interval, clustered_mean, clustered_share, student

T_1 = 12.7062047
"""Student's t of 1 degree, from any table."""
DAYS = 21
MONTHS = 4000
"""So many tell a coverage of 95 % to 0.35 points (one standard deviation)."""


def days_of(counts: Ints, sizes: Ints) -> list[tuple[int, int]]:
    return list(zip(counts.tolist(), sizes.tolist(), strict=True))


def sizes_of_months(chance: np.random.Generator) -> Ints:
    """Customers of each day, a row per month."""
    return chance.integers(30, 151, size=(MONTHS, DAYS))


def cover(intervals: Sequence[Interval | None], truth: float) -> float:
    """Share of the months whose interval holds the truth; a month without an interval does not."""
    return sum(one is not None and one.low <= truth <= one.high for one in intervals) / len(intervals)


def naive(middle: float, variance: float, of: int) -> Interval:
    """The interval that takes every customer for independent of the others."""
    half = 1.96 * sqrt(variance / of)
    return Interval(low=middle - half, high=middle + half)


def test_students_t_is_the_tables() -> None:
    ours = [student(degrees) for degrees in range(1, 401)]
    assert ours == pytest.approx(student_t.ppf(0.975, np.arange(1, 401)), rel=1e-10)


def test_a_share_of_two_days_by_hand() -> None:
    """1 of 2, then 3 of 4: odds 2 to 1; without the first 3.5 / 1.5, without the second 1.5 / 1.5.

    Of two estimates the error is half of their distance: log(7/3) / 2.
    """
    low, high = (2 * (7 / 3) ** (sign * T_1 / 2) for sign in (-1, 1))
    interval = clustered_share([(1, 2), (3, 4)])
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low / (1 + low), high / (1 + high)), rel=1e-6)


def test_a_mean_of_two_days_by_hand() -> None:
    """2 min of 2 customers, 12 min of 3: mean 2.8 min; without the first 4, without the second 1: error log(4) / 2."""
    interval = clustered_mean([(2, 2), (12, 3)])
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((2.8 / 2**T_1, 2.8 * 2**T_1), rel=1e-6)


def test_days_without_anybody_are_no_days() -> None:
    assert clustered_share([(0, 0), (1, 2), (0, 0), (3, 4)]) == clustered_share([(1, 2), (3, 4)])
    assert clustered_mean([(0, 0), (2, 2), (12, 3)]) == clustered_mean([(2, 2), (12, 3)])


@pytest.mark.parametrize("days", [[], [(3, 4)], [(3, 4), (0, 0)]])
def test_one_day_does_not_tell_how_days_differ(days: list[tuple[int, int]]) -> None:
    assert clustered_share(days) is None
    assert clustered_mean(days) is None


counts = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(counts, max_size=31))
def test_an_interval_of_a_share_lies_around_it_and_within_0_and_1(days: list[tuple[int, int]]) -> None:
    interval = clustered_share(days)
    if sum(of > 0 for _, of in days) < 2:
        assert interval is None
        return
    assert interval is not None
    share = sum(count for count, _ in days) / sum(of for _, of in days)
    assert 0 <= interval.low <= share + 1e-12
    assert share - 1e-12 <= interval.high <= 1
    assert interval.high - interval.low > 1e-6


@given(st.lists(counts, max_size=31))
def test_the_late_ones_interval_is_the_mirror_of_the_others(days: list[tuple[int, int]]) -> None:
    interval, late = clustered_share(days), clustered_share([(of - count, of) for count, of in days])
    if interval is None or late is None:
        assert interval is late
        return
    assert (1 - late.high, 1 - late.low) == pytest.approx((interval.low, interval.high), abs=1e-9)


@given(st.permutations([(9, 10), (40, 52), (7, 7), (3, 30), (61, 64)]))
def test_the_order_of_days_does_not_matter(days: list[tuple[int, int]]) -> None:
    expected = clustered_share([(9, 10), (40, 52), (7, 7), (3, 30), (61, 64)])
    assert clustered_share(days) == expected
    assert clustered_mean(days) == clustered_mean(sorted(days))


def test_of_many_days_the_error_is_that_of_the_ratio() -> None:
    """With p = sum k / sum n: `sqrt(D/(D-1) sum (k - p n)^2) / sum n`, the textbook's error of a clustered ratio."""
    chance = np.random.default_rng(1)
    sizes = chance.integers(30, 151, size=1000)
    shares = chance.beta(6, 4, size=1000)
    within = chance.binomial(sizes, shares)
    p = within.sum() / sizes.sum()
    half = student_t.ppf(0.975, 999) * sqrt(1000 / 999 * ((within - p * sizes) ** 2).sum()) / sizes.sum()
    for interval in (clustered_share(days_of(within, sizes)), clustered_mean(days_of(within, sizes))):
        assert interval is not None
        assert (p - interval.low, interval.high - p) == pytest.approx((half, half), rel=0.02)


@pytest.mark.parametrize("alike", [20, 10, 4])
@pytest.mark.parametrize("truth", [0.85, 0.9, 0.95])
def test_a_shares_interval_is_right_about_95_months_of_100_and_the_naive_one_is_not(truth: float, alike: int) -> None:
    """Each day has its own share, beta-distributed around the truth.

    Around 0.9, `alike` 20 is a standard deviation of 0.065, 4 is one of 0.134, as in halls whose queues outlast a day's
    peaks.
    """
    chance = np.random.default_rng(2026)
    sizes = sizes_of_months(chance)
    within = chance.binomial(sizes, chance.beta(truth * alike, (1 - truth) * alike, size=sizes.shape))
    months = list(zip(within, sizes, strict=True))
    totals = [(int(k.sum()), int(n.sum())) for k, n in months]
    clustered = cover([clustered_share(days_of(k, n)) for k, n in months], truth)
    independent = cover([naive(k / n, k / n * (1 - k / n), n) for k, n in totals], truth)
    print(f"share {truth}, alike {alike}: clustered {clustered:.2%}, as if independent {independent:.2%}")
    assert 0.93 <= clustered <= 0.97
    assert independent < 0.65


@pytest.mark.parametrize("truth", [0.5, 0.85, 0.95])
def test_where_days_do_not_differ_the_interval_of_a_share_is_right_as_often(truth: float) -> None:
    chance = np.random.default_rng(7)
    sizes = sizes_of_months(chance)
    within = chance.binomial(sizes, truth)
    clustered = cover([clustered_share(days_of(k, n)) for k, n in zip(within, sizes, strict=True)], truth)
    print(f"share {truth}, days alike: clustered {clustered:.2%}")
    assert 0.93 <= clustered <= 0.97


@pytest.mark.parametrize("spread", [0.3, 0.5])
def test_a_means_interval_is_right_about_95_months_of_100_and_the_naive_one_is_not(spread: float) -> None:
    """Lognormal waits of 12 minutes on the average; each day's mean is lognormal around it."""
    chance = np.random.default_rng(2026)
    sizes = sizes_of_months(chance)[: MONTHS // 2]
    intervals, independent = [], []
    for month in sizes:
        means = chance.lognormal(-(spread**2) / 2, spread, size=DAYS)
        waits: Floats = 12 * np.repeat(means, month) * chance.lognormal(-0.5, 1, size=month.sum())
        sums = np.add.reduceat(waits, np.concatenate([[0], month.cumsum()[:-1]]))
        intervals.append(clustered_mean(zip(sums.tolist(), month.tolist(), strict=True)))
        independent.append(naive(waits.mean(), waits.var(), len(waits)))
    clustered, apart = cover(intervals, 12), cover(independent, 12)
    print(f"mean, spread {spread}: clustered {clustered:.2%}, as if independent {apart:.2%}")
    assert 0.93 <= clustered <= 0.97
    assert apart < 0.65


@pytest.mark.parametrize("days", range(2, 32))
def test_a_month_without_a_late_customer_excludes_only_what_is_unlikely_whatever_a_days_customers_share(
    days: int,
) -> None:
    """If q of customers are late, a day has none with a chance of at most 1 - q, which it is if all of a day are late
    together.
    """
    none_late, all_late = clustered_share([(40, 40)] * days), clustered_share([(0, 40)] * days)
    assert none_late is not None
    assert all_late is not None
    assert none_late.high == pytest.approx(1)
    assert all_late.low == pytest.approx(0)
    assert none_late.low**days <= 0.025
    assert (1 - all_late.high) ** days <= 0.025


@pytest.mark.parametrize("truth", [0.9, 0.95, 0.98])
def test_the_interval_holds_where_all_of_a_day_are_late_together(truth: float) -> None:
    """The worst that customers of a day can share: most months without a late one look alike whatever the truth."""
    chance = np.random.default_rng(3)
    sizes = sizes_of_months(chance)
    within = np.where(chance.random(sizes.shape) < truth, sizes, 0)
    clustered = cover([clustered_share(days_of(k, n)) for k, n in zip(within, sizes, strict=True)], truth)
    print(f"share {truth}, days all late or none: clustered {clustered:.2%}")
    assert clustered >= 0.93


def test_days_with_the_same_share_count_as_one_customer_each() -> None:
    """Wilson's bounds of 1 of 2 by hand, with t of 1 degree: half of the width is t / (2 sqrt(2 + t^2))."""
    interval = clustered_share([(5, 10), (20, 40)])
    half = T_1 / 2 / sqrt(2 + T_1**2)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.5 - half, 0.5 + half))


def test_days_with_the_same_mean_do_not_tell_how_days_differ() -> None:
    assert clustered_mean([(0, 10)] * 21) is None
    assert clustered_mean([(0.3, 3), (0.1, 1), (fsum([0.1] * 7), 7)]) is None
    assert clustered_mean([(0, 10), (90, 10), (0, 10)]) is None
