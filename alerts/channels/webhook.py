"""A webhook, signed as Standard Webhooks has it: whoever is told can see that it is us, and tell a repetition."""

import base64
import hmac
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from alerts.channels.http import sent, taken
from alerts.letters import Letter
from ticketing.alert import Alert
from ticketing.events import Name

PREFIX = "whsec_"


class WebhookRecipient(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="webhook"
):
    """`secret_file` holds the secret in base64, after `whsec_` if need be."""

    name: Name
    url: str
    secret_file: Path


class Webhook:
    def __init__(self, recipient: WebhookRecipient, session: aiohttp.ClientSession) -> None:
        """OSError if the secret cannot be read; ValueError if it is none."""
        self._url, self._session = recipient.url, session
        told = recipient.secret_file.read_text(encoding="utf-8").strip()
        self._secret = base64.b64decode(told.removeprefix(PREFIX), validate=True)

    async def send(self, letter: Letter) -> None:
        body = msgspec.json.encode(_body(letter))
        # of this try: a receiver refuses what is old, and a letter may be
        stamp = str(int(time.time()))
        signed = hmac.digest(self._secret, f"{letter.key}.{stamp}.".encode() + body, "sha256")
        headers = {
            "webhook-id": letter.key,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        status, _ = await sent(self._session, "POST", self._url, body, headers)
        taken(status, "the webhook")


def _body(letter: Letter) -> dict[str, Any]:
    return {
        "key": letter.key,
        "news": letter.news,
        "title": letter.title,
        "text": letter.text,
        "link": letter.link,
        "area_name": letter.area_name,
        "made_at": letter.made_at,
        "alert": _alert(letter.alert),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "site": alert.site,
        "area": alert.area,
        "topic": alert.topic,
        "state": alert.state,
        "severity": alert.severity,
        "since": alert.since,
        "fired_at": alert.fired_at,
        "acknowledged_at": alert.acknowledged_at,
        "resolved_at": alert.resolved_at,
        "signals": [
            {
                "condition": signal.condition,
                "subject": signal.subject,
                "name": signal.name,
                "severity": signal.severity,
                "facts": signal.facts,
                "remedy": signal.remedy,
            }
            for signal in alert.active
        ],
    }
