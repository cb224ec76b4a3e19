"""What is foreseen, in French words: predicted waits, who will be late and when; and how right that is."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import ceil, floor
from typing import Literal

from msgspec import Struct

from dashboards.commitments import limit_s
from ticketing.accuracy import Accuracy, monday
from ticketing.figures import AreaFigures, Quantiles, QueueFigures
from ticketing.french.notation import NOTHING, clock, duration, hour, percent
from ticketing.saying import N_, _, n_

Urgency = Literal["calm", "watch", "late"]

WEEKS = timedelta(weeks=3)
"""Of which it is told how right predictions were, before the present one."""
WHY = {
    "closed": (NOTHING, N_("Fermé : plus personne ne sera appelé aujourd’hui.")),
    "no_counter": (N_("aucun guichet"), N_("Personne ne sert cette file aujourd’hui.")),
    "no_service": (
        N_("trop peu d’historique"),
        N_("Trop peu de services ont été vus pour savoir combien ils durent."),
    ),
    "closing": (
        N_("pas avant la fermeture\u00a0?"),
        N_("Qui arrive maintenant peut ne pas être appelé avant la fermeture."),
    ),
}

UNITS = {"s": N_("{n}\u202fs"), "min": N_("{n}\u202fmin"), "": "{n}"}
"""Hours and minutes have theirs within."""


class Foretold(Struct, frozen=True):
    """The wait of somebody who comes now, as shown; `value` is empty where there is none, and `reason` says why."""

    value: str
    bracket: str
    reason: str
    sentence: str
    beyond: bool = False
    """Whether it is above the limit."""


def urgency(queue: QueueFigures) -> Urgency:
    """late: the head of the line is beyond the limit.

    watch: it is beyond two thirds of it, somebody in line or a newcomer will be late, or a line has no counter.
    """
    if _waited(queue, 1.0):
        return "late"
    foreseen = queue.breach_at is not None or beyond(queue.predicted_wait_s, limit_s(queue))
    return "watch" if near(queue) or foreseen or (queue.waiting and not queue.counters_open) else "calm"


def near(queue: QueueFigures) -> bool:
    """Whether the head of the line is beyond two thirds of the limit."""
    return _waited(queue, 2 / 3)


def _waited(queue: QueueFigures, share: float) -> bool:
    """Whether the head of the line has waited more than a share of the limit."""
    limit, longest = limit_s(queue), queue.longest_wait_s
    return limit is not None and longest is not None and longest > limit * share


def foretold(queue: QueueFigures, kind: str) -> Foretold:
    """Upwards, but for the shorter end of the bracket: nobody is promised less than what is predicted."""
    predicted = queue.predicted_wait_s
    if predicted is None:
        reason, sentence = WHY.get(queue.no_prediction or "", (NOTHING, N_("Pas encore de prévision.")))
        return Foretold("", "", _(reason), _(sentence))
    value, bracket = middle(predicted, kind), between(predicted, kind)
    sentence = _("Pour qui arrive maintenant : une fois sur deux moins de {value} ; huit fois sur dix, {bracket}.")
    told = sentence.format(value=value, bracket=bracket)
    return Foretold(value, bracket, "", told, beyond(predicted, limit_s(queue)))


def middle(predicted: Quantiles, kind: str) -> str:
    return _with_unit(*_to_come(predicted.p50, kind, ceil))


def between(predicted: Quantiles, kind: str) -> str:
    """From P10 to P90, as in "5 à 22 min" or "50 min à 1 h 20"."""
    if not predicted.p90:
        return _("sans attente")
    (low, unit), (high, other) = _to_come(predicted.p10, kind, floor), _to_come(predicted.p90, kind, ceil)
    if unit != other and low != "0":
        low = _with_unit(low, unit)
    return _("{low} à {high}").format(low=low, high=_with_unit(high, other))


def _with_unit(number: str, unit: str) -> str:
    return _(UNITS[unit]).format(n=number)


def _to_come(seconds: float, kind: str, whole: Callable[[float], int]) -> tuple[str, str]:
    """A number and its unit: minutes, hours with minutes; on the telephone, seconds below two minutes."""
    if kind == "switchboard" and seconds <= 120:  # noqa: PLR2004
        return str(whole(seconds)), "s"
    minutes = whole(seconds / 60)
    if minutes < 60:  # noqa: PLR2004
        return str(minutes), "min"
    return _("{hours}\u202fh\u202f{minutes:02}").format(hours=minutes // 60, minutes=minutes % 60), ""


def beyond(predicted: Quantiles | None, limit: float | None) -> bool:
    return predicted is not None and limit is not None and predicted.p50 > limit


def breach(queue: QueueFigures, kind: str) -> str:
    """Who in line will be late, and when the first of them is; empty where nobody is foreseen to be."""
    if queue.breach_at is None:
        return ""
    late, limit = queue.late_predicted or 1, duration(limit_s(queue))
    if kind == "switchboard":
        # within seconds: no time of day says when
        return n_("{n} appel dépassera {limit}", "{n} appels dépasseront {limit}", late).format(n=late, limit=limit)
    text = n_(
        "{n} usager dépassera {limit}, vers {hour}", "{n} usagers dépasseront {limit}, le premier vers {hour}", late
    )
    return text.format(n=late, limit=limit, hour=hour(queue.breach_at))


def breach_briefly(queue: QueueFigures, kind: str) -> str:
    late = queue.late_predicted or 1
    if kind == "switchboard":
        text = n_("{n} dépassera {limit}", "{n} dépasseront {limit}", late)
        return text.format(n=late, limit=duration(limit_s(queue)))
    text = n_("{n} dépassera vers {hour}", "{n} dépasseront dès {hour}", late)
    return text.format(n=late, hour=clock(queue.breach_at))


# ------------------------------------------------------------ how right it was


def rightness(weeks: Sequence[Accuracy], area: AreaFigures) -> str:
    """Of the present week and the three before, all queues together; empty where nothing was predicted.

    Means are of customers, not of queues.
    """
    since = monday(area.at.date()) - WEEKS
    known = [
        (one.n, one.mae_s, one.coverage_p90)
        for one in weeks
        if one.week >= since and one.n and one.mae_s is not None and one.coverage_p90 is not None
    ]
    total = sum(n for n, _, _ in known)
    if not total:
        return ""
    error = duration(sum(n * mae for n, mae, _ in known) / total)
    held = percent(sum(n * covered for n, _, covered in known) / total)
    tickets = n_("{n} ticket", "{n} tickets", total)
    calls = n_("{n} appel", "{n} appels", total)
    judged = (calls if area.kind == "switchboard" else tickets).format(n=total)
    text = _("Prévisions des 4 dernières semaines : écart moyen {error}, borne haute tenue à {held} ({judged}).")
    return text.format(error=error, held=held, judged=judged)
