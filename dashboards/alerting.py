"""Alerts for people and programs: what is open and what was, taken on, noted and silenced; pages and interface."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Struct

from dashboards.alert_views import SAID, AlertViews, as_told
from dashboards.board import Board
from dashboards.errors import AwayError
from ticketing.alert import Alert, Mute, Record

DAYS, MOST_DAYS = 7, 366
WHO, WORDS = 60, 500
"""Characters of who somebody is, and of what they write."""
SHORTEST, LONGEST = 5, 7 * 24 * 60
"""Minutes of a silence."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
JSON = "application/json"


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
    """What came of something asked for: in the interface's words, and in those of the page."""

    body: object
    said: str


class Alerting:
    """The routes. Nothing is changed for a page of another origin."""

    def __init__(self, board: Board, alerts: Alerts, views: AlertViews) -> None:
        self._board, self._alerts, self._views = board, alerts, views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/alertes", self.page),
            web.post("/alertes/{alert}/{action:acknowledge|note|silence}", self.form),
            web.post("/alertes/silences/{mute:\\d{1,18}}/end", self.end_form),
            web.get("/api/v1/alerts", self.listed),
            web.get("/api/v1/alerts/{alert}", self.one),
            web.post("/api/v1/alerts/{alert}/{action:acknowledge|note|silence}", self.act),
            web.post("/api/v1/silences/{mute:\\d{1,18}}/end", self.end),
        ]

    # ------------------------------------------------------------ reading

    async def page(self, request: web.Request) -> web.Response:
        """Open alerts, silences, and those of the last days: as much of it as can be had."""
        return await self._page(request, {}, SAID.get(request.query.get("fait", ""), ""))

    async def _page(self, request: web.Request, typed: Mapping[str, str], said: str, status: int = 200) -> web.Response:
        records: list[Record] | None
        try:
            records = await self._records(request)
        except AwayError:
            records = None
        text = self._views.page(records, _days(request), typed, said)
        return web.Response(text=text, content_type="text/html", status=status)

    async def _records(self, request: web.Request) -> list[Record]:
        now = self._board.clock()
        area = request.query.get("area") or None
        return await self._alerts.records(now - timedelta(days=_days(request)), now + timedelta(days=1), area)

    async def listed(self, request: web.Request) -> web.Response:
        """`state`: open, or all, the usual; `days`: how many back, 7 unless told; `area`."""
        state = request.query.get("state", "all")
        if state not in ("open", "all"):
            raise web.HTTPBadRequest(text=f'state: found "{state}", expected open or all')
        try:
            records = await self._records(request)
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        names = self._views.names
        told = [as_told(one, names) for one in records if state == "all" or one.alert.resolved_at is None]
        return _json(
            {"alerts": told, "silences": list(self._board.mutes), "undelivered": list(self._board.undelivered)}
        )

    async def one(self, request: web.Request) -> web.Response:
        try:
            record = await self._alerts.record(request.match_info["alert"])
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        if record is None:
            raise web.HTTPNotFound(text=_unknown(request))
        return _json(as_told(record, self._views.names))

    # ------------------------------------------------------------ doing

    async def act(self, request: web.Request) -> web.Response:
        """As JSON: `who`; `note`; `minutes`, `reason` and perhaps `queue` of a silence."""
        _from_here(request)
        try:
            told = msgspec.json.decode(await request.read() or b"{}", type=dict[str, str | int])
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=f"found no JSON object of words and numbers: {error}") from None
        return _json((await self._done(request, {key: str(value) for key, value in told.items()})).body)

    async def form(self, request: web.Request) -> web.Response:
        """The same from the page, which says what came of it; what was typed stays where nothing could be done."""
        _from_here(request)
        told = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        try:
            done = await self._done(request, told)
        except web.HTTPServiceUnavailable:
            typed = {**told, "alert": request.match_info["alert"], "action": request.match_info["action"]}
            said = "La base de données ne répond pas : rien n’a été enregistré, votre texte est gardé. Réessayez."
            return await self._page(request, typed, said, status=503)
        except web.HTTPBadRequest as error:
            typed = {**told, "alert": request.match_info["alert"], "action": request.match_info["action"]}
            return await self._page(request, typed, error.text or "", status=400)
        raise web.HTTPSeeOther(f"/alertes?fait={done.said}#{request.match_info['alert']}")

    async def _done(self, request: web.Request, told: Mapping[str, str]) -> Done:
        alert, now = request.match_info["alert"], self._board.clock()
        who = _words(told, "who", WHO)
        try:
            match request.match_info["action"]:
                case "acknowledge":
                    found = await self._alerts.acknowledge(alert, who, _words(told, "note", WORDS), now)
                    if found is not None:
                        ours = found.acknowledged_at == now and found.acknowledged_by == who
                        body = {"state": found.state, "acknowledged_by": found.acknowledged_by, "ours": ours}
                        return Done(body=body, said="prise" if ours else "deja")
                case "note":
                    found = await self._alerts.note(alert, who, _words(told, "note", WORDS, needed=True), now)
                    if found is not None:
                        return Done(body={"state": found.state}, said="note")
                case _:
                    until = now + timedelta(minutes=_minutes(told))
                    reason = _words(told, "reason", WORDS, needed=True)
                    subject = told.get("queue") or None
                    mute = await self._alerts.mute(alert, subject=subject, until=until, who=who, reason=reason, at=now)
                    if mute is not None:
                        return Done(body=mute, said="silence")
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        raise web.HTTPNotFound(text=_unknown(request))

    async def end(self, request: web.Request) -> web.Response:
        """Ends a silence now."""
        _from_here(request)
        return _json(await self._ended(request, ""))

    async def end_form(self, request: web.Request) -> web.Response:
        _from_here(request)
        told = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        await self._ended(request, _words(told, "who", WHO))
        raise web.HTTPSeeOther("/alertes?fait=levee")

    async def _ended(self, request: web.Request, who: str) -> Mute:
        try:
            mute = await self._alerts.unmute(int(request.match_info["mute"]), who, self._board.clock())
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        if mute is None:
            raise web.HTTPNotFound(text="there is no such silence, or it is over")
        return mute


def _from_here(request: web.Request) -> None:
    """HTTPForbidden for what a page of another site has a browser send."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if foreign or (origin is not None and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="found a request from another site, expected one from vigie's own pages")


def _days(request: web.Request) -> int:
    told = request.query.get("days", str(DAYS))
    if not told.isascii() or not told.isdecimal() or not 1 <= int(told[:9]) <= MOST_DAYS:
        raise web.HTTPBadRequest(text=f'days: found "{told}", expected 1 to {MOST_DAYS}')
    return int(told)


def _words(told: Mapping[str, str], key: str, most: int, *, needed: bool = False) -> str:
    words = told.get(key, "").strip()
    if len(words) > most or CONTROL.search(words):
        raise web.HTTPBadRequest(text=f"{key} : {most} caractères au plus, sans caractère de contrôle")
    if needed and not words:
        raise web.HTTPBadRequest(text=f"{key} : à remplir")
    return words


def _minutes(told: Mapping[str, str]) -> int:
    found = told.get("minutes", "30")
    if not found.isascii() or not found.isdecimal() or not SHORTEST <= int(found[:9]) <= LONGEST:
        raise web.HTTPBadRequest(text=f"minutes : de {SHORTEST} à {LONGEST}")
    return int(found)


def _unknown(request: web.Request) -> str:
    return f'found no alert "{request.match_info["alert"][:64]}"'


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)
