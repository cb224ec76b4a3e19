"""How many counters are needed, and which: against every number of counters tried in turn."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pytest
from msgspec.structs import replace

from tests.build import (
    CALL_COMMITMENT,
    HALL_COMMITMENT,
    PARIS,
    STANDARD,
    SUD,
    answered,
    at,
    closed,
    issued,
    opened,
    queued,
)
from tests.history import alike, exponential, lessons, load
from ticketing.area import Area
from ticketing.attending import Step
from ticketing.events import Event
from ticketing.load import Leaving, Load
from ticketing.plan import Desk, Plan, Target
from ticketing.situation import Situation
from ticketing.staffing import MOST, Advice, Effect, advise, futures_for_each, what_if

NAMES = [f"c{n}" for n in range(8)]
EIGHT = replace(SUD, desks=tuple(Desk(id=name, name=name, queues=("sejour",)) for name in NAMES))
"""Eight counters that are all the same."""
BUSY = load({"sejour": exponential(300)}, lessons(arrivals={"sejour": {20: 20}}))
"""Twenty come between 10:00 and 10:30, with 5 minutes of service each: work for three and a third."""


def hall(counters: int, waiting: int = 10) -> Area:
    line = [issued(f"A{n}", f"9:{50 + n // 2}") for n in range(waiting)]
    return Area.of(EIGHT, [*(opened(name, "10:00", "sejour") for name in NAMES[:counters]), *line])


def advice(area: Area, learnt: Load = BUSY, queue: str = "sejour") -> Advice:
    return advise(area, learnt, at("10:00"))[queue]


def share(counters: int) -> float:
    """Called in time with so many counters, as simulated."""
    within = advice(hall(counters)).effects[0].within
    assert within is not None
    return within


def test_one_more_counter_never_lowers_the_share_called_in_time() -> None:
    shares = [share(counters) for counters in range(1, 9)]
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] == 1


def test_opening_counters_by_hand_brings_as_much_as_if_they_were_open() -> None:
    for more in (1, 2, 3):
        course = tuple(Step(counter=name, open=True) for name in NAMES[2 : 2 + more])
        (then,) = what_if(hall(2), BUSY, at("10:00"), course)
        (there,) = what_if(hall(2 + more), BUSY, at("10:00"), ())
        assert (then.then.counters, then.then.within, then.then.waits) == (
            there.present.counters,
            there.present.within,
            there.present.waits,
        )


@pytest.mark.parametrize("counters", range(1, 9))
def test_the_number_recommended_is_the_smallest_that_reaches_the_target(counters: int) -> None:
    enough = min(number for number in range(1, 9) if share(number) >= 0.95)
    found = advice(hall(counters))
    # nobody has more than two counters to give or to spare at once
    assert found.recommended == max(min(enough, counters + MOST), counters - MOST)


def test_every_step_of_a_recommendation_is_worth_it_and_leads_to_its_number() -> None:
    found = advice(hall(2))
    assert [effect.counters for effect in found.effects] == [2, 3, 4]
    assert [len(effect.course) for effect in found.effects] == [0, 1, 2]
    shares = [effect.within or 0.0 for effect in found.effects]
    assert shares == sorted(shares)
    assert all(step.open and step.counter not in NAMES[:2] for effect in found.effects for step in effect.course)


def test_no_queue_is_left_without_a_counter() -> None:
    found = advice(hall(1, waiting=0), load({"sejour": alike(60)}))
    assert (found.recommended, len(found.effects)) == (1, 1)


# ---------------------------------------------------------------- which counter

TWO_QUEUES = replace(
    SUD,
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour",)),
        Desk(id="g2", name="Guichet 2", queues=("asile",)),
        Desk(id="g3", name="Guichet 3", queues=("asile", "sejour")),
    ),
)
BOTH = load({"sejour": alike(300), "asile": alike(300)}, lessons(arrivals={"sejour": {}, "asile": {}}))


def line(queue: str, number: int) -> list[Event]:
    return [issued(f"{queue}{n}", "9:55", queue) for n in range(number)]


def steps(effects: Sequence[Effect]) -> set[tuple[str, bool, tuple[str, ...]]]:
    return {(step.counter, step.open, step.queues) for effect in effects for step in effect.course}


def test_only_a_counter_that_may_serve_the_queue_is_opened() -> None:
    area = Area.of(TWO_QUEUES, [opened("g1", "10:00", "sejour"), *line("sejour", 8)])
    assert steps(advice(area, BOTH).effects) == {("g3", True, ("asile", "sejour"))}


def test_where_no_other_counter_may_serve_the_queue_none_is_recommended() -> None:
    plan = replace(TWO_QUEUES, desks=TWO_QUEUES.desks[:2])
    found = advice(Area.of(plan, [opened("g1", "10:00", "sejour"), *line("sejour", 8)]), BOTH)
    assert (found.recommended, len(found.effects)) == (1, 1)


def test_a_counter_open_for_others_is_moved_to_the_queue_that_needs_it() -> None:
    events = [opened("g1", "10:00", "sejour"), opened("g2", "10:00", "asile"), opened("g3", "10:00", "asile")]
    found = advice(Area.of(TWO_QUEUES, [*events, *line("sejour", 5)]), BOTH)
    assert steps(found.effects) == {("g3", True, ("sejour", "asile"))}
    assert found.effects[-1].within == 1


def test_a_closed_counter_is_opened_before_one_that_others_need_is_moved() -> None:
    plan = replace(TWO_QUEUES, desks=(*TWO_QUEUES.desks, Desk(id="g4", name="Guichet 4", queues=("sejour",))))
    events = [opened("g1", "10:00", "sejour"), opened("g3", "10:00", "asile"), *line("sejour", 5), *line("asile", 3)]
    assert steps(advice(Area.of(plan, events), BOTH).effects) == {("g4", True, ("sejour",))}


def test_a_counter_is_not_closed_for_one_queue_that_another_needs() -> None:
    shared = tuple(Desk(id=name, name=name, queues=("sejour", "asile")) for name in ("g1", "g2"))
    events = [opened("g1", "10:00", "sejour", "asile"), opened("g2", "10:00", "sejour", "asile")]
    area = Area.of(replace(SUD, desks=shared), [*events, *line("asile", 5), *line("sejour", 1)])
    # one counter would do for the one of the queue that both prefer, and three of the other's five would be late
    assert advice(area, BOTH, "sejour").recommended == 2


def test_a_counter_that_may_close_is_told_to_the_queues_that_it_serves_alone() -> None:
    events = [opened("g1", "10:00", "sejour"), opened("g2", "10:00", "asile"), opened("g3", "10:00", "asile")]
    area = Area.of(TWO_QUEUES, [*events, *line("sejour", 1), *line("asile", 1)])
    assert advice(area, BOTH, "asile").recommended == 1
    assert steps(advice(area, BOTH, "sejour").effects) == set()


def test_a_queue_that_is_lost_anyway_keeps_no_counter_of_others_open() -> None:
    events = [*(opened(name, "10:00", "sejour") for name in NAMES[:3]), *line("asile", 5), *line("sejour", 1)]
    assert advice(Area.of(EIGHT, events), BOTH, "sejour").recommended == 1


# ---------------------------------------------------------------- what is promised


def test_nothing_is_recommended_where_nothing_is_promised() -> None:
    for plan in (replace(EIGHT, commitments=()), replace(EIGHT, commitments=(replace(HALL_COMMITMENT, share=None),))):
        assert advise(replace(hall(1), plan=plan), BUSY, at("10:00")) == {}


def test_a_time_promised_to_no_share_in_particular_still_says_who_is_in_time() -> None:
    area = Area.of(EIGHT, [opened("c0", "10:00", "sejour"), *line("sejour", 6)])
    plan = replace(EIGHT, commitments=(replace(HALL_COMMITMENT, share=None),))
    (found,) = what_if(replace(area, plan=plan), load({"sejour": alike(300)}), at("10:00"), ())
    # they came at 9:55 and are called at 10:00, 10:05 and 10:10, the others after their 15 minutes
    assert found.present.within == 0.5


def test_on_a_day_without_opening_hours_nothing_is_promised() -> None:
    sunday = datetime(2026, 11, 22, 10, tzinfo=PARIS)
    assert advise(hall(1), BUSY, sunday) == {}


def test_a_line_too_long_to_simulate_gets_no_advice() -> None:
    events = [opened("c0", "10:00", "sejour"), *line("sejour", 700)]
    assert advise(Area.of(EIGHT, events), BUSY, at("10:00")) == {}
    assert what_if(Area.of(EIGHT, events), BUSY, at("10:00"), ()) == ()


def test_an_area_without_counters_or_known_services_gets_no_advice() -> None:
    bare = Plan(site="aube", area="sud", kind="hall", name="", hours=SUD.hours, commitments=(HALL_COMMITMENT,))
    assert advise(Area.of(bare, line("sejour", 3)), BUSY, at("10:00")) == {}
    assert advise(hall(2), Load(), at("10:00")) == {}


def test_who_is_late_already_does_not_count() -> None:
    events = [opened("c0", "10:00", "sejour"), *[issued(f"L{n}", "9:30") for n in range(2)], *line("sejour", 2)]
    # two are called at 10:00 and 10:05, too late already; the others at 10:10, in time, and 10:15, too late
    assert advice(Area.of(EIGHT, events), load({"sejour": alike(300)})).effects[0].within == 0.5


# ---------------------------------------------------------------- a switchboard

RATE = Target(measure="answer_rate", value=0.85, provenance="plan", valid_from=date(2026, 1, 1))
OPERATORS = tuple(Desk(id=f"op{n}", name="", queues=("operateurs",)) for n in range(1, 5))
SWITCHBOARD = replace(STANDARD, desks=OPERATORS, targets=(RATE,))
NONE = np.zeros(0)


def calls(learnt_rate: float) -> Load:
    """Thirty calls of two minutes between 10:00 and 10:30: work for two operators."""
    leaving = {"operateurs": Leaving(waits_s=NONE, gone=NONE, rate=learnt_rate)}
    return load({"operateurs": exponential(120)}, lessons(arrivals={"operateurs": {20: 30}}), leaving=leaving)


def operators(plan: Plan, number: int, *more: Event) -> Area:
    events = [
        event
        for n in range(1, number + 1)
        for event in (queued(f"C{n}", "9:58"), answered(f"C{n}", f"9:59:{10 + n}", f"op{n}"))
    ]
    return Area.of(plan, [*events, *more])


@pytest.mark.parametrize(
    "commitments", [(), (replace(CALL_COMMITMENT, share=None),)], ids=["nothing else", "a time without share"]
)
def test_a_queue_that_is_promised_an_answer_rate_alone_is_advised_by_those_answered(
    commitments: tuple[()],
) -> None:
    plan = replace(SWITCHBOARD, commitments=commitments)
    found = advise(operators(plan, 1), calls(1 / 60), at("10:00"))["operateurs"]
    assert found.target == 0.85
    shares = [effect.within for effect in found.effects]
    assert shares[0] is not None
    # one operator has time for at most half of them
    assert shares[0] < 0.6
    assert found.recommended in (2, 3)
    assert (shares[-1] or 0.0) > shares[0] + 0.2


def test_nobody_is_answered_whom_nobody_can_answer() -> None:
    plan = replace(SWITCHBOARD, commitments=())
    gone = [closed("op1", "9:59:30")]
    (found,) = what_if(operators(plan, 1, *gone), calls(0.0), at("10:00"), ())
    assert found.present.within == 0


def test_a_share_in_time_goes_before_the_answer_rate() -> None:
    found = advise(operators(SWITCHBOARD, 1), calls(1 / 60), at("10:00"))["operateurs"]
    assert found.target == CALL_COMMITMENT.share


def test_the_same_is_recommended_again() -> None:
    assert advise(hall(2), BUSY, at("10:00")) == advise(hall(2), BUSY, at("10:00"))


def test_of_each_course_sixty_futures_are_simulated_and_fewer_where_a_hall_is_crowded() -> None:
    lines = [[issued(f"A{n}", "9:50") for n in range(waiting)] for waiting in (0, 10, 200, 600, 2000)]
    numbers = [futures_for_each(Situation.of(Area.of(EIGHT, line), at("10:00"))) for line in lines]
    assert numbers[:3] == [60, 60, 60]
    # 600 calls and some of the eight counters are more than twice 250
    assert 16 < numbers[3] < 30
    assert numbers[4] == 16
