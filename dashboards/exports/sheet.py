"""The public sheet: one page for the walls of the halls and the web, with no counter, no agent and nobody in it."""

from collections.abc import Iterable

from dashboards.exports.document import Block, Document, Figure, Figures, Heading, Paragraph, Terms, day
from dashboards.exports.machine import FEWEST
from dashboards.exports.naming import WEEKDAYS, Publisher, day_number, half_hour_name, month_name
from dashboards.exports.notation import NO_DATA, in_french, length, typeset
from dashboards.exports.notation import percent as exact
from dashboards.exports.secrecy import hidden_cuts, hidden_promises, people
from ticketing.french.notation import NARROW, duration
from ticketing.kept import Indicator, Kept
from ticketing.month import AreaMonth, Month
from ticketing.open_days import HALF_HOURS
from ticketing.totals import CallTotals, HallTotals, Totals

TOLD = 3
"""Busy and quiet half-hours that are told of a hall."""
HALF_HOUR_MIN = 30
MOST_AIMS = 2
"""Told one by one, beside a figure."""


@in_french
def sheet(month: Month, publisher: Publisher, before: Month | None = None, fewest: int = FEWEST) -> Document:
    """One page of A4; of halls or switchboards with fewer visitors than `fewest`, that there were too few."""
    blocks: list[Block] = []
    if month.empty:
        blocks.append(Paragraph(text="Aucune donnée n’a été reçue ce mois-ci.", strong=True))
    earlier = {area.area: area for area in before.areas} if before else {}
    for area in month.areas:
        blocks += _area(area, earlier.get(area.area), before, fewest)
    blocks.append(Terms(items=tuple(_definitions(month))))
    return typeset(
        Document(
            layout="sheet",
            title=f"Votre attente en {month_name(month.month)}",
            subtitle=publisher.name,
            author=publisher.name,
            date=month.due,
            blocks=tuple(blocks),
            footer=f"Mise à jour : {day(month.due)}. Les objectifs affichés sont ceux fixés pour ce mois, avec leur "
            "état.",
        )
    )


def _area(area: AreaMonth, earlier: AreaMonth | None, before: Month | None, fewest: int) -> Iterable[Block]:
    yield Heading(text=area.name, id=area.area)
    totals = area.whole
    if _secret(area, fewest):
        yield Paragraph(text=f"Moins de {fewest} usagers ce mois-ci : trop peu pour publier des chiffres.")
        return
    if not any(people(totals)):
        yield Paragraph(text="Aucune donnée ce mois-ci.")
        return
    past = earlier.whole if earlier and any(people(earlier.whole)) and not _secret(earlier, fewest) else None
    when = f"{month_name(before.month)} : " if before else ""
    figures = (
        _hall(area, totals, past, when, fewest)
        if isinstance(totals, HallTotals)
        else _calls(area, totals, past, when, fewest)
    )
    yield Figures(title="", items=tuple(figures))
    if words := _hours(area, fewest):
        yield Paragraph(text=words)
    if missing := area.days_open - sum(one.heard for one in area.days if one.spans):
        verb = "manquent" if missing > 1 else "manque"
        text = f"Données incomplètes : {missing} des {area.days_open} jours ouverts {verb}."
        yield Paragraph(text=text, strong=True)


def _secret(area: AreaMonth, fewest: int) -> bool:
    """Whether its figures are too few to be told, or would tell others that are."""
    return (None, None, None) in hidden_cuts(area, fewest)


def _hall(area: AreaMonth, now: HallTotals, past: Totals | None, when: str, fewest: int) -> Iterable[Figure]:
    past = past if isinstance(past, HallTotals) else None
    if now.judged:
        yield Figure(
            label=_within(area, "Appelés", "hall"),
            value=_percent(now.within, now.judged),
            note=_note(_aim(area, "hall", fewest), when + _percent(past.within, past.judged) if past else ""),
        )
    yield Figure(
        label="Attente médiane",
        value=_large(now.wait_median_s),
        note=_note("la moitié des usagers attendent moins", when + length(past.wait_median_s) if past else ""),
    )
    yield Figure(
        label="Neuf usagers sur dix attendent au plus",
        value=_large(now.wait_p90_s),
        note=_note("un sur dix attend davantage", when + length(past.wait_p90_s) if past else ""),
    )


def _calls(area: AreaMonth, now: CallTotals, past: Totals | None, when: str, fewest: int) -> Iterable[Figure]:
    past = past if isinstance(past, CallTotals) else None
    yield Figure(
        label="Appels décrochés par un agent",
        value=_percent(now.answered, now.answered + now.lost),
        note=_note(
            _aim(area, "answer_rate", fewest), when + _percent(past.answered, past.answered + past.lost) if past else ""
        ),
    )
    yield Figure(
        label="Appels traités, serveur vocal compris",
        value=NO_DATA if now.answer_rate_global is None else _rate(now.answer_rate_global),
        note=_note("", when + _rate(past.answer_rate_global) if past and past.answer_rate_global is not None else ""),
    )
    if now.judged:
        yield Figure(
            label=_within(area, "Décrochés", "C"),
            value=_percent(now.within, now.judged - now.short),
            note=_note(_aim(area, "C", fewest), when + _percent(past.within, past.judged - past.short) if past else ""),
        )
    yield Figure(
        label="Attente médiane au téléphone",
        value=_large(now.wait_median_s),
        note=_note(
            "" if now.wait_p90_s is None else f"neuf appels sur dix : au plus {length(now.wait_p90_s)}",
            when + length(past.wait_median_s) if past else "",
        ),
    )


