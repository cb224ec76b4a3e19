"""The way of deeds into the trail: remembered until they are written there."""

import asyncio
from collections import deque

import structlog

from dashboards.errors import AwayError
from dashboards.sign_in.store import Deed, Store

log = structlog.get_logger()

MOST = 10_000
EVERY_S = 1.0
LAST_S = 2.0
"""How long the end waits for what is not written yet."""


class Trail:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Deed] = deque()
        self._some = asyncio.Event()
        self._turn = asyncio.Lock()

    def add(self, deed: Deed) -> None:
        if len(self._waiting) == MOST:
            log.error("a deed is lost to the trail: the database has been away for too long", action=deed.action)
            return
        self._waiting.append(deed)
        self._some.set()

    async def run(self) -> None:
        """Writes what there is, until cancelled; while the database is away it stays, in order."""
        try:
            while True:
                await self._some.wait()
                self._some.clear()
                await self.write()
                if self._waiting:
                    await asyncio.sleep(EVERY_S)
                    self._some.set()
        finally:
            # not awaited itself: a database that hangs must not keep vigie from ending
            await asyncio.wait({asyncio.create_task(self.write())}, timeout=LAST_S)
            if self._waiting:
                log.error("the end comes before these are in the trail", deeds=len(self._waiting))

    async def write(self) -> None:
        async with self._turn:
            deeds = list(self._waiting)
            if not deeds:
                return
            try:
                await self._store.note(deeds)
            except AwayError:
                return
            for _ in deeds:
                self._waiting.popleft()
