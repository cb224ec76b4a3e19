"""Days and weeks as a request names them; anything else is refused with a sentence."""

import re
from contextlib import suppress
from datetime import date

from aiohttp import web


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
