"""Examples for the event contract: a visit to a hall, a call to the switchboard, a morning at a counter, a queue."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from alerts.lights import Light
from dashboards.displays import Display
from dashboards.words import expected
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
)  # fmt: skip
from ticketing.figures import Quantiles

TIME = "2026-11-23T09:12:04.120+01:00"
SOURCE = {
    "ticket": "/aube/sud/borne-1",
    "service": "/aube/sud/g1",
    "counter": "/aube/sud/g1",
    "call": "/aube/standard/svi",
}
TICKET, CALL = "20261123-E042", "20261123-c-815"
_WINTER = timezone(timedelta(hours=1))
_APPOINTMENT = datetime(2026, 11, 23, 9, 30, tzinfo=_WINTER)
_PREDICTED = Quantiles(310.0, 620.0, 1140.0)

EXAMPLES: Mapping[str, tuple[Fact, ...]] = {
    "ticket.issued": (
        TicketIssued(ticket=TICKET, number="E042", queue="sejour"),
        TicketIssued(
            ticket="20261123-R007", number="R007", queue="remise", reason="Remise de titre", priority="appointment",
            appointment_at=_APPOINTMENT,
        ),
    ),
    "ticket.called": (TicketCalled(ticket=TICKET, counter="g1"),),
    "ticket.recalled": (TicketRecalled(ticket=TICKET, counter="g1"),),
    "service.started": (ServiceStarted(ticket=TICKET, counter="g1"),),
    "service.ended": (ServiceEnded(ticket=TICKET, counter="g1"),),
    "ticket.no_show": (TicketNoShow(ticket=TICKET, counter="g1"),),
    "ticket.abandoned": (TicketAbandoned(ticket=TICKET),),
    "ticket.transferred": (TicketTransferred(ticket=TICKET, queue="asile", counter="g4"),),
    "ticket.requeued": (TicketRequeued(ticket=TICKET), TicketRequeued(ticket=TICKET, queue="sejour")),
    "ticket.cancelled": (TicketCancelled(ticket=TICKET, reason="essai"),),
    "call.received": (CallReceived(call=CALL, line="accueil"),),
    "call.informed": (CallInformed(call=CALL),),
    "call.queued": (CallQueued(call=CALL, queue="operateurs"),),
    "call.answered": (CallAnswered(call=CALL, counter="op1"),),
    "call.ended": (CallEnded(call=CALL, by="caller"),),
    "call.abandoned": (CallAbandoned(call=CALL),),
    "call.overflowed": (CallOverflowed(call=CALL, cause="timeout"),),
    "call.transferred": (CallTransferred(call=CALL), CallTransferred(call=CALL, queue="operateurs")),
    "counter.opened": (CounterOpened(counter="g1", queues=("sejour", "asile")),),
    "counter.paused": (CounterPaused(counter="g1", reason="pause"),),
    "counter.resumed": (CounterResumed(counter="g1"),),
    "counter.closed": (CounterClosed(counter="g1"), CounterClosed(counter="g1", reason="oublié", by="chef de hall")),
}  # fmt: skip

STATUS_EXAMPLES = (
    {"state": "online", "session": "2026-11-23T08:02:11", "time": TIME, "waiting": {"sejour": 7}},
    {"state": "offline", "session": "2026-11-23T08:02:11"},
)

DISPLAY_EXAMPLES = (
    Display(
        area="sud",
        queue="sejour",
        name="Titres de séjour",
        time=datetime(2026, 11, 23, 9, 12, 4, tzinfo=_WINTER),
        valid_until=datetime(2026, 11, 23, 9, 14, 4, tzinfo=_WINTER),
        open=True,
        complete=True,
        incomplete_since=None,
        standing=False,
        waiting=7,
        longest_wait_s=842.1,
        predicted_wait_s=_PREDICTED,
        no_prediction=None,
        words=expected(_PREDICTED),
    ),
    Display(
        area="sud",
        queue="sejour",
        name="Titres de séjour",
        time=datetime(2026, 11, 23, 16, 30, tzinfo=_WINTER),
        valid_until=datetime(2026, 11, 24, 8, 32, tzinfo=_WINTER),
        open=False,
        complete=False,
        incomplete_since=datetime(2026, 11, 23, 16, 21, 30, tzinfo=_WINTER),
        standing=False,
        waiting=0,
        longest_wait_s=None,
        predicted_wait_s=None,
        no_prediction="closed",
        words="",
    ),
)

LIGHT_EXAMPLES = (
    Light(
        id="20261123-081204120000-wait-sud",
        alert="wait",
        state="firing",
        severity="page",
        since=datetime(2026, 11, 23, 9, 12, 4, tzinfo=_WINTER),
        names=("Titres de séjour", "Asile"),
    ),
)
