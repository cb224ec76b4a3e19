"""What supervisors decide, put to use: read again and again from the database, onto the board and into every plan."""

import asyncio
import contextlib
from collections.abc import Sequence

from collector.journal import Journal
from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.notices import Store
from deploy.settings import Settings, SettingsError
from ticketing.notice import Act, with_closures
from ticketing.plan import Plan

EVERY_S = 3.0
"""Another vigie on the same database may have been told."""


class InForce:
    """The port of the page for supervisors: the store, and what it holds on the board at once after an act."""

    def __init__(self, store: Store, board: Board, usual: Sequence[Plan]) -> None:
        """`usual` are the board's plans as configured."""
        self._store, self._board, self._usual = store, board, usual
        self.known = asyncio.Event()
        """Set once it has been read: before, a day may seem open that is not."""

    async def refresh(self) -> None:
        """AwayError while the database is away: what is known stays."""
        found = await self._store.in_force()
        if found != self._board.notices:
            self._board.notify([with_closures(plan, found.closures) for plan in self._usual], found)
        self.known.set()

    async def decide(self, act: Act, seen: int | None) -> bool:
        decided = await self._store.decide(act, seen)
        await self.refresh()
        return decided

    async def acts(self, most: int) -> Sequence[Act]:
        return await self._store.acts(most)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            # that the database is away, the boards say
            with contextlib.suppress(AwayError):
                await self.refresh()
            await asyncio.sleep(EVERY_S)


async def plans(journal: Journal, settings: Settings) -> list[Plan]:
    """The plans of all areas as they are with what was decided since they were written."""
    found = await Store(journal, settings.site).in_force()
    return [with_closures(plan, found.closures) for plan in settings.plans()]


async def plan(journal: Journal, settings: Settings, area: str) -> Plan:
    """Of one area; SettingsError if it is not configured."""
    found = {one.area: one for one in await plans(journal, settings)}
    if area not in found:
        raise SettingsError(f'found area "{area}", expected one of: {", ".join(found)}')
    return found[area]
