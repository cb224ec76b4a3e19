"""The page of a counter: its day as a band of time beside what was planned, whom it served, and what it does now."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from dashboards.board import Board
from dashboards.drawing import Axis
from dashboards.queue_page import ENDS
from ticketing.counter import State
from ticketing.figures import AreaFigures
from ticketing.saying import N_
from ticketing.shift import Shift, shift

MOST = 200
"""Tickets, and spells, that are listed."""
STATES: Mapping[State, str] = {
    "serving": N_("en service"),
    "called": N_("appelle"),
    "free": N_("libre"),
    "paused": N_("en pause"),
    "closed": N_("fermé"),
}


class Part(Struct, frozen=True):
    """Of the band, in percents of its width."""

    state: State
    x: float
    width: float


class Band(Struct, frozen=True, kw_only=True):
    axis: Axis
    parts: list[Part]
    planned: list[tuple[float, float]]
    open: list[tuple[float, float]]
    """When the area is."""
    now: float


def shown(board: Board, figures: AreaFigures, counter: str) -> Mapping[str, object]:
    """What the template of the page needs. KeyError for a counter that nobody knows."""
    found = shift(board.areas[figures.area], counter, figures.at)
    worked = [one for one in found.stretches if one.state != "closed"]
    return {
        "area": figures,
        "shift": found,
        "band": band(board, figures, found),
        "spells": list(reversed(worked)),
        "planned_s": None
        if found.planned is None
        else sum((end - start).total_seconds() for start, end in found.planned),
        "most": MOST,
        "states": STATES,
        "ends": ENDS,
        "queue_names": {one.queue: one.name for one in figures.queues},
    }


def band(board: Board, figures: AreaFigures, found: Shift) -> Band | None:
    """None where it was neither there today nor planned to be."""
    worked = [one for one in found.stretches if one.state != "closed"]
    planned = found.planned or ()
    if not worked and not planned:
        return None
    day = board.plans[figures.area].hours.day_at(figures.at)
    instants: list[datetime] = [at for one in worked for at in (one.begins, one.ends)]
    axis = Axis.of(day, [*instants, *(at for span in planned for at in span)])
    return Band(
        axis=axis,
        parts=[Part(one.state, *axis.box(one.begins, one.ends)) for one in worked],
        planned=[axis.box(*span) for span in planned],
        open=[axis.box(*span) for span in day.spans],
        now=axis.place(found.until),
    )
