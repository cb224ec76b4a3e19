"""What if: the effects of other counters on an area as it is now, for pages and programs; nothing is changed."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from aiohttp import web
from msgspec import Struct

from dashboards import queries
from dashboards.access import needs
from dashboards.board import Board
from dashboards.courses import Change, CourseError, changes, course
from dashboards.views import Views
from ticketing.figures import AreaFigures, Quantiles
from ticketing.foreseen import quantiles
from ticketing.staffing import HORIZON, Effect, WhatIf

AT_ONCE = 2
"""Each takes a core for up to 50 ms: readers must not take the time of the intake beside us."""
MOST_ASKING = 20
"""Those who wait for their turn among them: whoever comes last of so many waits for a second or two."""


class EffectFigures(Struct, frozen=True, kw_only=True):
    """Counters that serve the queue; share called, or answered, in time within `horizon_s`; wait of who comes now."""

    counters: int
    within: float | None
    predicted_wait_s: Quantiles | None


class QueueWhatIf(Struct, frozen=True, kw_only=True):
    """As things go, and with the changes."""

    queue: str
    present: EffectFigures
    then: EffectFigures


class AreaWhatIf(Struct, frozen=True, kw_only=True):
    """Of the queues that can be forecast."""

    area: str
    at: datetime
    horizon_s: float
    queues: tuple[QueueWhatIf, ...]


class WhatIfs:
    """Simulations of a board's areas, on other threads, so many at once; whoever asks for more waits, or is refused."""

    def __init__(self, board: Board, views: Views) -> None:
        self._board, self._views = board, views
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._asking = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/what-if/{area}", self.page), web.get("/api/v1/areas/{area}/what-if", self.figures)]

    @needs("read")
    async def page(self, request: web.Request) -> web.Response:
        with self._admitted():
            figures, wanted = self._asked(request)
            found = await self._found(request, figures, wanted) if self._moving else ()
            return web.Response(text=self._views.what_if(figures, wanted, found), content_type="text/html")

    @needs("read")
    async def figures(self, request: web.Request) -> web.Response:
        with self._admitted():
            figures, wanted = self._asked(request)
            if not self._moving:
                raise web.HTTPServiceUnavailable(
                    text="no data come now: nothing is foreseen of an area that stands still"
                )
            simulated = await self._found(request, figures, wanted)
        found = AreaWhatIf(
            area=figures.area,
            at=figures.at,
            horizon_s=HORIZON.total_seconds(),
            queues=tuple(
                QueueWhatIf(queue=one.queue, present=_effect(one.present), then=_effect(one.then)) for one in simulated
            ),
        )
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        """HTTPServiceUnavailable where too many wait already: even the figures of an area take some milliseconds."""
        if self._asking >= MOST_ASKING:
            raise web.HTTPServiceUnavailable(text=f"{MOST_ASKING} simulations are asked for already: ask again soon")
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1

    @property
    def _moving(self) -> bool:
        return self._board.loaded and self._board.standing_since is None

    def _asked(self, request: web.Request) -> tuple[AreaFigures, tuple[Change, ...]]:
        area = queries.area(request, self._board.areas)
        figures = self._board.figures(area)
        try:
            return figures, changes(request.query.items(), figures, self._board.plans[area])
        except CourseError as error:
            raise web.HTTPBadRequest(text=str(error)) from None

    async def _found(self, request: web.Request, figures: AreaFigures, wanted: Sequence[Change]) -> tuple[WhatIf, ...]:
        if not figures.counters:
            return ()
        async with self._turns:
            if request.transport is None:
                return ()  # gone meanwhile, with another click
            return await asyncio.to_thread(self._board.what_if, figures.area, course(wanted, figures))


def _effect(effect: Effect) -> EffectFigures:
    return EffectFigures(
        counters=effect.counters,
        within=None if effect.within is None else round(effect.within, 3),
        predicted_wait_s=quantiles(effect.waits),
    )
