"""How right predictions were, as it is asked for: of one area or all, in one week or the last five."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Protocol

from collector.messages import EARLIEST, LATEST
from dashboards.errors import UnheardOfError
from deploy.settings import Settings
from ticketing.accuracy import Accuracy, monday

BEFORE = timedelta(weeks=4)


class Archive(Protocol):
    async def accuracies(self, areas: Iterable[str], first: date, last: date) -> list[Accuracy]: ...


async def weeks(
    archive: Archive, settings: Settings, now: datetime, area: str | None, week: date | None
) -> list[Accuracy]:
    """Of the week that begins on a Monday; without one, of the present week and the four before.

    UnheardOfError for an area that is not configured and for a week of no time, AwayError while the database is away.
    """
    areas = [one.id for one in settings.areas]
    if area is not None and area not in areas:
        raise UnheardOfError(f'area: found "{area}", expected one of: {", ".join(areas)}')
    if week and not EARLIEST.date() < week < LATEST.date():
        raise UnheardOfError(f"week: found that of {week}, expected one after {EARLIEST.year} and before {LATEST.year}")
    last = week or monday(now.astimezone(settings.zone).date())
    return await archive.accuracies(areas if area is None else [area], week or last - BEFORE, last)
