"""What is known of each month: its versions, which of them is published, who did what, and its figures in brief."""

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from dashboards.exporting import Tell
from dashboards.months import PUBLISHING, Done, Listed, Made, Months, Version
from dashboards.tallies import Known
from ticketing.kept import Kept
from ticketing.month import Month, first_of, next_month

MOST = 12
"""Months on a page."""
ACTS = 200
BRIEFS = 240
"""What is kept in memory of versions, which never change: a few rows of each."""


class Days(Protocol):
    async def days(self, first: date = ..., last: date = ...) -> Sequence[Known]:
        """Those that were heard of."""


class Exports(Protocol):
    """Every method raises AwayError while the database is away."""

    @property
    def months(self) -> Months: ...

    @property
    def tallies(self) -> Days: ...

    def export(self, month: date, who: str, tell: Tell, /) -> Awaitable[Made]:
        """NothingError if there is no such month to export."""

    async def facts(self, month: date, /) -> Month:
        """As they would be exported now."""


class AreaBrief(Struct, frozen=True, kw_only=True):
    """`kept`: of all queues together. `silent`: the days with opening hours of which nothing was heard."""

    name: str
    kept: tuple[Kept, ...]
    silent: tuple[date, ...]
    coverage: float | None


Brief = tuple[AreaBrief, ...]


class Record(Struct, frozen=True, kw_only=True):
    """Of one month. `versions` and `acts`: the last first. `brief` None: not exported, or no longer understood."""

    month: date
    versions: tuple[Version, ...] = ()
    published: Version | None = None
    acts: tuple[Done, ...] = ()
    files: tuple[Listed, ...] = ()
    """Of the version published."""
    brief: Brief | None = None
    purged: bool = False

    @property
    def changed(self) -> bool:
        return self.published is not None and self.versions[0].version != self.published.version

    @property
    def exported(self) -> Done | None:
        """The last time."""
        return next((done for done in self.acts if done.act in PUBLISHING), None)


class Records:
    """Every method raises AwayError while the database is away."""

    def __init__(self, exports: Exports) -> None:
        self._exports, self._months = exports, exports.months
        self._briefs: dict[tuple[date, int, str], Brief] = {}

    async def known(self, today: date) -> dict[date, bool]:
        """The months that are over and were exported, or of which a day was heard; and whether row data are purged."""
        found = dict.fromkeys((version.month for version in await self._months.versions()), False)
        for day in await self._exports.tallies.days():
            month = first_of(day.day)
            found[month] = found.get(month, False) or day.purged
        return {month: found[month] for month in sorted(found, reverse=True) if next_month(month) <= today}

    async def page(self, known: dict[date, bool], before: date | None = None) -> list[Record]:
        """The latest of them, or those before a month."""
        shown = [month for month in known if before is None or month < before][:MOST]
        return [await self.one(month, purged=known[month]) for month in shown]

    async def one(self, month: date, *, purged: bool = False) -> Record:
        versions = await self._months.versions(month)
        if not versions:
            return Record(month=month, purged=purged)
        published = next(iter(await self._months.published(month)), None)
        shown = published or versions[0]
        return Record(
            month=month,
            versions=tuple(versions),
            published=published,
            acts=tuple(await self._months.acts(month, ACTS)),
            files=tuple(await self._months.files(month, shown.version)),
            brief=await self.brief(shown),
            purged=purged,
        )

    async def brief(self, version: Version) -> Brief | None:
        key = version.month, version.version, version.digest
        if key not in self._briefs:
            facts = await self._months.facts(version.month, version.version)
            if facts is None:
                return None
            while len(self._briefs) >= BRIEFS:
                del self._briefs[next(iter(self._briefs))]
            self._briefs[key] = brief(facts)
        return self._briefs[key]


def brief(month: Month) -> Brief:
    return tuple(
        AreaBrief(
            name=area.name,
            kept=tuple(one for one in area.kept if one.queue is None),
            silent=tuple(day.day for day in area.days if day.spans and not day.heard),
            coverage=area.coverage,
        )
        for area in month.areas
    )
