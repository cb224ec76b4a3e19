"""Simulated days as the judged code gets them, events and a plan; and beside them the truth, which it does not get."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from deploy.demo.sending import Midnight
from deploy.demo.simulation import chances
from tests.bench.halls.hall import Hall, Note, Ticket
from tests.bench.halls.law import law
from tests.bench.halls.places import PARIS, WORKING_DAYS, Place
from ticketing.events import (
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Event,
    Fact,
    ServiceEnded,
    ServiceStarted,
    TicketCalled,
    TicketIssued,
    TicketNoShow,
)
from ticketing.plan import Plan

FIRST_DAY = date(2026, 1, 5)
KIOSK = "borne-1"


class SimulatedDay(Struct, frozen=True, kw_only=True):
    """All that was heard of a hall on a day, in order."""

    date: date
    plan: Plan
    events: tuple[Event, ...]


class Issue(Struct, frozen=True, kw_only=True):
    """An ordinary ticket at its issue: its first event's place among the day's, and the truth about it.

    `seen` is the hall just before; `wait_s` from issue to first call, None if it was never called.
    """

    ticket: str
    queue: str
    at: datetime
    place: int
    wait_s: float | None
    seconds: float
    line: int
    """The queue's place in the law."""
    seen: Hall


class Stay(Struct, frozen=True, kw_only=True):
    """Any ticket's place in line: since when its wait counts, and its first call; None if it was never called."""

    queue: str
    since: datetime
    called: datetime | None


class Truth(Struct, frozen=True, kw_only=True):
    issues: tuple[Issue, ...]
    stays: tuple[Stay, ...]
    left: int
    """Tickets that were never called."""


def working_days(first: date = FIRST_DAY) -> Iterator[date]:
    day = first
    while True:
        if day.weekday() in WORKING_DAYS:
            yield day
        day += timedelta(days=1)


def simulated(place: Place, day: date, seed: int) -> tuple[SimulatedDay, Truth]:
    true = law(place, day, seed)
    hall = Hall(true, chances(day, seed, f"{place.name}/hall"), true.arrivals)
    seen: list[tuple[Ticket, Hall]] = []
    notes: list[Note] = []
    hall.notes = notes
    hall.watch = lambda hall, ticket: seen.append((ticket, hall.snapshot())) if ticket.priority == "none" else None
    hall.begin(0.0)
    hall.run()
    notes.sort(key=lambda note: note.at)
    teller = _Teller(place, day)
    events = tuple(sorted((teller.event(note) for note in notes), key=lambda event: event.order))
    places = {event.fact.ticket: place for place, event in enumerate(events) if isinstance(event.fact, TicketIssued)}
    calls = {note.ticket.number: note.at for note in notes if note.what == "called" and note.ticket}
    issues = tuple(
        Issue(
            ticket=(name := teller.name(ticket)),
            queue=place.services[ticket.queue].queue,
            at=events[places[name]].at,
            place=places[name],
            wait_s=calls[ticket.number] - ticket.arrived if ticket.number in calls else None,
            seconds=ticket.arrived,
            line=ticket.queue,
            seen=snapshot,
        )
        for ticket, snapshot in seen
    )
    stays = tuple(
        Stay(
            queue=place.services[note.ticket.queue].queue,
            since=teller.instant(note.ticket.due),
            called=teller.instant(calls[note.ticket.number]) if note.ticket.number in calls else None,
        )
        for note in notes
        if note.what == "issued" and note.ticket
    )
    truth = Truth(issues=issues, stays=stays, left=hall.issued - len(calls))
    return SimulatedDay(date=day, plan=place.plan, events=events), truth


class _Teller:
    """Tells what happened as the devices do: kiosk and counters, each counting its own events."""

    def __init__(self, place: Place, day: date) -> None:
        self._place, self._day = place, day
        self._counters = list(place.counters)
        self._midnight = Midnight(day=day, zone=PARIS)
        self._told: Counter[str] = Counter()

    def event(self, note: Note) -> Event:
        device = KIOSK if note.post is None else f"poste-{self._counters[note.post]}"
        self._told[device] += 1
        return Event(
            at=self.instant(note.at),
            area=self._place.name,
            device=device,
            id=f"{self._day:%y%m%d}-{self._told[device]}",
            fact=self._fact(note),
            sequence=self._told[device],
        )

    def instant(self, seconds: float) -> datetime:
        """From seconds since midnight."""
        return self._midnight.plus(seconds).astimezone(UTC)

    def name(self, ticket: Ticket) -> str:
        return f"{self._day:%y%m%d}-{self._number(ticket)}"

    def _number(self, ticket: Ticket) -> str:
        return f"{self._place.services[ticket.queue].letter}{ticket.number:03}"

    def _fact(self, note: Note) -> Fact:
        ticket = self.name(note.ticket) if note.ticket else ""
        counter = self._counters[note.post] if note.post is not None else ""
        match note.what:
            case "issued":
                assert note.ticket
                return self._issued(note.ticket)
            case "called":
                return TicketCalled(ticket=ticket, counter=counter)
            case "started":
                return ServiceStarted(ticket=ticket, counter=counter)
            case "ended":
                return ServiceEnded(ticket=ticket, counter=counter)
            case "no_show":
                return TicketNoShow(ticket=ticket, counter=counter)
            case "opened":
                return CounterOpened(counter=counter, queues=self._place.counters[counter])
            case "paused":
                return CounterPaused(counter=counter)
            case "resumed":
                return CounterResumed(counter=counter)
            case "closed":
                return CounterClosed(counter=counter)

    def _issued(self, ticket: Ticket) -> TicketIssued:
        booked = ticket.priority == "appointment"
        return TicketIssued(
            ticket=self.name(ticket),
            number=self._number(ticket),
            queue=self._place.services[ticket.queue].queue,
            priority=ticket.priority,
            appointment_at=self.instant(ticket.due) if booked else None,
        )


def series(place: Place, seed: int, number: int) -> Iterator[tuple[SimulatedDay, Truth]]:
    """So many working days in a row."""
    for day, _ in zip(working_days(), range(number), strict=False):
        yield simulated(place, day, seed)
