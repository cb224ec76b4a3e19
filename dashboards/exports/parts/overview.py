"""The report's first section: what was promised, what was kept of it, and what is missing."""

from collections.abc import Iterable, Sequence

from dashboards.exports.document import Block, Column, Figure, Figures, Heading, Paragraph, Table, Terms
from dashboards.exports.naming import day_number
from dashboards.exports.notation import (
    NO_DATA,
    bounds,
    estimated,
    fraction,
    length,
    more,
    percent,
    points,
    share,
    tenths,
    whole,
)
from dashboards.exports.parts.comparison import Compared
from ticketing.french.notation import NOTHING, duration
from ticketing.kept import Indicator, Kept
from ticketing.month import AreaMonth, Month
from ticketing.totals import CallTotals, HallTotals

NUMBERS: dict[Indicator, str] = {"hall": "7", "C": "10", "B": "10", "answer_rate": "10", "lost_rate": "10"}
"""Which commitment of the label each indicator is evidence for."""
RESULTS = {True: "atteinte", False: "non atteinte", None: "sans cible"}
PROMISES = (
    Column(title="Engagement"),
    Column(title="Chiffre", number=True),
    Column(title="Mesuré sur", number=True),
    Column(title="Cible", number=True),
    Column(title="Résultat"),
    Column(title="Provenance"),
)
NO_VERDICT = (
    "Chaque chiffre est donné avec sa cible et la provenance de celle-ci. Une cible « à confirmer » n’a pas encore "
    "été fixée par le référent qualité : le résultat vaut pour la valeur affichée. Ce rapport constate des chiffres ; "
    "il ne rend pas d’avis sur le référentiel. Les numéros 7 à 10 sont ceux des engagements du label Qual-e-Pref ; une "
    "période n’est dite que si l’engagement n’a pas valu tout le mois."
)
CENSUS = (
    "Ces chiffres portent sur tous les passages du mois : ce sont des constats, sans marge d’erreur, et ils n’ont "
    "donc pas d’intervalle de confiance."
)
SAMPLE = (
    "Des jours ouverts manquent dans le calcul des chiffres qui portent un intervalle : les jours reçus sont alors un "
    "échantillon du mois. L’intervalle, à 95 %, tient compte de ce que les usagers d’un même jour partagent les mêmes "
    "circonstances (grappes de jours). Les autres chiffres portent sur tous les passages et n’en ont pas."
)


def overview(month: Month, areas: Sequence[Compared]) -> Iterable[Block]:
    yield Heading(text="L’essentiel", id="essentiel")
    for text in missing(month):
        yield Paragraph(text=text, strong=True)
    if figures := [figure for area in areas for figure in _figures(area.now)]:
        yield Figures(title="", items=tuple(figures))
    yield Terms(items=tuple((area.now.name, _told(area)) for area in areas if area.now.days_heard))
    yield promises(
        "Engagements du mois", [(area.now, [k for k in area.now.kept if not k.queue]) for area in areas], whole=True
    )
    yield Paragraph(text=NO_VERDICT)
    every = [kept for area in areas for kept in area.now.kept]
    if not every:
        yield Paragraph(text="Aucun engagement chiffré n’était en vigueur ce mois-ci.", strong=True)
    elif any(kept.interval for kept in every):
        yield Paragraph(text=SAMPLE)
    elif not month.empty:
        yield Paragraph(text=CENSUS)
    if any(kept.to_confirm for kept in every):
        yield Paragraph(
            text="Une ou plusieurs cibles de ce rapport restent à confirmer par le référent qualité.", strong=True
        )


def missing(month: Month) -> Iterable[str]:
    """What was not heard, in a sentence for each area that lacks something."""
    if month.empty:
        yield "Aucune donnée n’a été reçue pour ce mois : ce rapport ne contient aucun chiffre."
        return
    for area in month.areas:
        unheard = [one for one in area.days if one.spans and not one.heard]
        told = []
        if unheard:
            days = ", ".join(f"{one.day:%d/%m}" for one in unheard[:8]) + (", …" if len(unheard) > 8 else "")  # noqa: PLR2004
            plural = "s" if len(unheard) > 1 else ""
            told.append(f"{len(unheard)} jour{plural} ouvert{plural} sur {area.days_open} sans donnée ({days})")
        if area.coverage is not None and area.coverage < 1:
            told.append(f"appareils entendus pendant {estimated(area.coverage)} des heures d’ouverture")
        if told:
            yield f"{area.name} : {' ; '.join(told)}."


def promises(caption: str, areas: Iterable[tuple[AreaMonth, Iterable[Kept]]], *, whole: bool = False) -> Table:
    """A row for each promise and the part of the month in which it held; `whole`: with those that have no target."""
    rows = [row for area, found in areas for row in _promises(area, list(found), whole=whole)]
    if whole:
        rows.append(("9 – Numéro national 3400", NOTHING, NOTHING, NOTHING, "suivi national", ""))
    return Table(caption=caption, columns=PROMISES, rows=tuple(rows), empty="Aucun engagement en vigueur.")


