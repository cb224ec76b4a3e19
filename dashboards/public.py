"""The public's page on waiting, a fragment of it for other sites, and the same for programs: whatever the rush."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from time import monotonic
from typing import Literal

import msgspec
from aiohttp import web
from jinja2 import Environment
from msgspec import Struct

from dashboards.access import needs
from dashboards.board import Board
from dashboards.frame import FRAME
from dashboards.languages import Language
from dashboards.public_told import Told, told

Kind = Literal["page", "fragment", "json"]
KEPT_S = 10.0
"""Nothing is rendered again sooner, and nobody is told it for longer."""
HTML, JSON = "text/html; charset=utf-8", "application/json"


class PublicSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enabled: bool = False
    embed_in: tuple[str, ...] = ()
    """Origins of the sites that may show the fragment in a frame."""


class Rendered(Struct, frozen=True, kw_only=True):
    """An answer as it is sent to everybody; `at` on the machine's clock."""

    at: float
    body: bytes
    headers: dict[str, str]
    etag: str


class Public:
    """`/attente`, `/attente/fragment`, `/attente.json`.

    Each is rendered at most once every ten seconds in each language, from the board alone: a rush costs as much as so
    many bytes that are there already, and never reaches the database.
    """

    def __init__(
        self,
        board: Board,
        settings: PublicSettings,
        templates: Environment,
        monotonic: Callable[[], float] = monotonic,
        *,
        months: bool = False,
    ) -> None:
        """`months`: there are pages of past months, too."""
        self._board, self._templates, self._monotonic, self._months = board, templates, monotonic, months
        self._extra: dict[Kind, dict[str, str]] = {
            "page": {"Content-Type": HTML},
            "fragment": {"Content-Type": HTML, "Content-Security-Policy": _framed_by(settings.embed_in)},
            "json": {"Content-Type": JSON, "Access-Control-Allow-Origin": "*"},
        }
        self._kept: dict[tuple[Kind, Language], Rendered] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/attente", self.page),
            web.get("/attente/fragment", self.fragment),
            web.get("/attente.json", self.json),
        ]

    @needs("open")
    async def page(self, request: web.Request) -> web.Response:
        return self._answer(request, "page")

    @needs("open")
    async def fragment(self, request: web.Request) -> web.Response:
        return self._answer(request, "fragment")

    @needs("open")
    async def json(self, request: web.Request) -> web.Response:
        """`Told` as it stands in `public_told`; words are in the language that is asked for, French unless one is."""
        return self._answer(request, "json")

    def _answer(self, request: web.Request, kind: Kind) -> web.Response:
        found = self._rendered(kind, FRAME.get().language)
        if found.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=found.headers)
        return web.Response(body=found.body, headers=found.headers)

    def _rendered(self, kind: Kind, language: Language) -> Rendered:
        now = self._monotonic()
        found = self._kept.get((kind, language))
        if found is None or now - found.at >= KEPT_S:
            body = self._body(kind, told(self._board))
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            headers = {
                "Cache-Control": f"public, max-age={KEPT_S:.0f}",
                "Vary": "Accept-Language",
                "ETag": etag,
                "Content-Language": language,
                **self._extra[kind],
            }
            found = self._kept[kind, language] = Rendered(at=now, body=body, headers=headers, etag=etag)
        return found

    def _body(self, kind: Kind, found: Told) -> bytes:
        match kind:
            case "json":
                return msgspec.json.encode(found)
            case "page":
                return self._templates.get_template("public.html").render(told=found, months=self._months).encode()
            case "fragment":
                return self._templates.get_template("public_fragment.html").render(told=found).encode()


def _framed_by(origins: Sequence[str]) -> str:
    """Of the fragment alone: it runs nothing, and only those sites may show it."""
    sites = " ".join(origins) or "'none'"
    return f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {sites}"
