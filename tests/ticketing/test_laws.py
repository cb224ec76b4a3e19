"""Laws of the domain: figures depend on the set of events, not on their order, number or grouping."""

import functools
import itertools
from datetime import datetime, time, timedelta

import msgspec
from hypothesis import example, find, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from tests.build import HOURS, MONDAY, STANDARD, SUD, at
from ticketing.area import Area
from ticketing.counter import Counter
from ticketing.events import (
    FACTS,
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    CallTransferred,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Event,
    Fact,
    ServiceEnded,
    ServiceStarted,
    TicketAbandoned,
    TicketCalled,
    TicketCancelled,
    TicketIssued,
    TicketNoShow,
    TicketRecalled,
    TicketRequeued,
    TicketTransferred,
    counter_of,
    in_order,
    visit_of,
)
from ticketing.live import figures
from ticketing.plan import Endings
from ticketing.unclosed import unclosed
from ticketing.visit import Leg, Visit

tickets = st.sampled_from(["A1", "A2", "A3"])
counters = st.sampled_from(["g1", "g2"])
maybe_counter = st.none() | counters
queues = st.sampled_from(["sejour", "asile", "autre"])
SHORT_DAY = replace(HOURS, weekly={MONDAY.weekday(): ((time(9), time(9, 0, 10)), (time(9, 0, 20), time(9, 0, 30)))})
HASTY = Endings(overtaken_by=1, overtaken_for=timedelta(seconds=3), left_after=timedelta(seconds=5))
HASTY_SUD = replace(SUD, hours=SHORT_DAY, endings=HASTY)
HASTY_STANDARD = replace(STANDARD, hours=SHORT_DAY, endings=HASTY)
instants = st.integers(0, 60).map(lambda seconds: at("9:00") + timedelta(seconds=seconds))
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(TicketIssued, ticket=tickets, number=st.just("A"), queue=queues),
    st.builds(TicketCalled, ticket=tickets, counter=counters),
    st.builds(TicketRecalled, ticket=tickets, counter=counters),
    st.builds(ServiceStarted, ticket=tickets, counter=maybe_counter),
    st.builds(ServiceEnded, ticket=tickets, counter=maybe_counter),
    st.builds(TicketNoShow, ticket=tickets, counter=maybe_counter),
    st.builds(TicketAbandoned, ticket=tickets),
    st.builds(TicketTransferred, ticket=tickets, queue=queues, counter=maybe_counter),
    st.builds(TicketRequeued, ticket=tickets, queue=st.none() | queues),
    st.builds(TicketCancelled, ticket=tickets),
    st.builds(CallReceived, call=tickets),
    st.builds(CallInformed, call=tickets),
    st.builds(CallQueued, call=tickets, queue=queues),
    st.builds(CallAnswered, call=tickets, counter=counters),
    st.builds(CallEnded, call=tickets),
    st.builds(CallAbandoned, call=tickets),
    st.builds(CallOverflowed, call=tickets, cause=st.just("timeout")),
    st.builds(CallTransferred, call=tickets, queue=st.none() | queues),
    st.builds(CounterOpened, counter=counters, queues=st.tuples(queues)),
    st.builds(CounterPaused, counter=counters),
    st.builds(CounterResumed, counter=counters),
    st.builds(CounterClosed, counter=counters),
)


@st.composite
def event_sets(draw: st.DrawFn) -> list[Event]:
    """Any facts, true to life or not; few instants, so that many share one.

    Now and then an id comes again at another time, as from a device that counts from 1 every morning; never at the same
    time with another fact: the journal's key lets no such row in.
    """
    events = [
        Event(
            at=at("9:00") + timedelta(seconds=draw(st.integers(0, 40))),
            area="sud",
            device=draw(st.sampled_from(["borne-1", "poste-g1"])),
            id=str(draw(st.integers(0, number))) if draw(st.integers(0, 9)) == 0 else str(number),
            fact=fact,
        )
        for number, fact in enumerate(draw(st.lists(facts, min_size=1, max_size=25)))
    ]
    return list({event.identity: event for event in events}.values())


