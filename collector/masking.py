"""Masks what may be personal in text that is kept aside or logged."""

import re
from typing import Any

_DIGITS = re.compile(r"\d(?:[ .\-]?\d){5,}")
_MAIL = re.compile(r"[^\s\"'<>@,;:]{1,64}@[^\s\"'<>@,;:]{1,255}\.[a-zA-Z]{2,}")


def masked(text: str) -> str:
    """Runs of six digits or more (spaced or not) as `#`, mail addresses as `…@…`; control characters made visible."""
    text = _MAIL.sub("…@…", text)
    text = _DIGITS.sub(lambda run: re.sub(r"\d", "#", run.group()), text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def masked_json(value: Any) -> Any:
    """A decoded JSON value with its texts and keys masked; a number that would be masked becomes a text."""
    match value:
        case dict():
            return {masked(key): masked_json(part) for key, part in value.items()}
        case list():
            return [masked_json(part) for part in value]
        case str():
            return masked(value)
        case int() | float():
            text = str(value)
            return value if masked(text) == text else masked(text)
        case _:
            return value
