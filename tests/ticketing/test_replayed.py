"""A day replayed: its series on the grid of five minutes, by hand and by law."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import (
    HOURS,
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
    opened,
    paused,
    queued,
    transferred,
)
from tests.ticketing.test_laws import facts
from ticketing.area import Area
from ticketing.day import AreaDay, grid
from ticketing.events import Event
from ticketing.plan import Endings, Plan
from ticketing.replayed import replayed
from ticketing.unclosed import begun, counted
from ticketing.waits import leg_wait

TUESDAY = MONDAY + timedelta(days=1)
EVENING = at("23:00")


def day(*events: Event, now: datetime = EVENING) -> AreaDay:
    return replayed(Area.of(SUD, events), MONDAY, now)


def place(clock: str, on: date = MONDAY) -> int:
    return grid(on, PARIS).index(at(clock, on))


def test_somebody_is_in_line_at_every_instant_from_the_issue_to_before_the_call() -> None:
    found = day(issued("A1", "9:00"), called("A1", "9:10"), issued("A2", "9:03"), called("A2", "9:12"))
    assert found.whole.waiting[place("8:55") : place("9:20")] == (0, 1, 2, 1, 0)
    assert found.whole.longest_wait_s[place("8:55") : place("9:20")] == (None, 0, 300, 420, None)


def test_waits_of_those_called_are_told_with_the_step_in_which_they_were() -> None:
    found = day(issued("A1", "9:00"), called("A1", "9:11"), issued("A2", "9:01"), called("A2", "9:14"))
    assert found.whole.called[place("9:10") : place("9:25")] == (0, 2, 0)
    assert found.whole.called_wait_s[place("9:15")] == 12 * 60
    assert found.whole.called_wait_s[place("9:20")] is None
    assert sum(found.whole.entered) == 2


def test_the_clock_of_who_comes_before_the_opening_starts_with_it() -> None:
    found = day(issued("A1", "8:00"), called("A1", "8:50"))
    assert found.whole.waiting[place("8:20")] == 1
    assert found.whole.longest_wait_s[place("8:20")] == 0
    assert found.whole.longest_wait_s[place("8:45")] == 15 * 60
    assert found.whole.called_wait_s[place("8:50")] == 20 * 60


def test_a_ticket_that_is_sent_on_is_in_the_line_of_its_new_queue() -> None:
    found = day(issued("A1", "9:00"), called("A1", "9:04"), transferred("A1", "9:10", "asile"), called("A1", "9:22"))
    sejour, asile = found.queues
    assert sejour.waiting[place("9:00") : place("9:15")] == (1, 0, 0)
    assert asile.waiting[place("9:05") : place("9:30")] == (0, 1, 1, 1, 0)
    assert asile.called_wait_s[place("9:25")] == 12 * 60


def test_cancelled_tickets_are_in_no_series() -> None:
    found = day(issued("A1", "9:00"), cancelled("A1", "9:20"))
    assert not any(found.whole.waiting)
    assert not any(found.whole.entered)
    assert found.heard


def test_a_ticket_that_nobody_closed_is_in_line_until_the_day_closes() -> None:
    found = day(issued("A1", "16:00"), now=at("9:00", TUESDAY))
    assert found.whole.waiting[place("16:25") : place("16:35")] == (1, 0)
    assert found.figures.left_at_closing_today == 1


def test_calls_out_of_hours_are_in_no_series() -> None:
    events = [queued("C1", "7:00"), hung_up("C1", "7:10"), queued("C2", "9:00"), answered("C2", "9:06")]
    found = replayed(Area.of(STANDARD, events), MONDAY, EVENING)
    assert sum(found.whole.entered) == 1
    assert found.whole.waiting[place("7:05")] == 0


def test_open_counters_are_those_neither_closed_nor_paused() -> None:
    found = day(
        opened("g1", "8:30", "sejour", "asile"),
        opened("g2", "8:41", "asile"),
        paused("g1", "8:50"),
        closed("g2", "9:00"),
    )
    assert found.whole.counters_open[place("8:25") : place("9:05")] == (0, 1, 1, 1, 2, 1, 1, 0)
    sejour, asile = found.queues
    assert sejour.counters_open[place("8:45")] == 1  # the second serves the other queue alone
    assert asile.counters_open[place("8:45")] == 2


def test_a_counter_serves_what_it_told_when_it_opened_last() -> None:
    found = day(opened("g1", "8:30", "sejour"), closed("g1", "9:00"), opened("g1", "9:10", "asile"))
    sejour, asile = found.queues
    assert (sejour.counters_open[place("8:40")], asile.counters_open[place("8:40")]) == (1, 0)
    assert (sejour.counters_open[place("9:15")], asile.counters_open[place("9:15")]) == (0, 1)
    counter = next(one for one in found.counters if one.counter == "g1")
    assert [(f"{spell.since:%H:%M}", spell.state) for spell in counter.spells] == [
        ("00:00", "closed"), ("08:30", "free"), ("09:00", "closed"), ("09:10", "free"),
    ]  # fmt: skip
    assert counter.at(at("9:05")).state == "closed"


def test_a_counter_left_open_the_day_before_is_open_from_midnight_on() -> None:
    found = replayed(Area.of(SUD, [opened("g1", "16:00")]), TUESDAY, at("9:00", TUESDAY))
    assert set(found.whole.counters_open) == {1}
    assert not found.heard


def test_people_per_counter_is_unknown_while_none_is_open() -> None:
    found = day(
        issued("A1", "9:00"), issued("A2", "9:00"), issued("A3", "9:00"), opened("g1", "9:05"), opened("g2", "9:06")
    )
    assert found.whole.waiting_per_counter[place("9:00") : place("9:15")] == (None, 3.0, 1.5)


def test_of_a_day_in_course_nothing_is_told_of_what_is_to_come() -> None:
    found = day(issued("A1", "9:00"), now=at("9:12"))
    assert len(found.whole.waiting) == place("9:10") + 1
    assert len(found.at) == 289
    assert found.until == at("9:12")


def test_the_days_on_which_clocks_are_set_have_an_hour_less_and_one_more() -> None:
    assert len(grid(date(2026, 3, 29), PARIS)) == 23 * 12 + 1
    assert len(grid(date(2026, 10, 25), PARIS)) == 25 * 12 + 1


def test_the_limit_is_the_one_in_force_on_that_day_and_none_on_a_closed_one() -> None:
    assert day().whole.limit_s == 900
    assert replayed(Area(plan=SUD), MONDAY - timedelta(days=1), EVENING).whole.limit_s is None
    assert replayed(Area(plan=SUD), date(2025, 11, 24), EVENING).whole.limit_s is None  # nothing was promised then


def test_the_window_is_the_opening_hours_and_whatever_happened_with_half_an_hour_around() -> None:
    found = day(issued("A1", "7:20"), called("A1", "7:40"))
    assert found.at[found.window[0]] == at("6:50")
    assert found.at[found.window[-1]] == at("17:00")
    always = replayed(Area(plan=replace(SUD, hours=replace(HOURS, weekly=None))), MONDAY, EVENING)
    assert always.window == range(289)


def test_the_figures_are_those_of_the_days_end() -> None:
    found = day(
        issued("A1", "9:00"), called("A1", "9:05"), ended("A1", "9:10"), issued("A2", "9:00"), abandoned("A2", "9:30")
    )
    sejour = found.figures.queues[0]
    assert (sejour.called_today, sejour.abandoned_today, sejour.mean_wait_today_s) == (1, 1, 300)


HASTY = Endings(overtaken_by=1, overtaken_for=timedelta(minutes=3), left_after=timedelta(minutes=5))
minutes = st.integers(0, 9 * 60).map(lambda minute: at("8:00") + timedelta(minutes=minute))
days = st.lists(
    st.builds(Event, at=minutes, area=st.just("sud"), device=st.just("d"), id=st.uuids().map(str), fact=facts),
    max_size=30,
)


@given(days, st.randoms(use_true_random=False), st.sampled_from([SUD, STANDARD, replace(SUD, endings=HASTY)]), minutes)
def test_order_and_repetition_of_events_change_nothing(
    events: list[Event], random: Random, plan: Plan, now: datetime
) -> None:
    again = [*events, *events[: len(events) // 2]]
    random.shuffle(again)
    assert replayed(Area.of(plan, again), MONDAY, now) == replayed(Area.of(plan, events), MONDAY, now)


@given(days, st.sampled_from([SUD, STANDARD, replace(SUD, endings=HASTY)]), minutes)
def test_at_every_instant_of_the_grid_as_many_wait_as_the_area_says(
    events: list[Event], plan: Plan, now: datetime
) -> None:
    area = Area.of(plan, events)
    found = replayed(area, MONDAY, now)
    hours = plan.hours.day(MONDAY)
    visits = counted(begun(area, hours, now), plan, hours, now)
    known = replace(area, visits={visit.key: visit for visit in visits})
    for number, instant in enumerate(found.at[: len(found.whole.waiting)]):
        waiting = known.waiting_at(instant)
        assert {row.queue: row.waiting[number] for row in found.queues if row.waiting[number]} == dict(waiting)
        assert found.whole.waiting[number] == sum(waiting.values())
        in_line = [
            leg_wait(visit, index, hours, instant)
            for visit in visits
            for index, leg in enumerate(visit.legs)
            if leg.queue and leg.waiting_at(instant)
        ]
        assert (found.whole.longest_wait_s[number] is None) == (not in_line)


@given(days)
def test_whoever_enters_is_called_gone_or_in_line(events: list[Event]) -> None:
    area = Area.of(SUD, events)
    found = replayed(area, MONDAY, EVENING)
    assert found.whole.waiting[-1] == 0
    stays = [
        leg
        for visit in counted(begun(area, SUD.hours.day(MONDAY), EVENING), SUD, SUD.hours.day(MONDAY), EVENING)
        for leg in visit.legs
    ]
    assert sum(found.whole.called) == sum(leg.called is not None and leg.queue is not None for leg in stays)


@pytest.mark.parametrize("clock", ["8:59", "9:00", "9:01"])
def test_the_grid_is_exact_at_its_instants(clock: str) -> None:
    found = day(issued("A1", clock), called("A1", "9:05"))
    assert found.whole.waiting[place("9:00")] == (clock != "9:01")