@st.composite
def retold(draw: st.DrawFn, events: list[Event]) -> list[list[Event]]:
    """The same set in another order, some events twice, cut into batches."""
    again = draw(st.permutations([*events, *draw(st.lists(st.sampled_from(events), max_size=10))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=6)))
    return [again[start:end] for start, end in zip([0, *cuts], [*cuts, len(again)], strict=True)]


def test_every_type_of_the_contract_is_in_the_laws() -> None:
    for wanted in FACTS.values():
        assert isinstance(find(facts, functools.partial(_is, wanted)), wanted)


def _is(wanted: type[Fact], built: Fact) -> bool:
    return type(built) is wanted


@given(st.data())
def test_a_visit_is_a_function_of_the_set_of_its_events(data: st.DataObject) -> None:
    events = data.draw(event_sets())
    key = visit_of(events[0].fact)
    own = [event for event in events if key and visit_of(event.fact) == key]
    if own:
        batches = data.draw(retold(own))
        assert Visit.of(event for batch in batches for event in batch) == Visit.of(own)


@given(st.data())
def test_a_counter_is_a_function_of_the_set_of_its_events(data: st.DataObject) -> None:
    events = data.draw(event_sets())
    counter = Counter(id="g1")
    for batch in data.draw(retold(events)):
        counter = counter.after(batch)
    assert counter == Counter.of("g1", events)


@settings(max_examples=300)
@given(st.data())
def test_an_area_and_its_figures_are_functions_of_the_set_of_events(data: st.DataObject) -> None:
    events = data.draw(event_sets())
    plan = data.draw(st.sampled_from([SUD, STANDARD, HASTY_SUD, HASTY_STANDARD]))
    area = Area.of(plan, [])
    for batch in data.draw(retold(events)):
        area = area.after(batch)
    once = Area.of(plan, in_order(events))
    assert area == once
    now = data.draw(instants)
    assert msgspec.json.encode(figures(area, now)) == msgspec.json.encode(figures(once, now))


@given(event_sets())
def test_everybody_is_somewhere(events: list[Event]) -> None:
    area = Area.of(SUD, events)
    states = [visit.state for visit in area.visits.values()]
    total = sum(states.count(state) for state in ("voice_server", "waiting", "called", "serving", "ended"))
    assert total == len({visit_of(event.fact) for event in events} - {None})
    live = figures(area, at("9:00:45"))
    unknown_queue = sum(
        visit.state == "waiting" and visit.legs[-1].queue is None and not visit.cancelled
        for visit in area.visits.values()
    )
    assert live.waiting + unknown_queue == states.count("waiting")


def over(events: list[Event], now: datetime) -> dict[str, Leg]:
    """The legs that nobody closed, by visit, as they ended in the hasty hall."""
    visits = list(Area.of(HASTY_SUD, events).visits.values())
    return unclosed(visits, HASTY, SHORT_DAY.day(MONDAY), now)


def told(*facts: Fact) -> list[Event]:
    """A second apart."""
    return [
        Event(at=at("9:00") + timedelta(seconds=number), area="sud", device="borne-1", id=str(number), fact=fact)
        for number, fact in enumerate(facts)
    ]


FIRST, SECOND = (TicketIssued(ticket=ticket, number="A", queue="sejour") for ticket in ("A1", "A2"))
OVERTAKEN = told(FIRST, SECOND, TicketCalled(ticket="A2", counter="g1"), ServiceEnded(ticket="A2"))
LEFT = told(FIRST)
LEFT_AT_COUNTER = told(FIRST, TicketCalled(ticket="A1", counter="g1"))


def test_tickets_are_overtaken_and_left_in_line_and_at_a_counter_in_the_hasty_hall() -> None:
    cases = {"overtaken": OVERTAKEN, "left": LEFT, "at a counter": LEFT_AT_COUNTER}
    legs = {name: over(events, at("9:00:59")).values() for name, events in cases.items()}
    ends = {name: [(leg.called is not None, leg.end) for leg in found] for name, found in legs.items()}
    assert ends == {
        "overtaken": [(False, "presumed")],
        "left": [(False, "end_of_day")],
        "at a counter": [(True, "end_of_day")],
    }


