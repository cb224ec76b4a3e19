"""What supervisors change themselves: an area's message, the hours of a day, a counter forgotten open."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from aiohttp import web
from jinja2 import Environment

from dashboards import demands, notice_demands, queries
from dashboards.access import needs, person
from dashboards.board import Board
from dashboards.demands import DemandError, Told
from dashboards.errors import AwayError
from dashboards.notice_views import MOST_ACTS, SAID, NoticeViews, Typed
from ticketing.counter import Counter
from ticketing.events import Event
from ticketing.notice import Act
from ticketing.plan import Plan
from ticketing.saying import _

JSON = "application/json"
CHANGED = "found that somebody else has decided meanwhile, expected `seen` to be what is in force: {number}"
IS_CLOSED = "found counter {counter} closed, expected an open one"


class Decisions(Protocol):
    """What is decided, kept. Every method raises AwayError while the database is away."""

    async def decide(self, act: Act, seen: int | None, /) -> bool:
        """Keeps an act, and puts what is in force then on the board; False if that is not what was seen."""

    async def acts(self, most: int, /) -> Sequence[Act]:
        """The last ones, the latest first."""


class Corrections(Protocol):
    async def close_counter(self, area: str, counter: Counter, who: str, reason: str, /) -> Event | None:
        """Closes a counter now; None if somebody else has. AwayError while the database is away."""


class ChangedError(Exception):
    """Somebody else was quicker; `said` is the word for what the page says of it, the text is a program's."""

    def __init__(self, said: str, text: str) -> None:
        super().__init__(text)
        self.said = said


class Deciding:
    def __init__(self, board: Board, decisions: Decisions, corrections: Corrections, templates: Environment) -> None:
        self._board, self._decisions, self._corrections = board, decisions, corrections
        self._views = NoticeViews(board, templates)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/reglages", self.page),
            web.post("/reglages/{area}/message", self.form),
            web.post("/reglages/{area}/message/end", self.form),
            web.post("/reglages/{area}/closure", self.form),
            web.post("/reglages/{area}/closure/{date}/end", self.form),
            web.post("/reglages/{area}/counters/{counter}/close", self.form),
            web.get("/api/v1/notices", self.listed),
            web.post("/api/v1/areas/{area}/message", self.act),
            web.post("/api/v1/areas/{area}/message/end", self.act),
            web.post("/api/v1/areas/{area}/closure", self.act),
            web.post("/api/v1/areas/{area}/closure/{date}/end", self.act),
            web.post("/api/v1/areas/{area}/counters/{counter}/close", self.act),
        ]

    # ------------------------------------------------------------ reading

    @needs("read")
    async def page(self, request: web.Request) -> web.Response:
        said = SAID.get(request.query.get("fait", ""), "")
        return await self._page(_(said))

    async def _page(
        self, said: str, *, wrong: bool = False, typed: Typed | None = None, status: int = 200
    ) -> web.Response:
        acts: Sequence[Act] | None
        try:
            acts = await self._decisions.acts(MOST_ACTS)
        except AwayError:
            acts = None
        text = self._views.page(acts, said, wrong=wrong, typed=typed)
        return web.Response(text=text, content_type="text/html", status=status)

    @needs("read")
    async def listed(self, _: web.Request) -> web.Response:
        """Messages shown now, and the dates from today on that have hours of their own."""
        board, now = self._board, self._board.clock()
        messages = [found for area in board.plans if (found := board.notices.message(area, now))]
        closures = [
            one
            for one in board.notices.closures
            if one.area in board.plans and one.date >= now.astimezone(board.plans[one.area].hours.zone).date()
        ]
        return _json({"messages": messages, "closures": closures})

    # ------------------------------------------------------------ doing

    @needs("act")
    async def act(self, request: web.Request) -> web.Response:
        """As JSON or as a form: `who`; of a message `text` and perhaps `until`, of a closure `date`, `hours` and
        `text`; of a counter `reason`. `seen`, if given, is the number of what is taken to be in force.
        """
        try:
            said = await self._done(request, await demands.told(request, person(request)))
        except DemandError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        except ChangedError as error:
            raise web.HTTPConflict(text=str(error)) from None
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        return _json({"done": said})

    @needs("act")
    async def form(self, request: web.Request) -> web.Response:
        """The same from the page, which says what came of it; what was typed stays where nothing could be done."""
        told = await demands.told(request, person(request))
        typed = Typed(
            area=self._plan(request).area,
            action=_action(request),
            subject=request.match_info.get("counter") or request.match_info.get("date", ""),
            words=told,
        )
        try:
            said = await self._done(request, told)
        except DemandError as error:
            return await self._page(error.said, wrong=True, typed=typed, status=400)
        except ChangedError as error:
            return await self._page(_(SAID[error.said]), wrong=True, typed=typed, status=409)
        except AwayError:
            said = SAID["absente"]
            return await self._page(_(said), wrong=True, typed=typed, status=503)
        return web.Response(status=303, headers={"Location": f"/reglages?fait={said}#a-{typed.area}"})

    def _plan(self, request: web.Request) -> Plan:
        return self._board.plans[queries.area(request, self._board.plans)]

    async def _done(self, request: web.Request, told: Told) -> str:
        """Which words the page has for what was done."""
        plan, now = self._plan(request), self._board.clock()
        match _action(request):
            case "message":
                await self._decide(notice_demands.message(told, plan, now), told)
                return "message"
            case "end":
                await self._decide(notice_demands.lifting(told, plan, None, now), told)
                return "retire"
            case "closure":
                await self._decide(notice_demands.closure(told, plan, now), told)
                return "horaires"
            case "lift":
                on = notice_demands.day(request.match_info["date"], plan, now)
                await self._decide(notice_demands.lifting(told, plan, on, now), told)
                return "leve"
            case _:
                await self._close(plan.area, request.match_info["counter"], told)
                return "guichet"

    async def _decide(self, act: Act, told: Told) -> None:
        """ChangedError where something else is in force than was seen, unless it is just what was asked for."""
        seen = notice_demands.seen(told)
        if await self._decisions.decide(act, seen):
            return
        if not self._in_force(act):
            number = self._board.notices.number(act.area, act.date)
            raise ChangedError("entretemps", CHANGED.format(number=number))

    def _in_force(self, act: Act) -> bool:
        """Whether it is decided so already, as after a second click."""
        notices = self._board.notices
        if act.date is None:
            message = notices.messages.get(act.area)
            same = message is not None and (message.text, message.until) == (act.text, act.until)
            return message is None if act.lifted else same
        closure = notices.closure(act.area, act.date)
        same = closure is not None and (closure.text, closure.spans) == (act.text, act.spans)
        return closure is None if act.lifted else same

    async def _close(self, area: str, name: str, told: Told) -> None:
        who, reason = demands.who(told), notice_demands.reason(told)
        known = {desk.id for desk in self._board.areas[area].desks}
        if name not in known:
            raise web.HTTPNotFound(text=f'found counter "{name[:64]}", expected one of: {", ".join(sorted(known))}')
        counter = self._board.areas[area].counters.get(name)
        event = await self._corrections.close_counter(area, counter, who, reason) if counter else None
        if event is None:
            raise ChangedError("ferme", IS_CLOSED.format(counter=name))
        # at once, not with what follows the journal: whoever has clicked is to see it
        self._board.take({area: [event]})


def _action(request: web.Request) -> str:
    """Of an address: message, end, closure, lift or close."""
    *_, before, last = request.path.rsplit("/", 2)
    if last != "end":
        return last
    return "end" if before == "message" else "lift"


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)
