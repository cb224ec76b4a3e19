"""What is wrong with the hours of a configuration: those of its areas, and those planned of its counters."""

from collections.abc import Iterable, Mapping
from datetime import UTC

from deploy.schedule import WEEKDAYS, spans, weekly
from deploy.settings import CounterSettings, Settings, opening, staffing
from ticketing.hours import Hours, Span


def hours_faults(settings: Settings) -> Iterable[str]:
    """A sentence each: the key's path, what was found and what was expected."""
    areas: dict[str, Hours] = {}
    for number, area in enumerate(settings.areas):
        try:
            # hours are compared by the wall clock, and the zone may be the very fault
            areas[area.id] = opening(area, UTC, f"areas[{number}].")
        except ValueError as error:
            yield str(error)
    for number, counter in enumerate(settings.counters):
        path = f"counters[{number}]."
        try:
            staffing(counter, UTC, path)
        except ValueError as error:
            yield str(error)
        else:
            if counter.area in areas:
                yield from _planned_faults(path, counter, areas[counter.area])


def _planned_faults(path: str, counter: CounterSettings, area: Hours) -> Iterable[str]:
    if area.weekly is not None:
        for days, texts in (counter.planned or {}).items():
            open_on = {WEEKDAYS[day]: area.weekly.get(day, ()) for day in weekly(path, {days: []})}
            yield from _outside(f"{path}planned.{days}", texts, counter.area, open_on)
    for date, texts in counter.changed.items():
        usual = area.spans(date)
        # a closure at short notice goes before what counters had planned, and must not keep vigie from starting
        if usual is not None and date not in area.exceptions:
            yield from _outside(f"{path}changed.{date}", texts, counter.area, {str(date): usual})


def _outside(path: str, texts: list[str], area: str, open_on: Mapping[str, tuple[Span, ...]]) -> Iterable[str]:
    """Those in which the area is not open for a minute, each with the first of the days of which that is so."""
    for text, (start, end) in zip(texts, spans(path, texts), strict=True):
        for day, hours in open_on.items():
            if not any(start < closes and opens < end for opens, closes in hours):
                known = ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours) or "(none)"
                yield f'{path}: found "{text}", expected hours in which area {area} is open on {day}: {known}'
                break
