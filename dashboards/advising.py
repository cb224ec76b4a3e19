"""What needs somebody, and what to do: the state of an area at a glance, and the counters recommended, in French."""

from msgspec import Struct

from dashboards.commitments import in_time, limit_s
from dashboards.foretelling import beyond, middle
from ticketing.figures import AreaFigures, QueueFigures
from ticketing.french.notation import duration, hour, percent
from ticketing.french.remedies import actions, chosen
from ticketing.saying import N_, _, n_

MOST_SENTENCES = 2
NO_USE = N_("aucun renfort utile")


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
    told = [
        _("{name} : {sentence}").format(name=area.queues[index].name, sentence=sentence)
        for place, index, sentence in found[:MOST_SENTENCES]
    ]
    if found and (remedy := _remedy(area.queues[found[0][1]], area)):
        # of the most urgent alone: a second counter is recommended as if the first change were not made
        told[0] += _(" ; {remedy}").format(remedy=remedy)
    return [f"{one}." for one in told] or [_calm(area)]


def _concern(queue: QueueFigures, kind: str) -> tuple[tuple[int, float], str] | None:
    """What is wrong with a queue, after how urgent it is, the lowest first."""
    limit, longest = limit_s(queue), queue.longest_wait_s
    switchboard = kind == "switchboard"
    late = queue.late_predicted or 0
    if limit is not None and longest is not None and longest > limit:
        more = _(", {n} de plus dès {hour}").format(n=late, hour=hour(queue.breach_at))
        more = more if queue.breach_at and late and not switchboard else ""
        # 15 min and some seconds are shown as 15 min, which would not look late
        by = f" ({duration(longest)})" if duration(longest) != duration(limit) else ""
        return (0, -longest / limit), _("délai de {limit} dépassé{by}").format(limit=duration(limit), by=by) + more
    if queue.breach_at is not None:
        late = max(late, 1)
        if switchboard:
            text = n_("{n} appel dépassera {limit}", "{n} appels dépasseront {limit}", late)
        else:
            text = n_(
                "{n} personne dépassera {limit} vers {hour}", "{n} personnes dépasseront {limit} dès {hour}", late
            )
        said = text.format(n=late, limit=duration(limit), hour=hour(queue.breach_at))
        return (1, queue.breach_at.timestamp()), said
    if queue.waiting and not queue.counters_open:
        calls = n_("{n} appel attend, aucun poste ouvert", "{n} appels attendent, aucun poste ouvert", queue.waiting)
        people = n_(
            "{n} personne attend, aucun guichet ouvert", "{n} personnes attendent, aucun guichet ouvert", queue.waiting
        )
        return (2, -queue.waiting), (calls if switchboard else people).format(n=queue.waiting)
    predicted = queue.predicted_wait_s
    if predicted and limit is not None and beyond(predicted, limit):
        return (3, -predicted.p50 / limit), _("qui arrive attendra {wait}").format(wait=middle(predicted, kind))
    return None


def _remedy(queue: QueueFigures, area: AreaFigures) -> str:
    """The counters to open or to move; that none would help; nothing where it cannot be known."""
    change = chosen(queue)
    if change is None:
        return _(NO_USE) if queue.staffing and _short(queue) else ""
    return actions(change.steps, area, queue.queue) if all(step.open for step in change.steps) else ""


def _calm(area: AreaFigures) -> str:
    """Nothing is wrong, or nothing is known."""
    if not area.open and any(queue.predicted_wait_s for queue in area.queues):
        return _("Fermé ; les attentes prévues sont celles à partir de l’ouverture.")
    if all(queue.predicted_wait_s is None for queue in area.queues):
        closed = not area.open or any(queue.no_prediction == "closed" for queue in area.queues)
        return _("Fermé.") if closed else _("Pas de prévision pour le moment.")
    if any(queue.waiting and queue.late_predicted is None and limit_s(queue) is not None for queue in area.queues):
        # the closed formula knows newcomers alone
        return _("Pas encore de prévision pour ceux qui attendent.")
    if not area.complete:
        return _("Aucun dépassement prévu, d’après des données incomplètes.")
    return _("Aucun dépassement prévu.")


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
        return Advised(share, "", _(NO_USE) if _short(queue) else "")
    what, then = actions(change.steps, area, queue.queue), percent(change.within)
    if number > present.counters and number > queue.counters_open:
        recommended = n_("{n} conseillé", "{n} conseillés", number).format(n=number)
        return Advised(share, recommended, _(", {what} : {then}").format(what=what, then=then))
    if not known:
        return Advised("", "", "")
    if number < present.counters:
        enough = n_("{n} suffirait : {then}", "{n} suffiraient : {then}", number)
        return Advised(share, "", enough.format(n=number, then=then))
    return Advised(share, "", _("{what} : {then}").format(what=what, then=then))


def _short(queue: QueueFigures) -> bool:
    """Whether the counters as they are will not keep the promise."""
    level, within = queue.promised, queue.staffing[0].within
    return level is not None and level.target is not None and within is not None and within < level.target
