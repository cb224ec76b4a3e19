"""What kiosks print and the screens of a hall show of each queue, and when they are to be told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import structlog
from msgspec import Meta, Struct

from dashboards.board import Board
from dashboards.words import expected
from ticketing.events import Moment, Name
from ticketing.figures import AreaFigures, Quantiles, QueueFigures
from ticketing.plan import Plan

log = structlog.get_logger()

SHORTEST = timedelta(seconds=5)
"""Between two tellings of a queue; and between two looks at an area of which nothing new has come."""
LONGEST = timedelta(seconds=60)
"""Between two tellings of a queue while its area is open."""
RHYTHM = LONGEST - 2 * SHORTEST
"""What has not changed is told again after so long: the next look may be late."""
LASTING = 2 * LONGEST
STEP_S, STEP_SHARE = 30.0, 0.1
"""A predicted wait that has moved by so much, in seconds or of what was told, is told again."""


class Display(Struct, frozen=True, kw_only=True):
    """What is known of a queue at an instant. What is not known is null, never 0; waits are in seconds."""

    area: Name
    queue: Name
    name: Annotated[str, Meta(description="What the queue is called, to be shown.")]
    time: Annotated[Moment, Meta(description="When the figures were so.")]
    valid_until: Annotated[
        Moment | None,
        Meta(description="Show none of it later: while vigie runs, newer figures come before. null: not known."),
    ]
    open: Annotated[bool, Meta(description="Whether the area is in its opening hours.")]
    complete: Annotated[bool, Meta(description="false: events of some device, or all, may be missing.")]
    incomplete_since: Moment | None
    standing: Annotated[bool, Meta(description="true: vigie has heard of nothing new since `time`.")]
    waiting: Annotated[int, Meta(ge=0, description="People in line.")]
    longest_wait_s: Annotated[float | None, Meta(description="So far, of whoever has been in line for the longest.")]
    predicted_wait_s: Annotated[
        Quantiles | None,
        Meta(
            description="Of those who take a ticket now, half wait less than p50, one of ten less than p10, "
            "and nine less than p90."
        ),
    ]
    no_prediction: Annotated[
        str | None,
        Meta(
            description="Why there is none: `closed`, `standing`, `no_counter`, `no_service`, `closing`, "
            "`unavailable`; others may be added."
        ),
    ]
    words: Annotated[str, Meta(description="The predicted wait in French, to be printed as it is; may be empty.")]


def displays(found: AreaFigures, plan: Plan, *, standing: bool = False) -> Iterator[Display]:
    """Of the queues that are configured: what only an event names may be a slip, and would stay with the broker."""
    time = found.at.replace(microsecond=0)
    for queue in found.queues:
        if not queue.configured:
            continue
        # while all stands still, what was predicted is of another time
        predicted = None if standing else queue.predicted_wait_s
        yield Display(
            area=found.area,
            queue=queue.queue,
            name=queue.name,
            time=time,
            valid_until=_valid_until(time, found, plan, standing=standing),
            open=found.open,
            complete=found.complete,
            incomplete_since=found.incomplete_since,
            standing=standing,
            waiting=queue.waiting,
            longest_wait_s=queue.longest_wait_s,
            predicted_wait_s=predicted,
            no_prediction=None if predicted else _reason(found, queue, standing=standing),
            words=expected(predicted),
        )


def _valid_until(time: datetime, found: AreaFigures, plan: Plan, *, standing: bool) -> datetime | None:
    if found.open or standing:
        return time + LASTING
    opening = plan.hours.opening_after(time)
    return opening and opening + LASTING


def _reason(found: AreaFigures, queue: QueueFigures, *, standing: bool) -> str:
    if standing:
        return "standing"
    return queue.no_prediction or ("unavailable" if found.open else "closed")


def differs(display: Display, told: Display) -> bool:
    """Whether a reader sees anything else, but for what the clock alone adds to the longest wait."""
    if _seen(display) != _seen(told) or _shorter(display.longest_wait_s, told.longest_wait_s):
        return True
    now, before = display.predicted_wait_s, told.predicted_wait_s
    if now is None or before is None:
        return now is not before
    return _moved(now.p50, before.p50) or _moved(now.p90, before.p90)


def _seen(display: Display) -> tuple[object, ...]:
    return (
        display.open,
        display.complete,
        display.incomplete_since,
        display.standing,
        display.waiting,
        display.no_prediction,
        display.words,
    )


def _shorter(now: float | None, before: float | None) -> bool:
    """Whether it is another's: a wait only grows."""
    return now is not None and before is not None and now < before


def _moved(now: float, before: float) -> bool:
    by = abs(now - before)
    return by > 0 and (by >= STEP_S or by >= STEP_SHARE * before)


class _Told(Struct, frozen=True):
    at: datetime
    display: Display | None
    """None: those who were told may have lost it."""


class Displays:
    """Which displays of a board are due, by what was told before: at most every 5 s a queue, when a reader sees a
    change, and at least every 60 s while its area is open.

    While all data stand still, that is told once and nothing more.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._told: dict[tuple[str, str], _Told] = {}
        self._looked: dict[str, datetime] = {}
        self._stirred: set[str] = set()
        """Areas of which something may have changed since they were looked at, or could not be told yet."""
        board.on_change(self._stirred.add)

    def due(self) -> list[Display]:
        """Those to be told now, which count as told; none before the day has been read. To be asked every second."""
        if not self._board.loaded:
            return []
        now = self._board.clock()
        return [display for area in self._board.areas if self._to_look(area, now) for display in self._of(area, now)]

    def again(self) -> None:
        """All of them are due once more."""
        self._told = {key: _Told(told.at, None) for key, told in self._told.items()}
        self._stirred.update(self._board.areas)

    def _to_look(self, area: str, now: datetime) -> bool:
        return area in self._stirred or area not in self._looked or _past(self._looked[area], now, SHORTEST)

    def _of(self, area: str, now: datetime) -> list[Display]:
        self._stirred.discard(area)
        self._looked[area] = now
        standing = self._board.standing_since is not None
        try:
            found = list(displays(self._board.figures(area), self._board.plans[area], standing=standing))
        except Exception:
            # one area that cannot be told must not silence the others, nor the boards beside us
            log.exception("displays not told", area=area)
            return []
        return [display for display in found if self._take(display, now)]

    def _take(self, display: Display, now: datetime) -> bool:
        key = display.area, display.queue
        told = self._told.get(key)
        if told is not None:
            if not _wanted(display, told, now):
                return False
            if not _past(told.at, now, SHORTEST):
                self._stirred.add(display.area)
                return False
        self._told[key] = _Told(now, display)
        return True


def _wanted(display: Display, told: _Told, now: datetime) -> bool:
    if told.display is None or differs(display, told.display):
        return True
    return display.open and not display.standing and _past(told.at, now, RHYTHM)


def _past(since: datetime, now: datetime, length: timedelta) -> bool:
    """Whether so much time has passed; if our clock was set back, nobody knows, and it is taken to have."""
    return not timedelta() <= now - since < length
