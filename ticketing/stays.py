"""Stays: the legs of today's visits told one by one, with no word of whose they are."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2s
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.events import Priority
from ticketing.forecast import Forecast
from ticketing.hours import Day
from ticketing.plan import Plan
from ticketing.unclosed import begun, counted
from ticketing.visit import Leg, LegEnd, Visit
from ticketing.waits import leg_wait

Place = Literal["waiting", "called", "serving", "ended"]


class CallTimes(Struct, frozen=True, kw_only=True):
    """When somebody in line is called: by then with one chance in ten, in two, and nine in ten."""

    p10: datetime
    p50: datetime
    p90: datetime


class Stay(Struct, frozen=True, kw_only=True):
    """One wait in one queue and what became of it. Instants are in the area's zone, durations in seconds.

    `ticket`: the number that is printed or, `printed` False, an opaque label: of calls, and where no number was heard.
    `wait_s`: by the clock that commitments go by; so far, of somebody in line. `service_s`: start to end, of those
    served. `predicted` and `will_be_late` are of those in line alone, None where nothing is foreseen.
    """

    ticket: str
    printed: bool
    queue: str | None
    state: Place
    priority: Priority
    appointment_at: datetime | None
    entered: datetime | None
    wait_s: float | None
    late: bool | None
    """Beyond the commitment's time; None where it is not judged: no commitment, a later leg, gone within the time."""
    predicted: CallTimes | None = None
    will_be_late: bool | None = None
    counter: str | None
    called: datetime | None
    recalls: int
    started: datetime | None
    ended: datetime | None
    end: LegEnd | None
    service_s: float | None
    then: str | None = None
    """The queue that its customer went on to."""


def label(visit: Visit) -> str:
    """The same for as long as the visit is known; who reads it can tell it from others, and nothing else."""
    return visit.number or blake2s(visit.key.encode(), digest_size=3).hexdigest()[:5]


def stays(area: Area, now: datetime, wanted: Callable[[Leg], bool], forecast: Forecast | None = None) -> list[Stay]:
    """Of the visits that the day's figures count, the legs that are wanted, as they are at an instant, in no order."""
    now = now.astimezone(UTC)
    day = area.plan.hours.day_at(now).in_utc()
    return [
        _foreseen(_stay(area.plan, visit, index, day, now), visit.key, forecast, now)
        for visit in counted(begun(area, day, now), area.plan, day, now)
        for index, leg in enumerate(visit.legs)
        if wanted(leg)
    ]


def line_over(found: Iterable[Stay], instants: Sequence[datetime]) -> tuple[int, ...]:
    """How many of these waited at each of the instants."""
    # by the clock of the world: on the day of 25 hours, those of one zone compare by the wall's
    spans = [
        (one.entered.timestamp(), gone.timestamp() if gone else float("inf"))
        for one in found
        if one.entered
        for gone in [one.called or one.ended]
    ]
    return tuple(sum(entered <= at < gone for entered, gone in spans) for at in (at.timestamp() for at in instants))


def _stay(plan: Plan, visit: Visit, index: int, day: Day, now: datetime) -> Stay:
    leg, zone = visit.legs[index], plan.hours.zone
    wait = leg_wait(visit, index, day, now)
    commitment = plan.commitment(leg.queue, day.date) if leg.queue and day.spans and not index else None
    late = None
    if commitment and wait:
        beyond = wait.length > commitment.within
        late = beyond if beyond or wait.ended or leg.waiting else None
    service = leg.ended - leg.started if leg.end == "served" and leg.started and leg.ended else None
    following = visit.legs[index + 1 :]
    return Stay(
        ticket=label(visit),
        printed=bool(visit.number),
        queue=leg.queue,
        state=_place(leg),
        priority=visit.priority,
        appointment_at=_at(visit.appointment if not index else None, zone),
        entered=_at(leg.entered, zone),
        wait_s=round(wait.length.total_seconds(), 1) if wait else None,
        late=late,
        counter=leg.counter,
        called=_at(leg.called, zone),
        recalls=leg.recalls,
        started=_at(leg.started, zone),
        ended=_at(leg.ended, zone),
        end=leg.end,
        service_s=round(max(service.total_seconds(), 0.0), 1) if service else None,
        then=following[0].queue if following and leg.end in ("transferred", "requeued") else None,
    )


def _foreseen(stay: Stay, visit: str, forecast: Forecast | None, now: datetime) -> Stay:
    ticket = forecast.tickets.get(visit) if forecast and stay.state == "waiting" else None
    if forecast is None or ticket is None or ticket.queue != stay.queue:
        return stay
    times = None
    if ticket.call_s and stay.entered:
        # a forecast may be some seconds old
        low, middle, high = (max(forecast.at + timedelta(seconds=call), now) for call in ticket.call_s)
        zone = stay.entered.tzinfo
        times = CallTimes(p10=low.astimezone(zone), p50=middle.astimezone(zone), p90=high.astimezone(zone))
    return replace(stay, predicted=times, will_be_late=None if ticket.within is None or stay.late else ticket.late)


def _place(leg: Leg) -> Place:
    if leg.end:
        return "ended"
    if leg.started:
        return "serving"
    return "called" if leg.called else "waiting"


def _at(at: datetime | None, zone: tzinfo) -> datetime | None:
    return at.astimezone(zone) if at else None
