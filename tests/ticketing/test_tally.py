"""A day tallied, reckoned by hand; and beside the live figures of its end."""

from datetime import UTC, date, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from deploy.demo.day import simulated_day
from tests.build import (
    MONDAY,
    PARIS,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    ended,
    hung_up,
    informed,
    issued,
    later,
    lost,
    no_show,
    queued,
    received,
    requeued,
    started,
    transferred,
)
from ticketing.area import Area
from ticketing.events import Event
from ticketing.histogram import Histogram, survival
from ticketing.live import figures
from ticketing.plan import Endings, Plan
from ticketing.tally import OF_AREA, DayTally, Tally, VisitRow, basis, bearing_on, tallied
from ticketing.waits import Survival, Wait, quantile

NIGHT = timedelta(hours=15, minutes=10)
"""From nine in the morning to ten past midnight."""


def day(*events: Event, plan: Plan = SUD) -> DayTally:
    return tallied(plan, MONDAY, events)


def cell(found: DayTally, queue: str, half_hour: int) -> Tally:
    return next(one for one in found.tallies if (one.queue, one.half_hour) == (queue, half_hour))


def row(found: DayTally, visit: str, leg: int = 0) -> VisitRow:
    return next(one for one in found.visits if (one.visit, one.leg) == (visit, leg))


def test_a_ticket_counts_in_its_queue_and_in_the_half_hour_in_which_it_was_taken() -> None:
    found = day(issued("A1", "9:29:59"), called("A1", "9:40"), started("A1", "9:41"), ended("A1", "9:50"))
    one = cell(found, "sejour", 18)
    assert (one.counts.tickets, one.counts.legs, one.counts.called, one.counts.served) == (1, 1, 1, 1)
    assert (one.counts.judged, one.counts.within) == (1, 1)
    assert (one.waits, one.gone) == (Histogram((601,), (1,)), Histogram())
    assert (one.sums.wait_sum_s, one.sums.wait_max_s) == (601.0, 601.0)
    assert (one.counts.service_n, one.sums.service_sum_s, one.sums.service_max_s) == (1, 540.0, 540.0)
    assert [(row.visit, row.outcome, row.wait_s, row.late) for row in found.visits] == [
        ("ticket/A1", "served", 601.0, False)
    ]


def test_the_clock_starts_at_the_opening_and_a_half_hour_is_that_of_the_entry() -> None:
    found = day(issued("A1", "8:05"), called("A1", "8:50"))
    assert cell(found, "sejour", 16).waits == Histogram((1200,), (1,))
    assert row(found, "ticket/A1").clock_start == at("8:30")


def test_a_transfer_is_two_legs_and_only_the_first_is_judged() -> None:
    found = day(
        issued("A1", "9:00"),
        called("A1", "9:10"),
        transferred("A1", "9:20", "asile"),
        called("A1", "9:50"),
        ended("A1", "10:00"),
    )
    first, second = cell(found, "sejour", 18), cell(found, "asile", 18)
    assert (first.counts.tickets, first.counts.judged, first.counts.transferred) == (1, 1, 1)
    assert (second.counts.tickets, second.counts.legs, second.counts.judged, second.counts.served) == (0, 1, 0, 1)
    assert second.waits == Histogram((1800,), (1,))
    assert (first.counts.total_wait_n, first.sums.total_wait_sum_s) == (1, 2400.0)
    assert (second.counts.total_wait_n, second.sums.total_wait_sum_s) == (0, 0.0)


def test_who_left_late_is_judged_and_who_left_in_time_is_not() -> None:
    found = day(issued("A1", "9:00"), abandoned("A1", "9:16"), issued("A2", "9:00"), abandoned("A2", "9:10"))
    one = cell(found, "sejour", 18)
    assert (one.counts.judged, one.counts.within, one.counts.late_uncalled, one.counts.abandoned) == (1, 0, 1, 2)
    assert one.gone == Histogram((600, 960), (1, 1))
    assert [row.late for row in found.visits] == [True, None]


def test_a_no_show_was_called_and_counts_as_called_in_time() -> None:
    one = cell(day(issued("A1", "9:00"), called("A1", "9:05"), no_show("A1", "9:07")), "sejour", 18)
    assert (one.counts.judged, one.counts.within, one.counts.no_show, one.counts.service_n) == (1, 1, 1, 0)


def test_nobody_is_judged_on_a_day_that_is_closed_for_once() -> None:
    shut = replace(SUD, hours=replace(SUD.hours, exceptions={MONDAY: ()}))
    one = cell(day(issued("A1", "9:00"), called("A1", "9:40"), plan=shut), "sejour", 18)
    assert (one.counts.tickets, one.counts.judged, one.waits.n) == (1, 0, 1)


