"""What a board shows of an area at an instant."""

from msgspec import UNSET
from msgspec.structs import replace

from tests.build import (
    HOURS,
    MONDAY,
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
    informed,
    issued,
    lost,
    no_show,
    opened,
    overflowed,
    passed_on,
    paused,
    queued,
    received,
    requeued,
    transferred,
)
from ticketing.area import Area, live_since
from ticketing.events import Event
from ticketing.figures import AreaFigures, QueueFigures, Silence
from ticketing.live import figures
from ticketing.waits import ServiceLevel


def hall(events: list[Event], clock: str) -> AreaFigures:
    return figures(Area.of(SUD, events), at(clock))


def switchboard(events: list[Event], clock: str) -> AreaFigures:
    return figures(Area.of(STANDARD, events), at(clock))


def queue(area: AreaFigures, name: str) -> QueueFigures:
    return next(queue for queue in area.queues if queue.queue == name)


def test_an_empty_hall_says_nothing_it_does_not_know() -> None:
    sejour = queue(hall([], "9:00"), "sejour")
    assert (sejour.waiting, sejour.longest_wait_s, sejour.mean_wait_today_s, sejour.last_called_wait_s) == (
        0,
        None,
        None,
        None,
    )
    assert isinstance(sejour.service_level_today, ServiceLevel)
    assert sejour.service_level_today.value is None


def test_the_line_and_its_head() -> None:
    area = hall(
        [issued("A1", "9:00"), issued("A2", "9:04"), called("A1", "9:10"), issued("B1", "9:08", "asile")], "9:12"
    )
    assert (queue(area, "sejour").waiting, queue(area, "sejour").longest_wait_s) == (1, 480)
    assert queue(area, "sejour").last_called_wait_s == 600
    assert (area.waiting, area.longest_wait_s) == (2, 480)


def test_the_day_so_far() -> None:
    area = hall(
        [
            issued("A1", "9:00"), called("A1", "9:05"), ended("A1", "9:10"),
            issued("A2", "9:00"), called("A2", "9:25"), no_show("A2", "9:27"),
            issued("A3", "9:10"), abandoned("A3", "9:12"),
            issued("A4", "9:10"), cancelled("A4", "9:11"),
        ],
        "9:30",
    )  # fmt: skip
    sejour = queue(area, "sejour")
    assert (sejour.called_today, sejour.no_show_today, sejour.abandoned_today) == (2, 1, 1)
    assert (sejour.mean_wait_today_s, sejour.p90_wait_today_s) == (900, 1380)
    assert isinstance(sejour.service_level_today, ServiceLevel)
    assert (sejour.service_level_today.within, sejour.service_level_today.of) == (1, 2)
    assert (area.abandoned_today, area.cancelled_today) == (1, 1)


def test_a_second_leg_is_in_the_waits_of_its_queue_but_not_in_its_commitment() -> None:
    area = hall(
        [issued("A1", "9:00"), called("A1", "9:05"), transferred("A1", "9:10", "asile"), called("A1", "9:40")], "9:41"
    )
    asile = queue(area, "asile")
    assert (asile.called_today, asile.mean_wait_today_s) == (1, 1800)
    assert isinstance(asile.service_level_today, ServiceLevel)
    assert asile.service_level_today.of == 0


