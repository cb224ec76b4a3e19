"""The counters of a situation as arrays for the simulation: until when each is held or away, and whom it serves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from math import inf

import numpy as np
from msgspec import Struct

from ticketing.arrays import Floats, Ints
from ticketing.hours import Day as OfArea
from ticketing.ignoring import away_longer
from ticketing.outlook import Outlook
from ticketing.simulation import FIRST, Desks
from ticketing.situation import Seat, Situation
from ticketing.windows import Attendance, Closings, Span, attendance, away_for

PUNCTUALITY_S = 120.0
"""How far off its plan a counter goes away, one standard deviation, and comes back late, on average."""
IDLE_S = 300.0
"""A counter that lets people wait for so long, though it is free, has nobody at it."""
HABIT = 5
"""Past days from which on there is a habit."""
ENOUGH_ABSENCES = 30
"""Past absences below which nothing is drawn from them."""
ALIKE = 3
"""Past days that must be like today for a counter, for the others to be left out."""

Day = Mapping[str, Sequence[Span]]


class Step(Struct, frozen=True, kw_only=True):
    """A counter changed by hand: what if it were open, and served these queues; or away, for so many seconds."""

    counter: str
    open: bool
    queues: tuple[str, ...] = ()
    """Empty: those that it serves anyway."""
    for_s: float = inf
    """Of one that goes away; inf: until its next planned span."""


Course = tuple[Step, ...]
"""What would be done now, all of it at once; nothing is the present course."""


def desks(outlook: Outlook, number: int, courses: Sequence[Course], chance: np.random.Generator) -> Desks:
    """In `number` futures for each course, one course after the other; two lines a queue, who comes first first."""
    seats, queues = outlook.situation.seats, outlook.queues
    days = scenarios(outlook)
    closings = _closings(outlook)
    # most counters do on every course what they do anyway
    anyway = [[_attends(seat, one, None, outlook, closings) for seat in seats] for one in days]
    lasting = np.stack([_held(seat, outlook, number, chance) for seat in seats], axis=1)
    late = chance.standard_exponential((number, len(seats)))
    # a plan is kept but for some minutes; a past day tells its own
    loose = np.array([[PUNCTUALITY_S * (len(days) == 1 or seat.desk.planned is not None)] for seat in seats])
    shift = chance.standard_normal((number, len(seats), 1)) * loose
    day, place = _days_drawn(days, outlook, number, chance), np.arange(len(seats))
    strictness_s = outlook.load.strictness_s
    parts = []
    ranks = np.full((len(courses), len(seats), 2 * len(queues)), inf)
    for version, course in enumerate(courses):
        steps = {step.counter: step for step in course}
        found = [
            [
                _attends(seat, one, step, outlook, closings) if (step := steps.get(seat.desk.id)) else usual
                for seat, usual in zip(seats, present, strict=True)
            ]
            for one, present in zip(days, anyway, strict=True)
        ]
        ready, mean, away, back, stays = _arrays(found)
        free = np.maximum(lasting, ready[day, place] + mean[day, place] * late)
        goes, comes = away[day, place], back[day, place]
        goes = goes + shift
        comes = np.maximum(comes + late[:, :, None] * loose, goes)
        parts.append((free, goes, comes, stays[day, place]))
        for index, seat in enumerate(seats):
            step = steps.get(seat.desk.id)
            serves = [queue for queue in (step.queues if step and step.queues else seat.queues) if queue in queues]
            for rank, queue in enumerate(serves):
                line = 2 * queues.index(queue)
                ranks[version, index, line : line + 2] = rank * strictness_s - FIRST, rank * strictness_s
    breaks = max(goes.shape[2] for _, goes, _, _ in parts)
    return Desks(
        free=np.concatenate([free for free, _, _, _ in parts]),
        ranks=ranks,
        version=np.repeat(np.arange(len(courses)), number),
        away=np.concatenate([_padded(goes, breaks, inf) for _, goes, _, _ in parts]),
        back=np.concatenate([_padded(comes, breaks, inf) for _, _, comes, _ in parts]),
        stays=np.concatenate([_padded(stays, breaks, False) for _, _, _, stays in parts]),
    )


def scenarios(outlook: Outlook) -> list[Day]:
    """The spans in which each counter may be staffed today: as planned; where nothing is, as on each of the past days.

    A plan bears more than habits: in a simulated hall with one, the forecast's error was 4 % less. A past day on which
    the area had other hours tells nothing. A counter that is in no mapping does as it pleases.
    """
    plan, situation, midnight_s = outlook.plan, outlook.situation, outlook.midnight_s
    planned: dict[str, Sequence[Span]] = {}
    for seat in situation.seats:
        spans = plan.planned(seat.desk, situation.day)
        if spans is not None:
            planned[seat.desk.id] = [(outlook.after(a), outlook.after(b)) for a, b in spans]
    if len(planned) == len(situation.seats):
        return [planned]
    hours = _before_end(situation.day)
    habits = [
        habit
        for habit in outlook.load.habits(situation.day.date)
        if _before_end(plan.hours.day(habit.date).in_utc()) == hours
    ]
    if len(habits) < HABIT:
        return [planned]
    known = {name for habit in habits for name in habit.staffed}
    unplanned = [seat.desk.id for seat in situation.seats if seat.desk.id in known.difference(planned)]
    return [
        planned | {name: _from_now(habit.staffed.get(name, ()), midnight_s) for name in unplanned} for habit in habits
    ]


def _from_now(spans: Iterable[Span], midnight_s: float) -> list[Span]:
    """Those that are not over; seconds from midnight in, seconds from now out. The last that is over tells when."""
    shifted = [(a + midnight_s, b + midnight_s) for a, b in spans]
    over = sum(b <= 0 for _, b in shifted)
    return shifted[max(over - 1, 0) :]


def _before_end(day: OfArea) -> list[tuple[timedelta, timedelta]]:
    """The opening spans of a day as times before its end, which compare with those of another day."""
    return [(a - day.end, b - day.end) for a, b in day.spans]


def _days_drawn(days: Sequence[Day], outlook: Outlook, number: int, chance: np.random.Generator) -> Ints:
    """Which day each counter lives through in each future: those on which it was there at this hour, or not, as now."""
    drawn = []
    for seat in outlook.situation.seats:
        like = [n for n, day in enumerate(days) if seat.open == any(a <= 0 < b for a, b in day.get(seat.desk.id, ()))]
        chosen: Ints = np.array(like if len(like) >= ALIKE else list(range(len(days))))
        drawn.append(chosen[chance.permutation(number) % len(chosen)])
    found: Ints = np.stack(drawn, axis=1)
    return found


def _attends(seat: Seat, day: Day, step: Step | None, outlook: Outlook, closings: Closings) -> Attendance:
    """A counter's attendance on one course in one scenario."""
    spans = day.get(seat.desk.id)
    since = -inf if seat.since is None else outlook.after(seat.since)
    if spans is None:
        # nobody knows: it goes on as now, in the area's hours
        opening = [(outlook.after(a), outlook.after(b)) for a, b in outlook.situation.day.spans]
        spans = opening or [(-inf, inf)]
        if seat.state == "closed" and step is None:
            spans = []
    if step is not None and not step.open:
        return away_for(step.for_s, spans, closings)
    if step is not None:
        return attendance("free", 0.0, spans, closings)
    idle = seat.state == "free" and since < -IDLE_S
    if idle and _absences(seat, outlook) is None and _ignored(seat, outlook.situation):
        return attendance("paused", since, spans, closings)
    return attendance(seat.state, since, spans, closings)


