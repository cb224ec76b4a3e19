"""A day replayed: who was in line, for how long, and which counters were open, from all that is known of it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from statistics import median

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.arrays import Floats, Ints
from ticketing.counter import is_open
from ticketing.day import ALL, STEP, AreaDay, CounterDay, Series, Spell, grid
from ticketing.hours import Day, midnight
from ticketing.live import figures
from ticketing.plan import Desk, Queue
from ticketing.unclosed import begun, counted
from ticketing.visit import Leg, Visit
from ticketing.waits import clock_start, leg_wait

MOMENT = timedelta(microseconds=1)
Stay = tuple[Visit, int, Leg]
"""A visit, which of its legs, and this leg."""


class _Known(Struct, frozen=True, kw_only=True):
    """The part of a day that is known, from midnight on, in UTC. `size`: how many instants of the grid are in it."""

    day: Day
    begin: datetime
    until: datetime
    size: int

    @classmethod
    def of(cls, day: Day, zone: tzinfo, now: datetime) -> "_Known":
        begin = midnight(day.date, zone).astimezone(UTC)
        until = max(min(now.astimezone(UTC), day.end), begin)
        return _Known(day=day, begin=begin, until=until, size=(until - begin) // STEP + 1)

    def place(self, at: datetime) -> int:
        """Which instant of the grid is the first not before `at`; `size`, of none, for any later one."""
        return min(max(-((self.begin - at) // STEP), 0), self.size)


def replayed(area: Area, on: dt.date, now: datetime) -> AreaDay:
    """The day of an area with all that is known of it; one in course until `now`.

    The visits are those that figures count: not cancelled, on the telephone come in opening hours, those that nobody
    closed over by the same rules.
    """
    plan, zone = area.plan, area.plan.hours.zone
    day = plan.hours.day(on).in_utc()
    known = _Known.of(day, zone, now)
    visits = counted(begun(area, day, known.until), plan, day, known.until)
    counters = tuple(_counter(area, desk, known) for desk in area.desks)
    stays = [(visit, index, leg) for visit in visits for index, leg in enumerate(visit.legs) if leg.queue]
    rows = []
    for queue in _queues(area, counters, {leg.queue for _, _, leg in stays if leg.queue}):
        own = [stay for stay in stays if stay[2].queue == queue.id]
        promised = plan.commitment(queue.id, on) if day.spans else None
        limit_s = promised.within.total_seconds() if promised else None
        rows.append(_series(queue, limit_s, own, _staffed(counters, known, queue.id), known))
    limits = {row.limit_s for row in rows}
    limit_s = limits.pop() if len(limits) == 1 else None
    return AreaDay(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        date=on,
        until=known.until.astimezone(zone),
        heard=_heard(area, known),
        spans=plan.hours.day(on).spans,
        at=grid(on, zone),
        whole=_series(Queue(id=ALL, name=ALL), limit_s, stays, _staffed(counters, known), known),
        queues=tuple(rows),
        counters=tuple(_local(counter, zone) for counter in counters),
        figures=figures(area, min(known.until, day.end - MOMENT)),
    )


def _series(queue: Queue, limit_s: float | None, stays: Sequence[Stay], staffed: Ints, known: _Known) -> Series:
    size, until = known.size, known.until
    waiting, entered, called = (np.zeros(size + 1, dtype=np.int64) for _ in range(3))
    first: Floats = np.full(size, inf)
    """When the clock of the one who waited longest had started, in seconds since midnight."""
    waits: dict[int, list[float]] = {}
    for visit, index, leg in stays:
        if leg.entered is not None:
            came, gone = known.place(leg.entered), known.place(leg.called or leg.ended or until + STEP)
            entered[came] += 1
            if came < gone:
                waiting[came] += 1
                waiting[gone] -= 1
                start = clock_start(visit, index, known.day) or leg.entered
                first[came:gone] = np.minimum(first[came:gone], (start - known.begin).total_seconds())
        if leg.called is not None and leg.called <= until:
            place = known.place(leg.called)
            called[place] += 1
            if wait := leg_wait(visit, index, known.day, until):
                waits.setdefault(place, []).append(wait.length.total_seconds())
    lengths = np.arange(size) * STEP.total_seconds() - first
    return Series(
        queue=queue.id,
        name=queue.name,
        configured=queue.configured,
        limit_s=limit_s,
        waiting=tuple(np.cumsum(waiting)[:size].tolist()),
        longest_wait_s=tuple(None if s == -inf else round(max(s, 0.0), 1) for s in lengths.tolist()),
        entered=tuple(entered[:size].tolist()),
        called=tuple(called[:size].tolist()),
        called_wait_s=tuple(round(median(waits[n]), 1) if n in waits else None for n in range(size)),
        counters_open=tuple(staffed.tolist()),
    )


def _counter(area: Area, desk: Desk, known: _Known) -> CounterDay:
    counter = area.counters.get(desk.id)
    spells = [Spell(known.begin, "closed", desk.queues)]
    for at, state in counter.course if counter else ():
        if at > known.until:
            break
        spell = Spell(max(at, known.begin), state.state, desk.queues if state.queues is None else state.queues)
        if (spell.state, spell.queues) == (spells[-1].state, spells[-1].queues):
            continue
        if spell.since == spells[-1].since:
            del spells[-1]
        spells.append(spell)
    return CounterDay(counter=desk.id, name=desk.name, configured=desk.configured, spells=tuple(spells))


def _staffed(counters: Iterable[CounterDay], known: _Known, queue: str | None = None) -> Ints:
    """How many counters were open at each instant of the grid, those that serve a queue or all; (size,)."""
    found = np.zeros(known.size + 1, dtype=np.int64)
    for counter in counters:
        was = False
        for spell in counter.spells:
            now = is_open(spell.state) and (queue is None or queue in spell.queues)
            if now != was:
                found[known.place(spell.since)] += 1 if now else -1
            was = now
    return np.cumsum(found)[: known.size]


def _queues(area: Area, counters: Sequence[CounterDay], used: Iterable[str]) -> list[Queue]:
    """Every queue configured, then every other that a visit was in or a counter served on the day."""
    configured = {queue.id for queue in area.plan.queues}
    served = {queue for counter in counters for spell in counter.spells for queue in spell.queues}
    others = sorted((served | set(used)) - configured)
    return [*area.plan.queues, *(Queue(id=queue, name=queue, configured=False) for queue in others)]


def _heard(area: Area, known: _Known) -> bool:
    of_visits = (event for visit in area.visits.values() for event in visit.events)
    of_counters = (event for counter in area.counters.values() for event in counter.events)
    return any(known.begin <= event.at <= known.until for events in (of_visits, of_counters) for event in events)


def _local(counter: CounterDay, zone: tzinfo) -> CounterDay:
    spells = tuple(replace(spell, since=spell.since.astimezone(zone)) for spell in counter.spells)
    return replace(counter, spells=spells)
