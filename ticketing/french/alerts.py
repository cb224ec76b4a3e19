"""Alerts in words: one line that says what to do, and a few that say why; the same on every channel and page."""

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
from ticketing.french.notation import duration, hour, percent
from ticketing.french.remedies import said
from ticketing.saying import N_, _, n_

SEVERITY_WORDS: dict[Severity, str] = {
    "page": N_("immédiate"),
    "task": N_("dans la journée"),
    "week": N_("dans la semaine"),
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
    "wait": N_("retour à la normale"),
    "budget": N_("rythme des retards revenu à la normale"),
    "device": N_("de nouveau à l’écoute"),
    "data": N_("les données arrivent de nouveau"),
}


def title(alert: Alert, area_name: str, zone: tzinfo) -> str:
    """One line: where, and what to do or what is wrong; of an alert that is over, since when and after how long."""
    where = f"{area_name} · " if area_name else ""
    if alert.resolved_at is not None:
        return where + _over(alert, zone)
    signals = by_urgency(alert.active or alert.signals)
    return where + (told(signals[0], zone) if signals else _("alerte"))


def lines(alert: Alert, zone: tzinfo) -> list[str]:
    """A sentence for each thing that is wrong, the most urgent first; then who has taken it on, and since when."""
    found = [
        f"{_named(signal)}{sentence(signal, zone)}{_advice(signal)}{_easing(signal, zone)}."
        for signal in _worth_a_line(alert.active)
    ]
    if alert.fired_at is not None and alert.resolved_at is None:
        text = _("Alerte {severity}, depuis {hour}.")
        found.append(text.format(severity=_(SEVERITY_WORDS[alert.severity]), hour=_hour(alert.fired_at, zone)))
    if alert.acknowledged_at is not None:
        by = alert.acknowledged_by
        text = _("Prise en charge par {who} à {hour}.") if by else _("Prise en charge à {hour}.")
        found.append(text.format(who=by, hour=_hour(alert.acknowledged_at, zone)))
    if alert.opened_at is not None:
        found.append(_("Renfort depuis {hour}.").format(hour=_hour(alert.opened_at, zone)))
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
    return f"{_named(signal)}{_action(remedy)} – {_outcome(remedy) or sentence(signal, zone)}"


def sentence(signal: Signal, zone: tzinfo) -> str:
    """What is wrong, without the name of what it is wrong with."""
    match signal.facts:
        case PredictedBreach(risk=risk, risk_at=first, late=late, breach_at=at, limit_s=limit_s):
            if at is None or late == 0:
                text = (
                    _("risque de dépasser {limit} vers {hour} ({share})")
                    if first
                    else _("risque de dépasser {limit} ({share})")
                )
                when = _hour(first, zone) if first else ""
                return text.format(limit=duration(limit_s), hour=when, share=percent(risk))
            text = n_(
                "{n} personne dépassera {limit} vers {hour}", "{n} personnes dépasseront {limit} dès {hour}", late
            )
            return text.format(n=late, limit=duration(limit_s), hour=_hour(at, zone))
        case HeadOfLine(longest_s=longest_s, waiting=waiting, limit_s=limit_s):
            text = _("délai de {limit} dépassé, {longest} pour le plus ancien, {n} en attente")
            return text.format(limit=duration(limit_s), longest=duration(longest_s), n=waiting)
        case StaffingShortfall(counters=counters, recommended=recommended, within=within, then=then, target=target):
            text = _("{share} dans le délai avec {n}, {then} avec {recommended}, objectif {target}")
            return text.format(
                share=percent(within), n=counters, then=percent(then), recommended=recommended, target=percent(target)
            )
        case CounterClosed(counters=(), waiting=waiting):
            text = n_("{n} personne attend, rien n’est ouvert", "{n} personnes attendent, rien n’est ouvert", waiting)
            return text.format(n=waiting)
        case CounterClosed(counters=counters):
            text = n_("{counters} devrait être ouvert", "{counters} devraient être ouverts", len(counters))
            return text.format(counters=_(" et ").join(counters))
        case Rate(value=value, count=count, of=of, target=target, window_s=window_s):
            counts = _("{n} sur {of} en {time}").format(n=count, of=of, time=_while(window_s))
            text = (
                _("{share} d’appels perdus ({counts}), seuil {target}")
                if signal.condition == "lost_rate"
                else _("{share} d’appels décrochés ({counts}), objectif {target}")
            )
            return text.format(share=percent(value), counts=counts, target=percent(target))
        case BudgetBurn() as burn:
            return _burnt(burn)
        case DeviceSilent(heard=heard):
            text = _("muet depuis {hour} ; jusqu’à son retour, les attentes d’ici ne sont pas surveillées")
            return text.format(hour=_hour(heard, zone))
        case DataStanding(last=last):
            text = _("données arrêtées à {hour}, les attentes affichées ne sont plus à jour")
            return text.format(hour=_hour(last, zone))
        case QuarantineGrowing(messages=messages, window_s=window_s):
            text = n_("{n} message incompris en {time}", "{n} messages incompris en {time}", messages)
            return text.format(n=messages, time=_while(window_s))
        case _ as never:
            assert_never(never)


