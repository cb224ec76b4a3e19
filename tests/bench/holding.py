"""What one process needs to hold a day's visits live, and how long it takes to show and to change them."""

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

import psutil
from msgspec import Struct

from tests.bench import traffic
from tests.bench.measuring import repeated
from ticketing.area import Area, live_since
from ticketing.events import Event, TicketIssued
from ticketing.hours import Hours
from ticketing.live import figures
from ticketing.plan import Commitment, Plan, Queue
from ticketing.visit import Visit

NOON = datetime(2025, 10, 6, 15, tzinfo=UTC)


class Held(Struct, kw_only=True):
    """Memory in bytes, times in seconds; `pause` is a full collection of garbage, which stops everything."""

    events: int
    events_bytes: int
    live_bytes: int
    figures: float
    loop: float
    taking: float
    visit: float
    pause: float
    visits_in_area: int


def plan(area: str) -> Plan:
    commitment = Commitment(
        within=timedelta(minutes=15), share=0.95, provenance="charte - à confirmer", valid_from=NOON.date()
    )
    return Plan(
        site=traffic.SITE,
        area=area,
        kind="hall",
        name=area,
        hours=Hours(zone=traffic.PARIS),
        queues=tuple(Queue(id=queue, name=queue) for queue in traffic.QUEUES),
        commitments=(commitment,),
    )


def hold(visits: int, areas: int) -> Held:
    rss = psutil.Process(os.getpid()).memory_info
    gc.collect()
    empty = rss().rss
    days = traffic.day_of_visits(visits, areas)
    gc.collect()
    events = rss().rss
    live = {name: Area.of(plan(name), rows, live_since(plan(name), NOON)) for name, rows in days.items()}
    pause = _median(gc.collect, 3)
    full = rss().rss
    area = live["a0"]
    new = Event(
        at=NOON, area="a0", device="borne-1", id="new", fact=TicketIssued(ticket="new", number="B1", queue="sejour")
    )
    return Held(
        events=sum(map(len, days.values())),
        events_bytes=events - empty,
        live_bytes=full - empty,
        figures=median(repeated(lambda: figures(area, NOON), 3)),
        loop=median(repeated(lambda: sum(visit.legs[-1].waiting for visit in area.visits.values()), 5)),
        taking=_median(lambda: area.after([new]), 51),
        visit=_median(lambda: Visit.of([new]), 51),
        pause=pause,
        visits_in_area=len(area.visits),
    )


def _median(action: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        began = perf_counter()
        action()
        found.append(perf_counter() - began)
    return median(found)
