"""The way of deeds into the trail: remembered until they are written there."""

import asyncio
from collections import deque

import structlog

from dashboards.errors import AwayError
from dashboards.sign_in.store import Deed, Store

log = structlog.get_logger()

MOST = 10_000
EVERY_S = 1.0


class Trail:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Deed] = deque(maxlen=MOST)
        self._some = asyncio.Event()

    def add(self, deed: Deed) -> None:
        if len(self._waiting) == MOST:
            log.error("a deed is lost to the trail: the database has been away for too long", action=deed.action)
        self._waiting.append(deed)
        self._some.set()

    async def run(self) -> None:
        """Writes what there is, until cancelled; while the database is away it stays, in order."""
        while True:
            await self._some.wait()
            self._some.clear()
            await self.write()
            if self._waiting:
                await asyncio.sleep(EVERY_S)
                self._some.set()

    async def write(self) -> None:
        deeds = list(self._waiting)
        try:
            await self._store.note(deeds)
        except AwayError:
            return
        for _ in deeds:
            self._waiting.popleft()
