"""What was promised beside what was kept: service levels and rates with their targets, in French words."""

from msgspec import Struct

from ticketing.figures import AreaFigures, QueueFigures, RateTarget
from ticketing.french.notation import duration, percent
from ticketing.saying import _
from ticketing.waits import ServiceLevel

LABELS = {
    "hall": "appelés sous {}",
    "C": "sous {}, hors abandons rapides (C)",
    "B": "sous {}, de tous les présentés (B)",
}
SIGNS = {True: "✓", False: "✗"}


class Level(Struct, frozen=True):
    """A service level as shown. `width` and `mark` place the figure and the target on the gauge, in percent.

    `brief` and `ratio` are `label` and `counts` where there is little room.
    """

    label: str
    brief: str
    ratio: str
    value: str
    verdict: str
    counts: str
    width: int
    mark: int | None
    reached: bool


def limit_s(queue: QueueFigures) -> float | None:
    """Seconds within which those of a queue are to be called, or answered."""
    level = queue.promised
    return level.within_s if level else None


def in_time(queue: QueueFigures) -> str:
    """What a recommendation gives the share of: called within the limit or, where no share is promised, answered."""
    level = queue.promised
    return "décrochés" if level is None or level.target is None else f"sous {duration(level.within_s)}"


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
        brief=_brief(level),
        ratio=f"{level.within}/{level.of}",
        value=percent(value),
        verdict=verdict(None if value is None or target is None else level.within >= target * level.of, target),
        counts=f"{level.within} sur {level.of} {noun}",
        width=0 if value is None else round(value * 100),
        mark=None if target is None else round(target * 100),
        reached=value is not None and target is not None and level.within >= target * level.of,
    )


def _brief(level: ServiceLevel) -> str:
    limit = duration(level.within_s)
    if level.formula == "hall":
        return _("sous {limit}").format(limit=limit)
    return _("sous {limit} ({formula})").format(limit=limit, formula=level.formula)


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


def provenances(area: AreaFigures) -> list[str]:
    """Each target of an area once, with where it comes from."""
    found: dict[str, None] = {}
    for queue in area.queues:
        if one := queue.promised:
            limit = duration(one.within_s)
            goal = f"Délai {limit}" if one.target is None else f"Objectif {percent(one.target)} sous {limit}"
            found[f"{goal} : {one.provenance}."] = None
        if answered := queue.answer_rate_agent_target or None:
            found[f"Décroché agent {percent(answered.value)} : {answered.provenance}."] = None
        if lost := queue.lost_rate_target or None:
            found[f"Perdus {percent(lost.value)} au plus : {lost.provenance}."] = None
    return list(found)
