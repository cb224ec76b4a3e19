"""What the figures say of tickets and calls that nobody closed."""

from msgspec import UNSET
from msgspec.structs import replace

from tests.build import (
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    hung_up,
    issued,
    later,
    lost,
    overflowed,
    passed_on,
    queued,
    received,
    transferred,
)
from ticketing.area import Area
from ticketing.events import Event
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.live import figures
from ticketing.plan import Plan
from ticketing.waits import ServiceLevel


def area(events: list[Event], clock: str, plan: Plan = SUD) -> AreaFigures:
    return figures(Area.of(plan, events), at(clock))


def sejour(events: list[Event], clock: str) -> QueueFigures:
    return next(queue for queue in area(events, clock).queues if queue.queue == "sejour")


def test_called_after_all_it_did_not_abandon() -> None:
    day = [issued("A1", "9:00"), *later(5)]
    assert sejour(day, "9:40").abandoned_today == 1
    assert sejour([*day, called("A1", "9:40")], "9:41").abandoned_today == 0


def test_a_leg_that_nobody_closed_leaves_those_before_it_as_they_were() -> None:
    moved = [issued("A1", "8:40", "asile"), called("A1", "8:45"), transferred("A1", "8:50", "sejour"), *later(5)]
    found = area(moved, "9:30")
    assert [(queue.called_today, queue.abandoned_today) for queue in found.queues] == [(5, 1), (1, 0)]


def test_the_presumed_are_among_the_abandonments_and_no_longer_in_line() -> None:
    day = [issued("A1", "9:00"), issued("A2", "9:00"), abandoned("A2", "9:05"), *later(5)]
    before, after = sejour(day, "9:23"), sejour(day, "9:24")
    assert (before.waiting, before.longest_wait_s, before.abandoned_today) == (1, 23 * 60, 1)
    assert (after.waiting, after.longest_wait_s, after.abandoned_today) == (0, None, 2)
    assert (after.presumed_abandoned_today, after.no_show_today) == (1, 0)
    whole = area(day, "9:24")
    assert (whole.waiting, whole.abandoned_today, whole.presumed_abandoned_today) == (0, 2, 1)


def test_the_wait_of_the_presumed_is_not_seen_and_late_only_beyond_the_limit() -> None:
    early = sejour([issued("A1", "9:00"), *later(5)], "10:00")
    late = sejour([issued("A1", "9:00"), *later(5, came="9:14", first_call="9:20")], "10:00")
    assert isinstance(early.service_level_today, ServiceLevel)
    assert isinstance(late.service_level_today, ServiceLevel)
    assert (early.service_level_today.within, early.service_level_today.of) == (5, 5)
    assert (late.service_level_today.within, late.service_level_today.of) == (5, 6)
    assert early.mean_wait_today_s == 11 * 60


def test_who_is_left_waited_until_closing_and_is_never_served() -> None:
    day = [issued("A1", "16:00"), issued("A2", "16:20"), called("A3", "16:20")]
    found = area(day, "17:30")
    assert (found.waiting, found.left_at_closing_today, found.abandoned_today) == (0, 3, 0)
    queue = sejour(day, "17:30")
    assert (queue.left_at_closing_today, queue.called_today, queue.longest_wait_s) == (2, 0, None)
    assert isinstance(queue.service_level_today, ServiceLevel)
    assert (queue.service_level_today.within, queue.service_level_today.of) == (0, 1)


def test_a_call_left_in_line_is_lost_and_one_left_in_conversation_was_answered() -> None:
    calls = [queued("w", "16:00"), queued("a", "16:00"), answered("a", "16:01")]
    live, late = area(calls, "16:10", STANDARD), area(calls, "18:00", STANDARD)
    assert live.calls_today is not UNSET
    assert late.calls_today is not UNSET
    assert (live.calls_today.waiting, live.calls_today.talking, live.calls_today.lost) == (1, 1, 0)
    assert (late.calls_today.waiting, late.calls_today.talking, late.calls_today.lost) == (0, 0, 1)
    assert (late.calls_today.answered, late.calls_today.abandoned, late.left_at_closing_today) == (1, 0, 2)
    rates = [(one.answer_rate_agent, one.lost_rate, one.answer_rate_global) for one in (live.queues[0], late.queues[0])]
    assert rates == [(1.0, 0.0, 1.0), (0.5, 0.5, 0.5)]


def test_an_overtaken_call_is_as_lost_as_one_whose_hang_up_was_told() -> None:
    answers: list[Event] = []
    for n in range(5):
        answers += [queued(f"c{n}", "9:01"), answered(f"c{n}", f"9:0{n + 2}"), hung_up(f"c{n}", f"9:0{n + 2}:30")]
    others = [received("o", "9:00"), overflowed("o", "9:01"), queued("p", "9:00"), passed_on("p", "9:01")]
    untold = area([queued("a", "9:00"), *answers, *others], "9:30", STANDARD)
    told = area([queued("a", "9:00"), lost("a", "9:06"), *answers, *others], "9:30", STANDARD)
    assert untold.calls_today is not UNSET
    assert (untold.calls_today.abandoned, untold.calls_today.presumed_abandoned, untold.calls_today.lost) == (1, 1, 3)
    assert untold.queues[0].presumed_abandoned_today == 1
    same = replace(
        untold,
        presumed_abandoned_today=0,
        calls_today=replace(untold.calls_today, presumed_abandoned=0),
        queues=tuple(replace(queue, presumed_abandoned_today=0) for queue in untold.queues),
    )
    assert same == told
