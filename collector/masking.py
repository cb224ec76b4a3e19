"""What may be personal in a text: finds it, masks it for people to read, or stands a pseudonym in its place."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_DATE = r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"[0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,7}(?!\d))?)?(?:\s?[+-]\d\d:?\d\d(?!\d))?"
_TIMES = (
    rf"(?<!\d)\d{{4}}-\d\d-\d\d[T ]{_CLOCK}|(?<!\d)\d\d/\d\d/\d{{4}} {_CLOCK}|"
    rf"(?<!\d){_DATE}(?:T?[0-2]\d[0-5]\d(?:[0-5]\d)?)?(?!\d)|\b\d\d:\d\d:\d\d\b(?![\W_]{{0,3}}\d\d)"
)
"""Dates and times are no number of anybody's, though as long as one."""
_SIGN = r"(?:%[0-9a-fA-F]{2}|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})|[\W_])"
"""One sign, that may be escaped: in an address, or in what was no text and no JSON."""
_NUMBER = rf"\d(?:{_SIGN}{{0,3}}\d){{5,}}"
"""Six digits or more with at most three signs between two."""
_MAIL = (
    r"(?:[^\s\"'<>@,;:]{1,64}@[^\s\"'<>@,;:]{1,255}|"
    r"[^\s\"'<>@,;:%\\]{1,64}(?:%40|\\u0040)[^\s\"'<>@,;:%\\]{1,255})\.\w{2,}"
)
_PERSONAL = re.compile(rf"({_MAIL})|({_TIMES})|({_NUMBER})")
_RUN, _TIME = re.compile(r"\d(?:[\W_]{0,6}\d){5}"), re.compile(_TIMES)
"""A run holds every number, and more: in JSON a sign may be escaped, and so be two."""
_EPOCHS = range(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()))

_EPOCH = re.compile(r"1[5-9]\d{8}(?:\d{3})?(?:\.\d{1,9})?")
"""The same as a text, as some devices send them."""
_TIMELY = re.compile(r"(?i)time|date|heure|stamp|epoch|^ts$|(?:^|_)at$")
"""Keys under which so long a number is a time. Elsewhere it may be a file's, or a social security number."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTH = 14


def suspect(text: str) -> bool:
    """Whether a text, or JSON, is worth a closer look; False where it holds nothing personal for sure."""
    if "@" in text or "%" in text or "\\" in text:
        return True
    position = 0
    while run := _RUN.search(text, position):
        time = _TIME.match(text, run.start())
        if time is None:
            return True
        position = time.end()
    return False


def visible(text: str) -> str:
    """Control characters as escapes, so that a message drives no terminal."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def storable(text: str) -> str:
    """What a database can hold of a text: neither NUL nor half a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def masked(text: str) -> str:
    """For people to read: runs of six digits or more (spaced or not) as `#`, mail addresses as `…@…`."""

    def hidden(found: re.Match[str]) -> str:
        mail, when, _ = found.groups()
        return "…@…" if mail else when or re.sub(r"\d", "#", found[0])

    return visible(_PERSONAL.sub(hidden, text))


class Pseudonyms:
    """Stands fourteen letters in the place of each run of six digits or more and of each mail address.

    The same number gives the same letters, so that what was told twice is still the same, and only the key leads from
    one to the other. A text made so is left as it is: what was kept aside can be read again, and gives the same event.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(key).digest()
        self._cleaned: Callable[[str, int], str] = lru_cache(maxsize=8192)(self._clean)

    @property
    def fingerprint(self) -> str:
        """Tells one key from another, and nothing else of it."""
        return hashlib.sha256(b"fingerprint" + self._key).hexdigest()

    def of(self, text: str, most: int) -> str:
        """The text with pseudonyms; where it would become longer than `most`, one for all of it."""
        return self._cleaned(text, most) if suspect(text) else text

    def of_json(self, value: Any, key: str = "") -> Any:
        """A decoded JSON value with its texts, keys and numbers so treated; such a number becomes a text.

        Seconds or milliseconds since 1970 stay under a key that says so: `key`, where the value stands under one.
        """
        match value:
            case dict():
                return {self._long(name): self.of_json(part, name) for name, part in value.items()}
            case list():
                return [self.of_json(part, key) for part in value]
            case str():
                return value if _EPOCH.fullmatch(value) and _TIMELY.search(key) else self._long(value)
            case int() | float() if (int(value) in _EPOCHS or int(value) // 1000 in _EPOCHS) and _TIMELY.search(key):
                return value
            case int() | float():
                text = str(value)
                clean = self._long(text)
                return value if clean == text else clean
            case _:
                return value

    def of_text(self, text: str) -> str:
        """A text of any length; letters take more room than digits."""
        text = storable(text)
        return self._clean(text, len(text) * _LENGTH) if suspect(text) else text

    def _long(self, text: str) -> str:
        text = storable(text)
        return self.of(text, len(text) * _LENGTH)

    def _clean(self, text: str, most: int) -> str:
        def replaced(found: re.Match[str]) -> str:
            return found[2] or self._letters(found[0])

        clean = _PERSONAL.sub(replaced, text)
        return clean if len(clean) <= most else self._letters(text)

    def _letters(self, text: str) -> str:
        number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key).digest())
        letters = []
        for _ in range(_LENGTH):
            number, letter = divmod(number, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return "".join(letters)
