"""The heat map: who comes in which half-hour of which weekday, from what is learnt of past days."""

from collections.abc import Sequence
from datetime import date, timedelta

from aiohttp import web
from babel.dates import format_date
from jinja2 import Environment
from msgspec import Struct

from dashboards.access import needs
from dashboards.board import Board
from dashboards.frame import FRAME
from dashboards.templating import page
from ticketing.crowd import STEPS, WEEK, Crowd, crowd
from ticketing.french.notation import NARROW
from ticketing.lesson import Lesson
from ticketing.plan import Plan
from ticketing.saying import _, n_

A_MONDAY = date(2024, 1, 1)


class Cell(Struct, frozen=True, kw_only=True):
    """`step` -1: closed, and nobody comes. `words`: what somebody hears who does not see the column."""

    step: int
    value: str
    words: str


class Row(Struct, frozen=True, kw_only=True):
    clock: str
    cells: Sequence[Cell]


class Column(Struct, frozen=True, kw_only=True):
    """A weekday, and over how many days it is learnt."""

    name: str
    briefly: str
    days: str


class Stretches(Struct, frozen=True, kw_only=True):
    """Of a weekday, when it is quiet and when crowded, in words."""

    name: str
    quiet: str
    crowded: str


class CrowdPages:
    def __init__(self, board: Board, templates: Environment) -> None:
        self._board, self._templates = board, templates

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/affluence", self.page)]

    @needs("read")
    async def page(self, request: web.Request) -> web.Response:
        """Of one queue or all; an area or queue that is not known is named, beside those that are."""
        plans = self._board.plans
        told = request.query.get("area") or next(iter(plans))
        plan = plans.get(told) or next(iter(plans.values()))
        queue = request.query.get("queue") or ""
        known = self._board.foreseen.get(plan.area)
        lessons = known.load.days if known else ()
        queues = _queues(plan, lessons)
        wrong = "area" if told not in plans else "queue" if queue and queue not in queues else ""
        found = crowd(lessons, plan.hours, queue or None)
        weekdays = [day for day in WEEK if any(found.steps[day][half] >= 0 for half in found.shown)]
        return page(
            self._templates,
            "crowd.html",
            status=404 if wrong else 200,
            plan=plan,
            plans=plans,
            queue=queue,
            queues=queues,
            wrong=wrong,
            told=queue if wrong == "queue" else told,
            learnt=len(lessons),
            since=min((lesson.date for lesson in lessons), default=None),
            until=max((lesson.date for lesson in lessons), default=None),
            columns=[_column(found, day) for day in weekdays],
            rows=[_row(found, weekdays, half) for half in found.shown],
            legend=_legend(found),
            stretches=[
                one for day in weekdays if (one := _stretches(found, day)) is not None and (one.quiet or one.crowded)
            ],
            date_words=_date,
        )


def _queues(plan: Plan, lessons: Sequence[Lesson]) -> dict[str, str]:
    """Names by id: every queue configured, then every other that past days had."""
    seen = {queue for lesson in lessons for queue in lesson.arrivals}
    configured = {queue.id: queue.name for queue in plan.queues}
    return configured | {queue: queue for queue in sorted(seen - configured.keys())}


def _weekday(day: int, pattern: str = "EEEE") -> str:
    return format_date(A_MONDAY + timedelta(days=day), pattern, locale=FRAME.get().language)


def _date(on: date) -> str:
    return format_date(on, "d MMMM yyyy", locale=FRAME.get().language)


def _column(found: Crowd, day: int) -> Column:
    days = found.days[day]
    return Column(
        name=_weekday(day), briefly=_weekday(day, "EEE"), days=n_("{n} jour", "{n} jours", days).format(n=days)
    )


def _row(found: Crowd, weekdays: Sequence[int], half: int) -> Row:
    return Row(clock=_clock(half), cells=[_cell(found, day, half) for day in weekdays])


def _cell(found: Crowd, day: int, half: int) -> Cell:
    step = found.steps[day][half]
    if not found.days[day]:
        return Cell(step=-1, value="–", words=_("pas encore connu"))
    if step < 0:
        return Cell(step=-1, value="", words=_("fermé"))
    if step == 0:
        return Cell(step=0, value=f"<{NARROW}1", words=_("moins de 1"))
    value = str(round(float(found.entries[day, half])))
    return Cell(step=step, value=value, words=value)


def _legend(found: Crowd) -> list[tuple[int, str]]:
    """The classes that are used, with the entries in half an hour that they stand for."""
    if not found.bounds:
        return []
    # rounded as the cells are; equal bounds leave classes empty
    edges = [1, *(round(bound) for bound in found.bounds)]
    most = round(float(found.entries.max()))
    used = {step for row in found.steps for step in row}
    named = [(0, _("moins de 1"))] if 0 in used else []
    for step in range(1, STEPS + 1):
        if step in used:
            low, high = edges[step - 1], edges[step] if step < STEPS else most
            named.append((step, str(low) if low >= high else _("{low} à {high}").format(low=low, high=high)))
    return named


def _stretches(found: Crowd, day: int) -> Stretches | None:
    if not found.days[day]:
        return None
    return Stretches(name=_weekday(day), quiet=_spans(found.quiet(day)), crowded=_spans(found.crowded(day)))


def _spans(stretches: Sequence[tuple[int, int]]) -> str:
    return ", ".join(
        _("de {since} à {until}").format(since=_hour(since), until=_hour(until)) for since, until in stretches
    )


def _clock(half: int) -> str:
    return f"{half // 2:02}:{half % 2 * 30:02}"


def _hour(half: int) -> str:
    text = _("{hour}\u202fh\u202f{minute:02}") if half % 2 else _("{hour}\u202fh")
    return text.format(hour=half // 2, minute=30)
