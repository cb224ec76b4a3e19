"""When counters will be staffed: as planned, as on past days, or as now; always corrected by what is open now.

Times are seconds from now. A plan says when a counter should be there; what it does now says how far to believe that:
one that went on into its break is about to take it, one that is late may come any moment and the later the less
likely, and one that opened though nothing was planned stays until its plan says something else.
"""

from collections.abc import Sequence
from math import inf

from msgspec import Struct

from ticketing.counter import State

Span = tuple[float, float]

LINGERING_S = 900.0
"""A counter still open so long after its break began is about to take it; beyond, it has other orders."""
SHORT_S = 1800.0
"""A break this short is taken when it suits: a pause shortly before it is it."""
PAUSE_S = 600.0
"""Mean of what is left of a pause that nothing planned."""
LATENESS_S = 1200.0
"""Mean of what is left until a counter that should be there comes, when it is not later than that itself."""
AT_CLOSING_S = 600.0
"""A counter that ends so shortly before the area closes ends with it."""
SENT_HOME_S = 600.0
"""A counter that closed so long after it should have begun is not late: it was sent home."""


class Absence(Struct, frozen=True):
    """Goes away at the first free moment from `away` on and is `back` at an instant, inf for not today.

    `stays`: it then goes when nobody is left in line.
    """

    away: float
    back: float
    stays: bool = False


class Attendance(Struct, frozen=True):
    """A counter from now on: there after `ready` seconds and an exponential time of this `mean`; then its absences."""

    ready: float
    mean: float = 0.0
    absences: tuple[Absence, ...] = ()


NEVER = Attendance(inf)


class Closings(Struct, frozen=True):
    """When an area closes and until when, inf after the last; and whether those in line are then served first."""

    spans: tuple[Span, ...] = ()
    finishing: tuple[bool, ...] = ()


def attendance(state: State, since: float, spans: Sequence[Span], closings: Closings) -> Attendance:
    """Of a counter in a state since an instant, -inf if for ever, that should be staffed in `spans`."""
    present = next((span for span in spans if span[0] <= 0 < span[1]), None)
    coming = [span for span in spans if span[0] > 0]
    match state:
        case "closed" if present and since < present[0] + SENT_HOME_S:
            # it should be there: it is late
            return Attendance(0.0, max(LATENESS_S, -present[0]), _absences([present, *coming], closings))
        case "closed":
            return _from_next(coming, closings)
        case "paused" if present:
            return _paused(present, coming, closings)
        case "paused":
            return _from_next(coming, closings)
        case _:
            before = max((end for _, end in spans if end <= 0), default=-inf)
            return Attendance(0.0, 0.0, _absences(_going_on(present, coming, before, closings), closings))


def away_for(seconds: float, spans: Sequence[Span], closings: Closings) -> Attendance:
    """Of a counter that goes away now, for so long; inf: until its next span."""
    present = next((span for span in spans if span[0] <= 0 < span[1]), None)
    coming = [span for span in spans if span[0] > 0]
    if seconds == inf:
        return _from_next(coming, closings)
    if present is None or seconds >= present[1]:
        left = [(max(start, seconds), end) for start, end in coming if end > seconds]
        return _from_next(left, closings)
    return Attendance(seconds, 0.0, _absences([present, *coming], closings))


def _going_on(present: Span | None, coming: list[Span], before: float, closings: Closings) -> list[Span]:
    """The spans of a counter that is there, whatever its plan says."""
    if present:
        return [present, *coming]
    if -before < LINGERING_S:
        # its break has begun: it goes when nobody is before it, or in line at a closing
        return [(before, before), *coming]
    if coming:
        return [(0.0, coming[0][1]), *coming[1:]]
    return [(0.0, next((closes for closes, _ in closings.spans if closes > 0), inf))]


def _paused(present: Span, coming: list[Span], closings: Closings) -> Attendance:
    end = present[1]
    if coming and end < LINGERING_S:
        # the break that is planned, begun early
        return _from_next(coming, closings)
    if coming and end < SHORT_S and coming[0][0] - end <= SHORT_S:
        present, coming = (present[0], coming[0][1]), coming[1:]
    return Attendance(0.0, PAUSE_S, _absences([present, *coming], closings))


def _from_next(coming: Sequence[Span], closings: Closings) -> Attendance:
    return Attendance(coming[0][0], 0.0, _absences(coming, closings)) if coming else NEVER


def _absences(spans: Sequence[Span], closings: Closings) -> tuple[Absence, ...]:
    """Between spans, and after the last one."""
    found = []
    for number, (_, end) in enumerate(spans):
        back = spans[number + 1][0] if number + 1 < len(spans) else inf
        stays = any(
            served and closes - AT_CLOSING_S <= end < opens
            for (closes, opens), served in zip(closings.spans, closings.finishing, strict=True)
        )
        found.append(Absence(end, back, stays))
    return tuple(found)
