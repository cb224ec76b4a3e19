"""The monthly exports for the quality lead: the months, their files and versions, and exporting one."""

import asyncio
from collections.abc import Sequence
from datetime import date, tzinfo

import msgspec
from aiohttp import web
from jinja2 import Environment

from dashboards import demands, export_views, queries
from dashboards.access import needs, person
from dashboards.board import Board
from dashboards.demands import DemandError
from dashboards.errors import AwayError
from dashboards.export_figures import places
from dashboards.export_records import MOST, Exports, Record, Records, brief
from dashboards.exporting import Exporting, Job
from dashboards.exports.changes import differences
from dashboards.months import File, Version
from dashboards.sending import sent
from dashboards.templating import page
from ticketing.month import due, first_of, next_month
from ticketing.saying import _

JSON = "application/json"
VERSIONS = 100_000
NOT_KEPT = {"Cache-Control": "private, no-cache"}
"""Files that hold who did what: asked for anew each time."""


class ExportPages:
    def __init__(self, board: Board, exports: Exports, templates: Environment) -> None:
        self._board, self._exports, self._templates = board, exports, templates
        self._records = Records(exports)
        self.exporting = Exporting(exports.export, board.clock)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/exports", self.page),
            web.get("/exports/progress", self.progress),
            web.get("/exports/{month}", self.one),
            web.post("/exports/{month}", self.begin),
            web.get("/exports/{month}/{version}/{name}", self.file),
        ]

    @property
    def _zone(self) -> tzinfo:
        return next(iter(self._board.plans.values())).hours.zone

    @property
    def _today(self) -> date:
        return self._board.clock().astimezone(self._zone).date()

    @property
    def _state(self) -> str:
        """Another one whenever an export begins or ends."""
        job, ended = self.exporting.now, self.exporting.ended.values()
        last = max((one.ended for one in ended if one.ended), default=None)
        return f"{export_views.key(job.month) if job else ''} {last.isoformat() if last else ''}"

    # ------------------------------------------------------------ the months

    @needs("quality")
    async def page(self, request: web.Request) -> web.Response:
        """The latest twelve; `before` a month, those before it."""
        return await self._page(export_views.parsed(request.query.get("before", "")))

    async def _page(self, before: date | None = None, /, *, status: int = 200, **told: object) -> web.Response:
        records: Sequence[Record] | None
        try:
            known = await self._records.known(self._today)
            records = await self._records.page(known, before)
        except AwayError:
            known, records = {}, None
        shown = [record.month for record in records or ()]
        older = bool(shown) and any(month < shown[-1] for month in known)
        values = {"said": "", "typed": "", "month": None} | told
        return self._shown("exports.html", status, records=records, before=before, older=older, most=MOST, **values)

    def _shown(self, template: str, status: int, **values: object) -> web.Response:
        holidays = next(iter(self._board.plans.values())).hours.holidays
        return page(
            self._templates,
            template,
            status=status,
            words=export_views,
            places=places,
            zone=self._zone,
            now=self.exporting.now,
            ended=self.exporting.ended,
            state_now=self._state,
            coming=export_views.coming(self._today, due(first_of(self._today), holidays)),
            **values,
        )

    @needs("quality")
    async def progress(self, _: web.Request) -> web.Response:
        """How far the export under way is, or null; `state` changes with each that begins or ends."""
        job = self.exporting.now
        told = {"month": export_views.key(job.month), "done": job.done, "of": job.of} if job else None
        words = export_views.progress(job, self._zone) if job else ""
        body = msgspec.json.encode({"job": told, "words": words, "state": self._state})
        return web.Response(body=body, content_type=JSON)

    # ------------------------------------------------------------ one month

    @needs("quality")
    async def one(self, request: web.Request) -> web.Response:
        """`version` is whose files are shown; `from` and `to`, between which two the differences are named."""
        return await self._one(request)

    async def _one(self, request: web.Request, *, status: int = 200, **told: object) -> web.Response:
        month = export_views.parsed(request.match_info["month"])
        try:
            known = await self._records.known(self._today)
            if month is None or month not in known:
                return await self._none(request.match_info["month"], month, known)
            record = await self._records.one(month, purged=known[month])
            values = await self._details(request, record)
        except AwayError:
            return await self._page(status=status, **told)
        return self._shown("exports_month.html", status, record=record, **(values | {"said": "", "typed": ""} | told))

    async def _none(self, found: str, month: date | None, known: dict[date, bool]) -> web.Response:
        latest = export_views.named(next(iter(known))) if known else ""
        if month is None:
            said = _("Aucun mois ne s’appelle « {found} » : on écrit 2026-10.").format(found=found[:20])
        elif next_month(month) > self._today:
            said = _("Pas encore terminé : {month}.").format(month=export_views.named(month))
        else:
            said = _("Rien n’est connu pour {month}.").format(month=export_views.named(month))
        if latest:
            said += " " + _("Le dernier mois est {month}.").format(month=latest)
        return await self._page(status=404, said=said)

    async def _details(self, request: web.Request, record: Record) -> dict[str, object]:
        """What the page has beside the record; of a month that nobody exported, the figures as they would be."""
        by_number = {version.version: version for version in record.versions}

        def asked(name: str, otherwise: Version | None) -> Version | None:
            return by_number.get(queries.whole(request.query.get(name, ""), 1, VERSIONS) or 0, otherwise)

        if not record.versions:
            month = brief(await self._exports.facts(record.month))
            return {"brief": month, "shown": None, "files": (), "old": None, "new": None, "differences": None}
        shown = asked("version", record.published or record.versions[0])
        new = asked("to", record.versions[0])
        older = [one for one in record.versions if new and one.version < new.version]
        old = asked("from", older[0] if older else None)
        if record.changed and "from" not in request.query and "to" not in request.query:
            old = record.published
        return {
            "brief": await self._records.brief(record.versions[0]),
            "shown": shown,
            "files": await self._exports.months.files(record.month, shown.version) if shown else (),
            "old": old,
            "new": new,
            "differences": await self._between(old, new) if old and new and old != new else None,
        }

    async def _between(self, old: Version, new: Version) -> Sequence[str] | None:
        """None where one of the two is no longer understood."""
        before = await self._exports.months.facts(old.month, old.version)
        after = await self._exports.months.facts(new.month, new.version)
        return await asyncio.to_thread(differences, before, after) if before and after else None

    # ------------------------------------------------------------ exporting

    @needs("quality")
    async def begin(self, request: web.Request) -> web.Response:
        """Begins to export a month, and goes back to the page that asked, which says how far it is."""
        told = await demands.told(request, person(request))
        month, here = export_views.parsed(request.match_info["month"]), told.get("page") == "one"
        try:
            who = demands.who(told)
        except DemandError as error:
            values = {"said": error.said, "typed": told.get("who", ""), "month": month}
            return await (self._one(request, status=400, **values) if here else self._page(status=400, **values))
        try:
            known = await self._records.known(self._today)
        except AwayError:
            said = _("La base de données ne répond pas : rien n’a été exporté. Réessayez.")
            return await self._page(status=503, said=said)
        if month is None or month not in known:
            return await self._none(request.match_info["month"], month, known)
        job = self.exporting.begin(month, who)
        if job.month != month:
            return await self._busy(request, job, here=here)
        key = export_views.key(month)
        return web.Response(status=303, headers={"Location": f"/exports/{key}" if here else f"/exports#m-{key}"})

    async def _busy(self, request: web.Request, job: Job, *, here: bool) -> web.Response:
        said = _("Un autre mois est en cours d’export, {month} : attendez qu’il soit terminé.").format(
            month=export_views.named(job.month)
        )
        return await (self._one(request, status=409, said=said) if here else self._page(status=409, said=said))

    # ------------------------------------------------------------ files

    @needs("quality", recorded=True)
    async def file(self, request: web.Request) -> web.Response:
        """As it is kept: nothing but a name of that version leads to it."""
        try:
            found = await self._found(request)
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        if found is None:
            raise web.HTTPNotFound(text="found a file that is not kept, expected one of those on /exports")
        return sent(request, found.name, found.content, NOT_KEPT)

    async def _found(self, request: web.Request) -> File | None:
        month = export_views.parsed(request.match_info["month"])
        version = queries.whole(request.match_info["version"], 1, VERSIONS)
        if month is None or version is None:
            return None
        names = {one.name for one in await self._exports.months.files(month, version)}
        name = request.match_info["name"]
        return await self._exports.months.file(month, version, name) if name in names else None
