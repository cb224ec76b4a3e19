"""Who comes to a hall on a day: walk-ins and appointments, each with the reason, the kiosk used and the patience."""

from collections.abc import Iterator
from datetime import date
from random import Random

from msgspec import Struct

from deploy.demo.place import MINUTE, Hall, Service, hm
from deploy.demo.simulation import arrivals, busyness, chances, hump, lognormal
from ticketing.events import Priority

BEFORE_OPENING = 14 * MINUTE
LAST_TICKET = 9 * MINUTE
"""Before closing, for noon and the evening alike."""
BEFORE_REOPENING = 9 * MINUTE
APPOINTMENTS_MISSED = 0.07
PATIENCE, PATIENCE_SPREAD = 55 * MINUTE, 0.9
LEAVING_AT_ONCE = 0.035
GIVING_BACK = 0.2
REASON_ASKED = 0.7


class Visitor(Struct, frozen=True, kw_only=True):
    arrives: float
    service: Service
    kiosk: str
    patience: float
    """From a leg's beginning; whoever runs out of it leaves and tells nobody."""
    gives_back: bool
    """Hands the ticket back at the kiosk before leaving."""
    reason: str | None
    priority: Priority = "none"
    appointment: float | None = None


def visitors(hall: Hall, day: date, seed: int) -> list[Visitor]:
    """In the order of arrival."""
    busy = busyness(day, chances(day, seed, f"{hall.area}/busy"))
    coming: list[Visitor] = []
    for service in hall.services:
        chance = chances(day, seed, f"{hall.area}/{service.queue}")
        coming.extend(_walk_ins(hall, service, busy, chance))
        coming.extend(_appointments(hall, service, busy, chance))
    return sorted(coming, key=lambda visitor: visitor.arrives)


def _walk_ins(hall: Hall, service: Service, busy: float, chance: Random) -> Iterator[Visitor]:
    def rate(at: float) -> float:
        if hall.noon - LAST_TICKET <= at < hall.reopens - BEFORE_REOPENING:
            return 0.0
        if at < hall.opens - BEFORE_OPENING / 3:
            return 0.8 + 0.4 * service.peak
        if at < hall.opens:
            return 0.3
        morning, afternoon = hump(at, hm(9, 55), 45 * MINUTE), hump(at, hm(14, 15), 40 * MINUTE)
        return 1 + service.peak * (morning + 0.5 * afternoon)

    expected = busy * service.visits * (1 - service.booked)
    for at in arrivals(chance, expected, rate, hall.opens - BEFORE_OPENING, hall.closes - LAST_TICKET):
        yield _visitor(hall, service, chance, at, urgent=chance.random() < service.urgent)


def _appointments(hall: Hall, service: Service, busy: float, chance: Random) -> Iterator[Visitor]:
    slots = [*_slots(hall.opens, hall.noon), *_slots(hall.reopens, hall.closes)]
    expected = busy * service.visits * service.booked / len(slots) / (1 - APPOINTMENTS_MISSED)
    for slot in slots:
        booked = int(expected) + (chance.random() < expected % 1)
        for _ in range(booked):
            at = slot - 7 * MINUTE + chance.gauss(0, 5) * MINUTE
            if slot < hall.noon:
                at = min(max(at, hall.opens - BEFORE_OPENING), hall.noon - LAST_TICKET)
            else:
                at = min(max(at, hall.reopens - BEFORE_REOPENING), hall.closes - LAST_TICKET)
            visitor = _visitor(hall, service, chance, at + chance.uniform(0, 60), appointment=slot)
            if chance.random() >= APPOINTMENTS_MISSED:
                yield visitor


def _slots(begins: float, ends: float) -> list[float]:
    """Every ten minutes, none in the last twenty."""
    every = 10 * MINUTE
    return [begins + every * n for n in range(int((ends - 20 * MINUTE - begins) / every) + 1)]


def _visitor(
    hall: Hall, service: Service, chance: Random, at: float, *, urgent: bool = False, appointment: float | None = None
) -> Visitor:
    leaves_at_once = chance.random() < LEAVING_AT_ONCE
    walk_in: Priority = "priority" if urgent else "none"
    return Visitor(
        arrives=at,
        service=service,
        kiosk=chance.choices(list(hall.kiosks), list(hall.kiosks.values()))[0],
        patience=chance.uniform(1, 6) * MINUTE if leaves_at_once else lognormal(chance, PATIENCE, PATIENCE_SPREAD),
        gives_back=chance.random() < GIVING_BACK,
        reason=chance.choice(service.reasons) if chance.random() < REASON_ASKED else None,
        priority=walk_in if appointment is None else "appointment",
        appointment=appointment,
    )
