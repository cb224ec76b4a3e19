"""What needs somebody, and what to do: the state of an area at a glance, and the counters recommended, in French."""

from msgspec import Struct

from dashboards.commitments import in_time, limit_s
from dashboards.foretelling import beyond, middle
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.french.notation import duration, hour, percent
from ticketing.french.remedies import actions, chosen

MOST_SENTENCES = 2
NO_USE = "aucun renfort utile"


class Advised(Struct, frozen=True):
    """The share in time with the counters as they are; how many are recommended, where that is more; what to do.

    Fewer, or others, that would do as well are told quietly: nothing is recommended then.
    """

    share: str
    recommended: str
    change: str


# ------------------------------------------------------------ the state of an area at a glance


def glance(area: AreaFigures) -> list[str]:
    """At most two sentences on what needs somebody, the most urgent queue first; or one that says that nothing does."""
    found = sorted(
        (place, index, sentence)
        for index, queue in enumerate(area.queues)
        if (one := _concern(queue, area.kind))
        for place, sentence in [one]
    )
    told = [f"{area.queues[index].name} : {sentence}" for _, index, sentence in found[:MOST_SENTENCES]]
    if found and (remedy := _remedy(area.queues[found[0][1]], area)):
        # of the most urgent alone: a second counter is recommended as if the first change were not made
        told[0] += f" ; {remedy}"
    return [f"{one}." for one in told] or [_calm(area)]


def _concern(queue: QueueFigures, kind: str) -> tuple[tuple[int, float], str] | None:
    """What is wrong with a queue, after how urgent it is, the lowest first."""
    limit, longest = limit_s(queue), queue.longest_wait_s
    switchboard = kind == "switchboard"
    person, persons = ("appel", "appels") if switchboard else ("personne", "personnes")
    late = queue.late_predicted or 0
    if limit is not None and longest is not None and longest > limit:
        more = f", {late} de plus dès {hour(queue.breach_at)}" if queue.breach_at and late and not switchboard else ""
        # 15 min and some seconds are shown as 15 min, which would not look late
        by = f" ({duration(longest)})" if duration(longest) != duration(limit) else ""
        return (0, -longest / limit), f"délai de {duration(limit)} dépassé{by}{more}"
    if queue.breach_at is not None:
        who = f"1 {person} dépassera" if late <= 1 else f"{late} {persons} dépasseront"
        when = "" if switchboard else f" {'vers' if late <= 1 else 'dès'} {hour(queue.breach_at)}"
        return (1, queue.breach_at.timestamp()), f"{who} {duration(limit)}{when}"
    if queue.waiting and not queue.counters_open:
        who = f"1 {person} attend" if queue.waiting == 1 else f"{queue.waiting} {persons} attendent"
        return (2, -queue.waiting), f"{who}, aucun {'poste' if switchboard else 'guichet'} ouvert"
    predicted = queue.predicted_wait_s
    if predicted and limit is not None and beyond(predicted, limit):
        return (3, -predicted.p50 / limit), f"qui arrive attendra {middle(predicted, kind)}"
    return None


def _remedy(queue: QueueFigures, area: AreaFigures) -> str:
    """The counters to open or to move; that none would help; nothing where it cannot be known."""
    change = chosen(queue)
    if change is None:
        return NO_USE if queue.staffing and _short(queue) else ""
    return actions(change.steps, area, queue.queue) if all(step.open for step in change.steps) else ""


def _calm(area: AreaFigures) -> str:
    """Nothing is wrong, or nothing is known."""
    if not area.open and any(queue.predicted_wait_s for queue in area.queues):
        return "Fermé ; les attentes prévues sont celles à partir de l’ouverture."
    if all(queue.predicted_wait_s is None for queue in area.queues):
        closed = not area.open or any(queue.no_prediction == "closed" for queue in area.queues)
        return "Fermé." if closed else "Pas de prévision pour le moment."
    if any(queue.waiting and queue.late_predicted is None and limit_s(queue) is not None for queue in area.queues):
        # the closed formula knows newcomers alone
        return "Pas encore de prévision pour ceux qui attendent."
    return "Aucun dépassement prévu." if area.complete else "Aucun dépassement prévu, d’après des données incomplètes."


# ------------------------------------------------------------ what to do


def advised(queue: QueueFigures, area: AreaFigures) -> Advised | None:
    """None where nothing is recommended, or it cannot be known."""
    number = queue.counters_recommended
    if number is None or not queue.staffing:
        return None
    present, change = queue.staffing[0], chosen(queue)
    # counters that have just changed are not those of the recommendation yet
    known = present.within is not None and present.counters == queue.counters_open
    share = f"{percent(present.within)} {in_time(queue)}" if known else ""
    if change is None or change.within is None:
        return Advised(share, "", NO_USE if _short(queue) else "")
    what, then = actions(change.steps, area, queue.queue), percent(change.within)
    if number > present.counters and number > queue.counters_open:
        return Advised(share, f"{number} conseillé{'s' if number > 1 else ''}", f", {what} : {then}")
    if not known:
        return Advised("", "", "")
    if number < present.counters:
        return Advised(share, "", f"{number} suffirai{'en' if number > 1 else ''}t : {then}")
    return Advised(share, "", f"{what} : {then}")


def _short(queue: QueueFigures) -> bool:
    """Whether the counters as they are will not keep the promise."""
    level, within = queue.promised, queue.staffing[0].within
    return level is not None and level.target is not None and within is not None and within < level.target
