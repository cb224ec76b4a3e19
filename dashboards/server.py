"""The HTTP server: all pages, streams and interfaces put together, and errors in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from dashboards.alerting import Alerting, Alerts
from dashboards.board import Board
from dashboards.board_pages import BoardPages
from dashboards.crowd_pages import CrowdPages
from dashboards.day_pages import DayPages
from dashboards.days import Days
from dashboards.deciding import Corrections, Deciding, Decisions
from dashboards.details import Details
from dashboards.export_pages import ExportPages
from dashboards.export_records import Exports
from dashboards.frame import framed
from dashboards.hall import HallScreens
from dashboards.headers import headed
from dashboards.house import UNNAMED, House
from dashboards.house_pages import HousePages
from dashboards.interface import JSON, Backstage, Interface
from dashboards.public import Public, PublicSettings
from dashboards.public_months import PublicMonths
from dashboards.sign_in.entrance import SignIn
from dashboards.sign_in.guard import Guard, Place
from dashboards.switchboard import Switchboards
from dashboards.templating import environment
from dashboards.views import Views
from dashboards.web_settings import WebSettings
from dashboards.what_if import WhatIfs

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"

TOLD = ("Allow", "Retry-After", "WWW-Authenticate")
"""Headers of errors that say what to do."""
LARGEST = 16 * 1024
"""Bytes of what a request may carry: a note in a form, at most."""


class Server:
    """Routes over one board."""

    def __init__(
        self,
        board: Board,
        backstage: Backstage,
        asyncapi: bytes = b"",
        *,
        alerts: Alerts | None = None,
        days: Days | None = None,
        sign_in: SignIn | None = None,
        guard: Guard | None = None,
        notices: Decisions | None = None,
        corrections: Corrections | None = None,
        house: House = UNNAMED,
        public: PublicSettings | None = None,
        exports: Exports | None = None,
    ) -> None:
        """`asyncapi` is the event contract's document. Without it, or `alerts`, or `notices` with `corrections`, or
        `exports`, there are no such pages.

        Without `sign_in` nobody has to, and `guard` refuses other sites alone.
        """
        templates = environment(house)
        views = Views(board, templates)
        pages, interface = BoardPages(board, views), Interface(board, backstage, views.alerts.names, asyncapi)
        halls, details = HallScreens(board, templates), Details(board, templates)
        switchboards = Switchboards(board, views, templates)
        self._streams = (
            interface.stream,
            *pages.streams.values(),
            halls.stream,
            details.stream,
            *switchboards.streams.values(),
        )
        for stream in self._streams:
            board.on_change(stream.stir)
        self._exports = ExportPages(board, exports, templates) if exports else None
        shown = public if public and public.enabled else None
        self._sign_in = sign_in
        watch = sign_in.guard if sign_in else guard or Guard(Place(), lambda: datetime.now(UTC))
        self.app = web.Application(
            middlewares=[
                headed,
                *([sign_in.outermost()] if sign_in else ()),
                watch.identified,
                framed,
                _errors(views),
                watch.authorised,
            ],
            client_max_size=LARGEST,
        )
        self.app.add_routes(
            [
                *pages.routes(),
                *interface.routes(),
                *WhatIfs(board, views).routes(),
                *switchboards.routes(),
                *halls.routes(),
                *(Public(board, shown, templates, months=exports is not None).routes() if shown else ()),
                *(PublicMonths(exports.months, templates).routes() if shown and exports else ()),
                *details.routes(),
                *(sign_in.routes() if sign_in else ()),
                *(Alerting(board, alerts, views.alerts).routes() if alerts else ()),
                *CrowdPages(board, templates).routes(),
                *(DayPages(board, days, alerts, templates).routes() if days else ()),
                *(Deciding(board, notices, corrections, templates).routes() if notices and corrections else ()),
                *(self._exports.routes() if self._exports else ()),
                *HousePages(house, templates).routes(),
                web.static("/static", STATIC),
            ]
        )

    @asynccontextmanager
    async def serving(self, settings: WebSettings) -> AsyncIterator[str]:
        """Listens while the block runs; yields the address to open. OSError if the port is taken."""
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.5, handle_signals=False)
        await runner.setup()
        host, port = settings.address
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def run(self) -> None:
        """Renders and sends what changes."""
        async with asyncio.TaskGroup() as tasks:
            for stream in self._streams:
                tasks.create_task(stream.run())
            if self._sign_in:
                tasks.create_task(self._sign_in.run())
            if self._exports:
                tasks.create_task(self._exports.exporting.run())


def _errors(views: Views) -> Middleware:
    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            return await handler(request)
        except web.HTTPError as error:
            status, text = error.status, error.text or error.reason
            headers = {name: error.headers[name] for name in TOLD if name in error.headers}
        except web.HTTPException:
            raise  # go elsewhere
        except OSError:  # a file name that is none
            status, text = 404, "not found"
        except Exception:
            log.exception("not answered", method=request.method)
            status, text = 500, "internal error"
        if request.path.startswith("/api/"):
            body, kind = msgspec.json.encode({"error": text}), JSON
        else:
            body, kind = views.error(status).encode(), "text/html"
        return web.Response(body=body, status=status, content_type=kind, headers=headers)

    return errors
