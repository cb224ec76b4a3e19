"""The channels by which people are told, one module each; what a recipient is, and how its channel is opened."""

from typing import assert_never

import aiohttp

from alerts.channels.alertmanager import Alertmanager, AlertmanagerRecipient
from alerts.channels.mail import Mail, MailRecipient
from alerts.channels.matrix import Matrix, MatrixRecipient
from alerts.channels.submission import MailSettings
from alerts.channels.webhook import Webhook, WebhookRecipient
from alerts.letters import Channel

Recipient = MailRecipient | WebhookRecipient | MatrixRecipient | AlertmanagerRecipient


def channel(recipient: Recipient, mail: MailSettings | None, session: aiohttp.ClientSession) -> Channel:
    """Opened for a recipient. OSError with its file if a secret cannot be read, or is none."""
    match recipient:
        case MailRecipient():
            if mail is None:
                raise OSError(0, "no mail server is configured", "alerts.mail")
            return Mail(mail, recipient)
        case WebhookRecipient():
            return Webhook(recipient, session)
        case MatrixRecipient():
            return Matrix(recipient, session)
        case AlertmanagerRecipient():
            return Alertmanager(recipient, session)
        case _ as never:
            assert_never(never)


__all__ = [
    "AlertmanagerRecipient",
    "MailRecipient",
    "MailSettings",
    "MatrixRecipient",
    "Recipient",
    "WebhookRecipient",
    "channel",
]
