"""The order of rows: the most urgent first, up at once, down when it has been quiet for a minute."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from dashboards.ordering import Order, ordered
from tests.build import at
from tests.dashboards.hand import hall
from ticketing.figures import QueueFigures

CALM, _ = hall().queues
NINE = at("9:00")
MINUTES = timedelta(minutes=1)


def queue(name: str, minutes: float | None = None) -> QueueFigures:
    """A queue of the hall whose head has waited so long: late beyond 15 min, to be watched beyond 10."""
    return replace(
        CALM, queue=name, waiting=0 if minutes is None else 1, longest_wait_s=None if minutes is None else minutes * 60
    )


Waits = dict[str, float | None]
LATE: Waits = {"a": 11, "b": 16}
QUIET: Waits = {"a": 11, "b": None}


def shown(*states: tuple[datetime, Waits]) -> list[str]:
    """The rows after these states, one after the other."""
    order = Order()
    for now, waits in states:
        order = ordered([queue(name, wait) for name, wait in waits.items()], order, now)
    return list(order.queues)


def test_late_queues_come_first_then_those_to_be_watched_then_calm_ones_by_the_longest_wait() -> None:
    assert shown((NINE, {"a": None, "b": 3, "c": 12, "d": 16, "e": 20})) == ["e", "d", "c", "b", "a"]


def test_where_nothing_is_wrong_the_order_is_that_of_the_configuration() -> None:
    assert shown((NINE, {"a": None, "b": None, "c": None})) == ["a", "b", "c"]


def test_a_queue_that_becomes_urgent_moves_up_at_once() -> None:
    assert shown((NINE, {"a": 5, "b": 9}), (NINE, {"a": 5, "b": 11})) == ["b", "a"]
    assert shown((NINE, {"a": 12, "b": 11}), (NINE + MINUTES / 60, {"a": 12, "b": 15.1})) == ["b", "a"]


def test_a_queue_that_is_calm_again_keeps_its_place_for_a_minute() -> None:
    begun = (NINE, LATE), (NINE + MINUTES, QUIET)
    assert shown(*begun) == ["b", "a"]
    assert shown(*begun, (NINE + 1.9 * MINUTES, QUIET)) == ["b", "a"]
    assert shown(*begun, (NINE + 2 * MINUTES, QUIET)) == ["a", "b"]


def test_a_minute_that_was_interrupted_begins_anew() -> None:
    states = [(NINE, LATE), (NINE + MINUTES, QUIET), (NINE + 1.5 * MINUTES, LATE), (NINE + 2.1 * MINUTES, QUIET)]
    assert shown(*states) == ["b", "a"]


def test_of_equally_urgent_queues_one_passes_another_only_where_it_waits_clearly_longer() -> None:
    assert shown((NINE, {"a": 5, "b": 4}), (NINE, {"a": 2, "b": 5})) == ["a", "b"]
    assert shown((NINE, {"a": 5, "b": 4}), (NINE, {"a": 2, "b": 5.1})) == ["b", "a"]


def test_a_queue_that_is_new_takes_its_place_and_one_that_is_gone_leaves_no_trace() -> None:
    assert shown((NINE, {"a": 5, "b": None}), (NINE, {"a": 5, "b": None, "c": 16})) == ["c", "a", "b"]
    assert shown((NINE, {"a": 5, "b": None}), (NINE, {"b": None})) == ["b"]


def test_a_clock_that_is_set_back_holds_no_row_for_ever() -> None:
    an_hour = 60 * MINUTES
    states = [(NINE + an_hour, LATE), (NINE + an_hour, QUIET), (NINE, QUIET), (NINE + MINUTES, QUIET)]
    assert shown(*states) == ["a", "b"]
