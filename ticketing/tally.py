"""A day tallied: what became of each visit, leg by leg, and the counts, sums and histograms that months are made of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from math import fsum
from typing import Any

import msgspec
from msgspec import Struct

from ticketing.area import Area
from ticketing.events import Event, visit_of
from ticketing.histogram import NOBODY, Histogram
from ticketing.hours import Day, midnight
from ticketing.plan import Commitment, Plan
from ticketing.unclosed import begun, counted
from ticketing.visit import A_DAY, Leg, Visit
from ticketing.waits import Wait, clock_start, leg_wait

RULES = 1
"""Of what is counted here: grows when the same events are tallied otherwise, and all days are then made anew."""
MOMENT = timedelta(microseconds=1)
HALF_HOUR_MIN = 30
OF_AREA = ""
"""In the place of a queue: what is told of visits as a whole, and of legs whose queue is not known."""


class VisitRow(Struct, frozen=True, kw_only=True):
    """One leg of a visit, or a visit without one; as the table `visit` holds it. `late` is of first legs judged."""

    visit: str
    leg: int
    left_out: str | None = None
    queue: str | None = None
    priority: str
    appointment: datetime | None = None
    entered: datetime | None = None
    clock_start: datetime | None = None
    called: datetime | None = None
    recalls: int = 0
    counter: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    outcome: str | None = None
    wait_s: float | None = None
    late: bool | None = None


class Counts(Struct, kw_only=True):
    """What is counted of the legs that entered a queue in some time; what is told of visits is of their first legs.

    `judged`, `within`: against the commitment of the day, in halls tickets whose wait is known against it, on the
    telephone calls offered. `late_uncalled`: of those judged, late and never called; `short`: of calls judged, gone
    within the time. `answered` and `lost`: calls that an agent answered, and that nobody did. `received` to
    `arrival_unknown` are of an area, in no queue. `total_wait`: of visits called at all, their waits together.
    """

    tickets: int = 0
    legs: int = 0
    called: int = 0
    judged: int = 0
    within: int = 0
    late_uncalled: int = 0
    short: int = 0
    served: int = 0
    no_show: int = 0
    abandoned: int = 0
    presumed: int = 0
    left_at_closing: int = 0
    transferred: int = 0
    requeued: int = 0
    overflowed: int = 0
    priority: int = 0
    appointments: int = 0
    answered: int = 0
    lost: int = 0
    received: int = 0
    informed: int = 0
    in_voice_server: int = 0
    off_hours: int = 0
    cancelled: int = 0
    arrival_unknown: int = 0
    answers: int = 0
    service_n: int = 0
    total_wait_n: int = 0


class Sums(Struct, kw_only=True):
    """Seconds: of waits that ended in a call, of first calls answered, of services, of all waits of a visit."""

    wait_sum_s: float = 0.0
    answer_sum_s: float = 0.0
    service_sum_s: float = 0.0
    total_wait_sum_s: float = 0.0
    wait_max_s: float | None = None
    service_max_s: float | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """Of one queue, or OF_AREA, and the half-hour of the wall's clock, 0 to 47, in which its customers entered.

    `waits` are of those called, `gone` of those who were not.
    """

    queue: str
    half_hour: int
    counts: Counts
    sums: Sums
    waits: Histogram = NOBODY
    gone: Histogram = NOBODY


class DayTally(Struct, frozen=True, kw_only=True):
    """Of one area and one day: the visits that began on it, whatever became of them later; each in a stable order."""

    area: str
    day: dt.date
    tallies: tuple[Tally, ...]
    visits: tuple[VisitRow, ...]


class _Cell:
    """One tally, while it is counted."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.waits: list[float] = []
        self.gone: list[float] = []
        self.answers: list[float] = []
        self.services: list[float] = []
        self.totals: list[float] = []

    def tally(self, queue: str, half_hour: int) -> Tally:
        self.counts.answers, self.counts.service_n = len(self.answers), len(self.services)
        self.counts.total_wait_n = len(self.totals)
        return Tally(
            queue=queue,
            half_hour=half_hour,
            counts=self.counts,
            sums=Sums(
                wait_sum_s=fsum(self.waits),
                wait_max_s=max(self.waits, default=None),
                answer_sum_s=fsum(self.answers),
                service_sum_s=fsum(self.services),
                service_max_s=max(self.services, default=None),
                total_wait_sum_s=fsum(self.totals),
            ),
            waits=Histogram.of(self.waits),
            gone=Histogram.of(self.gone),
        )


def tallied(plan: Plan, on: dt.date, events: Iterable[Event]) -> DayTally:
    """The final account of a day that is over, of the events of the day and its neighbours, see `bearing_on`."""
    day = plan.hours.day(on).in_utc()
    today = begun(Area(plan=plan, visits=_visits(plan, day, events)), day, day.end - MOMENT)
    visits = counted(today, plan, day, day.end)
    inside = {visit.key for visit in visits}
    cells: defaultdict[tuple[str, int], _Cell] = defaultdict(_Cell)
    rows: list[VisitRow] = []
    for visit in visits:
        whole = cells[OF_AREA, _half_hour(visit.began, plan.hours.zone)].counts
        _count_visit(whole, visit, plan)
        rows += _legs(visit, plan, day, cells)
    for visit in today:
        if visit.key not in inside:
            whole = cells[OF_AREA, _half_hour(visit.began, plan.hours.zone)].counts
            whole.cancelled += visit.cancelled
            whole.off_hours += not visit.cancelled
            why = "cancelled" if visit.cancelled else "off_hours"
            rows += [_row(visit, index, leg, left_out=why) for index, leg in enumerate(visit.legs or (None,))]
    return DayTally(
        area=plan.area,
        day=on,
        tallies=tuple(cells[key].tally(*key) for key in sorted(cells)),
        visits=tuple(sorted(rows, key=lambda row: (row.visit, row.leg))),
    )


