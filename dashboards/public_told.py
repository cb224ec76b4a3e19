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
from ticketing.crowd import Crowd, crowd
from ticketing.figures import AreaFigures
from ticketing.hours import ALL_DAY, LOOKED_AHEAD, Hours
from ticketing.lesson import BINS
from ticketing.notice import Notices
from ticketing.plan import Plan
from ticketing.saying import _

State = Literal["current", "incomplete", "unavailable"]
"""Whether waits are told: not where events of a device are missing, nor while nothing comes from the halls."""


ENOUGH_DAYS = 10
"""Before so many were learnt from, two weeks of working days, no hour is called quiet or busy."""


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


class Stretch(Struct, frozen=True):
    """Of a day, by the wall clock: "08:30"."""

    start: str
    end: str


class Day(Struct, frozen=True, kw_only=True):
    """One of the seven that begin today, with its hours; empty where it is closed.

    `quiet` and `busy` are those of the staff's heat map: of the week's half-hours the third with the fewest entries,
    and the sixth with the most. `crowd`: the entries of each half-hour, in tenths of the busiest of the week;
    None where it is closed.
    """

    date: date
    name: str
    hours: str
    quiet: Sequence[Stretch]
    busy: Sequence[Stretch]
    crowd: Sequence[int | None]


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
    figures, found = board.figures(plan.area), _crowd(board, plan)
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
        week=[_day(plan, found, now.date() + timedelta(days=n), today.date) for n in range(7)],
        closed=_closed(plan, board.notices, now.date()),
    )


def _state(board: Board, figures: AreaFigures) -> State:
    if board.standing_since is not None or not board.loaded:
        return "unavailable"
    return "current" if figures.complete else "incomplete"


def _hours(plan: Plan, on: date) -> str:
    return _("24 h sur 24") if plan.hours.spans(on) is None else hours_of(plan.hours.day(on))


def _crowd(board: Board, plan: Plan) -> Crowd | None:
    """None while less than two weeks are known."""
    known = board.foreseen.get(plan.area)
    days = known.load.days if known else ()
    return crowd(days, plan.hours) if len(days) >= ENOUGH_DAYS else None


def _day(plan: Plan, found: Crowd | None, on: date, today: date) -> Day:
    open_in = [_is_open(plan.hours, on, half_hour) for half_hour in range(BINS)]
    weekday = on.weekday()
    return Day(
        date=on,
        name=_("Aujourd’hui") if on == today else format_date(on, "EEE d MMM", locale=locale()),
        hours=_hours(plan, on),
        quiet=_stretches(found.quiet(weekday) if found else (), open_in),
        busy=_stretches(found.crowded(weekday) if found else (), open_in),
        crowd=_tenths(found, weekday, open_in) if found and found.days[weekday] else (),
    )


def _tenths(found: Crowd, weekday: int, open_in: Sequence[bool]) -> list[int | None]:
    most = max(float(found.entries.max()), 1.0)
    return [
        round(10 * float(entries) / most) if there else None
        for entries, there in zip(found.entries[weekday], open_in, strict=True)
    ]


def _is_open(hours: Hours, on: date, half_hour: int) -> bool:
    """Whether an area is, in any part of a half-hour."""
    spans = hours.spans(on)
    begin, end = half_hour * 30, half_hour * 30 + 30
    return any(
        _minute(opens) < end and begin < _minute(closes) for opens, closes in (ALL_DAY if spans is None else spans)
    )


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _stretches(usual: Sequence[tuple[int, int]], open_in: Sequence[bool]) -> list[Stretch]:
    """What is left of the usual ones on a day that may have other hours."""
    found: list[Stretch] = []
    for since, until in usual:
        kept = [half_hour for half_hour in range(since, until) if open_in[half_hour]]
        if kept:
            found.append(Stretch(start=_clock(kept[0]), end=_clock(kept[-1] + 1)))
    return found


def _clock(half_hour: int) -> str:
    return f"{half_hour // 2:02}:{half_hour % 2 * 30:02}"


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
