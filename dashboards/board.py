"""The board: the live state that all readers see, replaced after each batch and never changed in place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from ticketing.accuracy import Accuracy
from ticketing.alert import Alert, Mute, Undelivered
from ticketing.area import Area, live_since
from ticketing.attending import Course
from ticketing.budget import Verdict
from ticketing.events import Event
from ticketing.figures import AreaFigures, Silence
from ticketing.forecast import Forecast
from ticketing.foreseen import foreseen
from ticketing.ledger import Account
from ticketing.live import figures
from ticketing.load import Load
from ticketing.notice import Notices
from ticketing.plan import Plan
from ticketing.staffing import Advice, WhatIf, what_if

ALERTS = "*alerts"
"""What watchers are told where alerts have changed; no area has such an id."""


class Foreseen(Struct, frozen=True, kw_only=True):
    """What is foreseen of an area, and what it was learnt from."""

    forecast: Forecast
    advice: Mapping[str, Advice] = {}
    load: Load = Load()


class Board:
    """Areas by id, in the order of the configuration, with the devices not heard and how far the data go."""

    def __init__(self, plans: Sequence[Plan], clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.plans: Mapping[str, Plan] = {plan.area: plan for plan in plans}
        self.areas: Mapping[str, Area] = {plan.area: Area(plan=plan) for plan in plans}
        self.silent: Mapping[str, tuple[Silence, ...]] = {}
        self.quarantined_today = 0
        self.missing: Sequence[Account] = ()
        """Today's accounts of the devices of which something is missing."""
        self.standing_since: datetime | None = None
        """When the data stopped coming; None while they come."""
        self.foreseen: Mapping[str, Foreseen] = {}
        self.accuracy: Mapping[str, Sequence[Accuracy]] = {}
        """How right predictions were in the last weeks, by area."""
        self.alerts: Sequence[Alert] = ()
        """Those that are open, the latest first."""
        self.alerts_known = False
        """Whether it is known which are."""
        self.mutes: Sequence[Mute] = ()
        self.undelivered: Sequence[Undelivered] = ()
        """Whom alerts do not reach."""
        self.past: Mapping[str, Mapping[date, Mapping[str, Sequence[Verdict]]]] = {}
        """Who was late on past days: by area, day and queue."""
        self.notices = Notices()
        """What supervisors tell the public."""
        self.loaded = False
        """Whether the day so far has been read."""
        self._watchers: list[Callable[[str], None]] = []

    def on_change(self, tell: Callable[[str], None]) -> None:
        """Has `tell` called with the id of each area that changes."""
        self._watchers.append(tell)

    def begin(self, events: Mapping[str, Iterable[Event]]) -> None:
        """Takes the day so far, of every area, in place of what was there."""
        now = self.clock()
        self.areas = {
            name: Area.of(plan, events.get(name, ()), since=live_since(plan, now)) for name, plan in self.plans.items()
        }
        self.loaded = True
        self._tell(self.areas)

    def take(self, events: Mapping[str, Sequence[Event]]) -> None:
        """Takes what is new. Events of areas that are not configured are passed over: the journal has them."""
        changed = {name: self.areas[name].after(new) for name, new in events.items() if name in self.areas}
        self.areas = {**self.areas, **changed}
        self._tell(changed)

    def turn(self) -> None:
        """Once a tick: forgets what a new day has left behind, and follows a clock that is set back."""
        now = self.clock()
        for name, area in self.areas.items():
            since = live_since(area.plan, now)
            if area.since != since:
                self.areas = {**self.areas, name: area.forgetting(since)}

    def hear(self, silent: Mapping[str, tuple[Silence, ...]]) -> None:
        """Takes the devices that are not heard now, by area."""
        changed = [name for name in self.areas if silent.get(name, ()) != self.silent.get(name, ())]
        self.silent = silent
        self._tell(changed)

    def foresee(self, area: str, found: Foreseen) -> None:
        """Takes what is foreseen of an area now."""
        self.foreseen = {**self.foreseen, area: found}
        self._tell([area])

    def what_if(self, area: str, course: Course) -> tuple[WhatIf, ...]:
        """What a course would change in an area now, for every queue that can be forecast. KeyError if unknown."""
        known = self.foreseen.get(area)
        return what_if(self.areas[area], known.load if known else Load(), self.clock(), course)

    def stand(self, since: datetime | None) -> None:
        """Data stopped coming at an instant; None: they come again."""
        if (since is None) != (self.standing_since is None):
            self.standing_since = since
            self._tell(self.areas)

    def figures(self, area: str) -> AreaFigures:
        """The live figures of an area now; while data stand still, as of when they stopped. KeyError if unknown."""
        now = self.clock()
        found = figures(self.areas[area], self.standing_since or now, self.silent.get(area, ()), self.standing_since)
        known = self.foreseen.get(area)
        if known is None or self.standing_since is not None:
            return found
        return foreseen(found, self.plans[area], known.forecast, known.advice)

    def alert(self, alerts: Sequence[Alert], mutes: Sequence[Mute], undelivered: Sequence[Undelivered]) -> None:
        """Takes the alerts that are open now, what is silenced of them, and who is not reached."""
        told = (self.alerts, self.mutes, self.undelivered)
        now = (tuple(sorted(alerts, key=lambda one: one.fired_at or one.since, reverse=True)), mutes, undelivered)
        self.alerts, self.mutes, self.undelivered = now
        if told != now:
            self._tell([ALERTS])

    def notify(self, plans: Sequence[Plan], notices: Notices) -> None:
        """Takes what supervisors tell, and the plans of the same areas as they are with it."""
        before = self.plans
        self.plans = {plan.area: plan for plan in plans}
        changed = [name for name in self.plans if self.plans[name] != before[name]]
        self.areas = {**self.areas, **{name: replace(self.areas[name], plan=self.plans[name]) for name in changed}}
        if notices != self.notices:
            self.notices, changed = notices, list(self.plans)
        self._tell(changed)

    def _tell(self, areas: Iterable[str]) -> None:
        for area in areas:
            for tell in self._watchers:
                tell(area)
