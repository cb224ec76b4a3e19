"""The month, made: its facts gathered and its files kept in versions, by itself or when somebody asks."""

import asyncio
from collections.abc import Callable, Container, Sequence
from datetime import date, datetime, timedelta

import structlog

from alerts.log import AwayError as LogAwayError
from alerts.log import Log
from collector.intake import OUTAGE, outage_text
from collector.journal import Journal
from dashboards.archive import Archive
from dashboards.errors import AwayError
from dashboards.exports.changes import differences
from dashboards.exports.files import Order
from dashboards.exports.naming import Publisher
from dashboards.months import Act, Made, Months, NothingError
from dashboards.tallies import Tallies
from deploy.asking import Database
from deploy.circumstances import circumstances
from deploy.export_settings import ExportSettings
from deploy.keeping import Keeping, Tell, silent
from deploy.making import made_beside
from deploy.settings import Settings
from ticketing.month import Month, area_month, first_of, month_of_areas, next_month
from ticketing.plan import Plan

log = structlog.get_logger()

VIGIE = "vigie"
"""Who does what nobody asked for."""
A_DAY = timedelta(days=1)
ANSWER_S = 60.0
"""A day or a month of a large site is much to read and to write, and nobody waits for it at a screen."""


class Monthly:
    """Of one site. Raises AwayError while the database is away."""

    def __init__(
        self,
        journal: Journal,
        plans: Callable[[], Sequence[Plan]],
        clock: Callable[[], datetime],
        settings: ExportSettings,
        publisher: str,
    ) -> None:
        """`plans` are those in force; `publisher` is named where the settings name nobody."""
        self._journal, self._plans, self._clock, self._settings = journal, plans, clock, settings
        plan = plans()[0]
        database = Database(journal, AwayError)
        self.tallies = Tallies(database, plan.site)
        self.months = Months(database, plan.site)
        self._archive = Archive(database, plan.site, str(plan.hours.zone))
        self._alerts = Log(Database(journal, LogAwayError), plan.site)
        self.publisher = Publisher(name=settings.publisher or publisher or plan.site, siren=settings.siren)
        self._whole = Tallies(Database(journal, AwayError, ANSWER_S), plan.site)
        self.keeping = Keeping(journal, self._whole, plans, clock, changed=self.changed)

    @property
    def _today(self) -> date:
        return self._clock().astimezone(self._plans()[0].hours.zone).date()

    @property
    def holidays(self) -> Container[date]:
        return self._plans()[0].hours.holidays

    async def made(self, month: date, version: int) -> Made:
        """A version as it was exported. AwayError where it cannot be read."""
        facts = await self.months.facts(month, version)
        if facts is None:
            raise AwayError(f"version {version} of {month:%Y-%m} cannot be read")
        listed = await self.months.files(month, version)
        found = [await self.months.file(month, version, one.name) for one in listed]
        return Made(facts=facts, version=version, new=False, files=tuple(one for one in found if one))

    async def facts(self, month: date) -> Month:
        """Of the tallies that are there; of a month whose row data are purged, those that were kept."""
        # the first day stays as it is already when the month before is purged
        days = await self.tallies.days(month + A_DAY, next_month(month) - A_DAY)
        if any(known.purged for known in days) and (kept := await self.months.facts(month)):
            return kept
        plans = self._plans()
        try:
            beside = await circumstances(self._journal, self._alerts, self._archive, plans, month)
        except (*OUTAGE, LogAwayError) as error:
            raise AwayError(outage_text(error)) from None
        areas = []
        for plan in plans:
            # one at a time: a month of a large site holds much
            tallies = await self._whole.tallies(month, next_month(month) - A_DAY, plan.area)
            areas.append(await asyncio.to_thread(area_month, plan, month, tallies, beside[plan.area]))
        return await asyncio.to_thread(month_of_areas, plans, month, areas)

    async def export(self, month: date, who: str, tell: Tell = silent) -> Made:
        """Tallies what is not yet, makes all files and keeps them. NothingError if there is no such month.

        `tell` is told how many steps of how many are done.
        """
        if next_month(month) > self._today:
            last = first_of(first_of(self._today) - A_DAY)
            raise NothingError(
                "not_over", f"found month {month:%Y-%m}, expected one that is over, {last:%Y-%m} or before"
            )
        try:
            await self.keeping.turn(tell)
        except OUTAGE as error:
            raise AwayError(outage_text(error)) from None
        facts = await self.facts(month)
        if facts.empty:
            raise NothingError("empty", f"nothing was heard in {month:%Y-%m}: there is nothing to export")
        made = await self._keep(facts, "again" if await self.months.published(month) else "made", who, tell)
        # what came while its files were made has told nobody: there was no such version yet
        await self.changed({month})
        return made

    async def changed(self, months: set[date]) -> None:
        """Months that were exported and have other figures now are kept in another version, which nobody publishes."""
        for month in sorted(months):
            known = await self.months.versions(month)
            if not known or (facts := await self.facts(month)).digest == known[0].digest:
                continue
            kept = await self.months.facts(month)
            # what a later program tells besides is no change
            if kept is None or differences(kept, facts):
                made = await self._keep(facts, "changed", VIGIE, silent)
                log.warning("a month that was exported has changed", month=f"{month:%Y-%m}", version=made.version)

    async def keep_month(self, month: date) -> None:
        """Keeps the facts of a month that nobody exported, before its row data go."""
        await self.keeping.turn()
        if not await self.months.versions(month):
            await self._keep(await self.facts(month), "kept", VIGIE, silent)

    async def _keep(self, facts: Month, act: Act, who: str, tell: Tell) -> Made:
        month = facts.month
        order = Order(
            month=facts,
            month_before=await self._as_published(first_of(month - A_DAY)),
            year_before=await self._as_published(month.replace(year=month.year - 1)),
            publisher=self.publisher,
            fewest=self._settings.fewest,
        )
        found = await made_beside(order, tell)
        before = await self.months.published(month)
        version = await self.months.keep(facts, found, act, who, self._clock())
        return Made(facts=facts, version=version, new=not before or before[0].version != version, files=found)

    async def _as_published(self, month: date) -> Month | None:
        """What others are compared with: the facts that everybody knows, where nobody exported it the last ones that
        were kept, else what was heard.
        """
        published = await self.months.published(month)
        if kept := await self.months.facts(month, published[0].version if published else None):
            return kept
        heard = await self.facts(month)
        return None if heard.empty else heard


def monthly(
    settings: Settings, journal: Journal, plans: Callable[[], Sequence[Plan]], clock: Callable[[], datetime]
) -> Monthly:
    return Monthly(journal, plans, clock, settings.exports, settings.web.name)
