"""The purge of every night."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, tzinfo
from typing import Protocol

import structlog

from collector.intake import OUTAGE, outage_text
from deploy.purge import BusyError, Purged

log = structlog.get_logger()

NIGHT = time(3)
"""By the clock on the wall: after that, when nobody is in."""
LATER_S = 600.0
"""After the start, for there may be other work to do first; a night that was slept through is made up for by day."""
LOOK_S = 60.0


class Purging(Protocol):
    async def run(self) -> Purged: ...


class Nights:
    """Runs beside the follower; nothing that goes wrong ends it."""

    def __init__(self, purge: Purging, clock: Callable[[], datetime], zone: tzinfo) -> None:
        self._purge, self._clock, self._zone = purge, clock, zone
        self._done: date | None = None
        self._said = ""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(LATER_S)
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Purges once a day, after three in the morning; an outage is tried again."""
        now = self._clock().astimezone(self._zone)
        if now.time() < NIGHT or self._done == now.date():
            return
        try:
            found = await self._purge.run()
        except BusyError:
            log.info("another purge is running, this one has nothing to do")
        except OUTAGE as error:
            text = outage_text(error)
            if self._said != text:
                log.warning("the purge waits for the database", error=text)
            self._said = text
            return
        except Exception:
            # neither the boards nor the intake beside us may end with it
            log.exception("the purge of this night has failed")
        else:
            _tell(found)
        self._done, self._said = now.date(), ""


def _tell(found: Purged) -> None:
    for month, events in found.late.items():
        log.warning("events came after their month was purged, and are in no figure", month=f"{month:%Y-%m}", n=events)
    if found.gone or found.kept:
        log.info(
            "what was too old is gone",
            rows=sum(one.rows for one in found.gone),
            tables=len(found.gone),
            months_kept=len(found.kept),
        )
