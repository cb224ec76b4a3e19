"""Two policies to compare with: a plan that is fixed, and the supervisor who acts at sight of the line."""

from datetime import datetime, time, timedelta

from msgspec import Struct

from tests.bench.halls.days import SimulatedDay
from tests.bench.halls.demand import COUNTERS, OPENS
from tests.bench.halls.places import HALF_HOUR
from ticketing.area import Area

TOO_LONG = timedelta(minutes=10)
"""Two thirds of the limit."""


class Fixed(Struct, frozen=True):
    """So many counters in each half-hour since opening."""

    plan: tuple[int, ...]

    def learn(self, day: SimulatedDay) -> None:
        pass

    def counters(self, area: Area, now: datetime) -> int:
        local = now.astimezone(area.plan.hours.zone)
        since = (local - datetime.combine(local, time.min, local.tzinfo)).total_seconds() - OPENS
        return self.plan[int(since / HALF_HOUR)]


class AtSight:
    """One more counter when the head of the line has waited ten minutes, one less when a counter has nobody."""

    def __init__(self, begins_with: int = 4) -> None:
        self._begins_with = begins_with

    def learn(self, day: SimulatedDay) -> None:
        pass

    def counters(self, area: Area, now: datetime) -> int:
        staffed = [counter for counter in area.counters.values() if counter.open]
        if not staffed:
            return self._begins_with
        waiting = [visit.legs[0].entered for visit in area.visits.values() if visit.legs[0].waiting]
        if now - min((since for since in waiting if since), default=now) >= TOO_LONG:
            return min(len(staffed) + 1, len(COUNTERS))
        free = any(counter.state == "free" for counter in staffed)
        return max(len(staffed) - free, 1)
