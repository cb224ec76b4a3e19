"""When a counter is planned to be staffed on a day of its area."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import HOURS, MONDAY, PARIS, SUD, at
from ticketing.hours import Hours, Span
from ticketing.plan import Desk

SUNDAY = date(2026, 11, 22)
HOLIDAY = date(2026, 11, 11)
CLOCKS_FORWARD, CLOCKS_BACK = date(2026, 3, 29), date(2026, 10, 25)
ALWAYS = Hours(zone=PARIS)


def written(*spans: str) -> tuple[Span, ...]:
    """Of "08:30-12:00" and the like."""
    return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in (s.split("-") for s in spans))


def each_day(*spans: str) -> Hours:
    """The same all week, weekends too."""
    return Hours(zone=PARIS, weekly=dict.fromkeys(range(7), written(*spans)))


def changed(*spans: str) -> Hours:
    """The usual week, but for the tests' Monday."""
    return replace(each_day(*WITH_BREAKS), exceptions={MONDAY: written(*spans)})


def planned(
    hours: Hours | None, day: date = MONDAY, area: Hours = HOURS
) -> tuple[tuple[datetime, datetime], ...] | None:
    plan = replace(SUD, hours=area)
    return plan.planned(Desk(id="g1", name="Guichet 1", planned=hours), area.day(day))


def clocks(spans: tuple[tuple[datetime, datetime], ...] | None) -> list[str]:
    """As they are written, to be compared at a glance."""
    assert spans is not None
    return [f"{start.astimezone(PARIS):%H:%M}-{end.astimezone(PARIS):%H:%M}" for start, end in spans]


WITH_BREAKS = ["08:30-10:00", "10:15-12:00", "13:15-16:30"]
SHORT = replace(HOURS, exceptions={MONDAY: written("09:00-12:00")})
"""Exceptionally opened later and closed at noon."""


def test_a_counter_is_staffed_as_its_week_says_and_the_gaps_are_its_breaks() -> None:
    spans = planned(each_day(*WITH_BREAKS))
    assert clocks(spans) == WITH_BREAKS
    assert spans is not None
    assert spans[0] == (at("8:30"), at("10:00"))


def test_without_a_plan_nothing_is_known_of_a_counter() -> None:
    assert planned(None) is None
    assert planned(None, SUNDAY) is None


def test_a_weekday_that_the_week_leaves_out_is_a_day_on_which_nobody_is_there() -> None:
    assert planned(Hours(zone=PARIS, weekly={1: written("08:30-12:00")})) == ()


def test_a_dated_change_goes_before_the_week() -> None:
    assert clocks(planned(changed("10:00-12:00"))) == ["10:00-12:00"]
    assert planned(changed()) == ()


def test_of_a_counter_with_dated_changes_and_no_week_the_other_days_are_unknown() -> None:
    only = Hours(zone=PARIS, exceptions={MONDAY: written("10:00-12:00")})
    assert clocks(planned(only)) == ["10:00-12:00"]
    assert planned(only, date(2026, 11, 24)) is None
    assert planned(only, SUNDAY) is None


@pytest.mark.parametrize("day", [SUNDAY, HOLIDAY, MONDAY], ids=["weekend", "holiday", "closure"])
def test_nobody_is_planned_on_a_day_on_which_the_area_does_not_open(day: date) -> None:
    area = replace(HOURS, exceptions={MONDAY: ()})
    assert planned(each_day(*WITH_BREAKS), day, area) == ()
    told = Hours(zone=PARIS, weekly={}, exceptions={day: written("08:30-12:00")})
    assert planned(told, day, area) == ()


def test_an_area_that_opens_on_a_holiday_after_all_is_staffed_as_in_any_week() -> None:
    area = replace(HOURS, exceptions={HOLIDAY: written("08:30-12:00")})
    assert clocks(planned(each_day(*WITH_BREAKS), HOLIDAY, area)) == ["08:30-10:00", "10:15-12:00"]


def test_exceptional_hours_of_the_area_cut_what_is_planned_outside_them() -> None:
    assert clocks(planned(each_day(*WITH_BREAKS), area=SHORT)) == ["09:00-10:00", "10:15-12:00"]
    gap = replace(HOURS, exceptions={MONDAY: written("08:30-09:30", "11:00-16:00")})
    assert clocks(planned(each_day(*WITH_BREAKS), area=gap)) == ["08:30-09:30", "11:00-12:00", "13:15-16:00"]


def test_exceptional_hours_of_the_area_cut_a_dated_change_too() -> None:
    assert clocks(planned(changed("08:30-12:00", "13:15-16:30"), area=SHORT)) == ["09:00-12:00"]


def test_on_other_days_a_counter_may_stay_after_closing_until_the_line_is_finished() -> None:
    assert clocks(planned(each_day("08:30-12:20", "13:15-17:00"))) == ["08:30-12:20", "13:15-17:00"]


