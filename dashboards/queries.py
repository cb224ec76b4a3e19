"""Areas, days, weeks and numbers as a request names them; anything else is refused with a sentence."""

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import date

from aiohttp import web


def area(request: web.Request, known: Collection[str]) -> str:
    """The area of the address."""
    told = request.match_info["area"]
    if told not in known:
        raise web.HTTPNotFound(text=f'found area "{told}", expected one of: {", ".join(known)}')
    return told


def day(request: web.Request) -> date | None:
    """`day`, as 2026-11-25; None if it is left out."""
    told = request.query.get("day")
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise web.HTTPBadRequest(text=f'day: found "{told}", expected a date such as 2026-11-25') from None


def week(request: web.Request) -> date | None:
    """The Monday of `week`, an ISO 8601 one as 2026-W48; None if it is left out."""
    told = request.query.get("week")
    if not told:
        return None
    found = re.fullmatch(r"(\d{4})-W(\d{2})", told, re.ASCII)
    with suppress(ValueError):  # there is no week 54, and a week 53 in few years
        if found:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    raise web.HTTPBadRequest(text=f'week: found "{told}", expected one such as 2026-W48')


def whole(told: str, least: int, most: int) -> int | None:
    """A number within bounds; None for anything else, however long."""
    plain = told.isascii() and told.isdecimal() and len(told) <= len(str(most))
    return found if plain and least <= (found := int(told)) <= most else None
