"""Alerts for people and programs: what is open and what was, taken on, noted and silenced; pages and interface."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from dashboards import demands, queries
from dashboards.access import needs, person
from dashboards.alert_views import SAID, AlertViews, Typed, as_told
from dashboards.board import Board
from dashboards.demands import DemandError, Told
from dashboards.errors import AwayError
from ticketing.alert import Alert, Mute, Record
from ticketing.saying import _

T = TypeVar("T")

DAYS, MOST_DAYS = 7, 366
JSON = "application/json"
AHEAD = timedelta(days=1)
"""A clock may have been set back since an alert fired: it is shown all the same."""


class Alerts(Protocol):
    """The log of alerts. Every method raises AwayError while the database is away."""

    async def acknowledge(self, alert: str, who: str, note: str, at: datetime, /) -> Alert | None: ...
    async def note(self, alert: str, who: str, text: str, at: datetime, /) -> Alert | None: ...
    async def mute(
        self, alert: str, /, *, subject: str | None, until: datetime, who: str, reason: str, at: datetime
    ) -> Mute | None: ...
    async def unmute(self, mute: int, who: str, at: datetime, /) -> Mute | None: ...
    async def records(self, since: datetime, until: datetime, area: str | None, /) -> list[Record]: ...
    async def record(self, alert: str, /) -> Record | None: ...


class Done(Struct, frozen=True, kw_only=True):
    """What came of something asked for: in the interface's words, and which words the page has for it."""

    body: object
    said: str


