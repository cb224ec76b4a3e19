"""Predictions of waits and how right they were: errors in minutes, coverage in shares, pinball losses in minutes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import fsum, sqrt

from msgspec import Struct

MINUTE = 60.0


class Prediction(Struct, frozen=True, kw_only=True):
    """Of the wait of somebody who takes an ordinary ticket now; what a predictor does not give is None."""

    p50_s: float
    p10_s: float | None = None
    p90_s: float | None = None
    mean_s: float | None = None

    @property
    def point_s(self) -> float:
        """What squared errors are of: the mean, or the median of those who give none."""
        return self.p50_s if self.mean_s is None else self.mean_s


class Judgement(Struct, frozen=True):
    """One ticket that was called: its day's place in the series, its true wait, and what was predicted at its issue.

    `at_once`: a counter was free for it.
    """

    day: int
    wait_s: float
    at_once: bool
    prediction: Prediction | None


class Scores(Struct, frozen=True, kw_only=True):
    """Of the tickets with a prediction. `mae` and `bias_p50` are of the median, `rmse` and `bias` of the point.

    None where a predictor gives no such quantile, or there is nobody to speak of. Positive bias: predicted too long.
    """

    of: int
    unanswered: int
    rmse: float | None
    mae: float | None
    bias: float | None
    bias_p50: float | None
    below_p90: float | None
    between_p10_p90: float | None
    pinball: tuple[float | None, float | None, float | None]
    """At 0.1, 0.5 and 0.9."""


def scores(judgements: Sequence[Judgement]) -> Scores:
    told = [(judged.wait_s, judged.prediction) for judged in judgements if judged.prediction]
    points = [prediction.point_s - wait for wait, prediction in told]
    middles = [prediction.p50_s - wait for wait, prediction in told]
    with_p10 = [(wait, prediction.p10_s) for wait, prediction in told if prediction.p10_s is not None]
    with_p90 = [(wait, prediction.p90_s) for wait, prediction in told if prediction.p90_s is not None]
    inside = [
        prediction.p10_s <= wait <= prediction.p90_s
        for wait, prediction in told
        if prediction.p10_s is not None and prediction.p90_s is not None
    ]
    square = _mean([error * error for error in points])
    return Scores(
        of=len(told),
        unanswered=len(judgements) - len(told),
        rmse=None if square is None else sqrt(square) / MINUTE,
        mae=_minutes([abs(error) for error in middles]),
        bias=_minutes(points),
        bias_p50=_minutes(middles),
        below_p90=_mean([wait <= p90 for wait, p90 in with_p90]),
        between_p10_p90=_mean(inside),
        pinball=(
            _minutes([pinball(0.1, wait, p10) for wait, p10 in with_p10]),
            _minutes([pinball(0.5, wait, prediction.p50_s) for wait, prediction in told]),
            _minutes([pinball(0.9, wait, p90) for wait, p90 in with_p90]),
        ),
    )


def pinball(level: float, true: float, predicted: float) -> float:
    """Loss of a quantile: `level` for each unit that it is too low, the rest to one for each that it is too high."""
    return max(level * (true - predicted), (level - 1) * (true - predicted))


def squared(judged: Judgement, prediction: Prediction) -> float:
    return (prediction.point_s - judged.wait_s) ** 2


def absolute(judged: Judgement, prediction: Prediction) -> float:
    return abs(prediction.p50_s - judged.wait_s)


def ratio(
    judgements: Sequence[Judgement], baseline: Sequence[Judgement], loss: Callable[[Judgement, Prediction], float]
) -> tuple[float, float] | None:
    """The mean loss over a baseline's on the tickets that both predict, and its standard error; None without any.

    Of squared losses the root: a ratio of RMSE. Tickets of a day go together: the error is the jackknife's over days.
    """
    sums: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for ours, theirs in zip(judgements, baseline, strict=True):
        if ours.prediction and theirs.prediction:
            sums[ours.day][0] += loss(ours, ours.prediction)
            sums[ours.day][1] += loss(theirs, theirs.prediction)
    power = 0.5 if loss is squared else 1.0
    one, other = (fsum(day[number] for day in sums.values()) for number in (0, 1))
    left_out = [((one - mine) / (other - its)) ** power for mine, its in sums.values() if other > its]
    if not other or len(left_out) < 2:
        return None
    middle = fsum(left_out) / len(left_out)
    variance = (len(left_out) - 1) / len(left_out) * fsum((value - middle) ** 2 for value in left_out)
    return (one / other) ** power, sqrt(variance)


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def _minutes(seconds: Sequence[float]) -> float | None:
    mean = _mean(seconds)
    return None if mean is None else mean / MINUTE
