"""The futures of a hall: who waits is called in turn, who may come comes as often as on past days."""

from collections.abc import Sequence
from datetime import date, datetime
from math import exp, inf, sqrt

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import HOURS, PARIS, STANDARD, SUD, answered, at, called, issued, opened, queued
from tests.history import alike, lessons, load
from ticketing.area import Area
from ticketing.attending import Step
from ticketing.events import Event
from ticketing.futures import Futures, futures
from ticketing.load import Leaving, Load
from ticketing.outlook import Outlook
from ticketing.plan import Desk, Plan

FIVE_MINUTES = load({"sejour": alike(300)})
ONE = replace(SUD, desks=(Desk(id="g1", name="Guichet 1", queues=("sejour",)),))
"""One counter for one queue."""
OPEN = opened("g1", "10:00", "sejour")
BUSY_AT_TEN = lessons(arrivals={"sejour": {20: 90}})
"""Ninety between 10:00 and 10:30, a customer every 20 seconds."""


def drawn(
    events: Sequence[Event],
    now: str | datetime = "10:00",
    learnt: Load = FIVE_MINUTES,
    plan: Plan = ONE,
    *,
    number: int = 50,
    horizon_s: float = 0.0,
    courses: Sequence[tuple[Step, ...]] = ((),),
) -> Futures:
    moment = at(now) if isinstance(now, str) else now
    outlook = Outlook.of(Area.of(plan, events), learnt, moment)
    return futures(outlook, number=number, horizon_s=horizon_s, courses=courses, seed=7)


def minutes(found: Futures, course: int = 0) -> dict[str, float]:
    """Of those who wait and of a newcomer of each queue, the median minutes until the call."""
    who = {stand.waiting.visit.removeprefix("ticket/"): stand.at for stand in found.waiting} | dict(found.newcomers)
    return {name: round(float(np.median(found.called[course, :, place])) / 60, 3) for name, place in who.items()}


def test_newcomers_of_several_queues_are_in_nobody_s_way() -> None:
    learnt = load({"sejour": alike(300), "asile": alike(300)})
    assert minutes(drawn([opened("g1", "10:00", "asile", "sejour")], learnt=learnt)) == {"asile": 0, "sejour": 0}


def test_those_in_line_are_called_one_after_the_other_and_somebody_who_comes_now_after_them() -> None:
    line = [issued("A1", "9:50"), issued("A2", "9:55"), issued("A3", "9:56")]
    assert minutes(drawn([OPEN, *line])) == {"A1": 0, "A2": 5, "A3": 10, "sejour": 15}


def test_who_is_at_the_counter_is_served_to_the_end_first() -> None:
    served = [issued("A0", "9:40"), called("A0", "9:58")]
    assert minutes(drawn([OPEN, *served, issued("A1", "9:50")])) == {"A1": 3, "sejour": 8}


def test_priority_and_an_appointment_that_is_due_go_before_those_who_came_earlier() -> None:
    line = [issued("A1", "9:30"), issued("P1", "9:50", priority="priority"), issued("R1", "9:30", appointment="9:40")]
    assert minutes(drawn([OPEN, *line])) == {"R1": 0, "P1": 5, "A1": 10, "sejour": 15}


def test_whoever_is_early_for_an_appointment_is_in_nobody_s_way_and_called_when_nobody_else_is_there() -> None:
    line = [issued("R1", "9:55", appointment="10:20"), issued("A1", "9:50")]
    # the newcomer, who takes no time, at five, and then the one who is early
    assert minutes(drawn([OPEN, *line])) == {"R1": 5, "A1": 0, "sejour": 5}


def test_those_with_priority_who_come_meanwhile_do_not_wait_for_one_who_is_early_for_an_appointment() -> None:
    # twenty in line, 20 s each, and half of the counter's time goes to those with priority who come: 400 s / (1 - 1/2)
    learnt = load({"sejour": alike(20)}, lessons(arrivals={"sejour": {20: 45}}), first_share={"sejour": 1.0})
    line = [issued(f"A{n}", "9:50") for n in range(20)]
    early = issued("R1", "9:55", appointment="10:29")
    for events in ([OPEN, *line], [OPEN, *line, early]):
        found = drawn(events, learnt=learnt, number=200)
        waits = found.called[0, :, found.newcomers["sejour"]]
        assert abs(waits.mean() - 800) < 3 * waits.std() / sqrt(200)


def test_what_is_told_of_each_customer_is_of_the_same_one_in_whatever_order_they_are_called() -> None:
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN, first_share={"sejour": 1.0})
    found = drawn([OPEN, issued("R1", "9:55", appointment="10:15")], learnt=learnt)
    (stand,) = found.waiting
    assert (found.entered[:, stand.at] == 900).all()
    others = np.delete(np.arange(found.entered.shape[1]), stand.at)
    assert (found.called[0][:, others] >= found.entered[:, others]).all()
    # the one who is early, before or after the time of the appointment
    assert (found.called[0][:, stand.at] >= 0).all()


