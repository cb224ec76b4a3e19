"""The commitments' sheet: a page for each indicator in use, its definition, its target and this month's numbers."""

from collections.abc import Iterable, Sequence

from dashboards.exports.document import Block, Column, Document, Heading, Paragraph, Table, Terms
from dashboards.exports.indicator_texts import INDICATORS, Code, Text
from dashboards.exports.naming import Publisher, month_name
from dashboards.exports.notation import NO_DATA, estimated, in_french, length, share, typeset, whole
from dashboards.exports.parts.overview import aim, handled, period, result, value
from ticketing.french.notation import NOTHING, duration
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month
from ticketing.totals import CallTotals, HallTotals, Totals


@in_french
def indicators(month: Month, publisher: Publisher) -> Document:
    return typeset(
        Document(
            layout="indicators",
            title="Fiches des indicateurs d’attente",
            subtitle=month_name(month.month).capitalize(),
            author=publisher.name,
            date=month.due,
            blocks=tuple(_blocks(month)),
            footer=f"Définitions et chiffres de {month_name(month.month)}. Configuration {month.configuration}.",
        )
    )


def _blocks(month: Month) -> Iterable[Block]:
    yield Paragraph(
        text="Une fiche par indicateur : ce qu’il mesure, comment, d’après quels événements, et ses chiffres du mois. "
        "Une cible « à confirmer » n’a pas encore été fixée par le référent qualité."
    )
    used = [(text, rows) for text in INDICATORS if (rows := _numbers(text, month))]
    if not used:
        yield Paragraph(text="Aucun hall ni standard n’est configuré.", strong=True)
    for number, (text, rows) in enumerate(used, 1):
        kept = _kept(text, month)
        yield Heading(text=f"{number}. {text.name}", id=f"indicateur-{text.code}")
        yield Terms(items=tuple(_terms(text, kept)))
        if text.indicator:
            yield _targets(kept)
        yield Table(
            caption=f"Exemple : les chiffres de {month_name(month.month)}",
            columns=(Column(title="Zone"), *(Column(title=title, number=True) for title in text.columns)),
            rows=rows,
        )


def _terms(text: Text, kept: Sequence[tuple[AreaMonth, Kept]]) -> Iterable[tuple[str, str]]:
    yield "Objet", text.purpose
    yield "Engagement Qual-e-Pref", text.commitment
    yield "Numérateur", text.numerator
    yield "Dénominateur", text.denominator
    yield "Exclusions", text.exclusions
    yield "Formule", text.formula
    yield "Unité", text.unit
    yield "Événements", text.events
    if not text.indicator:
        yield "Cible", "aucune : cet indicateur accompagne les autres."
    elif not kept:
        yield "État", "aucun engagement en vigueur ce mois-ci"
    elif any(one.to_confirm for _, one in kept):
        yield "État", "à confirmer par le référent qualité"
    else:
        yield "État", "la provenance est donnée ; rien n’est à confirmer"


def _targets(kept: Sequence[tuple[AreaMonth, Kept]]) -> Table:
    return Table(
        caption="Cibles en vigueur dans le mois",
        columns=(
            Column(title="Zone et délai"),
            Column(title="Cible", number=True),
            Column(title="En vigueur depuis"),
            Column(title="Appliquée"),
            Column(title="Chiffre", number=True),
            Column(title="Résultat"),
            Column(title="Provenance"),
        ),
        rows=tuple(
            (
                _aimed(area, one),
                aim(one),
                f"{one.valid_from:%d/%m/%Y}",
                period(one),
                value(one),
                result(one),
                one.provenance or NOTHING,
            )
            for area, one in kept
        ),
        empty="Aucune cible en vigueur.",
    )


def _aimed(area: AreaMonth, one: Kept) -> str:
    within = "" if one.within_s is None else f" : {duration(one.within_s)}"
    return f"{area.name}{within}{', à confirmer' if one.to_confirm else ''}"


def _kept(text: Text, month: Month) -> list[tuple[AreaMonth, Kept]]:
    return [
        (area, one)
        for area in month.areas
        for one in area.kept
        if one.queue is None and one.indicator == text.indicator
    ]


def _numbers(text: Text, month: Month) -> tuple[tuple[str, ...], ...]:
    """The month's numbers, of each area that the indicator is of."""
    return tuple((area.name, *_figures(text.code, area)) for area in month.areas if text.kind in (area.kind, None))


def _figures(code: Code, area: AreaMonth) -> tuple[str, ...]:
    totals = area.whole
    if code == "couverture":
        heard = sum(one.heard for one in area.days if one.spans)
        return whole(heard), whole(area.days_open), "non connue" if area.coverage is None else estimated(area.coverage)
    return _of_hall(code, totals) if isinstance(totals, HallTotals) else _of_calls(code, totals)


def _of_hall(code: Code, totals: HallTotals) -> tuple[str, ...]:
    match code:
        case "appel-dans-le-delai":
            return _share(totals.within, totals.judged)
        case "attentes-hall":
            return _waits(totals.wait_n, totals)
        case _:
            gone = totals.abandoned + totals.presumed
            told = share(gone, totals.legs) if totals.legs else NO_DATA
            counts = map(whole, (totals.abandoned, totals.presumed, totals.legs))
            return *_share(totals.no_show, totals.called), *counts, told


def _of_calls(code: Code, totals: CallTotals) -> tuple[str, ...]:
    ended = totals.answered + totals.lost
    match code:
        case "decroche-c":
            return _share(totals.within, totals.judged - totals.short)
        case "decroche-b":
            return _share(totals.within, totals.judged)
        case "decroche-agent":
            return _share(totals.answered, ended)
        case "decroche-global":
            return _share(*handled(totals))
        case "perdus":
            return _share(totals.lost, ended, up=True)
        case _:
            return _waits(totals.wait_n, totals)


def _share(part: int, of: int, *, up: bool = False) -> tuple[str, ...]:
    return whole(part), whole(of), share(part, of, up=up) if of else NO_DATA


def _waits(n: int, totals: Totals) -> tuple[str, ...]:
    return whole(n), length(totals.wait_mean_s), length(totals.wait_median_s), length(totals.wait_p90_s)
