"""A visit: what became of one ticket or one call, as a pure function of the set of its events."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, assert_never

from msgspec import Struct
from msgspec.structs import replace

from ticketing.events import (
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
    Priority,
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

LegEnd = Literal[
    "served", "no_show", "abandoned", "transferred", "requeued", "overflowed", "presumed", "end_of_day"
]  # fmt: skip
"""The last two are told by no event: what is left of a day's visits shows them, see `unclosed`."""
State = Literal["voice_server", "waiting", "called", "serving", "ended"]

A_DAY = timedelta(days=1)
CLOCK_TOLERANCE = timedelta(seconds=5)
"""Offsets of device clocks below this are not corrected, so an issue may seem to follow its call by as much."""


class Leg(Struct, frozen=True, kw_only=True, gc=False):
    """One wait in one queue and what ended it. `queue` and `entered` are None when the arrival was never seen."""

    queue: str | None = None
    entered: datetime | None = None
    called: datetime | None = None
    counter: str | None = None
    last_called: datetime | None = None
    recalls: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    end: LegEnd | None = None

    @property
    def waiting(self) -> bool:
        return self.called is None and self.end is None

    def waiting_at(self, at: datetime) -> bool:
        """Whether somebody waited in it at an instant, by what is known now."""
        gone = self.called or self.ended
        return self.entered is not None and self.entered <= at and (gone is None or gone > at)

    @property
    def wait(self) -> timedelta | None:
        """Entry to first call, raw: without opening hours or appointment; None while or where it is not known."""
        return self.called - self.entered if self.called and self.entered else None


