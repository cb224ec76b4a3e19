"""The follower of days beside a purge: what it made of days whose events are gone stays as it is, whatever comes."""

from collections.abc import AsyncIterator
from datetime import date, datetime

import asyncpg
import pytest
from msgspec import Struct
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.tallies import Tallies
from deploy.asking import Database
from deploy.keeping import Keeping
from deploy.purge import Purge
from deploy.settings import AreaSettings, Settings
from tests.build import PARIS, SUD, at, called, issued
from tests.collector.words import records
from ticketing.events import Event

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=PARIS)
"""With six months, the present one included, 1 June is the first day whose row data are kept."""
SETTINGS = Settings(site="aube", areas=[AreaSettings(id="sud", kind="hall", name="Hall sud")])
LAST, FIRST, SECOND = date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)


def on(day: date, event: Event, clock: str) -> Event:
    return replace(event, at=at(clock, day), id=f"{event.id} {day}")


class Site(Struct, frozen=True):
    journal: Journal
    connection: asyncpg.Connection

    async def heard(self, *events: Event) -> None:
        await self.journal.append(records(events))

    async def turn(self) -> list[date]:
        """The days that the follower tallies now."""
        tallies = Tallies(Database(self.journal, AwayError), "aube")
        return sorted(day for _, day in await Keeping(self.journal, tallies, lambda: [SUD], lambda: NOW).turn())

    async def purge(self) -> None:
        async def keep(month: date) -> None:
            await self.connection.execute(
                "insert into month (site, month, version, digest, facts) values ('aube', $1, 1, '', '')", month
            )

        await Purge(SETTINGS, self.journal, keep, lambda: NOW, "test").run()

    async def tallies(self) -> dict[date, list[asyncpg.Record]]:
        """What is counted of each day."""
        found: dict[date, list[asyncpg.Record]] = {}
        for row in await self.connection.fetch("select * from tally order by day, queue, half_hour"):
            found.setdefault(row["day"], []).append(row)
        return found


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    connection = await asyncpg.connect(database)
    async with Journal(database, "Europe/Paris") as journal:
        yield Site(journal, connection)
    await connection.close()


async def test_what_comes_late_for_days_that_are_gone_changes_no_figure_of_theirs_and_stops_nobody(site: Site) -> None:
    """On the evening of 31 May somebody came who was called after midnight; 7 May was a day without any visit."""
    await site.heard(
        on(LAST, issued("A1", "23:50"), "23:50"),
        on(FIRST, called("A1", "0:10"), "0:10"),
        on(FIRST, issued("A2", "9:00"), "9:00"),
        on(SECOND, issued("A3", "9:00"), "9:00"),
    )
    assert {LAST, FIRST, SECOND} <= set(await site.turn())
    before = await site.tallies()
    assert before.keys() == {LAST, FIRST, SECOND}
    await site.purge()
    assert await site.turn() == []
    assert await site.tallies() == before

    # those of days that are gone, of the one whose evening before is gone, and of one that is whole
    for day in (date(2026, 5, 7), LAST, FIRST):
        await site.heard(on(day, issued("B1", "10:00"), "10:00"))
    await site.heard(on(SECOND, issued("B2", "10:00"), "10:00"))
    assert await site.turn() == [SECOND]
    after = await site.tallies()
    assert {day: after[day] for day in (LAST, FIRST)} == {day: before[day] for day in (LAST, FIRST)}
    assert after.keys() == before.keys()
    assert sum(row["tickets"] for row in after[SECOND]) == 2
