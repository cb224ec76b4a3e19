"""What surrounds a page: who reads it, where they are, and where they can go from there."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from aiohttp import web
from msgspec import Struct

from dashboards.access import NOBODY, Person, Right, person
from dashboards.languages import FRENCH, Language, preferred, speaking
from ticketing.saying import _


class Entry(Struct, frozen=True, kw_only=True):
    """A page that can be gone to."""

    path: str
    title: str
    right: Right = "read"


class Frame(Struct, frozen=True, kw_only=True):
    """Of one page; by itself, of a page that nobody in particular asked for."""

    path: str = "/"
    language: Language = FRENCH
    person: Person = NOBODY

    @property
    def entries(self) -> list[Entry]:
        """Where whoever reads it may go."""
        every = [
            Entry(path="/", title=_("Attentes")),
            Entry(path="/standard", title=_("Standard")),
            Entry(path="/alertes", title=_("Alertes")),
            Entry(path="/jour", title=_("Journée")),
            Entry(path="/affluence", title=_("Affluence")),
            Entry(path="/exports", title=_("Exports"), right="quality"),
            Entry(path="/reglages", title=_("Réglages")),
            *([Entry(path="/trace", title=_("Trace"), right="admin")] if self.person.account else ()),
        ]
        return [one for one in every if self.person.may(one.right)]

    def here(self, entry: Entry) -> bool:
        return self.path == entry.path or (entry.path != "/" and self.path.startswith(f"{entry.path}/"))


FRAME: ContextVar[Frame] = ContextVar("frame", default=Frame())  # noqa: B039 - immutable


@web.middleware
async def framed(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answers in the reader's language, and lets every template know who and where they are."""
    language = preferred(request.headers.get("Accept-Language", ""))
    token = FRAME.set(Frame(path=request.path, language=language, person=person(request)))
    try:
        with speaking(language):
            return await handler(request)
    finally:
        FRAME.reset(token)
