"""Past days for the tests of the boards: events by area in memory, and silences of devices."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from dashboards.errors import AwayError
from ticketing.events import Event


class PastDays:
    """What the boards ask of the journal; `reads` counts the days that were read."""

    def __init__(self, events: Mapping[str, Iterable[Event]] | None = None) -> None:
        self.all = {area: list(found) for area, found in (events or {}).items()}
        self.silences: list[tuple[str, datetime, datetime | None]] = []
        self.away = False
        self.reads = 0

    def _of(self, area: str, since: datetime, until: datetime) -> list[Event]:
        if self.away:
            raise AwayError("the database does not answer: connection refused")
        return [event for event in self.all.get(area, ()) if since <= event.at <= until]

    async def mark(self, area: str, since: datetime, until: datetime) -> Hashable:
        return len(self._of(area, since, until))

    async def events(self, area: str, since: datetime, until: datetime) -> list[Event]:
        self.reads += 1
        return self._of(area, since, until)

    async def neighbours(
        self, area: str, since: datetime, until: datetime, farthest: timedelta
    ) -> tuple[datetime | None, datetime | None]:
        before = [event.at for event in self._of(area, since - farthest, since) if event.at < since]
        after = [event.at for event in self._of(area, until, until + farthest) if event.at < until + farthest]
        return max(before, default=None), min(after, default=None)

    async def gaps(
        self, area: str, since: datetime, until: datetime
    ) -> Sequence[tuple[str, datetime, datetime | None]]:
        self._of(area, since, until)
        return [gap for gap in self.silences if gap[1] < until and (gap[2] is None or gap[2] > since)]