def _visits(plan: Plan, day: Day, events: Iterable[Event]) -> dict[str, Visit]:
    """Those of which anything happened on a day, with all that is known of them."""
    by_visit: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if key := visit_of(event.fact):
            by_visit[key].append(event)
    begin = midnight(day.date, plan.hours.zone).astimezone(UTC)
    return {key: Visit.of(told) for key, told in by_visit.items() if any(begin <= event.at < day.end for event in told)}


def _count_visit(whole: Counts, visit: Visit, plan: Plan) -> None:
    whole.arrival_unknown += visit.arrived is None
    if plan.kind == "switchboard":
        whole.received += 1
        whole.informed += visit.informed and not visit.legs
        whole.in_voice_server += visit.state == "voice_server" and not visit.informed


def _legs(visit: Visit, plan: Plan, day: Day, cells: defaultdict[tuple[str, int], _Cell]) -> Iterable[VisitRow]:
    """Counts the legs of a visit, and tells them."""
    if not visit.legs:
        yield _row(visit, 0, None, outcome="informed" if visit.informed else "left" if visit.left else None)
        return
    waits = [leg_wait(visit, index, day, day.end) for index in range(len(visit.legs))]
    for index, (leg, wait) in enumerate(zip(visit.legs, waits, strict=True)):
        entered = leg.entered or leg.called or leg.ended or visit.began
        cell = cells[leg.queue or OF_AREA, _half_hour(entered, plan.hours.zone)]
        _count_leg(cell, leg, wait)
        late = None
        if not index:
            late = _judge(cell.counts, wait, _promised(plan, leg.queue, day), plan.kind)
            _count_first(cell, visit, wait)
            if ended := [one.length.total_seconds() for one in waits if one and one.ended]:
                cell.totals.append(fsum(ended))
        wait_s = wait.length.total_seconds() if wait else None
        yield _row(visit, index, leg, wait_s=wait_s, late=late, clock_start=clock_start(visit, index, day))


def _count_leg(cell: _Cell, leg: Leg, wait: Wait | None) -> None:
    counts = cell.counts
    counts.legs += 1
    counts.called += leg.called is not None
    if wait:
        (cell.waits if wait.ended else cell.gone).append(wait.length.total_seconds())
    match leg.end:
        case "served":
            counts.served += 1
            if leg.started and leg.ended:
                cell.services.append(max((leg.ended - leg.started).total_seconds(), 0.0))
        case "end_of_day":
            counts.left_at_closing += 1
        case None:
            pass  # it goes on into the next day
        case end:
            setattr(counts, end, getattr(counts, end) + 1)


def _count_first(cell: _Cell, visit: Visit, wait: Wait | None) -> None:
    counts = cell.counts
    counts.tickets += 1
    counts.priority += visit.priority == "priority"
    # some devices tell at which time, others only that there is one
    counts.appointments += visit.priority == "appointment" or visit.appointment is not None
    answered = any(leg.started for leg in visit.legs)
    counts.answered += answered
    counts.lost += not answered and visit.state == "ended"
    if wait and wait.ended:
        cell.answers.append(wait.length.total_seconds())


def _promised(plan: Plan, queue: str | None, day: Day) -> Commitment | None:
    # on a day without opening hours there is nothing to keep: no denominator
    return plan.commitment(queue, day.date) if queue and day.spans else None


def _judge(counts: Counts, wait: Wait | None, promised: Commitment | None, kind: str) -> bool | None:
    """Whether it was late; None where it is not judged."""
    if wait is None or promised is None:
        return None
    beyond = wait.length > promised.within
    in_time = wait.ended and not beyond
    counts.within += in_time
    counts.late_uncalled += beyond and not wait.ended
    if kind == "switchboard":
        counts.judged += 1
        counts.short += not wait.ended and not beyond
        return not in_time
    counts.judged += in_time or beyond
    return beyond if in_time or beyond else None


def _half_hour(at: datetime, zone: tzinfo) -> int:
    clock = at.astimezone(zone)
    return (clock.hour * 60 + clock.minute) // HALF_HOUR_MIN


def _row(visit: Visit, index: int, leg: Leg | None, **told: Any) -> VisitRow:
    leg = leg or Leg()
    return VisitRow(
        visit=visit.key,
        leg=index,
        queue=leg.queue,
        priority=visit.priority,
        appointment=visit.appointment,
        entered=leg.entered,
        called=leg.called,
        recalls=leg.recalls,
        counter=leg.counter,
        started=leg.started,
        ended=leg.ended,
        **{"outcome": leg.end, **told},
    )


def basis(plan: Plan, on: dt.date) -> str:
    """Which rules a day is judged by, in sixteen hexadecimal digits: kind, hours, endings, commitments in force."""
    hours = plan.hours
    spans = hours.spans(on)
    queues = sorted({one.queue for one in plan.commitments if one.queue} | {queue.id for queue in plan.queues} | {""})
    promised = [(queue, found.within) for queue in queues if (found := plan.commitment(queue, on))]
    told = (RULES, plan.kind, str(hours.zone), spans, plan.endings, promised)
    return sha256(msgspec.json.encode(told)).hexdigest()[:16]


def bearing_on(on: dt.date) -> tuple[dt.date, dt.date, dt.date]:
    """Days whose events bear on one: a visit may have been heard of the day before, and goes on after midnight."""
    return on - A_DAY, on, on + A_DAY
