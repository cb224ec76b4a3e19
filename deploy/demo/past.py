"""The demonstration's past: working days before the first one, so that there is something to learn from."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from collector.messages import Record
from deploy.demo.day import Sent, simulated_day
from ticketing.events import TYPES
from ticketing.month import first_of

DAYS = 20
"""At least."""
BATCH = 5000


class Appending(Protocol):
    async def append(self, records: Sequence[Record], /) -> object: ...


async def fill(journal: Appending, site: str, before: datetime, seed: int, working: Callable[[date], bool]) -> None:
    """Puts the working days before an instant into the journal, oldest first, as if they had come in time."""
    zone = before.tzinfo
    assert isinstance(zone, ZoneInfo)  # noqa: S101 - the demonstration's clock has the site's
    for day in _days(before.date(), working):
        sents = await asyncio.to_thread(simulated_day, day, seed, zone)
        for start in range(0, len(sents), BATCH):
            await journal.append([_record(site, sent) for sent in sents[start : start + BATCH]])


def _days(before: date, working: Callable[[date], bool]) -> list[date]:
    """So many that something can be learnt, and the whole month before, so that there is one to export."""
    month = first_of(first_of(before) - timedelta(days=1))
    found: list[date] = []
    day = before
    while len(found) < DAYS or day > month:
        day -= timedelta(days=1)
        if working(day):
            found.append(day)
    return found[::-1]


def _record(site: str, sent: Sent) -> Record:
    event = sent.event
    return Record(
        site=site,
        area=event.area,
        device=event.device,
        id=event.id,
        type=TYPES[type(event.fact)],
        time=event.at,
        at=event.at,
        received=sent.published,
        sequence=event.sequence,
        data=msgspec.json.encode(event.fact).decode(),
    )
