"""The months for everybody: the public sheet of each that is published, and its open files; whatever the rush."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from time import monotonic
from typing import Protocol

from aiohttp import web
from jinja2 import Environment
from markupsafe import Markup
from msgspec import Struct

from dashboards import export_views
from dashboards.access import needs
from dashboards.errors import AwayError
from dashboards.frame import FRAME
from dashboards.fresh import KEPT_S, Fresh
from dashboards.languages import Language
from dashboards.months import File, Kind, Listed, Version
from dashboards.sending import sent
from dashboards.templating import page
from ticketing.saying import _

KINDS: tuple[Kind, ...] = ("sheet", "open")
"""What is for everybody: no report, which names people, and nothing in which those who were few are told."""
MOST_BYTES = 64 * 1024 * 1024
MOST_PAGES = 120
PARTS = re.compile(r"<header>(.*?)</header>.*?<main[^>]*>(.*)</main>(?:\s*<footer>(.*?)</footer>)?", re.DOTALL)
"""Of the sheet as a page that stands alone: its head, what it says, and its foot."""
HELD = {"Cache-Control": f"public, max-age={KEPT_S:.0f}"}


class Store(Protocol):
    """Raises AwayError while the database is away."""

    async def published(self) -> Sequence[Version]: ...

    async def files(self, month: date, version: int, /) -> Sequence[Listed]: ...

    async def file(self, month: date, version: int, name: str, /) -> File | None: ...


class Published(Struct, frozen=True):
    """A month; its files for everybody, by name."""

    version: Version
    files: Mapping[str, Listed]

    @property
    def sheet(self) -> str | None:
        """The name of the sheet as a page."""
        return next(
            (one.name for one in self.files.values() if one.kind == "sheet" and one.name.endswith("html")), None
        )


class Sheet(Struct, frozen=True):
    """What is between the marks of its page, written by us; None where it is not as we write it."""

    head: Markup
    words: Markup
    foot: Markup

    @classmethod
    def of(cls, content: bytes) -> "Sheet | None":
        found = PARTS.search(content.decode())
        return cls(*(Markup(part or "") for part in found.groups())) if found else None  # noqa: S704 - escaped by us


class PublicMonths:
    """`/public`, `/public/2026-10` and the files below it.

    All that is asked for is kept in memory: a rush costs as much as so many bytes that are there already, and while the
    database is away what was read last is still given.
    """

    def __init__(self, months: Store, templates: Environment, monotonic: Callable[[], float] = monotonic) -> None:
        self._months, self._templates = months, templates
        self._known: Fresh[None, dict[date, Published]] = Fresh(self._read_known, most=1, monotonic=monotonic)
        self._files: Fresh[tuple[date, int, str], File | None] = Fresh(
            self._read_file, most=MOST_BYTES, weigh=lambda file: len(file.content) if file else 0, monotonic=monotonic
        )
        self._pages: Fresh[tuple[date | None, Language], bytes] = Fresh(
            self._read_page, most=MOST_PAGES, monotonic=monotonic
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/public", self.page),
            web.get("/public/{month}", self.page),
            web.get("/public/{month}/{name}", self.file),
        ]

    # ------------------------------------------------------------ answers

    @needs("open")
    async def page(self, request: web.Request) -> web.Response:
        """All months, or one of them."""
        told, language = request.match_info.get("month"), FRAME.get().language
        try:
            known = await self._known.get(None)
            month = export_views.parsed(told) if told else None
            if told and month not in known:
                return self._page(404, known, month, found=told)
            body = await self._pages.get((month, language))
        except AwayError:
            answer = self._page(503, {}, None)
            answer.headers["Retry-After"] = f"{KEPT_S:.0f}"
            return answer
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = HELD | {
            "Content-Type": "text/html; charset=utf-8",
            "Vary": "Accept-Language",
            "ETag": etag,
            "Content-Language": language,
        }
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    def _page(self, status: int, known: Mapping[date, Published], month: date | None, found: str = "") -> web.Response:
        """There is no such month, or nothing can be read."""
        if status == 503:  # noqa: PLR2004
            wrong = _("Ces chiffres ne peuvent pas être lus pour le moment. Réessayez dans une minute.")
        elif month:
            wrong = _("Aucun chiffre n’est publié pour {month}.").format(month=export_views.named(month))
        else:
            wrong = _("Aucun mois ne s’appelle « {found} » : on écrit 2026-10.").format(found=found[:20])
        latest = next(iter(known), None)
        return page(self._templates, "public_none.html", status=status, words=export_views, wrong=wrong, latest=latest)

    @needs("open")
    async def file(self, request: web.Request) -> web.Response:
        """By its name, of what is published."""
        month, name = export_views.parsed(request.match_info["month"]), request.match_info["name"]
        try:
            published = (await self._known.get(None)).get(month) if month else None
            if month is None or published is None or name not in published.files:
                raise web.HTTPNotFound(text="found a file that is not published, expected one of those on /public")
            file = await self._files.get((month, published.version.version, name))
        except AwayError as error:
            raise web.HTTPServiceUnavailable(text=str(error), headers={"Retry-After": f"{KEPT_S:.0f}"}) from None
        if file is None:
            raise web.HTTPNotFound(text="found a file that is published no more, expected one of those on /public")
        shared = {"Access-Control-Allow-Origin": "*"} if file.kind == "open" else {}
        return sent(request, file.name, file.content, HELD | shared)

    # ------------------------------------------------------------ what is read

    async def _read_known(self, _: None) -> dict[date, Published]:
        """The latest month first."""
        found = {}
        for version in await self._months.published():
            files = await self._months.files(version.month, version.version)
            found[version.month] = Published(version, {one.name: one for one in files if one.kind in KINDS})
        return found

    async def _read_file(self, key: tuple[date, int, str]) -> File | None:
        return await self._months.file(*key)

    async def _read_page(self, key: tuple[date | None, Language]) -> bytes:
        """In the language in force, which is that of the key."""
        month, _language = key
        known = await self._known.get(None)
        months = list(known)
        if month is None or month not in known:
            return self._rendered("public_months.html", months=months)
        published = known[month]
        name = published.sheet
        file = await self._files.get((month, published.version.version, name)) if name else None
        place = months.index(month)
        return self._rendered(
            "public_month.html",
            month=month,
            sheet=Sheet.of(file.content) if file else None,
            files=export_views.files(month, 0, published.files.values(), root=f"/public/{export_views.key(month)}"),
            earlier=months[place + 1] if place + 1 < len(months) else None,
            later=months[place - 1] if place else None,
        )

    def _rendered(self, template: str, **values: object) -> bytes:
        return self._templates.get_template(template).render(words=export_views, **values).encode()