def test_nobody_is_planned_more_than_half_an_hour_before_the_first_opening() -> None:
    assert clocks(planned(each_day("08:10-12:00"))) == ["08:10-12:00"]
    assert clocks(planned(each_day("06:00-07:00", "07:15-12:00"))) == ["08:00-12:00"]


def test_an_area_without_hours_cuts_nothing() -> None:
    spans = ["00:00-06:00", "22:00-23:59"]
    assert clocks(planned(each_day(*spans), SUNDAY, ALWAYS)) == spans


def test_spans_are_instants_in_the_zone_of_the_day_they_are_asked_for() -> None:
    desk = Desk(id="g1", name="Guichet 1", planned=each_day("08:30-12:00"))
    local, utc = SUD.planned(desk, HOURS.day(MONDAY)), SUD.planned(desk, HOURS.day(MONDAY).in_utc())
    assert local is not None
    assert utc is not None
    assert local == utc
    assert [instant.isoformat() for instant in local[0]] == ["2026-11-23T08:30:00+01:00", "2026-11-23T12:00:00+01:00"]
    assert [instant.isoformat() for instant in utc[0]] == ["2026-11-23T07:30:00+00:00", "2026-11-23T11:00:00+00:00"]


@pytest.mark.parametrize(("day", "hours"), [(CLOCKS_FORWARD, 2), (CLOCKS_BACK, 4), (SUNDAY, 3)])
def test_hours_are_those_of_the_wall_clock_on_days_when_the_clocks_change(day: date, hours: int) -> None:
    spans = planned(each_day("01:00-04:00"), day, ALWAYS)
    assert spans is not None
    ((start, end),) = ((start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans)
    assert end - start == timedelta(hours=hours)


def test_a_span_that_the_clocks_skip_is_left_out() -> None:
    assert clocks(planned(each_day("02:30-03:15", "09:00-12:00"), CLOCKS_FORWARD, ALWAYS)) == ["09:00-12:00"]


def test_a_span_that_the_clocks_push_into_the_next_one_is_not_counted_twice() -> None:
    # 02:45 does not exist: on a watch set forward at 02:00 it is 03:45
    pushed = planned(each_day("01:00-02:45", "03:00-04:00"), CLOCKS_FORWARD, ALWAYS)
    assert clocks(pushed) == ["01:00-03:45", "03:45-04:00"]


@st.composite
def some_spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """As schedule.py lets them in: in order, without overlap; one may begin when another ends."""
    minutes = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), max_size=8)))
    clock = [time(minute // 60, minute % 60) for minute in minutes]
    return tuple((start, end) for start, end in zip(clock[::2], clock[1::2], strict=False) if start < end)


def some_hours() -> st.SearchStrategy[Hours]:
    days = st.sampled_from([MONDAY, SUNDAY, HOLIDAY, CLOCKS_FORWARD, CLOCKS_BACK])
    return st.builds(
        Hours,
        zone=st.just(PARIS),
        weekly=st.none() | st.dictionaries(st.integers(0, 6), some_spans()),
        exceptions=st.dictionaries(days, some_spans()),
        holidays=st.just(frozenset({HOLIDAY})) | st.just(frozenset[date]()),
    )


@given(own=some_hours(), area=some_hours(), day=st.sampled_from([MONDAY, SUNDAY, HOLIDAY, CLOCKS_FORWARD, CLOCKS_BACK]))
def test_planned_spans_are_in_order_apart_and_within_the_day(own: Hours, area: Hours, day: date) -> None:
    plan = replace(SUD, hours=area)
    spans = plan.planned(Desk(id="g1", name="Guichet 1", planned=own), area.day(day).in_utc())
    midnight, end = (datetime.combine(on, time.min, PARIS).astimezone(UTC) for on in (day, day + timedelta(days=1)))
    assert all(midnight <= start < until <= end for start, until in spans or ())
    assert all(until <= start for (_, until), (start, _) in pairwise(spans or ()))
    assert (spans is None) == (own.weekly is None and day not in own.exceptions)


@given(own=some_spans(), usual=some_spans(), exceptional=st.none() | some_spans())
def test_a_minute_is_planned_if_it_is_written_and_the_area_lets_anybody_be_there(
    own: tuple[Span, ...], usual: tuple[Span, ...], exceptional: tuple[Span, ...] | None
) -> None:
    area = Hours(zone=PARIS, weekly={0: usual}, exceptions={} if exceptional is None else {MONDAY: exceptional})
    spans = planned(Hours(zone=PARIS, weekly={0: own}), MONDAY, area)
    assert spans is not None
    for minute in range(24 * 60):
        clock = time(minute // 60, minute % 60)
        expected = within(own, clock)
        if exceptional is not None:
            expected = expected and within(exceptional, clock)
        elif usual:
            first = usual[0][0].hour * 60 + usual[0][0].minute
            expected = expected and minute >= first - 30
        else:
            expected = False
        instant = datetime.combine(MONDAY, clock, PARIS)
        assert any(start <= instant < end for start, end in spans) is expected, clock


def within(spans: tuple[Span, ...], clock: time) -> bool:
    return any(start <= clock < end for start, end in spans)