def test_somebody_back_in_line_waits_again() -> None:
    area = hall([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07"), requeued("A1", "9:15")], "9:20")
    assert (queue(area, "sejour").waiting, queue(area, "sejour").longest_wait_s) == (1, 300)


def test_a_queue_and_a_counter_that_nobody_configured_are_shown_all_the_same() -> None:
    area = hall([issued("X1", "9:00", "nouvelle"), called("X1", "9:05", "g9")], "9:06")
    assert [(q.queue, q.configured) for q in area.queues] == [("sejour", True), ("asile", True), ("nouvelle", False)]
    assert [(c.counter, c.configured) for c in area.counters] == [("g1", True), ("g2", True), ("g9", False)]


def test_a_call_of_unknown_arrival_is_counted_apart() -> None:
    area = hall([called("A1", "9:05")], "9:06")
    assert area.arrival_unknown_today == 1
    assert all(queue.mean_wait_today_s is None for queue in area.queues)


def test_open_counters_are_those_that_say_they_serve_the_queue() -> None:
    area = hall([opened("g1", "8:30", "asile"), opened("g2", "8:30", "asile"), paused("g2", "9:00")], "9:06")
    assert (queue(area, "asile").counters_open, queue(area, "sejour").counters_open) == (1, 0)
    assert [(c.counter, c.state, c.since) for c in area.counters] == [
        ("g1", "free", at("8:30")),
        ("g2", "paused", at("9:00")),
    ]


def test_a_counter_that_never_said_what_it_serves_serves_what_is_configured() -> None:
    area = hall([called("A1", "9:05", "g1")], "9:06")
    assert (queue(area, "sejour").counters_open, queue(area, "asile").counters_open) == (1, 1)


def test_yesterdays_tickets_are_not_in_todays_line() -> None:
    area = figures(Area.of(SUD, [issued("A1", "16:00")]), at("9:00", day=MONDAY.replace(day=24)))
    assert (area.waiting, queue(area, "sejour").waiting) == (0, 0)


def test_what_has_not_happened_yet_is_not_shown() -> None:
    assert hall([issued("A1", "9:30")], "9:00").waiting == 0


def test_a_silent_device_makes_the_figures_incomplete() -> None:
    area = figures(Area.of(SUD, []), at("9:30"), [Silence("borne-2", at("9:10")), Silence("borne-1", at("9:20"))])
    assert (area.complete, area.incomplete_since) == (False, at("9:10"))


def test_an_exceptional_closure_has_no_denominator() -> None:
    closed_today = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    area = figures(Area.of(closed_today, [issued("A1", "9:00"), called("A1", "9:05")]), at("9:30"))
    assert not area.open
    assert queue(area, "sejour").service_level_today is None


def test_a_hall_has_no_telephone_figures() -> None:
    area = hall([], "9:00")
    assert area.calls_today is UNSET
    assert queue(area, "sejour").offered_today is UNSET


def test_two_answer_rates_side_by_side() -> None:
    """Ten calls: 4 informed by the voice server, 6 for an agent: 3 answered, 1 abandoned, 1 overflowed, 1 in line."""
    calls = [received(f"i{n}", "9:00") for n in range(4)] + [informed(f"i{n}", "9:01") for n in range(4)]
    for name in ("a1", "a2", "a3", "b1", "o1", "w1"):
        calls += [received(name, "9:10:00"), queued(name, "9:10:20")]
    calls += [answered("a1", "9:10:30"), answered("a2", "9:10:40"), answered("a3", "9:11:00"), hung_up("a1", "9:12:00")]
    calls += [lost("b1", "9:10:50"), overflowed("o1", "9:12:20")]
    area = switchboard(calls, "9:12:25")
    operators = queue(area, "operateurs")
    assert (operators.offered_today, operators.answered_today, operators.waiting) == (6, 3, 1)
    assert operators.answer_rate_agent == 0.6
    assert operators.answer_rate_global == 0.7778
    assert operators.lost_rate == 0.4
    assert operators.mean_speed_of_answer_today_s == 23.3
    assert isinstance(operators.service_level_today, tuple)
    by_c, by_b = operators.service_level_today
    assert (by_c.within, by_c.of, by_b.within, by_b.of) == (2, 6, 2, 6)


def test_calls_outside_opening_hours_are_counted_apart() -> None:
    area = switchboard(
        [received("c1", "7:00"), queued("c1", "7:00:20"), lost("c1", "7:01"), received("c2", "9:00")], "9:01"
    )
    assert area.calls_today is not UNSET
    assert (area.calls_today.off_hours, area.calls_today.received, area.calls_today.lost) == (1, 1, 0)
    assert queue(area, "operateurs").answer_rate_agent is None


def test_an_overflow_with_no_queue_is_lost_in_the_switchboards_count() -> None:
    area = switchboard([received("c1", "9:00"), overflowed("c1", "9:00:10", "full")], "9:01")
    assert area.calls_today is not UNSET
    assert (area.calls_today.offered, area.calls_today.overflowed, area.calls_today.lost) == (1, 1, 1)


def test_a_call_passed_on_after_an_answer_is_answered() -> None:
    calls = [queued("c1", "9:00"), answered("c1", "9:00:10"), hung_up("c1", "9:02")]
    area = switchboard(calls, "9:05")
    assert queue(area, "operateurs").answer_rate_agent == 1.0


def test_forgetting_leaves_what_the_later_events_say() -> None:
    tuesday = MONDAY.replace(day=24)
    yesterday = [opened("g1", "8:30", "sejour"), issued("A1", "9:00"), closed("g1", "16:30")]
    area = Area.of(SUD, yesterday)
    later = at("9:00", day=tuesday.replace(day=25))
    assert area.forgetting(live_since(SUD, at("9:00", day=tuesday))).visits == area.visits
    forgotten = area.forgetting(live_since(SUD, later))
    assert (forgotten.visits, forgotten.counters) == ({}, {})
    assert forgotten.after(yesterday).visits == {}


def test_a_call_answered_and_passed_on_counts_as_answered_while_it_waits_again() -> None:
    calls = [queued("a", "9:00"), answered("a", "9:00:10"), hung_up("a", "9:01")]
    calls += [queued("b", "9:00"), answered("b", "9:00:20"), passed_on("b", "9:02", "autre")]
    assert queue(switchboard(calls, "9:03"), "operateurs").answer_rate_global == 1.0


def test_a_counter_is_not_in_its_state_since_the_future() -> None:
    area = hall([opened("g1", "9:00:04", "sejour")], "9:00:00")
    assert area.counters[0].since == at("9:00:00")
