"""The month's budget: who was late and when that was known, how many may be, and how fast they are spent."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.build import (
    CALL_COMMITMENT,
    HALL_COMMITMENT,
    HOURS,
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    issued,
    later,
    lost,
    no_show,
    overflowed,
    queued,
    transferred,
)
from tests.history import WORKING_DAYS
from tests.ticketing.test_laws import HASTY_STANDARD, HASTY_SUD, event_sets, instants
from ticketing.area import Area
from ticketing.budget import Budget, Burn, Verdict, budget, expected, late_so_far, opened_since, verdicts, wilson
from ticketing.events import Event
from ticketing.hours import Hours
from ticketing.live import figures
from ticketing.plan import Plan
from ticketing.waits import ServiceLevel

DAY = HOURS.day(MONDAY)


def judged(events: Sequence[Event], now: str | None = "11:00", plan: Plan = SUD) -> list[tuple[datetime, bool]]:
    found = verdicts(Area.of(plan, events), DAY, at(now) if now else None)
    return [(one.at, one.late) for of_queue in found.values() for one in of_queue]


# ---------------------------------------------------------------- verdicts


def test_who_is_called_in_time_is_known_to_be_at_the_call() -> None:
    assert judged([issued("A1", "9:00"), called("A1", "9:15")]) == [(at("9:15"), False)]


def test_who_is_called_late_is_known_to_be_once_the_time_promised_has_passed() -> None:
    assert judged([issued("A1", "9:00"), called("A1", "9:50")]) == [(at("9:15"), True)]


def test_who_is_still_in_line_is_late_from_the_time_promised_on_and_nothing_before() -> None:
    assert judged([issued("A1", "9:00")], "9:15") == []
    assert judged([issued("A1", "9:00")], "9:15:01") == [(at("9:15"), True)]


def test_who_went_away_in_time_is_neither_and_who_went_away_late_is_late() -> None:
    events = [issued("A1", "9:00"), abandoned("A1", "9:10"), issued("A2", "9:00"), abandoned("A2", "9:16")]
    assert judged(events) == [(at("9:15"), True)]


def test_whoever_does_not_come_when_called_was_called_all_the_same() -> None:
    assert judged([issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07")]) == [(at("9:05"), False)]


def test_before_the_hall_opens_the_clock_does_not_run() -> None:
    assert judged([issued("A1", "8:00"), called("A1", "8:50")]) == [(at("8:45"), True)]


def test_by_appointment_it_runs_from_the_appointment() -> None:
    assert judged([issued("A1", "9:00", appointment="9:30"), called("A1", "9:40")]) == [(at("9:40"), False)]


def test_a_ticket_cancelled_is_not_judged() -> None:
    assert judged([issued("A1", "9:00"), cancelled("A1", "9:40")]) == []


def test_only_the_first_leg_is_judged() -> None:
    events = [issued("A1", "9:00"), called("A1", "9:05"), transferred("A1", "9:10", "asile")]
    found = verdicts(Area.of(SUD, events), DAY, at("11:00"))
    assert found == {"sejour": (Verdict(at("9:05"), late=False),)}


def test_who_was_overtaken_in_time_is_not_late_however_long_nobody_says_so() -> None:
    # five who came later were called by 9:14, ten minutes pass: since then it is gone
    events = [issued("A1", "9:00"), *later(5, "9:01", "9:10")]
    assert (at("9:15"), True) in judged(events, "9:20")
    assert (at("9:15"), True) not in judged(events, "9:25")


def test_whoever_is_left_in_line_at_closing_was_late_if_the_time_had_passed_by_then() -> None:
    # closing is at 16:30
    assert judged([issued("A1", "16:14")], None) == [(at("16:29"), True)]
    assert judged([issued("A1", "16:16")], None) == []


def test_verdicts_are_in_order_and_by_queue() -> None:
    events = [
        *[issued("A1", "9:00"), issued("A2", "9:01"), called("A2", "9:04"), called("A1", "9:06")],
        *[issued("B1", "9:02", "asile"), called("B1", "9:03", "g2")],
    ]
    assert verdicts(Area.of(SUD, events), DAY, at("11:00")) == {
        "sejour": (Verdict(at("9:04"), late=False), Verdict(at("9:06"), late=False)),
        "asile": (Verdict(at("9:03"), late=False),),
    }


def test_without_a_share_promised_nobody_is_judged() -> None:
    plan = replace(SUD, commitments=(replace(HALL_COMMITMENT, share=None),))
    assert judged([issued("A1", "9:00"), called("A1", "9:50")], plan=plan) == []


def test_a_promise_is_that_of_the_day() -> None:
    sooner = replace(HALL_COMMITMENT, within=timedelta(minutes=5), valid_from=date(2026, 11, 24))
    plan = replace(SUD, commitments=(HALL_COMMITMENT, sooner))
    assert judged([issued("A1", "9:00"), called("A1", "9:10")], plan=plan) == [(at("9:10"), False)]


def test_on_a_day_without_opening_hours_nobody_is_judged() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    area = Area.of(plan, [issued("A1", "9:00"), called("A1", "9:50")])
    assert verdicts(area, plan.hours.day(MONDAY), at("11:00")) == {}


def test_a_visit_of_another_day_is_judged_on_its_own() -> None:
    area = Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:50")])
    assert verdicts(area, HOURS.day(date(2026, 11, 24))) == {}


def test_on_the_telephone_whoever_is_lost_is_late_however_soon() -> None:
    events = [
        *[queued("C1", "9:00"), answered("C1", "9:00:20")],
        *[queued("C2", "9:01"), answered("C2", "9:01:50")],
        *[queued("C3", "9:02"), lost("C3", "9:02:05")],
        *[queued("C4", "9:03"), lost("C4", "9:04")],
        *[queued("C5", "9:05"), overflowed("C5", "9:05:10")],
        queued("C6", "10:59:50"),
    ]
    assert judged(events, plan=STANDARD) == [
        (at("9:00:20"), False),
        (at("9:01:20"), True),
        (at("9:02:05"), True),
        (at("9:03:20"), True),
        (at("9:05:10"), True),
    ]


def test_a_call_outside_opening_hours_is_not_judged() -> None:
    assert judged([queued("C1", "8:00"), lost("C1", "8:05")], plan=STANDARD) == []


@given(event_sets(), instants)
def test_as_many_are_judged_and_as_many_were_in_time_as_the_service_level_says(
    events: list[Event], now: datetime
) -> None:
    for plan, formula, within in (
        (replace(HASTY_SUD, commitments=(replace(HALL_COMMITMENT, within=timedelta(seconds=8)),)), "hall", 8),
        (replace(HASTY_STANDARD, commitments=(replace(CALL_COMMITMENT, within=timedelta(seconds=8)),)), "B", 8),
    ):
        area = Area.of(plan, events)
        found = verdicts(area, plan.hours.day_at(now), now)
        for queue in figures(area, now).queues:
            levels = queue.service_level_today
            level = next(
                one
                for one in ([levels] if isinstance(levels, ServiceLevel) else levels or [])
                if one.formula == formula
            )
            of_queue = found.get(queue.queue, ())
            assert level.within_s == within
            assert (sum(not one.late for one in of_queue), len(of_queue)) == (level.within, level.of)


# ---------------------------------------------------------------- open time


@pytest.mark.parametrize(
    ("now", "hours", "since"),
    [
        (at("10:00"), 1, at("9:00")),
        (at("12:30"), 1, at("11:00")),
        (at("13:45"), 1, at("11:30")),  # half an hour of the afternoon, and of the morning
        (at("9:00"), 1, at("16:00", date(2026, 11, 20))),  # and of Friday
        (at("8:30"), 1, at("15:30", date(2026, 11, 20))),
        (at("8:30"), 24, at("11:30", date(2026, 11, 17))),  # three days of 6 h 45, and 3 h 45 of Tuesday's
        (at("16:30"), 4, at("11:15")),
    ],
)
def test_time_in_which_the_area_is_closed_does_not_pass(now: datetime, hours: float, since: datetime) -> None:
    assert opened_since(HOURS, now, timedelta(hours=hours)) == since


def test_a_holiday_and_an_exceptional_closure_do_not_pass_either() -> None:
    # Wednesday the 11th is a holiday
    assert opened_since(HOURS, at("9:00", date(2026, 11, 12)), timedelta(hours=1)) == at("16:00", date(2026, 11, 10))
    closed = replace(HOURS, exceptions={date(2026, 11, 20): ()})
    assert opened_since(closed, at("9:00"), timedelta(hours=1)) == at("16:00", date(2026, 11, 19))


def test_where_no_hours_are_known_all_time_passes() -> None:
    since = opened_since(Hours(zone=HOURS.zone), at("10:00"), timedelta(hours=4))
    assert since == at("6:00")


def test_one_looks_no_farther_back_than_two_weeks() -> None:
    never = Hours(zone=HOURS.zone, weekly={})
    assert opened_since(never, at("10:00"), timedelta(hours=1)) == at("10:00") - timedelta(days=14)


# ---------------------------------------------------------------- the month


def past(counts: Sequence[int], late: int = 0) -> dict[date, dict[str, list[Verdict]]]:
    """As many judged on the last working days, the newest first."""
    return {
        day: {"sejour": [Verdict(at("9:00", day), late=n < late) for n in range(count)]}
        for day, count in zip(WORKING_DAYS, counts, strict=False)
    }


def test_a_month_has_as_many_customers_as_its_open_days_have_on_average() -> None:
    # of the 21 working days of November 2026 the 11th is a holiday
    assert expected(past([40, 60]), SUD, "sejour", MONDAY) == 20 * 50


def test_an_exceptional_closure_takes_its_day_out_of_the_month() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={date(2026, 11, 30): ()}))
    assert expected(past([50]), plan, "sejour", MONDAY) == 19 * 50


def test_a_weekday_that_is_known_from_three_days_has_a_mean_of_its_own() -> None:
    # seventeen working days back to October the 28th: the Mondays are the 16th, the 9th and the 2nd, and every other
    # weekday is among them three or four times; of November's open days, five are Mondays
    counts = [80 if day.weekday() == 0 else 50 for day in WORKING_DAYS[:17]]
    assert expected(past(counts), SUD, "sejour", MONDAY) == 5 * 80 + 15 * 50


def test_a_weekday_known_from_fewer_has_the_mean_of_all() -> None:
    # nine working days back from a Friday, two Fridays among them
    counts = [95 if day.weekday() == 4 else 50 for day in WORKING_DAYS[:9]]
    assert expected(past(counts), SUD, "sejour", MONDAY) == 20 * 60


def test_a_queue_to_which_nobody_came_on_a_day_had_none_and_a_day_of_which_nothing_is_known_says_nothing() -> None:
    known = past([50, 50])
    other: dict[str, list[Verdict]] = {"asile": [Verdict(at("9:00", WORKING_DAYS[2]), late=False)]}
    assert expected({**known, WORKING_DAYS[2]: other}, SUD, "sejour", MONDAY) == pytest.approx(20 * 100 / 3)
    assert expected({**known, WORKING_DAYS[2]: {}}, SUD, "sejour", MONDAY) == 20 * 50


def test_before_any_day_is_known_nothing_is_expected() -> None:
    assert expected({}, SUD, "sejour", MONDAY) is None
    assert budget({}, SUD, "sejour", MONDAY) is None


def test_of_a_thousand_with_95_percent_promised_fifty_may_be_late() -> None:
    month = budget(past([50]), SUD, "sejour", MONDAY)
    assert month is not None
    assert month.allowed == pytest.approx(50)
    assert month.people == 50


def test_a_product_that_misses_its_whole_number_by_a_rounding_counts_as_that() -> None:
    # in binary, 10 x (1 - 0.9) is 0.9999999999999998
    assert Budget(expected=10, share=0.9).people == 1


def test_the_late_ones_of_the_month_are_those_since_its_first_and_those_of_today() -> None:
    # of the last twenty working days before the 23rd, fourteen are of November
    so_far = late_so_far(past([50] * 20, late=2), [Verdict(at("9:00"), late=True)], "sejour", MONDAY)
    assert so_far == 14 * 2 + 1


# ---------------------------------------------------------------- burning


def burn(late: int, of: int) -> Burn:
    return Burn(late=late, of=of)


def test_what_was_known_within_a_while_is_counted_across_days() -> None:
    days = [
        [Verdict(at("15:00", date(2026, 11, 20)), late=True), Verdict(at("16:10", date(2026, 11, 20)), late=True)],
        [Verdict(at("8:40"), late=False), Verdict(at("8:50"), late=True)],
    ]
    assert Burn.since(days, at("16:00", date(2026, 11, 20)).astimezone(UTC)) == burn(2, 3)


MONTH = Budget(expected=1000, share=0.95)


def test_a_part_of_the_budget_is_spent_once_so_many_are_late() -> None:
    # 2 % of 50 is one, 15 % is seven and a half
    assert burn(1, 8).late >= 0.02 * 50
    assert not burn(7, 20).exceeds(MONTH, 0.15, 8)
    assert burn(8, 20).exceeds(MONTH, 0.15, 8)


def test_exactly_the_part_is_enough_whatever_the_rounding() -> None:
    # in binary, 0.05 x (1 - 0.95) x 1600 is a little more than 4
    assert burn(4, 20).exceeds(Budget(expected=1600, share=0.95), 0.05, 8)


def test_fewer_than_eight_prove_nothing() -> None:
    assert not burn(7, 7).exceeds(MONTH, 0.02, 8)
    assert burn(8, 8).exceeds(MONTH, 0.02, 8)


def test_few_of_many_may_be_chance() -> None:
    # lower bounds at 90 %: of 1 of 8, 0.038; of 2 of 8, 0.109
    assert not burn(1, 8).exceeds(MONTH, 0.02, 8)
    assert burn(2, 8).exceeds(MONTH, 0.02, 8)


def test_it_goes_on_while_more_are_late_than_may_be() -> None:
    assert burn(1, 19).goes_on(MONTH)
    assert not burn(1, 21).goes_on(MONTH)
    assert not burn(0, 0).goes_on(MONTH)


# R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: two-sided bounds at 95 %
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_bounds_of_a_share_are_those_published(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of, z=1.959964) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("count", "of"), [(0, 10), (2, 8), (3, 10), (10, 10), (137, 2000)])
def test_a_bound_at_90_percent_one_sided_is_where_the_score_test_would_just_reject(count: int, of: int) -> None:
    share = count / of
    for bound in wilson(count, of):
        # |share - p| = z sqrt(p (1 - p) / n), but where the bound is that of all shares
        if 0 < bound < 1:
            assert abs(share - bound) == pytest.approx(1.2815515655446 * sqrt(bound * (1 - bound) / of), abs=1e-8)


def test_of_none_every_share_may_be_true() -> None:
    assert wilson(0, 0) == (0, 1)
