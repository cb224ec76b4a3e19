"""The report's section of alerts: each one's loop, who took it on, what was done, and when it was right again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from dashboards.alert_names import MOMENTS, TOPICS
from dashboards.exports.document import Block, Column, Heading, Paragraph, Table, Terms
from dashboards.exports.notation import length
from dashboards.exports.parts.times import numbers
from ticketing.alert import Condition, Severity
from ticketing.breach import Breach
from ticketing.french.alerts import SEVERITY_WORDS
from ticketing.french.notation import NOTHING
from ticketing.month import AreaMonth, Month
from ticketing.waits import quantile

MOST = 200
"""Alerts that have a row of their own."""
MOST_TIMELINES = 40
"""Whose timelines are told in full: those never taken on first, then the longest."""
MOST_LINES = 25
CONDITIONS: Mapping[Condition, str] = {
    "predicted_breach": "dépassement du délai prévu",
    "head_of_line": "délai dépassé par le plus ancien",
    "staffing_shortfall": "trop peu de guichets ouverts",
    "counter_closed": "guichet prévu, fermé",
    "answer_rate": "taux de décroché trop bas",
    "lost_rate": "trop d’appels perdus",
    "budget_hour": "retards du mois épuisés en une heure",
    "budget_half_day": "retards du mois épuisés en une demi-journée",
    "budget_week": "retards du mois épuisés en une semaine",
    "device_silent": "appareil muet",
    "data_standing": "plus aucune donnée",
    "quarantine_growing": "messages incompris",
}
SILENT_KINDS = ("told", "undelivered", "predicted")
"""Lines of a timeline that say who was told, not what was done."""


def breaches(month: Month) -> Iterable[Block]:
    yield Heading(text="Alertes et réactions", id="alertes")
    found = [(area, one) for area in month.areas for one in area.breaches]
    if not found:
        yield Paragraph(text="Aucune alerte ne s’est déclenchée ce mois-ci.")
        return
    yield Paragraph(
        text="Une alerte se déclenche quand un délai est dépassé ou va l’être, ou quand des données manquent. Sa "
        "boucle : prise en charge par une personne, guichet ouvert, retour à la normale. Les durées partent du "
        "déclenchement."
    )
    yield _loops(month)
    yield Heading(text="Chaque alerte", id="alertes-liste", level=3)
    if len(found) > MOST:
        yield Paragraph(text=f"{len(found)} alertes : les {MOST} premières du mois ont ici leur ligne.", strong=True)
    found.sort(key=lambda one: one[1].fired_at)
    yield _table(found[:MOST])
    alone = [one for one in found if one[1].acknowledged_at is None]
    yield Heading(text="Jamais prises en charge", id="alertes-seules", level=3)
    if alone:
        yield Paragraph(
            text=f"{len(alone)} alertes sur {len(found)} n’ont été prises en charge par personne."
            if len(alone) > 1
            else f"Une alerte sur {len(found)} n’a été prise en charge par personne.",
            strong=True,
        )
        yield _table(alone[:MOST], "Alertes que personne n’a prises en charge")
    else:
        yield Paragraph(text="Toutes les alertes ont été prises en charge.")
    yield Heading(text="Déroulement", id="alertes-deroulement", level=3)
    told = sorted(found, key=lambda one: (one[1].acknowledged_at is not None, -_lasted(one[1])))[:MOST_TIMELINES]
    if len(told) < len(found):
        yield Paragraph(
            text=f"Le déroulement de {MOST_TIMELINES} alertes est donné ici : d’abord celles que personne n’a prises "
            "en charge, puis les plus longues. Le journal des alertes les a toutes."
        )
    yield Terms(items=tuple(_timeline(area, one) for area, one in sorted(told, key=lambda one: one[1].fired_at)))


def _loops(month: Month) -> Table:
    rows = []
    for area in month.areas:
        for topic, names in TOPICS.items():
            if own := [one for one in area.breaches if one.topic == topic]:
                taken = [one for one in own if one.acknowledged_at]
                rows.append(
                    (
                        f"{area.name} : {names.name}",
                        str(len(own)),
                        str(len(taken)),
                        str(len(own) - len(taken)),
                        _median(own, lambda one: one.acknowledged_at),
                        _median(own, lambda one: one.opened_at),
                        _median(own, lambda one: one.back_at),
                    )
                )
    return Table(
        caption="Boucles d’alerte : durées médianes depuis le déclenchement",
        columns=(
            Column(title="Zone et sujet"),
            *numbers(
                "Alertes", "Prises en charge", "Jamais", "Prise en charge", "Guichet ouvert", "Retour à la normale"
            ),
        ),
        rows=tuple(rows),
    )


def _median(found: Sequence[Breach], until: Callable[[Breach], datetime | None]) -> str:
    """Of those that came so far, with how many these are."""
    times = [max((at - one.fired_at).total_seconds(), 0.0) for one in found if (at := until(one))]
    return f"{length(quantile(times, 0.5))} (n = {len(times)})" if times else NOTHING


def _lasted(one: Breach) -> float:
    return ((one.back_at or one.resolved_at or one.fired_at) - one.fired_at).total_seconds()


def _table(found: Sequence[tuple[AreaMonth, Breach]], caption: str = "Alertes du mois") -> Table:
    return Table(
        caption=caption,
        columns=(
            Column(title="Déclenchée"),
            Column(title="Zone et file"),
            Column(title="Ce qui n’allait pas (urgence)"),
            Column(title="Prise en charge"),
            *numbers("Après", "Guichet ouvert après", "Normale après"),
        ),
        rows=tuple(
            (
                _when(one.fired_at),
                f"{area.name}, {', '.join(one.subjects) or 'toute la zone'}",
                f"{_conditions(one)} ({SEVERITY_WORDS.get(cast('Severity', one.severity), one.severity)})",
                one.acknowledged_by or ("oui" if one.acknowledged_at else "jamais"),
                _after(one, one.acknowledged_at),
                _after(one, one.opened_at),
                _after(one, one.back_at),
            )
            for area, one in found
        ),
    )


def _conditions(one: Breach) -> str:
    return ", ".join(CONDITIONS.get(cast("Condition", name), name) for name in one.conditions) or NOTHING


def _after(one: Breach, at: datetime | None) -> str:
    return NOTHING if at is None else length(max((at - one.fired_at).total_seconds(), 0.0))


def _when(at: datetime) -> str:
    return f"{at:%d/%m} {at:%H:%M}"


def _timeline(area: AreaMonth, one: Breach) -> tuple[str, str]:
    """What was done, line by line; of who was told, only that somebody was."""
    lines = [said for said in one.timeline if said.kind not in SILENT_KINDS]
    told = [f"{said.at:%H:%M} {' '.join(_said(said.kind, said.who, said.text).split())}" for said in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append(f"et {len(lines) - MOST_LINES} autres lignes")
    name = f"{_when(one.fired_at)} · {area.name} · {', '.join(one.subjects) or 'toute la zone'}"
    return name, " ; ".join(told) or "aucune suite enregistrée"


def _said(kind: str, who: str, text: str) -> str:
    name = next((words for known, words in MOMENTS.items() if known == kind), kind).lower()
    by = f" par {who}" if who and kind in ("acknowledged", "noted", "muted", "unmuted") else ""
    return f"{name}{by}" + (f" : {text}" if text else "")
