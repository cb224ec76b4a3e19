"""What stands behind the board: the pages of a queue and of a counter, which follow what happens there."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import msgspec
from aiohttp import web
from jinja2 import Environment
from msgspec.structs import asdict

from dashboards import counter_page, queries, queue_page
from dashboards.access import needs
from dashboards.board import Board
from dashboards.stream import Stream
from dashboards.streaming import streamed
from dashboards.templating import page
from dashboards.views import unheard
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.saying import _
from ticketing.shift import shift

LONGEST = 64
"""Characters of an id: of what is none, no more is repeated."""


class Details:
    """`stream` says of an area that its pages are to be asked for again."""

    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates
        self._turns = count(1)
        self.stream = Stream(board.areas, self._turn, "part", every=1.0, tick=5.0)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/file/{area}/{queue}", self.queue),
            web.get("/guichet/{area}/{counter}", self.counter),
            web.get("/stream/areas/{area}", self.turns, allow_head=False),
            web.get("/api/v1/areas/{area}/queues/{queue}/tickets", self.tickets),
            web.get("/api/v1/areas/{area}/counters/{counter}/day", self.day),
        ]

    def _turn(self, _: str) -> bytes:
        return b'<p id="turn">%d</p>' % next(self._turns)

    @needs("read")
    async def turns(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.stream, [queries.area(request, self._board.areas)])

    @needs("read")
    async def queue(self, request: web.Request) -> web.Response:
        figures = self._figures(request)
        found = _queue(figures, request.match_info["queue"]) if figures else None
        if figures is None or found is None:
            return self._nowhere(request, _("Cette file n’existe pas."))
        wanted = request.query.get("etat", "")
        wanted = wanted if wanted in queue_page.FILTERS else ""
        return self._page("queue.html", figures, queue_page.shown(self._board, figures, found, wanted))

    @needs("read")
    async def counter(self, request: web.Request) -> web.Response:
        figures, told = self._figures(request), request.match_info["counter"]
        if figures is None or told not in _counters(figures):
            return self._nowhere(request, _("Ce guichet n’existe pas."))
        return self._page("counter.html", figures, counter_page.shown(self._board, figures, told))

    @needs("read")
    async def tickets(self, request: web.Request) -> web.Response:
        figures, told = self._board.figures(queries.area(request, self._board.areas)), request.match_info["queue"]
        found = _queue(figures, told)
        if found is None:
            known = ", ".join(queue.queue for queue in figures.queues)
            raise web.HTTPNotFound(text=f'found queue "{told[:LONGEST]}", expected one of: {known}')
        return _json(queue_page.tickets(self._board, figures, found))

    @needs("read")
    async def day(self, request: web.Request) -> web.Response:
        figures, told = self._board.figures(queries.area(request, self._board.areas)), request.match_info["counter"]
        if told not in _counters(figures):
            raise web.HTTPNotFound(
                text=f'found counter "{told[:LONGEST]}", expected one of: {", ".join(_counters(figures))}'
            )
        found = shift(self._board.areas[figures.area], told, figures.at)
        return _json({"area": figures.area, "complete": figures.complete, **asdict(found), "staffed": found.staffed})

    def _figures(self, request: web.Request) -> AreaFigures | None:
        area = request.match_info["area"]
        return self._board.figures(area) if area in self._board.areas else None

    def _page(self, name: str, figures: AreaFigures, values: Mapping[str, Any]) -> web.Response:
        return page(
            self._templates,
            name,
            loaded=self._board.loaded,
            standing=self._board.standing_since is not None,
            unheard=unheard(figures, heard=False),
            catching_up=unheard(figures, heard=True),
            **values,
        )

    def _nowhere(self, request: web.Request, words: str) -> web.Response:
        """Where one can go instead."""
        told = request.match_info
        return page(
            self._templates,
            "nowhere.html",
            status=404,
            words=words,
            told=" / ".join(part[:LONGEST] for part in told.values()),
            areas=[self._board.figures(area) for area in self._board.areas],
        )


def _queue(figures: AreaFigures, told: str) -> QueueFigures | None:
    return next((queue for queue in figures.queues if queue.queue == told), None)


def _counters(figures: AreaFigures) -> list[str]:
    return [counter.counter for counter in figures.counters]


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
