"""Alerts in French: one line that says what to do, and a few that say why; the same on every channel and page."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import assert_never

from ticketing.alert import (
    SEVERITIES,
    Alert,
    BudgetBurn,
    Condition,
    CounterClosed,
    DataStanding,
    DeviceSilent,
    HeadOfLine,
    PredictedBreach,
    QuarantineGrowing,
    Rate,
    Remedy,
    Severity,
    Signal,
    StaffingShortfall,
)
from ticketing.french.notation import NARROW, duration, hour, percent

SEVERITY_WORDS: dict[Severity, str] = {
    "page": "immédiate",
    "task": "dans la journée",
    "week": "dans la semaine",
}
URGENCY: tuple[Condition, ...] = (
    "data_standing",
    "head_of_line",
    "predicted_breach",
    "answer_rate",
    "lost_rate",
    "counter_closed",
    "staffing_shortfall",
    "budget_hour",
    "budget_half_day",
    "budget_week",
    "device_silent",
    "quarantine_growing",
)
"""Of signals that are as grave, which is told first."""
BACK: dict[str, str] = {
    "wait": "retour à la normale",
    "budget": "rythme des retards revenu à la normale",
    "device": "de nouveau à l’écoute",
    "data": "les données arrivent de nouveau",
}


def title(alert: Alert, area_name: str, zone: tzinfo) -> str:
    """One line: where, and what to do or what is wrong; of an alert that is over, since when and after how long."""
    where = f"{area_name} · " if area_name else ""
    if alert.resolved_at is not None:
        return where + _over(alert, zone)
    signals = by_urgency(alert.active or alert.signals)
    return where + (told(signals[0], zone) if signals else "alerte")


def lines(alert: Alert, zone: tzinfo) -> list[str]:
    """A sentence for each thing that is wrong, the most urgent first; then who has taken it on, and since when."""
    found = [
        f"{_named(signal)}{sentence(signal, zone)}{_advice(signal)}{_easing(signal, zone)}."
        for signal in _worth_a_line(alert.active)
    ]
    if alert.fired_at is not None and alert.resolved_at is None:
        found.append(f"Alerte {SEVERITY_WORDS[alert.severity]}, depuis {_hour(alert.fired_at, zone)}.")
    if alert.acknowledged_at is not None:
        by = f" par {alert.acknowledged_by}" if alert.acknowledged_by else ""
        found.append(f"Prise en charge{by} à {_hour(alert.acknowledged_at, zone)}.")
    if alert.opened_at is not None:
        found.append(f"Renfort depuis {_hour(alert.opened_at, zone)}.")
    if alert.resolved_at is not None:
        found.append(f"{_over(alert, zone)}.")
    return found


def by_urgency(signals: Sequence[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda one: (-SEVERITIES.index(one.severity), URGENCY.index(one.condition), one.name))


def _worth_a_line(signals: Sequence[Signal]) -> list[Signal]:
    """Of each queue the most urgent thing; a counter that should be open is another."""
    found = {(one.subject, one.condition == "counter_closed"): one for one in reversed(by_urgency(signals))}
    return by_urgency(list(found.values()))


def told(signal: Signal, zone: tzinfo) -> str:
    """A signal in one line, what to do before why."""
    remedy = signal.remedy
    if remedy is None:
        return f"{_named(signal)}{sentence(signal, zone)}"
    return f"{_named(signal)}{remedy.action} – {_outcome(remedy) or sentence(signal, zone)}"


def sentence(signal: Signal, zone: tzinfo) -> str:
    """What is wrong, without the name of what it is wrong with."""
    match signal.facts:
        case PredictedBreach(risk=risk, risk_at=first, late=late, breach_at=at, limit_s=limit_s):
            if at is None or late == 0:
                when = f" vers {_hour(first, zone)}" if first else ""
                return f"risque de dépasser {duration(limit_s)}{when} ({percent(risk)})"
            who = "1 personne dépassera" if late == 1 else f"{late} personnes dépasseront"
            return f"{who} {duration(limit_s)} {'vers' if late == 1 else 'dès'} {_hour(at, zone)}"
        case HeadOfLine(longest_s=longest_s, waiting=waiting, limit_s=limit_s):
            many = f"{waiting} en attente"
            return f"délai de {duration(limit_s)} dépassé, {duration(longest_s)} pour le plus ancien, {many}"
        case StaffingShortfall(counters=counters, recommended=recommended, within=within, then=then, target=target):
            share = f"{percent(within)} dans le délai avec {counters}, {percent(then)} avec {recommended}"
            return f"{share}, objectif {percent(target)}"
        case CounterClosed(counters=(), waiting=waiting):
            return f"{'1 personne attend' if waiting == 1 else f'{waiting} personnes attendent'}, rien n’est ouvert"
        case CounterClosed(counters=counters):
            should = "devrait être ouvert" if len(counters) == 1 else "devraient être ouverts"
            return f"{' et '.join(counters)} {should}"
        case Rate(value=value, count=count, of=of, target=target, window_s=window_s):
            counts = f"{count} sur {of} en {_while(window_s)}"
            if signal.condition == "lost_rate":
                return f"{percent(value)} d’appels perdus ({counts}), seuil {percent(target)}"
            return f"{percent(value)} d’appels décrochés ({counts}), objectif {percent(target)}"
        case BudgetBurn() as burn:
            return _burnt(burn)
        case DeviceSilent(heard=heard):
            return f"muet depuis {_hour(heard, zone)} ; jusqu’à son retour, les attentes d’ici ne sont pas surveillées"
        case DataStanding(last=last):
            return f"données arrêtées à {_hour(last, zone)}, les attentes affichées ne sont plus à jour"
        case QuarantineGrowing(messages=messages, window_s=window_s):
            s = "s" if messages > 1 else ""
            return f"{messages} message{s} incompris en {_while(window_s)}"
        case _ as never:
            assert_never(never)


def _burnt(burn: BudgetBurn) -> str:
    late = f"{burn.late} en retard sur {burn.of} en {_while(burn.window_s)}"
    if burn.left < 0:
        return f"{late}, budget du mois dépassé de {-burn.left}"
    return f"{late}, encore {burn.left} sur {burn.allowed} possibles ce mois"


def _advice(signal: Signal) -> str:
    remedy = signal.remedy
    if remedy is None:
        return ""
    outcome = _outcome(remedy)
    return f" ; {remedy.action}{f' ({outcome})' if outcome else ''}"


def _outcome(remedy: Remedy) -> str:
    """What it would bring to whoever comes now."""
    if remedy.then_wait_s is None:
        return ""
    otherwise = f", sinon {duration(remedy.wait_s)}" if remedy.wait_s is not None else ""
    return f"attente prévue {duration(remedy.then_wait_s)}{otherwise}"


def _easing(signal: Signal, zone: tzinfo) -> str:
    """That it is right again, if not for long enough."""
    return f" (mieux depuis {_hour(signal.clear_since, zone)}, à confirmer)" if signal.clear_since else ""


def _named(signal: Signal) -> str:
    return f"{signal.name} : " if signal.name else ""


def _over(alert: Alert, zone: tzinfo) -> str:
    """Back since when, after how long: "Séjour revenu sous 15 min à 10 h 52, après 34 min"."""
    back = alert.back_at or alert.resolved_at
    if back is None or alert.fired_at is None:
        return "Terminé"
    names = list(dict.fromkeys(signal.name for signal in by_urgency(alert.signals) if signal.fired_at and signal.name))
    who = ", ".join(names)
    limits = {limit for signal in alert.signals if signal.fired_at and (limit := _limit_s(signal)) is not None}
    under = f"revenu{'s' if len(names) > 1 else ''} sous {duration(limits.pop())}" if len(limits) == 1 else ""
    what = f"{who} {under}" if who and under else f"{who} : {BACK[alert.topic]}" if who else BACK[alert.topic]
    lasted = (back - alert.fired_at).total_seconds()
    return f"{what} à {_hour(back, zone)}, après {duration(max(lasted, 0.0))}"


def _limit_s(signal: Signal) -> float | None:
    match signal.facts:
        case PredictedBreach(limit_s=limit_s) | HeadOfLine(limit_s=limit_s):
            return limit_s
        case _:
            return None


def _while(seconds: float) -> str:
    """Of opening hours, where it is more than one of them."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}{NARROW}h d’ouverture" if hours > 1 and not rest else f"{round(seconds) // 60}{NARROW}min"


def _hour(at: datetime, zone: tzinfo) -> str:
    return hour(at.astimezone(zone))
