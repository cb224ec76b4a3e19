"""What is foreseen, in French words: predicted waits, who will be late and when; and how right that is."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import ceil, floor
from typing import Literal

from msgspec import Struct

from dashboards.commitments import limit_s
from ticketing.accuracy import Accuracy, monday
from ticketing.figures import AreaFigures, Quantiles, QueueFigures
from ticketing.french.notation import NARROW, NOTHING, clock, duration, hour, percent

Urgency = Literal["calm", "watch", "late"]

WEEKS = timedelta(weeks=3)
"""Of which it is told how right predictions were, before the present one."""
WHY = {
    "closed": (NOTHING, "Fermé : plus personne ne sera appelé aujourd’hui."),
    "no_counter": ("aucun guichet", "Personne ne sert cette file aujourd’hui."),
    "no_service": ("trop peu d’historique", "Trop peu de services ont été vus pour savoir combien ils durent."),
    "closing": ("pas avant la fermeture\u00a0?", "Qui arrive maintenant peut ne pas être appelé avant la fermeture."),
}


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
        reason, sentence = WHY.get(queue.no_prediction or "", (NOTHING, "Pas encore de prévision."))
        return Foretold("", "", reason, sentence)
    value, bracket = middle(predicted, kind), between(predicted, kind)
    sentence = f"Pour qui arrive maintenant : une fois sur deux moins de {value} ; huit fois sur dix, {bracket}."
    return Foretold(value, bracket, "", sentence, beyond(predicted, limit_s(queue)))


def middle(predicted: Quantiles, kind: str) -> str:
    number, unit = _to_come(predicted.p50, kind, ceil)
    return f"{number}{NARROW}{unit}".rstrip(NARROW)


def between(predicted: Quantiles, kind: str) -> str:
    """From P10 to P90, as in "5 à 22 min" or "50 min à 1 h 20"."""
    if not predicted.p90:
        return "sans attente"
    (low, unit), (high, other) = _to_come(predicted.p10, kind, floor), _to_come(predicted.p90, kind, ceil)
    if unit == other or low == "0":
        return f"{low} à {high}{NARROW}{other}".rstrip(NARROW)
    return f"{low}{NARROW}{unit} à {high}{NARROW}{other}".rstrip(NARROW)


def _to_come(seconds: float, kind: str, whole: Callable[[float], int]) -> tuple[str, str]:
    """A number and its unit: minutes, hours with minutes; on the telephone, seconds below two minutes."""
    if kind == "switchboard" and seconds <= 120:  # noqa: PLR2004
        return str(whole(seconds)), "s"
    minutes = whole(seconds / 60)
    if minutes < 60:  # noqa: PLR2004
        return str(minutes), "min"
    return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02}", ""


def beyond(predicted: Quantiles | None, limit: float | None) -> bool:
    return predicted is not None and limit is not None and predicted.p50 > limit


def breach(queue: QueueFigures, kind: str) -> str:
    """Who in line will be late, and when the first of them is; empty where nobody is foreseen to be."""
    if queue.breach_at is None:
        return ""
    late, limit = queue.late_predicted or 1, duration(limit_s(queue))
    if kind == "switchboard":
        # within seconds: no time of day says when
        return f"{late} appel{'s dépasseront' if late > 1 else ' dépassera'} {limit}"
    if late == 1:
        return f"1 usager dépassera {limit}, vers {hour(queue.breach_at)}"
    return f"{late} usagers dépasseront {limit}, le premier vers {hour(queue.breach_at)}"


def breach_briefly(queue: QueueFigures, kind: str) -> str:
    late = queue.late_predicted or 1
    words = f"{late} {'dépasseront' if late > 1 else 'dépassera'}"
    if kind == "switchboard":
        return f"{words} {duration(limit_s(queue))}"
    return f"{words} {'dès' if late > 1 else 'vers'} {clock(queue.breach_at)}"


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
    noun = "appel" if area.kind == "switchboard" else "ticket"
    return (
        f"Prévisions des 4 dernières semaines : écart moyen {error}, "
        f"borne haute tenue à {held} ({total} {noun}{'s' if total > 1 else ''})."
    )
