"""Milliseconds of foreseeing a hall once: a small one, the largest of a prefecture, and 2,000 people in line."""

from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from msgspec import Struct

from tests.bench.measuring import ratio, repeated, show
from ticketing.area import Area
from ticketing.attending import Step
from ticketing.events import (
    CounterOpened,
    Event,
    Fact,
    ServiceEnded,
    ServiceStarted,
    TicketCalled,
    TicketIssued,
    TicketNoShow,
)
from ticketing.forecast import forecast
from ticketing.hours import Hours
from ticketing.lesson import Lesson
from ticketing.live import figures
from ticketing.load import Load
from ticketing.plan import Commitment, Desk, Plan, Queue
from ticketing.staffing import advise, what_if

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 23)
NOW = datetime.combine(DAY, time(11), PARIS)
HISTORY, ROUNDS = 20, 25


class Size(Struct, frozen=True, kw_only=True):
    name: str
    queues: int
    counters: int
    waiting: int
    served: int


SIZES = (
    Size(name="4 queues, 7 counters", queues=4, counters=7, waiting=15, served=150),
    Size(name="12 queues, 20 counters", queues=12, counters=20, waiting=150, served=500),
    Size(name="the same, 2,000 in line", queues=12, counters=20, waiting=2000, served=500),
)


class _Hall:
    """Every counter serves three of the queues, so that all of them hang together."""

    def __init__(self, size: Size) -> None:
        self._chance, self._ids, self._size = Random(size.name), count(1), size
        names = [f"q{n}" for n in range(size.queues)]
        hours = Hours(zone=PARIS, weekly={day: ((time(8, 30), time(16, 30)),) for day in range(5)})
        self._desks = tuple(
            Desk(id=f"g{n}", name=f"G{n}", queues=tuple(self._chance.sample(names, 3)), planned=hours)
            for n in range(size.counters)
        )
        promised = Commitment(within=timedelta(minutes=15), share=0.95, provenance="bench", valid_from=date(2026, 1, 1))
        self.plan = Plan(
            site="bench",
            area="hall",
            kind="hall",
            name="hall",
            hours=hours,
            queues=tuple(Queue(id=name, name=name) for name in names),
            desks=self._desks,
            commitments=(promised,),
        )

    def _event(self, at: datetime, fact: Fact) -> Event:
        return Event(at=at, area="hall", device="bench", id=f"{next(self._ids)}", fact=fact)

    def load(self) -> Load:
        days = [DAY - timedelta(days=n) for n in range(1, HISTORY + 1)]
        return Load.of([Lesson.of(Area.of(self.plan, self._past(day, 8 * self._size.counters)), day) for day in days])

    def _past(self, day: date, visits: int) -> list[Event]:
        opens = datetime.combine(day, time(8, 30), PARIS)
        return [*self._opening(opens), *self._served(opens, visits, 480)]

    def _opening(self, at: datetime) -> list[Event]:
        return [self._event(at, CounterOpened(counter=desk.id, queues=desk.queues)) for desk in self._desks]

    def _served(self, since: datetime, visits: int, minutes: float) -> list[Event]:
        found = []
        for n in range(visits):
            desk, ticket = self._chance.choice(self._desks), f"{since:%d}-{n}"
            issued = since + timedelta(minutes=self._chance.uniform(0, minutes - 25))
            called = issued + timedelta(minutes=self._chance.uniform(0, 12))
            gone = self._chance.random() < 0.08
            ended = called + timedelta(minutes=0.8 if gone else self._chance.lognormvariate(2, 0.5))
            last = TicketNoShow(ticket=ticket) if gone else ServiceEnded(ticket=ticket, counter=desk.id)
            found += [
                self._event(issued, TicketIssued(ticket=ticket, number=ticket, queue=self._chance.choice(desk.queues))),
                self._event(called, TicketCalled(ticket=ticket, counter=desk.id)),
                self._event(ended, last),
            ]
        return found

    def area(self) -> Area:
        """At eleven: everybody at a counter is being served, and the rest wait."""
        opens = datetime.combine(DAY, time(8, 30), PARIS)
        events = [*self._opening(opens), *self._served(opens, self._size.served, 140)]
        for n, desk in enumerate(self._desks):
            called = NOW - timedelta(minutes=self._chance.uniform(0.2, 9))
            ticket = TicketIssued(ticket=f"s{n}", number=f"s{n}", queue=self._chance.choice(desk.queues))
            events += [
                self._event(called - timedelta(minutes=9), ticket),
                self._event(called, TicketCalled(ticket=ticket.ticket, counter=desk.id)),
                self._event(called + timedelta(seconds=15), ServiceStarted(ticket=ticket.ticket, counter=desk.id)),
            ]
        for n in range(self._size.waiting):
            first = self._chance.random() < 0.1
            queue = self._chance.choice(self.plan.queues).id
            fact = TicketIssued(ticket=f"w{n}", number=f"w{n}", queue=queue, priority="priority" if first else "none")
            events.append(self._event(NOW - timedelta(minutes=self._chance.uniform(0, 40)), fact))
        return Area.of(self.plan, events)


def run() -> None:
    rows = [_row(size) for size in SIZES]
    show(
        f"refresh: ms of each, {ROUNDS} rounds, median (slowest)",
        ("", "figures", "forecast", "ratio", "halls a second", "recommendations", "what if"),
        rows,
        "figures: the live figures without what is foreseen, as a baseline; halls a second: one core, forecasts alone",
    )


def _row(size: Size) -> tuple[str, ...]:
    hall = _Hall(size)
    area, load = hall.area(), hall.load()
    course = (Step(counter="g3", open=False),)
    bare = repeated(lambda: figures(area, NOW), ROUNDS)
    made = repeated(lambda: forecast(area, load, NOW), ROUNDS)
    return (
        size.name,
        _ms(bare),
        _ms(made),
        ratio(made, bare),
        f"{1 / median(made):.0f}",
        _ms(repeated(lambda: advise(area, load, NOW), ROUNDS)),
        _ms(repeated(lambda: what_if(area, load, NOW, course), ROUNDS)),
    )


def _ms(seconds: list[float]) -> str:
    return f"{median(seconds) * 1e3:.1f} ({max(seconds) * 1e3:.1f})"
