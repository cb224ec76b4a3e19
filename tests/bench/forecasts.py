"""Predicted waits judged on simulated days: against what displays show today, and who knows the day's true law."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.bench.halls.baselines import BASELINES
from tests.bench.halls.judging import FLOOR, Judged, Trial, judge
from tests.bench.halls.ours import Vigie
from tests.bench.halls.places import PLACES
from tests.bench.halls.scores import Judgement, absolute, ratio, scores, squared
from tests.bench.measuring import show
from ticketing.plan import Plan

OURS: dict[str, Callable[[Plan], Judged]] = {"vigie": Vigie}
"""What is to be judged, by the name in the table."""

TRIAL = Trial(seed=20_260, history=30, days=100, every=3)
"""Days of this seed are for judging alone: whoever adjusts a predictor takes others, see `main`."""
ERRORS = ("minutes", "RMSE", "/ oracle", "/ HOL", "MAE", "/ oracle", "/ HOL", "bias", "bias P50", "no answer")
QUANTILES = ("", "≤ P90", "P10-P90", "loss 0.1", "0.5", "0.9")
ALL, IN_LINE = "all", "no counter free"


def run(trial: Trial = TRIAL, kinds: Sequence[str] = tuple(PLACES)) -> None:
    # the longest first: two processes are busy until about the same time
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        found = [processes.submit(_judged, kind, trial) for kind in kinds]
        for kind, judgements in zip(kinds, found, strict=True):
            _show(kind, trial, judgements.result())


def _judged(kind: str, trial: Trial) -> dict[str, list[Judgement]]:
    place = PLACES[kind]
    predictors: dict[str, Judged] = {name: make(place.plan) for name, make in OURS.items()}
    predictors |= {name: make() for name, make in BASELINES.items()}
    return judge(place, trial, predictors)


def _show(kind: str, trial: Trial, judgements: Mapping[str, Sequence[Judgement]]) -> None:
    days = f"{trial.days} days after {trial.history} of history, seed {trial.seed}"
    in_line = {name: [judged for judged in of_all if not judged.at_once] for name, of_all in judgements.items()}
    for title, kept in ((ALL, judgements), (IN_LINE, in_line)):
        show(
            f"{kind}, {title}: {len(kept[FLOOR]):,} ordinary tickets of {days}",
            ERRORS,
            [_errors(name, of_it, kept[FLOOR], kept["HOL"]) for name, of_it in kept.items()],
            "RMSE, bias: of the mean where one is given; MAE, bias P50: of the median; ± standard error, by days",
        )
    show(
        f"{kind}: coverage and pinball losses in minutes, first of {ALL}, then where there was {IN_LINE}",
        (*QUANTILES, *QUANTILES[1:]),
        [
            (name, *_quantiles(of_all), *_quantiles(in_line[name]))
            for name, of_all in judgements.items()
            if any(judged.prediction and judged.prediction.p90_s is not None for judged in of_all)
        ],
    )


def _errors(
    name: str, judgements: Sequence[Judgement], floor: Sequence[Judgement], head: Sequence[Judgement]
) -> tuple[str, ...]:
    found = scores(judgements)
    return (
        name,
        _number(found.rmse, 2),
        *(_ratio(ratio(judgements, baseline, squared)) for baseline in (floor, head)),
        _number(found.mae, 2),
        *(_ratio(ratio(judgements, baseline, absolute)) for baseline in (floor, head)),
        _number(found.bias, 2),
        _number(found.bias_p50, 2),
        str(found.unanswered),
    )


def _quantiles(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    found = scores(judgements)
    return (
        *(_number(value, 3) for value in (found.below_p90, found.between_p10_p90)),
        *(_number(value, 2) for value in found.pinball),
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _ratio(found: tuple[float, float] | None) -> str:
    return "-" if found is None else f"{found[0]:.2f} ±{found[1]:.2f}"


def main() -> None:
    """`python -m tests.bench.forecasts --seed 1 --days 40 lunch`: on other days, to work on a predictor."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.forecasts", description=main.__doc__)
    parser.add_argument("kinds", nargs="*", help=", ".join(PLACES))
    parser.add_argument("--seed", type=int, required=True, help=f"any but {TRIAL.seed}, which is for judging")
    for number in ("history", "days", "every", "replications"):
        parser.add_argument(f"--{number}", type=int, default=getattr(TRIAL, number))
    given = vars(parser.parse_args())
    kinds: list[str] = given.pop("kinds")
    if unknown := [kind for kind in kinds if kind not in PLACES]:
        parser.error(f"found {', '.join(unknown)}, expected some of {', '.join(PLACES)}")
    run(Trial(**given), kinds or list(PLACES))


if __name__ == "__main__":
    main()
