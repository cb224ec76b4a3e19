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
from alerts.channels.secret import authorization, secret
from alerts.letters import Letter
from ticketing.alert import Alert
from ticketing.events import Name

PREFIX = "whsec_"
FEWEST = 24
"""Bytes of a secret, as Standard Webhooks has it."""


class WebhookRecipient(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="webhook"
):
    """`secret_file` holds the secret in base64, after `whsec_` if need be.

    A user with a password, or a token, where the server asks for one beside the signature.
    """

    name: Name
    url: str
    secret_file: Path
    user: str | None = None
    password_file: Path | None = None
    token_file: Path | None = None


class Webhook:
    def __init__(self, recipient: WebhookRecipient, session: aiohttp.ClientSession) -> None:
        """OSError if the secret, the password or the token cannot be read, or is none."""
        self._url, self._session = recipient.url, session
        self._secret = _decoded(recipient.secret_file)
        self._known = authorization(recipient.user, recipient.password_file, recipient.token_file)

    async def send(self, letter: Letter) -> None:
        body = msgspec.json.encode(_body(letter))
        # of this try: a receiver refuses what is old, and a letter may be
        stamp = str(int(time.time()))
        signed = hmac.digest(self._secret, f"{letter.key}.{stamp}.".encode() + body, "sha256")
        headers = {
            **self._known,
            "webhook-id": letter.key,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        status, _ = await sent(self._session, "POST", self._url, body, headers)
        taken(status, "the webhook")


def _decoded(file: Path) -> bytes:
    try:
        found = base64.b64decode(secret(file).removeprefix(PREFIX), validate=True)
    except ValueError:
        raise OSError(0, "is no secret in base64", str(file)) from None
    if len(found) < FEWEST:
        raise OSError(0, f"found a secret of {len(found)} bytes, expected {FEWEST} at least", str(file))
    return found


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
