"""The day: any past or present day of an area as a page, a file and for programs; and what is usual on its weekday."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from aiohttp import web
from jinja2 import Environment
from msgspec import Struct
from msgspec.structs import replace

from dashboards import day_views, queries
from dashboards.access import needs
from dashboards.alert_names import Names
from dashboards.alerting import Alerts
from dashboards.board import Board
from dashboards.day_told import as_csv, as_told, usual_told
from dashboards.days import Days, Gap, Replays
from dashboards.errors import AwayError
from dashboards.templating import page
from ticketing.alert import SITE, Record
from ticketing.day import ALL, STEP, AreaDay

JSON = "application/json"
OLDEST = date(2000, 1, 1)
A_DAY = timedelta(days=1)
MINUTES = 25 * 60


class Asked(Struct, frozen=True, kw_only=True):
    """What a page is asked for. `wrong`: what of it is not known, in the words of its field."""

    area: str
    on: date
    queue: str
    minute: int | None
    wrong: str = ""
    found: str = ""


class DayPages:
    def __init__(self, board: Board, days: Days, alerts: Alerts | None, templates: Environment) -> None:
        self._board, self._alerts, self._templates = board, alerts, templates
        self._replays = Replays(board, days)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/jour", self.page),
            web.get("/jour.csv", self.file),
            web.get("/api/v1/areas/{area}/day", self.day),
            web.get("/api/v1/areas/{area}/day/usual", self.usual),
        ]

    # ------------------------------------------------------------ for people

    @needs("read")
    async def page(self, request: web.Request) -> web.Response:
        """What cannot be shown is said where the curves would be; the choice of another day is always there."""
        asked = self._asked(request.query)
        if asked.wrong:
            return self._page(asked, status=404, state=asked.wrong)
        if asked.on > self._replays.today(asked.area):
            return self._page(asked, state="future")
        try:
            day = await self._replays.day(asked.area, asked.on)
            neighbours = await self._replays.neighbours(asked.area, asked.on)
            gaps: Sequence[Gap] = await self._replays.gaps(day)
        except AwayError:
            if not self._live(asked):
                return self._page(asked, state="away")
            # the day in course is known without the database
            day, neighbours, gaps = await self._replays.day(asked.area, asked.on), (None, None), ()
        return self._shown(asked, day, neighbours, gaps, await self._fired(day))

    def _live(self, asked: Asked) -> bool:
        return self._board.loaded and asked.on == self._replays.today(asked.area)

    def _shown(
        self,
        asked: Asked,
        day: AreaDay,
        neighbours: tuple[date | None, date | None],
        gaps: Sequence[Gap],
        fired: Sequence[Record] | None,
    ) -> web.Response:
        series = day.series(asked.queue)
        if series is None:
            return self._page(asked, status=404, state="queue", neighbours=neighbours)
        if not day.heard:
            return self._page(asked, state="empty" if day.spans else "closed", day=day, neighbours=neighbours)
        place = day_views.busiest(day, series)
        if asked.minute is not None:
            last = min(day.window[-1], len(series.waiting) - 1)
            place = max(min(timedelta(minutes=asked.minute) // STEP, last), day.window[0])
        return self._page(
            asked,
            state="shown",
            day=day,
            neighbours=neighbours,
            series=series,
            place=place,
            gaps=day_views.gap_words(gaps),
            alerts=None if fired is None else day_views.alerts(fired, day),
            live=self._live(asked),
        )

    def _page(self, asked: Asked, *, status: int = 200, **values: object) -> web.Response:
        plan = self._board.plans[asked.area]
        today = self._replays.today(asked.area)
        known = {
            "day": None, "neighbours": (asked.on - A_DAY, None), "series": None, "live": False, "gaps": (),
            "alerts": (),
        }  # fmt: skip
        if asked.on > today:
            known["neighbours"] = (today, None)
        return page(
            self._templates,
            "day.html",
            status=status,
            asked=asked,
            plan=plan,
            plans=self._board.plans,
            today=today,
            words=day_views,
            **(known | values),
        )

    def _asked(self, query: Mapping[str, str]) -> Asked:
        """The first area and today where nothing else is said, or nothing that is known."""
        plans = self._board.plans
        told, found = query.get("area") or next(iter(plans)), query.get("date") or ""
        area = told if told in plans else next(iter(plans))
        on = _date(found) or self._replays.today(area)
        asked = Asked(
            area=area, on=on, queue=query.get("queue", ALL), minute=queries.whole(query.get("at", ""), 0, MINUTES)
        )
        if told not in plans:
            return replace(asked, wrong="area", found=told)
        if found and not _date(found):
            return replace(asked, wrong="date", found=found)
        return asked

    @needs("read")
    async def file(self, request: web.Request) -> web.Response:
        day = await self._told(request, request.query.get("area", ""))
        name = f"{day.date:%Y%m%d}_jour_{day.area}.csv"
        return web.Response(
            text=as_csv(day),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    # ------------------------------------------------------------ for programs

    @needs("read")
    async def day(self, request: web.Request) -> web.Response:
        """`date` as 2026-11-25; today without one."""
        day = await self._told(request, request.match_info["area"])
        try:
            gaps: Sequence[Gap] = await self._replays.gaps(day)
        except AwayError:
            gaps = ()
        told = as_told(day, gaps, await self._fired(day), self._names)
        return web.Response(body=msgspec.json.encode(told), content_type=JSON)

    @needs("read")
    async def usual(self, request: web.Request) -> web.StreamResponse:
        """Lines of JSON: how many of how many days are read, while it goes on; then what is usual, or null."""
        area, on = self._named(request, request.match_info["area"])
        window = (await self._told(request, area)).window
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"})
        await response.prepare(request)

        async def line(value: object) -> None:
            await response.write(msgspec.json.encode(value) + b"\n")

        try:
            found = await self._replays.usual(area, on, lambda read, of: line({"read": read, "of": of}))
            await line({"usual": usual_told(found, window)})
        except AwayError as error:
            await line({"error": str(error)})
        except ConnectionError:
            pass  # whoever asked has gone on
        return response

    async def _told(self, request: web.Request, area: str) -> AreaDay:
        name, on = self._named(request, area)
        try:
            return await self._replays.day(name, on)
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None

    def _named(self, request: web.Request, area: str) -> tuple[str, date]:
        if area not in self._board.plans:
            raise web.HTTPNotFound(text=f'found area "{area}", expected one of: {", ".join(self._board.plans)}')
        today, found = self._replays.today(area), request.query.get("date")
        on = _date(found) if found else today
        if on is None:
            raise web.HTTPBadRequest(text=f'date: found "{found}", expected a date such as 2026-11-25')
        if on > today:
            raise web.HTTPBadRequest(text=f"date: found {on}, expected today, {today}, or a day before")
        return area, on

    async def _fired(self, day: AreaDay) -> list[Record] | None:
        """The alerts of an area, and of the site as a whole, that were open on a day; None: they cannot be had."""
        if self._alerts is None:
            return []
        try:
            records = await self._alerts.records(day.at[0], day.until, None)
        except AwayError:
            return None
        return [record for record in records if record.alert.area in (day.area, SITE)]

    @property
    def _names(self) -> Names:
        return Names.of(self._board.plans.values())


def _date(told: str) -> date | None:
    try:
        found = date.fromisoformat(told)
    except ValueError:
        return None
    return found if OLDEST <= found < date.max - A_DAY else None
