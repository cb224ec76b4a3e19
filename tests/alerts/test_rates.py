"""Telephone rates over the last hour: a target is missed once chance does not explain it, and met once it is met."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from alerts.conditions import readings
from alerts.rules import Adjustment, Rules
from alerts.watched import Key, Reading, Watched
from tests.alerts.hand import watched
from tests.build import STANDARD, answered, at, hung_up, lost, overflowed, passed_on, queued
from ticketing.alert import Condition, Rate
from ticketing.events import Event
from ticketing.plan import Endings, Target

TARGETS = (
    Target(measure="answer_rate", value=0.85, provenance="plan", valid_from=date(2026, 1, 1)),
    Target(measure="lost_rate", value=0.10, provenance="plan", valid_from=date(2026, 1, 1)),
)
PLAN = replace(STANDARD, targets=TARGETS)
TELEPHONES = "operateurs"


def clock(since: str, seconds: float) -> str:
    return f"{at(since) + timedelta(seconds=seconds):%H:%M:%S}"


def calls(answers: int, losses: int, since: str = "9:30") -> list[Event]:
    """One every ten seconds, each decided within five."""
    found: list[Event] = []
    for n in range(answers + losses):
        call, came, then = f"C{since}{n}", clock(since, 10 * n), clock(since, 10 * n + 5)
        found.append(queued(call, came))
        found += [answered(call, then), hung_up(call, clock(since, 10 * n + 8))] if n < answers else [lost(call, then)]
    return found


def switchboard(events: Sequence[Event], now: str = "10:00") -> Watched:
    return watched(now, *events, plan=PLAN)


def read(
    seen: Watched, condition: Condition, rules: Sequence[Adjustment] = (), known: Sequence[Key] = ()
) -> Reading | None:
    found = readings(seen, Rules(rules), known)
    return next((one for one in found if (one.condition, one.subject) == (condition, TELEPHONES)), None)


def state(found: Reading | None) -> str:
    assert found
    assert not (found.fires and found.clears)
    return "fires" if found.fires else "over" if found.clears else "between"


# bounds at 90 %, one-sided, by hand: of 30 answered of 40, the upper is 0.827 (below 0.85); of 31, 0.848; of 32, 0.868
@pytest.mark.parametrize(
    ("answers", "expected"), [(30, "fires"), (31, "fires"), (32, "between"), (33, "between"), (34, "over")]
)
def test_too_few_answered_is_beyond_chance_and_enough_is_the_target_itself(answers: int, expected: str) -> None:
    assert state(read(switchboard(calls(answers, 40 - answers)), "answer_rate")) == expected


# of 7 lost of 40 the lower bound is 0.111 (above 0.10), of 6 it is 0.092
@pytest.mark.parametrize(("losses", "expected"), [(7, "fires"), (6, "between"), (5, "between"), (4, "over")])
def test_too_many_lost_is_beyond_chance_and_few_enough_is_the_target_itself(losses: int, expected: str) -> None:
    assert state(read(switchboard(calls(40 - losses, losses)), "lost_rate")) == expected


def test_a_rate_tells_what_it_is_made_of() -> None:
    reading = read(switchboard(calls(10, 30)), "lost_rate")
    assert reading is not None
    assert reading.facts == Rate(value=0.75, count=30, of=40, target=0.1, window_s=3600)
    reading = read(switchboard(calls(10, 30)), "answer_rate")
    assert reading is not None
    assert reading.facts == Rate(value=0.25, count=10, of=40, target=0.85, window_s=3600)


def test_nineteen_calls_are_too_few_to_tell() -> None:
    assert state(read(switchboard(calls(0, 19)), "answer_rate")) == "between"
    assert state(read(switchboard(calls(0, 20)), "answer_rate")) == "fires"


def test_with_nothing_decided_in_the_last_hour_nothing_is_missed() -> None:
    assert state(read(switchboard([]), "answer_rate")) == "over"
    assert state(read(switchboard([]), "answer_rate", [Adjustment(condition="answer_rate", clear=-0.05)])) == "over"
    assert state(read(switchboard(calls(0, 40, "9:05"), "10:00"), "answer_rate")) == "fires"
    assert state(read(switchboard(calls(0, 40, "9:05"), "11:30"), "answer_rate")) == "over"


def test_the_hour_is_one_of_opening_hours() -> None:
    # closed from 12:00 to 13:15: at 13:30 the last hour began at 11:15
    assert state(read(switchboard(calls(0, 40, "11:20"), "13:30"), "answer_rate")) == "fires"
    assert state(read(switchboard(calls(0, 40, "11:00"), "13:30"), "answer_rate")) == "over"


def test_calls_outside_opening_hours_are_in_no_rate() -> None:
    assert state(read(switchboard(calls(0, 40, "8:00"), "8:45"), "answer_rate")) == "over"


def test_a_call_that_waits_is_not_decided() -> None:
    reading = read(switchboard([*calls(20, 5), *(queued(f"W{n}", "9:59:50") for n in range(30))]), "lost_rate")
    assert reading is not None
    assert isinstance(reading.facts, Rate)
    assert (reading.facts.count, reading.facts.of) == (5, 25)


def test_a_call_that_overflows_or_goes_elsewhere_unanswered_is_lost_and_one_answered_in_the_end_is_not() -> None:
    events = [
        *[queued("C1", "9:50"), overflowed("C1", "9:51")],
        *[queued("C2", "9:50"), passed_on("C2", "9:51")],
        *[queued("C3", "9:50"), passed_on("C3", "9:51", "autre"), answered("C3", "9:52")],
    ]
    reading = read(switchboard(events), "answer_rate")
    assert reading is not None
    assert isinstance(reading.facts, Rate)
    assert (reading.facts.count, reading.facts.of) == (1, 3)


def test_a_call_that_nobody_closes_is_lost_once_it_is_presumed_to_be_as_in_the_figures_of_the_day() -> None:
    plan = replace(PLAN, endings=Endings(overtaken_by=5, overtaken_for=timedelta(minutes=10)))
    later = [
        event
        for n in range(5)
        for event in (queued(f"C{n}", "9:41"), answered(f"C{n}", "9:42"), hung_up(f"C{n}", "9:44"))
    ]
    seen = watched("9:55", queued("L", "9:40"), *later, plan=plan)
    reading = read(seen, "answer_rate")
    assert reading is not None
    assert isinstance(reading.facts, Rate)
    assert (reading.facts.count, reading.facts.of) == (5, 6)
    assert seen.figures.queues[0].answer_rate_agent == round(5 / 6, 4)


def test_margins_ask_for_more_on_both_sides() -> None:
    events = calls(30, 10)
    late = [Adjustment(condition="answer_rate", fire=0.05)]
    assert state(read(switchboard(events), "answer_rate", late)) == "between"
    early = [Adjustment(condition="answer_rate", clear=-0.05)]
    assert state(read(switchboard(calls(34, 6)), "answer_rate", early)) == "between"
    assert state(read(switchboard(calls(36, 4)), "answer_rate", early)) == "over"


def test_halls_have_no_telephone_rates_and_switchboards_without_a_target_neither() -> None:
    assert not [one for one in readings(watched("10:00"), Rules()) if one.condition in ("answer_rate", "lost_rate")]
    without = watched("10:00", *calls(0, 40), plan=STANDARD)
    assert read(without, "answer_rate") is None
    assert state(read(without, "answer_rate", known=[("answer_rate", TELEPHONES)])) == "over"
