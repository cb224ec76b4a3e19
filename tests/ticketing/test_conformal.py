"""The conformal correction: by hand, by its laws, and on days that it has not seen."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import MONDAY
from tests.predictions import pair
from ticketing.accuracy import Pair
from ticketing.conformal import Correction
from ticketing.levels import Levels

RAW: Levels = (660.0, 1360.0, 2260.0)
"""Seconds; with 240 more they are the squares of 30, 40 and 50."""


def taught(waits: Iterable[float], raw: Levels = RAW, days: int = 5, since: date = MONDAY) -> list[Pair]:
    """Tickets with one raw prediction and these waits, in seconds, on so many days in turn."""
    made = pair((0, 0, 0), 0)
    return [
        replace(made, raw=raw, wait_s=wait, day=since + timedelta(days=number % days))
        for number, wait in enumerate(waits)
    ]


EVEN = [30.0 * number for number in range(101)]
"""Their P10, P50 and P90 are 300, 1500 and 2700 s."""


def test_with_one_prediction_for_all_it_becomes_the_quantiles_of_the_waits() -> None:
    correction = Correction.of(taught(EVEN))
    assert correction.apply(RAW) == pytest.approx((300, 1500, 2700))


def test_what_was_learned_moves_other_predictions_with_the_root_of_their_length() -> None:
    """Offsets by hand: (300 - 660) / 30 = -12, (1500 - 1360) / 40 = 3.5, (2700 - 2260) / 50 = 8.8."""
    correction = Correction.of(taught(EVEN))
    assert (correction.p10, correction.p50, correction.p90) == pytest.approx((-12, 3.5, 8.8))
    assert correction.apply((1360, 2260, 3360)) == pytest.approx((1360 - 12 * 40, 2260 + 3.5 * 50, 3360 + 8.8 * 60))


def test_in_minutes_it_is_the_formula_with_four_minutes() -> None:
    """12 min predicted and 20 waited: r = 8 / sqrt(16) = 2; 21 min are then 21 + 2 sqrt(25) = 31."""
    correction = Correction.of(taught([20 * 60.0] * 100, raw=(720, 720, 720)))
    assert correction.apply((1260, 1260, 1260)) == pytest.approx((1860, 1860, 1860))


def test_a_wait_is_never_below_nothing() -> None:
    correction = Correction.of(taught([0.0] * 100))
    p10, _, _ = correction.apply((10, 1360, 2260))
    assert p10 == 0


def test_a_counter_that_was_free_teaches_nothing_and_is_corrected_by_nothing() -> None:
    free = taught([900.0] * 500, raw=(0, 0, 0))
    assert Correction.of(free) == Correction()
    assert Correction.of([*free, *taught(EVEN)]) == Correction.of(taught(EVEN))
    assert Correction.of(taught(EVEN)).apply((0, 0, 0)) == (0, 0, 0)


def test_who_was_not_called_teaches_nothing() -> None:
    gone = [replace(one, wait_s=None) for one in taught([0.0] * 500)]
    assert Correction.of([*gone, *taught(EVEN)]) == Correction.of(taught(EVEN))
    assert Correction.of(gone) == Correction()


@pytest.mark.parametrize(("number", "days", "enough"), [(99, 5, False), (100, 4, False), (100, 5, True)])
def test_from_few_tickets_or_few_days_nothing_is_learned(number: int, days: int, enough: bool) -> None:
    correction = Correction.of(taught([3600.0] * number, days=days))
    assert (correction != Correction()) == enough


def test_nothing_learned_changes_nothing() -> None:
    assert Correction.of([]).apply(RAW) == RAW


def test_only_the_last_twenty_days_with_data_teach() -> None:
    older = taught([7200.0] * 1000, days=30, since=MONDAY - timedelta(days=31))
    weekly = taught(EVEN, days=20)
    assert Correction.of([*older, *weekly]) == Correction.of(weekly)


seconds = st.floats(0, 14_400)
ranges = st.tuples(seconds, seconds, seconds).map(lambda values: tuple(sorted(values)))
offsets = st.floats(-200, 200)


@given(ranges, offsets, offsets, offsets)
def test_corrected_quantiles_are_in_order_and_none_is_below_nothing(
    raw: Levels, p10: float, p50: float, p90: float
) -> None:
    found = Correction(p10, p50, p90).apply(raw)
    assert 0 <= found[0] <= found[1] <= found[2]


def days_of(chance: np.random.Generator, first: int, count: int) -> list[Pair]:
    """A forecast that is too sure: it takes a spread of 0.4 for 0.25, and a fifth too little time for each ticket."""
    found = []
    for day in range(first, first + count):
        typical = chance.uniform(120, 3600, size=500)
        waits = typical * chance.lognormal(0, 0.4, size=500)
        spread = np.exp(1.2816 * 0.25)
        for middle, wait in zip(0.8 * typical, waits, strict=True):
            raw = (middle / spread, middle, middle * spread)
            found.append(replace(pair((0, 0, 0), 0), raw=raw, wait_s=float(wait), day=MONDAY + timedelta(days=day)))
    return found


def covered(pairs: Iterable[Pair], correction: Correction) -> tuple[float, float, float]:
    """The shares of waits below each corrected quantile."""
    below = np.array([[pair.wait_s <= q for q in correction.apply(pair.raw)] for pair in pairs])  # type: ignore[operator]
    p10, p50, p90 = below.mean(axis=0)
    return float(p10), float(p50), float(p90)


def test_a_forecast_that_is_too_short_and_too_sure_covers_what_it_should_on_days_not_seen() -> None:
    chance = np.random.default_rng(20261123)
    past, coming = days_of(chance, 0, 20), days_of(chance, 20, 20)
    low, middle, high = covered(coming, Correction())
    assert middle < 0.35
    assert high - low < 0.6
    low, middle, high = covered(coming, Correction.of(past))
    assert middle == pytest.approx(0.5, abs=0.02)
    assert high == pytest.approx(0.9, abs=0.02)
    assert high - low == pytest.approx(0.8, abs=0.02)
