"""The hall that is staffed by a policy: its constants, and who comes on a day, whatever is decided."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from msgspec import Struct

from deploy.demo.place import MINUTE, hm
from deploy.demo.simulation import chances, lognormal
from tests.bench.halls.days import working_days
from tests.bench.halls.law import Arrivals, Length, Piece
from tests.bench.halls.places import ALL_DAY, COMMITMENT, HALF_HOUR, weekly
from ticketing.plan import Desk, Plan, Queue

OPENS = ALL_DAY[0][0]
LAST_TICKET = hm(16)
EVERY = 10 * MINUTE
COUNTERS = tuple(f"g{number + 1}" for number in range(8))
SERVICE = Length.of(8 * MINUTE, 0.6)
LIMIT = 15 * MINUTE
SHARE = 0.95
ARRIVAL_DAYS, SERVICE_DAYS = 0.10, 0.08
HOURLY = (24, 28, 36, 44, 46, 42, 34, 26, 20, 20, 28, 38, 40, 32, 22)
"""Tickets an hour of a mean day, by half-hour since opening."""

PLAN = Plan(
    site="banc",
    area="staffed",
    kind="hall",
    name="staffed",
    hours=weekly(ALL_DAY),
    queues=(Queue(id="accueil", name="accueil"),),
    desks=tuple(Desk(id=counter, name=counter, queues=("accueil",)) for counter in COUNTERS),
    commitments=(COMMITMENT,),
)


class Draws(Struct, frozen=True, kw_only=True):
    """Who comes on a day and how long each takes: the same whatever is decided. Seconds."""

    date: date
    busy: float
    slow: float
    """This day's rates and services, relative to the mean day's."""
    arrivals: tuple[float, ...]
    services: tuple[float, ...]


def draws(day: date, seed: int) -> Draws:
    chance = chances(day, seed, "staffed")
    busy, slow = lognormal(chance, 1.0, ARRIVAL_DAYS), lognormal(chance, 1.0, SERVICE_DAYS)
    arrivals = rates(busy)
    coming: list[float] = []
    now = OPENS
    while found := arrivals.next(now, chance):
        now = found[0]
        coming.append(now)
    return Draws(
        date=day,
        busy=busy,
        slow=slow,
        arrivals=tuple(coming),
        services=tuple(SERVICE.draw(chance) * slow for _ in coming),
    )


def rates(busy: float = 1.0) -> Arrivals:
    edges = [OPENS + number * HALF_HOUR for number in range(len(HOURLY) + 1)]
    pieces = (
        Piece(begins, ends, (busy * hourly / 3600,))
        for (begins, ends), hourly in zip(pairwise(edges), HOURLY, strict=True)
    )
    return Arrivals(((0, "none"),), tuple(pieces))


def series(seed: int, number: int) -> Iterator[Draws]:
    for day, _ in zip(working_days(), range(number), strict=False):
        yield draws(day, seed)
