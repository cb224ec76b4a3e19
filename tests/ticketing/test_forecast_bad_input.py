"""Bad input to a forecast: a sensible answer, or none and the reason."""

from datetime import UTC, datetime, time

import pytest
from msgspec.structs import replace

from tests.build import (
    HOURS,
    PARIS,
    STANDARD,
    SUD,
    answered,
    at,
    called,
    closed,
    ended,
    event,
    issued,
    opened,
    paused,
    queued,
    started,
)
from tests.history import FROM_NINE, alike, lessons, load
from tests.ticketing.test_forecast import FIVE_MINUTES, G1, found, line, reason, sejour
from ticketing.area import Area
from ticketing.events import Event, TicketCalled
from ticketing.forecast import futures_for
from ticketing.hours import Hours
from ticketing.load import Load
from ticketing.plan import Desk, Plan
from ticketing.situation import Situation


def test_without_history_and_services_today_it_says_so() -> None:
    assert reason(sejour([G1, *line(3)], learnt=Load())) == "no_service"


def test_without_history_today_s_services_tell() -> None:
    today = [
        fact
        for n in range(6)
        for fact in (issued(f"B{n}", "9:00"), called(f"B{n}", f"9:0{n}"), ended(f"B{n}", f"9:0{n}:50"))
    ]
    one = sejour([opened("g1", "9:00", "sejour"), *today, *line(2, "9:58")], learnt=Load())
    assert reason(one) is None
    assert one.shown is not None
    assert 50 < one.shown[1] < 300


def test_days_without_any_service_teach_nothing_of_how_long_one_takes() -> None:
    assert reason(sejour([G1, *line(3)], learnt=load({}))) == "no_service"


def test_a_queue_without_services_takes_as_long_as_the_others() -> None:
    one = found([opened("g2", "10:00", "visas"), issued("V1", "9:59", "visas")]).queues["visas"]
    assert one.shown == (300.0, 300.0, 300.0)


@pytest.mark.parametrize("days", [2, 10], ids=["formula", "simulation"])
def test_with_no_counter_open_and_none_expected_there_is_none(days: int) -> None:
    learnt = load({"sejour": alike(300)}, lessons(days))
    assert reason(sejour([*line(3)], learnt=learnt)) == "no_counter"
    assert reason(sejour([G1, *line(3), closed("g1", "10:00")], learnt=learnt)) == "no_counter"


def test_a_queue_that_nobody_serves_has_no_counter() -> None:
    plan = replace(SUD, desks=(Desk(id="g2", name="Guichet 2", queues=("asile",)),))
    assert reason(sejour([opened("g2", "9:00", "asile"), *line(3)], plan=plan)) == "no_counter"
    assert reason(sejour([opened("g2", "9:00", "asile")], plan=plan)) == "no_counter"


@pytest.mark.parametrize("learnt", [FIVE_MINUTES, Load()], ids=["with history", "without"])
@pytest.mark.parametrize("events", [[], [issued("A1", "9:00")]], ids=["empty", "waiting"])
def test_an_area_without_any_counter_has_none(events: list[Event], learnt: Load) -> None:
    bare = Plan(site="aube", area="sud", kind="hall", name="Hall sud", hours=HOURS)
    assert {reason(one) for one in found(events, learnt=learnt, plan=bare).queues.values()} <= {"no_counter"}
    queueless = replace(SUD, desks=())
    assert {reason(one) for one in found(events, learnt=learnt, plan=queueless).queues.values()} == {"no_counter"}


def test_a_hall_without_events_at_all_is_forecast() -> None:
    assert set(found([]).queues) == {"sejour", "asile"}


@pytest.mark.parametrize("now", [at("19:00"), datetime(2026, 11, 22, 10, tzinfo=PARIS)], ids=["evening", "Sunday"])
def test_when_the_day_is_over_it_says_so(now: datetime) -> None:
    for learnt in (FIVE_MINUTES, load({"sejour": alike(300)}, lessons(staffed={"g1": FROM_NINE})), Load()):
        assert reason(sejour([], now, learnt)) == "closed"


def test_whoever_comes_too_late_to_be_called_before_closing_is_told_so() -> None:
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",), planned=until("16:00")),))
    assert reason(sejour([opened("g1", "15:55", "sejour"), *line(3, "15:54")], "15:55", plan=plan)) == "closing"


def until(end: str) -> Hours:
    return Hours(zone=PARIS, weekly=dict.fromkeys(range(5), ((time(8, 30), time.fromisoformat(end)),)))