def test_an_appointment_is_no_priority_and_need_not_tell_its_time() -> None:
    found = day(
        issued("A1", "9:00", priority="priority"),
        issued("A2", "9:00", priority="appointment"),
        issued("A3", "9:00", appointment="9:15"),
        issued("A4", "9:00", priority="appointment", appointment="9:15"),
    )
    one = cell(found, "sejour", 18)
    assert (one.counts.tickets, one.counts.priority, one.counts.appointments) == (4, 1, 3)


def test_a_cancelled_ticket_is_counted_apart_and_in_no_figure() -> None:
    found = day(issued("A1", "9:00"), called("A1", "9:05"), cancelled("A1", "9:06"))
    assert [(one.queue, one.counts.cancelled, one.counts.legs) for one in found.tallies] == [(OF_AREA, 1, 0)]
    assert row(found, "ticket/A1").left_out == "cancelled"


def test_a_ticket_never_seen_is_counted_and_in_no_wait() -> None:
    found = day(called("A9", "9:10"), ended("A9", "9:20"))
    one = cell(found, OF_AREA, 18)
    assert (one.counts.arrival_unknown, one.counts.legs, one.counts.tickets, one.counts.judged) == (1, 1, 1, 0)
    assert one.waits.n == 0


def test_who_came_back_to_the_line_waits_again() -> None:
    found = day(issued("A1", "9:00"), called("A1", "9:05"), requeued("A1", "9:06"), called("A1", "9:36"))
    one = cell(found, "sejour", 18)
    assert (one.counts.legs, one.counts.called, one.counts.requeued) == (2, 2, 1)
    assert one.waits == Histogram((300, 1800), (1, 1))


def test_what_nobody_closes_ends_with_the_day() -> None:
    found = day(issued("A1", "15:00"))
    one = cell(found, "sejour", 30)
    assert (one.counts.left_at_closing, one.counts.judged, one.counts.within, one.counts.late_uncalled) == (1, 1, 0, 1)
    assert row(found, "ticket/A1").ended == at("16:30")


def test_who_was_overtaken_is_presumed_to_have_left() -> None:
    plan = replace(SUD, endings=Endings(overtaken_by=5, overtaken_for=timedelta(minutes=10)))
    found = day(issued("A1", "9:00"), *later(5), plan=plan)
    assert row(found, "ticket/A1").outcome == "presumed"


def test_a_call_answered_after_midnight_is_of_the_day_on_which_it_began() -> None:
    plan = replace(STANDARD, hours=replace(STANDARD.hours, weekly=None))
    call = [received("C1", "9:00"), queued("C1", "9:00"), answered("C1", "9:01"), hung_up("C1", "9:05")]
    # the same, begun a minute before midnight
    moved = [replace(event, at=event.at + NIGHT - timedelta(minutes=11)) for event in call]
    found = day(*moved, plan=plan)
    one = cell(found, "operateurs", 47)
    assert (one.counts.tickets, one.counts.answered, one.waits) == (1, 1, Histogram((60,), (1,)))
    assert tallied(plan, MONDAY + timedelta(days=1), moved).tallies == ()


def test_on_the_telephone_everybody_offered_is_judged() -> None:
    found = day(
        *(queued("C1", "9:00"), answered("C1", "9:00:15"), hung_up("C1", "9:02")),
        *(queued("C2", "9:00"), answered("C2", "9:00:25"), hung_up("C2", "9:02")),
        *(queued("C3", "9:00"), lost("C3", "9:00:12")),
        *(queued("C4", "9:00"), lost("C4", "9:01")),
        *(received("C5", "9:00"), informed("C5", "9:00:30"), hung_up("C5", "9:00:40")),
        *(received("C6", "7:00"), queued("C6", "7:00"), lost("C6", "7:01")),
        plan=STANDARD,
    )
    one, whole = cell(found, "operateurs", 18), cell(found, OF_AREA, 18)
    counts = one.counts
    assert (counts.tickets, counts.judged, counts.within, counts.short, counts.late_uncalled) == (4, 4, 1, 1, 1)
    assert (counts.answered, counts.lost, counts.answers, one.sums.answer_sum_s) == (2, 2, 2, 40.0)
    assert (whole.counts.received, whole.counts.informed) == (5, 1)
    assert cell(found, OF_AREA, 14).counts.off_hours == 1


