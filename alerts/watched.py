"""What is watched: an area and the site at an instant, and what is read of them."""

from datetime import datetime

from msgspec import Struct

from alerts.rules import Rule
from ticketing.alert import Condition, Facts, Remedy
from ticketing.area import Area
from ticketing.budget import Past
from ticketing.figures import AreaFigures
from ticketing.forecast import Forecast

Key = tuple[Condition, str]
"""Of a signal: what is wrong, and with which queue or device."""


class Watched(Struct, frozen=True, kw_only=True):
    """An area at an instant. `figures` have what is foreseen in them; `forecast` is None where nothing can be foreseen.

    `past`: by day before today and by queue, the verdicts of that day, in order.
    """

    at: datetime
    area: Area
    figures: AreaFigures
    forecast: Forecast | None = None
    past: Past = {}

    @property
    def at_rest(self) -> bool:
        """Closed, and nobody waits any more; or closed for the whole day, and nothing is promised to who is there."""
        if self.figures.open:
            return False
        return not self.figures.waiting or not self.area.plan.hours.day_at(self.at).spans


class WatchedSite(Struct, frozen=True, kw_only=True):
    """The site at an instant. `standing_since`: data stopped coming; `quarantined`: set aside in the window."""

    at: datetime
    standing_since: datetime | None = None
    quarantined: int = 0


class Reading(Struct, frozen=True, kw_only=True):
    """A condition on a subject at an instant: whether it fires, whether it is over; neither: it stays what it was.

    `facts` None: those known stay. `at_once`: it is over without having to be so for a while.
    """

    condition: Condition
    subject: str
    name: str
    fires: bool
    clears: bool
    rule: Rule
    facts: Facts | None = None
    remedy: Remedy | None = None
    at_once: bool = False
