"""Telling: when somebody is to be told of an alert, and of what in it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.watched import Key
from ticketing.alert import SEVERITIES, Alert, Severity, Signal

News = Literal["fired", "joined", "worsened", "again", "escalated", "resolved", "test"]

REPEATS: Mapping[Severity, int] = {"page": 1, "task": 4, "week": 32}
"""What can wait is told again as much less often: by the usual repeat after three hours, and once a day."""


class Policy(Struct, frozen=True, kw_only=True):
    """`gather`: what joins an alert that was told is told so long after at the earliest; `escalate_after`: nobody has
    acknowledged.
    """

    repeat: timedelta = timedelta(minutes=45)
    gather: timedelta = timedelta(minutes=5)
    escalate_after: timedelta = timedelta(minutes=10)


def due(alert: Alert, now: datetime, policy: Policy, levels: int, silenced: Collection[Key] = ()) -> News | None:
    """What is to be told now; `levels`: how many there are to be told one after the other.

    Once somebody has acknowledged, only what is new is told: another queue, a graver state, the end. Of what is
    silenced nothing is news, but that the whole is over. The next are told only of what is to be looked at now; what is
    right again, if not for long yet, or cannot be read, is told again to nobody.
    """
    if alert.fired_at is None:
        return None
    if alert.resolved_at is not None:
        return "resolved" if alert.told_at is not None and alert.end_told_at is None else None
    heard = _heard(alert, silenced)
    if not heard:
        return None
    if alert.told_at is None or alert.told_severity is None:
        return "fired"
    if SEVERITIES.index(_gravest(heard)) > SEVERITIES.index(alert.told_severity):
        return "worsened"
    known = {_what(signal) for signal in alert.active if signal.told_at}
    if now - alert.told_at >= policy.gather and any(_what(signal) not in known for signal in heard):
        return "joined"
    if alert.acknowledged_at is not None:
        return None
    wrong = [signal for signal in heard if signal.clear_since is None and signal.unread_since is None]
    if not wrong:
        return None
    severity = _gravest(wrong)
    waited = alert.level_at is not None and now - alert.level_at >= policy.escalate_after
    if severity == "page" and alert.level + 1 < levels and waited:
        return "escalated"
    return "again" if now - alert.told_at >= REPEATS[severity] * policy.repeat else None


def told(alert: Alert, news: News, now: datetime, silenced: Collection[Key] = ()) -> Alert:
    """The alert once that was told; of what is silenced it was not."""
    if news == "resolved":
        return replace(alert, end_told_at=now)
    heard = _heard(alert, silenced)
    keys = {signal.key for signal in heard}
    signals = tuple(
        replace(signal, told_at=signal.told_at or now) if signal.key in keys else signal for signal in alert.signals
    )
    # what was told of once stays told, though it is over by now
    gravest = max(_gravest(heard), alert.told_severity or "week", key=SEVERITIES.index)
    alert = replace(alert, signals=signals, told_at=now, told_severity=gravest)
    if news == "fired":
        return replace(alert, level=0, level_at=now)
    if news == "escalated":
        return replace(alert, level=alert.level + 1, level_at=now)
    # who is told of something graver has their time, too
    return replace(alert, level_at=now) if news == "worsened" else alert


def _heard(alert: Alert, silenced: Collection[Key]) -> list[Signal]:
    return [signal for signal in alert.active if signal.key not in silenced]


def _gravest(signals: Collection[Signal]) -> Severity:
    return max((signal.severity for signal in signals), key=SEVERITIES.index, default="week")


def _what(signal: Signal) -> str:
    """What somebody knows of once told: a queue or a device, whatever is wrong with it."""
    return signal.subject or signal.condition
