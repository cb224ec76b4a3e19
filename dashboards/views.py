"""The pages in French: figures put into words, and rendered."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from dashboards.board import Board
from ticketing.figures import AreaFigures, QueueFigures, RateTarget
from ticketing.hours import Day
from ticketing.waits import ServiceLevel

TEMPLATES = Path(__file__).parent / "templates"
SITE = ""
"""Name of the part that belongs to no area: none has an empty id."""
MOST_TOLD = 3
"""Devices told in one banner: it must not push the halls off the screen."""
NOTHING = "–"
NARROW = "\u202f"
"""The thin space that French puts between a number and its unit."""

Urgency = Literal["calm", "watch", "late"]
COUNTER_STATES = {
    "closed": "fermé",
    "paused": "en pause",
    "free": "libre",
    "called": "appelle",
    "serving": "en service",
}
LABELS = {
    "hall": "appelés sous {}",
    "C": "sous {}, hors abandons rapides (C)",
    "B": "sous {}, de tous les présentés (B)",
}
SIGNS = {True: "✓", False: "✗"}
ERRORS = {404: "Cette page n’existe pas.", 405: "Cette adresse ne se lit pas ainsi."}


def duration(seconds: float | None) -> str:
    """As people say it, never rounded up: seconds, minutes with seconds below two, whole minutes, hours."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    minutes = whole // 60
    if minutes == 0:
        return f"{whole}{NARROW}s"
    if minutes == 1:
        return f"1{NARROW}min{NARROW}{whole % 60:02}"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes}{NARROW}min"
    return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02}"


def percent(share: float | None) -> str:
    """Rounded down, so that a target is never shown as reached when it is not."""
    if share is None:
        return NOTHING
    return f"{int(share * 100 + 1e-9)}{NARROW}%"


def clock(at: datetime | None, now: datetime | None = None) -> str:
    """The hour, after the date where that is not the day of `now`."""
    if at is None:
        return NOTHING
    return ("" if now is None or at.date() == now.date() else f"{at:%d/%m} ") + f"{at.hour:02}:{at.minute:02}"


class Level(Struct, frozen=True):
    """A service level as shown. `width` and `mark` place the figure and the target on the gauge, in percent."""

    label: str
    value: str
    verdict: str
    counts: str
    width: int
    mark: int | None
    reached: bool


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
            "rate_verdict": rate_verdict,
            "provenances": provenances,
            "presumed": presumed,
            "left_at_closing": left_at_closing,
            "counter_states": COUNTER_STATES,
        }

    def board(self) -> str:
        parts = [self.area(name) for name in self._board.areas]
        return self._templates.get_template("board.html").render(parts=parts, site_part=self.site())

    def part(self, name: str) -> str:
        """One part of the board, an element with an id, which the stream sends again when it changes."""
        return self.site() if name == SITE else self.area(name)

    def site(self) -> str:
        missing = self._board.missing
        return self._templates.get_template("site.html").render(
            quarantined=self._board.quarantined_today,
            gaps=[account for account in missing if account.missing],
            differences=[(account, count) for account in missing for count in account.waiting if count.difference],
            MOST=MOST_TOLD,
            others=others,
            queue_name=self._queue_name,
        )

    def _queue_name(self, area: str, queue: str) -> str:
        plan = self._board.plans.get(area)
        return next((one.name for one in plan.queues if one.id == queue), queue) if plan else queue

    def area(self, name: str) -> str:
        figures = self._board.figures(name)
        plan = self._board.plans[name]
        day = plan.hours.day_at(figures.at)
        always = plan.hours.weekly is None and day.date not in plan.hours.exceptions
        return self._templates.get_template("area.html").render(
            area=figures,
            hours="en continu" if always else opening(day, figures.at),
            unheard=unheard(figures, heard=False),
            catching_up=unheard(figures, heard=True),
            standing=self._board.standing_since is not None,
            loaded=self._board.loaded,
        )

    def error(self, status: int) -> str:
        text = ERRORS.get(status, "Le serveur n’a pas pu répondre.")
        return self._templates.get_template("error.html").render(status=status, text=text)


def others(rows: Sequence[object]) -> str:
    """How many more there are than are told."""
    more = len(rows) - MOST_TOLD
    return "." if more <= 0 else f"{NARROW}; et {more} autre{'s' if more > 1 else ''}."


