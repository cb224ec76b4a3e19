"""How many counters a hall needs: the fewest that keep the promise, found by simulating each course from now on.

A course is a set of counters opened, closed or moved to other queues now. Of each, the same futures are simulated; the
share of a queue's customers called in time, of those in line and not late yet and of those who come within the
horizon, says whether it is enough.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from math import inf

import numpy as np
from msgspec import Struct

from ticketing.area import Area
from ticketing.arrays import Flags, Floats
from ticketing.attending import Course, Step
from ticketing.explanation import Formulas, formulas
from ticketing.forecast import MANY, calls_of, levels, wait_of
from ticketing.futures import Futures, futures
from ticketing.levels import Levels
from ticketing.load import Load
from ticketing.outlook import Outlook
from ticketing.situation import Seat, Situation
from ticketing.waits import ZERO

HORIZON = timedelta(minutes=30)
FUTURES, FEWEST = 60, 16
CALLS = 250
"""Calls in a future beyond which fewer futures do: more of them would take long, and many customers tell as much."""
MOST = 2
"""Counters more than now, beyond which nobody has them; or fewer, beyond which it is soon enough to see."""
CANDIDATES = 4
"""Counters that are looked at for a queue."""
MOST_COURSES = 12
"""Courses that are simulated at a time."""
WORTH_IT, WORTH_HARM = 0.05, 0.15
"""Gain of a share below which a course is not worth a counter, and not worth taking one from a queue that misses it."""


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
    formulas: Formulas


Known = Mapping[Course, Mapping[str, Effect]]


class WhatIf(Struct, frozen=True, kw_only=True):
    """Of one queue, as things go and on another course."""

    queue: str
    present: Effect
    then: Effect


def what_if(area: Area, load: Load, now: datetime, course: Course, seed: int = 0) -> tuple[WhatIf, ...]:
    """What a course would change, for every queue that can be forecast; nothing when a line is too long for it."""
    outlook = Outlook.of(area, load, now)
    if not outlook.queues or len(outlook.situation.waiting) > MANY:
        return ()
    found = effects(outlook, [(), course], 2 * futures_for_each(outlook.situation), seed)
    return tuple(WhatIf(queue=queue, present=found[()][queue], then=found[course][queue]) for queue in outlook.queues)


def futures_for_each(situation: Situation) -> int:
    """How many futures are simulated of each course: the fewer, the more calls there are in each."""
    return max(min(FUTURES, FUTURES * CALLS // calls_of(situation)), FEWEST)


def advise(area: Area, load: Load, now: datetime, seed: int = 0) -> dict[str, Advice]:
    """By queue with a promise: the present course and, where it falls short, the best with one and two counters more;
    where it does not, the one with a counter less that keeps the promise, too. Nothing when a line is too long for it.
    """
    outlook = Outlook.of(area, load, now)
    targets = {queue: target for queue in outlook.queues if (target := _target(outlook, queue)) is not None}
    search = _Search(outlook, targets, seed)
    return search.advice() if targets and len(outlook.situation.waiting) <= MANY else {}


def _target(outlook: Outlook, queue: str) -> float | None:
    """The share promised; of a telephone queue without one, the share to be answered at all."""
    promised = outlook.promised(queue)
    return promised.share if promised and promised.share is not None else outlook.to_answer(queue)


class _Search:
    """Courses for all queues of a hall together: each is simulated once, whichever queue it is for."""

    def __init__(self, outlook: Outlook, targets: Mapping[str, float], seed: int) -> None:
        self._outlook, self._targets, self._seed = outlook, targets, seed
        self._number = futures_for_each(outlook.situation)
        limits = [limit for queue in targets if (limit := outlook.within(queue))]
        # whoever is not called by then is late
        self._until_s = (HORIZON + max(limits, default=ZERO)).total_seconds()

    def advice(self) -> dict[str, Advice]:
        found: dict[str, list[Effect]] = {}
        courses = {queue: [*self._one_more(queue, ()), *self._one_less(queue, ())] for queue in self._targets}
        known = self._effects(_mixed(courses))
        for queue, target in self._targets.items():
            present = known[()][queue]
            found[queue] = self._farther(queue, target, [present], known)
        for _ in range(1, MOST):
            led = {queue: effects for queue, effects in found.items() if len(effects) > 1}
            courses = {queue: self._beyond(queue, effects) for queue, effects in led.items()}
            if any(courses.values()):
                known = self._effects(_mixed(courses))
                for queue, effects in led.items():
                    found[queue] = self._farther(queue, self._targets[queue], effects, known)
        return {queue: self._advice(queue, self._targets[queue], effects) for queue, effects in found.items()}

    def _farther(self, queue: str, target: float, effects: list[Effect], known: Known) -> list[Effect]:
        """With a counter more where the last course is not enough; with one less instead where it spares one."""
        last = effects[-1]
        taken = [course for course in known if len(course) == len(last.course) + 1 and course[:-1] == last.course]
        if not _enough(last, target):
            best = self._best(queue, [course for course in taken if course[-1].open], known)
            worth_it = WORTH_HARM if best and self._harm(best, known) else WORTH_IT
            return [*effects, best] if best and _gain(best, last) >= worth_it else effects
        if last.course and last.course[-1].open:
            return effects
        # a counter that serves other queues alone spares this one nothing
        fewer = [course for course in taken if known[course][queue].counters < last.counters]
        best = self._best(queue, fewer, known)
        spared = best is not None and _enough(best, target) and not self._harm(best, known)
        return [effects[0], best] if best and spared else effects

    def _beyond(self, queue: str, effects: Sequence[Effect]) -> list[Course]:
        """What is looked at next: the fewer counters, the better, as long as they are enough."""
        last = effects[-1]
        if not _enough(last, self._targets[queue]):
            return self._one_more(queue, last.course)
        return [] if last.course[-1].open else self._one_less(queue, last.course)

    def _advice(self, queue: str, target: float, found: Sequence[Effect]) -> Advice:
        """The last course is enough, or the best that was found."""
        return Advice(
            queue=queue,
            target=target,
            recommended=found[-1].counters,
            effects=tuple(found),
            formulas=formulas(self._outlook, queue, target, HORIZON),
        )

    def _one_more(self, queue: str, course: Course) -> list[Course]:
        return [(*course, step) for step in _openings(self._outlook, queue, course)][:CANDIDATES]

    def _one_less(self, queue: str, course: Course) -> list[Course]:
        return [(*course, step) for step in _closings(self._outlook, queue, course)][:CANDIDATES]

    def _effects(self, courses: Sequence[Course]) -> dict[Course, dict[str, Effect]]:
        """By course, the present one too, and queue."""
        return effects(self._outlook, [(), *courses], self._number, self._seed, self._until_s)

    def _best(self, queue: str, courses: Sequence[Course], known: Known) -> Effect | None:
        """The course best for a queue, of those that take fewest other queues below their targets."""
        simulated = [known[course][queue] for course in courses if course in known]
        return min(simulated, key=lambda one: (self._harm(one, known), -(one.within or 0.0)), default=None)

    def _harm(self, effect: Effect, known: Known) -> int:
        """How many queues a course takes below their target, or farther below it."""
        pairs = [(known[()][queue].within, known[effect.course][queue].within, queue) for queue in self._targets]
        return sum(
            before is not None and after is not None and after < min(before, self._targets[queue])
            for before, after, queue in pairs
        )


def _enough(effect: Effect, target: float) -> bool:
    return effect.within is None or effect.within >= target


def _gain(effect: Effect, before: Effect) -> float:
    """By how much more of the customers are called in time."""
    return (effect.within or 0.0) - (before.within or 0.0)


def _mixed(courses: Mapping[str, Sequence[Course]]) -> list[Course]:
    """Some of every queue's, the first of each first; each once, and no more than can be simulated."""
    turns = zip_longest(*courses.values())
    return list(dict.fromkeys(course for turn in turns for course in turn if course))[:MOST_COURSES]


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


