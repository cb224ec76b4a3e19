"""How many counters a hall needs: the fewest that keep the promise, found by simulating each course from now on.

A course is a set of counters opened, closed or moved to other queues now. Of each, the same futures are simulated; the
share of a queue's customers called in time, of those in line and not late yet and of those who come within the
horizon, says whether it is enough.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ticketing.area import Area
from ticketing.attending import Course, Step
from ticketing.forecast import MANY, levels, wait_of
from ticketing.futures import Futures, futures
from ticketing.levels import Levels
from ticketing.load import Floats, Load
from ticketing.outlook import Outlook
from ticketing.situation import Seat

HORIZON = timedelta(minutes=30)
FUTURES = 64
MOST_MORE = 2
"""Counters more than now, beyond which nobody has them."""
MOST_FEWER = 2
"""Counters fewer than now, beyond which it is soon enough to see."""
CANDIDATES = 4
NEVER_SHARE = 0.05
"""Of the futures, how many a newcomer may not be called in, for something to be said of the wait in the others."""
WORTH_IT = 0.02
"""A course that helps by less is not worth a counter."""


class Effect(Struct, frozen=True, kw_only=True):
    """What a course brings to a queue: counters that serve it, share called in time, a newcomer's P10, P50 and P90."""

    counters: int
    course: Course
    within: float | None
    waits: Levels | None


class Advice(Struct, frozen=True, kw_only=True):
    """Of one queue. `effects`: of the present course, then of the recommended ones, fewest counters first."""

    queue: str
    target: float | None
    recommended: int | None
    effects: tuple[Effect, ...]


class WhatIf(Struct, frozen=True, kw_only=True):
    """Of one queue, as things go and on another course."""

    queue: str
    present: Effect
    then: Effect


def what_if(area: Area, load: Load, now: datetime, course: Course, seed: int = 0) -> tuple[WhatIf, ...]:
    """What a course would change, for every queue that can be forecast; none when a line is too long for it."""
    outlook = Outlook.of(area, load, now)
    effects = _effects(outlook, [(), course], 2 * FUTURES, seed)
    return tuple(
        WhatIf(queue=queue, present=effects[queue][0], then=effects[queue][1]) for queue in outlook.queues if effects
    )


def advise(area: Area, load: Load, now: datetime, seed: int = 0) -> dict[str, Advice]:
    """By queue with a promise: the present course and, where it falls short, what would do; or what else would do."""
    outlook = Outlook.of(area, load, now)
    targets = {queue: target for queue in outlook.queues if (target := _target(outlook, queue)) is not None}
    effects = _effects(outlook, [()], FUTURES, seed)
    if not effects:
        return {}
    return {queue: _advice(outlook, queue, target, effects[queue][0], seed) for queue, target in targets.items()}


def _target(outlook: Outlook, queue: str) -> float | None:
    """The share promised; of a telephone queue without one, the share to be answered at all."""
    on = outlook.situation.day.date
    promised = outlook.plan.commitment(queue, on) if outlook.situation.day.spans else None
    if promised and promised.share is not None:
        return promised.share
    answered = outlook.plan.target("answer_rate", queue, on)
    return answered.value if answered and outlook.situation.day.spans else None


def _advice(outlook: Outlook, queue: str, target: float, present: Effect, seed: int) -> Advice:
    if present.within is None or present.within >= target:
        fewest = _fewest(outlook, queue, target, seed)
        found = [present] if fewest is None else [present, fewest]
        return Advice(queue=queue, target=target, recommended=found[-1].counters, effects=tuple(found))
    found = [present]
    course: Course = ()
    for _ in range(MOST_MORE):
        courses = [(*course, step) for step in _openings(outlook, queue, course)]
        better = _best(outlook, queue, courses[:CANDIDATES], seed)
        if better is None or better.within is None or better.within < (found[-1].within or 0.0) + WORTH_IT:
            break
        found.append(better)
        course = better.course
        if better.within >= target:
            break
    reached = [one for one in found if one.within is not None and one.within >= target]
    recommended = reached[0].counters if reached else found[-1].counters
    return Advice(queue=queue, target=target, recommended=recommended, effects=tuple(found))


def _fewest(outlook: Outlook, queue: str, target: float, seed: int) -> Effect | None:
    """With counters closed that no queue misses; None if all are needed."""
    found: Effect | None = None
    for _ in range(MOST_FEWER):
        course = found.course if found else ()
        courses = [(*course, step) for step in _closings(outlook, queue, course)]
        fewer = _best(outlook, queue, courses, seed, harmless=True)
        if fewer is None or fewer.within is None or fewer.within < target:
            break
        found = fewer
    return found


def _best(
    outlook: Outlook, queue: str, courses: Sequence[Course], seed: int, *, harmless: bool = False
) -> Effect | None:
    """The course best for a queue, of those that take no other queue below its target, or else, unless it is to be
    `harmless`, of all.
    """
    if not courses:
        return None
    effects = _effects(outlook, [(), *courses], FUTURES, seed)
    if not effects:
        return None
    harm = {n: _harm(outlook, queue, effects, n) for n in range(1, len(courses) + 1)}
    best = min(harm, key=lambda n: (harm[n], -(effects[queue][n].within or 0.0), n))
    return None if harmless and harm[best] else effects[queue][best]


