"""Alerts judged on simulated days: how many, how early, how often in vain, beside plain thresholds and hysteresis."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from statistics import quantiles

from msgspec import Struct

from alerts.rules import HALL, Adjustment, Rules
from tests.bench.halls.announced import Marks, Span, WatchedDay, breaches, marks
from tests.bench.halls.days import series
from tests.bench.halls.places import COMMITMENT, PLACES, WATCHED, Place
from tests.bench.halls.watching import Clock, Judged, Said, Simple, Vigie, Watching, longest, predicted
from tests.bench.measuring import show
from ticketing.alert import TOPICS, Topic

LESS = 2 / 3
"""Of the time promised, from which on an alert by hysteresis is over."""
AT_ONCE = [
    Adjustment(condition=condition, hold=timedelta(), keep=timedelta(), enabled=TOPICS[condition] == "wait")
    for condition, rule in HALL.items()
    if rule.enabled
]
OURS = "vigie"

JUDGED: Mapping[str, Callable[[], Judged]] = {
    OURS: lambda: Vigie(Rules()),
    "vigie, no hold, no keep": lambda: Vigie(Rules(AT_ONCE)),
    "threshold: line": lambda: Simple(longest, longest),
    "threshold: predicted": lambda: Simple(predicted, predicted),
    "hysteresis: predicted": lambda: Simple(predicted, lambda queue: predicted(queue, LESS)),
}
"""What is to be judged, by the name in the table."""

KINDS = {**WATCHED, **PLACES}
COLUMNS = (
    "", "alerts a day", "flaps a day", "announced", "missed", "in vain (30)", "lead P10", "P50", "P90", "open h",
)  # fmt: skip


class Trial(Struct, frozen=True, kw_only=True):
    """`history`: days to learn from before the `days` that are judged. Days of this seed are for judging alone:
    whoever adjusts a rule takes others, see `main`.
    """

    seed: int = 20_260
    history: int = 20
    days: int = 60
    clock: Clock = Clock()


def run(trial: Trial | None = None, kinds: Sequence[str] = tuple(WATCHED)) -> None:
    trial = trial or Trial()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        found = [processes.submit(judged, KINDS[kind], trial) for kind in kinds]
        for kind, days in zip(kinds, found, strict=True):
            _show(kind, trial, *days.result())


def judged(place: Place, trial: Trial) -> tuple[dict[date, tuple[Span, ...]], dict[str, Said]]:
    """The breaches of each day, and what each of those judged said of them."""
    watching, judges = Watching(place.plan, trial.clock), {name: make() for name, make in JUDGED.items()}
    true = {}
    for number, (day, truth) in enumerate(series(place, trial.seed, trial.history + trial.days)):
        if number >= trial.history:
            for watched in watching.watch(day):
                for judge in judges.values():
                    judge.see(watched)
            closing = place.plan.hours.day(day.date).in_utc().closing
            true[day.date] = breaches(truth.stays, COMMITMENT.within, closing)
        watching.learn(day)
    return true, {name: judge.said() for name, judge in judges.items()}


def _show(kind: str, trial: Trial, true: Mapping[date, tuple[Span, ...]], said: Mapping[str, Said]) -> None:
    found = {name: _marks(true, of_it, "wait") for name, of_it in said.items()}
    clock, ours, sent = trial.clock, found[OURS], said[OURS].messages
    rows = [_row(name, of_it) for name, of_it in found.items()]
    rows.insert(1, _row(f"{OURS}: budget", _marks(true, said[OURS], "budget"))[:3] + ("",) * (len(COLUMNS) - 3))
    show(
        f"{kind}: {ours.breaches} breaches of T = {_minutes(COMMITMENT.within)} min in {trial.days} days after "
        f"{trial.history} of history, seed {trial.seed}; a line too long for {ours.breach_h:.1f} h a day",
        COLUMNS,
        rows,
        f"Looked at every {clock.every.total_seconds():.0f} s; forecast at every {clock.forecast}. look, advised at "
        f"every {clock.advice}. ± standard error, by days. Flaps: open for under 15 min, or raised within 15 min of "
        "the end of the one before. Announced: open from 5 min before a breach until it began. Missed: breaches in "
        "which neither condition of a long line held, be they shorter than from look to look. In vain, a day: no "
        "breach while open or 15 (30) min after. Lead: of an alert before its first breach, min. Messages of "
        f"{OURS} a day to who never answers: "
        + ", ".join(f"{news} {number / trial.days:.1f}" for news, number in sorted(sent.items())),
    )


def _marks(true: Mapping[date, tuple[Span, ...]], said: Said, topic: Topic) -> Marks:
    days = ((of_day, *said.on(day, topic)) for day, of_day in true.items())
    return marks([WatchedDay(breaches=of_day, alerts=alerts, seen=seen) for of_day, alerts, seen in days])


def _row(name: str, found: Marks) -> tuple[str, ...]:
    told = found.announced
    return (
        name,
        f"{found.alerts[0]:.2f} ±{found.alerts[1]:.2f}",
        f"{found.flaps[0]:.2f} ±{found.flaps[1]:.2f}",
        f"{told[0]:.2f} ±{told[1]:.2f}" if told else "-",
        str(found.missed),
        f"{found.in_vain[0]:.2f} ({found.in_vain[1]:.2f})",
        *map(_minutes, tenths(found.leads)),
        f"{found.open_h:.1f}",
    )


def tenths(lengths: Sequence[timedelta]) -> Sequence[timedelta | None]:
    """The first, fifth and ninth; None of fewer than two."""
    if len(lengths) < 2:
        return None, None, None
    cuts = quantiles([length.total_seconds() for length in lengths], n=10, method="inclusive")
    return tuple(timedelta(seconds=cuts[at]) for at in (0, 4, 8))


def _minutes(length: timedelta | None) -> str:
    return "-" if length is None else f"{length / timedelta(minutes=1):.0f}"


def main() -> None:
    """`python -m tests.bench.alerting --seed 1 --days 20 lunch9`: on other days, to work on a rule."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.alerting", description=main.__doc__)
    parser.add_argument("kinds", nargs="*", help=", ".join(KINDS))
    parser.add_argument("--seed", type=int, required=True, help=f"any but {Trial().seed}, which is for judging")
    for number in ("history", "days"):
        parser.add_argument(f"--{number}", type=int, default=getattr(Trial(), number))
    parser.add_argument("--every", type=float, default=Clock().every.total_seconds(), help="seconds between looks")
    given = vars(parser.parse_args())
    kinds: list[str] = given.pop("kinds")
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        parser.error(f"found {', '.join(unknown)}, expected some of {', '.join(KINDS)}")
    clock = Clock(every=timedelta(seconds=given.pop("every")))
    run(Trial(**given, clock=clock), kinds or tuple(WATCHED))


if __name__ == "__main__":
    main()
