"""What a set of events says of one counter."""

from tests.build import (
    at,
    called,
    closed,
    ended,
    issued,
    no_show,
    opened,
    paused,
    recalled,
    resumed,
    started,
    transferred,
)
from ticketing.counter import Counter


def test_a_counter_never_heard_of_is_closed() -> None:
    assert Counter.of("g1", []).state == "closed"


def test_a_counter_follows_its_session() -> None:
    day = [opened("g1", "8:30", "sejour"), paused("g1", "10:00"), resumed("g1", "10:15"), closed("g1", "12:00")]
    states = [Counter.of("g1", day[:n]).state for n in (1, 2, 3, 4)]
    assert states == ["free", "paused", "free", "closed"]
    assert Counter.of("g1", day).queues == ("sejour",)


def test_a_counter_follows_the_customer_in_front_of_it() -> None:
    day = [opened("g1", "8:30", "sejour"), called("A1", "8:31"), started("A1", "8:32"), ended("A1", "8:40")]
    states = [(Counter.of("g1", day[:n]).state, Counter.of("g1", day[:n]).since) for n in (1, 2, 3, 4)]
    assert states == [
        ("free", at("8:30")),
        ("called", at("8:31")),
        ("serving", at("8:32")),
        ("free", at("8:40")),
    ]


def test_a_recall_does_not_restart_the_time_at_the_counter() -> None:
    assert Counter.of("g1", [called("A1", "8:31"), recalled("A1", "8:33")]).since == at("8:31")


def test_a_counter_is_free_after_a_no_show_or_a_transfer() -> None:
    assert Counter.of("g1", [called("A1", "8:31"), no_show("A1", "8:33")]).state == "free"
    assert Counter.of("g1", [called("A1", "8:31"), transferred("A1", "8:33", "asile")]).state == "free"


def test_a_customer_called_elsewhere_has_left_the_counter() -> None:
    day = [called("A1", "8:31", "g1"), called("A1", "8:35", "g2")]
    assert Counter.of("g1", day).state == "free"
    assert Counter.of("g2", day).state == "called"


def test_a_counter_that_calls_is_open_whatever_it_said_before() -> None:
    assert Counter.of("g1", [closed("g1", "8:00"), called("A1", "8:31")]).state == "called"


def test_the_next_call_takes_the_place_of_a_service_whose_end_was_not_told() -> None:
    counter = Counter.of("g1", [called("A1", "8:31"), started("A1", "8:32"), called("A2", "8:40"), ended("A1", "8:41")])
    assert (counter.state, counter.visit, counter.since) == ("called", "ticket/A2", at("8:40"))


def test_at_one_instant_the_end_of_a_service_does_not_undo_the_next_call() -> None:
    counter = Counter.of("g1", [called("A1", "8:31"), ended("A1", "8:40"), called("A2", "8:40")])
    assert (counter.state, counter.visit) == ("called", "ticket/A2")


def test_an_issue_told_late_does_not_send_the_customer_away() -> None:
    assert Counter.of("g1", [called("A1", "8:31:00"), issued("A1", "8:31:03")]).state == "called"


def test_events_one_by_one_make_the_same_counter_as_all_at_once() -> None:
    day = [opened("g1", "8:30", "sejour"), called("A1", "8:31"), paused("g1", "8:45"), ended("A1", "8:40")]
    step_by_step = Counter(id="g1")
    for event in day:
        step_by_step = step_by_step.after([event])
    assert step_by_step == Counter.of("g1", day)


def test_a_counter_has_been_open_since_what_ended_its_being_closed() -> None:
    first, again, call = opened("g1", "8:30", "sejour"), opened("g1", "9:30", "sejour"), called("A1", "13:20")
    day = [first, paused("g1", "8:40"), resumed("g1", "8:50"), again, closed("g1", "12:00"), call]
    found = [Counter.of("g1", day[:n]).opening for n in range(len(day) + 1)]
    assert found == [None, first, first, first, first, None, call]


def test_a_counter_closed_from_elsewhere_is_open_again_once_its_device_says_so_later() -> None:
    forgotten, by_hand = opened("g1", "8:30", "sejour"), closed("g1", "18:00")
    assert Counter.of("g1", [forgotten, by_hand]).state == "closed"
    back = opened("g1", "18:05", "sejour")
    assert Counter.of("g1", [forgotten, back, by_hand]).opening == back
