"""How many waited lately, and what became of the calls of the last hour."""

from datetime import timedelta

import pytest
from hypothesis import given

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
    hung_up,
    informed,
    issued,
    later,
    lost,
    passed_on,
    queued,
    received,
    transferred,
)
from tests.ticketing.test_laws import HASTY_STANDARD, HASTY_SUD, event_sets
from ticketing.area import Area
from ticketing.events import Event
from ticketing.lately import NOBODY, Slot, calls_lately, waiting_lately
from ticketing.live import figures
from ticketing.plan import Plan


def waited(events: list[Event], clock: str, queue: str = "sejour") -> dict[str, int]:
    """By clock, how many waited at those of the 25 instants at which somebody did."""
    found = waiting_lately(Area.of(SUD, events), at(clock)).get(queue, NOBODY)
    last = at(clock).replace(minute=at(clock).minute - at(clock).minute % 5, second=0)
    instants = [last - timedelta(minutes=5 * n) for n in range(24, -1, -1)]
    return {f"{one:%H:%M}": n for one, n in zip(instants, found, strict=True) if n}


def test_somebody_waits_from_the_ticket_until_the_call() -> None:
    events = [issued("A1", "9:02"), called("A1", "9:13"), issued("A2", "9:05"), abandoned("A2", "9:10")]
    assert waited(events, "9:21") == {"09:05": 2, "09:10": 1}


def test_what_is_older_than_two_hours_is_left_out_and_a_line_from_before_goes_on() -> None:
    events = [issued("A0", "8:30"), called("A0", "8:40"), issued("A1", "8:45"), called("A1", "9:08")]
    assert waited(events, "11:03") == {"09:00": 1, "09:05": 1}


def test_a_ticket_sent_on_waits_in_its_new_queue() -> None:
    events = [issued("A1", "9:01"), called("A1", "9:06"), transferred("A1", "9:11", "asile")]
    assert waited(events, "9:20") == {"09:05": 1}
    assert waited(events, "9:20", "asile") == {"09:15": 1, "09:20": 1}


def test_a_cancelled_ticket_never_waited_and_one_overtaken_left_when_it_was() -> None:
    assert waited([issued("A1", "9:01"), cancelled("A1", "9:11")], "9:20") == {}
    # the fifth of the later five is called at 9:14, and ten minutes after that the first is taken to have gone
    assert waited([issued("A1", "9:00"), *later(5)], "9:23")["09:20"] == 1
    assert waited([issued("A1", "9:00"), *later(5)], "9:26").get("09:15") is None


def test_shortly_after_midnight_the_day_before_is_not_told() -> None:
    zone = at("0:20").tzinfo
    assert zone is PARIS
    area = Area.of(SUD, [issued("A1", "9:00")])
    assert waiting_lately(area, at("0:20", MONDAY + timedelta(days=1))) == {}


@pytest.mark.parametrize("plan", [SUD, HASTY_SUD, HASTY_STANDARD])
@given(events=event_sets())
def test_at_a_full_five_minutes_the_last_is_how_many_the_figures_say_wait(plan: Plan, events: list[Event]) -> None:
    area, now = Area.of(plan, events), at("9:05")
    found = {queue: counts[-1] for queue, counts in waiting_lately(area, now).items() if counts[-1]}
    assert found == {queue.queue: queue.waiting for queue in figures(area, now).queues if queue.waiting}


# ------------------------------------------------------------ calls


def slots(events: list[Event], clock: str, plan: Plan = STANDARD) -> dict[str, tuple[int, int, int, int]]:
    found = calls_lately(Area.of(plan, events), at(clock))
    assert len(found) == 12
    return {
        f"{one.start:%H:%M}": told
        for one in found
        if any(told := (one.received, one.offered, one.answered, one.lost))
    }  # fmt: skip


def test_each_thing_is_counted_in_the_five_minutes_in_which_it_happened() -> None:
    events = [
        received("c1", "9:04:40"), queued("c1", "9:05:10"), answered("c1", "9:10:02"), hung_up("c1", "9:20"),
        received("c2", "9:06"), informed("c2", "9:06:30"), hung_up("c2", "9:06:40"),
        received("c3", "9:12"), queued("c3", "9:12:20"), lost("c3", "9:15"),
    ]  # fmt: skip
    assert slots(events, "9:31") == {
        "09:00": (1, 0, 0, 0),
        "09:05": (1, 1, 0, 0),
        "09:10": (1, 1, 1, 0),
        "09:15": (0, 0, 0, 1),
    }


def test_the_last_hour_ends_with_the_five_minutes_that_are_going_on() -> None:
    found = calls_lately(Area.of(STANDARD, [received("c1", "9:31")]), at("9:32:10"))
    assert (found[0].start, found[-1]) == (at("8:35"), Slot(start=at("9:30"), received=1))
    assert slots([received("c1", "8:34:59"), received("c2", "8:35")], "9:32") == {"08:35": (1, 0, 0, 0)}


def test_a_call_that_came_while_closed_is_not_counted_and_one_passed_on_and_answered_is_not_lost() -> None:
    assert slots([received("c1", "8:20"), queued("c1", "8:20:30")], "8:40") == {}
    sent = [received("c1", "9:00"), queued("c1", "9:00:10"), answered("c1", "9:00:20"), passed_on("c1", "9:02")]
    assert slots(sent, "9:10") == {"09:00": (1, 1, 1, 0)}
