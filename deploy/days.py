"""Past days of the site as the boards ask for them, from the journal."""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta

from collector import days
from deploy.asking import Database
from ticketing.events import Event

PIECE = timedelta(hours=2)
"""Events of so long are read at once: what is made of them must not hold up the boards for long."""


class RecordedDays:
    """Of one site. Every method raises the database's error while it is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def mark(self, area: str, since: datetime, until: datetime) -> Hashable:
        return await self._ask(lambda connection: days.mark(connection, self._site, area, since, until))

    async def events(self, area: str, since: datetime, until: datetime) -> list[Event]:
        """One that happened where two pieces meet comes twice; what is made of events is a function of their set."""
        found: list[Event] = []
        begin = since
        while begin < until:
            end = min(begin + PIECE, until)
            found += await self._read(area, begin, end)
            begin = end
        return found

    async def _read(self, area: str, since: datetime, until: datetime) -> list[Event]:
        return await self._ask(lambda connection: days.events(connection, self._site, area, since, until))

    async def neighbours(
        self, area: str, since: datetime, until: datetime, farthest: timedelta
    ) -> tuple[datetime | None, datetime | None]:
        before = await self._ask(lambda c: days.before(c, self._site, area, since - farthest, since))
        after = await self._ask(lambda c: days.after(c, self._site, area, until, until + farthest))
        return before, after

    async def gaps(
        self, area: str, since: datetime, until: datetime
    ) -> Sequence[tuple[str, datetime, datetime | None]]:
        found = await self._ask(lambda connection: days.gaps(connection, self._site, area, since, until))
        return [(gap.device, gap.since, gap.until) for gap in found]
