"""Days of areas, past ones from the journal and the one in course from the board; replayed beside the event loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from dashboards.board import Board
from ticketing.area import Area, live_since
from ticketing.day import AreaDay
from ticketing.events import Event
from ticketing.hours import midnight
from ticketing.plan import Plan
from ticketing.replayed import replayed
from ticketing.usual import MOST_DAYS, Usual, usual

AT_ONCE = 1
"""Days that are replayed at the same time: each takes most of a core for some tenths of a second."""
KEPT, USUAL_KEPT = 24, 48
FRESH = timedelta(seconds=5)
"""However many look at the day in course, it is replayed no more often."""
LOOKED_BACK = 12
"""Weeks in which a weekday's usual is looked for."""
FARTHEST = timedelta(days=92)
"""How far from a day its neighbours with data are looked for."""
LEAST = timedelta(minutes=2)
"""Of a silence; shorter ones are between two heartbeats."""
A_DAY = timedelta(days=1)


class Gap(Struct, frozen=True):
    """A while, in the area's opening hours, in which a device was not heard."""

    device: str
    since: datetime
    until: datetime


class Days(Protocol):
    """What is kept of past days. Every method raises AwayError while the database is away."""

    async def mark(self, area: str, since: datetime, until: datetime, /) -> Hashable:
        """Changes with the events of an area in [since, until]."""

    async def events(self, area: str, since: datetime, until: datetime, /) -> list[Event]: ...

    async def neighbours(
        self, area: str, since: datetime, until: datetime, farthest: timedelta, /
    ) -> tuple[datetime | None, datetime | None]:
        """When the last event before `since` happened, and the first from `until` on, no farther away than told."""

    async def gaps(
        self, area: str, since: datetime, until: datetime, /
    ) -> Sequence[tuple[str, datetime, datetime | None]]:
        """Device, since when it was not heard, and until when, None if it still is not; of silences within a while."""


class Replays:
    """Days that were asked for lately are kept, for as long as no event of them comes late."""

    def __init__(self, board: Board, days: Days) -> None:
        self._board, self._days = board, days
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[str, date], tuple[Hashable, AreaDay]] = OrderedDict()
        self._latest: dict[str, tuple[Plan, AreaDay]] = {}
        """By area, the day in course as it was last replayed."""
        self._usual: OrderedDict[tuple[str, date], tuple[Hashable, Usual | None]] = OrderedDict()

    def today(self, area: str) -> date:
        return self._now.astimezone(self._board.plans[area].hours.zone).date()

    @property
    def _now(self) -> datetime:
        """As far as the data go."""
        return self._board.standing_since or self._board.clock()

    async def day(self, area: str, on: date) -> AreaDay:
        """AwayError while it cannot be had: only the day in course is known without the database."""
        plan = self._board.plans[area]
        if on == self.today(area) and self._board.loaded:
            return await self._in_course(plan, on)
        return await self._past(plan, on)

    async def _in_course(self, plan: Plan, on: date) -> AreaDay:
        async with self._turns:
            now = self._now
            kept = self._latest.get(plan.area)
            if kept and kept[0] == plan and kept[1].date == on and abs(now - kept[1].until) < FRESH:
                return kept[1]
            found = await asyncio.to_thread(replayed, self._board.areas[plan.area], on, now)
            self._latest[plan.area] = (plan, found)
            return found

    async def _past(self, plan: Plan, on: date) -> AreaDay:
        since, until = live_since(plan, midnight(on, plan.hours.zone)), midnight(on + A_DAY, plan.hours.zone)
        mark = (await self._days.mark(plan.area, since, until), plan)
        key = plan.area, on
        if (kept := self._kept.get(key)) and kept[0] == mark:
            self._kept.move_to_end(key)
            return kept[1]
        async with self._turns:
            events = await self._days.events(plan.area, since, until)
            found = await asyncio.to_thread(lambda: replayed(Area.of(plan, events, since), on, until))
        _keep(self._kept, key, (mark, found), KEPT)
        return found

    async def gaps(self, day: AreaDay) -> tuple[Gap, ...]:
        """Of the devices of an area, in its opening hours of a day, as far as it is known."""
        found = await self._days.gaps(day.area, day.at[0], day.until)
        clipped = (
            (device, max(since, opens), min(until or day.until, closes, day.until))
            for device, since, until in found
            for opens, closes in day.spans
            if (until or day.until) - since >= LEAST
        )
        zone = day.until.tzinfo
        return tuple(
            Gap(device, since.astimezone(zone), until.astimezone(zone))
            for device, since, until in clipped
            if since < until
        )

    async def neighbours(self, area: str, on: date) -> tuple[date | None, date | None]:
        """The nearest days with events, before and after one; none after today."""
        zone = self._board.plans[area].hours.zone
        since, until = midnight(on, zone), midnight(on + A_DAY, zone)
        before, after = (
            None if at is None else at.astimezone(zone).date()
            for at in await self._days.neighbours(area, since, until, FARTHEST)
        )
        today = self.today(area)
        return before, after if after is not None and after <= today else (today if on < today else None)

    async def usual(self, area: str, on: date, tell: Callable[[int, int], Awaitable[None]]) -> Usual | None:
        """Of the last same weekdays on which it was open and heard of; None of too few.

        `tell` is told how many days of how many are read. AwayError while the database is away.
        """
        plan = self._board.plans[area]
        zone = plan.hours.zone
        weeks = [on - timedelta(weeks=n) for n in range(1, LOOKED_BACK + 1)]
        marks = [await self._days.mark(area, midnight(day, zone), midnight(day + A_DAY, zone)) for day in weeks]
        mark: Hashable = (tuple(marks), plan)
        if (kept := self._usual.get((area, on))) and kept[0] == mark:
            self._usual.move_to_end((area, on))
            return kept[1]
        days: list[AreaDay] = []
        for day in weeks:
            if plan.hours.day(day).spans and (past := await self._past(plan, day)).heard:
                days.append(past)
            if len(days) == MOST_DAYS:
                break
            await tell(len(days), MOST_DAYS)
        found = await asyncio.to_thread(usual, on, zone, days)
        _keep(self._usual, (area, on), (mark, found), USUAL_KEPT)
        return found


def _keep(kept: OrderedDict[Any, Any], key: tuple[str, date], value: Any, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
