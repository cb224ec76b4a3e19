"""Opening hours as they are written in the configuration: `mon-fri = ["08:30-12:00", "13:15-16:30"]`."""

import re
from datetime import time

from ticketing.hours import Span

HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekly(path: str, hours: dict[str, list[str]]) -> dict[int, tuple[Span, ...]]:
    """Spans by weekday, Monday is 0; ValueError with the path, what was found and what was expected."""
    found: dict[int, tuple[Span, ...]] = {}
    for days, texts in hours.items():
        first, _, last = days.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(f'{path}: found "{days}", expected a day or days such as "mon" or "mon-fri"')
        if WEEKDAYS.index(last or first) < WEEKDAYS.index(first):
            raise ValueError(f'{path}: found "{days}", expected the earlier day of the week first')
        for weekday in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
            if weekday in found:
                raise ValueError(f'{path}: found {WEEKDAYS[weekday]} twice, the second time in "{days}"')
            found[weekday] = spans(f"{path}.{days}", texts)
    return found


def spans(path: str, texts: list[str]) -> tuple[Span, ...]:
    found: list[Span] = []
    for text in texts:
        match = HOURS.fullmatch(text)
        if match is None:
            raise ValueError(f'{path}: found "{text}", expected hours such as "08:30-12:00"')
        start, end = (time.fromisoformat(part) for part in match.groups())
        if end <= start or (found and start < found[-1][1]):
            raise ValueError(f'{path}: found "{text}", expected an end after its start, and no overlap')
        found.append((start, end))
    return tuple(found)
