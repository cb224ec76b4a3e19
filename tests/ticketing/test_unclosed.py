"""What becomes of tickets and calls that nobody closes."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.build import (
    HOURS,
    MONDAY,
    SUD,
    abandoned,
    at,
    called,
    cancelled,
    ended,
    event,
    issued,
    later,
    no_show,
    recalled,
    requeued,
    started,
    transferred,
)
from ticketing.area import Area
from ticketing.events import Event, TicketTransferred
from ticketing.hours import Hours
from ticketing.plan import Endings
from ticketing.unclosed import unclosed
from ticketing.visit import LegEnd

TUESDAY = MONDAY.replace(day=24)
RULES = Endings()


def over(
    events: list[Event], now: str | datetime, rules: Endings = RULES, hours: Hours = HOURS
) -> dict[str, tuple[LegEnd | None, datetime | None]]:
    """How and when each visit ended that nobody closed, by ticket or call."""
    visits = list(Area.of(SUD, events).visits.values())
    legs = unclosed(visits, rules, hours.day(MONDAY), at(now) if isinstance(now, str) else now)
    return {key.partition("/")[2]: (leg.end, leg.ended) for key, leg in legs.items()}


# ---------------------------------------------------------------- overtaken


def test_a_ticket_that_five_later_ones_overtook_is_gone_from_the_fifth_call_on_ten_minutes_after_it() -> None:
    day = [issued("A1", "9:00"), *later(5)]
    assert over(day, "9:23:59") == {}
    assert over(day, "9:24") == {"A1": ("presumed", at("9:14"))}
    assert over(day, "16:00") == {"A1": ("presumed", at("9:14"))}


def test_four_calls_overtake_nobody() -> None:
    assert over([issued("A1", "9:00"), *later(4)], "12:00") == {}


def test_how_many_calls_and_how_long_are_settings() -> None:
    rules = Endings(overtaken_by=2, overtaken_for=timedelta(minutes=3))
    day = [issued("A1", "9:00"), *later(5)]
    assert over(day, "9:13:59", rules) == {}
    assert over(day, "9:14", rules) == {"A1": ("presumed", at("9:11"))}


def test_a_ticket_called_after_all_was_never_gone() -> None:
    day = [issued("A1", "9:00"), *later(5)]
    assert "A1" in over(day, "9:40")
    assert over([*day, called("A1", "9:40")], "9:40") == {}


def test_a_call_that_comes_to_light_late_overtakes_from_its_own_time() -> None:
    day = [issued("A1", "9:00"), *later(5)]
    four = [event for event in day if event.fact != called("L4", "9:14").fact]
    assert over(four, "9:30") == {}
    assert over([*four, called("L4", "9:11:30")], "9:30") == {"A1": ("presumed", at("9:13"))}


@pytest.mark.parametrize("came", ["8:50", "9:00"])
def test_only_those_who_came_later_overtake_and_of_one_instant_nobody_did(came: str) -> None:
    day = [issued("A1", "9:00"), *later(5, came)]
    assert over(day, "9:40") == {}
    assert list(over([issued("A0", "8:40"), *day], "9:40")) == ["A0"]


def test_tickets_of_another_queue_or_priority_overtake_nobody() -> None:
    assert over([issued("A1", "9:00"), *later(5, queue="asile")], "9:40") == {}
    assert over([issued("A1", "9:00", priority="priority"), *later(5)], "9:40") == {}
    assert over([issued("A1", "9:00", "nouvelle"), *later(5, queue="nouvelle")], "9:40") != {}


def test_a_cancelled_ticket_overtakes_nobody_and_is_not_overtaken() -> None:
    day = [issued("A1", "9:00"), *later(5)]
    assert over([*day, cancelled("L2", "9:30")], "9:40") == {}
    assert over([*day, cancelled("A1", "9:30")], "9:40") == {}


def test_no_shows_overtake_as_others_do() -> None:
    absent = [issued("L9", "9:02"), called("L9", "9:14"), no_show("L9", "9:15")]
    assert over([issued("A1", "9:00"), *later(4), *absent], "9:24") == {"A1": ("presumed", at("9:14"))}


def test_one_ticket_called_in_several_legs_overtakes_once_at_its_first_call() -> None:
    again = [issued("L9", "9:02")]
    for minute in (5, 15, 25, 35, 45):
        again += [called("L9", f"9:{minute:02}"), requeued("L9", f"9:{minute + 1:02}")]
    assert over([issued("A1", "9:00"), *again], "11:00") == {}
    assert over([issued("A1", "9:00"), *again, *later(4)], "9:23") == {"A1": ("presumed", at("9:13"))}


def test_a_ticket_called_ahead_of_its_appointment_and_again_overtakes_at_its_appointment() -> None:
    twice = [issued("L9", "8:58", appointment="10:00"), called("L9", "9:02")]
    twice += [transferred("L9", "9:10", "sejour"), called("L9", "10:30")]
    once = [issued("L8", "9:06"), called("L8", "10:10")]
    found = over([issued("A1", "9:05"), *twice, *once], "11:00", Endings(overtaken_by=2))
    assert found["A1"] == ("presumed", at("10:10"))


def test_back_in_line_a_ticket_has_only_those_behind_it_who_came_after_its_return() -> None:
    back = [issued("A1", "8:50"), called("A1", "8:55"), no_show("A1", "8:57"), requeued("A1", "9:05")]
    assert over([*back, *later(5, came="9:01")], "10:00") == {}
    assert over([*back, *later(5, came="9:06")], "10:00") == {"A1": ("presumed", at("9:14"))}


def test_sent_to_one_counter_a_ticket_is_overtaken_by_those_sent_there_alone() -> None:
    def sent(ticket: str, clock: str, counter: str) -> Event:
        return event(TicketTransferred(ticket=ticket, queue="sejour", counter=counter), clock)

    to_g2 = [issued("A1", "8:40", "asile"), called("A1", "8:45"), sent("A1", "9:00", "g2")]
    assert over([*to_g2, *later(5)], "10:00") == {}
    others: list[Event] = []
    for n in range(5):
        others += [issued(f"B{n}", "8:41", "asile"), called(f"B{n}", "8:50"), sent(f"B{n}", "9:01", "g2")]
        others += [called(f"B{n}", f"9:1{n}", "g2"), ended(f"B{n}", f"9:1{n}:30")]
    assert over([*to_g2, *others], "10:00") == {"A1": ("presumed", at("9:14"))}
    assert over([issued("A1", "9:00"), *others], "10:00") == {}


def test_an_early_customer_is_not_overtaken_by_those_whose_appointment_is_before_his() -> None:
    def booked(ticket: str, came: str, appointment: str) -> Event:
        return issued(ticket, came, priority="appointment", appointment=appointment)

    mine = booked("A1", "9:00", "10:00")
    before = [booked(f"L{n}", "9:30", f"9:5{n}") for n in range(5)]
    after = [booked(f"L{n}", "9:30", f"10:0{n + 1}") for n in range(5)]
    calls = [called(f"L{n}", f"9:5{n}") for n in range(5)]
    assert over([mine, *before, *calls], "11:00") == {}
    # called ahead of their time, they are ahead of him from their time on
    assert over([mine, *after, *calls], "10:14:59") == {}
    assert over([mine, *after, *calls], "10:15") == {"A1": ("presumed", at("10:05"))}


def test_a_ticket_whose_issue_was_never_seen_overtakes_nobody_and_is_not_overtaken() -> None:
    unseen = [called(f"L{n}", f"9:1{n}") for n in range(5)]
    assert over([issued("A1", "9:00"), *unseen], "10:00") == {}
    there = [*unseen, *(transferred(f"L{n}", "9:20", "sejour") for n in range(5))]
    assert over([issued("A1", "9:00"), *there, *(called(f"L{n}", "9:30") for n in range(5))], "10:00") == {}
    assert over([called("A1", "8:50", "g1"), transferred("A1", "9:00", "sejour"), *later(5)], "10:00") == {}


def test_back_in_a_line_that_nobody_knows_a_ticket_is_compared_with_no_other() -> None:
    mine = [called("A1", "8:50"), requeued("A1", "9:00"), issued("A1", "9:05")]
    other = [called("L1", "8:51"), requeued("L1", "9:01"), issued("L1", "9:06"), called("L1", "9:10")]
    assert over([*mine, *other], "10:00", Endings(overtaken_by=1)) == {}


def test_who_comes_back_to_the_line_was_not_sent_to_a_counter() -> None:
    """Even if somebody was sent there by the same counter at the same instant."""
    sent = event(TicketTransferred(ticket="A1", queue="sejour", counter="g2"), "9:00")
    back = [issued("A1", "8:40"), called("A1", "8:50"), sent, requeued("A1", "9:00")]
    assert over([*back, *later(5)], "10:00") == {"A1": ("presumed", at("9:14"))}


def test_the_lunch_break_is_no_time_in_which_a_ticket_might_have_been_called() -> None:
    day = [issued("A1", "9:00"), *later(5, first_call="11:51")]
    assert over(day, "13:19:59") == {}
    assert over(day, "13:20") == {"A1": ("presumed", at("11:55"))}
    in_the_break = [issued("A1", "9:00"), *later(5, first_call="12:01")]
    assert over(in_the_break, "13:24:59") == {}
    assert over(in_the_break, "13:25") == {"A1": ("presumed", at("12:05"))}


def test_overtaken_after_closing_time_a_ticket_is_gone_all_the_same() -> None:
    assert over([issued("A1", "16:00"), *later(5, "16:01", "16:31")], "16:45") == {"A1": ("presumed", at("16:35"))}


# ---------------------------------------------------------------- left at closing


@pytest.mark.parametrize("life", [[], [called("A1", "16:10")], [called("A1", "16:10"), started("A1", "16:12")]])
def test_who_is_left_at_closing_stays_for_an_hour_and_ends_then_with_the_day(life: list[Event]) -> None:
    day = [issued("A1", "16:00"), *life]
    assert over(day, "17:29:59") == {}
    assert over(day, "17:30") == {"A1": ("end_of_day", at("16:30"))}
    assert over([*day, ended("A1", "17:40")], "17:45") == {}


def test_how_long_after_closing_is_a_setting() -> None:
    rules = Endings(left_after=timedelta(minutes=5))
    assert over([issued("A1", "16:00")], "16:34:59", rules) == {}
    assert over([issued("A1", "16:00")], "16:35", rules) == {"A1": ("end_of_day", at("16:30"))}


def test_who_is_heard_of_after_closing_is_left_an_hour_after_that() -> None:
    day = [issued("A1", "16:00"), called("A1", "16:50"), recalled("A1", "16:55")]
    assert over(day, "17:54:59") == {}
    assert over(day, "17:55") == {"A1": ("end_of_day", at("16:55"))}
    assert over([issued("A1", "20:00")], "20:59") == {}
    assert over([issued("A1", "20:00")], "21:00") == {"A1": ("end_of_day", at("20:00"))}


def test_a_break_is_no_closing() -> None:
    assert over([issued("A1", "11:00")], "13:14") == {}


def test_a_day_without_hours_ends_at_midnight() -> None:
    midnight = at("0:00", TUESDAY)
    closed_today = replace(HOURS, exceptions={MONDAY: ()})
    assert over([issued("A1", "9:00")], midnight - timedelta(seconds=1), hours=closed_today) == {}
    assert over([issued("A1", "9:00")], midnight, hours=closed_today) == {"A1": ("end_of_day", midnight)}


def test_an_area_that_never_closes_ends_its_day_at_midnight_and_so_does_a_long_grace() -> None:
    midnight = at("0:00", TUESDAY)
    always = Hours(zone=HOURS.zone)
    assert over([issued("A1", "9:00")], midnight - timedelta(microseconds=1), hours=always) == {}
    assert over([issued("A1", "9:00")], midnight, hours=always) == {"A1": ("end_of_day", always.day(MONDAY).closing)}
    patient = Endings(left_after=timedelta(hours=12))
    assert over([issued("A1", "9:00")], midnight - timedelta(seconds=1), patient) == {}
    assert over([issued("A1", "9:00")], midnight, patient) == {"A1": ("end_of_day", at("16:30"))}


def test_what_comes_first_holds_gone_or_left() -> None:
    rules = Endings(left_after=timedelta(minutes=15))
    late = [issued("A1", "16:00"), *later(5, "16:01", "16:34")]
    assert over(late, "16:45", rules) == {"A1": ("end_of_day", at("16:30"))}
    assert over(late, "18:00", rules) == {"A1": ("end_of_day", at("16:30"))}


def test_whoever_was_closed_in_time_is_left_as_he_is() -> None:
    day = [issued("A1", "9:00"), abandoned("A1", "9:30"), issued("A2", "9:00"), called("A2", "9:30")]
    assert over([*day, no_show("A2", "9:32"), *later(5)], "23:00") == {}
