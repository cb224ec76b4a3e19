"""Devices that tell less than they might: no counter opened or closed, no service ended before the next call."""

from datetime import timedelta
from math import inf

import numpy as np
import pytest
from msgspec.structs import replace

from tests import build
from tests.build import MONDAY, STANDARD, SUD, answered, at, closed, ended, hung_up, issued, opened, queued
from ticketing.area import Area
from ticketing.events import Event
from ticketing.forecast import forecast
from ticketing.handling import Handling
from ticketing.ignoring import away_longer
from ticketing.lesson import Lesson
from ticketing.load import Load
from ticketing.service import lengths_of
from ticketing.situation import Situation
from ticketing.staffing import advise

BARE = replace(SUD, desks=())


def called(ticket: str, clock: str) -> Event:
    return build.called(ticket, clock, "g7")


def test_a_hall_without_any_counter_is_told_so() -> None:
    load = Load.of([Lesson.of(Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:05"), ended("A1", "9:10")]), MONDAY)])
    load = replace(load, days=load.days * 5)
    for events in ([], [issued("A2", "9:00")]):
        area = Area.of(BARE, events)
        assert forecast(area, load, at("9:10")).queues["sejour"].reason == "no_counter"
        assert advise(area, load, at("9:10")) == {}


def test_a_counter_of_which_nothing_is_said_serves_the_queue_that_it_calls_from() -> None:
    situation = Situation.of(Area.of(BARE, [issued("A1", "9:00"), called("A1", "9:05")]), at("9:06"))
    assert [(seat.desk.id, seat.queues) for seat in situation.seats] == [("g7", ("sejour",))]


def test_a_counter_that_was_told_to_serve_nothing_serves_nothing() -> None:
    told = opened("g7", "9:00")
    situation = Situation.of(Area.of(BARE, [told, issued("A1", "9:00"), called("A1", "9:05")]), at("9:06"))
    assert [seat.queues for seat in situation.seats] == [()]


def test_who_calls_is_there_from_then_to_the_last_that_is_heard() -> None:
    events = [
        issued("A1", "9:00"),
        called("A1", "9:05"),
        ended("A1", "9:10"),
        issued("A2", "9:20"),
        called("A2", "9:30"),
    ]
    lesson = Lesson.of(Area.of(BARE, events), MONDAY)
    assert lesson.staffed == {"g7": ((9 * 3600 + 300.0, 9.5 * 3600),)}


def test_a_service_that_ends_with_the_call_of_somebody_who_waited_has_its_length() -> None:
    events = [
        issued("A1", "9:00"),
        called("A1", "9:00"),
        issued("A2", "9:04"),
        called("A2", "9:10"),
        ended("A1", "9:10"),
    ]
    handling = Lesson.of(Area.of(BARE, events), MONDAY).handling["sejour"]
    assert (handling.served, handling.at_most) == (((600.0, 0.0),), ())


def test_a_service_that_ends_with_the_call_of_somebody_who_just_came_is_known_to_be_no_longer() -> None:
    events = [
        issued("A1", "9:00"),
        called("A1", "9:00"),
        issued("A2", "9:10"),
        called("A2", "9:10"),
        ended("A1", "9:10"),
    ]
    handling = Lesson.of(Area.of(BARE, events), MONDAY).handling["sejour"]
    assert (handling.served, handling.at_most) == ((), ((600.0, 0.0),))


def test_a_call_without_an_end_ends_with_the_next_one_of_its_counter() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:00"), issued("A2", "9:04"), called("A2", "9:10")]
    lesson = Lesson.of(Area.of(BARE, events), MONDAY)
    assert lesson.handling["sejour"].served == ((600.0, 0.0),)
    assert lesson.untold == (1, 1)


def test_bounds_of_services_weigh_as_kaplan_and_meier_say() -> None:
    # by hand, from the longest down: 1/3 at 30; of the two that are no longer than 20, one is only known to be
    lengths, weights = lengths_of(Handling(served=((10.0, 0.0), (30.0, 0.0)), at_most=((20.0, 0.0),)))
    assert lengths.tolist() == [10, 20, 30]
    assert weights.tolist() == pytest.approx([2 / 3, 0, 1 / 3])


def test_an_idle_counter_s_time_is_not_its_service_time() -> None:
    # services of mean 1, next arrivals at random: what is seen is the later of both
    chance = np.random.default_rng(7)
    services, arrivals = chance.exponential(1, 20_000), chance.exponential(1, 20_000)
    handling = Handling(
        served=tuple((s, 0.0) for s, a in zip(services, arrivals, strict=True) if s >= a),
        at_most=tuple((a, 0.0) for s, a in zip(services, arrivals, strict=True) if s < a),
    )
    lengths, weights = lengths_of(handling)
    assert lengths @ weights == pytest.approx(1, abs=0.05)


def conversation(call: str, asked: str, began: str, over: str, counter: str) -> list[Event]:
    return [queued(call, asked), answered(call, began, counter), hung_up(call, over)]


IGNORING = [
    *conversation("C1", "9:00", "9:00", "9:02", "op1"),
    *conversation("C2", "9:01", "9:01", "9:05", "op2"),
    *conversation("C3", "9:03", "9:05", "9:06", "op2"),
]
"""At 9:03 op1 looks free, and C3 waits until op2 is."""


def test_a_position_that_lets_a_call_wait_is_not_there() -> None:
    situation = Situation.of(Area.of(STANDARD, IGNORING), at("9:10"))
    assert {seat.desk.id: seat.ignored_s for seat in situation.seats} == {"op1": 180.0, "op2": 0.0}


def test_a_position_that_says_when_it_is_away_is_believed() -> None:
    told = opened("op1", "8:59", "operateurs")
    situation = Situation.of(Area.of(STANDARD, [told, *IGNORING]), at("9:10"))
    assert [seat.ignored_s for seat in situation.seats if seat.desk.id == "op1"] == [0.0]


def test_an_absence_lasts_from_the_end_of_a_call_to_the_next_one_there() -> None:
    later = conversation("C4", "9:12", "9:12", "9:13", "op1")
    assert Lesson.of(Area.of(STANDARD, IGNORING), MONDAY).absences == (inf,)
    assert Lesson.of(Area.of(STANDARD, [*IGNORING, *later]), MONDAY).absences == (600.0,)


def test_a_counter_that_closes_is_absent_from_nothing() -> None:
    told = closed("op1", "9:02:30")
    assert Lesson.of(Area.of(STANDARD, [*IGNORING, told]), MONDAY).absences == ()


def test_who_has_ignored_people_for_long_is_in_one_of_the_longer_absences() -> None:
    assert away_longer(np.array([30.0, 60.0, 600.0, inf]), timedelta(minutes=1).total_seconds()).tolist() == [
        600.0,
        inf,
    ]
