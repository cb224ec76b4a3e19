"""A turn: what one look at everything makes of the alerts that are open, and who is to be told."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from alerts.conditions import readings, site_readings
from alerts.letters import Message
from alerts.lifecycle import advance
from alerts.log import Change, Decide
from alerts.muting import inhibited, silenced
from alerts.routing import Route, levels, upto
from alerts.rules import Rules
from alerts.telling import Policy, due, told
from alerts.watched import Key, Reading, Watched, WatchedSite
from ticketing.alert import SITE, TOPICS, Alert, HeadOfLine, Moment, Mute, Topic
from ticketing.counter import is_open

ROOM = 35
"""Characters that an area may have in the id of an alert, which has 64."""
NO_FACTS = HeadOfLine(longest_s=0.0, waiting=0, limit_s=0.0)


class Sight(Struct, frozen=True, kw_only=True):
    """All that is looked at, of one instant."""

    site: WatchedSite
    areas: tuple[Watched, ...]

    @property
    def at(self) -> datetime:
        return self.site.at


class Turns(Protocol):
    """The log, as those who take turns see it."""

    async def turn(self, decide: Decide, now: datetime) -> None: ...


class Judging(Struct, frozen=True, kw_only=True):
    """By what is judged, and which configuration that is."""

    site: str
    rules: Rules
    routes: tuple[Route, ...] = ()
    policy: Policy = Policy()
    configuration: str = ""


class Turn:
    """One tick's decisions; the same however often it is asked, for a transaction may be tried again."""

    def __init__(self, judging: Judging, sight: Sight, keep: Callable[[Alert], bool]) -> None:
        self._judging, self._sight, self._keep = judging, sight, keep
        self.open: list[Alert] = []
        self.mutes: Sequence[Mute] = ()
        self.posted = False
        self.failed: dict[str, Exception] = {}
        """By area, why it could not be judged."""

    def decide(self, alerts: Sequence[Alert], mutes: Sequence[Mute]) -> list[Change]:
        self.open, self.mutes, self.posted = [], mutes, False
        known = {(alert.area, alert.topic): alert for alert in alerts}
        changes: list[Change] = []
        self.failed = {}
        areas = {one.area.plan.area: one for one in self._sight.areas}
        # before anything is known, there are no areas at all
        left = [alert.area for alert in alerts if areas and alert.area not in areas]
        for area in dict.fromkeys([SITE, *areas, *left]):
            shown = len(self.open)
            try:
                changes += self._area(area, areas.get(area), known, alerts)
            except Exception as error:  # noqa: BLE001 - one area that cannot be judged must not silence the others
                self.failed[area] = error
                here = [one for one in alerts if one.area == area and one.fired_at is not None]
                self.open[shown:] = here
        return changes

    def _area(
        self,
        area: str,
        watched: Watched | None,
        known: Mapping[tuple[str, Topic], Alert],
        alerts: Sequence[Alert],
    ) -> list[Change]:
        found = self._readings(area, watched, alerts)
        topics = dict.fromkeys([*found, *(topic for where, topic in known if where == area)])
        changes = [self._change(known.get((area, topic)), area, topic, found[topic], watched) for topic in topics]
        return [change for change in changes if change]

    def _readings(
        self, area: str, watched: Watched | None, alerts: Sequence[Alert]
    ) -> defaultdict[Topic, list[Reading]]:
        open_now = {signal.key for alert in alerts if alert.area == area for signal in alert.signals}
        rules = self._judging.rules
        if area == SITE:
            found = site_readings(self._sight.site, rules, open_now)
        elif watched is None:
            found = tuple(_left(key, rules) for key in open_now)
        else:
            found = inhibited(watched, self._sight.site, readings(watched, rules, open_now))
        by_topic: defaultdict[Topic, list[Reading]] = defaultdict(list)
        for reading in found:
            by_topic[TOPICS[reading.condition]].append(reading)
        return by_topic

    def _change(
        self, before: Alert | None, area: str, topic: Topic, found: Sequence[Reading], watched: Watched | None
    ) -> Change | None:
        now = self._sight.at
        counters = _counters(watched) if topic in ("wait", "budget") else None
        advanced = advance(before, lambda: self._begun(area, topic), found, now, counters)
        after = advanced.alert
        if after is None:
            return Change(alert=before, gone=True) if before else None
        after, moments, messages = self._told(after, list(advanced.moments))
        if after.fired_at is not None and after.resolved_at is None:
            self.open.append(after)
        if moments or messages or before is None or (after != before and (_moved(before, after) or self._keep(after))):
            self.posted = self.posted or bool(messages)
            return Change(alert=after, moments=tuple(moments), messages=tuple(messages))
        return None

    def _begun(self, area: str, topic: Topic) -> Alert:
        now = self._sight.at
        began = f"{now.astimezone(UTC):%Y%m%d-%H%M%S%f}"
        # several areas may begin at one instant, and their names be alike for as long as there is room for
        where = area if len(area) <= ROOM else f"{area[: ROOM - 9]}-{zlib.crc32(area.encode()):08x}"
        return Alert(
            id=f"{began}-{topic}-{where or 'site'}",
            site=self._judging.site,
            area=area,
            topic=topic,
            severity="week",
            since=now,
            signals=(),
            configuration=self._judging.configuration,
        )

    def _told(self, alert: Alert, moments: list[Moment]) -> tuple[Alert, list[Moment], list[Message]]:
        """The alert with what is to be told of it now, and to whom; nothing while it is silenced, but its end."""
        now = self._sight.at
        hushed = silenced(alert, self.mutes, now)
        found = levels(self._judging.routes, alert, now)
        news = due(alert, now, self._judging.policy, len(found), hushed)
        if news is None:
            return alert, moments, []
        after = told(alert, news, now, hushed)
        if news == "resolved":
            names = alert.told_to
        elif news == "escalated":
            names = found[after.level]
            moments.append(Moment(at=now, kind="escalated", text=", ".join(names)))
        else:
            names = upto(found, after.level) or (alert.told_to if news == "worsened" else ())
        if not names:
            # nobody at this hour: it is told once there is somebody
            return alert, moments, []
        after = replace(after, told_to=tuple(dict.fromkeys([*after.told_to, *names])))
        # in no zone of ours: an hour that comes twice in autumn must not make one message of two
        number = f"{now.astimezone(UTC):%Y%m%d%H%M%S%f}"
        return (
            after,
            moments,
            [
                Message(key=f"{after.id}.{news}.{number}.{name}", recipient=name, news=news, alert=after, made_at=now)
                for name in names
            ],
        )


def _counters(watched: Watched | None) -> int | None:
    return None if watched is None else sum(is_open(counter.state) for counter in watched.figures.counters)


def _left(key: Key, rules: Rules) -> Reading:
    """Of an area that is configured no more: over."""
    condition, subject = key
    rule = rules.rule(condition)
    return Reading(condition=condition, subject=subject, name="", rule=rule, fires=False, clears=True, at_once=True)


def _moved(before: Alert, after: Alert) -> bool:
    """Whether more has changed than figures."""
    return _bare(before) != _bare(after)


def _bare(alert: Alert) -> Alert:
    return replace(alert, signals=tuple(replace(signal, facts=NO_FACTS, remedy=None) for signal in alert.signals))
