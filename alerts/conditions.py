"""The conditions: what may be wrong with an area, each read from the live state by a pure function."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from alerts.rules import Rule, Rules
from ticketing.alert import Condition, Facts, Remedy
from ticketing.area import Area
from ticketing.budget import Verdict
from ticketing.figures import AreaFigures
from ticketing.forecast import Forecast


class Watched(Struct, frozen=True, kw_only=True):
    """An area at an instant. `figures` have what is foreseen in them; `forecast` is None where nothing can be foreseen.

    `past`: by day before today and by queue, the verdicts of that day, in order.
    """

    at: datetime
    area: Area
    figures: AreaFigures
    forecast: Forecast | None = None
    past: Mapping[date, Mapping[str, tuple[Verdict, ...]]] = {}


class WatchedSite(Struct, frozen=True, kw_only=True):
    """The site at an instant. `standing_since`: data stopped coming; `quarantined`: set aside in the window."""

    at: datetime
    standing_since: datetime | None = None
    quarantined: int = 0


class Reading(Struct, frozen=True, kw_only=True):
    """A condition on a subject at an instant: whether it fires, whether it is over; neither: it stays what it was."""

    condition: Condition
    subject: str
    name: str
    fires: bool
    clears: bool
    facts: Facts
    rule: Rule
    remedy: Remedy | None = None


def readings(watched: Watched, rules: Rules) -> tuple[Reading, ...]:
    """All that can be read of an area now. What cannot be known is not among them."""
    raise NotImplementedError


def site_readings(watched: WatchedSite, rules: Rules) -> tuple[Reading, ...]:
    raise NotImplementedError
