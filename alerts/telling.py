"""Telling: when somebody is to be told of an alert, and of what in it."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ticketing.alert import SEVERITIES, Alert

News = Literal["fired", "joined", "worsened", "again", "escalated", "resolved", "test"]


class Policy(Struct, frozen=True, kw_only=True):
    """`gather`: what joins an alert that was told is told so long after at the earliest; `escalate_after`: nobody has
    acknowledged.
    """

    repeat: timedelta = timedelta(minutes=45)
    gather: timedelta = timedelta(minutes=5)
    escalate_after: timedelta = timedelta(minutes=10)


def due(alert: Alert, now: datetime, policy: Policy, levels: int) -> News | None:
    """What is to be told now; `levels`: how many there are to be told one after the other.

    Once somebody has acknowledged, only what is new is told: another queue, a graver state, the end.
    """
    if alert.fired_at is None:
        return None
    if alert.resolved_at is not None:
        return "resolved" if alert.told_at is not None and alert.end_told_at is None else None
    if alert.told_at is None or alert.told_severity is None:
        return "fired"
    if SEVERITIES.index(alert.severity) > SEVERITIES.index(alert.told_severity):
        return "worsened"
    untold = any(signal.told_at is None for signal in alert.active)
    if untold and now - alert.told_at >= policy.gather:
        return "joined"
    if alert.acknowledged_at is not None:
        return None
    if alert.level + 1 < levels and alert.level_at is not None and now - alert.level_at >= policy.escalate_after:
        return "escalated"
    return "again" if now - alert.told_at >= policy.repeat else None


def told(alert: Alert, news: News, now: datetime) -> Alert:
    """The alert once that was told."""
    if news == "resolved":
        return replace(alert, end_told_at=now)
    signals = tuple(
        replace(signal, told_at=signal.told_at or now) if signal.active else signal for signal in alert.signals
    )
    alert = replace(alert, signals=signals, told_at=now, told_severity=alert.severity)
    if news == "fired":
        return replace(alert, level=0, level_at=now)
    if news == "escalated":
        return replace(alert, level=alert.level + 1, level_at=now)
    return alert
