"""Counters that should be open: planned for now, or paused for long, while those of their queue wait for too long."""

from collections.abc import Sequence
from datetime import time

from msgspec.structs import replace

from alerts.conditions import readings
from alerts.rules import Rules
from alerts.watched import Reading, Watched
from tests.alerts.hand import watched
from tests.build import HOURS, SUD, called, closed, issued, opened, paused
from ticketing.alert import CounterClosed
from ticketing.events import Event
from ticketing.hours import Hours
from ticketing.plan import Desk, Plan

MORNING = Hours(zone=HOURS.zone, weekly={0: ((time(8, 30), time(12)),)})
AFTERNOON = Hours(zone=HOURS.zone, weekly={0: ((time(13, 15), time(16, 30)),)})
PLANNED = replace(
    SUD,
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour", "asile")),
        Desk(id="g2", name="Guichet 2", queues=("sejour",), planned=MORNING),
        Desk(id="g3", name="Guichet 3", queues=("sejour",), planned=AFTERNOON),
        Desk(id="g4", name="Guichet 4", queues=("asile",), planned=MORNING),
    ),
)
G1 = opened("g1", "8:30", "sejour", "asile")
LATE = issued("A1", "9:40")


def read(seen: Watched) -> Reading:
    found = [one for one in readings(seen, Rules()) if (one.condition, one.subject) == ("counter_closed", "sejour")]
    assert len(found) == 1
    assert found[0].fires != found[0].clears
    return found[0]


def missing(events: Sequence[Event], now: str = "10:00", plan: Plan = PLANNED, risk: float | None = None) -> object:
    """The counters that fire, if it does."""
    found = read(watched(now, *events, plan=plan, risks=None if risk is None else {"sejour": risk}))
    return found.facts.counters if found.fires and isinstance(found.facts, CounterClosed) else None


def test_a_counter_planned_for_now_is_missed_while_its_queue_is_late() -> None:
    assert missing([G1, LATE]) == ("Guichet 2",)


def test_it_is_missed_while_somebody_will_be_late_too() -> None:
    assert missing([G1, issued("A1", "9:55")], risk=0.8) == ("Guichet 2",)
    assert missing([G1, issued("A1", "9:55")], risk=0.4) is None


def test_it_is_not_missed_while_nobody_is_or_will_be_late() -> None:
    assert missing([G1, issued("A1", "9:55")], risk=0.1) is None


def test_it_is_not_missed_once_it_is_open() -> None:
    assert missing([G1, LATE, opened("g2", "9:58", "sejour")]) is None


def test_it_is_missed_while_it_is_paused() -> None:
    assert missing([G1, LATE, opened("g2", "8:30", "sejour"), paused("g2", "9:58")]) == ("Guichet 2",)


def test_a_counter_of_another_queue_is_not_missed() -> None:
    assert missing([G1, LATE, opened("g2", "9:58", "sejour"), closed("g4", "9:00")]) is None


def test_where_nothing_is_planned_a_counter_paused_for_more_than_a_quarter_of_an_hour_is_missed() -> None:
    events = [G1, LATE, opened("g2", "8:30", "sejour")]
    assert missing([*events, paused("g2", "9:44")], plan=SUD) == ("Guichet 2",)
    assert missing([*events, paused("g2", "9:46")], plan=SUD) is None
    assert missing([*events, closed("g2", "9:00")], plan=SUD) is None


def test_that_nobody_serves_a_line_fires_however_short_it_is() -> None:
    found = read(watched("10:00", issued("A1", "9:59")))
    assert found.fires
    assert found.facts == CounterClosed(counters=(), waiting=1)
    assert missing([]) is None


def test_before_the_hall_opens_nobody_needs_to_serve() -> None:
    assert missing([issued("A1", "8:20")], "8:29", plan=SUD) is None
    assert missing([issued("A1", "8:20")], "8:30", plan=SUD) == ()


def test_a_counter_that_says_nothing_of_whom_it_serves_may_serve_anybody() -> None:
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1"),))
    events = [issued("A0", "9:00"), called("A0", "9:50"), issued("A1", "9:59")]
    assert missing(events, plan=plan) is None
