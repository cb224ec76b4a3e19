"""The HTTP server: pages, live streams, the interface for programs, and health."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Protocol

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from msgspec import Struct

from dashboards import queries
from dashboards.access import needs
from dashboards.alert_views import as_told
from dashboards.alerting import Alerting, Alerts
from dashboards.board import ALERTS, Board
from dashboards.crowd_pages import CrowdPages
from dashboards.day_pages import DayPages
from dashboards.days import Days
from dashboards.deciding import Corrections, Deciding, Decisions
from dashboards.details import Details
from dashboards.errors import AwayError, UnheardOfError
from dashboards.frame import FRAME, framed
from dashboards.hall import HallScreens
from dashboards.headers import headed
from dashboards.house import UNNAMED, House
from dashboards.house_pages import HousePages
from dashboards.languages import LANGUAGES, Language, speaking
from dashboards.metrics import CONTENT_TYPE, Metrics
from dashboards.public import Public, PublicSettings
from dashboards.sign_in.entrance import SignIn
from dashboards.sign_in.guard import Guard, Place
from dashboards.stream import Stream
from dashboards.streaming import streamed
from dashboards.switchboard import Switchboards
from dashboards.templating import environment
from dashboards.views import SITE, Views
from dashboards.what_if import WhatIfs
from ticketing.accuracy import Accuracy
from ticketing.alert import Record
from ticketing.hours import Day
from ticketing.ledger import Account
from ticketing.plan import Plan

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"
JSON = "application/json"
TOLD = ("Allow", "Retry-After", "WWW-Authenticate")
"""Headers of errors that say what to do."""
LARGEST = 16 * 1024
"""Bytes of what a request may carry: a note in a form, at most."""


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listen: str = "127.0.0.1:8080"
    url: str | None = None
    """How people reach the boards, where that is another address: it stands in messages."""
    open: bool = False
    """Whether anybody who reaches the boards may use them, though other machines can and nobody signs in."""
    proxies: tuple[str, ...] = ()
    """Networks of our own proxies: what they say of where a request comes from is believed."""
    hall_networks: tuple[str, ...] = ()
    """Networks from which the halls' screens are open without signing in."""
    name: str = ""
    """Of whom vigie works for: it stands at the head of the pages."""
    contact: str = ""
    """Where people tell of what they cannot use: an address, a page, or words."""
    stylesheet: Path | None = None
    """Laid over ours."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. ValueError with a sentence for anything else."""
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
            raise ValueError(f'found "{self.listen}", expected a host and port such as "127.0.0.1:8080"')
        return host.strip("[]"), int(port)

    @property
    def place(self) -> Place:
        """ValueError for a network that is none."""
        return Place(
            url=self.url or "",
            proxies=tuple(map(ip_network, self.proxies)),
            screens=tuple(map(ip_network, self.hall_networks)),
        )

    @property
    def house(self) -> House:
        return House(name=self.name, contact=self.contact, stylesheet=self.stylesheet)

    @property
    def local(self) -> bool:
        """Whether only this machine reaches us."""
        host, _ = self.address
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether vigie can do its work now, and what it depends on; `lag` counts rows not yet followed."""

    ready: bool
    broker: bool | None
    database: bool
    loaded: bool
    lag: int | None


class Backstage(Protocol):
    """What the server asks of the service that it is a part of."""

    async def readiness(self) -> Readiness: ...

    async def accounts(self, day: date | None, device: str | None) -> Sequence[Account]:
        """The ledger of a day, today's without one, of one device or all.

        AwayError while the database is away, UnheardOfError for a day that is none.
        """

    async def accuracy(self, area: str | None, week: date | None) -> Sequence[Accuracy]:
        """How right predictions were in the week that begins on a Monday, or in the last five; in an area, or in all.

        AwayError while the database is away, UnheardOfError for an area or week that is none.
        """


class Server:
    """Routes over one board. `live` goes out at most once a second and area; the board's parts at most five times."""

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
    ) -> None:
        """`asyncapi` is the event contract's document. Without it, or `alerts`, or `notices` with `corrections`, there
        are no such pages.

        Without `sign_in` nobody has to, and `guard` refuses other sites alone.
        """
        self._board, self._backstage, self._asyncapi = board, backstage, asyncapi
        templates = environment(house)
        self._views = Views(board, templates)
        self._metrics = Metrics(board)
        self.live = Stream([*board.areas, ALERTS], self._live, "live", every=1.0, tick=5.0, otherwise={ALERTS: "alert"})
        self.fragments = {
            language: Stream(
                [SITE, ALERTS, *board.areas], partial(self._fragment, language), "part", every=0.2, tick=1.0
            )
            for language in LANGUAGES
        }
        halls, details = HallScreens(board, templates), Details(board, templates)
        switchboards = Switchboards(board, self._views, templates)
        self._streams = (
            self.live,
            *self.fragments.values(),
            halls.stream,
            details.stream,
            *switchboards.streams.values(),
        )
        for stream in self._streams:
            board.on_change(stream.stir)
        self._sign_in = sign_in
        watch = sign_in.guard if sign_in else guard or Guard(Place(), lambda: datetime.now(UTC))
        self.app = web.Application(
            middlewares=[
                headed,
                *([sign_in.outermost()] if sign_in else ()),
                watch.identified,
                framed,
                _errors(self._views),
                watch.authorised,
            ],
            client_max_size=LARGEST,
        )
        self.app.add_routes(
            [
                web.get("/", self.board),
                web.get("/stream/board", self.board_stream, allow_head=False),
                web.get("/stream/alerts", self.alerts_stream, allow_head=False),
                web.get("/api/v1/areas", self.areas),
                web.get("/api/v1/areas/{area}/live", self.area_live),
                *WhatIfs(board, self._views).routes(),
                *switchboards.routes(),
                *halls.routes(),
                *(Public(board, public, templates).routes() if public and public.enabled else ()),
                *details.routes(),
                *(sign_in.routes() if sign_in else ()),
                *(Alerting(board, alerts, self._views.alerts).routes() if alerts else ()),
                *CrowdPages(board, templates).routes(),
                *(DayPages(board, days, alerts, templates).routes() if days else ()),
                *(Deciding(board, notices, corrections, templates).routes() if notices and corrections else ()),
                web.get("/api/v1/ledger", self.ledger),
                web.get("/api/v1/accuracy", self.accuracy),
                web.get("/api/v1/stream", self.api_stream, allow_head=False),
                web.get("/asyncapi.json", self.contract),
                web.get("/api/v1/asyncapi.json", self.contract),
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/metrics", self.prometheus),
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

    def _live(self, area: str) -> bytes:
        if area == ALERTS:
            names = self._views.alerts.names
            return msgspec.json.encode([as_told(Record(alert=one, moments=()), names) for one in self._board.alerts])
        return msgspec.json.encode(self._board.figures(area))

    def _fragment(self, language: Language, part: str) -> bytes:
        with speaking(language):
            return self._views.part(part).encode()

    @needs("read")
    async def board(self, _: web.Request) -> web.Response:
        return web.Response(text=self._views.board(), content_type="text/html")

    @needs("read")
    async def board_stream(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.fragments[FRAME.get().language])

    @needs("read")
    async def alerts_stream(self, request: web.Request) -> web.StreamResponse:
        """The board's line of alerts alone."""
        return await streamed(request, self.fragments[FRAME.get().language], [ALERTS])

    @needs("read")
    async def api_stream(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.live)

    @needs("read")
    async def areas(self, _: web.Request) -> web.Response:
        now = self._board.clock()
        return _json([_configured(plan, plan.hours.day_at(now)) for plan in self._board.plans.values()])

    @needs("read")
    async def area_live(self, request: web.Request) -> web.Response:
        return web.Response(body=self._live(queries.area(request, self._board.areas)), content_type=JSON)

    @needs("open")
    async def contract(self, _: web.Request) -> web.Response:
        if not self._asyncapi:
            raise web.HTTPNotFound
        return web.Response(body=self._asyncapi, content_type=JSON)

    @needs("read")
    async def ledger(self, request: web.Request) -> web.Response:
        """`day` as 2026-11-25, `device` as borne-1 or sud/borne-1; both may be left out."""
        return await _told(self._backstage.accounts(queries.day(request), request.query.get("device")))

    @needs("read")
    async def accuracy(self, request: web.Request) -> web.Response:
        """`area` as sud, `week` as 2026-W48; both may be left out."""
        return await _told(self._backstage.accuracy(request.query.get("area"), queries.week(request)))

    @needs("read")
    async def prometheus(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    @needs("open")
    async def healthz(self, _: web.Request) -> web.Response:
        return _json({"alive": True})

    @needs("open")
    async def readyz(self, _: web.Request) -> web.Response:
        readiness = await self._backstage.readiness()
        return _json(readiness, status=200 if readiness.ready else 503)


async def _told(asked: Awaitable[object]) -> web.Response:
    try:
        return _json(await asked)
    except UnheardOfError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    except AwayError as error:
        raise web.HTTPServiceUnavailable(text=str(error)) from None


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=JSON)


def _configured(plan: Plan, today: Day) -> dict[str, object]:
    """An area; with each counter the spans in which it is planned to be staffed today, null where nothing is."""
    return {
        "area": plan.area,
        "kind": plan.kind,
        "name": plan.name,
        "queues": [{"queue": queue.id, "name": queue.name} for queue in plan.queues],
        "counters": [
            {"counter": desk.id, "name": desk.name, "queues": desk.queues, "planned": plan.planned(desk, today)}
            for desk in plan.desks
        ],
    }


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
