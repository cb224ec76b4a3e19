"""What the public is told of waiting from afar: the same for the page, the fragment and the interface for programs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from babel.dates import format_date
from msgspec import Struct

from dashboards.board import Board
from dashboards.languages import locale
from dashboards.opening import hours_of, opens
from dashboards.words import expected, unbroken
from ticketing.affluence import Level, Stretch, affluence
from ticketing.figures import AreaFigures
from ticketing.french.notation import clock
from ticketing.hours import LOOKED_AHEAD
from ticketing.load import Load
from ticketing.notice import Notices
from ticketing.plan import Plan
from ticketing.saying import _

State = Literal["current", "incomplete", "unavailable"]
"""Whether waits are told: not where events of a device are missing, nor while nothing comes from the halls."""


class Service(Struct, frozen=True, kw_only=True):
    """A queue. `wait` is what somebody who comes now may expect, in words; empty where it is not known.

    How many wait is not told: one alone in a line is somebody whom others may know.
    """

    service: str
    name: str
    wait: str


class Closing(Struct, frozen=True, kw_only=True):
    """A date with other hours than usual: none where it is closed all day; `text` is what supervisors say of it."""

    date: date
    name: str
    hours: str
    text: str


class Day(Struct, frozen=True, kw_only=True):
    """One of the seven that begin today, with its hours; empty where it is closed. `affluence` is of those hours."""

    date: date
    name: str
    hours: str
    affluence: Sequence[Stretch]

    @property
    def quiet(self) -> str:
        return self._when("quiet")

    @property
    def busy(self) -> str:
        return self._when("busy")

    def _when(self, level: Level) -> str:
        return ", ".join(f"{_clock(one.start)}–{_clock(one.end)}" for one in self.affluence if one.level == level)


class Place(Struct, frozen=True, kw_only=True):
    """An area. `opens` is when it does next, in words; `closed` what there is to come of it in the next two months."""

    area: str
    name: str
    kind: str
    state: State
    open: bool
    hours: str
    opens: str
    message: str
    closure: str
    services: Sequence[Service]
    week: Sequence[Day]
    closed: Sequence[Closing]


class Told(Struct, frozen=True, kw_only=True):
    """Of a site; `at` is when, to the minute."""

    at: datetime
    places: Sequence[Place]


def told(board: Board) -> Told:
    """What there is to tell now, in the language in force."""
    places = [_place(board, plan) for plan in board.plans.values()]
    now = board.clock()
    zone = next((plan.hours.zone for plan in board.plans.values()), now.tzinfo)
    # as of when the figures are, where they stand still
    at = board.standing_since or now
    return Told(at=at.astimezone(zone).replace(second=0, microsecond=0), places=places)


def _place(board: Board, plan: Plan) -> Place:
    now = board.clock().astimezone(plan.hours.zone)
    figures, load = board.figures(plan.area), _load(board, plan.area)
    today, state = plan.hours.day_at(now), _state(board, figures)
    message, closure = board.notices.message(plan.area, now), board.notices.closure(plan.area, now.date())
    # not those of the figures: data that stand still know nothing of what the hour is
    is_open = today.is_open(now)
    return Place(
        area=plan.area,
        name=plan.name,
        kind=plan.kind,
        state=state,
        open=is_open,
        hours=_hours(plan, now.date()),
        opens="" if is_open else opens(plan.hours.opening_after(now), now),
        message=message.text if message else "",
        closure=closure.text if closure else "",
        services=[
            Service(
                service=queue.queue,
                name=queue.name,
                wait=unbroken(expected(queue.predicted_wait_s)) if state == "current" and is_open else "",
            )
            for queue in figures.queues
            if queue.configured
        ],
        week=[_day(plan, load, now.date() + timedelta(days=n), today.date) for n in range(7)],
        closed=_closed(plan, board.notices, now.date()),
    )


def _load(board: Board, area: str) -> Load:
    known = board.foreseen.get(area)
    return known.load if known else Load()


def _state(board: Board, figures: AreaFigures) -> State:
    if board.standing_since is not None or not board.loaded:
        return "unavailable"
    return "current" if figures.complete else "incomplete"


def _hours(plan: Plan, on: date) -> str:
    return _("24 h sur 24") if plan.hours.spans(on) is None else hours_of(plan.hours.day(on))


def _day(plan: Plan, load: Load, on: date, today: date) -> Day:
    name = _("Aujourd’hui") if on == today else format_date(on, "EEE d MMM", locale=locale())
    return Day(date=on, name=name, hours=_hours(plan, on), affluence=affluence(load, plan.hours, on))


def _clock(at: time) -> str:
    return clock(datetime.combine(date.min, at))


def _closed(plan: Plan, notices: Notices, today: date) -> list[Closing]:
    """After today, in order; those that the configuration gives, too."""
    found = []
    for on in sorted(plan.hours.exceptions):
        if today < on <= today + LOOKED_AHEAD:
            notice = notices.closure(plan.area, on)
            found.append(
                Closing(
                    date=on,
                    name=format_date(on, "full", locale=locale()),
                    hours=hours_of(plan.hours.day(on)),
                    text=notice.text if notice else "",
                )
            )
    return found