def test_a_plan_that_contradicts_what_is_open_gives_way_to_it() -> None:
    nobody = Hours(zone=PARIS, weekly={})
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",), planned=nobody),))
    assert sejour([G1, *line(3)], plan=plan).shown == (900, 900, 900)
    everybody = replace(
        plan, desks=tuple(Desk(id=f"g{n}", name="", queues=("sejour",), planned=until("16:00")) for n in range(5))
    )
    one = sejour([*line(3)], plan=everybody)
    # all of them late: the first may come any moment
    assert one.shown is not None
    assert 0 < one.shown[1] < 3600


def test_two_thousand_in_line_are_no_hindrance() -> None:
    crowd = line(2000, "9:59")
    one = sejour([G1, *crowd])
    assert reason(one) == "closing"  # one counter does not come to the end of the line today
    assert one.late is None
    desks = tuple(Desk(id=f"c{n}", name="", queues=("sejour",)) for n in range(60))
    many = sejour([*(opened(desk.id, "10:00", "sejour") for desk in desks), *crowd], plan=replace(SUD, desks=desks))
    # 2,000 services of 5 minutes at sixty counters, and 75 minutes of lunch
    assert many.shown is not None
    assert many.shown[1] == pytest.approx(2000 * 300 / 60 + 75 * 60, rel=0.02)


def test_at_midnight_nothing_of_yesterday_is_left() -> None:
    one = sejour([*line(3, "16:00")], datetime(2026, 11, 24, 0, 0, tzinfo=PARIS))
    assert reason(one) == "no_counter"
    assert one.late == 0


def test_a_counter_serving_since_yesterday_is_as_good_as_free() -> None:
    events = [opened("g1", "9:00", "sejour"), issued("A1", "9:00"), called("A1", "9:10"), started("A1", "9:11", "g1")]
    now = datetime(2026, 11, 24, 10, tzinfo=PARIS)
    one = sejour(events, now)
    assert one.shown is not None
    assert one.shown[1] < 300


def test_appointments_far_in_the_past_and_the_future_are_no_hindrance() -> None:
    odd = [
        issued("R1", "9:50", appointment="0:01"),
        replace(
            issued("R2", "9:50"), fact=replace(issued("R2", "9:50").fact, appointment_at=datetime(1, 1, 1, tzinfo=UTC))
        ),
        replace(
            issued("R3", "9:50"),
            fact=replace(issued("R3", "9:50").fact, appointment_at=datetime(9999, 12, 31, tzinfo=UTC)),
        ),
        issued("R4", "9:50", appointment="16:29"),
    ]
    one = sejour([G1, *odd])
    assert one.shown == (900, 900, 900)  # three are called before; the fourth comes at half past four


def test_a_counter_that_no_configuration_knows_serves_what_it_says() -> None:
    assert sejour([opened("g9", "10:00", "sejour"), *line(3)]).shown == (900, 900, 900)


def test_a_counter_that_serves_no_queue_is_no_hindrance() -> None:
    assert sejour([G1, opened("g9", "10:00"), *line(3)]).shown == (900, 900, 900)


def test_visits_without_a_queue_are_in_nobody_s_way() -> None:
    stray = event(TicketCalled(ticket="X1", counter="g1"), "9:58")
    one = sejour([opened("g1", "9:57", "sejour"), stray, *line(3)])
    # the stray one is at the counter, and nobody knows what for: 3 minutes are left of one of 5
    assert one.shown == (1080, 1080, 1080)


def test_a_device_whose_clock_is_fast_is_no_hindrance() -> None:
    events = [G1, *line(2), issued("A8", "10:00:30"), opened("g2", "10:01", "asile"), called("A1", "10:00:20")]
    one = sejour(events)
    assert one.shown is not None
    assert all(level >= 0 for level in one.shown)


def test_calls_of_a_switchboard_are_foreseen_too() -> None:
    learnt = load({"operateurs": alike(120)})
    events = [queued("C0", "9:58"), answered("C0", "9:59"), queued("C1", "9:59:50"), queued("C2", "9:59:55")]
    one = found(events, learnt=learnt, plan=STANDARD).queues["operateurs"]
    # one minute of the first call is left, and two calls of two minutes
    assert one.shown == (300.0, 300.0, 300.0)
    assert one.late == 2


@pytest.mark.parametrize("waiting", [0, 1, 50, 600])
def test_the_longer_the_line_the_fewer_futures_and_never_none_up_to_six_hundred(waiting: int) -> None:
    number = futures_for(Situation.of(Area.of(SUD, [G1, *line(waiting)]), at("10:00")))
    assert 64 <= number <= 200


def test_a_paused_counter_is_expected_back() -> None:
    one = sejour([opened("g1", "9:00", "sejour"), paused("g1", "9:58"), *line(1, "9:59")])
    assert one.shown is not None
    assert one.shown[2] > one.shown[0] > 0