def test_a_half_hour_is_that_of_the_wall_on_the_day_on_which_clocks_are_set_back() -> None:
    sunday = date(2026, 10, 25)
    plan = replace(SUD, hours=replace(SUD.hours, weekly=None))
    twice = [replace(issued(name, "9:00"), at=at("0:00", sunday).astimezone(UTC) + timedelta(hours=hours))
             for name, hours in (("A1", 2.25), ("A2", 3.25))]  # fmt: skip
    found = tallied(plan, sunday, twice)
    assert [(one.queue, one.half_hour, one.counts.tickets) for one in found.tallies] == [
        (OF_AREA, 4, 0),
        ("sejour", 4, 2),
    ]


def test_any_order_and_number_of_the_same_events_is_the_same_day() -> None:
    events = [sent.event for sent in simulated_day(MONDAY, 3, PARIS) if sent.event.area == "sud"]
    shuffled = events + events[::3]
    Random(4).shuffle(shuffled)
    assert tallied(SUD, MONDAY, shuffled) == tallied(SUD, MONDAY, events)


@pytest.mark.parametrize(("plan", "name"), [(SUD, "sud"), (STANDARD, "standard")])
def test_a_day_tallied_is_what_the_board_showed_at_its_end(plan: Plan, name: str) -> None:
    events = [sent.event for sent in simulated_day(MONDAY, 5, PARIS) if sent.event.area == name]
    found = tallied(plan, MONDAY, events)
    shown = figures(Area.of(plan, events), at("23:59:59"))
    for queue in shown.queues:
        counts = [one.counts for one in found.tallies if one.queue == queue.queue]
        waits = Histogram.total([one.waits for one in found.tallies if one.queue == queue.queue])
        assert sum(one.called for one in counts) == queue.called_today == waits.n
        assert sum(one.abandoned + one.presumed for one in counts) == queue.abandoned_today
        assert sum(one.no_show for one in counts) == queue.no_show_today
        level = queue.promised
        assert level
        short = sum(one.short for one in counts) if plan.kind == "switchboard" else 0
        assert (sum(one.within for one in counts), sum(one.judged for one in counts) - short) == (
            level.within,
            level.of,
        )


def test_a_rule_that_changes_is_another_basis_and_a_name_is_none() -> None:
    promised = SUD.commitments[0]
    stricter = replace(promised, within=timedelta(minutes=10), valid_from=MONDAY)
    changed = replace(SUD, commitments=(promised, stricter))
    assert basis(SUD, MONDAY) != basis(changed, MONDAY)
    assert basis(SUD, MONDAY - timedelta(days=1)) == basis(changed, MONDAY - timedelta(days=1))
    assert basis(SUD, MONDAY) == basis(replace(SUD, name="Autre nom"), MONDAY)
    shut = replace(SUD, hours=replace(SUD.hours, exceptions={MONDAY: ()}))
    assert basis(SUD, MONDAY) != basis(shut, MONDAY)


def test_a_day_hears_of_its_neighbours() -> None:
    assert bearing_on(date(2026, 3, 1)) == (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))


# ------------------------------------------------------------ histograms


def test_histograms_sum_to_that_of_all() -> None:
    chance = Random(1)
    values = [chance.expovariate(1 / 300) for _ in range(999)]
    parts = [Histogram.of(values[n::7]) for n in range(7)]
    assert Histogram.total(parts) == Histogram.of(values)
    assert Histogram.total([]) == Histogram()


def test_quantiles_are_those_of_the_whole_seconds() -> None:
    chance = Random(2)
    values = [chance.expovariate(1 / 300) for _ in range(501)]
    whole = [float(int(value)) for value in values]
    for p in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert Histogram.of(values).quantile(p) == pytest.approx(quantile(whole, p))
    assert Histogram().quantile(0.5) is None


def test_survival_of_histograms_is_that_of_their_waits() -> None:
    chance = Random(3)
    waits = [Wait(timedelta(seconds=int(chance.expovariate(1 / 40))), chance.random() < 0.7) for _ in range(400)]
    answers = Histogram.of(wait.length.total_seconds() for wait in waits if wait.ended)
    gone = Histogram.of(wait.length.total_seconds() for wait in waits if not wait.ended)
    found, expected = survival(answers, gone), Survival.of(waits)
    assert found.mean == pytest.approx(expected.mean)
    assert [found.quantile(p) for p in (0.1, 0.5, 0.9)] == [expected.quantile(p) for p in (0.1, 0.5, 0.9)]
    assert survival(Histogram(), Histogram()).mean is None