def _large(seconds: float | None) -> str:
    """As it is written where there is little room: "14 min 02"."""
    told = length(seconds)
    return told.removesuffix(f"{NARROW}s") if "min" in told else told


def _percent(part: int, of: int) -> str:
    return f"{part * 100 // of}\u202f%" if of else NO_DATA


def _rate(value: float) -> str:
    return f"{int(value * 100 + 1e-9)}\u202f%"


def _note(*parts: str) -> str:
    return ". ".join(part[0].upper() + part[1:] for part in parts if part)


def _promises(area: AreaMonth, indicator: Indicator) -> list[Kept]:
    return [kept for kept in area.kept if kept.queue is None and kept.indicator == indicator]


def _within(area: AreaMonth, what: str, indicator: Indicator) -> str:
    limits = {kept.within_s for kept in _promises(area, indicator)}
    return f"{what} en {duration(limits.pop())} au plus" if len(limits) == 1 else f"{what} dans le délai fixé"


def _aim(area: AreaMonth, indicator: Indicator, fewest: int) -> str:
    """What was aimed at, and whether it was reached; where that changed in the month, each part.

    Whether a part was kept of few people is not told: it may be what became of one of them.
    """
    found = _promises(area, indicator)
    secret = hidden_promises(area, fewest)
    gone = [kept for index, kept in enumerate(area.kept) if index in secret]
    if len(found) > MOST_AIMS:
        open_ones = [kept for kept in found if kept not in gone]
        met = sum(kept.reached is True for kept in open_ones)
        few = f" (trop peu d’usagers pour {len(found) - len(open_ones)})" if len(open_ones) < len(found) else ""
        return f"{len(found)} objectifs, dont {met} atteints{few}"
    limits, firsts = {kept.within_s for kept in found}, {kept.first for kept in found}
    told = []
    for kept in found:
        when = "" if len(firsts) == 1 else _since(kept, last=kept.first == max(firsts))
        limit = f"{duration(kept.within_s)} : " if len(limits) > 1 else ""
        confirm = ", à confirmer" if kept.to_confirm else ""
        if kept.target is None:
            told.append(f"{when}{limit}aucune part n’est fixée{confirm}")
        else:
            reached = {True: "atteint", False: "non atteint", None: NO_DATA}[kept.reached]
            if kept in gone:
                reached = "trop peu d’usagers"
            told.append(f"{when}{limit}objectif {exact(kept.target)}, {reached}{confirm}")
    return " ; ".join(told)


def _since(kept: Kept, *, last: bool) -> str:
    return f"dès le {day_number(kept.first)}, " if last else f"jusqu’au {day_number(kept.last)}, "


def _hours(area: AreaMonth, fewest: int) -> str:
    """When most and fewest people come, of the half-hours of a week in which it is open."""
    known = []
    for weekday, means in enumerate(area.crowd):
        days = [one for one in area.days if one.day.weekday() == weekday and one.spans and one.heard]
        for half_hour in range(HALF_HOURS):
            came = round(means[half_hour] * len(days)) if means else 0
            if days and came >= max(fewest, 1) and all(_open(one.spans, half_hour) for one in days):
                known.append((means[half_hour] if means else 0.0, weekday, half_hour))
    if len(known) < 2 * TOLD:
        return ""
    quiet, busy = (sorted(known, key=lambda one: (one[0] * sign, one[1:]))[:TOLD] for sign in (1, -1))
    if quiet[-1][0] >= busy[-1][0]:
        return ""
    return f"Le plus d’affluence : {_times(busy)}. Le moins : {_times(quiet)}."


def _open(spans: Iterable[str], half_hour: int) -> bool:
    begin = half_hour * HALF_HOUR_MIN
    return any(_minutes(span[:5]) <= begin and begin + HALF_HOUR_MIN <= _minutes(span[6:]) for span in spans)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


def _times(cells: Iterable[tuple[float, int, int]]) -> str:
    return ", ".join(f"{WEEKDAYS[weekday]} {half_hour_name(half_hour)}" for _, weekday, half_hour in cells)


OF_HALLS = (
    (
        "Attente dans un hall",
        "de la prise du ticket (ou de l’ouverture, ou du rendez-vous, s’ils sont plus tardifs) au premier appel.",
    ),
    (
        "Appelés dans le délai",
        "parmi les tickets dont l’attente est connue au regard du délai ; appelés puis absents compris.",
    ),
)
ANSWERED = (
    "par un agent, parmi ceux qui en ont demandé un ; traités : par un agent ou le serveur vocal, parmi tous. Hors "
    "horaires non compris."
)
IN_TIME = (
    "parmi les appels présentés, sauf ceux qui sont partis dans ce délai. L’attente va de l’entrée en file au "
    "décroché ; elle est corrigée des appels abandonnés (Kaplan-Meier)."
)
OF_CALLS = (("Appels décrochés", ANSWERED), ("Décrochés dans le délai", IN_TIME))
ROUNDED = ("Arrondis", "pourcentages à l’unité inférieure. Jours et heures de Paris, heures d’ouverture seulement.")


def _definitions(month: Month) -> Iterable[tuple[str, str]]:
    kinds = {area.kind for area in month.areas}
    yield from OF_HALLS if "hall" in kinds else ()
    yield from OF_CALLS if "switchboard" in kinds else ()
    yield ROUNDED
