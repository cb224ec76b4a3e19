"""Masks what may be personal in text that is kept aside or logged."""

import re

_DIGITS = re.compile(r"\d(?:[ .\-]?\d){5,}")
_MAIL = re.compile(r"[^\s\"'<>@,;:]{1,64}@[^\s\"'<>@,;:]{1,255}\.[a-zA-Z]{2,}")


def masked(text: str) -> str:
    """Runs of six digits or more (spaced or not) as `#`, mail addresses as `…@…`; control characters made visible."""
    text = _MAIL.sub("…@…", text)
    text = _DIGITS.sub(lambda run: re.sub(r"\d", "#", run.group()), text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