def _harm(outlook: Outlook, queue: str, effects: Mapping[str, Sequence[Effect]], course: int) -> int:
    """How many other queues a course takes below their target that are not there already."""
    harmed = 0
    for other in outlook.queues:
        target = _target(outlook, other)
        if other == queue or target is None:
            continue
        before, after = effects[other][0].within, effects[other][course].within
        harmed += before is not None and after is not None and after < min(before, target)
    return harmed


def _openings(outlook: Outlook, queue: str, course: Course) -> Iterable[Step]:
    """Counters that could serve a queue and do not, on a course: closed ones, then paused ones, then those that serve
    others first. One of each kind of counter that are alike.
    """
    alike = set()
    taken = {step.counter for step in course}
    seats = [seat for seat in outlook.situation.seats if seat.desk.id not in taken]
    for seat in sorted(seats, key=lambda seat: (seat.open, seat.state == "paused", _preference(seat, queue))):
        may = dict.fromkeys([*seat.desk.queues, *seat.queues])
        kind = (seat.state if not seat.open else "open", tuple(may), seat.queues, seat.desk.planned is None)
        if queue not in may or kind in alike or (seat.open and seat.queues[:1] == (queue,)):
            continue
        alike.add(kind)
        first = (queue, *(other for other in seat.queues if other != queue))
        yield Step(counter=seat.desk.id, open=True, queues=first if seat.open else tuple(may))


def _closings(outlook: Outlook, queue: str, course: Course) -> list[Step]:
    """Counters that serve a queue and may close, on a course: one of each kind that are alike, never the last."""
    taken = {step.counter for step in course}
    seats = [seat for seat in outlook.situation.seats if seat.desk.id not in taken]
    serving = [seat for seat in seats if seat.open and queue in seat.queues]
    kinds = {(seat.queues, seat.busy): seat for seat in serving}
    return [Step(counter=seat.desk.id, open=False) for seat in kinds.values()] if len(serving) > 1 else []


def _preference(seat: Seat, queue: str) -> int:
    return seat.desk.queues.index(queue) if queue in seat.desk.queues else len(seat.desk.queues)


def _effects(outlook: Outlook, courses: Sequence[Course], number: int, seed: int) -> dict[str, list[Effect]]:
    """By queue, one for each course; empty when nothing can be simulated."""
    if len(outlook.situation.waiting) > MANY or not outlook.queues:
        return {}
    horizon_s = HORIZON.total_seconds()
    drawn = futures(outlook, number=number, courses=courses, horizon_s=horizon_s, seed=seed)
    return {
        queue: [_effect(outlook, queue, drawn, number, course) for number, course in enumerate(courses)]
        for queue in outlook.queues
    }


def _effect(outlook: Outlook, queue: str, drawn: Futures, number: int, course: Course) -> Effect:
    situation = outlook.situation
    called = drawn.called[number]
    waits = wait_of(called[:, drawn.newcomers[queue]], situation.day.clock_start(situation.at), situation)
    return Effect(
        counters=_counters(outlook, queue, course),
        course=course,
        within=_within(outlook, queue, drawn, called),
        waits=levels(waits) if np.isinf(waits).mean() <= NEVER_SHARE else None,
    )


def _counters(outlook: Outlook, queue: str, course: Course) -> int:
    """Open counters that serve a queue, once a course is taken."""
    steps = {step.counter: step for step in course}
    count = 0
    for seat in outlook.situation.seats:
        step = steps.get(seat.desk.id)
        serves = queue in (step.queues if step and step.queues else seat.queues)
        count += serves and (step.open if step else seat.open)
    return count


def _within(outlook: Outlook, queue: str, drawn: Futures, called: Floats) -> float | None:
    """The share called, or answered, in time; None where there is nobody to speak of."""
    situation, limit_s = outlook.situation, _limit_s(outlook, queue)
    if limit_s is None:
        return None
    met = of = 0.0
    for stand in drawn.waiting:
        one, then = stand.waiting, called[:, stand.at]
        if one.queue != queue or not one.promised or -outlook.after(one.clock) > limit_s:
            continue
        in_time = wait_of(then, one.clock, situation) <= limit_s
        met += float((in_time if limit_s < np.inf else _answered(then, drawn.leaves[:, stand.at])).mean())
        of += 1
    place = drawn.later[queue]
    came, then = drawn.entered[:, place], called[:, place]
    soon = came < HORIZON.total_seconds()
    in_time = then <= came + limit_s if limit_s < np.inf else _answered(then, drawn.leaves[:, place])
    met += float((soon & in_time).sum()) / len(came)
    of += float(soon.sum()) / len(came)
    return met / of if of > 0 else None


def _limit_s(outlook: Outlook, queue: str) -> float | None:
    """Seconds within which those of a queue are to be called; inf where they are to be answered, at whatever time."""
    within, on = outlook.within(queue), outlook.situation.day.date
    promised = outlook.plan.commitment(queue, on)
    if outlook.situation.day.spans and outlook.plan.target("answer_rate", queue, on):
        return within.total_seconds() if within and promised and promised.share is not None else np.inf
    return within.total_seconds() if within else None


def _answered(called: Floats, leaves: Floats) -> NDArray[np.bool_]:
    """Who is called at all, and still there."""
    return (called <= leaves) & np.isfinite(called)
