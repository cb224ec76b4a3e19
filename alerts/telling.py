"""Telling: when somebody is to be told of an alert, and of what in it."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from ticketing.alert import Alert

News = Literal["fired", "joined", "worsened", "again", "escalated", "resolved", "test"]


class Policy(Struct, frozen=True, kw_only=True):
    """`gather`: what joins an alert that was told is told so long after at the earliest; `escalate_after`: nobody has
    acknowledged.
    """

    repeat: timedelta = timedelta(minutes=45)
    gather: timedelta = timedelta(minutes=5)
    escalate_after: timedelta = timedelta(minutes=10)


def due(alert: Alert, now: datetime, policy: Policy, levels: int) -> News | None:
    """What is to be told now; `levels`: how many there are to be told one after the other."""
    raise NotImplementedError


def told(alert: Alert, news: News, now: datetime) -> Alert:
    """The alert once that was told."""
    raise NotImplementedError
