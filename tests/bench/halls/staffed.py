"""A hall of identical counters of which a policy says, every ten minutes, how many are staffed from then on."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time
from heapq import heappop, heappush
from math import inf
from typing import Literal, Protocol

from msgspec import Struct

from deploy.demo.sending import Midnight
from tests.bench.halls.days import KIOSK, SimulatedDay
from tests.bench.halls.demand import COUNTERS, EVERY, LAST_TICKET, LIMIT, OPENS, PLAN, Draws
from tests.bench.halls.places import PARIS
from ticketing.area import Area, live_since
from ticketing.events import (
    CounterClosed,
    CounterOpened,
    Event,
    Fact,
    ServiceEnded,
    ServiceStarted,
    TicketCalled,
    TicketIssued,
)


class Policy(Protocol):
    """Who says how many counters are staffed, knowing what a board knows."""

    def learn(self, day: SimulatedDay) -> None:
        """A day that is over, with all that was heard of it."""

    def counters(self, area: Area, now: datetime) -> int:
        """How many, of eight, are staffed until asked again; one that is too many finishes its customer."""


class Outcome(Struct, frozen=True, kw_only=True):
    """`within`: how many of the waits, each in seconds and of somebody served, are not above the limit."""

    waits: tuple[float, ...]
    within: int
    counter_hours: float
    """From each opening to the end of the last customer, or to the closing of who has none."""

    @property
    def share(self) -> float:
        return self.within / len(self.waits)


def simulate(day: Draws, policy: Policy, before: SimulatedDay | None = None) -> tuple[Outcome, SimulatedDay]:
    """What comes of a day under a policy, and what was heard of it; on the board yesterday is there too."""
    teller = _Teller(day)
    midnight = Midnight(day=day.date, zone=PARIS)
    since = live_since(PLAN, datetime.combine(day.date, time.min, PARIS))
    area = Area.of(PLAN, before.events if before else (), since)

    def decide(now: float) -> int:
        nonlocal area
        area = area.after(teller.news())
        return policy.counters(area, midnight.plus(now).astimezone(UTC))

    outcome = staffed(day, decide, teller.tell)
    return outcome, SimulatedDay(date=day.date, plan=PLAN, events=tuple(teller.events))


Decide = Callable[[float], int]
What = Literal["issued", "called", "ended", "opened", "closed"]
Tell = Callable[[float, What, int, int], None]
"""When, what, to which ticket, at which counter, each by its number; -1 for none."""


def staffed(day: Draws, decide: Decide, tell: Tell | None = None) -> Outcome:
    """What comes of a day.

    From the last ticket on nobody is asked: whoever is staffed then serves those in line, and goes when nobody is left.
    """
    hall = _Staffed(day, tell)
    arrivals, busy = day.arrivals, hall.busy
    asked = OPENS
    while True:
        arrives = arrivals[hall.arrived] if hall.arrived < len(arrivals) else inf
        ends = busy[0][0] if busy else inf
        now = min(arrives, ends, asked)
        if now == inf:
            break
        if now == ends:
            hall.end(now)
        elif now == asked:
            hall.staff(now, decide(now) if now < LAST_TICKET else max(hall.wanted, 1))
            asked = now + EVERY if now < LAST_TICKET else inf
        else:
            hall.arrive(now)
        while hall.free and hall.called < hall.arrived:
            hall.call(now)
        if now >= LAST_TICKET and hall.called == hall.arrived:
            hall.staff(now, 0)
    return Outcome(
        waits=tuple(hall.waits),
        within=sum(wait <= LIMIT for wait in hall.waits),
        counter_hours=hall.staffed_s / 3600,
    )


class _Staffed:
    """The state of such a hall: tickets are called in the order of their numbers."""

    def __init__(self, day: Draws, tell: Tell | None) -> None:
        self.day, self.tell = day, tell
        self.wanted = self.arrived = self.called = 0
        self.waits: list[float] = []
        self.staffed_s = 0.0
        self.free: list[int] = []
        self.busy: list[tuple[float, int, int]] = []
        """When each is done, the counter and the ticket."""
        self._opened: dict[int, float] = {}

    def staff(self, now: float, wanted: int) -> None:
        self.wanted = min(max(wanted, 0), len(COUNTERS))
        while self.free and len(self._opened) > self.wanted:
            self._close(now, max(self.free))
        for number in range(len(COUNTERS)):
            if len(self._opened) >= self.wanted:
                break
            if number not in self._opened:
                self._opened[number] = now
                heappush(self.free, number)
                if self.tell:
                    self.tell(now, "opened", -1, number)

    def arrive(self, now: float) -> None:
        if self.tell:
            self.tell(now, "issued", self.arrived, -1)
        self.arrived += 1

    def call(self, now: float) -> None:
        number, ticket = heappop(self.free), self.called
        heappush(self.busy, (now + self.day.services[ticket], number, ticket))
        self.waits.append(now - self.day.arrivals[ticket])
        self.called += 1
        if self.tell:
            self.tell(now, "called", ticket, number)

    def end(self, now: float) -> None:
        _, number, ticket = heappop(self.busy)
        if self.tell:
            self.tell(now, "ended", ticket, number)
        heappush(self.free, number)
        if len(self._opened) > self.wanted:
            self._close(now, number)

    def _close(self, now: float, number: int) -> None:
        self.free.remove(number)
        self.free.sort()
        self.staffed_s += now - self._opened.pop(number)
        if self.tell:
            self.tell(now, "closed", -1, number)


class _Teller:
    """Tells what happened as the devices do."""

    def __init__(self, day: Draws) -> None:
        self.events: list[Event] = []
        self._day = day
        self._midnight = Midnight(day=day.date, zone=PARIS)
        self._told: Counter[str] = Counter()
        self._read = 0

    def tell(self, now: float, what: What, ticket: int, counter: int) -> None:
        at = self._midnight.plus(now).astimezone(UTC)
        for fact in self._facts(what, f"{self._day.date:%y%m%d}-A{ticket + 1:03}", COUNTERS[counter]):
            device = KIOSK if what == "issued" else f"poste-{COUNTERS[counter]}"
            self._told[device] += 1
            number = self._told[device]
            event_id = f"{self._day.date:%y%m%d}-{number}"
            self.events.append(Event(at=at, area=PLAN.area, device=device, id=event_id, fact=fact, sequence=number))

    def news(self) -> list[Event]:
        """What was told since it was last asked for."""
        new, self._read = self.events[self._read :], len(self.events)
        return new

    @staticmethod
    def _facts(what: What, ticket: str, counter: str) -> tuple[Fact, ...]:
        match what:
            case "issued":
                return (TicketIssued(ticket=ticket, number=ticket[7:], queue="accueil"),)
            case "called":
                return TicketCalled(ticket=ticket, counter=counter), ServiceStarted(ticket=ticket, counter=counter)
            case "ended":
                return (ServiceEnded(ticket=ticket, counter=counter),)
            case "opened":
                return (CounterOpened(counter=counter, queues=("accueil",)),)
            case "closed":
                return (CounterClosed(counter=counter),)