def opening(day: Day, at: datetime) -> str:
    """The hours of a day and, while it is closed, when it opens again."""
    if not day.spans:
        return "aujourd’hui"
    hours = " et ".join(f"{clock(start)}–{clock(end)}" for start, end in day.spans)
    coming = next((start for start, _ in day.spans if start > at), None)
    if day.is_open(at) or coming is None:
        return hours
    return f"{hours} · {'ouvre' if coming == day.spans[0][0] else 'rouvre'} à {clock(coming)}"


def unheard(area: AreaFigures, *, heard: bool) -> str:
    """The silent devices, or those that are back and catching up, with since when, those of one minute together."""
    by_minute: dict[str, list[str]] = {}
    for silence in area.silent_devices:
        if silence.heard != heard:
            continue
        by_minute.setdefault(clock(silence.since, area.at), []).append(silence.device)
    return " ; ".join(f"{', '.join(sorted(devices))} depuis {since}" for since, devices in by_minute.items())


def urgency(queue: QueueFigures) -> Urgency:
    """Head of line beyond the limit; beyond two thirds of it, or nobody there to serve a line."""
    level = queue.service_level_today
    limit = (level[0] if isinstance(level, tuple) else level).within_s if level else None
    longest = queue.longest_wait_s
    if limit is not None and longest is not None and longest > limit:
        return "late"
    near = limit is not None and longest is not None and longest > limit * 2 / 3
    return "watch" if near or (queue.waiting and not queue.counters_open) else "calm"


def levels(queue: QueueFigures) -> list[Level]:
    level = queue.service_level_today
    if level is None:
        return []
    if isinstance(level, tuple):
        return [_level(one, "appels") for one in level]
    return [_level(level, "jugés")]


def _level(level: ServiceLevel, noun: str) -> Level:
    value, target = level.value, level.target
    return Level(
        label=LABELS[level.formula].format(duration(level.within_s)),
        value=percent(value),
        verdict=verdict(None if value is None or target is None else level.within >= target * level.of, target),
        counts=f"{level.within} sur {level.of} {noun}",
        width=0 if value is None else round(value * 100),
        mark=None if target is None else round(target * 100),
        reached=value is not None and target is not None and level.within >= target * level.of,
    )


def rate_verdict(rate: float | None, target: RateTarget | None, *, at_most: bool = False) -> str:
    """The target of a telephone rate and whether it is reached; nothing where none is configured."""
    if target is None:
        return ""
    if not at_most:
        return verdict(None if rate is None else rate >= target.value, target.value)
    threshold = f"seuil {percent(target.value)}"
    if rate is None:
        return threshold
    held = rate <= target.value
    return f"{SIGNS[held]} {threshold} {'tenu' if held else 'dépassé'}"


def verdict(reached: bool | None, target: float | None) -> str:
    """The target and whether it is reached, in words and with a sign: never by colour alone, never `conforme`."""
    if target is None:
        return "part visée non fixée"
    if reached is None:
        return f"objectif {percent(target)}"
    return f"{SIGNS[reached]} {'objectif' if reached else 'sous l’objectif'} {percent(target)}"


def presumed(abandoned: int) -> str:
    """How many of the abandonments shown beside it nobody declared."""
    return f"dont {abandoned} présumé{'s' if abandoned > 1 else ''}"


def left_at_closing(area: AreaFigures) -> str:
    """Those still there when the day was over; nothing where there is none."""
    left = area.left_at_closing_today
    noun = "appel" if area.kind == "switchboard" else "ticket"
    s = "s" if left > 1 else ""
    return f"Fin de journée : {left} {noun}{s} non clôturé{s} à la fermeture." if left else ""


def provenances(area: AreaFigures) -> list[str]:
    """Each target of an area once, with where it comes from."""
    found: dict[str, None] = {}
    for queue in area.queues:
        level = queue.service_level_today
        if level is not None:
            one = level[0] if isinstance(level, tuple) else level
            limit = duration(one.within_s)
            goal = f"Délai {limit}" if one.target is None else f"Objectif {percent(one.target)} sous {limit}"
            found[f"{goal} : {one.provenance}."] = None
        if answered := queue.answer_rate_agent_target or None:
            found[f"Décroché agent {percent(answered.value)} : {answered.provenance}."] = None
        if lost := queue.lost_rate_target or None:
            found[f"Perdus {percent(lost.value)} au plus : {lost.provenance}."] = None
    return list(found)
