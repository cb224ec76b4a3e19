"""Months beside a purge: those that are gone are told from what was kept, those that stay from what stays of them."""

from collections.abc import AsyncIterator
from datetime import date, datetime

import asyncpg
import pytest
from msgspec import Struct
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.months import Made
from deploy.export_settings import ExportSettings
from deploy.monthly import Monthly
from deploy.purge import Purge, Purged
from deploy.settings import AreaSettings, Settings
from tests.build import PARIS, SUD, at, called, ended, issued
from tests.collector.words import records
from ticketing.events import Event

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=PARIS)
"""With six months, the present one included, 1 June is the first day whose row data are kept."""
SETTINGS = Settings(site="aube", areas=[AreaSettings(id="sud", kind="hall", name="Hall sud")])
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def morning(day: date) -> list[Event]:
    """Two customers, of whom one waits for ten minutes and one for twenty."""
    told = [
        (issued(f"A{day}", "9:00"), "9:00"),
        (called(f"A{day}", "9:10"), "9:10"),
        (issued(f"B{day}", "9:05"), "9:05"),
        (called(f"B{day}", "9:25"), "9:25"),
        (ended(f"B{day}", "9:40"), "9:40"),
    ]
    return [replace(event, at=at(clock, day), id=f"{number} {day}") for number, (event, clock) in enumerate(told)]


class Site(Struct, frozen=True):
    journal: Journal
    connection: asyncpg.Connection
    monthly: Monthly

    async def heard(self, *days: date) -> None:
        for day in days:
            await self.journal.append(records(morning(day)))

    async def purge(self) -> Purged:
        return await Purge(SETTINGS, self.journal, self.monthly.keep_month, lambda: NOW, "test").run()

    async def rows(self, day: date) -> int:
        return int(await self.connection.fetchval("select count(*) from visit where day = $1", day))


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    connection = await asyncpg.connect(database)
    async with Journal(database, "Europe/Paris") as journal:
        monthly = Monthly(journal, lambda: [SUD], lambda: NOW, ExportSettings(), "Préfecture")
        yield Site(journal, connection, monthly)
    await connection.close()


def bytes_of(made: Made) -> dict[str, bytes]:
    return {file.name: file.content for file in made.files if not file.name.endswith(".ods")}


async def test_a_month_exported_before_and_after_its_purge_is_the_same_to_the_byte(site: Site) -> None:
    """And so is the month after it, which has lost the evening before its first day."""
    await site.heard(date(2026, 5, 4), date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 2))
    before = [await site.monthly.export(month, "référent") for month in (MAY, JUNE)]
    await site.purge()
    assert (await site.rows(date(2026, 5, 4)), await site.rows(date(2026, 6, 2))) == (0, 2)
    after = [await site.monthly.export(month, "référent") for month in (MAY, JUNE)]
    assert [made.facts.digest for made in after] == [made.facts.digest for made in before]
    assert [made.version for made in after] == [1, 1]
    assert list(map(bytes_of, after)) == list(map(bytes_of, before))


async def test_a_month_that_nobody_exported_is_kept_by_its_purge_and_can_be_exported_afterwards(site: Site) -> None:
    await site.heard(date(2026, 5, 4))
    purged = await site.purge()
    assert purged.kept == (MAY,)
    made = await site.monthly.export(MAY, "référent")
    (area,) = made.facts.areas
    assert [(day.day, day.visits) for day in area.days if day.heard] == [(date(2026, 5, 4), 2)]


async def test_a_month_that_stays_is_corrected_as_ever_though_its_first_day_is_not(site: Site) -> None:
    await site.heard(date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 2))
    before = await site.monthly.export(JUNE, "référent")
    await site.purge()
    await site.heard(date(2026, 6, 3))
    after = await site.monthly.export(JUNE, "référent")
    assert (before.version, after.version) == (1, 2)
    heard = [day.day.day for day in after.facts.areas[0].days if day.heard]
    assert heard == [1, 2, 3]
