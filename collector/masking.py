"""Masks what may be personal in text that is kept aside or logged."""

import re
from collections.abc import Container
from typing import Any

_TIMES = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?|\b\d\d:\d\d:\d\d\b(?!:)"
_DIGITS = re.compile(rf"({_TIMES})|\d(?:[\W_]{{0,3}}\d){{5,}}")
"""Six digits or more with at most three signs between two; a time is no number of anybody's."""
_MAIL = re.compile(r"[^\s\"'<>@,;:]{1,64}@[^\s\"'<>@,;:]{1,255}\.\w{2,}")


def masked(text: str) -> str:
    """Runs of six digits or more (spaced or not) as `#`, mail addresses as `…@…`; control characters made visible."""
    text = _MAIL.sub("…@…", text)
    text = _DIGITS.sub(lambda run: run[1] or re.sub(r"\d", "#", run[0]), text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def masked_json(value: Any, ids: Container[str] = ()) -> Any:
    """A decoded JSON value with its texts and keys masked, `ids` apart; a number to be masked becomes a text."""
    match value:
        case dict():
            return {masked(key): part if key in ids else masked_json(part) for key, part in value.items()}
        case list():
            return [masked_json(part) for part in value]
        case str():
            return masked(value)
        case int() | float():
            text = str(value)
            return value if masked(text) == text else masked(text)
        case _:
            return value
