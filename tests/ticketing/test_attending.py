"""The counters of a situation: what plan and past days say of them, whom they serve, and for how long they are held."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import inf

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import HOURS, MONDAY, PARIS, SUD, at, called, closed, issued, opened, paused, started
from tests.history import FROM_NINE, MORNING, WORKING_DAYS, alike, lesson, lessons, load
from ticketing.area import Area
from ticketing.attending import Step, desks, scenarios
from ticketing.events import Event
from ticketing.hours import Hours
from ticketing.lesson import Lesson
from ticketing.outlook import Outlook
from ticketing.plan import Desk, Plan
from ticketing.simulation import FIRST, Desks

HOUR = 3600.0
PLANNED = Hours(zone=PARIS, weekly={day: ((time(8, 30), time(12)), (time(13, 15), time(16, 30))) for day in range(5)})


def hall(planned: Hours | None, hours: Hours = HOURS) -> Plan:
    return replace(SUD, hours=hours, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",), planned=planned),))


def outlook(plan: Plan, days: Sequence[Lesson], now: datetime | str = "10:00", events: Sequence[Event] = ()) -> Outlook:
    moment = at(now) if isinstance(now, str) else now
    return Outlook.of(Area.of(plan, events), load({"sejour": alike(300)}, days), moment)


def on_the_clock(found: Outlook, counter: str = "g1") -> list[list[tuple[float, float]] | None]:
    """By scenario, the spans in hours since midnight."""
    midnight_s = -found.midnight_s
    return [
        None
        if counter not in day
        else [(round((a + midnight_s) / HOUR, 4), round((b + midnight_s) / HOUR, 4)) for a, b in day[counter]]
        for day in scenarios(found)
    ]


# ---------------------------------------------------------------- plan and past days


def test_without_past_days_a_counter_is_there_as_planned() -> None:
    assert on_the_clock(outlook(hall(PLANNED), [])) == [[(8.5, 12), (13.25, 16.5)]]


def test_without_plan_and_past_days_nothing_is_said_of_a_counter() -> None:
    assert on_the_clock(outlook(hall(None), [])) == [None]


def test_a_plan_goes_before_past_days() -> None:
    days = lessons(6, staffed={"g1": FROM_NINE})
    assert on_the_clock(outlook(hall(PLANNED), days)) == [[(8.5, 12), (13.25, 16.5)]]


@pytest.mark.parametrize("microseconds", [1, 123_457, 654_321, 999_999])
def test_past_days_show_it_at_any_instant(microseconds: int) -> None:
    now = at("10:00") + timedelta(microseconds=microseconds)
    days = lessons(6, staffed={"g1": FROM_NINE})
    assert on_the_clock(outlook(hall(None), days, now)) == [[(9, 12), (13.25, 16.5)]] * 6


def test_four_past_days_are_no_habit_yet() -> None:
    assert on_the_clock(outlook(hall(PLANNED), lessons(4, staffed={"g1": FROM_NINE}))) == [[(8.5, 12), (13.25, 16.5)]]


def test_a_day_on_which_a_counter_was_not_there_counts_as_the_others() -> None:
    days = [*lessons(5, staffed={"g1": FROM_NINE}), lesson(WORKING_DAYS[5], staffed={"g2": FROM_NINE})]
    assert on_the_clock(outlook(hall(None), days)).count([]) == 1


def test_a_dated_change_of_the_plan_today_goes_before_past_days() -> None:
    changed = replace(PLANNED, exceptions={MONDAY: ((time(10), time(11)),)})
    days = lessons(6, staffed={"g1": FROM_NINE})
    assert on_the_clock(outlook(hall(changed), days)) == [[(10, 11)]]


def test_where_only_dates_are_planned_today_s_goes_before_past_days() -> None:
    dated = Hours(zone=PARIS, exceptions={MONDAY: ((time(10), time(11)),)})
    days = lessons(6, staffed={"g1": FROM_NINE})
    assert on_the_clock(outlook(hall(dated), days)) == [[(10, 11)]]


def test_past_days_tell_nothing_of_a_day_on_which_the_area_closes_at_noon_for_once() -> None:
    noon = replace(HOURS, exceptions={MONDAY: ((time(8, 30), time(12)),)})
    assert on_the_clock(outlook(hall(None, noon), lessons(6, staffed={"g1": FROM_NINE}))) == [None]


def test_past_days_tell_nothing_of_a_day_on_which_the_area_is_closed() -> None:
    sunday = datetime.combine(date(2026, 11, 22), time(10), PARIS)
    assert on_the_clock(outlook(hall(None), lessons(6, staffed={"g1": FROM_NINE}), sunday)) == [None]


def test_of_a_counter_never_seen_before_past_days_tell_nothing() -> None:
    events = [opened("g7", "9:55", "sejour")]
    found = outlook(hall(None), lessons(6, staffed={"g1": FROM_NINE}), events=events)
    assert on_the_clock(found, "g7") == [None] * 6


def test_the_clock_on_the_wall_counts_when_clocks_have_changed_that_morning() -> None:
    # the clocks go back on Sunday 25 October 2026, a day of 25 hours, and forward on 28 March 2027, one of 23
    always = Hours(zone=PARIS, weekly=dict.fromkeys(range(7), ((time(8, 30), time(12)), (time(13, 15), time(16, 30)))))
    for sunday in (date(2026, 10, 25), date(2027, 3, 28)):
        days = [lesson(sunday - timedelta(days=7 * n), staffed={"g1": FROM_NINE}) for n in range(1, 7)]
        now = datetime.combine(sunday, time(10), PARIS)
        found = outlook(hall(None, always), days, now)
        assert on_the_clock(found) == [[(9, 12), (13.25, 16.5)]] * 6
        first = scenarios(found)[0]["g1"][0]
        assert first == (-HOUR, 2 * HOUR)  # at 10:00 on the wall


# ---------------------------------------------------------------- as arrays


def drawn(found: Outlook, *course: Step, number: int = 400) -> Desks:
    return desks(found, number, [course], np.random.default_rng(3))


def test_a_counter_knows_its_queues_in_its_order_and_priority_before_all() -> None:
    found = Outlook.of(
        Area.of(SUD, [opened("g1", "9:00", "asile", "sejour"), opened("g2", "9:00", "asile")]),
        load({"sejour": alike(300), "asile": alike(300)}),
        at("10:00"),
    )
    assert found.queues == ("asile", "sejour")
    strict = found.load.strictness_s
    # lines: asile first, asile, sejour first, sejour
    assert drawn(found).ranks.tolist() == [[[-FIRST, 0, strict - FIRST, strict], [-FIRST, 0, inf, inf]]]


def test_a_counter_changed_by_hand_serves_what_it_is_told_to() -> None:
    found = Outlook.of(
        Area.of(SUD, [opened("g1", "9:00", "asile", "sejour")]),
        load({"sejour": alike(300), "asile": alike(300)}),
        at("10:00"),
    )
    step = Step(counter="g1", open=True, queues=("sejour",))
    assert drawn(found, step).ranks[0, 0].tolist() == [inf, inf, -FIRST, 0]


def test_who_is_served_holds_the_counter_for_what_is_left_of_the_service() -> None:
    events = [opened("g1", "9:00", "sejour"), issued("A1", "9:50"), called("A1", "9:56"), started("A1", "9:57", "g1")]
    # all services last 5 minutes, from the call on; 4 of them are over
    assert drawn(outlook(hall(None), [], events=events)).free == pytest.approx(60.0)


def test_a_service_longer_than_any_seen_goes_on_for_some_time() -> None:
    events = [opened("g1", "9:00", "sejour"), issued("A1", "9:00"), called("A1", "9:10"), started("A1", "9:10", "g1")]
    free = drawn(outlook(hall(None), [], events=events)).free
    assert (free > 0).all()
    assert np.isfinite(free).all()


def test_a_counter_that_lets_people_wait_though_it_is_free_has_nobody_at_it() -> None:
    told = [opened("g1", "8:30", "sejour")]
    here = drawn(outlook(hall(PLANNED), [], events=[*told, issued("A1", "9:58")])).free
    gone = drawn(outlook(hall(PLANNED), [], events=[*told, issued("A1", "9:50")])).free
    assert (here == 0).all()
    assert gone.mean() > 300


def test_a_closed_counter_of_which_nothing_is_known_does_not_open() -> None:
    assert np.isinf(
        drawn(outlook(hall(None), [], events=[opened("g1", "8:30", "sejour"), closed("g1", "9:30")])).free
    ).all()


def test_a_paused_counter_of_which_nothing_is_known_comes_back() -> None:
    events = [opened("g1", "8:30", "sejour"), paused("g1", "9:58")]
    assert np.isfinite(drawn(outlook(hall(None), [], events=events)).free).all()


def test_an_open_counter_of_which_nothing_is_known_goes_when_the_area_closes_and_comes_back_when_it_opens() -> None:
    found = drawn(outlook(hall(None), [], events=[opened("g1", "8:30", "sejour")]))
    assert np.median(found.away[:, 0, 0]) == pytest.approx(2 * HOUR, abs=60)
    assert np.median(found.back[:, 0, 0]) == pytest.approx(3.25 * HOUR, abs=240)
    assert np.median(found.away[:, 0, 1]) == pytest.approx(6.5 * HOUR, abs=60)
    assert np.isinf(found.back[:, 0, 1]).all()


def test_those_in_line_are_served_when_the_area_closes_and_before_a_break_where_that_is_the_custom() -> None:
    for finishing in (False, True):
        found = outlook(hall(None), [], events=[opened("g1", "8:30", "sejour")])
        found = replace(found, load=replace(found.load, finishing=finishing))
        assert drawn(found).stays[0, 0].tolist()[:2] == [finishing, True]


def test_each_future_lives_through_a_day_like_today() -> None:
    early = [lesson(day, staffed={"g1": (MORNING,)}) for day in WORKING_DAYS[:6]]
    late = [lesson(day, staffed={"g1": ((11 * HOUR, 12 * HOUR),)}) for day in WORKING_DAYS[6:12]]
    there = drawn(outlook(hall(None), [*early, *late], events=[opened("g1", "8:30", "sejour")])).free
    absent = drawn(outlook(hall(None), [*early, *late])).free
    assert (there == 0).all()
    assert absent == pytest.approx(HOUR)
