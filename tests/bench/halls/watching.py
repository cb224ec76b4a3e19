"""Days as they are watched: by a clock, through the code that judges for the board, and by rules that are simpler."""

import asyncio
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from msgspec import Struct

from alerts.evaluation import Evaluation, Judging, Sight
from alerts.routing import Route
from alerts.rules import Rules
from alerts.watched import Watched, WatchedSite
from tests.alerts.fakes import FakeLog
from tests.bench.halls.announced import Span
from tests.bench.halls.days import SimulatedDay
from tests.bench.halls.places import PARIS
from ticketing.alert import Alert, Condition, Topic
from ticketing.area import Area, live_since
from ticketing.budget import Verdict, verdicts
from ticketing.figures import QueueFigures
from ticketing.forecast import forecast
from ticketing.foreseen import foreseen
from ticketing.lesson import Lesson
from ticketing.live import figures
from ticketing.load import Load
from ticketing.plan import Plan
from ticketing.staffing import Advice, advise

AROUND = timedelta(minutes=5)
"""Watched from so long before the first opening until so long after the last closing."""
LONG_LINES: tuple[Condition, ...] = ("predicted_breach", "head_of_line")


class Clock(Struct, frozen=True, kw_only=True):
    """How often the area is looked at, and at every how many-th look it is forecast, and advised, anew."""

    every: timedelta = timedelta(seconds=30)
    forecast: int = 2
    advice: int = 4


class Watching:
    """One hall. Learns each day when it is over, as the board does at midnight."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self._plan, self._clock = plan, clock
        self._lessons: list[Lesson] = []
        self._load = Load()
        self._past: dict[date, Mapping[str, Sequence[Verdict]]] = {}
        self._before: SimulatedDay | None = None

    def learn(self, day: SimulatedDay) -> None:
        area = Area.of(day.plan, day.events)
        self._lessons.append(Lesson.of(area, day.date))
        self._load = Load.of(self._lessons, self._plan.kind)
        self._past[day.date] = verdicts(area, self._plan.hours.day(day.date))
        self._before = day

    def watch(self, day: SimulatedDay) -> Iterator[Watched]:
        """At each look, the area as a board has it, yesterday in it, with what is foreseen of it."""
        opening = self._plan.hours.day(day.date).in_utc()
        now, looks, told = opening.spans[0][0] - AROUND, 0, 0
        area = Area.of(self._plan, self._before.events if self._before else (), live_since(self._plan, now))
        advice: Mapping[str, Advice] = {}
        found, staffed = forecast(area, self._load, now), _staffed(area)
        while now <= opening.closing + AROUND:
            upto = bisect_right(day.events, now, key=lambda event: event.at)
            area, told = area.after(day.events[told:upto]), upto
            before, staffed = staffed, _staffed(area)
            if not looks % self._clock.forecast or staffed != before:
                found = forecast(area, self._load, now)
            if not looks % self._clock.advice or staffed != before:
                advice = advise(area, self._load, now)
            shown = foreseen(figures(area, now), self._plan, found, advice)
            yield Watched(at=now, area=area, figures=shown, forecast=found, past=self._past)
            now, looks = now + self._clock.every, looks + 1


def _staffed(area: Area) -> tuple[object, ...]:
    """What the board looks at to advise anew at once."""
    return tuple((one.id, one.open, one.queues) for one in area.counters.values())


class Said(Struct, frozen=True, kw_only=True):
    """What came of some days: when alerts were open, by topic, when a condition of long lines held, messages sent."""

    alerts: Mapping[Topic, tuple[Span, ...]]
    seen: tuple[Span, ...]
    messages: Counter[str]

    def on(self, day: date, topic: Topic) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The alerts that were raised on a day, and when the conditions held that day."""
        spans = self.alerts.get(topic, ()), self.seen
        found = (tuple(one for one in of if one.since.astimezone(PARIS).date() == day) for of in spans)
        return next(found), next(found)


class Judged(Protocol):
    """Looks at one hall, in the order of time."""

    def see(self, watched: Watched) -> None: ...
    def said(self) -> Said:
        """What is open after the last look ends with it."""


class Vigie:
    """The code that judges for the board, over a log in memory, telling one person who never acknowledges."""

    def __init__(self, rules: Rules) -> None:
        self._loop, self._log, self._held = asyncio.Runner(), FakeLog(), _Held()
        self._sight: Sight | None = None
        judging = Judging(site="banc", rules=rules, routes=(Route(to=("chef",)),))
        self._evaluation = Evaluation(judging, self._log, lambda: self._sight, lambda *_: None, monotonic=lambda: 0.0)

    def see(self, watched: Watched) -> None:
        self._sight = Sight(site=WatchedSite(at=watched.at), areas=(watched,))
        self._loop.run(self._evaluation.tick())
        self._held.look(watched.at, any(map(_of_long_line, self._log.alerts.values())))

    def said(self) -> Said:
        spans = defaultdict[Topic, list[Span]](list)
        for alert in self._log.alerts.values():
            if alert.fired_at is not None:
                spans[alert.topic].append(Span(alert.fired_at, alert.resolved_at or self._held.at))
        return Said(
            alerts={topic: tuple(sorted(of)) for topic, of in spans.items()},
            seen=self._held.spans(),
            messages=Counter(row.message.news for row in self._log.rows.values()),
        )


def _of_long_line(alert: Alert) -> bool:
    return alert.resolved_at is None and any(signal.condition in LONG_LINES for signal in alert.active)


class Simple:
    """An alert is open from when a queue `fires` until none `stays`, without a hold or a keep."""

    def __init__(self, fires: Callable[[QueueFigures], bool], stays: Callable[[QueueFigures], bool]) -> None:
        self._fires, self._stays = fires, stays
        self._held, self._open = _Held(), False

    def see(self, watched: Watched) -> None:
        self._open = any(map(self._stays if self._open else self._fires, watched.figures.queues))
        self._held.look(watched.at, self._open)

    def said(self) -> Said:
        spans = self._held.spans()
        return Said(alerts={"wait": spans}, seen=spans, messages=Counter(fired=len(spans), resolved=len(spans)))


class _Held:
    """When something held, seen at each look; `at` is the last."""

    def __init__(self) -> None:
        self.at = datetime.fromtimestamp(0, UTC)
        self._spans: list[Span] = []
        self._since: datetime | None = None

    def look(self, at: datetime, holds: bool) -> None:
        self.at = at
        if holds and self._since is None:
            self._since = at
        if not holds and self._since is not None:
            self._spans.append(Span(self._since, at))
            self._since = None

    def spans(self) -> tuple[Span, ...]:
        return (*self._spans, *([] if self._since is None else [Span(self._since, self.at)]))


def longest(queue: QueueFigures, share: float = 1.0) -> bool:
    """Whether the head of the line has waited longer than a share of the time promised."""
    return queue.promised is not None and (queue.longest_wait_s or 0.0) > share * queue.promised.within_s


def predicted(queue: QueueFigures, share: float = 1.0) -> bool:
    """Whether the head of the line has, or a newcomer is predicted to."""
    wait = queue.predicted_wait_s
    foreseen_too = wait is not None and queue.promised is not None and wait.p50 > share * queue.promised.within_s
    return foreseen_too or longest(queue, share)
