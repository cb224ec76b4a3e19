"""Counters recommended, judged on simulated days: against the best plans in hindsight, and Erlang C by half-hour."""

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import fsum, sqrt
from multiprocessing import get_context

from msgspec import Struct

from tests.bench.halls import search
from tests.bench.halls.demand import COUNTERS, HOURLY, LIMIT, PLAN, SHARE, Draws, series
from tests.bench.halls.ours import Advised
from tests.bench.halls.policies import AtSight, Fixed
from tests.bench.halls.staffed import Outcome, Policy, simulate
from tests.bench.measuring import show
from ticketing.plan import Plan

OURS: dict[str, Callable[[Plan], Policy]] = {"vigie": Advised}
"""What is to be judged, by the name in the table."""

POLICIES: dict[str, Callable[[Plan], Policy]] = {
    **OURS,
    "one more at 10 min, one less when free": lambda _: AtSight(),
}
COLUMNS = ("", "within T", "days below", "hours a day", "/ best", "/ Erlang C", "mean", "longest")
BEST, ERLANG = "best common plan in hindsight", "Erlang C, true mean rates"


class Trial(Struct, frozen=True, kw_only=True):
    """`history`: days under the plan by Erlang, to learn from before the `days` that are judged.

    Days of this seed are for judging alone: whoever adjusts a policy takes others, see `main`.
    """

    seed: int = 20_261
    history: int = 30
    days: int = 100


def run(trial: Trial | None = None) -> None:
    trial = trial or Trial()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        under = {name: processes.submit(_under_policy, name, trial) for name in POLICIES}
        searched = processes.submit(_common, trial)
        halves = [processes.submit(_under_best_of_day, trial, half) for half in (0, 1)]
        outcomes = {name: found.result() for name, found in under.items()}
        common = searched.result()
    _, days = _days(trial)
    outcomes |= {
        BEST: [search.under(day, common.plan) for day in days],
        ERLANG: [search.under(day, search.by_erlang()) for day in days],
        "Erlang C, true rates of each day": [search.under(day, search.by_erlang(day.busy, day.slow)) for day in days],
        "each day's own best plan": [outcome for half in halves for outcome in half.result()],
    }
    hours = {name: _hours(of_it) for name, of_it in outcomes.items()}
    show(
        f"staffing: {trial.days} days after {trial.history} of history, seed {trial.seed}; at most {len(COUNTERS)} "
        f"counters, T = {LIMIT / 60:.0f} min, target {SHARE:.0%}",
        COLUMNS,
        [_row(name, of_it, hours[BEST], hours[ERLANG]) for name, of_it in outcomes.items()],
        f"best common plan, counters by half-hour: {' '.join(map(str, common.plan))}; hours of counters; waits in "
        "minutes; ± standard error, by days; a day's own best plan knows who will come when: a bound, not a rival",
    )


def _days(trial: Trial) -> tuple[list[Draws], list[Draws]]:
    found = list(series(trial.seed, trial.history + trial.days))
    return found[: trial.history], found[trial.history :]


def _under_policy(name: str, trial: Trial) -> list[Outcome]:
    policy, usual = POLICIES[name](PLAN), Fixed(search.by_erlang())
    history, days = _days(trial)
    found, before = [], None
    for day in (*history, *days):
        learning = day in history
        outcome, heard = simulate(day, usual if learning else policy, before)
        found.append(outcome)
        policy.learn(heard)
        before = heard
    return found[len(history) :]


def _common(trial: Trial) -> search.Tried:
    _, days = _days(trial)
    return min(
        (search.best(days, start) for start in (search.by_erlang(), (len(COUNTERS),) * len(HOURLY))),
        key=lambda tried: tried.counter_hours,
    )


def _under_best_of_day(trial: Trial, half: int) -> list[Outcome]:
    _, days = _days(trial)
    middle = len(days) // 2
    return [
        search.under(day, search.best([day], search.by_erlang(day.busy, day.slow)).plan)
        for day in (days[middle:] if half else days[:middle])
    ]


def _hours(outcomes: Sequence[Outcome]) -> float:
    return fsum(outcome.counter_hours for outcome in outcomes) / len(outcomes)


def _row(name: str, outcomes: Sequence[Outcome], best: float, erlang: float) -> tuple[str, ...]:
    waits = [wait / 60 for outcome in outcomes for wait in outcome.waits]
    hours, (share, error) = _hours(outcomes), share_within(outcomes)
    return (
        name,
        f"{share:.3f} ±{error:.3f}",
        f"{sum(outcome.share < SHARE for outcome in outcomes)}",
        f"{hours:.1f}",
        f"{hours / best:.3f}",
        f"{hours / erlang:.3f}",
        f"{fsum(waits) / len(waits):.1f}",
        f"{max(waits):.0f}",
    )


def share_within(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Of all customers of all days, and its standard error, those of a day going together."""
    number, days = sum(len(outcome.waits) for outcome in outcomes), len(outcomes)
    share = sum(outcome.within for outcome in outcomes) / number
    squares = fsum((outcome.within - share * len(outcome.waits)) ** 2 for outcome in outcomes)
    return share, sqrt(days / (days - 1) * squares) / number


def main() -> None:
    """`python -m tests.bench.staffing --seed 1 --days 20`: on other days, to work on a policy."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.staffing", description=main.__doc__)
    parser.add_argument("--seed", type=int, required=True, help=f"any but {Trial().seed}, which is for judging")
    for number in ("history", "days"):
        parser.add_argument(f"--{number}", type=int, default=getattr(Trial(), number))
    run(Trial(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
