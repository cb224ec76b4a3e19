"""What people put right by hand, told to the journal as events of a source of its own: vigie itself."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import msgspec

from collector.intake import OUTAGE
from collector.messages import Record
from dashboards.errors import AwayError
from deploy.asking import away
from ticketing.counter import Counter
from ticketing.events import TYPES, CounterClosed, Event

DEVICE = "vigie"
"""It has no heartbeat and no numbers: it is never silent, and nothing of it can be missing."""


class Keeper(Protocol):
    async def append_once(self, record: Record, /) -> bool: ...


class Corrections:
    def __init__(self, journal: Keeper, site: str, clock: Callable[[], datetime]) -> None:
        self._journal, self._site, self._clock = journal, site, clock

    async def close_counter(self, area: str, counter: Counter, who: str, reason: str) -> Event | None:
        """Closes a counter that is open, now; None if somebody else has done it. AwayError while nothing can be kept.

        Its id is made of the opening that it ends: however often it is asked for, that is closed once.
        """
        opening, now = counter.opening, self._clock()
        if opening is None:
            return None
        # a device's clock may run a little before ours: what ends an opening is not before it
        at = max(now, counter.events[-1].at)
        told = f"{counter.id} {opening.device} {opening.id} {opening.at.timestamp()}"
        fact = CounterClosed(counter=counter.id, reason=reason, by=who)
        event = Event(
            at=at, area=area, device=DEVICE, id=f"closing-{sha256(told.encode()).hexdigest()[:32]}", fact=fact
        )
        record = Record(
            site=self._site,
            area=area,
            device=DEVICE,
            id=event.id,
            type=TYPES[type(fact)],
            time=at,
            at=at,
            received=now,
            sequence=None,
            data=msgspec.json.encode(fact).decode(),
        )
        try:
            kept = await self._journal.append_once(record)
        except OUTAGE as error:
            raise AwayError(away(error)) from None
        return event if kept else None
