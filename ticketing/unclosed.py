"""The visits of a day as all figures count them; of those that nobody closed, which are over all the same, and how."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from ticketing.area import Area
from ticketing.events import Priority, TicketTransferred
from ticketing.hours import Day, midnight
from ticketing.plan import Endings, Plan
from ticketing.visit import Leg, Visit

Line = tuple[str | None, Priority, str | None]
"""Whom a ticket can be compared with: those of its queue, its priority and, sent to a counter, that counter."""
Call = tuple[datetime, datetime, str]
"""A turn in line, the call, and whose it is; "" for a visit of one leg, which cannot be called in two."""


def begun(area: Area, day: Day, now: datetime) -> list[Visit]:
    """Those that began on a day, until now."""
    begin = midnight(day.date, area.plan.hours.zone).astimezone(UTC)
    return [visit for visit in area.visits.values() if begin <= visit.began <= now]


def counted(visits: Iterable[Visit], plan: Plan, day: Day, now: datetime) -> list[Visit]:
    """Of a day's visits, those that figures speak of: not cancelled and, on the telephone, come in opening hours.

    Those that are over though nobody closed them have ended.
    """
    found = [visit for visit in visits if not visit.cancelled]
    if plan.kind == "switchboard":
        found = [visit for visit in found if day.is_open(visit.began)]
    over = unclosed(found, plan.endings, day, now)
    return [_ending(visit, over[visit.key]) if visit.key in over else visit for visit in found] if over else found


def _ending(visit: Visit, leg: Leg) -> Visit:
    return replace(visit, legs=(*visit.legs[:-1], leg))


def unclosed(visits: Sequence[Visit], rules: Endings, day: Day, now: datetime) -> dict[str, Leg]:
    """By visit, the last leg as it ended, of those of a day's visits that nobody closed and that are over at `now`.

    `presumed`: enough later tickets of its line were called, and `overtaken_for` has passed since the last of these
    calls, which is its end. `end_of_day`: nothing was heard of it for `left_after` since closing, which is its end
    unless it was heard of later; at midnight in any case. Whichever comes first holds.
    """
    left = [visit for visit in visits if visit.legs and visit.legs[-1].end is None and not visit.cancelled]
    overtaken = _overtaken(visits, left, rules.overtaken_by)
    found = {}
    for visit in left:
        closing = max(day.closing, visit.events[-1].at)
        due = min(closing + rules.left_after, day.end)
        since = overtaken.get(visit.key)
        if since and day.after(since, rules.overtaken_for) <= min(now, due):
            found[visit.key] = replace(visit.legs[-1], ended=since, end="presumed")
        elif due <= now:
            found[visit.key] = replace(visit.legs[-1], ended=closing, end="end_of_day")
    return found


def _overtaken(visits: Sequence[Visit], left: Sequence[Visit], by: int) -> dict[str, datetime]:
    """When each visit in line was overtaken by as many others, which came later and were called."""
    lines: defaultdict[Line, list[tuple[datetime, str]]] = defaultdict(list)
    for visit in left:
        last, leg = len(visit.legs) - 1, visit.legs[-1]
        # a ticket whose issue was not seen may have any priority
        if leg.waiting and leg.queue and visit.arrived and (turn := _turn(visit, last)):
            lines[_line(visit, last)].append((turn, visit.key))
    if not lines:
        return {}
    calls = _calls(visits, lines, head=min(turn for waiting in lines.values() for turn, _ in waiting))
    found = {}
    for line, waiting in lines.items():
        later = sorted(calls[line])
        first: list[tuple[datetime, str]] = []
        # from the end of the line: who came after one ticket came after all those before it; of one instant, nobody did
        for turn, key in sorted(waiting, reverse=True):
            while later and later[-1][0] > turn:
                _, called, caller = later.pop()
                if len(first) < by or called < first[-1][0]:
                    _keep(first, called, caller, by)
            if len(first) == by:
                found[key] = first[-1][0]
    return found


def _calls(visits: Sequence[Visit], lines: Iterable[Line], head: datetime) -> dict[Line, list[Call]]:
    """Of those who came after `head` to one of these lines and were called."""
    found: dict[Line, list[Call]] = {line: [] for line in lines}
    for visit in visits:
        legs = visit.legs
        if not legs or not visit.arrived or visit.cancelled:
            continue
        entered, plain = legs[-1].entered, not visit.appointment_at
        if plain and (entered is None or entered <= head):
            continue  # most of a day's visits, as a rule: the line is made of the last
        if plain and entered and len(legs) == 1:
            line: Line = legs[0].queue, visit.priority, None
            if legs[0].called and line in found:
                found[line].append((entered, legs[0].called, ""))
            continue
        for index, leg in enumerate(legs):
            if leg.called and (turn := _turn(visit, index)) and (line := _line(visit, index)) in found:
                # called ahead of its appointment, it overtakes nobody before that
                found[line].append((turn, max(leg.called, turn), visit.key if len(legs) > 1 else ""))
    return found


def _keep(first: list[tuple[datetime, str]], called: datetime, caller: str, by: int) -> None:
    """Keeps the first calls, so many, each of another visit."""
    if caller and (known := next((entry for entry in first if entry[1] == caller), None)):
        first.remove(known)
        called = min(known[0], called)
    insort(first, (called, caller))
    del first[by:]


def _turn(visit: Visit, index: int) -> datetime | None:
    return visit.legs[index].entered if index else visit.turn


def _line(visit: Visit, index: int) -> Line:
    leg = visit.legs[index]
    # who came back to the line was sent nowhere
    sent = index > 0 and visit.legs[index - 1].end == "transferred"
    return leg.queue, visit.priority, _wanted(visit, leg) if sent else None


def _wanted(visit: Visit, leg: Leg) -> str | None:
    """The counter that a leg was sent to."""
    for event in visit.events:
        if isinstance(event.fact, TicketTransferred) and (event.at, event.fact.queue) == (leg.entered, leg.queue):
            return event.fact.counter
    return None
