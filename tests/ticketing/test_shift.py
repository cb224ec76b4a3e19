"""The day of a counter: its states one after the other, whom it called, and the hours that were planned."""

from datetime import time

import pytest
from msgspec.structs import replace

from tests.build import PARIS, SUD, at, called, closed, ended, issued, no_show, opened, paused, resumed, started
from ticketing.area import Area
from ticketing.events import Event
from ticketing.hours import Hours
from ticketing.plan import Desk, Plan
from ticketing.shift import Shift, shift

DAY: list[Event] = [
    opened("g1", "8:30", "sejour"),
    issued("A1", "8:20"),
    called("A1", "8:40"),
    started("A1", "8:41", "g1"),
    ended("A1", "8:50"),
    paused("g1", "9:00"),
    resumed("g1", "9:10"),
    issued("A2", "8:55"),
    called("A2", "9:15"),
    no_show("A2", "9:20"),
    closed("g1", "9:30"),
]


def of(events: list[Event], now: str = "10:00", counter: str = "g1", plan: Plan = SUD) -> Shift:
    return shift(Area.of(plan, events), counter, at(now))


def test_its_states_follow_each_other_from_midnight_until_now() -> None:
    assert [(one.state, one.begins, one.ends, one.ticket) for one in of(DAY).stretches] == [
        ("closed", at("0:00"), at("8:30"), None),
        ("free", at("8:30"), at("8:40"), None),
        ("called", at("8:40"), at("8:41"), "A1"),
        ("serving", at("8:41"), at("8:50"), "A1"),
        ("free", at("8:50"), at("9:00"), None),
        ("paused", at("9:00"), at("9:10"), None),
        ("free", at("9:10"), at("9:15"), None),
        ("called", at("9:15"), at("9:20"), "A2"),
        ("free", at("9:20"), at("9:30"), None),
        ("closed", at("9:30"), at("10:00"), None),
    ]


def test_it_was_staffed_while_it_was_neither_closed_nor_paused() -> None:
    found = of(DAY)
    assert found.staffed == ((at("8:30"), at("9:00")), (at("9:10"), at("9:30")))
    assert (found.open_s, found.paused_s) == (50 * 60, 10 * 60)


def test_whom_it_called_is_told_the_latest_first_with_the_mean_service() -> None:
    found = of(DAY)
    assert [(one.ticket, one.end) for one in found.calls] == [("A2", "no_show"), ("A1", "served")]
    assert (found.served, found.no_shows, found.mean_service_s) == (1, 1, 540)


def test_what_it_does_now_is_told_with_whom_and_since_when() -> None:
    found = of(DAY[:4], "8:45")
    assert (found.state, found.since, found.ticket) == ("serving", at("8:41"), "A1")


def test_what_is_still_to_come_by_a_device_that_runs_ahead_is_left_out() -> None:
    found = of(DAY, "8:45")
    assert [one.state for one in found.stretches] == ["closed", "free", "called", "serving"]
    assert found.stretches[-1].ends == at("8:45")


def test_a_counter_of_which_nothing_was_heard_is_closed_all_day() -> None:
    found = of(DAY, counter="g2")
    assert [(one.state, one.begins, one.ends) for one in found.stretches] == [("closed", at("0:00"), at("10:00"))]
    assert (found.since, found.calls, found.mean_service_s, found.planned) == (None, (), None, None)


def test_a_counter_that_only_events_know_has_a_day_all_the_same() -> None:
    found = of([opened("x9", "9:00")], counter="x9")
    assert (found.configured, found.open_s) == (False, 3600)


def test_a_counter_that_nobody_knows_has_none() -> None:
    with pytest.raises(KeyError):
        of(DAY, counter="g7")


def test_planned_hours_stand_beside_the_real_ones() -> None:
    hours = Hours(zone=PARIS, weekly={0: ((time(8, 30), time(11)),)})
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",), planned=hours),))
    assert of(DAY, plan=plan).planned == ((at("8:30"), at("11:00")),)
