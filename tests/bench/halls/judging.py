"""The judge: asks predictors when tickets are issued, with what a board knows then; the waits come out later."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Protocol

from msgspec import Struct

from tests.bench.halls.days import Issue, SimulatedDay, Truth, series
from tests.bench.halls.law import usual_law
from tests.bench.halls.oracle import REPLICATIONS, by_the_plan, foreseen
from tests.bench.halls.places import PARIS, Place
from tests.bench.halls.scores import Judgement, Prediction
from ticketing.area import Area, live_since

FLOOR = "oracle"
BY_THE_PLAN = "oracle of the usual day"


class Judged(Protocol):
    """A predictor of one hall, asked in the order of time."""

    def learn(self, day: SimulatedDay) -> None:
        """A day that is over, with all that was heard of it."""

    def predict(self, area: Area, queue: str, now: datetime) -> Prediction | None:
        """The wait of somebody who takes an ordinary ticket now, which is not yet in `area`; None: no idea."""


class Trial(Struct, frozen=True, kw_only=True):
    """`history`: days to learn from before the `days` that are judged; predictors are asked on all of them.

    Of the ordinary tickets one in `every` is taken; `replications` are the oracle's.
    """

    seed: int
    history: int = 30
    days: int = 100
    every: int = 2
    replications: int = REPLICATIONS


def judge(place: Place, trial: Trial, predictors: Mapping[str, Judged]) -> dict[str, list[Judgement]]:
    """What each predictor and the two oracles said of the same tickets; those never called are left out."""
    found: dict[str, list[Judgement]] = {name: [] for name in (FLOOR, BY_THE_PLAN, *predictors)}
    before: SimulatedDay | None = None
    for number, (day, truth) in enumerate(series(place, trial.seed, trial.history + trial.days)):
        for issue, area in instants(day, truth, before, trial.every):
            said = {name: predictor.predict(area, issue.queue, issue.at) for name, predictor in predictors.items()}
            if number < trial.history or issue.wait_s is None:
                continue
            usual = by_the_plan(issue.seen, usual_law(place, day.date.weekday()), issue.seconds)
            for name, hall in ((FLOOR, issue.seen), (BY_THE_PLAN, usual)):
                said[name] = foreseen(hall, issue.line, issue.seconds, issue.ticket, trial.replications)
            at_once = issue.seen.free_for(issue.line) is not None
            for name, prediction in said.items():
                found[name].append(Judgement(number, issue.wait_s, at_once, prediction))
        for predictor in predictors.values():
            predictor.learn(day)
        before = day
    return found


def instants(
    day: SimulatedDay, truth: Truth, before: SimulatedDay | None = None, every: int = 1
) -> Iterator[tuple[Issue, Area]]:
    """One in so many ordinary tickets, and the area just before its issue as a board has it: yesterday is in it too."""
    midnight = datetime.combine(day.date, time.min, PARIS)
    area = Area.of(day.plan, before.events if before else (), live_since(day.plan, midnight))
    told = 0
    for issue in truth.issues[::every]:
        area = area.after(day.events[told : issue.place])
        told = issue.place
        yield issue, area