def _absences(seat: Seat, outlook: Outlook) -> Floats | None:
    """Past ones that a counter may be in that is silent and ignores people; None where it does not, or of too few."""
    longer = away_longer(outlook.load.absences, seat.ignored_s)
    known = seat.ignored_s > 0 and len(outlook.load.absences) >= ENOUGH_ABSENCES
    return longer if known and len(longer) else None


def _ignored(seat: Seat, situation: Situation) -> bool:
    """Whether somebody that it serves has waited for as long as it might have called them."""
    before = situation.at - timedelta(seconds=IDLE_S)
    return any(one.queue in seat.queues and one.since < before for one in situation.waiting)


def _closings(outlook: Outlook) -> Closings:
    spans = [(outlook.after(a), outlook.after(b)) for a, b in outlook.situation.day.spans]
    closed = tuple((end, start) for (_, end), (start, _) in pairwise([*spans, (inf, inf)]))
    return Closings(closed, tuple(opens == inf or outlook.load.finishing for _, opens in closed))


def _held(seat: Seat, outlook: Outlook, number: int, chance: np.random.Generator) -> Floats:
    """Seconds until it has done with whom it has: what is left of a service that has lasted so long; (number,)."""
    gaps = outlook.load.gaps[chance.integers(0, len(outlook.load.gaps), number)]
    if not seat.busy:
        since = inf if seat.since is None else -outlook.after(seat.since)
        if (longer := _absences(seat, outlook)) is not None:
            return np.maximum(longer[chance.integers(0, len(longer), number)] - since, outlook.load.gap_s)
        return np.maximum(gaps - since, 0.0) if seat.state == "free" else np.zeros(number)
    own = outlook.services.get(seat.queue or "") or next(iter(outlook.services.values()))
    lasted = max(-outlook.after(seat.called or outlook.situation.at), 0.0)
    lengths = own.shape * own.mean_s
    if not outlook.load.tells_ends and not any(one.queue in seat.queues for one in outlook.situation.waiting):
        # it may have been free for long
        drawn: Floats = np.maximum(lengths[chance.integers(0, len(lengths), number)] - lasted + gaps, 0.0)
        return drawn
    beyond = int(np.searchsorted(lengths, lasted, side="right"))
    if beyond < len(lengths) - 2:
        found: Floats = lengths[chance.integers(beyond, len(lengths), number)] - lasted + gaps
        return found
    # longer than nearly any that was seen
    return chance.standard_exponential(number) * own.mean_s / 2 + gaps


def _arrays(found: Sequence[Sequence[Attendance]]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Of (days, counters): when ready, mean of what comes on top, when away, back, and whether it stays before."""
    shape = len(found), len(found[0]), 1 + max(len(one.absences) for day in found for one in day)
    ready, mean = np.zeros(shape[:2]), np.zeros(shape[:2])
    away, back, stays = np.full(shape, inf), np.full(shape, inf), np.zeros(shape, dtype=bool)
    for d, day in enumerate(found):
        for c, one in enumerate(day):
            ready[d, c], mean[d, c] = one.ready, one.mean
            for k, absence in enumerate(one.absences):
                away[d, c, k], back[d, c, k], stays[d, c, k] = absence.away, absence.back, absence.stays
    return ready, mean, away, back, stays


def _padded(part: Floats, breaks: int, value: float) -> Floats:
    return np.pad(part, ((0, 0), (0, 0), (0, breaks - part.shape[2])), constant_values=value)
