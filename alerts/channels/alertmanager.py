"""Prometheus' Alertmanager, by version 2 of its interface: it knows when an alert began, and when it is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct

from alerts.channels.http import sent, taken
from alerts.channels.secret import authorization
from alerts.letters import Letter
from ticketing.alert import SEVERITIES, Alert, Severity, Topic
from ticketing.events import Name

NAMES: dict[Topic, str] = {
    "wait": "VigieAttente",
    "budget": "VigieBudget",
    "device": "VigieAppareil",
    "data": "VigieDonnees",
}
LASTING = timedelta(days=7)
"""An open alert is taken to be over after so long, should nobody tell of its end."""


class AlertmanagerRecipient(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="alertmanager"
):
    """A user with a password, or a token, where the server asks for one."""

    name: Name
    url: str
    user: str | None = None
    password_file: Path | None = None
    token_file: Path | None = None


class Alertmanager:
    def __init__(self, recipient: AlertmanagerRecipient, session: aiohttp.ClientSession) -> None:
        """OSError if the password or the token cannot be read."""
        self._url, self._session = f"{recipient.url.rstrip('/')}/api/v2/alerts", session
        self._headers = authorization(recipient.user, recipient.password_file, recipient.token_file)

    async def send(self, letter: Letter) -> None:
        body = msgspec.json.encode(_posted(letter, datetime.now(UTC)))
        status, _ = await sent(self._session, "POST", self._url, body, self._headers)
        taken(status, "Alertmanager")


def _posted(letter: Letter, now: datetime) -> list[dict[str, object]]:
    """The alert under its severity and, as that is part of what it is known by, the end of what it may have been.

    Whatever the news: that it worsened may have been told with a later letter.
    """
    alert = letter.alert
    rank = SEVERITIES.index(alert.severity)
    begun = alert.fired_at or alert.since
    return [
        {
            "labels": _labels(alert, severity),
            "annotations": {"summary": letter.title, "description": letter.text},
            "generatorURL": letter.link,
            "startsAt": begun,
            # never before it began, which would be refused: clocks jump back
            "endsAt": max(begun, _end(alert, now) if severity == alert.severity else now),
        }
        for severity in (alert.severity, *(SEVERITIES[:rank] if letter.news != "test" else ()))
    ]


def _end(alert: Alert, now: datetime) -> datetime:
    return now + LASTING if alert.resolved_at is None else min(alert.resolved_at, now)


def _labels(alert: Alert, severity: Severity) -> dict[str, str]:
    return {
        "alertname": NAMES[alert.topic],
        "site": alert.site,
        "area": alert.area or "site",
        "severity": severity,
        "alert": alert.id,
    }
