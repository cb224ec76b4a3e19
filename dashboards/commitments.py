"""What was promised beside what was kept: service levels and rates with their targets, in French words."""

from msgspec import Struct

from ticketing.figures import AreaFigures, QueueFigures, RateTarget
from ticketing.french.notation import duration, percent
from ticketing.saying import N_, _
from ticketing.waits import ServiceLevel

LABELS = {
    "hall": N_("appelés sous {limit}"),
    "C": N_("sous {limit}, hors abandons rapides (C)"),
    "B": N_("sous {limit}, de tous les présentés (B)"),
}


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
    if level is None or level.target is None:
        return _("décrochés")
    return _("sous {limit}").format(limit=duration(level.within_s))


def levels(queue: QueueFigures) -> list[Level]:
    level = queue.service_level_today
    if level is None:
        return []
    if isinstance(level, tuple):
        return [_level(one, _("{n} sur {of} appels")) for one in level]
    return [_level(level, _("{n} sur {of} jugés"))]


def _level(level: ServiceLevel, counts: str) -> Level:
    value, target = level.value, level.target
    return Level(
        label=_(LABELS[level.formula]).format(limit=duration(level.within_s)),
        brief=_brief(level),
        ratio=f"{level.within}/{level.of}",
        value=percent(value),
        verdict=verdict(None if value is None or target is None else level.within >= target * level.of, target),
        counts=counts.format(n=level.within, of=level.of),
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
    threshold = percent(target.value)
    if rate is None:
        return _("seuil {share}").format(share=threshold)
    if rate <= target.value:
        return _("✓ seuil {share} tenu").format(share=threshold)
    return _("✗ seuil {share} dépassé").format(share=threshold)


def verdict(reached: bool | None, target: float | None) -> str:
    """The target and whether it is reached, in words and with a sign: never by colour alone, never `conforme`."""
    if target is None:
        return _("part visée non fixée")
    if reached is None:
        return _("objectif {share}").format(share=percent(target))
    text = _("✓ objectif {share}") if reached else _("✗ sous l’objectif {share}")
    return text.format(share=percent(target))


def provenances(area: AreaFigures) -> list[str]:
    """Each target of an area once, with where it comes from."""
    found: dict[str, None] = {}
    for queue in area.queues:
        if one := queue.promised:
            limit = duration(one.within_s)
            goal = _("Délai {limit}") if one.target is None else _("Objectif {share} sous {limit}")
            _add(found, goal.format(share=percent(one.target), limit=limit), one.provenance)
        if answered := queue.answer_rate_agent_target or None:
            _add(found, _("Décroché agent {share}").format(share=percent(answered.value)), answered.provenance)
        if lost := queue.lost_rate_target or None:
            _add(found, _("Perdus {share} au plus").format(share=percent(lost.value)), lost.provenance)
    return list(found)


def _add(found: dict[str, None], goal: str, provenance: str) -> None:
    found[_("{goal} : {provenance}.").format(goal=goal, provenance=provenance)] = None
