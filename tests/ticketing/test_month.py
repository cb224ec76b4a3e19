"""The facts of a month, from a handful of events: what counts where, and what there is to say of a month of nothing."""

from datetime import date, time, timedelta

import pytest
from msgspec.structs import replace

from tests.build import (
    HOURS,
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    called,
    cancelled,
    ended,
    issued,
    no_show,
    queued,
    requeued,
    started,
    transferred,
)
from tests.months import NOVEMBER, OPEN_S, WORKING_DAYS, area, counted, month, on, summed
from ticketing.month import due, first_of, month_of, next_month
from ticketing.plan import Queue
from ticketing.tally import Counts
from ticketing.totals import CallTotals, HallTotals

THE_9TH, THE_24TH = date(2026, 11, 9), date(2026, 11, 24)
ONE = [issued("A1", "9:10"), called("A1", "9:20"), started("A1", "9:20:30"), ended("A1", "9:30:30")]
"""Waits ten minutes, is served for as long."""


def test_a_month_of_no_data_has_no_figures_and_no_zero_in_their_place() -> None:
    found = month()
    (hall,) = found.areas
    assert found.empty
    assert isinstance(hall.whole, HallTotals)
    assert (hall.whole.tickets, hall.whole.legs, hall.whole.judged) == (0, 0, 0)
    assert hall.whole.service_level is hall.whole.service_level_called is hall.whole.wait_mean_s is None
    assert hall.whole.wait_median_s is hall.whole.wait_p90_s is hall.whole.wait_max_s is None
    assert hall.whole.service_mean_s is hall.whole.service_max_s is hall.whole.total_wait_mean_s is None
    assert (hall.days_open, hall.days_heard, hall.coverage) == (20, 0, None)
    assert {(one.of, one.value, one.reached, one.interval) for one in hall.kept} == {(0, None, None, None)}
    assert hall.crowd == (None,) * 7
    assert (hall.gaps, hall.breaches, hall.precision) == ((), (), ())


def test_a_month_of_no_calls_has_no_rates() -> None:
    whole = area(plan=STANDARD).whole
    assert isinstance(whole, CallTotals)
    assert (whole.offered, whole.answered, whole.lost, whole.received) == (0, 0, 0, 0)
    assert whole.answer_rate_agent is whole.answer_rate_global is whole.lost_rate is None
    assert whole.service_level_b is whole.service_level_c is whole.speed_of_answer_s is None


def test_a_month_is_told_by_its_days_its_zone_and_when_it_goes_out() -> None:
    found = month()
    assert (found.site, found.month, found.last) == ("aube", NOVEMBER, date(2026, 11, 30))
    assert (found.due, found.zone) == (date(2026, 12, 1), "Europe/Paris")
    assert [one.day for one in found.areas[0].days if one.spans] == WORKING_DAYS


def test_a_month_of_one_visit_is_that_visit() -> None:
    found = month(*ONE)
    (hall,) = found.areas
    assert not found.empty
    for whole in (hall.whole, hall.cut(day=MONDAY), hall.cut(half_hour=18), hall.cut("sejour"),
                  hall.cut("sejour", day=MONDAY), hall.cut("sejour", half_hour=18)):  # fmt: skip
        assert isinstance(whole, HallTotals)
        assert (whole.tickets, whole.legs, whole.called, whole.served) == (1, 1, 1, 1)
        assert (whole.judged, whole.within, whole.service_level) == (1, 1, 1.0)
        assert (whole.late_uncalled, whole.service_level_called) == (0, 1.0)
        assert (whole.wait_n, whole.wait_mean_s, whole.wait_max_s) == (1, 600.0, 600.0)
        assert (whole.wait_median_s, whole.wait_p90_s, whole.total_wait_mean_s) == (600.0, 600.0, 600.0)
        assert (whole.service_n, whole.service_mean_s, whole.service_max_s) == (1, 600.0, 600.0)
    assert (hall.days_open, hall.days_heard) == (20, 1)
    assert hall.cut("sejour", day=THE_24TH) is hall.cut("asile", half_hour=18) is None