def effects(
    outlook: Outlook, courses: Sequence[Course], number: int, seed: int, until_s: float = inf
) -> dict[Course, dict[str, Effect]]:
    """By course and queue, from the same `number` futures for all."""
    horizon_s = HORIZON.total_seconds()
    drawn = futures(outlook, number=number, courses=courses, horizon_s=horizon_s, until_s=until_s, seed=seed)
    return {
        course: {queue: _effect(outlook, queue, drawn, place, course) for queue in outlook.queues}
        for place, course in enumerate(courses)
    }


def _effect(outlook: Outlook, queue: str, drawn: Futures, place: int, course: Course) -> Effect:
    situation = outlook.situation
    called = drawn.called[place]
    waits = wait_of(called[:, drawn.newcomers[queue]], situation.day.clock_start(situation.at), situation)
    return Effect(
        counters=_counters(outlook, queue, course),
        course=course,
        within=_within(outlook, queue, drawn, called),
        waits=levels(waits),
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
    promised = outlook.promised(queue)
    if outlook.to_answer(queue) is not None and (promised is None or promised.share is None):
        return np.inf
    return promised.within.total_seconds() if promised else None


def _answered(called: Floats, leaves: Floats) -> Flags:
    """Who is called at all, and still there."""
    return (called <= leaves) & np.isfinite(called)
