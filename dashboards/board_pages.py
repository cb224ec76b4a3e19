"""The supervisors' board: its page, and the streams that keep it and the lines of alerts up to date."""

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from dashboards.access import needs
from dashboards.board import ALERTS, Board
from dashboards.frame import FRAME
from dashboards.languages import LANGUAGES, Language, speaking
from dashboards.stream import Stream
from dashboards.streaming import streamed
from dashboards.views import SITE, Views


class BoardPages:
    """The parts go out at most five times a second."""

    def __init__(self, board: Board, views: Views) -> None:
        self._views = views
        self.streams: Mapping[Language, Stream] = {
            language: Stream([SITE, ALERTS, *board.areas], partial(self._part, language), "part", every=0.2, tick=1.0)
            for language in LANGUAGES
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.board),
            web.get("/stream/board", self.board_stream, allow_head=False),
            web.get("/stream/alerts", self.alerts_stream, allow_head=False),
        ]

    def _part(self, language: Language, part: str) -> bytes:
        with speaking(language):
            return self._views.part(part).encode()

    @needs("read")
    async def board(self, _: web.Request) -> web.Response:
        return web.Response(text=self._views.board(), content_type="text/html")

    @needs("read")
    async def board_stream(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.streams[FRAME.get().language])

    @needs("read")
    async def alerts_stream(self, request: web.Request) -> web.StreamResponse:
        """The board's line of alerts alone."""
        return await streamed(request, self.streams[FRAME.get().language], [ALERTS])
