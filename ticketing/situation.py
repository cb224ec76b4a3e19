"""The situation of an area at an instant: who waits, who is served where, and which counters are there."""

from collections import Counter as Counted
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ticketing.area import Area
from ticketing.counter import State, is_open
from ticketing.handling import Handling, handling
from ticketing.hours import Day, midnight
from ticketing.ignoring import Waits, ignored_for, says_when_away
from ticketing.lesson import comes_first
from ticketing.plan import Desk
from ticketing.unclosed import unclosed
from ticketing.visit import Visit
from ticketing.waits import clock_start


class Waiting(Struct, frozen=True, kw_only=True):
    """Somebody in line. `since`: their place, by entry or appointment; `clock`: from when their wait counts."""

    visit: str
    queue: str
    since: datetime
    clock: datetime
    first: bool
    """Called before those without priority."""
    promised: bool
    """In their first leg, which the commitment is about."""


class Seat(Struct, frozen=True, kw_only=True):
    """A counter as it is: `queues` in order of preference, and whom it has before it."""

    desk: Desk
    state: State
    since: datetime | None
    queues: tuple[str, ...]
    queue: str | None = None
    """Of the one served, or on the way."""
    called: datetime | None = None
    """When that one was called."""
    ignored_s: float = 0.0
    """After `since`, the last time at which it let somebody wait, though it looked free and says nothing else."""

    @property
    def open(self) -> bool:
        return is_open(self.state)

    @property
    def busy(self) -> bool:
        return self.state in ("called", "serving")


class Situation(Struct, frozen=True, kw_only=True):
    """`today`: by queue, what was handled since midnight. Instants are in UTC."""

    at: datetime
    day: Day
    waiting: tuple[Waiting, ...]
    seats: tuple[Seat, ...]
    today: Mapping[str, Handling]

    @classmethod
    def of(cls, area: Area, now: datetime) -> "Situation":
        now = now.astimezone(UTC)
        plan = area.plan
        day = plan.hours.day_at(now).in_utc()
        begin = midnight(day.date, plan.hours.zone).astimezone(UTC)
        visits = [v for v in area.visits.values() if begin <= v.began <= now and not v.cancelled]
        over = unclosed(visits, plan.endings, day, now)
        return Situation(
            at=now,
            day=day,
            waiting=tuple(
                found for visit in visits if visit.key not in over and (found := _waiting(visit, day)) is not None
            ),
            seats=tuple(_seats(area, visits, now)),
            today=handling(visits),
        )

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue that somebody waits in or a counter serves, in the order of the counters."""
        served = [queue for seat in self.seats for queue in seat.queues]
        return tuple(dict.fromkeys([*served, *(one.queue for one in self.waiting)]))


def _waiting(visit: Visit, day: Day) -> Waiting | None:
    if not visit.legs:
        return None
    last = len(visit.legs) - 1
    leg = visit.legs[last]
    if not leg.waiting or leg.queue is None or leg.entered is None:
        return None
    clock = clock_start(visit, last, day) or leg.entered
    since = leg.entered if last else visit.turn or leg.entered
    return Waiting(
        visit=visit.key,
        queue=leg.queue,
        since=since.astimezone(UTC),
        clock=clock.astimezone(UTC),
        first=comes_first(visit),
        promised=not last,
    )


def _seats(area: Area, visits: Sequence[Visit], now: datetime) -> list[Seat]:
    """One for each counter of the area."""
    desks = area.desks
    serves = {desk.id: area.served_at(desk) for desk in desks}
    # what nobody tells is looked for among all visits only then
    untold = {name for name, counter in area.counters.items() if counter.queues is None and not serves[name]}
    serves |= {name: queues for name, queues in _called_from(area).items() if name in untold} if untold else {}
    silent = {name for name, one in area.counters.items() if one.state == "free" and not says_when_away(one)}
    # of no use where everybody says when they are away, as most do
    waits = Waits.of((leg for visit in visits for leg in visit.legs), now) if silent else {}
    found = []
    for desk in desks:
        counter, queues = area.counters.get(desk.id), serves[desk.id]
        if counter is None:
            found.append(Seat(desk=desk, state="closed", since=None, queues=queues))
            continue
        visit = area.visits.get(counter.visit) if counter.visit else None
        leg = visit.legs[-1] if visit and visit.legs else None
        ignored_s = 0.0
        if counter.since and desk.id in silent:
            free = counter.since.timestamp()
            ignored_s = ignored_for(waits, queues, free, now.timestamp(), area.plan.kind)
        found.append(
            Seat(
                desk=desk,
                state=counter.state,
                ignored_s=ignored_s,
                since=counter.since,
                queues=queues,
                queue=leg.queue if leg else None,
                called=(leg.called or leg.started) if leg else counter.since,
            )
        )
    return found


def _called_from(area: Area) -> dict[str, tuple[str, ...]]:
    """By counter, the queues that it called from, the most frequent first: what it serves, where nobody says so."""
    counts: defaultdict[str, Counted[str]] = defaultdict(Counted)
    for visit in area.visits.values():
        for leg in visit.legs:
            if leg.called and leg.counter and leg.queue:
                counts[leg.counter][leg.queue] += 1
    return {counter: tuple(queue for queue, _ in queues.most_common()) for counter, queues in counts.items()}
