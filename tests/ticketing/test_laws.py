"""Laws of the domain: figures depend on the set of events, not on their order, number or grouping."""

import functools
import itertools
from datetime import timedelta

import msgspec
from hypothesis import find, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.build import STANDARD, SUD, at
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
from ticketing.visit import Visit

tickets = st.sampled_from(["A1", "A2", "A3"])
counters = st.sampled_from(["g1", "g2"])
maybe_counter = st.none() | counters
queues = st.sampled_from(["sejour", "asile", "autre"])
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(TicketIssued, ticket=tickets, number=st.just("A"), queue=queues),
    st.builds(TicketCalled, ticket=tickets, counter=counters),
    st.builds(TicketRecalled, ticket=tickets, counter=counters),
    st.builds(ServiceStarted, ticket=tickets, counter=maybe_counter),
    st.builds(ServiceEnded, ticket=tickets, counter=maybe_counter),
    st.builds(TicketNoShow, ticket=tickets, counter=maybe_counter),
    st.builds(TicketAbandoned, ticket=tickets),
    st.builds(TicketTransferred, ticket=tickets, queue=queues),
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
    plan = data.draw(st.sampled_from([SUD, STANDARD]))
    area = Area.of(plan, [])
    for batch in data.draw(retold(events)):
        area = area.after(batch)
    once = Area.of(plan, in_order(events))
    assert area == once
    later = at("9:00:45")
    assert msgspec.json.encode(figures(area, later)) == msgspec.json.encode(figures(once, later))


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
