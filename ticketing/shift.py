"""The day of a counter so far: in which state it was when, whom it called, and what was planned."""

import datetime as dt
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ticketing.area import Area
from ticketing.counter import State, is_open
from ticketing.hours import midnight
from ticketing.plan import Desk
from ticketing.stays import Stay, label, stays

Span = tuple[datetime, datetime]


class Stretch(Struct, frozen=True, kw_only=True):
    """A while in one state; `ticket` is whose, as a stay names it."""

    state: State
    begins: datetime
    ends: datetime
    ticket: str | None = None

    @property
    def lasting_s(self) -> float:
        return (self.ends.astimezone(UTC) - self.begins.astimezone(UTC)).total_seconds()


class Shift(Struct, frozen=True, kw_only=True):
    """From midnight to an instant, in the area's zone; durations in seconds.

    `open_s`: neither closed nor paused. `mean_service_s`: of those served, start to end. `planned`: the spans of the
    whole day, None where nothing is planned.
    """

    counter: str
    name: str
    configured: bool
    queues: tuple[str, ...]
    date: dt.date
    until: datetime
    state: State
    since: datetime | None
    ticket: str | None
    stretches: tuple[Stretch, ...]
    planned: tuple[Span, ...] | None
    calls: tuple[Stay, ...]
    """Whom it called, the latest first."""
    open_s: float
    paused_s: float
    served: int
    no_shows: int
    mean_service_s: float | None

    @property
    def staffed(self) -> tuple[Span, ...]:
        """When it was open, whatever it did then."""
        found: list[Span] = []
        for one in self.stretches:
            if not is_open(one.state):
                continue
            if found and found[-1][1] == one.begins:
                found[-1] = (found[-1][0], one.ends)
            else:
                found.append((one.begins, one.ends))
        return tuple(found)


def shift(area: Area, counter: str, now: datetime) -> Shift:
    """KeyError for a counter that is neither configured nor heard of."""
    desk = {desk.id: desk for desk in area.desks}[counter]
    zone, day = area.plan.hours.zone, area.plan.hours.day_at(now)
    until = now.astimezone(zone)
    known = area.counters.get(counter)
    stretches = _stretches(area, desk, midnight(day.date, zone), until)
    calls = stays(area, now, lambda leg: leg.counter == counter and leg.called is not None)
    calls.sort(key=lambda one: (one.called or until).timestamp(), reverse=True)
    services = [one.service_s for one in calls if one.service_s is not None]
    last = stretches[-1] if stretches else None
    return Shift(
        counter=desk.id,
        name=desk.name,
        configured=desk.configured,
        queues=area.served_at(desk),
        date=day.date,
        until=until,
        state=known.state if known else "closed",
        since=min(known.since, now).astimezone(zone) if known and known.since else None,
        ticket=last.ticket if last else None,
        stretches=stretches,
        planned=area.plan.planned(desk, day),
        calls=tuple(calls),
        open_s=_lasting(stretches, ("free", "called", "serving")),
        paused_s=_lasting(stretches, ("paused",)),
        served=sum(one.end == "served" for one in calls),
        no_shows=sum(one.end == "no_show" for one in calls),
        mean_service_s=round(sum(services) / len(services), 1) if services else None,
    )


def _stretches(area: Area, desk: Desk, begin: datetime, until: datetime) -> tuple[Stretch, ...]:
    counter, zone = area.counters.get(desk.id), area.plan.hours.zone
    # (from when on, state, visit)
    turns: list[tuple[datetime, State, str | None]] = [(begin, "closed", None)]
    for at, then in counter.course if counter else ():
        if at > until:
            break
        if (then.state, then.visit) != turns[-1][1:]:
            turns.append((max(at.astimezone(zone), begin), then.state, then.visit))
    found = []
    for (since, state, key), (end, _, _) in zip(turns, [*turns[1:], (until, "closed", None)], strict=True):
        if end.astimezone(UTC) - since.astimezone(UTC) > timedelta():
            visit = area.visits.get(key) if key else None
            found.append(Stretch(state=state, begins=since, ends=end, ticket=label(visit) if visit else None))
    return tuple(found)


def _lasting(stretches: Sequence[Stretch], states: Sequence[State]) -> float:
    return round(sum(one.lasting_s for one in stretches if one.state in states), 1)
