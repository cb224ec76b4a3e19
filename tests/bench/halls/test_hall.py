"""The simulated hall: what its days conserve, whom its counters call, and Erlang's formula."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import factorial, inf, sqrt
from random import Random
from statistics import mean, stdev

import pytest

from tests.bench.halls.days import FIRST_DAY, SimulatedDay, simulated, working_days
from tests.bench.halls.hall import Hall, Note, Ticket
from tests.bench.halls.law import Arrivals, Law, Length, Pause, Piece, Shift
from tests.bench.halls.places import LUNCH, MM4, NOON, PLACES, Place
from ticketing.area import Area
from ticketing.events import Priority, ServiceStarted, TicketCalled, TicketIssued, TicketNoShow
from ticketing.visit import Visit
from ticketing.waits import leg_wait

ALWAYS = Shift(0.0, inf, ())
HOUR = 3600.0


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_every_ticket_issued_is_called_once_or_left_at_closing(place: Place) -> None:
    day, truth = simulated(place, FIRST_DAY, 3)

    issued = {event.fact.ticket for event in day.events if isinstance(event.fact, TicketIssued)}
    called = [event.fact.ticket for event in day.events if isinstance(event.fact, TicketCalled)]
    assert len(called) == len(set(called)) == len(issued) - truth.left
    assert set(called) <= issued
    visits = Area.of(day.plan, day.events).visits.values()
    assert {visit.legs[0].end for visit in visits} <= {"served", "no_show", None}
    assert sum(visit.state == "ended" for visit in visits) == len(called)
    assert not [visit.notes for visit in visits if visit.notes]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_true_wait_of_a_ticket_is_that_of_its_events(place: Place) -> None:
    day, truth = simulated(place, FIRST_DAY, 4)

    area = Area.of(day.plan, day.events)
    hours = day.plan.hours.day(day.date)
    for issue in truth.issues:
        wait = leg_wait(area.visit(issue.ticket), 0, hours, day.events[-1].at)
        assert wait
        assert wait.ended == (issue.wait_s is not None)
        assert not wait.ended or wait.length.total_seconds() == pytest.approx(issue.wait_s, abs=0.0011)


def test_days_depend_on_the_seed_and_on_nothing_else() -> None:
    once, again, other = (simulated(LUNCH, FIRST_DAY, seed)[0].events for seed in (1, 1, 2))

    assert once == again
    assert once != other


def test_counters_end_the_day_closed_and_each_device_counts_its_events() -> None:
    day, _ = simulated(LUNCH, FIRST_DAY, 5)

    assert {counter.state for counter in Area.of(day.plan, day.events).counters.values()} == {"closed"}
    for device in {event.device for event in day.events}:
        numbers = [event.sequence for event in day.events if event.device == device]
        assert sorted(numbers, key=lambda number: number or 0) == list(range(1, len(numbers) + 1))
    assert len({event.identity for event in day.events}) == len(day.events)


def test_services_begin_ten_to_twenty_five_seconds_after_the_call_and_absence_shows_after_45_to_60() -> None:
    day, _ = simulated(LUNCH, FIRST_DAY, 6)

    called = {event.fact.ticket: event.at for event in day.events if isinstance(event.fact, TicketCalled)}
    walks = [event.at - called[event.fact.ticket] for event in day.events if isinstance(event.fact, ServiceStarted)]
    missed = [event.at - called[event.fact.ticket] for event in day.events if isinstance(event.fact, TicketNoShow)]
    assert timedelta(seconds=10) <= min(walks) < max(walks) <= timedelta(seconds=25)
    assert timedelta(seconds=45) <= min(missed) < max(missed) <= timedelta(seconds=60)


def test_nobody_is_called_over_noon_and_the_morning_s_line_is_kept() -> None:
    calls = kept = 0
    for _, date in zip(range(10), working_days(), strict=False):
        day, _ = simulated(NOON, date, 7)
        for visit in Area.of(day.plan, day.events).visits.values():
            assert visit.arrived
            if (called := visit.legs[0].called) is None:
                continue
            calls += "12:00:00" < _clock(called) < "13:15:00"
            kept += _clock(visit.arrived) < "12:00:00" < _clock(called)
    assert calls == 0
    assert kept > 0


def _clock(at: datetime) -> str:
    return f"{at.astimezone(NOON.plan.hours.zone):%H:%M:%S}"


@pytest.mark.parametrize("seed", range(5))
def test_each_call_is_the_one_that_the_rule_of_the_lunch_hall_demands(seed: int) -> None:
    day, _ = simulated(LUNCH, FIRST_DAY, seed)

    calls = _calls_by_the_rule(day)
    assert len(calls) > 200
    for called, demanded in calls:
        assert called == demanded


def _calls_by_the_rule(day: SimulatedDay) -> list[tuple[str, str]]:
    """Each ticket called, and the one that should have been, from the events and the words of the rule."""
    visits = {visit.key: visit for visit in Area.of(day.plan, day.events).visits.values()}
    serves = {desk.id: desk.queues for desk in day.plan.desks}
    waiting: dict[str, Visit] = {}
    found = []
    for event in day.events:
        match event.fact:
            case TicketIssued(ticket=ticket):
                waiting[ticket] = visits[f"ticket/{ticket}"]
            case TicketCalled(ticket=ticket, counter=counter):
                mine = [visit for visit in waiting.values() if visit.legs[0].queue in serves[counter]]
                found.append((f"ticket/{ticket}", _demanded(mine, serves[counter], event.at).key))
                del waiting[ticket]
            case _:
                pass
    return found


def _demanded(mine: Iterable[Visit], preferred: tuple[str, ...], now: datetime) -> Visit:
    due = {visit.key: visit.turn for visit in mine if visit.turn}
    first = [visit for visit in mine if visit.priority != "none" and due[visit.key] <= now]
    plain = [visit for visit in mine if visit.priority == "none"]
    forgotten = [visit for visit in plain if now - due[visit.key] > timedelta(minutes=20)]
    by_preference = [[visit for visit in plain if visit.legs[0].queue == queue] for queue in preferred]
    early = [[visit for visit in mine if visit.legs[0].queue == queue] for queue in preferred]
    choice = next(group for group in (first, forgotten, *by_preference, *early) if group)
    return min(choice, key=lambda visit: due[visit.key])


def test_appointments_are_called_early_only_where_nobody_else_waits_and_first_once_they_are_due() -> None:
    """At 0 three come to a counter that is busy until 100: plain, due at 150, due at 50; another counter is for others.

    Services are of 100: called at 100 is the one due at 50, at 200 the one due at 150, at 300 the plain one. One due at
    900 is called early, at 400.
    """
    law = Law(
        arrivals=Arrivals((), ()),
        services=(Length.of(100.0, 1e-9),) * 2,
        serves=((0,), (1,)),
        shifts=(ALWAYS,) * 2,
        patience=None,
        walk=(0, 0),
        absent=(0, 0),
    )
    hall = Hall(law, Random(1), law.arrivals)
    hall.notes = []
    hall.begin(0.0)
    for number, due in enumerate((0.0, 0.0, 150.0, 50.0, 900.0)):
        priority: Priority = "appointment" if due else "none"
        hall.plan(1e-6 * (number + 1), hall.join, Ticket(number, 1, priority, 0.0, due))
    hall.run()

    called = [(note.ticket.number, note.post, note.at) for note in hall.notes if note.what == "called" and note.ticket]
    assert [(number, post) for number, post, _ in called] == [(0, 1), (3, 1), (2, 1), (1, 1), (4, 1)]
    assert [at for _, _, at in called] == pytest.approx([0, 100, 200, 300, 400], abs=0.1)


def _served_by(*shifts: Shift, rate: float, service: Length, until: float, seed: int) -> list[Note]:
    law = Law(
        arrivals=Arrivals(((0, "none"),), (Piece(0.0, until, (rate,)),)),
        services=(service,),
        serves=((0,),) * len(shifts),
        shifts=shifts,
        patience=None,
        walk=(0, 0),
        absent=(0, 0),
    )
    hall = Hall(law, Random(seed), law.arrivals)
    hall.notes = []
    hall.begin(0.0)
    hall.run()
    return sorted(hall.notes, key=lambda note: note.at)


def test_the_mean_wait_of_a_long_run_is_erlang_s() -> None:
    """M/M/4, a = 3.4: with A = a^4/4!, P(wait) = A / ((1 - a/4) sum_{k<4} a^k/k! + A); mean P(wait) m / (4 - a)."""
    mean_s, load = 480.0, 3.4
    notes = _served_by(
        *[ALWAYS] * 4,
        rate=load / mean_s,
        service=Length.of(mean_s, 1.0, exponential=True),
        until=20_000 * HOUR,
        seed=11,
    )

    issued = {note.ticket.number: note.at for note in notes if note.what == "issued" and note.ticket}
    waits = [note.at - issued[note.ticket.number] for note in notes if note.what == "called" and note.ticket]
    all_busy = load**4 / factorial(4)
    below = sum(load**busy / factorial(busy) for busy in range(4))
    expected = all_busy / ((1 - load / 4) * below + all_busy) * mean_s / (4 - load)
    size = len(waits) // 40
    batches = [mean(waits[size * batch : size * (batch + 1)]) for batch in range(40)]
    assert abs(mean(batches) - expected) < 3 * stdev(batches) / sqrt(len(batches))
    assert 3 * stdev(batches) / sqrt(len(batches)) < 0.08 * expected


def test_a_break_begins_at_the_first_free_moment_and_lasts_its_time() -> None:
    shift = Shift(0.0, 10 * HOUR, (Pause(HOUR, 600.0, -inf),))
    notes = _served_by(shift, rate=1 / 300, service=Length.of(290.0, 0.3), until=9 * HOUR, seed=1)

    paused = next(note.at for note in notes if note.what == "paused")
    resumed = next(note.at for note in notes if note.what == "resumed")
    busy = [note for note in notes if note.what in ("started", "ended") and note.at <= paused]
    assert HOUR <= paused == busy[-1].at
    assert busy[-2].at < HOUR
    assert resumed - paused == pytest.approx(600)
    assert not [note for note in notes if note.what == "called" and paused < note.at < resumed]


def test_the_plan_is_kept_by_the_punctual_and_told_to_the_judged() -> None:
    day, _ = simulated(MM4, FIRST_DAY, 1)

    hours = day.plan.hours.day(day.date).in_utc()
    for desk in day.plan.desks:
        assert day.plan.planned(desk, hours) == hours.spans
    assert {event.at for event in day.events[:4]} == {hours.spans[0][0]}
