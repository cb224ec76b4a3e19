"""Laws of the forecast, for any events."""

from datetime import datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import (
    HOURS,
    STANDARD,
    SUD,
    at,
    issued,
    opened,
)
from tests.history import load
from tests.ticketing.test_forecast import SPREAD, reason
from tests.ticketing.test_laws import event_sets, instants
from ticketing.area import Area
from ticketing.attending import Step
from ticketing.events import Event
from ticketing.forecast import forecast
from ticketing.load import Load
from ticketing.plan import Desk, Plan
from ticketing.situation import Situation
from ticketing.staffing import advise, what_if

closing_soon = replace(SUD, hours=replace(HOURS, weekly={0: ((time(9), time(9, 0, 30)),)}))


@settings(max_examples=120, deadline=None)
@given(
    event_sets(), instants, st.sampled_from([SUD, STANDARD, closing_soon]), st.sampled_from([SPREAD, Load(), load({})])
)
def test_of_any_events_it_tells_what_makes_sense_and_the_same_again(
    events: list[Event], now: datetime, plan: Plan, learnt: Load
) -> None:
    area = Area.of(plan, events)
    one = forecast(area, learnt, now)
    assert set(one.queues) >= {queue.id for queue in plan.queues}
    for queue in one.queues.values():
        reason(queue)
        if queue.shown:
            low, middle, high = queue.shown
            assert 0 <= low <= middle <= high
    for ticket in one.tickets.values():
        assert ticket.within is None or 0 <= ticket.within <= 1
    assert forecast(area, learnt, now) == one


ALONE = Desk(id="g9", name="Renfort", queues=("sejour",))


@settings(max_examples=60, deadline=None)
@given(event_sets(), st.integers(0, 12), st.integers(0, 12))
def test_a_newcomer_waits_no_less_with_a_counter_closed_and_no_longer_with_one_more(
    events: list[Event], own: int, others: int
) -> None:
    """A counter of their own: one that also serves others may change who is where when they come."""
    now = at("9:01")
    told = [opened("g2", "9:00:50", "sejour", "asile"), *(issued(f"S{n}", f"8:{30 + n}") for n in range(own))]
    told += [issued(f"B{n}", f"8:{30 + n}:30", "asile") for n in range(others)]
    area = Area.of(replace(SUD, desks=(*SUD.desks, ALONE)), [*events, *told])
    (more,) = (one for one in what_if(area, SPREAD, now, (Step(counter="g9", open=True),)) if one.queue == "sejour")
    if more.present.waits:
        assert more.then.waits
        assert more.then.waits[1] <= more.present.waits[1] + 1e-6
    with_it = area.after([opened("g9", "9:00", "sejour")])
    (less,) = (one for one in what_if(with_it, SPREAD, now, (Step(counter="g9", open=False),)) if one.queue == "sejour")
    if less.present.waits and less.then.waits:
        assert less.then.waits[1] >= less.present.waits[1] - 1e-6


@settings(max_examples=60, deadline=None)
@given(event_sets(), instants, st.sampled_from([SUD, STANDARD, closing_soon]))
def test_of_any_events_advice_is_given_that_can_be_followed(events: list[Event], now: datetime, plan: Plan) -> None:
    area = Area.of(plan, events)
    may = {seat.desk.id: {*seat.desk.queues, *seat.queues} for seat in Situation.of(area, now).seats}
    for queue, advice in advise(area, SPREAD, now).items():
        assert advice.recommended in {effect.counters for effect in advice.effects}
        for effect in advice.effects:
            assert effect.within is None or 0 <= effect.within <= 1
            assert all(set(step.queues) <= may[step.counter] for step in effect.course)
            assert all(queue in step.queues for step in effect.course if step.open)
    assert advise(area, SPREAD, now) == advise(area, SPREAD, now)
