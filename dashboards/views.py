"""The pages in French: figures put into words, and rendered."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from dashboards.board import Board
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.waits import ServiceLevel

TEMPLATES = Path(__file__).parent / "templates"
NOTHING = "–"
NARROW = "\u202f"
"""The thin space that French puts between a number and its unit."""

Urgency = Literal["calm", "watch", "late"]
COUNTER_STATES = {
    "closed": "fermé",
    "paused": "en pause",
    "free": "libre",
    "called": "appel en cours",
    "serving": "en service",
}
ERRORS = {404: "Cette page n’existe pas.", 405: "Cette adresse ne se lit pas ainsi."}


def duration(seconds: float | None) -> str:
    """Seconds below two minutes, then whole minutes, then hours: as people say it, never rounded up."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    if whole < 120:  # noqa: PLR2004
        return f"{whole}{NARROW}s"
    minutes = whole // 60
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes}{NARROW}min"
    return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02}"


def percent(share: float | None) -> str:
    """Rounded down, so that a target is never shown as reached when it is not."""
    if share is None:
        return NOTHING
    return f"{int(share * 100 + 1e-9)}{NARROW}%"


def clock(at: datetime | None) -> str:
    return f"{at.hour:02}:{at.minute:02}" if at else NOTHING


class Level(Struct, frozen=True):
    """A service level as shown: the figure, the target, and whether it is reached; never a verdict."""

    label: str
    value: str
    target: str
    reached: bool | None
    counts: str
    width: int
    """Of the gauge, in percent."""
    mark: int
    """Of the target on the gauge."""


class Views:
    def __init__(self, board: Board) -> None:
        self._board = board
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"duration": duration, "percent": percent, "clock": clock}
        self._templates.globals |= {
            "urgency": urgency,
            "levels": levels,
            "provenances": provenances,
            "counter_states": COUNTER_STATES,
            "nothing": NOTHING,
        }

    def board(self) -> str:
        areas = [(name, self.area(name)) for name in self._board.areas]
        site = next(iter(self._board.plans.values())).site
        return self._templates.get_template("board.html").render(areas=areas, site=site)

    def area(self, name: str) -> str:
        """One area's part of the board, which the stream sends again when it changes."""
        figures = self._board.figures(name)
        plan = self._board.plans[name]
        day = plan.hours.day_at(figures.at)
        return self._templates.get_template("area.html").render(
            area=figures,
            spans=day.spans,
            always=plan.hours.weekly is None and day.date not in plan.hours.exceptions,
            standing=self._board.standing_since is not None,
            loaded=self._board.loaded,
        )

    def error(self, status: int) -> str:
        text = ERRORS.get(status, "Le serveur n’a pas pu répondre.")
        return self._templates.get_template("error.html").render(status=status, text=text)


def urgency(queue: QueueFigures) -> Urgency:
    """Head of line beyond the limit, or beyond two thirds of it."""
    level = queue.service_level_today
    limit = (level[0] if isinstance(level, tuple) else level).within_s if level else None
    if limit is None or queue.longest_wait_s is None:
        return "calm"
    if queue.longest_wait_s > limit:
        return "late"
    return "watch" if queue.longest_wait_s > limit * 2 / 3 else "calm"


def levels(queue: QueueFigures) -> list[Level]:
    level = queue.service_level_today
    if level is None:
        return []
    if isinstance(level, tuple):
        return [_level(one, f"formule {one.formula}", "décrochés") for one in level]
    return [_level(level, "", "appelés")]


def _level(level: ServiceLevel, formula: str, verb: str) -> Level:
    label = f"{verb} sous {duration(level.within_s)}" + (f" ({formula})" if formula else "")
    return Level(
        label=label,
        value=percent(level.value),
        target=percent(level.target),
        reached=None if level.value is None else level.within >= level.target * level.of,
        counts=f"{level.within} sur {level.of}",
        width=0 if level.value is None else round(level.value * 100),
        mark=round(level.target * 100),
    )


def provenances(area: AreaFigures) -> list[str]:
    """Each target of an area once, with where it comes from."""
    found: dict[str, None] = {}
    for queue in area.queues:
        level = queue.service_level_today
        if level is not None:
            one = level[0] if isinstance(level, tuple) else level
            found[f"{percent(one.target)} sous {duration(one.within_s)} : {one.provenance}"] = None
    return list(found)
