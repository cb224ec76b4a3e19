"""What supervisors decide, and what comes of it: the message of an area, and other hours than usual."""

from datetime import date, datetime, time, timedelta

from msgspec.structs import replace

from tests.build import HOURS, MONDAY, STANDARD, SUD, at, called, issued
from ticketing.area import Area
from ticketing.budget import verdicts
from ticketing.hours import Hours
from ticketing.live import figures
from ticketing.notice import Act, Closure, Notices, until_now, with_closures

TUESDAY = MONDAY + timedelta(days=1)
MORNING = ((time(8, 30), time(12)),)


def act(number: int, on: date | None = None, **more: object) -> Act:
    one = Act(area="sud", date=on, text=f"texte {number}", who="chef de hall", at=at("9:00"), number=number)
    return replace(one, **more)


def closure(on: date = MONDAY, *spans: tuple[time, time], area: str = "sud") -> Closure:
    return Closure(area=area, date=on, spans=spans, text="pont", who="chef de hall", at=at("8:00"))


def test_of_the_acts_of_a_subject_the_last_is_in_force_whatever_their_order() -> None:
    found = Notices.of([act(3, MONDAY), act(1, MONDAY), act(2), act(4, area="nord")])
    assert [(one.area, one.date, one.number) for one in found.closures] == [("sud", MONDAY, 3)]
    assert {area: one.number for area, one in found.messages.items()} == {"sud": 2, "nord": 4}
    assert (found.number("sud", MONDAY), found.number("sud", None), found.number("nord", MONDAY)) == (3, 2, 0)


def test_what_was_taken_back_is_not_in_force_until_it_is_decided_again() -> None:
    told = [act(1), act(2, lifted=True)]
    assert Notices.of(told) == Notices()
    assert Notices.of([*told, act(3)]).messages["sud"].number == 3


def test_a_message_is_shown_until_its_end() -> None:
    found = Notices.of([act(1, until=at("16:30"))])
    assert found.message("sud", at("16:29:59")) is not None
    assert found.message("sud", at("16:30")) is None
    assert found.message("nord", at("9:00")) is None


def test_a_closure_goes_before_the_hours_and_the_exceptions_of_the_configuration_on_its_date_and_area_alone() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={TUESDAY: MORNING}))
    closed = with_closures(plan, [closure(TUESDAY), closure(MONDAY, area="nord")])
    assert closed.hours.day(TUESDAY).spans == ()
    assert closed.hours.day(MONDAY) == plan.hours.day(MONDAY)
    assert with_closures(STANDARD, [closure()]) == STANDARD


def test_on_a_day_closed_for_once_nothing_is_promised_and_nobody_is_late() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:40"), issued("A2", "9:01")]
    usual, closed = (Area.of(plan, events) for plan in (SUD, with_closures(SUD, [closure()])))
    (level, none) = (figures(area, at("10:00")).queues[0].service_level_today for area in (usual, closed))
    assert level is not None
    assert none is None
    assert not figures(closed, at("10:00")).open
    assert [one.late for one in verdicts(usual, SUD.hours.day(MONDAY))["sejour"]] == [True, True]
    assert verdicts(closed, closed.plan.hours.day(MONDAY)) == {}


def test_the_wait_clock_follows_other_hours() -> None:
    """Tickets from 8:40 on, doors at 10 for once: who is called at 10:05 has waited five minutes."""
    late = with_closures(SUD, [closure(MONDAY, (time(10), time(12)))])
    area = Area.of(late, [issued("A1", "8:40"), called("A1", "10:05")])
    assert figures(area, at("10:06")).queues[0].last_called_wait_s == 300.0


def test_a_day_that_is_over_now_keeps_the_hours_that_it_had() -> None:
    assert until_now(HOURS, at("10:42:30")) == ((time(8, 30), time(10, 42)),)
    assert until_now(HOURS, at("14:00")) == ((time(8, 30), time(12)), (time(13, 15), time(14)))
    assert until_now(HOURS, at("12:30")) == MORNING
    assert until_now(HOURS, at("8:00")) == ()
    assert until_now(HOURS, at("8:30:59")) == ()


def test_a_place_that_is_always_open_is_so_until_now() -> None:
    assert until_now(Hours(zone=HOURS.zone), at("10:42")) == ((time(0), time(10, 42)),)


def test_the_hours_that_a_day_had_are_of_the_wall_clock_however_the_instant_is_told() -> None:
    assert until_now(HOURS, datetime.fromisoformat("2026-11-23T09:42:00+00:00")) == ((time(8, 30), time(10, 42)),)
