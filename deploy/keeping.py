"""The follower of days: tallies those that are over, and again whenever something of them comes late."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from collector import days
from collector.intake import OUTAGE, outage_text
from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.tallies import Known, Tallies
from ticketing.events import Event
from ticketing.hours import midnight
from ticketing.plan import Plan
from ticketing.tally import DayTally, basis, bearing_on, tallied

log = structlog.get_logger()

EVERY_S = 10.0
STEP = 200_000
"""Positions of the journal that are looked through at once."""
READING_S = 60.0
MOST_TURNS = 60
"""Until months are told of at the latest: a device that was cut off tells its day little by little."""
A_DAY = timedelta(days=1)

Day = tuple[str, date]
"""Area and day."""
Tell = Callable[[int, int], None]
"""How many days of how many are done."""


def silent(_done: int, _of: int) -> None:
    """To be told when nobody wants to know."""


class Recorded:
    """The days of areas as the journal has them; those that were read last are kept for their neighbours."""

    def __init__(self, journal: Journal, plans: Iterable[Plan]) -> None:
        self._journal, self.plans = journal, {plan.area: plan for plan in plans}
        self._read: dict[Day, list[Event]] = {}

    async def day(self, area: str, on: date) -> DayTally:
        """Errors of the database as they are."""
        plan = self.plans[area]
        found = {near: await self._events(plan, near) for near in bearing_on(on)}
        self._read = {(area, near): events for near, events in found.items()}
        return await asyncio.to_thread(tallied, plan, on, [event for events in found.values() for event in events])

    async def _events(self, plan: Plan, on: date) -> list[Event]:
        if (known := self._read.get((plan.area, on))) is not None:
            return known
        since, until = (midnight(day, plan.hours.zone) for day in (on, on + A_DAY))

        async def read(connection: Any) -> list[Event]:
            return await days.events(connection, plan.site, plan.area, since, until)

        return await self._journal.ask(read, READING_S)


class Keeping:
    """`run` is a task beside the follower; `turn` is one of its turns, and `vigie rebuild` takes some too."""

    def __init__(
        self,
        journal: Journal,
        tallies: Tallies,
        plans: Callable[[], Sequence[Plan]],
        clock: Callable[[], datetime],
        *,
        changed: Callable[[set[date]], Awaitable[None]] | None = None,
    ) -> None:
        """`plans` are those in force; `changed` is told which months have other tallies than before."""
        self._journal, self._tallies, self._plans, self._clock = journal, tallies, plans, clock
        self._changed = changed
        self._judged_by: Sequence[Plan] = ()
        """The plans that every day was looked at with."""
        self._turning = asyncio.Lock()
        self._untold: set[date] = set()
        """Months whose days were tallied and of which `changed` was not told yet."""
        self._turns, self._failed = 0, False
        """Since there was any, or since it failed."""
        self._looking_back = False
        """Whether it is to be told of every month: whoever ran before us may have ended before it was."""
        self._said = ""

    async def run(self) -> None:
        """For ever; the database may be away."""
        self._looking_back = True
        while True:
            try:
                await self.turn(patient=True)
                self._said = ""
            except (*OUTAGE, AwayError) as error:
                self._say(outage_text(error))
            except Exception as error:
                # what is wrong with a day must stop neither the boards nor the intake
                if self._say(repr(error)):
                    log.exception("days not tallied")
            await asyncio.sleep(EVERY_S)

    def _say(self, text: str) -> bool:
        before, self._said = self._said, text
        if before != text:
            log.warning("days not tallied for now", error=text)
        return before != text

    async def turn(self, tell: Tell = silent, *, patient: bool = False) -> list[Day]:
        """Tallies what is over and has news, oldest first; which days. The database's errors as they are.

        One at a time: who exports waits for the days that are being tallied already. `patient`: what has changed is
        told once a turn finds nothing more, for each time costs a version of a month.
        """
        async with self._turning:
            due = await self._turn(tell)
            self._turns = self._turns + 1 if self._untold else 0
            if self._untold and not (patient and (due or self._failed) and self._turns < MOST_TURNS):
                await self._tell_months()
            return due

    async def _tell_months(self) -> None:
        """Of those that cannot be told of it is told again later: their days are as they should be all the same."""
        self._turns, self._failed = 0, True
        try:
            if self._changed:
                await self._changed(set(self._untold))
        except (*OUTAGE, AwayError) as error:
            log.warning("months not compared for now", error=outage_text(error))
        except Exception:
            # neither the days nor who exports another month need it
            log.exception("months not compared")
        else:
            self._failed = False
            self._untold.clear()

    async def _turn(self, tell: Tell) -> list[Day]:
        plans = {plan.area: plan for plan in self._plans()}
        as_before = list(plans.values()) == list(self._judged_by)
        over = await self.over()
        due = [
            known
            for known in over
            if known.stale or not (known.purged or as_before or known.plan == basis(plans[known.area], known.day))
        ]
        recorded = Recorded(self._journal, plans.values())
        for number, known in enumerate(sorted(due, key=lambda one: (one.area, one.day))):
            tell(number, len(due))
            self._untold.add(known.day.replace(day=1))
            await self.keep(recorded, known.area, known.day)
        self._judged_by = list(plans.values())
        if due:
            days = [known.day for known in due]
            log.info("days tallied", days=len(days), first=min(days).isoformat(), last=max(days).isoformat())
        if self._looking_back:
            self._untold |= {known.day.replace(day=1) for known in over if not known.purged}
            self._looking_back = False
        return [(known.area, known.day) for known in due]

    async def over(self) -> list[Known]:
        """All days that are over and of which the journal tells, of areas that are configured."""
        await self._look()
        plans, now = {plan.area: plan for plan in self._plans()}, self._clock()
        return [
            known
            for known in await self._tallies.days()
            if (plan := plans.get(known.area)) and known.day < now.astimezone(plan.hours.zone).date()
        ]

    async def keep(self, recorded: Recorded, area: str, day: date) -> DayTally:
        """What is read is of the journal up to here, or more: what comes meanwhile touches the day again."""
        upto = await self._journal.last()
        tally = await recorded.day(area, day)
        await self._tallies.keep(tally, upto, basis(recorded.plans[area], day))
        return tally

    async def _look(self) -> None:
        """Notes which days have news, up to the end of the journal."""
        upto, since = await self._journal.last(), await self._tallies.position()
        plan = self._plans()[0]
        while since < upto:
            end = min(since + STEP, upto)

            async def read(connection: Any, after: int = since, until: int = end) -> days.News:
                return await days.news(connection, plan.site, str(plan.hours.zone), after, until)

            found = await self._journal.ask(read, READING_S)
            await self._tallies.touch(found.days, found.near, end)
            since = end
