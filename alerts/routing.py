"""Routing: who is told of an alert at which hour, and who next when nobody takes it on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from ticketing.alert import Alert, Severity, Topic
from ticketing.hours import Hours


class Route(Struct, frozen=True, kw_only=True):
    """Recipients by name: `to` at once, then each of `then`. None: any; `hours`: when it is in use, None: always.

    An alert of the site as a whole (no area) goes by routes of any area.
    """

    to: tuple[str, ...]
    then: tuple[tuple[str, ...], ...] = ()
    areas: tuple[str, ...] | None = None
    topics: tuple[Topic, ...] | None = None
    severities: tuple[Severity, ...] | None = None
    hours: Hours | None = None

    def takes(self, alert: Alert, at: datetime) -> bool:
        return (
            (self.areas is None or not alert.area or alert.area in self.areas)
            and (self.topics is None or alert.topic in self.topics)
            and (self.severities is None or alert.severity in self.severities)
            and (self.hours is None or self.hours.day_at(at).is_open(at))
        )


def levels(routes: Iterable[Route], alert: Alert, at: datetime) -> tuple[tuple[str, ...], ...]:
    """By level, the recipients of all routes that take an alert at an instant; nobody twice in a level."""
    taken = [(route.to, *route.then) for route in routes if route.takes(alert, at)]
    deepest = max(map(len, taken), default=0)
    return tuple(
        tuple(dict.fromkeys(name for route in taken if level < len(route) for name in route[level]))
        for level in range(deepest)
    )


def upto(found: Sequence[Sequence[str]], level: int) -> tuple[str, ...]:
    """All who are told up to a level, each once."""
    return tuple(dict.fromkeys(name for names in found[: level + 1] for name in names))
