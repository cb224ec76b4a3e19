"""Who may do what: people and their roles, and the right that each route asks for."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from aiohttp import web
from msgspec import Struct

F = TypeVar("F", bound=Callable[..., Any])

Role = Literal["viewer", "supervisor", "quality", "admin"]
Right = Literal["open", "screen", "read", "act", "quality", "admin"]
"""open: anybody; screen: whoever may see a hall's screen; read: the boards; act: alerts, notices, counters;
quality: the monthly files; admin: the trail of who did what.
"""
RIGHTS: Mapping[Role | None, frozenset[Right]] = {
    None: frozenset({"open"}),
    "viewer": frozenset({"open", "screen", "read"}),
    "supervisor": frozenset({"open", "screen", "read", "act"}),
    "quality": frozenset({"open", "screen", "read", "quality"}),
    "admin": frozenset({"open", "screen", "read", "act", "quality", "admin"}),
}


class Person(Struct, frozen=True, kw_only=True):
    """Somebody, or some program; `account` is their own id, `name` what the trail says of them."""

    account: str
    name: str
    role: Role | None
    to_enrol: bool = False
    """Whether they must set up their second factor before anything else."""

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


NOBODY = Person(account="", name="", role="admin")
"""Whoever asks where no sign-in is configured: it is open to all who reach it, and nobody has a name."""
STRANGER = Person(account="", name="", role=None)
"""Whoever is not signed in where they should be."""
PERSON: web.RequestKey[Person] = web.RequestKey("person", Person)
Holds = Callable[[], bool]
HOLDS: web.RequestKey[Holds] = web.RequestKey("holds", Callable)  # type: ignore[arg-type]


def needs(right: Right, *, recorded: bool = False) -> Callable[[F], F]:
    """Says of a handler which right it asks for; one that says nothing is for nobody where sign-in is configured.

    `recorded`: the trail has who reads there, as it has all that is done.
    """

    def marked(handler: F) -> F:
        handler.right, handler.recorded = right, recorded  # type: ignore[attr-defined]
        return handler

    return marked


def right_of(handler: object) -> Right | None:
    return getattr(handler, "right", None)


def recorded(handler: object) -> bool:
    """Whether the trail has who reads there."""
    return getattr(handler, "recorded", False)


def person(request: web.Request) -> Person:
    """Who asks."""
    return request[PERSON] if PERSON in request else NOBODY  # noqa: SIM401 - its `get` is untyped


def holds(request: web.Request) -> bool:
    """Whether what let somebody in when they asked would let them in now: for answers that take all day."""
    return request[HOLDS]() if HOLDS in request else True
