"""Decisions of supervisors in memory, which pass the same tests as those in PostgreSQL."""

import asyncio

from msgspec.structs import replace

from dashboards.errors import AwayError
from dashboards.notices import Store
from ticketing.notice import Act, Notices


class FakeNotices(Store):
    """While `away`, everything fails."""

    def __init__(self) -> None:
        self.kept: list[Act] = []
        self.away = False

    async def _asked(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise AwayError("the database does not answer: connection refused")

    async def in_force(self) -> Notices:
        await self._asked()
        return Notices.of(self.kept)

    async def decide(self, act: Act, seen: int | None) -> bool:
        await self._asked()
        if seen is not None and seen != Notices.of(self.kept).number(act.area, act.date):
            return False
        self.kept.append(replace(act, number=len(self.kept) + 1))
        return True

    async def acts(self, most: int) -> list[Act]:
        await self._asked()
        return self.kept[::-1][:most]
