"""What one day teaches, of days made by hand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import (
    MONDAY,
    PARIS,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    closed,
    ended,
    hung_up,
    issued,
    lost,
    no_show,
    opened,
    paused,
    queued,
    requeued,
    resumed,
    transferred,
)
from ticketing.area import Area
from ticketing.events import CounterClosed, CounterOpened, Event, TicketIssued
from ticketing.handling import Handling
from ticketing.lesson import Lesson
from ticketing.load import Load
from ticketing.plan import Desk, Plan

HOUR = 3600.0


def taught(*events: Event, plan: Plan = SUD, on: date = MONDAY) -> Lesson:
    return Lesson.of(Area.of(plan, events), on)


def service(ticket: str, came: str, call: str, end: str) -> list[Event]:
    return [issued(ticket, came), called(ticket, call), ended(ticket, end)]


# ---------------------------------------------------------------- how long it took


def test_a_service_lasts_from_the_call_to_the_end_and_is_told_with_the_wait() -> None:
    assert taught(*service("A1", "9:00", "9:10", "9:16")).handling["sejour"] == Handling(
        served=((360.0, 600.0),), shows=((600.0, False),), waited_s=600.0
    )


def test_a_call_in_vain_is_told_apart() -> None:
    told = [issued("A1", "9:00"), called("A1", "9:10"), no_show("A1", "9:11")]
    assert taught(*told).handling["sejour"] == Handling(vain=(60.0,), shows=((600.0, True),), waited_s=600.0)


def test_who_said_that_they_left_waited_until_then_and_was_never_called() -> None:
    told = [issued("A1", "9:00"), abandoned("A1", "9:05")]
    assert taught(*told).handling["sejour"] == Handling(waited_s=300.0, left=1)


def test_each_leg_of_a_visit_is_of_its_own_queue() -> None:
    told = [*service("A1", "9:00", "9:01", "9:05")[:2], transferred("A1", "9:03", "asile")]
    found = taught(*told, called("A1", "9:10", "g2"), ended("A1", "9:20")).handling
    assert found["sejour"].served == ((120.0, 60.0),)
    assert found["asile"].served == ((600.0, 420.0),)


def test_who_is_sent_back_into_the_line_was_there() -> None:
    told = [
        issued("A1", "9:00"),
        called("A1", "9:05"),
        requeued("A1", "9:06"),
        called("A1", "9:10"),
        no_show("A1", "9:12"),
    ]
    found = taught(*told).handling["sejour"]
    assert (found.served, found.vain) == (((60.0, 300.0),), (120.0,))


def test_who_is_not_done_with_teaches_nothing_of_how_long_it_takes() -> None:
    assert taught(issued("A1", "9:00"), called("A1", "9:05")).handling["sejour"] == Handling(waited_s=300.0)
    assert taught(issued("A1", "9:00")).handling == {}


def test_a_service_that_took_no_time_counts_as_such() -> None:
    assert taught(*service("A1", "9:00", "9:10", "9:10")).handling["sejour"].served == ((0.0, 600.0),)


def test_a_ticket_printed_by_mistake_teaches_nothing() -> None:
    assert taught(issued("A1", "9:00"), cancelled("A1", "9:01")).arrivals == {}


def test_calls_are_handled_from_the_answer_to_the_end() -> None:
    told = [
        queued("C1", "9:00"),
        answered("C1", "9:01"),
        hung_up("C1", "9:04"),
        queued("C2", "9:00"),
        lost("C2", "9:02"),
    ]
    assert taught(*told, plan=STANDARD).handling["operateurs"] == Handling(
        served=((180.0, 60.0),), shows=((60.0, False),), waited_s=180.0, left=1
    )


# ---------------------------------------------------------------- who came when


def test_entries_are_counted_by_half_hour_on_the_wall() -> None:
    found = taught(issued("A1", "8:59"), issued("A2", "9:00"), issued("A3", "9:29:59"), issued("B1", "9:30", "asile"))
    assert {n: count for n, count in enumerate(found.arrivals["sejour"]) if count} == {17: 1, 18: 2}
    assert {n: count for n, count in enumerate(found.arrivals["asile"]) if count} == {19: 1}


def test_who_comes_first_is_counted_beside_all() -> None:
    told = [issued("A1", "9:00"), issued("P1", "9:00", priority="priority"), issued("R1", "9:00", appointment="9:30")]
    found = taught(*told)
    assert (found.arrivals["sejour"][18], found.first["sejour"][18], sum(found.first["sejour"])) == (3, 2, 2)
    assert found.early_s == {"sejour": 30 * 60}


def test_visits_of_other_days_teach_nothing_of_this_one() -> None:
    assert taught(issued("A1", "9:00"), on=MONDAY - timedelta(days=1)).arrivals == {}
    assert taught(issued("A1", "0:00")).arrivals != {}


@pytest.mark.parametrize("sunday", [date(2026, 10, 25), date(2027, 3, 28)], ids=["25 hours", "23 hours"])
def test_on_a_day_on_which_clocks_change_the_clock_on_the_wall_counts(sunday: date) -> None:
    def event(fact: TicketIssued | CounterOpened | CounterClosed, hour: int) -> Event:
        moment = datetime(sunday.year, sunday.month, sunday.day, hour, tzinfo=PARIS)
        return Event(at=moment, area="sud", device="d", id=str(fact), fact=fact)

    found = taught(
        event(CounterOpened(counter="g1", queues=("sejour",)), 9),
        event(TicketIssued(ticket="A1", number="", queue="sejour"), 9),
        event(CounterClosed(counter="g1"), 12),
        on=sunday,
    )
    assert found.arrivals["sejour"].index(1) == 18
    assert found.staffed == {"g1": ((9 * HOUR, 12 * HOUR),)}


# ---------------------------------------------------------------- counters


def staffed(*events: Event) -> list[tuple[float, float]]:
    """In hours."""
    return [(a / HOUR, b / HOUR) for a, b in taught(*events).staffed.get("g1", ())]


def test_a_counter_is_staffed_from_its_opening_to_its_closing_but_for_its_pauses() -> None:
    told = [
        opened("g1", "9:00"),
        paused("g1", "10:00"),
        resumed("g1", "10:30"),
        closed("g1", "12:00"),
        opened("g1", "13:00"),
    ]
    assert staffed(*told, closed("g1", "16:00")) == [(9, 10), (10.5, 12), (13, 16)]


def test_a_counter_that_closes_in_its_pause_was_not_there() -> None:
    assert staffed(opened("g1", "9:00"), paused("g1", "10:00"), closed("g1", "10:30")) == [(9, 10)]


def test_what_is_told_twice_changes_nothing() -> None:
    assert staffed(opened("g1", "9:00"), opened("g1", "9:30"), closed("g1", "10:00"), closed("g1", "11:00")) == [
        (9, 10)
    ]


def test_a_counter_that_nobody_closes_was_there_until_it_was_heard_of_last() -> None:
    assert staffed(opened("g1", "9:00"), *service("A1", "9:00", "9:30", "10:00")) == [(9, 10)]


def test_a_counter_that_calls_is_there_though_nobody_told_its_opening() -> None:
    assert staffed(*service("A1", "9:00", "9:30", "10:00"), closed("g1", "11:00")) == [(9.5, 11)]


def test_a_counter_that_calls_in_its_pause_is_back() -> None:
    told = [
        opened("g1", "9:00"),
        paused("g1", "10:00"),
        *service("A1", "9:00", "10:30", "10:45"),
        closed("g1", "11:00"),
    ]
    assert staffed(*told) == [(9, 10), (10.5, 11)]


def test_what_was_open_on_another_day_was_not_on_this_one() -> None:
    told = [opened("g1", "9:00"), closed("g1", "10:00"), issued("A1", "9:00")]
    before = [replace(event, at=event.at - timedelta(days=1)) for event in told]
    assert taught(*before).staffed == {}
    assert taught(*before, on=MONDAY - timedelta(days=1)).staffed == {"g1": ((9 * HOUR, 10 * HOUR),)}


def test_a_gap_is_from_the_end_of_one_customer_to_the_call_of_one_who_waited_by_then() -> None:
    told = [*service("A1", "9:00", "9:01", "9:05"), *service("A2", "9:02", "9:05:07", "9:10")]
    # the third came only after the second had gone
    assert taught(*told, *service("A3", "9:10:20", "9:10:30", "9:12")).gaps == (7.0,)


def test_a_pause_or_a_long_absence_between_two_customers_is_no_gap() -> None:
    first, second = service("A1", "9:00", "9:01", "9:05"), service("A2", "9:02", "9:06", "9:10")
    assert taught(*first, *second).gaps == (60.0,)
    assert taught(*first, *second, paused("g1", "9:05:10"), resumed("g1", "9:05:50")).gaps == ()
    long = service("A2", "9:02", "9:07:01", "9:10")
    assert taught(*first, *long, paused("g1", "9:20")).gaps == ()
    # of one that never says when it is away nobody knows better
    assert taught(*first, *long).gaps == (121.0,)


def test_who_is_called_at_once_tells_how_quick_a_free_counter_is() -> None:
    told = [*service("A1", "9:00", "9:00:12", "9:05"), *service("A2", "9:10", "9:10:30", "9:12")]
    assert taught(*told).at_once == (12.0,)


def test_who_is_in_line_when_the_hall_closes_for_lunch_is_served_before_it_or_after() -> None:
    # it closes at noon and opens at 13:15; one is called at once, one at the opening, and one never
    told = [*service("A1", "11:50", "12:05", "12:10"), *service("A2", "11:55", "13:12", "13:20"), issued("A3", "11:58")]
    found = taught(*told, *service("A4", "11:00", "11:30", "11:40"))
    assert (found.left, found.finished) == (3, 1)


# ---------------------------------------------------------------- how counters choose


def test_a_choice_is_told_by_how_much_longer_the_other_had_waited_and_how_much_less_it_is_preferred() -> None:
    told = [opened("g1", "8:30", "sejour", "asile"), issued("B1", "9:00", "asile"), issued("A1", "9:02")]
    assert taught(*told, called("A1", "9:10"), called("B1", "9:15")).choices == ((120.0, 1),)
    assert taught(*told, called("B1", "9:10"), called("A1", "9:15")).choices == ((-120.0, -1),)


def test_without_anybody_in_another_queue_there_is_no_choice() -> None:
    told = [opened("g1", "8:30", "sejour", "asile"), issued("A1", "9:02"), called("A1", "9:10")]
    assert taught(*told, issued("B1", "9:11", "asile")).choices == ()
    assert taught(*told, issued("B1", "9:00", "asile"), abandoned("B1", "9:05")).choices == ()
    first = [issued("B1", "9:00", "asile", priority="priority"), called("B1", "9:15")]
    assert taught(*told, *first).choices == ()


def test_who_was_sent_on_to_another_queue_is_called_by_other_rules() -> None:
    told = [opened("g1", "8:30", "sejour", "asile"), issued("A1", "9:02"), called("A1", "9:10")]
    sent = [issued("B1", "8:50"), called("B1", "8:55"), transferred("B1", "9:00", "asile"), called("B1", "9:15")]
    assert taught(*told, *sent).choices == ()


def test_who_is_never_called_was_perhaps_not_there_to_be_chosen() -> None:
    told = [opened("g1", "8:30", "sejour", "asile"), issued("A1", "9:02"), called("A1", "9:10")]
    assert taught(*told, issued("B1", "9:00", "asile")).choices == ()


@pytest.mark.parametrize("strictness_s", [300.0, 1200.0, 4800.0])
def test_how_strictly_a_counter_keeps_to_its_order_is_found_again(strictness_s: float) -> None:
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour", "asile")),))
    assert Load.of([taught(*a_day_at_one_counter(strictness_s), plan=plan)]).strictness_s == strictness_s


def a_day_at_one_counter(strictness_s: float) -> Sequence[Event]:
    """A counter that always has a choice, of two queues of sixty: the second's must have waited so much longer."""
    chance = np.random.default_rng(4)
    lines = {queue: sorted(chance.uniform(0, 3 * HOUR, 60).round(3)) for queue in ("sejour", "asile")}
    clock = at("9:00")
    events = [opened("g1", "8:30", "sejour", "asile")]
    for queue, line in lines.items():
        for n, came in enumerate(line):
            fact = TicketIssued(ticket=f"{queue}{n}", number="", queue=queue)
            events.append(Event(at=clock + timedelta(seconds=came), area="sud", device="d", id=fact.ticket, fact=fact))
    place = {"sejour": 0, "asile": 0}
    now = 1.5 * HOUR
    while all(number < 60 and lines[queue][number] <= now for queue, number in place.items()):
        first, second = (lines[queue][number] for queue, number in place.items())
        queue = "sejour" if first <= second + strictness_s else "asile"
        call = called(f"{queue}{place[queue]}", "9:00")
        events.append(replace(call, at=clock + timedelta(seconds=now)))
        place[queue] += 1
        now += 75
    return events
