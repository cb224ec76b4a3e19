"""The forecast of a hall or a switchboard: what is known is said, and of everything else, why it is not."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import (
    SUD,
    at,
    called,
    closed,
    issued,
    opened,
    transferred,
)
from tests.history import FROM_NINE, alike, exponential, lessons, load
from ticketing.area import Area
from ticketing.conformal import Correction
from ticketing.events import Event
from ticketing.forecast import Forecast, QueueForecast, forecast, levels
from ticketing.load import Load
from ticketing.plan import Desk, Plan

FIVE_MINUTES = load({"sejour": alike(300), "asile": alike(300)})
SPREAD = load({"sejour": exponential(300), "asile": exponential(300)})
G1 = opened("g1", "10:00", "sejour")
"""Just open: that it lets people wait says nothing yet."""


def found(
    events: Sequence[Event], now: str | datetime = "10:00", learnt: Load = FIVE_MINUTES, plan: Plan = SUD
) -> Forecast:
    return forecast(Area.of(plan, events), learnt, at(now) if isinstance(now, str) else now)


def sejour(
    events: Sequence[Event], now: str | datetime = "10:00", learnt: Load = FIVE_MINUTES, plan: Plan = SUD
) -> QueueForecast:
    return found(events, now, learnt, plan).queues["sejour"]


def line(number: int, since: str = "9:50") -> list[Event]:
    return [issued(f"A{n}", since) for n in range(number)]


# ---------------------------------------------------------------- what is said


def test_a_newcomer_waits_for_those_ahead() -> None:
    assert sejour([G1, *line(3)]).shown == (900, 900, 900)


def test_a_newcomer_who_finds_a_counter_free_does_not_wait() -> None:
    assert sejour([G1]).shown == (0, 0, 0)


def test_before_the_hall_opens_the_wait_is_counted_from_its_opening() -> None:
    # opening is at 8:30, the counter has been there since 8:15 and needs 15 minutes for three
    events = [opened("g1", "8:20", "sejour"), *line(6, "8:18")]
    assert sejour(events, "8:20").shown == (1200, 1200, 1200)


def test_who_is_called_before_the_hall_opens_has_not_waited() -> None:
    assert sejour([opened("g1", "8:15", "sejour"), issued("A1", "8:14")], "8:15").shown == (0, 0, 0)


def test_at_lunch_it_is_counted_from_the_opening_after_it() -> None:
    plan = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",)),))
    learnt = load({"sejour": alike(300)}, lessons(staffed={"g1": FROM_NINE}))
    shown = sejour(
        [opened("g1", "9:00", "sejour"), closed("g1", "12:00"), *line(2, "12:30")], "12:30", learnt, plan
    ).shown
    assert shown == (600, 600, 600)


def test_who_is_late_and_when_is_told_of_those_in_line() -> None:
    # the commitment is 15 minutes: the first is called in the tenth minute, the second in the fifteenth, and so on
    one = sejour([G1, *line(4)])
    assert (one.late, one.breach_at) == (2, at("10:05").astimezone(UTC))
    assert [ticket.within for ticket in found([G1, *line(4)]).tickets.values()] == [1, 1, 0, 0]


def test_who_will_be_late_rather_than_not_counts_before_it_is_likely_enough_for_a_time_to_be_told() -> None:
    # the one at the counter stays for longer than 153 s, of a mean of 300, with exp(-0.51) = 0.6
    events = [opened("g1", "9:00", "sejour"), issued("A0", "9:40"), called("A0", "10:00"), issued("A1", "9:47:33")]
    one = sejour(events, learnt=SPREAD)
    assert (one.late, one.breach_at) == (1, None)
    # of 200 futures, within three standard deviations
    assert one.risk == pytest.approx(0.6, abs=0.11)


def test_the_risk_is_that_somebody_will_be_late() -> None:
    # the last of four is called in the twentieth minute, the first at once
    assert sejour([G1, *line(4)]).risk == 1
    assert sejour([G1, *line(1)]).risk == 0


def test_when_the_first_would_be_late_is_told_however_unlikely() -> None:
    one = sejour([G1, *line(4)])
    assert one.risk_at == at("10:05").astimezone(UTC)
    assert sejour([G1, *line(1)]).risk_at is None


def test_the_risk_of_several_is_that_any_of_them_is_late() -> None:
    """Two counters call by a Poisson process N of one in 150 s; the limits are 100 s and 230 s from now.

    Late are the first where N(100) = 0, the second where N(230) < 2: exp(-2/3) + 2/3 exp(-23/15) = 0.657.
    """
    events = [opened("g1", "9:00", "sejour"), opened("g2", "9:00", "sejour")]
    for counter in ("g1", "g2"):
        events += [issued(f"B{counter}", "9:40"), called(f"B{counter}", "10:00", counter)]
    events += [issued("A1", "9:46:40"), issued("A2", "9:48:50")]
    made = found(events, learnt=SPREAD)
    risk = made.queues["sejour"].risk
    assert risk == pytest.approx(0.657, abs=0.1)
    assert risk is not None
    assert risk > max(1 - (ticket.within or 0.0) for ticket in made.tickets.values())


def test_those_who_come_within_a_quarter_of_an_hour_are_at_risk_too() -> None:
    """The counter is taken for an hour, and whoever comes is late: one in 30 min comes in 15 with 1 - exp(-0.5)."""
    learnt = load({"sejour": alike(3600)}, lessons(arrivals={"sejour": {20: 1}}))
    one = sejour([G1, issued("A1", "9:59"), called("A1", "10:00")], learnt=learnt)
    assert one.risk == pytest.approx(0.393, abs=0.104)
    assert one.risk_at is not None
    assert at("10:15") < one.risk_at < at("10:30")
    assert one.late == 0


def test_who_would_be_late_after_closing_only_is_not() -> None:
    taken = [opened("g1", "16:00", "sejour"), issued("A1", "16:00"), called("A1", "16:10")]
    learnt = load({"sejour": alike(3600)})
    assert sejour([*taken, issued("A2", "16:16")], "16:20", learnt).risk == 0
    assert sejour([*taken, issued("A2", "16:14")], "16:20", learnt).risk == 1


def test_with_nobody_in_line_nobody_is_at_risk() -> None:
    assert sejour([G1]).risk == 0
    assert sejour([G1], learnt=load({"sejour": alike(300)}, lessons(2))).risk == 0


def test_where_nothing_is_promised_there_is_no_risk_to_know() -> None:
    assert sejour([G1, *line(4)], plan=replace(SUD, commitments=())).risk is None


def test_who_is_late_already_is_not_predicted_to_be() -> None:
    one = sejour([G1, *line(2, "9:40")])
    assert (one.late, one.breach_at, one.risk) == (0, None, 0)


def test_the_second_leg_of_a_visit_is_promised_nothing() -> None:
    one = found([G1, issued("A1", "9:00", "asile"), transferred("A1", "9:50", "sejour")])
    assert [(ticket.queue, ticket.within) for ticket in one.tickets.values()] == [("sejour", None)]
    assert one.queues["sejour"].late == 0


def test_past_errors_correct_what_is_shown_and_not_what_was_reckoned() -> None:
    area = Area.of(SUD, [G1, *line(3)])
    one = forecast(area, FIVE_MINUTES, at("10:00"), {"sejour": Correction(p10=-1, p50=0, p90=2)}).queues["sejour"]
    assert one.raw == (900.0, 900.0, 900.0)
    assert one.shown == pytest.approx((900 - 1140**0.5, 900, 900 + 2 * 1140**0.5))


def test_errors_of_the_simulation_do_not_correct_the_closed_formula() -> None:
    area = Area.of(SUD, [G1, *line(4)])
    learnt = load({"sejour": alike(300)}, lessons(2))
    one = forecast(area, learnt, at("10:00"), {"sejour": Correction(p10=-1, p50=5, p90=9)}).queues["sejour"]
    assert one.method == "formula"
    assert one.shown == one.raw


def test_with_two_past_days_the_closed_formula_tells_and_of_those_in_line_nothing() -> None:
    learnt = load({"sejour": alike(300)}, lessons(2))
    one = sejour([G1, *line(4)], learnt=learnt)
    assert one.method == "formula"
    # four services and what is left of one
    assert one.shown is not None
    assert one.shown[1] == pytest.approx(4 * 300 + 150, abs=60)
    assert (one.late, one.risk) == (None, None)
    assert found([G1, *line(4)], learnt=learnt).tickets == {}


def test_levels_are_those_at_p_of_one_more_than_there_are() -> None:
    # of 1 to 9, so many tenths lie below each; between them in proportion
    assert levels(np.arange(1.0, 10.0)) == (1, 5, 9)
    assert levels(np.arange(1.0, 20.0)) == (2, 10, 18)


def reason(one: QueueForecast) -> str | None:
    """Why nothing is told; what is told has a method and no reason."""
    told = one.shown is not None
    assert told == (one.method is not None)
    assert told == (one.reason is None)
    return one.reason