def test_waits_and_outcomes_of_several_days_add_up_in_the_month() -> None:
    found = area(
        *on(THE_9TH, issued("A1", "9:00"), called("A1", "9:10"), started("A1", "9:11"), ended("A1", "9:16")),
        *on(THE_9TH, issued("A2", "9:00"), called("A2", "9:20"), no_show("A2", "9:22")),
        *(issued("A3", "10:00"), called("A3", "10:01"), transferred("A3", "10:05", "asile")),
        *(called("A3", "10:15"), ended("A3", "10:20")),
        *(issued("A4", "10:00", "asile"), abandoned("A4", "10:20")),
        *(issued("A5", "10:00", "asile"), abandoned("A5", "10:05")),
        *(
            issued("A6", "10:00", priority="priority"),
            called("A6", "10:02"),
            requeued("A6", "10:03"),
            called("A6", "10:33"),
        ),
        *(issued("A7", "11:00"), called("A7", "11:01"), cancelled("A7", "11:02")),
    )
    whole, sejour, asile = found.whole, found.cut("sejour"), found.cut("asile")
    assert isinstance(whole, HallTotals)
    assert isinstance(sejour, HallTotals)
    assert isinstance(asile, HallTotals)
    # visits, by the queue of their first leg: A1, A2, A3, A6 and A4, A5
    assert (whole.tickets, sejour.tickets, asile.tickets, whole.priority) == (6, 4, 2, 1)
    # legs: A3 and A6 have two
    assert (whole.legs, sejour.legs, asile.legs) == (8, 5, 3)
    assert (whole.called, sejour.called, asile.called) == (6, 5, 1)
    # A5 left in time, and is not judged; A2 was late, and A4, whom nobody called
    assert (whole.judged, whole.within, whole.service_level) == (5, 3, 0.6)
    assert (whole.late_uncalled, whole.service_level_called) == (1, 0.75)
    # 600, 1200, 60, 120 and 1800 in sejour, 600 in asile
    assert (sejour.wait_n, sejour.wait_mean_s, sejour.wait_median_s, sejour.wait_max_s) == (5, 756.0, 600.0, 1800.0)
    assert (whole.wait_n, whole.wait_mean_s, whole.wait_median_s) == (6, 730.0, 600.0)
    # between the fifth, 1200, and the sixth, 1800, of six: 0.9 * 5 = 4.5
    assert whole.wait_p90_s == 1500.0
    # of visits called: 600, 1200, 60 + 600, 120 + 1800
    assert whole.total_wait_mean_s == 1095.0
    assert (whole.no_show, whole.abandoned, whole.transferred, whole.requeued) == (1, 2, 1, 1)
    assert (whole.cancelled, sejour.cancelled) == (1, None)


def test_a_day_that_is_closed_for_once_has_visits_and_no_denominator() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    found = area(*ONE, *on(THE_24TH, issued("B1", "9:00"), called("B1", "9:20")), plan=plan)
    closed = found.cut(day=MONDAY)
    assert isinstance(closed, HallTotals)
    assert (closed.tickets, closed.judged, closed.service_level) == (1, 0, None)
    assert isinstance(found.whole, HallTotals)
    assert (found.whole.tickets, found.whole.judged, found.whole.within) == (2, 1, 0)
    (day,) = [one for one in found.days if one.day == MONDAY]
    assert (day.spans, day.exceptional, day.heard, day.visits, day.open_s, day.coverage) == ((), True, True, 1, 0, None)
    assert (found.days_open, found.days_heard) == (19, 2)
    assert found.crowd[0] is None


def test_a_closure_of_which_nothing_is_heard_is_told_and_an_ordinary_sunday_is_not() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    told = {one.day: one for one in area(plan=plan).days}
    assert (told[MONDAY].exceptional, told[MONDAY].heard) == (True, False)
    assert date(2026, 11, 22) not in told
    heard = {one.day: one for one in area(*on(date(2026, 11, 22), *ONE)).days}
    assert (heard[date(2026, 11, 22)].heard, heard[date(2026, 11, 22)].spans) == (True, ())


def test_hours_of_one_day_that_differ_are_told_as_such() -> None:
    noon, usual = ((time(10), time(12)),), ((time(8, 30), time(12)), (time(13, 15), time(16, 30)))
    plan = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: noon, THE_24TH: usual}))
    told = {one.day: one for one in area(plan=plan).days}
    assert (told[MONDAY].spans, told[MONDAY].exceptional, told[MONDAY].open_s) == (("10:00-12:00",), True, 7200.0)
    both = ("08:30-12:00", "13:15-16:30")
    assert (told[THE_24TH].spans, told[THE_24TH].exceptional, told[THE_24TH].open_s) == (both, False, OPEN_S)


@pytest.mark.parametrize(("sunday", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23)])
def test_a_day_on_which_clocks_are_set_is_as_long_as_it_is(sunday: date, hours: int) -> None:
    plan = replace(SUD, hours=replace(HOURS, weekly=None, holidays=frozenset()))
    told = {one.day: one for one in area(plan=plan, first=first_of(sunday)).days}
    assert told[sunday].open_s == pytest.approx(hours * 3600, abs=0.001)
    assert told[sunday - timedelta(days=1)].open_s == pytest.approx(24 * 3600, abs=0.001)


@pytest.mark.parametrize(("sunday", "open_s"), [(date(2026, 10, 25), 4 * 3600.0), (date(2026, 3, 29), 2 * 3600.0)])
def test_opening_hours_in_which_clocks_are_set_are_longer_or_shorter(sunday: date, open_s: float) -> None:
    plan = replace(SUD, hours=replace(HOURS, weekly={6: ((time(1), time(4)),)}))
    (told,) = [one for one in area(plan=plan, first=first_of(sunday)).days if one.day == sunday]
    assert (told.open_s, told.spans) == (open_s, ("01:00-04:00",))


