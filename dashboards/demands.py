"""Demands: what somebody asks to be done about an alert, read from a form or from JSON; the rest is refused in a
sentence.
"""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec
from aiohttp import web

from dashboards import queries
from dashboards.access import NOBODY, Person
from ticketing.saying import N_, _

FORM = "application/x-www-form-urlencoded"
WHO, WORDS, SUBJECT = 60, 500, 64
"""Characters of who somebody is, of what they write, and of a queue or device."""
SHORTEST, LONGEST = 5, 7 * 24 * 60
"""Minutes of a silence."""
CLOSING = "closing"
"""In the place of minutes: until the area closes today."""
NAMES = {
    "who": N_("Votre fonction"),
    "note": N_("La note"),
    "reason": N_("Le motif"),
    "queue": N_("La file"),
    "minutes": N_("La durée"),
    "text": N_("Le texte"),
    "until": N_("La fin"),
    "date": N_("La date"),
    "hours": N_("Les horaires"),
    "seen": N_("La version"),
}
TURNED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands beside them: words would be read as others."""

Told = Mapping[str, str]


class DemandError(Exception):
    """What is asked for cannot be read; `found` is a sentence for programs, `said` one for people."""

    def __init__(self, key: str, found: str, expected: str, said: str) -> None:
        super().__init__(f"{key}: found {found}, expected {expected}")
        self.said = _("{field} : {wrong}.").format(field=_(NAMES[key]), wrong=said)


async def told(request: web.Request, by: Person = NOBODY) -> Told:
    """What a request carries, a form or a JSON object; what is null there is left out. HTTPBadRequest for the rest.

    Whoever is signed in is who asks, whatever it says of that.
    """
    given = await _given(request)
    return {**given, "who": by.name} if by.name else given


async def _given(request: web.Request) -> dict[str, str]:
    if (request.charset or "utf-8").lower() != "utf-8":
        # some others make text that cannot be written anywhere
        raise web.HTTPBadRequest(text=f"found the charset {request.charset!r}, expected utf-8")
    try:
        if request.content_type == FORM:
            return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        found = msgspec.json.decode(await request.read() or b"{}", type=dict[str, str | int | None])
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError) as error:
        raise web.HTTPBadRequest(text=f"found no form, and no JSON object of words and numbers: {error}") from None
    return {key: str(value) for key, value in found.items() if value is not None}


def who(given: Told, *, needed: bool = True) -> str:
    """A function, as "chef de hall": one line."""
    return words(given, "who", WHO, needed=needed, lines=False)


def note(given: Told, *, needed: bool = False) -> str:
    return words(given, "note", WORDS, needed=needed)


def reason(given: Told) -> str:
    return words(given, "reason", WORDS, needed=True)


def subject(given: Told, known: Collection[str]) -> str | None:
    """A queue or device; None for all of them."""
    found = words(given, "queue", SUBJECT, needed=False, lines=False)
    if found and found not in known:
        expected = f"one of: {', '.join(known)}" if known else "none"
        raise DemandError("queue", f'"{found}"', expected, _("elle n’est pas connue ici"))
    return found or None


def until(given: Told, now: datetime, closing: datetime | None) -> datetime:
    """When a silence ends: so many minutes from now, 30 unless told, or when its area closes."""
    found = given.get("minutes", "30")
    if found == CLOSING:
        if closing is None:
            raise DemandError(
                "minutes", f'"{CLOSING}"', "minutes: nothing closes today", _("rien ne ferme aujourd’hui")
            )
        return closing
    minutes = queries.whole(found, SHORTEST, LONGEST)
    if minutes is None:
        expected = f'{SHORTEST} to {LONGEST}, or "{CLOSING}"'
        raise DemandError(
            "minutes",
            f'"{found[:SUBJECT]}"',
            expected,
            _("de {least} à {most} minutes").format(least=SHORTEST, most=LONGEST),
        )
    return now + timedelta(minutes=minutes)


def words(given: Told, key: str, most: int, *, needed: bool, lines: bool = True) -> str:
    # a browser sends the lines of a form ended as on paper tape
    found = given.get(key, "").replace("\r\n", "\n").strip()
    if needed and not found:
        raise DemandError(key, "nothing", "some words", _("à remplir"))
    if len(found) > most:
        said = _("{most} caractères au plus").format(most=most)
        raise DemandError(key, f"{len(found)} characters", f"at most {most}", said)
    allowed = "\n\t" if lines else ""
    if any(one in TURNED or (unicodedata.category(one) in ("Cc", "Cs") and one not in allowed) for one in found):
        raise DemandError(key, "control characters", "words", _("caractères de contrôle refusés"))
    return found
