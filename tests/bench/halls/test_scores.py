"""Scores by hand calculation."""

from math import sqrt

import pytest

from tests.bench.halls.scores import Judgement, Prediction, absolute, pinball, ratio, scores, squared


def judged(wait_min: float, p50_min: float | None, *, day: int = 0, **quantiles: float) -> Judgement:
    told = None if p50_min is None else Prediction(p50_s=p50_min * 60, **quantiles)
    return Judgement(day, wait_min * 60, at_once=False, prediction=told)


def test_errors_are_of_the_median_and_squared_errors_of_the_mean_in_minutes() -> None:
    """Medians off by -1 and +3, means off by 0 and +4."""
    found = scores([judged(10, 9, mean_s=600), judged(5, 8, mean_s=540)])

    assert found.mae == pytest.approx(2)
    assert found.bias_p50 == pytest.approx(1)
    assert found.rmse == pytest.approx(sqrt(8))
    assert found.bias == pytest.approx(2)


def test_without_a_mean_the_median_is_the_point() -> None:
    assert scores([judged(10, 7)]).rmse == pytest.approx(3)


def test_coverage_counts_the_ends_and_only_those_that_give_them() -> None:
    inside, on_p90, above, below, without = (
        judged(10, 10, p10_s=540, p90_s=660),
        judged(11, 10, p10_s=540, p90_s=660),
        judged(12, 10, p10_s=540, p90_s=660),
        judged(8, 10, p10_s=540, p90_s=660),
        judged(8, 10),
    )

    found = scores([inside, on_p90, above, below, without])
    assert found.below_p90 == 0.75
    assert found.between_p10_p90 == 0.5


def test_pinball_losses_weigh_too_low_by_the_level_and_too_high_by_the_rest() -> None:
    assert pinball(0.9, 10, 8) == pytest.approx(1.8)
    assert pinball(0.9, 8, 10) == pytest.approx(0.2)
    found = scores([judged(10, 8, p10_s=420, p90_s=780), judged(10, 14, p10_s=720, p90_s=900)])
    # 0.1: 0.1*3 and 0.9*2; 0.5: half the absolute errors 2 and 4; 0.9: 0.1*3 and 0.1*5
    assert found.pinball == pytest.approx((1.05, 1.5, 0.4))


def test_who_gives_no_answer_is_counted_and_scored_on_the_others() -> None:
    found = scores([judged(10, 8), judged(10, None)])

    assert (found.of, found.unanswered) == (1, 1)
    assert found.mae == pytest.approx(2)
    nobody = scores([judged(10, None)])
    assert (nobody.of, nobody.rmse, nobody.mae, nobody.below_p90) == (0, None, None, None)


def test_a_ratio_is_over_the_tickets_that_both_predict() -> None:
    ours = [judged(10, 11), judged(10, None, day=1), judged(10, 12, day=2)]
    theirs = [judged(10, 14), judged(10, 10, day=1), judged(10, 8, day=2)]

    for loss, expected in ((absolute, 3 / 6), (squared, sqrt(5 / 20))):
        found = ratio(ours, theirs, loss)
        assert found
        assert found[0] == pytest.approx(expected)


def test_the_error_of_a_ratio_is_the_jackknife_s_over_days() -> None:
    """Day sums 1, 3 over 2, 2: leaving one out gives 3/2 and 1/2, so the error is sqrt(1/2 * (0.25 + 0.25)) = 0.5."""
    ours = [judged(10, 11), judged(10, 13, day=1)]
    theirs = [judged(10, 12), judged(10, 12, day=1)]

    assert ratio(ours, theirs, absolute) == pytest.approx((1.0, 0.5))


def test_one_day_has_no_error_and_a_perfect_baseline_no_ratio() -> None:
    assert ratio([judged(10, 11)], [judged(10, 12)], absolute) is None
    perfect = [judged(10, 10), judged(10, 10, day=1)]
    assert ratio(perfect, perfect, absolute) is None