class Alerting:
    """The routes. Nothing is changed for a page of another origin."""

    def __init__(self, board: Board, alerts: Alerts, views: AlertViews) -> None:
        self._board, self._alerts, self._views = board, alerts, views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/alertes", self.page),
            web.post("/alertes/{alert:[a-z0-9-]{1,64}}/{action:acknowledge|note|silence}", self.form),
            web.post("/alertes/silences/{mute:\\d{1,18}}/end", self.end_form),
            web.get("/api/v1/alerts", self.listed),
            web.get("/api/v1/alerts/{alert:[a-z0-9-]{1,64}}", self.one),
            web.post("/api/v1/alerts/{alert:[a-z0-9-]{1,64}}/{action:acknowledge|note|silence}", self.act),
            web.post("/api/v1/silences/{mute:\\d{1,18}}/end", self.end),
        ]

    # ------------------------------------------------------------ reading

    @needs("read")
    async def page(self, request: web.Request) -> web.Response:
        """Open alerts, silences, and those of the last days: as much of it as can be had."""
        return await self._page(request, _said(request.query.get("fait", "")))

    async def _page(
        self, request: web.Request, said: str, typed: Typed | None = None, status: int = 200
    ) -> web.Response:
        area, days = self._area(request), _days(request)
        records: list[Record] | None
        try:
            records = await self._records(days, area)
        except AwayError:
            records = None
        text = self._views.page(records, days, area, said, typed)
        return web.Response(text=text, content_type="text/html", status=status)

    async def _records(self, days: int, area: str | None) -> list[Record]:
        """Those of so many days; of none, those that are open."""
        now = self._board.clock()
        return await self._alerts.records(now - timedelta(days=days), now + AHEAD, area)

    def _area(self, request: web.Request) -> str | None:
        area, known = request.query.get("area") or None, self._board.plans
        if area is not None and area not in known:
            raise web.HTTPBadRequest(text=f'area: found "{area}", expected one of: {", ".join(known)}')
        return area

    @needs("read")
    async def listed(self, request: web.Request) -> web.Response:
        """`state`: open, or all, the usual; `days`: how many back, 7 unless told; `area`."""
        state = request.query.get("state", "all")
        if state not in ("open", "all"):
            raise web.HTTPBadRequest(text=f'state: found "{state}", expected open or all')
        area, days = self._area(request), _days(request)
        try:
            records = await self._records(days if state == "all" else 0, area)
        except AwayError as error:
            raise _away(error) from None
        names, board = self._views.names, self._board
        told = [as_told(one, names) for one in records if state == "all" or one.alert.resolved_at is None]
        return _json({"alerts": told, "silences": list(board.mutes), "undelivered": list(board.undelivered)})

    @needs("read")
    async def one(self, request: web.Request) -> web.Response:
        return _json(as_told(await self._record(request), self._views.names))

    async def _record(self, request: web.Request) -> Record:
        alert = request.match_info["alert"]
        return await _kept(self._alerts.record(alert), f'found no alert "{alert[:64]}"')

    # ------------------------------------------------------------ doing

    @needs("act")
    async def act(self, request: web.Request) -> web.Response:
        """`who`; `note`; of a silence `minutes` or "closing", `reason` and perhaps `queue`: as JSON or as a form."""
        try:
            done = await self._done(request, await demands.told(request, person(request)))
        except DemandError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return _json(done.body)

    @needs("act")
    async def form(self, request: web.Request) -> web.Response:
        """The same from the page, which says what came of it; what was typed stays where nothing could be done."""
        told = await demands.told(request, person(request))
        typed = Typed(alert=request.match_info["alert"], action=request.match_info["action"], words=told)
        try:
            done = await self._done(request, told)
        except web.HTTPServiceUnavailable:
            return await self._page(request, _said("absente"), typed, status=503)
        except web.HTTPNotFound:
            return await self._page(request, _said("inconnue"), typed, status=404)
        except DemandError as error:
            return await self._page(request, error.said, typed, status=400)
        return _see(request, done.said, f"#{typed.alert}")

    async def _done(self, request: web.Request, told: Told) -> Done:
        known = await self._record(request)
        match request.match_info["action"]:
            case "acknowledge":
                return await self._acknowledge(known.alert, told)
            case "note":
                who, note = demands.who(told), demands.note(told, needed=True)
                await _kept(self._alerts.note(known.alert.id, who, note, self._board.clock()))
                return Done(body={"id": known.alert.id, "state": known.alert.state}, said="note")
            case _:
                return await self._silence(known.alert, told)

    async def _acknowledge(self, alert: Alert, told: Told) -> Done:
        who, note, now = demands.who(told), demands.note(told), self._board.clock()
        taken = await _kept(self._alerts.acknowledge(alert.id, who, note, now))
        by = {"acknowledged_at": taken.acknowledged_at, "acknowledged_by": taken.acknowledged_by}
        board = self._board
        # at once, not with the next turn: whoever has clicked is to see it
        board.alert(
            [replace(one, **by) if one.id == taken.id else one for one in board.alerts], board.mutes, board.undelivered
        )
        ours = (taken.acknowledged_at, taken.acknowledged_by) == (now, who)
        said = "prise" if ours else "deja-note" if note else "deja"
        return Done(body={"id": taken.id, "state": taken.state, **by, "ours": ours}, said=said)

    async def _silence(self, alert: Alert, told: Told) -> Done:
        now, board = self._board.clock(), self._board
        who, reason = demands.who(told), demands.reason(told)
        subject = demands.subject(told, self._views.subjects(alert))
        until = demands.until(told, now, self._views.closing(alert))
        mute = await _kept(self._alerts.mute(alert.id, subject=subject, until=until, who=who, reason=reason, at=now))
        board.alert(board.alerts, [*board.mutes, mute], board.undelivered)
        return Done(body=mute, said="silence")

    @needs("act")
    async def end(self, request: web.Request) -> web.Response:
        """Ends a silence now; `who` may be told."""
        try:
            return _json(await self._ended(request, await demands.told(request, person(request))))
        except DemandError as error:
            raise web.HTTPBadRequest(text=str(error)) from None

    @needs("act")
    async def end_form(self, request: web.Request) -> web.Response:
        try:
            await self._ended(request, await demands.told(request, person(request)))
        except web.HTTPServiceUnavailable:
            return await self._page(request, _said("absente"), status=503)
        except DemandError as error:
            return await self._page(request, error.said, status=400)
        except web.HTTPNotFound:
            return _see(request, "finie")
        return _see(request, "levee")

    async def _ended(self, request: web.Request, told: Told) -> Mute:
        number, board = int(request.match_info["mute"]), self._board
        who = demands.who(told, needed=False)
        mute = await _kept(
            self._alerts.unmute(number, who, board.clock()), "found no such silence: it is over, or there was none"
        )
        board.alert(board.alerts, [one for one in board.mutes if one.id != number], board.undelivered)
        return mute


async def _kept(asked: Awaitable[T | None], nothing: str = "found no such alert") -> T:
    try:
        found = await asked
    except AwayError as error:
        raise _away(error) from None
    if found is None:
        raise web.HTTPNotFound(text=nothing)
    return found


def _away(error: AwayError) -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=str(error))


def _said(key: str) -> str:
    """What came of something asked for, in words."""
    return _(SAID.get(key, ""))


def _days(request: web.Request) -> int:
    told = request.query.get("days", str(DAYS))
    days = queries.whole(told, 1, MOST_DAYS)
    if days is None:
        raise web.HTTPBadRequest(text=f'days: found "{told[:64]}", expected 1 to {MOST_DAYS}')
    return days


def _see(request: web.Request, said: str, place: str = "") -> web.Response:
    """Back to the page as it was, with a word on what came of it."""
    kept = {key: request.query[key] for key in ("days", "area") if key in request.query}
    return web.Response(status=303, headers={"Location": f"/alertes?{urlencode({**kept, 'fait': said})}{place}"})


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)