def _promises(area: AreaMonth, found: Sequence[Kept], *, whole: bool) -> Iterable[tuple[str, ...]]:
    names = {name.queue: name.name for name in area.queues}
    for kept in found:
        where = area.name if kept.queue is None else names[kept.queue]
        yield (
            f"{NUMBERS[kept.indicator]} – {where} : {promised(kept)}{_part(area, kept)}",
            value(kept),
            fraction(kept.count, kept.of),
            aim(kept),
            result(kept) + (", à confirmer" if kept.to_confirm else ""),
            kept.provenance,
        )
    if whole and isinstance(area.whole, CallTotals):
        yield (
            f"8 – {area.name} : appels traités par un agent ou le serveur vocal",
            share(*handled(area.whole)) if handled(area.whole)[1] else NO_DATA,
            fraction(*handled(area.whole)),
            NOTHING,
            "sans cible",
            NOTHING,
        )


def handled(totals: CallTotals) -> tuple[int, int]:
    """Calls that an agent or the voice server dealt with, of those received whose end is known."""
    known = (totals.received or 0) - (totals.in_voice_server or 0) - (totals.offered - totals.answered - totals.lost)
    return totals.answered + (totals.informed or 0), known


def promised(kept: Kept) -> str:
    """What is promised, in words: "appelés en 15 min au plus"."""
    within = duration(kept.within_s)
    match kept.indicator:
        case "hall":
            return f"appelés en {within} au plus"
        case "C" | "B":
            return f"décrochés en {within} au plus (formule {kept.indicator})"
        case "answer_rate":
            return "décrochés par un agent"
        case "lost_rate":
            return "appels perdus"


def _part(area: AreaMonth, kept: Kept) -> str:
    """In which part of the month it held, unless that is all of its open days."""
    opened = [day.day for day in area.days if day.spans]
    whole = opened and (kept.first, kept.last) == (opened[0], opened[-1])
    return "" if whole else f", {period(kept)}"


def period(kept: Kept) -> str:
    return f"du {day_number(kept.first)} au {day_number(kept.last)}"


def value(kept: Kept) -> str:
    """The figure, with its interval where the month is a sample."""
    told = share(kept.count, kept.of, up=kept.indicator == "lost_rate") if kept.of else NO_DATA
    if kept.interval is None:
        return told
    return f"{told} {bounds(kept.interval.low, kept.interval.high)}"


def aim(kept: Kept) -> str:
    if kept.target is None:
        return NOTHING
    return f"{'≤' if kept.indicator == 'lost_rate' else '≥'} {percent(kept.target)}"


def result(kept: Kept) -> str:
    return NO_DATA if not kept.of else RESULTS[kept.reached]


def _figures(area: AreaMonth) -> Iterable[Figure]:
    """The main figure of an area: calls in time of a hall, answers of a switchboard."""
    wanted = "hall" if area.kind == "hall" else "answer_rate"
    for kept in area.kept:
        if kept.indicator == wanted and kept.queue is None:
            confirm = ", à confirmer" if kept.to_confirm else ""
            held = f" ({period(kept)})" if _parts(area, kept) > 1 else ""
            yield Figure(
                label=f"{area.name} : {promised(kept)}{held}",
                value=share(kept.count, kept.of) if kept.of else NO_DATA,
                note=f"cible {aim(kept)} : {result(kept)}{confirm}"
                if kept.target is not None
                else f"sans cible{confirm}",
            )


def _parts(area: AreaMonth, kept: Kept) -> int:
    return sum(one.queue is None and one.indicator == kept.indicator for one in area.kept)


def _told(of: Compared) -> str:
    """An area's month in a sentence or two."""
    now, before, _ = of.known
    assert now  # noqa: S101 - it is the month's own
    totals, past = now.whole, before.whole if before else None
    told = []
    if isinstance(totals, HallTotals):
        earlier = past if isinstance(past, HallTotals) else None
        change = f" ({more(totals.tickets, earlier.tickets)} sur un mois)" if earlier else ""
        told.append(f"{whole(totals.tickets)} tickets{change}")
        if totals.judged:
            change = _points((totals.within, totals.judged), (earlier.within, earlier.judged) if earlier else (0, 0))
            told.append(f"{share(totals.within, totals.judged)} appelés dans le délai{change}")
        told += [f"attente médiane {length(totals.wait_median_s)}", f"la plus longue {length(totals.wait_max_s)}"]
    else:
        earlier_calls = past if isinstance(past, CallTotals) else None
        change = f" ({more(totals.offered, earlier_calls.offered)} sur un mois)" if earlier_calls else ""
        told.append(f"{whole(totals.received)} appels reçus, {whole(totals.offered)} présentés aux agents{change}")
        asked = totals.answered + totals.lost
        before_asked = (
            (earlier_calls.answered, earlier_calls.answered + earlier_calls.lost) if earlier_calls else (0, 0)
        )
        told.append(f"{share(totals.answered, asked)} décrochés{_points((totals.answered, asked), before_asked)}")
        told.append(f"attente moyenne corrigée {length(totals.wait_mean_s)}")
    if now.breaches:
        taken = sum(one.acknowledged_at is not None for one in now.breaches)
        plural = "s" if len(now.breaches) > 1 else ""
        told.append(f"{len(now.breaches)} alerte{plural}, dont {taken} prise{'s' if taken > 1 else ''} en charge")
    return " ; ".join(told) + "."


def _points(now: tuple[int, int], before: tuple[int, int]) -> str:
    return f" ({points(tenths(*now), tenths(*before))} sur un mois)" if now[1] and before[1] else ""
