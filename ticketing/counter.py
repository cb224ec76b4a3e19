"""A counter or operator position: its state as a pure function of the set of its events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ticketing.events import (
    CallAnswered,
    CallInformed,
    CallReceived,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Event,
    ServiceStarted,
    TicketCalled,
    TicketIssued,
    TicketRecalled,
    counter_of,
    in_order,
    visit_of,
)

State = Literal["closed", "paused", "free", "called", "serving"]


def is_open(state: State) -> bool:
    """Whether a counter in this state is staffed: neither closed nor paused."""
    return state not in ("closed", "paused")


class Counter(Struct, frozen=True, kw_only=True):
    """`called`: somebody is on the way. `queues` are those told at the last opening; None if none was told.

    Its events are its own and those of the visits that name it, from the first that does.
    """

    id: str
    events: tuple[Event, ...] = ()
    state: State = "closed"
    since: datetime | None = None
    queues: tuple[str, ...] | None = None
    visit: str | None = None
    """Key of the visit at the counter."""

    @classmethod
    def of(cls, counter: str, events: Iterable[Event]) -> "Counter":
        """The counter that a set of events tells of; any order, any repetition."""
        ordered = in_order(events)
        state = Counter(id=counter)
        for event in ordered:
            state = _after(state, event)
        return replace(state, events=ordered)

    def after(self, events: Iterable[Event]) -> "Counter":
        """The same as `of` all events together; quick where the new ones are the latest."""
        new = in_order(events)
        if self.events and new and new[0].order <= self.events[-1].order:
            return Counter.of(self.id, (*self.events, *new))
        state = self
        for event in new:
            state = _after(state, event)
        return replace(state, events=self.events + new)

    @property
    def open(self) -> bool:
        return is_open(self.state)

    @property
    def opening(self) -> Event | None:
        """What ended its being closed last; None while it is closed."""
        found, state = None, Counter(id=self.id)
        for event in self.events:
            state = _after(state, event)
            found = None if state.state == "closed" else found or event
        return found

    @property
    def course(self) -> list[tuple[datetime, "Counter"]]:
        """What it was from each instant on at which it changed, without its events; closed before the first."""
        found: list[tuple[datetime, Counter]] = []
        state = Counter(id=self.id)
        for event in self.events:
            before, state = state, _after(state, event)
            if state is not before:
                found.append((event.at, state))
        return found


def _after(counter: Counter, event: Event) -> Counter:
    """The counter after its next event in time."""
    fact, at = event.fact, event.at
    here = counter_of(fact) == counter.id
    visit = visit_of(fact)
    match fact:
        case CounterOpened() if here:
            counter = replace(counter, queues=fact.queues)
            return counter if counter.open else _turned(counter, at, "free")
        case CounterResumed() if here:
            return counter if counter.open else _turned(counter, at, "free")
        case CounterPaused() if here:
            return _turned(counter, at, "paused")
        case CounterClosed() if here:
            return _turned(counter, at, "closed")
        case TicketCalled() | TicketRecalled() if here:
            return _turned(counter, at, "called", visit)
        case ServiceStarted() if here or (fact.counter is None and visit == counter.visit):
            return _turned(counter, at, "serving", visit)
        case CallAnswered() if here:
            return _turned(counter, at, "serving", visit)
        case TicketIssued() | CallReceived() | CallInformed():
            return counter  # known before: told twice, or late
        case _ if visit is not None and visit == counter.visit:
            # ended, gone, moved on, or called from elsewhere: whatever it is, nobody stands here any more
            return _turned(counter, at, "free")
        case _:
            return counter


def _turned(counter: Counter, at: datetime, state: State, visit: str | None = None) -> Counter:
    if (state, visit) == (counter.state, counter.visit):
        return counter
    return replace(counter, state=state, since=at, visit=visit)
