"""The live figures of an area at an instant, computed from its visits and counters."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.counter import is_open
from ticketing.figures import AreaFigures, CallFigures, CounterFigures, QueueFigures, RateTarget, Silence
from ticketing.plan import Commitment, Queue, Target
from ticketing.unclosed import begun, counted
from ticketing.visit import Leg, Visit
from ticketing.waits import (
    Survival,
    Wait,
    hall_service_level,
    leg_wait,
    mean,
    quantile,
    telephone_service_levels,
)


class _Stay(Struct):
    """One leg of one visit, with its wait by the clock."""

    visit: Visit
    leg: Leg
    first: bool
    wait: Wait | None


def figures(
    area: Area, now: datetime, silent: Sequence[Silence] = (), standing_since: datetime | None = None
) -> AreaFigures:
    """What a board shows of an area at `now`, given the events known of until then.

    With later events too, it is the final account of the visits that began until then on that day.

    The figures are incomplete since the first of the `silent` devices was heard last, or since all data stand still.
    """
    plan = area.plan
    now = now.astimezone(UTC)
    day = plan.hours.day_at(now).in_utc()
    today = begun(area, day, now)
    visits = counted(today, plan, day, now)
    cancelled = sum(visit.cancelled for visit in today)
    calls = _calls(visits, off_hours=len(today) - cancelled - len(visits)) if plan.kind == "switchboard" else None
    stays: defaultdict[str, list[_Stay]] = defaultdict(list)
    for visit in visits:
        for index, leg in enumerate(visit.legs):
            if leg.queue:
                stays[leg.queue].append(_Stay(visit, leg, not index, leg_wait(visit, index, day, now)))
    missing = min([s.since for s in silent] + ([standing_since] if standing_since else []), default=None)
    counters = _counters(area, now)
    queues = []
    for queue in _queues(area, counters, stays.keys()):
        # on a day without opening hours there is nothing to keep: no denominator
        commitment = plan.commitment(queue.id, day.date) if day.spans else None
        of_queue = _queue(queue, stays[queue.id], counters, commitment)
        if calls:
            of_queue = _telephone(of_queue, stays[queue.id], calls, commitment)
            of_queue = replace(
                of_queue,
                answer_rate_agent_target=_target(plan.target("answer_rate", queue.id, day.date)),
                lost_rate_target=_target(plan.target("lost_rate", queue.id, day.date)),
            )
        queues.append(of_queue)
    return AreaFigures(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        at=now.astimezone(plan.hours.zone),
        open=day.is_open(now),
        complete=missing is None,
        incomplete_since=missing.astimezone(plan.hours.zone) if missing else None,
        silent_devices=tuple(replace(s, since=s.since.astimezone(plan.hours.zone)) for s in silent),
        queues=tuple(queues),
        counters=counters,
        waiting=sum(queue.waiting for queue in queues),
        longest_wait_s=max((q.longest_wait_s for q in queues if q.longest_wait_s is not None), default=None),
        abandoned_today=sum(queue.abandoned_today for queue in queues),
        presumed_abandoned_today=sum(queue.presumed_abandoned_today for queue in queues),
        left_at_closing_today=sum(bool(visit.legs) and visit.legs[-1].end == "end_of_day" for visit in visits),
        arrival_unknown_today=sum(visit.arrived is None for visit in visits),
        cancelled_today=cancelled,
        calls_today=calls or UNSET,
    )


def _counters(area: Area, now: datetime) -> tuple[CounterFigures, ...]:
    rows = []
    for desk in area.desks:
        counter = area.counters.get(desk.id)
        rows.append(
            CounterFigures(
                counter=desk.id,
                name=desk.name,
                configured=desk.configured,
                state=counter.state if counter else "closed",
                # a device's clock may run a little before ours
                since=min(counter.since, now).astimezone(area.plan.hours.zone) if counter and counter.since else None,
                queues=area.served_at(desk),
            )
        )
    return tuple(rows)


def _queues(area: Area, counters: Sequence[CounterFigures], used: Iterable[str]) -> list[Queue]:
    """Every queue configured, then every other that a visit was in or a counter says it serves."""
    configured = {queue.id for queue in area.plan.queues}
    seen = {queue for counter in counters for queue in counter.queues} | set(used)
    return [*area.plan.queues, *(Queue(id=q, name=q, configured=False) for q in sorted(seen - configured))]


def _queue(
    queue: Queue, stays: Sequence[_Stay], counters: Sequence[CounterFigures], commitment: Commitment | None
) -> QueueFigures:
    in_line = [stay for stay in stays if stay.leg.waiting]
    called = [stay for stay in stays if stay.leg.called]
    last = max(called, key=lambda stay: (stay.leg.called, stay.visit.key), default=None)
    seconds = [stay.wait.length.total_seconds() for stay in called if stay.wait]
    first = [stay.wait for stay in stays if stay.first and stay.wait]
    ends = Counter(stay.leg.end for stay in stays)
    return QueueFigures(
        queue=queue.id,
        name=queue.name,
        configured=queue.configured,
        waiting=len(in_line),
        longest_wait_s=_tenth(max((stay.wait.length.total_seconds() for stay in in_line if stay.wait), default=None)),
        last_called_wait_s=_tenth(last.wait.length.total_seconds() if last and last.wait else None),
        called_today=len(called),
        abandoned_today=ends["abandoned"] + ends["presumed"],
        presumed_abandoned_today=ends["presumed"],
        left_at_closing_today=ends["end_of_day"],
        no_show_today=ends["no_show"],
        mean_wait_today_s=_tenth(mean(seconds)),
        p90_wait_today_s=_tenth(quantile(seconds, 0.9)),
        service_level_today=hall_service_level(first, commitment) if commitment else None,
        counters_open=sum(is_open(c.state) and queue.id in c.queues for c in counters),
    )


def _telephone(
    queue: QueueFigures, stays: Sequence[_Stay], calls: CallFigures, commitment: Commitment | None
) -> QueueFigures:
    """The same figures with those of a telephone queue, where who left early says something of the wait of all."""
    offered = [stay for stay in stays if stay.first]
    in_line = [stay.wait for stay in offered if stay.leg.waiting and stay.wait]
    waits = [stay.wait for stay in offered if not stay.leg.waiting and stay.wait]
    answered = [wait.length.total_seconds() for wait in waits if wait.ended]
    survival = Survival.of(stay.wait for stay in stays if stay.wait)
    handled = sum(_answered(stay.visit) for stay in offered)
    decided = sum(_answered(stay.visit) or stay.visit.state == "ended" for stay in offered)
    return replace(
        queue,
        mean_wait_today_s=_tenth(survival.mean),
        p90_wait_today_s=_tenth(survival.quantile(0.9)),
        service_level_today=telephone_service_levels(waits, in_line, commitment) if commitment else None,
        offered_today=len(offered),
        answered_today=handled,
        answer_rate_agent=_rate(handled, decided),
        answer_rate_global=_rate(calls.reached, calls.known),
        lost_rate=_rate(decided - handled, decided),
        mean_speed_of_answer_today_s=_tenth(mean(answered)),
    )


def _calls(visits: Sequence[Visit], off_hours: int) -> CallFigures:
    offered = [visit for visit in visits if visit.legs]
    ends = [visit.legs[-1].end for visit in offered if not _answered(visit)]
    return CallFigures(
        received=len(visits),
        informed=sum(visit.informed and not visit.legs for visit in visits),
        offered=len(offered),
        waiting=sum(visit.state == "waiting" for visit in offered),
        talking=sum(visit.state == "serving" for visit in offered),
        in_voice_server=sum(visit.state == "voice_server" and not visit.informed for visit in visits),
        answered=len(offered) - len(ends),
        abandoned=ends.count("abandoned") + ends.count("presumed"),
        presumed_abandoned=ends.count("presumed"),
        overflowed=ends.count("overflowed"),
        lost=sum(end is not None for end in ends),
        off_hours=off_hours,
    )


def _target(target: Target | None) -> RateTarget | None:
    return RateTarget(target.value, target.provenance) if target else None


def _answered(visit: Visit) -> bool:
    return any(leg.started for leg in visit.legs)


def _rate(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def _tenth(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
