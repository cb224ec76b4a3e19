"""Stays: today's tickets of a queue one by one, as they are told to whoever looks into it."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from tests.build import (
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    ended,
    event,
    issued,
    no_show,
    opened,
    queued,
    recalled,
    received,
    started,
    transferred,
)
from tests.history import alike, load
from ticketing.area import Area
from ticketing.events import Event, TicketIssued
from ticketing.forecast import Forecast, TicketForecast, forecast
from ticketing.plan import Plan
from ticketing.stays import Stay, line_over, stays


def of(
    events: list[Event], now: str = "10:00", queue: str = "sejour", known: Forecast | None = None, plan: Plan = SUD
) -> dict[str, Stay]:
    found = stays(Area.of(plan, events), at(now), lambda leg: leg.queue == queue, known)
    return {stay.ticket: stay for stay in found}


# ------------------------------------------------------------ what is told


def test_somebody_in_line_waits_since_their_ticket() -> None:
    stay = of([issued("A1", "9:50")])["A1"]
    assert (stay.state, stay.entered, stay.wait_s, stay.late) == ("waiting", at("9:50"), 600, False)
    assert (stay.called, stay.counter, stay.end, stay.service_s) == (None, None, None, None)


def test_the_clock_of_somebody_who_came_before_the_opening_starts_with_it() -> None:
    stay = of([issued("A1", "8:10")], "8:40")["A1"]
    assert (stay.entered, stay.wait_s) == (at("8:10"), 600)


def test_beyond_the_limit_somebody_in_line_is_late() -> None:
    assert of([issued("A1", "9:44")])["A1"].late is True
    assert of([issued("A1", "9:45")])["A1"].late is False


def test_of_a_service_its_counter_its_length_and_its_end_are_told() -> None:
    stay = of([issued("A1", "9:00"), called("A1", "9:16"), started("A1", "9:17", "g1"), ended("A1", "9:24")])["A1"]
    assert (stay.state, stay.end, stay.counter) == ("ended", "served", "g1")
    assert (stay.wait_s, stay.late, stay.called, stay.service_s) == (960, True, at("9:16"), 420)


def test_a_recall_is_counted_and_restarts_nothing() -> None:
    stay = of([issued("A1", "9:50"), called("A1", "9:55"), recalled("A1", "9:58")])["A1"]
    assert (stay.state, stay.wait_s, stay.called, stay.recalls) == ("called", 300, at("9:55"), 1)


def test_who_left_within_the_time_promised_is_not_judged_and_who_left_after_it_is_late() -> None:
    found = of([issued("A1", "9:00"), abandoned("A1", "9:10"), issued("A2", "9:00"), abandoned("A2", "9:20")])
    assert [(found[n].end, found[n].late) for n in ("A1", "A2")] == [("abandoned", None), ("abandoned", True)]


def test_who_was_called_and_did_not_come_is_judged_by_the_call() -> None:
    stay = of([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07")])["A1"]
    assert (stay.end, stay.late) == ("no_show", False)


def test_who_is_sent_on_stands_in_both_queues_and_is_judged_in_the_first() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:05"), transferred("A1", "9:10", "asile")]
    first, then = of(events)["A1"], of(events, queue="asile")["A1"]
    assert (first.end, first.then, first.late) == ("transferred", "asile", False)
    assert (then.state, then.entered, then.wait_s, then.late) == ("waiting", at("9:10"), 3000, None)


def test_nobody_closed_it_and_enough_others_went_before_it_is_presumed_to_have_left() -> None:
    events = [issued("A0", "9:00")]
    for n in range(1, 6):
        events += [issued(f"A{n}", f"9:0{n}"), called(f"A{n}", f"9:1{n}"), ended(f"A{n}", f"9:1{n}")]
    assert of(events, "9:24")["A0"].state == "waiting"
    assert of(events, "9:25")["A0"].end == "presumed"


def test_a_cancelled_ticket_is_none() -> None:
    assert of([issued("A1", "9:00"), cancelled("A1", "9:01")]) == {}


def test_without_a_commitment_nobody_is_late() -> None:
    assert of([issued("A1", "9:00")], plan=replace(SUD, commitments=()))["A1"].late is None


def test_an_appointment_is_told_unless_it_is_a_devices_word_for_none() -> None:
    fact = TicketIssued(
        ticket="A2", number="A2", queue="sejour", priority="appointment", appointment_at=datetime(1, 1, 1, tzinfo=UTC)
    )
    found = of([issued("A1", "9:00", priority="appointment", appointment="9:30"), event(fact, "9:00")])
    assert [(one.priority, one.appointment_at) for one in found.values()] == [
        ("appointment", at("9:30")),
        ("appointment", None),
    ]


# ------------------------------------------------------------ labels


def test_a_call_has_a_label_that_stays_the_same_and_says_nothing_of_it() -> None:
    number = "0325421234"
    (stay,) = of([received(number, "9:30"), queued(number, "9:31")], queue="operateurs", plan=STANDARD).values()
    (later,) = of(
        [received(number, "9:30"), queued(number, "9:31"), answered(number, "9:32")], queue="operateurs", plan=STANDARD
    ).values()
    assert (stay.printed, len(stay.ticket)) == (False, 5)
    assert stay.ticket == later.ticket
    assert stay.ticket not in number


# ------------------------------------------------------------ what is foreseen


def test_who_will_be_called_when_is_told_of_each_in_line() -> None:
    # services of five minutes each: the first is called at once, the next ones every five minutes
    events = [opened("g1", "10:00", "sejour"), *(issued(f"A{n}", "9:50") for n in range(3))]
    known = forecast(Area.of(SUD, events), load({"sejour": alike(300)}), at("10:00"))
    found = of(events, known=known)
    times = [found[f"A{n}"].predicted for n in range(3)]
    assert [(one.p10, one.p50, one.p90) for one in times if one] == [
        (at(when), at(when), at(when)) for when in ("10:00", "10:05", "10:10")
    ]
    # 15 minutes are promised, from 9:50 on: the third is called at 10:10
    assert [found[f"A{n}"].will_be_late for n in range(3)] == [False, False, True]


def test_a_call_foreseen_for_a_moment_that_has_passed_is_due_now() -> None:
    ticket = TicketForecast(visit="ticket/A1", queue="sejour", within=0.9, call_s=(0.0, 5.0, 90.0))
    known = Forecast(at=at("10:00"), tickets={"ticket/A1": ticket})
    times = of([issued("A1", "9:50")], "10:00:10", known=known)["A1"].predicted
    assert times is not None
    assert (times.p10, times.p50, times.p90) == (at("10:00:10"), at("10:00:10"), at("10:01:30"))


def test_nothing_is_foreseen_of_a_ticket_that_the_forecast_knows_in_another_queue_or_not_at_all() -> None:
    other = TicketForecast(visit="ticket/A1", queue="asile", within=0.9, call_s=(0.0, 5.0, 90.0))
    known = Forecast(at=at("10:00"), tickets={"ticket/A1": other})
    found = of([issued("A1", "9:50"), issued("A2", "9:50")], known=known)
    assert [stay.predicted for stay in found.values()] == [None, None]


def test_nobody_is_promised_a_call_that_more_than_a_tenth_of_the_futures_do_not_have() -> None:
    never = TicketForecast(visit="ticket/A1", queue="sejour", within=0.2, call_s=None)
    stay = of([issued("A1", "9:50")], known=Forecast(at=at("10:00"), tickets={"ticket/A1": never}))["A1"]
    assert (stay.predicted, stay.will_be_late) == (None, True)


# ------------------------------------------------------------ the line over the day


def test_the_line_is_counted_from_the_ticket_on_until_the_call() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:10"), issued("A2", "9:05"), abandoned("A2", "9:20")]
    instants = [at("9:00") + timedelta(minutes=5 * n) for n in range(5)]
    assert line_over(of(events).values(), instants) == (1, 2, 1, 1, 0)