@settings(max_examples=300)
@given(event_sets())
@example(OVERTAKEN)
@example(LEFT)
@example(LEFT_AT_COUNTER)
def test_issued_is_waiting_and_in_service_and_ended(events: list[Event]) -> None:
    now = at("9:00:41")
    area, left = Area.of(HASTY_SUD, events), over(events, now)
    counted = [visit for visit in area.visits.values() if visit.legs and not visit.cancelled]
    unclosed_ones = [visit for visit in counted if visit.state != "ended" and visit.key not in left]
    in_service = sum(visit.state in ("called", "serving") for visit in unclosed_ones)
    nowhere = sum(visit.state == "waiting" and visit.legs[-1].queue is None for visit in unclosed_ones)
    ended = sum(visit.state == "ended" for visit in counted)
    live = figures(area, now)
    over_all_the_same = live.presumed_abandoned_today + live.left_at_closing_today
    assert len(counted) == live.waiting + nowhere + in_service + ended + over_all_the_same
    assert live.presumed_abandoned_today <= live.abandoned_today


@settings(max_examples=300)
@given(event_sets(), instants)
def test_offered_is_waiting_and_answered_and_lost(events: list[Event], now: datetime) -> None:
    calls = [event for event in events if (visit_of(event.fact) or "").startswith("call/") and event.at <= now]
    found = figures(Area.of(HASTY_STANDARD, calls), now).calls_today
    assert found is not UNSET
    # an answered call that was passed on to another queue is in line again
    assert 0 <= found.offered - found.answered - found.lost <= found.waiting
    assert found.presumed_abandoned <= found.abandoned <= found.lost


@settings(max_examples=300)
@given(event_sets(), instants, instants)
def test_who_is_over_stays_so_unless_more_is_told(events: list[Event], one: datetime, other: datetime) -> None:
    before, after = sorted((one, other))
    assert over(events, before).items() <= over(events, after).items()


@settings(max_examples=300)
@given(event_sets(), instants)
def test_nobody_is_over_before_what_is_known_of_the_leg(events: list[Event], now: datetime) -> None:
    for leg in over(events, now).values():
        assert leg.ended is not None
        assert all(leg.ended >= moment for moment in (leg.entered, leg.last_called, leg.started) if moment)


@settings(max_examples=300)
@given(event_sets(), st.sampled_from(["A1", "A2", "A3"]), st.integers(0, 40), instants)
def test_a_ticket_called_later_is_presumed_gone_no_more(
    events: list[Event], ticket: str, seconds: int, now: datetime
) -> None:
    last = max((event.at for event in events), default=at("9:00")) + timedelta(seconds=seconds)
    call = Event(at=last, area="sud", device="poste-g1", id="call", fact=TicketCalled(ticket=ticket, counter="g1"))
    assert over([*events, call], now).get(f"ticket/{ticket}", Leg()).end != "presumed"


@given(event_sets())
def test_a_counter_has_at_most_one_customer_and_only_when_it_is_open(events: list[Event]) -> None:
    for counter in Area.of(SUD, events).counters.values():
        assert (counter.visit is not None) == (counter.state in ("called", "serving"))
        assert any(counter_of(event.fact) == counter.id for event in counter.events)


@given(event_sets())
def test_every_rate_is_a_share(events: list[Event]) -> None:
    for queue in figures(Area.of(STANDARD, events), at("9:00:45")).queues:
        for rate in (queue.answer_rate_agent, queue.answer_rate_global, queue.lost_rate):
            assert rate is None or rate is UNSET or 0 <= rate <= 1


def test_a_mean_is_the_same_in_whatever_order_its_waits_come() -> None:
    waits = [465.123, 609.676, 763.623, 155.378]
    tickets = [
        Event(
            at=at("9:00") + timedelta(seconds=seconds),
            area="sud",
            device="poste-g1",
            id=f"{number}-{seconds}",
            fact=fact,
        )
        for number, wait in enumerate(waits)
        for seconds, fact in (
            (0.0, TicketIssued(ticket=f"T{number}", number="", queue="sejour")),
            (wait, TicketCalled(ticket=f"T{number}", counter="g1")),
        )
    ]
    means = {
        figures(Area.of(SUD, itertools.chain.from_iterable(pairs)), at("9:30")).queues[0].mean_wait_today_s
        for pairs in itertools.permutations([tickets[n : n + 2] for n in range(0, 8, 2)])
    }
    assert len(means) == 1
