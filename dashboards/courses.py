"""Courses as an address names them, open=g2&close=g3&move=g4:asile&break=g1:15; others are refused with a sentence."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from msgspec import Struct

from ticketing.attending import Course, Step
from ticketing.figures import AreaFigures
from ticketing.plan import Plan

Action = Literal["open", "close", "move", "break"]

ACTIONS: tuple[Action, ...] = get_args(Action)
MOST = 12
"""Changes of one course."""
LONGEST_BREAK_MIN = 480


class CourseError(ValueError):
    """What is asked for is no course; the text is a sentence."""


class Change(Struct, frozen=True, kw_only=True):
    """Of one counter; `queue` of one that moves, `minutes` of a break."""

    action: Action
    counter: str
    queue: str = ""
    minutes: int = 0

    @property
    def told(self) -> str:
        """The value that names it in an address, beside its action."""
        match self.action:
            case "move":
                return f"{self.counter}:{self.queue}"
            case "break":
                return f"{self.counter}:{self.minutes}"
            case _:
                return self.counter


def changes(pairs: Iterable[tuple[str, str]], area: AreaFigures, plan: Plan) -> tuple[Change, ...]:
    """In the order of the pairs. CourseError for what is unknown, cannot be, or is told of one counter twice."""
    may = served(area, plan)
    found: dict[str, Change] = {}
    for name, value in pairs:
        change = _change(name, value, may)
        if change.counter in found:
            raise CourseError(f'found two changes of counter "{change.counter}", expected one')
        found[change.counter] = change
        if len(found) > MOST:
            raise CourseError(f"found more than {MOST} changes, expected {MOST} at most")
    return tuple(found.values())


def course(wanted: Iterable[Change], area: AreaFigures) -> Course:
    """A counter that moves serves its new queue first, then those that it served before."""
    now = {counter.counter: counter.queues for counter in area.counters}
    return tuple(_step(change, now.get(change.counter, ())) for change in wanted)


def served(area: AreaFigures, plan: Plan) -> dict[str, tuple[str, ...]]:
    """By counter, the queues that it serves now, in order of preference, then the others that it may serve."""
    desks = {desk.id: desk.queues for desk in plan.desks}
    return {
        counter.counter: tuple(dict.fromkeys([*counter.queues, *desks.get(counter.counter, ())]))
        for counter in area.counters
    }


def _change(name: str, value: str, may: Mapping[str, Sequence[str]]) -> Change:
    action = next((one for one in ACTIONS if one == name), None)
    if action is None:
        raise CourseError(f'found parameter "{name}", expected one of: {", ".join(ACTIONS)}')
    counter, _, rest = value.partition(":") if action in ("move", "break") else (value, "", "")
    if counter not in may:
        raise CourseError(f'{action}: found counter "{counter}", expected one of: {", ".join(may)}')
    match action:
        case "move":
            if rest not in may[counter]:
                expected = ", ".join(may[counter]) or "none: it serves no queue"
                raise CourseError(f'{action}: found queue "{rest}" of counter "{counter}", expected one of: {expected}')
            return Change(action=action, counter=counter, queue=rest)
        case "break":
            return Change(action=action, counter=counter, minutes=_minutes(rest))
        case _:
            return Change(action=action, counter=counter)


def _minutes(told: str) -> int:
    minutes = int(told) if re.fullmatch(r"\d{1,3}", told, re.ASCII) else 0
    if not 1 <= minutes <= LONGEST_BREAK_MIN:
        raise CourseError(f'break: found "{told}", expected minutes from 1 to {LONGEST_BREAK_MIN}, such as "g1:15"')
    return minutes


def _step(change: Change, queues: Sequence[str]) -> Step:
    match change.action:
        case "open":
            return Step(counter=change.counter, open=True)
        case "close":
            return Step(counter=change.counter, open=False)
        case "break":
            return Step(counter=change.counter, open=False, for_s=change.minutes * 60.0)
        case "move":
            others = [queue for queue in queues if queue != change.queue]
            return Step(counter=change.counter, open=True, queues=(change.queue, *others))
