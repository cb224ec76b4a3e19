"""What came lately: how many waited in each queue, and what became of the calls of a switchboard, five minutes each."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from msgspec import Struct

from ticketing.area import Area
from ticketing.unclosed import begun, counted
from ticketing.visit import Visit

STEP = timedelta(minutes=5)
TWO_HOURS = timedelta(hours=2)
AN_HOUR = timedelta(hours=1)
NOBODY = (0,) * (TWO_HOURS // STEP + 1)


def last_step(now: datetime) -> datetime:
    """The last full five minutes at an instant, in UTC."""
    now = now.astimezone(UTC)
    return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)


def waiting_lately(area: Area, now: datetime) -> Mapping[str, tuple[int, ...]]:
    """By queue, how many waited at each full five minutes of the last two hours, the oldest first: 25 numbers.

    As the figures count them: of visits that began on the day of `now`, those that nobody closed ended where they are
    taken to have. A queue in which nobody waited then is not there. Before midnight there is nobody.
    """
    first = last_step(now) - TWO_HOURS
    points = len(NOBODY)
    moves: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (points + 1))
    for visit in _today(area, now):
        for leg in visit.legs:
            # whose ticket was not seen waits since it was heard of
            came, gone = leg.entered or visit.began, leg.called or leg.ended
            if not leg.queue or (gone is not None and gone <= first):
                continue
            # of an interval without its end: the first full step from each instant on
            begins = max(-((first - came) // STEP), 0)
            ends = points if gone is None else min(-((first - gone) // STEP), points)
            if begins < ends:
                moves[leg.queue][begins] += 1
                moves[leg.queue][ends] -= 1
    return {queue: tuple(accumulate(of_queue[:points])) for queue, of_queue in moves.items()}


class Slot(Struct, frozen=True, kw_only=True):
    """Calls of five minutes: that came in, that asked for an agent, that an agent answered, that were lost then.

    Each is counted when it happened: a call may be offered in one slot and answered in the next.
    """

    start: datetime
    received: int = 0
    offered: int = 0
    answered: int = 0
    lost: int = 0


def calls_lately(area: Area, now: datetime) -> tuple[Slot, ...]:
    """The twelve slots of the last hour, the oldest first; the last is the one that `now` is in.

    Of calls that came in opening hours, as the day's figures count them.
    """
    first = last_step(now) - AN_HOUR + STEP
    slots = AN_HOUR // STEP
    counts = [[0, 0, 0, 0] for _ in range(slots)]
    for visit in _today(area, now):
        for kind, at in enumerate(_moments(visit)):
            if at is not None and first <= at <= now:
                counts[(at - first) // STEP][kind] += 1
    zone = area.plan.hours.zone
    return tuple(
        Slot(start=(first + n * STEP).astimezone(zone), received=r, offered=o, answered=a, lost=lost)
        for n, (r, o, a, lost) in enumerate(counts)
    )


def _moments(visit: Visit) -> tuple[datetime | None, datetime | None, datetime | None, datetime | None]:
    """When a call was received, offered, answered and lost."""
    if not visit.legs:
        return visit.began, None, None, None
    started = next((leg.started for leg in visit.legs if leg.started), None)
    lost = None if started else visit.legs[-1].ended
    first = visit.legs[0]
    return visit.arrived or visit.began, first.entered or first.called or first.started, started, lost


def _today(area: Area, now: datetime) -> list[Visit]:
    now = now.astimezone(UTC)
    day = area.plan.hours.day_at(now).in_utc()
    return counted(begun(area, day, now), area.plan, day, now)
