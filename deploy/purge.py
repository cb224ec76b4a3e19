"""The purge: what is too old goes, table by table, once the facts of its months are kept; and each step is recorded."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import asyncpg
import structlog
from msgspec import Struct

import alerts.retention
import collector.retention
import dashboards.retention
from collector.intake import OUTAGE, outage_text
from collector.journal import Journal
from dashboards.errors import AwayError
from deploy.purge_steps import Step, steps
from deploy.settings import Settings
from ticketing.hours import midnight
from ticketing.month import next_month

log = structlog.get_logger()

LOCK = 0x70757267  # "purg"
LONGEST_S = 6 * 3600.0
TRIES, PAUSE_S = 30, 1.0
"""A table that is in use is tried so often, with so long between: whoever reads it must not wait for us."""

UNKEPT = "a month is not purged: its facts cannot be kept"
"""What is said of it, and why."""

KeepMonth = Callable[[date], Awaitable[None]]
"""Keeps the facts of a month, by its first day; what it raises says why they cannot be kept."""


class BusyError(Exception):
    """Another purge is running."""


class _InUseError(Exception):
    """A table was in use all the time."""


class Gone(Struct, frozen=True, kw_only=True):
    """Rows of a table or a partition that were older than a day."""

    what: str
    before: date
    rows: int


class Purged(Struct, frozen=True, kw_only=True):
    """What a purge did, or would do.

    `unkept`: the month whose facts could not be kept, so that nothing of it and of later ones was purged. `busy`: what
    was in use all the time, and is left to the next purge. `late`: by month, events that came after it had been purged,
    and are in none of its figures.
    """

    gone: tuple[Gone, ...] = ()
    kept: tuple[date, ...] = ()
    unkept: date | None = None
    busy: tuple[str, ...] = ()
    late: Mapping[date, int] = {}


class Purge:
    """Of one site. `who` is what the record says."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        keep_month: KeepMonth,
        clock: Callable[[], datetime],
        who: str,
        *,
        tries: int = TRIES,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._journal, self._keep_month, self._clock = settings, journal, keep_month, clock
        self._who, self._tries, self._pause = who, tries, pause

    async def foreseen(self) -> Purged:
        """What would go now; changes nothing."""
        return await self._journal.ask(self._foreseen, LONGEST_S)

    async def run(self, told: Callable[[str], None] = lambda _: None) -> Purged:
        """BusyError while another purge runs; one that was ended in the middle is gone on with.

        `told` is given the name of what goes next.
        """
        return await self._journal.ask(partial(self._run, told=told), LONGEST_S)

    async def _foreseen(self, connection: Any) -> Purged:
        before, aggregates = self._cutoffs()
        months, begun = await self._months(connection, before), await dashboards.retention.begun(connection, self._site)
        kept = await dashboards.retention.kept(connection, self._site)
        gone = []
        for step in await steps(connection, self._settings, before, aggregates):
            rows = await step.count(connection)
            if rows is not None:
                gone.append(Gone(what=step.what, before=step.before, rows=rows))
        missing = [m for m in months if m >= aggregates and next_month(m) not in begun and m not in kept]
        return Purged(gone=tuple(gone), kept=tuple(missing), late=await self._late(connection, months, begun))

    async def _run(self, connection: Any, told: Callable[[str], None]) -> Purged:
        # one at a time; the lock is given back with the connection, or ends with it
        if not await connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", LOCK, self._site):
            raise BusyError("another purge is running")
        before, aggregates = self._cutoffs()
        months, begun = await self._months(connection, before), await dashboards.retention.begun(connection, self._site)
        late = await self._late(connection, months, begun)
        due = [month for month in months if next_month(month) not in begun]
        kept, unkept = await self._begin(connection, due, aggregates, told)
        before = min(before, unkept or before)
        gone, busy = [], []
        for step in await steps(connection, self._settings, before, min(aggregates, before)):
            told(step.what)
            try:
                if found := await self._take(connection, step):
                    gone.append(found)
            except _InUseError:
                busy.append(step.what)
        return Purged(gone=tuple(gone), kept=kept, unkept=unkept, busy=tuple(busy), late=late)

    # ------------------------------------------------------------ months

    @property
    def _site(self) -> str:
        return self._settings.site

    def _cutoffs(self) -> tuple[date, date]:
        """The first days of which row data and aggregates are kept."""
        today = self._clock().astimezone(self._settings.zone).date()
        retention = self._settings.retention
        return retention.rows_before(today), retention.aggregates_before(today)

    def _midnight(self, day: date) -> datetime:
        return midnight(day, self._settings.zone)

    async def _months(self, connection: Any, before: date) -> list[date]:
        """Those of which there are row data, in order."""
        zone, instant = self._settings.time_zone, self._midnight(before)
        found = await collector.retention.months(connection, self._site, zone, instant)
        found |= await alerts.retention.months(connection, self._site, zone, instant)
        return sorted(found | await dashboards.retention.months(connection, self._site, before))

    async def _late(self, connection: Any, months: Sequence[date], begun: Mapping[date, datetime]) -> dict[date, int]:
        found = {}
        for month in months:
            after = next_month(month)
            if after in begun:
                found[month] = await collector.retention.came_after(
                    connection, self._site, self._midnight(month), self._midnight(after), begun[after]
                )
        return {month: events for month, events in found.items() if events}

    async def _begin(
        self, connection: Any, months: Sequence[date], aggregates: date, told: Callable[[str], None]
    ) -> tuple[tuple[date, ...], date | None]:
        """Keeps the facts of months that are to go, then marks their days; what was kept, and the first that could not.

        Of months whose aggregates go, too, there is nothing to keep.
        """
        kept: list[date] = []
        for month in months:
            told(f"{month:%Y-%m}")
            if month >= aggregates:
                if not await self._keep(connection, month):
                    return tuple(kept), month
                kept.append(month)
            areas = [area.id for area in self._settings.areas]
            async with connection.transaction():
                days = await dashboards.retention.mark(connection, self._site, areas, month, next_month(month))
                await self._record(connection, dashboards.retention.BEGUN, next_month(month), days)
        return tuple(kept), None

    async def _keep(self, connection: Any, month: date) -> bool:
        text = f"{month:%Y-%m}"
        try:
            await self._keep_month(month)
        except (*OUTAGE, AwayError) as error:
            log.error(UNKEPT, month=text, error=outage_text(error))
            return False
        except Exception as error:
            # whatever it is, a month that nothing is kept of must keep its rows
            log.exception(UNKEPT, month=text, error=outage_text(error))
            return False
        if month in await dashboards.retention.kept(connection, self._site):
            return True
        log.error(UNKEPT, month=text, error="they were not made")
        return False

    async def _take(self, connection: Any, step: Step) -> Gone | None:
        """What is gone, which is recorded in the same transaction."""
        for attempt in range(self._tries):
            if attempt:
                await self._pause(PAUSE_S)
            try:
                return await self._at_once(connection, step)
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                log.debug("in use, to be purged in a moment", what=step.what)
            except asyncpg.UndefinedTableError:
                return None  # the purge of another site has ended it just now
        log.warning("in use all the time, left to the next purge", what=step.what)
        raise _InUseError

    async def _at_once(self, connection: Any, step: Step) -> Gone | None:
        async with connection.transaction():
            # whoever comes after us waits as long as we do
            await connection.execute("set local lock_timeout = '1s'")
            rows = await step.purge(connection)
            if rows is None:
                return None
            await self._record(connection, step.what, step.before, rows)
        return Gone(what=step.what, before=step.before, rows=rows)

    async def _record(self, connection: Any, what: str, before: date, rows: int) -> None:
        await dashboards.retention.record(
            connection, self._site, at=self._clock(), who=self._who, what=what, before=before, rows=rows
        )
