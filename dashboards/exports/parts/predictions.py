"""The report's section of predictions: how right what newcomers were shown was, and how much luck was in it."""

from collections.abc import Callable, Iterable

from dashboards.exports.document import Block, Column, Heading, Paragraph, Table
from dashboards.exports.naming import queue_names
from dashboards.exports.notation import MINUS, estimated, length, share, whole
from dashboards.exports.parts.times import numbers
from ticketing.french.notation import NOTHING
from ticketing.interval import Interval
from ticketing.month import AreaMonth, Month
from ticketing.precision import Precision

MEANING = (
    "L’erreur est l’écart, en valeur absolue, entre l’attente annoncée (P50) et l’attente constatée. Un biais positif "
    "veut dire que les usagers ont attendu moins qu’annoncé. Dans l’intervalle annoncé (P10 à P90), on attend huit "
    "usagers sur dix. Les usagers qui n’ont pas été appelés ne sont dans aucun de ces chiffres."
)
SAMPLE = (
    "Les usagers auxquels une attente a été annoncée sont un échantillon de tous ceux auxquels elle pourrait l’être, "
    "et ceux d’un même jour partagent les mêmes circonstances : entre crochets, l’intervalle de confiance à 95 %, par "
    "grappes de jours. Si d’autres mois se déroulaient comme celui-ci, un intervalle ainsi fait contiendrait 95 fois "
    "sur 100 la vraie valeur."
)


def predictions(month: Month) -> Iterable[Block]:
    yield Heading(text="Justesse des attentes annoncées", id="annonces")
    found = [(area, one) for area in month.areas for one in area.precision]
    if not found:
        yield Paragraph(text="Aucune attente n’a été annoncée aux usagers ce mois-ci.")
        return
    yield Paragraph(text=MEANING)
    yield Table(
        caption="Attentes annoncées et constatées",
        columns=(
            Column(title="File"),
            *numbers(
                "Annonces jugées",
                "Non appelés",
                "Erreur moyenne",
                "Biais",
                "Plus de 10\u202fmin de trop peu",
                "Dans l’intervalle",
            ),
        ),
        rows=tuple(_row(area, one) for area, one in found),
    )
    yield Paragraph(text=SAMPLE)


def _row(area: AreaMonth, one: Precision) -> tuple[str, ...]:
    name = area.name if one.queue is None else queue_names(area).get(one.queue, one.queue)
    return (
        name,
        whole(one.n),
        whole(one.not_called),
        _with(length(one.mae_s), one.mae_interval, length),
        _bias(one.bias_s),
        share(one.too_low, one.n, up=True),
        _with(share(one.covered, one.n), one.coverage_interval, estimated),
    )


def _with(told: str, interval: Interval | None, say: Callable[[float], str]) -> str:
    return told if interval is None else f"{told} [{say(interval.low)} ; {say(interval.high)}]"


def _bias(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    return ("+" if seconds > 0 else MINUS if seconds < 0 else "") + length(abs(seconds))