class Visit(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one ticket or call. Contradictions are resolved by time and named in `notes`."""

    key: str
    events: tuple[Event, ...]
    legs: tuple[Leg, ...] = ()
    number: str | None = None
    priority: Priority = "none"
    appointment_at: datetime | None = None
    arrived: datetime | None = None
    informed: bool = False
    cancelled: bool = False
    left: bool = False
    """The call ended in the voice server, before any queue."""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Visit":
        """The visit that a set of events tells of; any order, any repetition. ValueError unless it is just one."""
        ordered = in_order(events)
        keys = {visit_of(event.fact) for event in ordered}
        key = keys.pop() if len(keys) == 1 else None
        if key is None:
            raise ValueError(f"the events of one visit were expected, these are of {sorted(map(str, keys))}")
        visit = Visit(key=key, events=ordered)
        for event in ordered:
            visit = _after(visit, event)
        return visit

    @property
    def first(self) -> datetime:
        """When it was first heard of."""
        return self.events[0].at

    @property
    def began(self) -> datetime:
        """When its customer first stood in a queue, or was first heard of without one: the visit is of that day."""
        first = self.legs[0] if self.legs else None
        return (first and (first.entered or first.called or first.ended)) or self.first

    @property
    def appointment(self) -> datetime | None:
        """None also for what a device says in the place of none, as 0001-01-01, and where it never entered."""
        at, entered = self.appointment_at, self.legs[0].entered if self.legs else None
        return at if at and entered and abs(at - entered) < A_DAY else None

    @property
    def turn(self) -> datetime | None:
        """When its customer is first in line and due: the later of entry and appointment; None if it never entered."""
        entered, appointment = self.legs[0].entered if self.legs else None, self.appointment
        return max(entered, appointment) if entered and appointment else entered

    @property
    def state(self) -> State:
        if self.cancelled:
            return "ended"
        if not self.legs:
            return "ended" if self.left else "voice_server"
        leg = self.legs[-1]
        if leg.end:
            return "ended"
        if leg.started:
            return "serving"
        return "called" if leg.called else "waiting"

    @property
    def wait(self) -> timedelta | None:
        """Issue to first call, raw; recalls and later legs do not count. None where either is not known."""
        return self.legs[0].wait if self.legs else None

    @property
    def counters(self) -> frozenset[str]:
        """Every counter that its events name as the place where they happened."""
        return frozenset(counter for event in self.events if (counter := counter_of(event.fact)))


def _after(visit: Visit, event: Event) -> Visit:
    """The visit after its next event in time."""
    at = event.at
    match fact := event.fact:
        case TicketIssued():
            return _issued(visit, fact, at)
        case TicketCalled() | TicketRecalled():
            return _called(visit, at, fact.counter)
        case ServiceStarted():
            return _started(visit, at, fact.counter)
        case ServiceEnded():
            return _ended(visit, at, "served", fact.counter)
        case TicketNoShow():
            return _ended(visit, at, "no_show", fact.counter)
        case TicketAbandoned():
            return _abandoned(visit, at)
        case TicketTransferred():
            return _moved(visit, at, "transferred", fact.queue)
        case TicketRequeued():
            return _moved(visit, at, "requeued", fact.queue or (visit.legs[-1].queue if visit.legs else None))
        case TicketCancelled():
            return replace(visit, cancelled=True)
        case CallReceived():
            return replace(visit, arrived=visit.arrived or at)
        case CallInformed():
            return replace(visit, informed=True)
        case CallQueued():
            visit = replace(visit, arrived=visit.arrived or at, priority=fact.priority)
            return _queued(visit, at, fact.queue)
        case CallAnswered():
            return _started(visit, at, fact.counter)
        case CallEnded():
            if visit.state == "ended":  # a switchboard may tell the hang-up after it told the abandonment
                return visit
            end: LegEnd = "abandoned" if visit.state == "waiting" else "served"
            return _ended(visit, at, end) if visit.legs else replace(visit, left=True)
        case CallAbandoned():
            return _abandoned(visit, at) if visit.legs else replace(visit, left=True)
        case CallOverflowed():
            return _ended(visit if visit.legs else _new_leg(visit, Leg(entered=at)), at, "overflowed")
        case CallTransferred():
            if fact.queue is None:
                return _ended(visit, at, "transferred")
            return _moved(visit, at, "transferred", fact.queue)
        case CounterOpened() | CounterPaused() | CounterResumed() | CounterClosed():
            return visit  # a counter's own fact belongs to no visit: Visit.of refuses it
        case _:
            assert_never(fact)


def _noted(visit: Visit, note: str) -> Visit:
    return visit if note in visit.notes else replace(visit, notes=(*visit.notes, note))


def _new_leg(visit: Visit, leg: Leg) -> Visit:
    return replace(visit, legs=(*visit.legs, leg))


def _current(visit: Visit, **changes: object) -> Visit:
    return replace(visit, legs=(*visit.legs[:-1], replace(visit.legs[-1], **changes)))


def _issued(visit: Visit, fact: TicketIssued, at: datetime) -> Visit:
    if visit.arrived:
        return _noted(visit, "issued_twice")
    visit = replace(visit, arrived=at, number=fact.number, priority=fact.priority, appointment_at=fact.appointment_at)
    if not visit.legs:
        return _new_leg(visit, Leg(queue=fact.queue, entered=at))
    first = visit.legs[0]
    called = first.called
    entered = called if called and at - called <= CLOCK_TOLERANCE else None
    first = replace(first, queue=first.queue or fact.queue, entered=entered)
    return _noted(replace(visit, legs=(first, *visit.legs[1:])), "issued_after_call")


def _queued(visit: Visit, at: datetime, queue: str) -> Visit:
    if visit.legs and visit.legs[-1].end is None:
        visit = _current(_noted(visit, "queued_twice"), ended=at, end="transferred")
    return _new_leg(visit, Leg(queue=queue, entered=at))


def _called(visit: Visit, at: datetime, counter: str | None) -> Visit:
    if not visit.legs:
        return _new_leg(_noted(visit, "arrival_unknown"), Leg(called=at, last_called=at, counter=counter))
    leg = visit.legs[-1]
    if leg.end:
        if leg.end != "no_show":
            visit = _noted(visit, "called_after_end")
        visit = _current(visit, ended=None, end=None)
    if leg.called:
        return _current(visit, counter=counter, last_called=at, recalls=leg.recalls + 1, started=None)
    return _current(visit, counter=counter, called=at, last_called=at)


def _started(visit: Visit, at: datetime, counter: str | None) -> Visit:
    state = visit.state
    if state in ("waiting", "ended", "voice_server"):
        visit = _called(visit, at, counter)
    leg = visit.legs[-1]
    return _current(visit, started=leg.started or at, counter=counter or leg.counter)


def _ended(visit: Visit, at: datetime, end: LegEnd, counter: str | None = None) -> Visit:
    if not visit.legs:
        return _new_leg(_noted(visit, "arrival_unknown"), Leg(counter=counter, ended=at, end=end))
    leg = visit.legs[-1]
    if leg.end:
        return _noted(visit, "ended_twice")
    if leg.waiting and end in ("served", "no_show"):
        visit = _noted(visit, "ended_without_call")
    # a device that cannot tell the start of a service leaves it out: it is then the last call
    started = leg.started or (leg.last_called if end == "served" else None)
    return _current(visit, ended=at, end=end, started=started, counter=counter or leg.counter)


def _abandoned(visit: Visit, at: datetime) -> Visit:
    """Whatever the device names it: called and gone is a no-show, gone from a service or a talk has been served."""
    match visit.state:
        case "called":
            return _ended(_noted(visit, "abandoned_after_call"), at, "no_show")
        case "serving":
            return _ended(_noted(visit, "abandoned_after_start"), at, "served")
        case _:
            return _ended(visit, at, "abandoned")


def _moved(visit: Visit, at: datetime, end: LegEnd, queue: str | None) -> Visit:
    """Ends the leg in course, where there is one, and begins another in `queue`."""
    if visit.legs and visit.legs[-1].end is None:
        visit = _ended(visit, at, end)
    elif not visit.legs:
        visit = _noted(visit, "arrival_unknown")
    return _new_leg(visit, Leg(queue=queue, entered=at))
