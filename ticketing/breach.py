"""A breach: an alert that fired, and what was done about it, as an auditor reads it."""

import datetime as dt
from datetime import datetime

from msgspec import Struct

from ticketing.alert import Record


class Said(Struct, frozen=True, kw_only=True):
    """A line of an alert's timeline."""

    at: datetime
    kind: str
    who: str
    text: str


class Breach(Struct, frozen=True, kw_only=True):
    """An alert that fired in the month, and its loop: acknowledged, acted upon, right again. Instants are local."""

    id: str
    topic: str
    severity: str
    conditions: tuple[str, ...]
    subjects: tuple[str, ...]
    """Names of queues or devices."""
    fired_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    opened_at: datetime | None
    back_at: datetime | None
    resolved_at: datetime | None
    timeline: tuple[Said, ...]


def breach(record: Record, zone: dt.tzinfo) -> Breach:
    """Of an alert that fired."""
    alert = record.alert
    assert alert.fired_at  # noqa: S101 - others are not given

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    return Breach(
        id=alert.id,
        topic=alert.topic,
        severity=alert.severity,
        conditions=tuple(dict.fromkeys(signal.condition for signal in alert.signals if signal.fired_at)),
        subjects=tuple(dict.fromkeys(signal.name for signal in alert.signals if signal.fired_at and signal.name)),
        fired_at=alert.fired_at.astimezone(zone),
        acknowledged_at=local(alert.acknowledged_at),
        acknowledged_by=alert.acknowledged_by,
        opened_at=local(alert.opened_at),
        back_at=local(alert.back_at),
        resolved_at=local(alert.resolved_at),
        timeline=tuple(
            Said(at=moment.at.astimezone(zone), kind=moment.kind, who=moment.who, text=moment.text)
            for moment in record.moments
        ),
    )