def _burnt(burn: BudgetBurn) -> str:
    late = _("{n} en retard sur {of} en {time}").format(n=burn.late, of=burn.of, time=_while(burn.window_s))
    if burn.left < 0:
        return _("{late}, budget du mois dépassé de {n}").format(late=late, n=-burn.left)
    text = _("{late}, encore {left} sur {allowed} possibles ce mois")
    return text.format(late=late, left=burn.left, allowed=burn.allowed)


def _advice(signal: Signal) -> str:
    remedy = signal.remedy
    if remedy is None:
        return ""
    outcome = _outcome(remedy)
    return _(" ; {remedy}").format(remedy=f"{_action(remedy)}{f' ({outcome})' if outcome else ''}")


def _action(remedy: Remedy) -> str:
    return said(remedy.instructions) if remedy.instructions else remedy.action


def _outcome(remedy: Remedy) -> str:
    """What it would bring to whoever comes now."""
    if remedy.then_wait_s is None:
        return ""
    if remedy.wait_s is None:
        return _("attente prévue {wait}").format(wait=duration(remedy.then_wait_s))
    text = _("attente prévue {wait}, sinon {otherwise}")
    return text.format(wait=duration(remedy.then_wait_s), otherwise=duration(remedy.wait_s))


def _easing(signal: Signal, zone: tzinfo) -> str:
    """That it is right again, if not for long enough."""
    if signal.clear_since is None:
        return ""
    return _(" (mieux depuis {hour}, à confirmer)").format(hour=_hour(signal.clear_since, zone))


def _named(signal: Signal) -> str:
    return _("{name} : ").format(name=signal.name) if signal.name else ""


def _over(alert: Alert, zone: tzinfo) -> str:
    """Back since when, after how long: "Séjour revenu sous 15 min à 10 h 52, après 34 min"."""
    back = alert.back_at or alert.resolved_at
    if back is None or alert.fired_at is None:
        return _("Terminé")
    names = list(dict.fromkeys(signal.name for signal in by_urgency(alert.signals) if signal.fired_at and signal.name))
    who = ", ".join(names)
    limits = {limit for signal in alert.signals if signal.fired_at and (limit := _limit_s(signal)) is not None}
    if who and len(limits) == 1:
        text = n_("{names} revenu sous {limit}", "{names} revenus sous {limit}", len(names))
        what = text.format(names=who, limit=duration(limits.pop()))
    else:
        what = _(BACK[alert.topic])
        what = _("{name} : {sentence}").format(name=who, sentence=what) if who else what
    lasted = duration(max((back - alert.fired_at).total_seconds(), 0.0))
    return _("{what} à {hour}, après {time}").format(what=what, hour=_hour(back, zone), time=lasted)


def _limit_s(signal: Signal) -> float | None:
    match signal.facts:
        case PredictedBreach(limit_s=limit_s) | HeadOfLine(limit_s=limit_s):
            return limit_s
        case _:
            return None


def _while(seconds: float) -> str:
    """Of opening hours, where it is more than one of them."""
    hours, rest = divmod(round(seconds), 3600)
    if hours > 1 and not rest:
        return _("{n}\u202fh d’ouverture").format(n=hours)
    return _("{n}\u202fmin").format(n=round(seconds) // 60)


def _hour(at: datetime, zone: tzinfo) -> str:
    return hour(at.astimezone(zone))
