"""What a hall's screen calls."""

from tests.build import (
    SUD,
    at,
    called,
    cancelled,
    ended,
    event,
    issued,
    no_show,
    recalled,
    requeued,
    started,
    transferred,
)
from ticketing.area import Area
from ticketing.calling import Call, calls
from ticketing.events import CallAnswered, Event


def shown(*events: Event, now: str = "9:30") -> list[tuple[str, str]]:
    return [(call.number, call.counter) for call in calls(Area.of(SUD, events), at(now))]


def test_the_newest_call_comes_first_with_its_counter() -> None:
    assert shown(
        issued("A1", "9:00"), issued("A2", "9:01"), called("A1", "9:25", "g1"), called("A2", "9:28", "g2")
    ) == [("A2", "g2"), ("A1", "g1")]


def test_whoever_waits_is_not_called() -> None:
    assert shown(issued("A1", "9:00")) == []


def test_a_recall_moves_a_ticket_up_again() -> None:
    events = [issued("A1", "9:00"), issued("A2", "9:01"), called("A1", "9:25"), called("A2", "9:28", "g2")]
    assert shown(*events, recalled("A1", "9:29")) == [("A1", "g1"), ("A2", "g2")]
    (first, _) = calls(Area.of(SUD, [*events, recalled("A1", "9:29")]), at("9:30"))
    assert (first.recalls, first.at, first.waiting) == (1, at("9:29"), True)


def test_a_call_is_shown_for_ten_minutes() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:20")]
    assert shown(*events, now="9:29:59") == [("A1", "g1")]
    assert shown(*events, now="9:30") == []
    # nor before it happens, on a clock that is a little ahead
    assert shown(*events, now="9:19:59") == []


def test_who_is_at_the_counter_or_was_served_is_still_shown_but_no_longer_awaited() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:25"), started("A1", "9:26")]
    assert [call.waiting for call in calls(Area.of(SUD, events), at("9:30"))] == [False]
    assert shown(*events, ended("A1", "9:28")) == [("A1", "g1")]


def test_who_did_not_come_is_no_longer_called() -> None:
    assert shown(issued("A1", "9:00"), called("A1", "9:25"), no_show("A1", "9:27")) == []
    # called once more after all
    assert shown(issued("A1", "9:00"), called("A1", "9:25"), no_show("A1", "9:27"), called("A1", "9:29", "g2")) == [
        ("A1", "g2")
    ]


def test_who_is_sent_to_another_queue_is_called_when_their_turn_comes() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:25"), transferred("A1", "9:26", "asile")]
    assert shown(*events) == []
    assert shown(*events, called("A1", "9:29", "g2")) == [("A1", "g2")]
    assert shown(issued("A1", "9:00"), called("A1", "9:25"), requeued("A1", "9:26")) == []


def test_a_cancelled_ticket_and_one_without_a_number_are_not_called() -> None:
    assert shown(issued("A1", "9:00"), called("A1", "9:25"), cancelled("A1", "9:26")) == []
    assert shown(called("A9", "9:25")) == []
    assert shown(event(CallAnswered(call="c1", counter="op1"), "9:25")) == []


def test_a_call_says_of_which_queue_it_is() -> None:
    assert calls(Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:25")]), at("9:30")) == (
        Call(number="A1", counter="g1", queue="sejour", at=at("9:25")),
    )
