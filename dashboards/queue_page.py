"""The page of a queue: who waits, who is at a counter and what became of the others today, with the day so far."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from dashboards.board import Board
from dashboards.drawing import Axis, Line, line
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.hours import Day
from ticketing.saying import N_
from ticketing.stays import Stay, line_over, stays

FILTERS = {"": N_("Tout"), "attente": N_("En attente"), "guichet": N_("Au guichet"), "servis": N_("Terminés")}
"""What `etat` may ask for alone; the first, for all of it."""
MOST, MOST_ALONE = 30, 400
"""Tickets in a list, among others and by itself."""
ENDS = {
    "served": N_("servi"),
    "no_show": N_("absent"),
    "abandoned": N_("abandon"),
    "presumed": N_("abandon présumé"),
    "transferred": N_("réorienté"),
    "requeued": N_("remis en file"),
    "overflowed": N_("débordé"),
    "end_of_day": N_("fin de journée"),
}


class QueueTickets(Struct, frozen=True, kw_only=True):
    """A queue as programs are told of it: those in line in the order in which they came, then those at a counter,
    then the others, the latest first.
    """

    area: str
    queue: str
    name: str
    configured: bool
    at: datetime
    complete: bool
    tickets: tuple[Stay, ...]


def tickets(board: Board, figures: AreaFigures, queue: QueueFigures) -> QueueTickets:
    """As of the figures; of data that stand still nothing is foreseen."""
    known = board.foreseen.get(figures.area) if board.standing_since is None else None
    found = stays(
        board.areas[figures.area], figures.at, lambda leg: leg.queue == queue.queue, known.forecast if known else None
    )
    return QueueTickets(
        area=figures.area,
        queue=queue.queue,
        name=queue.name,
        configured=queue.configured,
        at=figures.at,
        complete=figures.complete,
        tickets=tuple(sorted(found, key=_order)),
    )


def _order(stay: Stay) -> tuple[int, float, str]:
    """An arrival that nobody saw is before all others."""
    if stay.state == "ended":
        return 2, -_time(stay.ended), stay.ticket
    if stay.state == "waiting":
        return 0, _time(stay.entered), stay.ticket
    return 1, _time(stay.called or stay.started), stay.ticket


def _time(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def shown(board: Board, figures: AreaFigures, queue: QueueFigures, wanted: str) -> Mapping[str, object]:
    """What the template of the page needs; `wanted` is one of the filters."""
    told = tickets(board, figures, queue)
    by_state = {
        "attente": [one for one in told.tickets if one.state == "waiting"],
        "guichet": [one for one in told.tickets if one.state in ("called", "serving")],
        "servis": [one for one in told.tickets if one.state == "ended"],
    }
    plan = board.plans[figures.area]
    return {
        "area": figures,
        "queue": queue,
        "lists": {name: found for name, found in by_state.items() if wanted in ("", name)},
        "counts": {name: len(found) for name, found in by_state.items()},
        "most": MOST_ALONE if wanted else MOST,
        "filters": FILTERS,
        "wanted": wanted,
        "ends": ENDS,
        "names": {counter.counter: counter.name for counter in figures.counters},
        "queue_names": {one.queue: one.name for one in figures.queues},
        "counters": [counter for counter in figures.counters if queue.queue in counter.queues],
        "chart": None if wanted else chart(told, plan.hours.day_at(figures.at)),
    }


def chart(told: QueueTickets, day: Day) -> tuple[Line, list[tuple[datetime, int]]] | None:
    """How many waited over the day so far, drawn and, at every full hour and now, in numbers; None where nobody did."""
    came = [one.entered for one in told.tickets if one.entered]
    if not came:
        return None
    axis = Axis.of(day, [min(came), told.at])
    instants = axis.steps(told.at)
    counts = line_over(told.tickets, instants)
    every_hour = [
        (at, count)
        for at, count in zip(instants, counts, strict=True)
        if (at.minute == 0 and at.second == 0) or at == instants[-1]
    ]
    return line(axis, day, instants, counts), every_hour
