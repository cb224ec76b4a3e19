"""The wait by the closed formula, by hand."""

from collections.abc import Sequence
from datetime import time

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import PARIS, SUD, at, called, issued, opened
from tests.history import alike, exponential, lessons, load
from ticketing.area import Area
from ticketing.events import Event
from ticketing.formula import Z90, queue_length_waits
from ticketing.hours import Hours
from ticketing.levels import Levels
from ticketing.load import Leaving, Load
from ticketing.outlook import Outlook
from ticketing.plan import Desk, Plan

FIVE_MINUTES = load({"sejour": alike(300)}, lessons(2, arrivals={"sejour": {}}))


def desks(number: int, planned: Hours | None = None) -> Plan:
    """So many counters for one queue."""
    counters = (Desk(id=f"c{n}", name="", queues=("sejour",), planned=planned) for n in range(number))
    return replace(SUD, desks=tuple(counters))


def busy(number: int, clock: str = "10:00") -> list[Event]:
    """So many counters, each with a customer who was called just now."""
    return [
        one
        for n in range(number)
        for one in (opened(f"c{n}", "9:30", "sejour"), issued(f"B{n}", "9:40"), called(f"B{n}", clock, f"c{n}"))
    ]


def line(number: int, since: str = "9:58") -> list[Event]:
    return [issued(f"A{n}", since) for n in range(number)]


def waits(events: Sequence[Event], plan: Plan, learnt: Load = FIVE_MINUTES, clock: str = "10:00") -> Levels | None:
    found = queue_length_waits(Outlook.of(Area.of(plan, events), learnt, at(clock)))
    return found.get("sejour")


def middle(events: Sequence[Event], plan: Plan, learnt: Load = FIVE_MINUTES, clock: str = "10:00") -> float:
    found = waits(events, plan, learnt, clock)
    assert found
    return found[1]


@pytest.mark.parametrize(("counters", "ahead"), [(1, 0), (1, 3), (2, 3), (5, 0), (5, 12)])
def test_the_wait_is_the_work_ahead_and_half_a_service_over_the_counters(counters: int, ahead: int) -> None:
    expected = (ahead * 300 + 150) / counters
    assert middle([*busy(counters), *line(ahead)], desks(counters)) == pytest.approx(expected, abs=0.1)


def test_services_that_differ_leave_more_of_the_present_one() -> None:
    # of an exponential law, a whole one: m (1 + c^2) / 2 = m
    learnt = load({"sejour": exponential(300)}, lessons(2))
    c = learnt.services["sejour"].c
    assert c == pytest.approx(1, abs=0.05)
    assert middle(busy(1), desks(1), learnt) == pytest.approx(150 * (1 + c**2), abs=0.1)


def test_low_and_high_are_as_far_off_as_the_sum_of_so_many_services_spreads() -> None:
    found = waits([*busy(1), *line(3)], desks(1))
    assert found
    need, off = 1050.0, Z90 * (1050.0 * 150) ** 0.5
    assert found == pytest.approx((need - off, need, need + off), abs=0.1)


def test_who_finds_a_counter_free_does_not_wait() -> None:
    assert waits([opened("c0", "9:59", "sejour")], desks(1)) == (0, 0, 0)


def test_those_who_have_gone_take_only_a_moment() -> None:
    leaving = Leaving(waits_s=np.array([0.0, 3600.0]), gone=np.array([0.5, 0.5]))
    learnt = replace(FIVE_MINUTES, leaving={"sejour": leaving}, services={"sejour": replace(alike(300), vain_s=60.0)})
    # of four half have gone: 2 * 300 + 2 * 60 and half a service
    assert middle([*busy(1), *line(4)], desks(1), learnt) == pytest.approx(870, abs=0.1)


def test_between_two_customers_a_counter_takes_its_time() -> None:
    learnt = replace(FIVE_MINUTES, gaps=np.full(1, 20.0))
    assert middle([*busy(1), *line(4)], desks(1), learnt) == pytest.approx(4 * 320 + 150, abs=0.1)


def test_a_break_ahead_is_waited_through() -> None:
    # 150 s of the present service, 11 times 300 s: 57 min 30 s of work, 30 minutes of which are there before the break
    planned = Hours(zone=PARIS, weekly={0: ((time(8, 30), time(10, 30)), (time(11), time(16)))})
    found = middle([*busy(1), *line(11)], desks(1, planned))
    assert found == pytest.approx(3450 + 30 * 60, abs=240)  # as punctual as people are


def test_a_counter_shared_with_another_queue_is_there_as_far_as_its_work_goes() -> None:
    learnt = load({"sejour": alike(300), "asile": alike(300)}, lessons(2, arrivals={"sejour": {}, "asile": {}}))
    plan = replace(SUD, desks=(Desk(id="c0", name="", queues=("sejour", "asile")),))
    told = [opened("c0", "9:30", "sejour", "asile"), issued("B0", "9:40"), called("B0", "10:00", "c0")]
    others = [issued(f"O{n}", "9:58", "asile") for n in range(3)]
    # three of each: half of the counter each
    assert middle([*told, *line(3), *others], plan, learnt) == pytest.approx(2 * 1050, abs=2)


def test_those_with_priority_who_come_meanwhile_take_their_part() -> None:
    # six with priority in each half-hour, of 5 minutes each: all of one of the two counters
    days = lessons(2, arrivals={"sejour": {20: 6}})
    learnt = load({"sejour": alike(300)}, days, first_share={"sejour": 1.0})
    assert middle([*busy(2), *line(3)], desks(2), learnt) == pytest.approx(1050, abs=2)


def test_before_the_hall_opens_the_wait_counts_from_its_opening() -> None:
    # 20 minutes of work from 8:20 on
    events = [opened("c0", "8:00", "sejour"), issued("B0", "8:00"), called("B0", "8:20", "c0"), *line(4, "8:19")]
    assert middle(events, desks(1), clock="8:20") == pytest.approx(1350 - 600, abs=0.1)


def test_where_there_is_no_counter_nobody_can_be_called() -> None:
    assert waits(line(3), desks(0)) is None
    assert waits(line(3), desks(2)) is None  # both closed, and nothing is planned


def test_where_no_service_is_known_nothing_is_told() -> None:
    assert waits([*busy(1), *line(3)], desks(1), Load()) is None
