"""Killed and started again between any two ticks, vigie judges, tells and ends alerts as if it had gone on."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import pairwise

import pytest

from alerts.evaluation import Evaluation
from alerts.log import AwayError, Log
from alerts.routing import Route
from alerts.rules import Adjustment, Rules
from alerts.turn import Judging, Sight
from alerts.watched import Watched, WatchedSite
from collector.journal import Journal
from deploy.asking import Database
from tests.alerts.fakes import FakeLog
from tests.alerts.hand import watched
from tests.build import at, issued, opened
from tests.fakes import FakeJournal
from ticketing.alert import Record

AnyLog = Log | FakeLog
RULES = Rules(
    [
        Adjustment(condition="staffing_shortfall", enabled=False),
        Adjustment(condition="counter_closed", enabled=False),
    ]
)
JUDGING = Judging(site="aube", rules=RULES, routes=(Route(to=("chef",), then=(("adjointe",), ("directeur",))),))
CALM = [opened("g1", "8:30", "sejour", "asile")]


def line(clock: str, risk: float, *, late: bool = False, waits: bool = True) -> Watched:
    """Somebody came at 9:10 (or, late, at 9:00), and will be late with a probability."""
    events = [*CALM, issued("A1", "9:00" if late else "9:10")] if waits else CALM
    return watched(clock, *events, risks={"sejour": risk})


# held from 9:12, firing at 9:14, escalated at 9:24, silenced until 9:40, and after that again;
# taken on, easing from 9:50, back at 9:55, over twenty minutes after 10:00
COURSE: list[Watched | str] = [
    line("9:12", 0.9),
    line("9:13", 0.9),
    line("9:14", 0.9),
    line("9:15", 0.6),
    line("9:20", 0.9),
    line("9:24", 0.9),
    "silence",
    line("9:34", 0.9, late=True),
    line("9:39", 0.9, late=True),
    line("9:41", 0.9, late=True),
    "acknowledge",
    line("9:45", 0.9, late=True),
    line("9:50", 0.1, waits=False),
    line("9:55", 0.9, late=True),
    line("10:00", 0.1, waits=False),
    line("10:19", 0.1, waits=False),
    line("10:20", 0.1, waits=False),
]


async def lived(log: AnyLog, restarts: Callable[[int], bool]) -> Record:
    """The whole course; with a new evaluation before each tick at which it restarts."""
    seen: list[Watched] = []

    def begun() -> Evaluation:
        def look() -> Sight:
            return Sight(site=WatchedSite(at=seen[-1].at), areas=(seen[-1],))

        return Evaluation(JUDGING, log, look, lambda *_: None, monotonic=lambda: 0.0)

    evaluation = begun()
    for number, step in enumerate(COURSE):
        if restarts(number):
            evaluation = begun()
        if isinstance(step, Watched):
            seen.append(step)
            await evaluation.tick()
        else:
            await DONE[step](log, seen[-1].at)
    (record,) = await log.records(at("9:00"), at("12:00"))
    return record


async def silence(log: AnyLog, now: datetime) -> None:
    number = (await log.records(at("9:00"), at("12:00")))[0].alert.id
    await log.mute(number, subject=None, until=at("9:40"), who="chef", reason="travaux", at=now)


async def acknowledge(log: AnyLog, now: datetime) -> None:
    number = (await log.records(at("9:00"), at("12:00")))[0].alert.id
    await log.acknowledge(number, "chef", "j’ouvre", now)


DONE: dict[str, Callable[[AnyLog, datetime], Awaitable[None]]] = {"silence": silence, "acknowledge": acknowledge}


@pytest.fixture
def log(either: Journal | FakeJournal) -> AnyLog:
    return FakeLog() if isinstance(either, FakeJournal) else Log(Database(either, AwayError), "aube")


async def test_an_alert_lives_as_it_should_through_a_restart_before_every_tick(log: AnyLog) -> None:
    record = await lived(log, lambda _: True)
    told = [(moment.at, moment.kind) for moment in record.moments]
    assert told == [
        (at("9:14"), "predicted"),
        (at("9:14"), "fired"),
        (at("9:24"), "escalated"),
        (at("9:24"), "muted"),
        (at("9:34"), "joined"),
        (at("9:41"), "escalated"),
        (at("9:41"), "acknowledged"),
        (at("9:50"), "eased"),
        (at("10:00"), "eased"),
        (at("10:20"), "resolved"),
    ]
    assert record.alert.told_to == ("chef", "adjointe", "directeur")
    assert all(one <= other for (one, _), (other, _) in pairwise(told))


async def test_one_that_goes_on_makes_the_same_of_it(log: AnyLog) -> None:
    once = await lived(log, lambda _: False)
    assert once == await lived(FakeLog(), lambda number: number % 2 == 0)
