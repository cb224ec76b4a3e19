"""The screen of a hall: who is called and where to, how long the lines are and the waits; for a television."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from jinja2 import Environment
from msgspec import Struct

from dashboards.access import needs
from dashboards.board import Board
from dashboards.languages import speaking
from dashboards.opening import hours_of, opens
from dashboards.stream import Stream
from dashboards.streaming import streamed
from dashboards.templating import TEMPLATES, page
from dashboards.words import expected, unbroken
from ticketing.calling import calls
from ticketing.figures import AreaFigures
from ticketing.french.notation import clock
from ticketing.saying import _

STATIC = Path(__file__).parent / "static"
MOST_CALLS = 4
"""As many fit the screen at a size that is read from afar."""


class Line(Struct, frozen=True, kw_only=True):
    """A queue as shown; `words` is the predicted wait, empty where none can be told."""

    name: str
    waiting: int
    words: str


class Shown(Struct, frozen=True, kw_only=True):
    number: str
    counter: str
    at: str
    key: str
    """Another one with each call, recalls included."""


def version() -> str:
    """Of the pages: a screen that has been on for weeks takes the new ones by itself."""
    files = sorted([STATIC / "vigie.css", *STATIC.rglob("hall*"), *TEMPLATES.glob("hall*")])
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


class HallScreens:
    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates
        self._version = version()
        self.stream = Stream(board.areas, self._part, "part", every=0.3, tick=1.0)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/hall/{area}", self.screen), web.get("/hall/{area}/stream", self.live, allow_head=False)]

    @needs("screen")
    async def screen(self, request: web.Request) -> web.Response:
        area = self._area(request)
        with speaking("fr"):
            return page(
                self._templates,
                "hall.html",
                name=self._board.plans[area].name,
                area=area,
                part=self._rendered(area),
                english=_english,
            )

    @needs("screen")
    async def live(self, request: web.Request) -> web.StreamResponse:
        return await streamed(request, self.stream, [self._area(request)])

    def _area(self, request: web.Request) -> str:
        """Of a hall: a switchboard has no screen."""
        area = request.match_info["area"]
        halls = [plan.area for plan in self._board.plans.values() if plan.kind == "hall"]
        if area not in halls:
            raise web.HTTPNotFound(text=f'found hall "{area[:64]}", expected one of: {", ".join(halls)}')
        return area

    def _part(self, area: str) -> bytes:
        with speaking("fr"):
            return self._rendered(area).encode()

    def _rendered(self, area: str) -> str:
        board = self._board
        figures, plan = board.figures(area), board.plans[area]
        now = board.clock().astimezone(plan.hours.zone)
        day = plan.hours.day_at(now)
        message, closure = board.notices.message(area, now), board.notices.closure(area, now.date())
        return self._templates.get_template("hall_part.html").render(
            area=figures,
            now=now,
            version=self._version,
            stale=board.standing_since is not None or not board.loaded,
            calls=self._calls(area, figures, now),
            lines=_lines(figures),
            hours=hours_of(day) if plan.hours.weekly is not None or day.date in plan.hours.exceptions else "",
            opens=opens(plan.hours.opening_after(now), now),
            message=message.text if message else "",
            closure=closure.text if closure else "",
            english=_english,
        )

    def _calls(self, area: str, figures: AreaFigures, now: datetime) -> Sequence[Shown]:
        names = {counter.counter: counter.name for counter in figures.counters}
        zone = self._board.plans[area].hours.zone
        return [
            Shown(
                number=call.number,
                counter=names.get(call.counter, call.counter),
                at=clock(call.at.astimezone(zone)),
                key=f"{call.number} {call.counter} {call.at.timestamp()}",
            )
            for call in calls(self._board.areas[area], now)[:MOST_CALLS]
        ]


def _lines(figures: AreaFigures) -> list[Line]:
    """Of the queues that are configured; while events of some device are missing, no wait is told."""
    return [
        Line(
            name=queue.name,
            waiting=queue.waiting,
            words=unbroken(expected(queue.predicted_wait_s)) if figures.complete else "",
        )
        for queue in figures.queues
        if queue.configured
    ]


def _english(text: str) -> str:
    """The second line of what visitors must understand."""
    with speaking("en"):
        return _(text)
