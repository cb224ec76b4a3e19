"""The situation of a hall at an instant: who waits, since when and for what, and which counter has whom."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.build import (
    MONDAY,
    PARIS,
    SUD,
    abandoned,
    at,
    called,
    cancelled,
    closed,
    ended,
    issued,
    later,
    opened,
    paused,
    queued,
    requeued,
    started,
    transferred,
)
from ticketing.area import Area
from ticketing.events import Event, TicketCalled
from ticketing.handling import Handling
from ticketing.situation import Seat, Situation, Waiting


def now(events: Sequence[Event], clock: str | datetime = "10:00") -> Situation:
    return Situation.of(Area.of(SUD, events), at(clock) if isinstance(clock, str) else clock)


def line(events: Sequence[Event], clock: str = "10:00") -> list[str]:
    return [one.visit.removeprefix("ticket/") for one in now(events, clock).waiting]


def the_one(events: Sequence[Event], clock: str = "10:00") -> Waiting:
    (found,) = now(events, clock).waiting
    return found


def seat(events: Sequence[Event], counter: str = "g1", clock: str = "10:00") -> Seat:
    return next(seat for seat in now(events, clock).seats if seat.desk.id == counter)


# ---------------------------------------------------------------- who waits


def test_those_wait_who_were_neither_called_nor_left() -> None:
    told = [issued(ticket, "9:30") for ticket in ("A1", "A2", "A3", "A4")]
    assert line([*told, called("A2", "9:40"), abandoned("A3", "9:40"), cancelled("A4", "9:31")]) == ["A1"]


def test_whoever_came_later_or_yesterday_is_not_in_line() -> None:
    assert line([issued("A1", "10:00:01"), issued("A2", "10:00")]) == ["A2"]
    assert now([issued("A1", "16:00")], datetime(2026, 11, 24, 8, tzinfo=PARIS)).waiting == ()


def test_whoever_was_overtaken_by_five_is_presumed_gone() -> None:
    assert line([issued("A1", "9:00"), *later(5)], "9:20") == ["A1"]
    assert line([issued("A1", "9:00"), *later(5)], "9:30") == []


def test_a_place_in_line_is_by_entry_and_the_clock_starts_when_the_hall_opens() -> None:
    found = the_one([issued("A1", "8:10")])
    assert (found.since, found.clock) == (at("8:10"), at("8:30"))
    assert found.since.tzinfo is UTC


def test_with_an_appointment_both_are_by_the_later_of_entry_and_appointment() -> None:
    early, late = (the_one([issued("A1", "9:30", appointment=clock)]) for clock in ("9:45", "9:00"))
    assert (early.since, early.clock, early.first) == (at("9:45"), at("9:45"), True)
    assert (late.since, late.clock, late.first) == (at("9:30"), at("9:30"), True)


def test_priority_comes_first() -> None:
    assert the_one([issued("A1", "9:30", priority="priority")]).first
    assert not the_one([issued("A1", "9:30")]).first


def test_who_was_sent_on_waits_anew_in_the_other_queue_and_was_promised_nothing_there() -> None:
    found = the_one([issued("A1", "9:00"), called("A1", "9:10"), transferred("A1", "9:20", "asile")])
    assert (found.queue, found.since, found.promised) == ("asile", at("9:20"), False)


def test_who_was_sent_back_waits_in_the_same_queue() -> None:
    found = the_one([issued("A1", "9:00"), called("A1", "9:10"), requeued("A1", "9:20")])
    assert (found.queue, found.since, found.promised) == ("sejour", at("9:20"), False)


def test_callers_wait_too() -> None:
    assert now([queued("C1", "9:59")]).waiting[0].queue == "operateurs"


# ---------------------------------------------------------------- counters


def test_counters_configured_come_first_and_those_only_heard_of_after_them() -> None:
    found = now([opened("g9", "9:00", "visas"), opened("g2", "9:00", "asile")]).seats
    assert [(seat.desk.id, seat.state) for seat in found] == [("g1", "closed"), ("g2", "free"), ("g9", "free")]
    assert (found[0].queues, found[0].since) == (("sejour", "asile"), None)


def test_a_counter_serves_what_it_told_when_it_opened() -> None:
    assert seat([opened("g1", "9:00", "asile")]).queues == ("asile",)


def test_a_counter_has_the_one_whom_it_called_until_the_end_of_the_service() -> None:
    told = [opened("g1", "9:00", "sejour"), issued("A1", "9:00"), called("A1", "9:50")]
    assert (seat(told).state, seat(told).queue, seat(told).called) == ("called", "sejour", at("9:50"))
    serving = [*told, started("A1", "9:52", "g1")]
    assert (seat(serving).state, seat(serving).called, seat(serving).busy) == ("serving", at("9:50"), True)
    free = seat([*serving, ended("A1", "9:58")])
    assert (free.state, free.queue, free.since, free.busy, free.open) == ("free", None, at("9:58"), False, True)


def test_a_counter_that_has_somebody_of_whom_nothing_else_is_known_is_busy_all_the_same() -> None:
    stray = Event(at=at("9:50"), area="sud", device="d", id="x", fact=TicketCalled(ticket="X1", counter="g1"))
    found = seat([stray])
    assert (found.state, found.queue, found.called) == ("called", None, at("9:50"))


def test_a_paused_counter_and_a_closed_one_are_not_open() -> None:
    assert not seat([opened("g1", "9:00"), paused("g1", "9:30")]).open
    assert not seat([opened("g1", "9:00"), closed("g1", "9:30")]).open


# ---------------------------------------------------------------- queues and today


def test_queues_are_those_that_counters_serve_and_then_those_that_somebody_waits_in() -> None:
    assert now([issued("V1", "9:00", "visas"), opened("g2", "9:00", "asile")]).queues == ("sejour", "asile", "visas")


def test_what_was_handled_today_is_told() -> None:
    told = [issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:15")]
    assert now(told).today["sejour"] == Handling(served=((300.0, 600.0),), shows=((600.0, False),), waited_s=600.0)


def test_the_day_is_that_of_the_area() -> None:
    assert now([], datetime(2026, 11, 22, 23, 30, tzinfo=UTC)).day.date == MONDAY
