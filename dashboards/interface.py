"""The interface for programs: areas and their live figures, streamed too; the ledger, accuracy, health and metrics."""

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

from dashboards import queries
from dashboards.access import needs
from dashboards.alert_names import Names
from dashboards.alert_views import as_told
from dashboards.board import ALERTS, Board
from dashboards.errors import AwayError, UnheardOfError
from dashboards.metrics import CONTENT_TYPE, Metrics
from dashboards.stream import Stream
from dashboards.streaming import streamed
from ticketing.accuracy import Accuracy
from ticketing.alert import Record
from ticketing.hours import Day
from ticketing.ledger import Account
from ticketing.plan import Plan

JSON = "application/json"


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


class Interface:
    """`live` goes out at most once a second and area."""

    def __init__(self, board: Board, backstage: Backstage, names: Names, asyncapi: bytes = b"") -> None:
        """`asyncapi` is the event contract's document; without it there is no such page."""
        self._board, self._backstage, self._names, self._asyncapi = board, backstage, names, asyncapi
        self._metrics = Metrics(board)
        self.stream = Stream(
            [*board.areas, ALERTS], self._live, "live", every=1.0, tick=5.0, otherwise={ALERTS: "alert"}
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/areas", self.areas),
            web.get("/api/v1/areas/{area}/live", self.area_live),
            web.get("/api/v1/ledger", self.ledger),
            web.get("/api/v1/accuracy", self.accuracy),
            web.get("/api/v1/stream", self.api_stream, allow_head=False),
            web.get("/asyncapi.json", self.contract),
            web.get("/api/v1/asyncapi.json", self.contract),
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.prometheus),
        ]

    def _live(self, area: str) -> bytes:
        if area == ALERTS:
            told = [as_told(Record(alert=one, moments=()), self._names) for one in self._board.alerts]
            return msgspec.json.encode(told)
        return msgspec.json.encode(self._board.figures(area))

    @needs("read")
    async def api_stream(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.stream)

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
