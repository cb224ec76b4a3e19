"""The facts that devices report: one frozen type per event of the contract, and the envelope that carries it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$(?!\n)", description="Lower case letters, digits and hyphens.")]
"""Id of a site, area, device, queue or counter: it may stand in a topic."""

Id = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$(?!\n)", description="1 to 64 characters, none of them control.")
]
"""Id of a ticket, a call or an event; opaque, unique for good in its area (tickets, calls) or source (events)."""

Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,200}$(?!\n)", description="A line of at most 200 characters.")]

Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]

Priority = Literal["none", "priority", "appointment"]
Cause = Literal["timeout", "full", "no_agent", "key", "withdrawn"]


class TicketIssued(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    ticket: Id
    number: Text
    queue: Name
    reason: Text | None = None
    priority: Priority = "none"
    appointment_at: Moment | None = None


class TicketCalled(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    ticket: Id
    counter: Name


class TicketRecalled(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    ticket: Id
    counter: Name


class ServiceStarted(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    ticket: Id
    counter: Name | None = None


class ServiceEnded(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    ticket: Id
    counter: Name | None = None


class TicketNoShow(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Called, and nobody came."""

    ticket: Id
    counter: Name | None = None


class TicketAbandoned(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Left before being called."""

    ticket: Id


class TicketTransferred(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Sent to another queue; `counter` is the one wanted there."""

    ticket: Id
    queue: Name
    counter: Name | None = None


class TicketRequeued(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Back in line, after a no-show or to fetch a document; the same queue unless one is named."""

    ticket: Id
    queue: Name | None = None


class TicketCancelled(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Printed by mistake or as a test: counted apart, in no figure."""

    ticket: Id
    reason: Text | None = None


class CallReceived(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The voice server has taken the call."""

    call: Id
    line: Text | None = None


class CallInformed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The voice server gave the answer; no agent was needed."""

    call: Id


class CallQueued(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The caller asks for an agent."""

    call: Id
    queue: Name
    priority: Priority = "none"


class CallAnswered(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`counter` is the operator's position."""

    call: Id
    counter: Name


class CallEnded(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    call: Id
    by: Literal["agent", "caller"] | None = None


class CallAbandoned(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    call: Id


class CallOverflowed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The telephone system took the call out of the queue unanswered."""

    call: Id
    cause: Cause


class CallTransferred(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """To another queue; without one, the call left our switchboard."""

    call: Id
    queue: Name | None = None


class CounterOpened(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`queues` are those served, in order of preference."""

    counter: Name
    queues: tuple[Name, ...]


class CounterPaused(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    counter: Name
    reason: Text | None = None


class CounterResumed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    counter: Name
    reason: Text | None = None


class CounterClosed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`by` is the function of whoever closed it from elsewhere, where somebody did."""

    counter: Name
    reason: Text | None = None
    by: Text | None = None


TicketFact = (
    TicketIssued
    | TicketCalled
    | TicketRecalled
    | ServiceStarted
    | ServiceEnded
    | TicketNoShow
    | TicketAbandoned
    | TicketTransferred
    | TicketRequeued
    | TicketCancelled
)
CallFact = (
    CallReceived
    | CallInformed
    | CallQueued
    | CallAnswered
    | CallEnded
    | CallAbandoned
    | CallOverflowed
    | CallTransferred
)
CounterFact = CounterOpened | CounterPaused | CounterResumed | CounterClosed
Fact = TicketFact | CallFact | CounterFact

FACTS: dict[str, type[Fact]] = {
    "ticket.issued": TicketIssued,
    "call.received": CallReceived,
    "call.informed": CallInformed,
    "call.queued": CallQueued,
    "counter.opened": CounterOpened,
    "counter.resumed": CounterResumed,
    "ticket.called": TicketCalled,
    "ticket.recalled": TicketRecalled,
    "service.started": ServiceStarted,
    "call.answered": CallAnswered,
    "ticket.no_show": TicketNoShow,
    "ticket.abandoned": TicketAbandoned,
    "service.ended": ServiceEnded,
    "call.abandoned": CallAbandoned,
    "call.overflowed": CallOverflowed,
    "call.ended": CallEnded,
    "ticket.transferred": TicketTransferred,
    "ticket.requeued": TicketRequeued,
    "call.transferred": CallTransferred,
    "ticket.cancelled": TicketCancelled,
    "counter.paused": CounterPaused,
    "counter.closed": CounterClosed,
}
"""The types of the contract, in the order in which facts of one instant follow each other in a visit's life."""

RANKS = {fact: rank for rank, fact in enumerate(FACTS.values())}
TYPES = {fact: name for name, fact in FACTS.items()}


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """A fact with when and where it happened."""

    at: datetime
    area: str
    device: str
    id: str
    fact: Fact
    sequence: int | None = None

    @property
    def identity(self) -> tuple[str, str, str, datetime]:
        """What is the same when an event is told again. The time is part of it: some devices count from 1 every day."""
        return self.area, self.device, self.id, self.at

    @property
    def order(self) -> tuple[datetime, int, str, int, str]:
        """Total order of a set of events: time, then the usual order of a visit's life, then the source."""
        return self.at, RANKS[type(self.fact)], self.device, self.sequence or 0, self.id


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Each event once, in the order of what happened, whatever the order and number in which they came."""
    kept: dict[tuple[str, str, str, datetime], Event] = {}
    for event in events:
        known = kept.setdefault(event.identity, event)
        if event.order < known.order:
            kept[event.identity] = event
    return tuple(sorted(kept.values(), key=lambda event: event.order))


_VISITS = {fact: kind for fact in RANKS for kind in ("ticket", "call") if kind in fact.__struct_fields__}
_AT_COUNTERS = {fact for fact in RANKS if "counter" in fact.__struct_fields__} - {TicketTransferred}


def visit_of(fact: Fact) -> str | None:
    """Key of the visit that a fact belongs to (`ticket/…` or `call/…`: the two may share ids); None for a counter's."""
    kind = _VISITS.get(type(fact))
    return f"{kind}/{getattr(fact, kind)}" if kind else None


def counter_of(fact: Fact) -> str | None:
    """The counter at which a fact happened, where it tells; a transfer names the counter wanted, which is not it."""
    return getattr(fact, "counter", None) if type(fact) in _AT_COUNTERS else None
