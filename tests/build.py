"""The tests' vocabulary: events and areas in a word each, on one Monday in Troyes."""

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from ticketing.events import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    CallTransferred,
    Cause,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Event,
    Fact,
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
)
from ticketing.hours import Hours
from ticketing.plan import Commitment, Desk, Plan, Queue

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)

HOURS = Hours(
    zone=PARIS,
    weekly={day: ((time(8, 30), time(12)), (time(13, 15), time(16, 30))) for day in range(5)},
    holidays=frozenset({date(2026, 11, 11)}),
)
HALL_COMMITMENT = Commitment(
    within=timedelta(minutes=15), share=0.95, provenance="charte - à confirmer", valid_from=date(2026, 1, 1)
)
CALL_COMMITMENT = Commitment(
    within=timedelta(seconds=20), share=0.85, provenance="plan - à confirmer", valid_from=date(2026, 1, 1)
)
SUD = Plan(
    site="aube",
    area="sud",
    kind="hall",
    name="Hall sud",
    hours=HOURS,
    queues=(Queue(id="sejour", name="Séjour"), Queue(id="asile", name="Asile")),
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour", "asile")),
        Desk(id="g2", name="Guichet 2", queues=("asile",)),
    ),
    commitments=(HALL_COMMITMENT,),
)
STANDARD = Plan(
    site="aube",
    area="standard",
    kind="switchboard",
    name="Standard",
    hours=HOURS,
    queues=(Queue(id="operateurs", name="Opérateurs"),),
    desks=(Desk(id="op1", name="Opérateur 1", queues=("operateurs",)),),
    commitments=(CALL_COMMITMENT,),
)

_ids = count(1)


def at(clock: str, day: date = MONDAY) -> datetime:
    """An instant of the tests' Monday from "9:05" or "9:05:30"."""
    hours, minutes, *seconds = clock.split(":")
    return datetime.combine(day, time(int(hours), int(minutes)), PARIS) + timedelta(
        seconds=float(seconds[0]) if seconds else 0
    )


def event(fact: Fact, clock: str, *, device: str = "borne-1", area: str = "sud", id: str | None = None) -> Event:  # noqa: A002
    return Event(at=at(clock), area=area, device=device, id=id or f"e{next(_ids)}", fact=fact)


def issued(
    ticket: str, clock: str, queue: str = "sejour", priority: Priority = "none", appointment: str | None = None
) -> Event:
    appointment_at = at(appointment) if appointment else None
    fact = TicketIssued(ticket=ticket, number=ticket, queue=queue, priority=priority, appointment_at=appointment_at)
    return event(fact, clock)


def called(ticket: str, clock: str, counter: str = "g1") -> Event:
    return event(TicketCalled(ticket=ticket, counter=counter), clock, device=f"poste-{counter}")


def recalled(ticket: str, clock: str, counter: str = "g1") -> Event:
    return event(TicketRecalled(ticket=ticket, counter=counter), clock, device=f"poste-{counter}")


def started(ticket: str, clock: str, counter: str | None = None) -> Event:
    return event(ServiceStarted(ticket=ticket, counter=counter), clock)


def ended(ticket: str, clock: str, counter: str | None = None) -> Event:
    return event(ServiceEnded(ticket=ticket, counter=counter), clock)


def no_show(ticket: str, clock: str) -> Event:
    return event(TicketNoShow(ticket=ticket), clock)


def abandoned(ticket: str, clock: str) -> Event:
    return event(TicketAbandoned(ticket=ticket), clock)


def transferred(ticket: str, clock: str, queue: str) -> Event:
    return event(TicketTransferred(ticket=ticket, queue=queue), clock)


def requeued(ticket: str, clock: str, queue: str | None = None) -> Event:
    return event(TicketRequeued(ticket=ticket, queue=queue), clock)


def cancelled(ticket: str, clock: str) -> Event:
    return event(TicketCancelled(ticket=ticket), clock)


def received(call: str, clock: str) -> Event:
    return event(CallReceived(call=call), clock, device="pbx", area="standard")


def informed(call: str, clock: str) -> Event:
    return event(CallInformed(call=call), clock, device="pbx", area="standard")


def queued(call: str, clock: str, queue: str = "operateurs") -> Event:
    return event(CallQueued(call=call, queue=queue), clock, device="pbx", area="standard")


def answered(call: str, clock: str, counter: str = "op1") -> Event:
    return event(CallAnswered(call=call, counter=counter), clock, device="pbx", area="standard")


def hung_up(call: str, clock: str) -> Event:
    return event(CallEnded(call=call), clock, device="pbx", area="standard")


def lost(call: str, clock: str) -> Event:
    return event(CallAbandoned(call=call), clock, device="pbx", area="standard")


def overflowed(call: str, clock: str, cause: Cause = "timeout") -> Event:
    return event(CallOverflowed(call=call, cause=cause), clock, device="pbx", area="standard")


def passed_on(call: str, clock: str, queue: str | None = None) -> Event:
    return event(CallTransferred(call=call, queue=queue), clock, device="pbx", area="standard")


def opened(counter: str, clock: str, *queues: str) -> Event:
    return event(CounterOpened(counter=counter, queues=queues), clock)


def paused(counter: str, clock: str) -> Event:
    return event(CounterPaused(counter=counter), clock)


def resumed(counter: str, clock: str) -> Event:
    return event(CounterResumed(counter=counter), clock)


def closed(counter: str, clock: str) -> Event:
    return event(CounterClosed(counter=counter), clock)


def later(number: int, came: str = "9:01", first_call: str = "9:10", queue: str = "sejour") -> list[Event]:
    """As many tickets that came together, L0, L1…, called and served from an instant on, one a minute."""
    clock = at(first_call)
    found = []
    for n in range(number):
        minute = f"{clock + timedelta(minutes=n):%H:%M}"
        found += [issued(f"L{n}", came, queue), called(f"L{n}", minute), ended(f"L{n}", f"{minute}:30")]
    return found