def test_customers_come_as_often_as_on_past_days() -> None:
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN)
    found = drawn([OPEN], "10:15", learnt, number=400, horizon_s=1800)
    came = found.entered[:, found.later["sejour"]]
    # 45 in the quarter that is left of the busy half-hour, and nobody after it
    counts = (came < inf).sum(axis=1)
    assert abs(counts.mean() - 45) < 3 * sqrt(45 / 400)
    assert counts.var() == pytest.approx(45, rel=0.25)
    assert came[came < inf].max() <= 900


def test_those_with_priority_are_not_among_those_who_come_after_a_newcomer_in_the_line() -> None:
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN, first_share={"sejour": 0.4})
    found = drawn([OPEN], "10:00", learnt, number=400, horizon_s=1800)
    counts = (found.entered[:, found.later["sejour"]] < inf).sum(axis=1)
    assert abs(counts.mean() - 54) < 3 * sqrt(54 / 400)


def test_customers_come_by_the_clock_on_the_wall_when_clocks_have_changed() -> None:
    always = replace(ONE, hours=replace(HOURS, weekly=None))
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN)
    for sunday in (date(2026, 10, 25), date(2027, 3, 28)):
        ten = datetime(sunday.year, sunday.month, sunday.day, 10, tzinfo=PARIS)
        found = drawn([], ten, learnt, always, number=400, horizon_s=3600)
        counts = (found.entered[:, found.later["sejour"]] < inf).sum(axis=1)
        assert abs(counts.mean() - 90) < 3 * sqrt(90 / 400)


def test_the_first_hour_of_the_day_of_twenty_five_hours_is_foreseen_like_any_other() -> None:
    always = replace(ONE, hours=replace(HOURS, weekly=None))
    learnt = load({"sejour": alike(300)}, lessons(arrivals={"sejour": {47: 90}}))
    found = drawn([], datetime(2026, 10, 25, 0, 5, tzinfo=PARIS), learnt, always, horizon_s=3 * 3600)
    assert (found.entered[:, found.later["sejour"]] == inf).all()  # they come at half past eleven at night


def test_whoever_has_gone_when_called_holds_the_counter_for_a_moment_only() -> None:
    gone = Leaving(waits_s=np.array([0.0, 3600.0]), gone=np.array([1.0, 1.0 + 1e-9]))
    service = replace(alike(300), vain_s=30.0)
    found = drawn(
        [OPEN, issued("A1", "9:50"), issued("A2", "9:55")], learnt=load({"sejour": service}, leaving={"sejour": gone})
    )
    assert minutes(found) == {"A1": 0, "A2": 0.5, "sejour": 1}


def test_callers_in_line_have_not_hung_up_yet_and_do_so_later_at_their_rate() -> None:
    none = np.zeros(0)
    learnt = load({"operateurs": alike(600)}, leaving={"operateurs": Leaving(waits_s=none, gone=none, rate=1 / 120)})
    line = [queued("C0", "9:30"), answered("C0", "9:55"), queued("C1", "9:30")]
    found = drawn(line, learnt=learnt, plan=STANDARD, number=2000)
    (stand,) = found.waiting
    stays = found.leaves[:, stand.at]
    assert (stays >= 0).all()
    share = exp(-1)  # of an exponential law, those who stay for its mean
    assert abs((stays > 120).mean() - share) < 3 * sqrt(share * (1 - share) / 2000)
    # whoever hung up takes no time of anybody: the newcomer is called with the first, or a service later
    with_first = stays < 300
    newcomer = found.called[0, :, found.newcomers["operateurs"]]
    assert (newcomer[with_first] == 300).all()
    assert (newcomer[~with_first] == 900).all()


def test_the_same_seed_gives_the_same_futures() -> None:
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN)
    one, other = (drawn([OPEN, issued("A1", "9:50")], learnt=learnt) for _ in range(2))
    assert (one.called == other.called).all()


def test_every_course_is_simulated_on_the_same_futures() -> None:
    learnt = load({"sejour": alike(20)}, BUSY_AT_TEN)
    nothing: tuple[Step, ...] = ()
    found = drawn([OPEN, issued("A1", "9:50")], learnt=learnt, courses=[nothing, nothing])
    assert (found.called[0] == found.called[1]).all()


def test_a_counter_closed_by_hand_calls_nobody_and_one_opened_does() -> None:
    two = replace(ONE, desks=(*ONE.desks, Desk(id="g2", name="Guichet 2", queues=("sejour",))))
    line = [issued(f"A{n}", f"9:5{n}") for n in range(4)]
    found = drawn(
        [OPEN, *line],
        plan=two,
        courses=[(), (Step(counter="g2", open=True),), (Step(counter="g1", open=False, for_s=600),)],
    )
    assert minutes(found, 0)["sejour"] == 20
    assert minutes(found, 1)["sejour"] == 10
    assert minutes(found, 2)["sejour"] == pytest.approx(30, abs=5)  # as punctual as people are