def test_the_hour_that_comes_twice_is_one_half_hour_of_the_wall() -> None:
    sunday = date(2026, 10, 25)
    plan = replace(SUD, hours=replace(HOURS, weekly=None))
    first = replace(issued("A1", "9:00"), at=on(sunday, issued("A1", "2:15"))[0].at)
    second = replace(issued("A2", "9:00"), at=on(sunday, issued("A2", "2:15"))[0].at.replace(fold=1))
    found = area(first, second, plan=plan, first=date(2026, 10, 1))
    twice = found.cut("sejour", half_hour=4)
    assert isinstance(twice, HallTotals)
    assert twice.tickets == 2


def test_a_queue_that_nobody_configured_is_told_after_those_that_are() -> None:
    found = area(issued("A1", "9:00", "visa"), called("A1", "9:10"))
    assert [(one.queue, one.name, one.configured) for one in found.queues] == [
        ("sejour", "Séjour", True),
        ("asile", "Asile", True),
        ("visa", "visa", False),
    ]
    visa = found.cut("visa")
    assert isinstance(visa, HallTotals)
    assert (visa.tickets, visa.within) == (1, 1)


def test_a_queue_renamed_is_one_queue_under_its_new_name() -> None:
    renamed = replace(SUD, queues=(Queue(id="sejour", name="Titres"), Queue(id="asile", name="Asile")))
    events = [*on(THE_9TH, issued("A1", "9:00"), called("A1", "9:05")), *ONE]
    before, after = month(*events), month(*events, plan=renamed)
    assert after.areas[0].cuts == before.areas[0].cuts
    assert after.areas[0].queues[0].name == "Titres"
    assert after.configuration != before.configuration


def test_a_queue_with_another_id_is_another_queue_and_the_area_has_both() -> None:
    moved = replace(SUD, queues=(Queue(id="titres", name="Titres"), Queue(id="asile", name="Asile")))
    found = area(*on(THE_9TH, issued("A1", "9:00"), called("A1", "9:05")), issued("B1", "9:00", "titres"), plan=moved)
    assert [(one.queue, one.configured) for one in found.queues] == [
        ("titres", True),
        ("asile", True),
        ("sejour", False),
    ]
    tickets = [one.totals.tickets for one in found.cuts
               if (one.day, one.half_hour) == (None, None) and isinstance(one.totals, HallTotals)]  # fmt: skip
    assert tickets == [2, 1, 0, 1]


def test_days_of_other_areas_are_not_counted() -> None:
    found = month_of([SUD], NOVEMBER, [counted(MONDAY, "operateurs", Counts(tickets=7, legs=7), STANDARD)])
    assert found.empty
    assert isinstance(found.areas[0].whole, HallTotals)
    assert found.areas[0].whole.tickets == 0


def test_a_call_that_is_in_course_at_the_end_is_offered() -> None:
    whole = area(queued("C1", "9:00"), plan=STANDARD).whole
    assert isinstance(whole, CallTotals)
    assert whole.offered == 1


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (date(2026, 11, 1), date(2026, 12, 1)),  # a Tuesday
        (date(2026, 1, 1), date(2026, 2, 2)),  # the 1st is a Sunday
        (date(2026, 7, 1), date(2026, 8, 3)),  # a Saturday
        (date(2026, 4, 1), date(2026, 5, 4)),  # a holiday, and a Friday
        (date(2026, 12, 1), date(2027, 1, 4)),  # New Year's Day, and a Friday
        (date(2027, 10, 1), date(2027, 11, 2)),  # All Saints' Day, and a Monday
        (date(2023, 4, 1), date(2023, 5, 2)),  # May Day, and a Monday
    ],
)
def test_a_month_goes_out_on_the_first_working_day_after_it(of: date, expected: date) -> None:
    holidays = {date(2026, 5, 1), date(2027, 1, 1), date(2027, 11, 1), date(2023, 5, 1)}
    assert due(of, holidays) == expected


def test_a_month_follows_another_through_the_year_and_february() -> None:
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert next_month(date(2028, 2, 1)) == date(2028, 3, 1)
    assert first_of(date(2028, 2, 29)) == date(2028, 2, 1)


def test_queues_invented_by_a_device_by_the_thousand_are_told_in_one_and_nobody_is_lost() -> None:
    # 2 people in each of the 20 that are told by their names, 1 in each of the 480 others
    sizes = {f"q{n:03}": 2 if n < 20 else 1 for n in range(500)}
    invented = [counted(WORKING_DAYS[0], queue, Counts(tickets=n, legs=n)) for queue, n in sizes.items()]
    found = summed([replace(invented[0], tallies=tuple(one for of_queue in invented for one in of_queue.tallies))])
    others = [name for name in found.queues if not name.configured]
    assert [name.queue for name in others] == ["*", *(f"q{n:03}" for n in range(20))]
    assert others[0].name == "Autres files"
    beyond, whole = found.cut("*"), found.whole
    assert isinstance(beyond, HallTotals)
    assert isinstance(whole, HallTotals)
    assert (beyond.tickets, whole.tickets) == (480, 520)
