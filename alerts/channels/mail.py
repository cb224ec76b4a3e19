"""Mail over SMTP: never without TLS unless the operator says so, and the same mail however often it is sent."""

import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path
from typing import Annotated, Literal

import aiosmtplib
from msgspec import Meta, Struct

from alerts.letters import Letter, RefusedError
from ticketing.events import Name

TIMEOUT_S = 15.0
Address = Annotated[str, Meta(pattern=r"^[^@\s,<>]{1,64}@[^@\s,<>]{1,255}$(?!\n)")]


class MailSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server that takes our mail; `sender` is who it is from."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    sender: Address


class MailRecipient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="mail"):
    name: Name
    to: Annotated[list[Address], Meta(min_length=1, max_length=20)]


class Mail:
    def __init__(self, server: MailSettings, recipient: MailRecipient) -> None:
        """OSError if a file cannot be read."""
        self._server, self._to = server, recipient.to
        self._password = server.password_file.read_text(encoding="utf-8").strip() if server.password_file else None
        self._context = ssl.create_default_context(cafile=server.ca_file)

    async def send(self, letter: Letter) -> None:
        server = self._server
        secure = server.tls != "none"
        try:
            await aiosmtplib.send(
                self._mail(letter),
                hostname=server.host,
                port=server.port,
                use_tls=server.tls == "implicit",
                start_tls=server.tls == "starttls",
                tls_context=self._context if secure else None,
                username=server.user,
                password=self._password,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = sorted({str(one.code) for one in error.recipients})
            raise RefusedError(f"SMTP {', '.join(codes)}: recipient refused") from None
        except aiosmtplib.SMTPResponseException as error:
            raise RefusedError(f"SMTP {error.code}: {_without_addresses(error.message)}") from None
        except aiosmtplib.SMTPException as error:
            raise RefusedError(f"SMTP: {type(error).__name__}") from None

    def _mail(self, letter: Letter) -> EmailMessage:
        """A mail client takes two with one Message-ID for one, and puts those of one alert together."""
        domain = self._server.sender.rpartition("@")[2]
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f"vigie <{self._server.sender}>"
        mail["To"] = ", ".join(self._to)
        mail["Subject"] = " ".join(letter.title.split())
        mail["Date"] = format_datetime(letter.made_at)
        mail["Message-ID"] = f"<{letter.key}@{domain}>"
        mail["References"] = f"<{letter.alert.id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if letter.alert.severity == "page" and letter.alert.resolved_at is None:
            mail["Importance"] = "high"
        mail.set_content(f"{letter.text}\n\n{letter.link}\n")
        lines = "".join(f"<p>{escape(line)}</p>" for line in letter.text.splitlines())
        link = escape(letter.link, quote=True)
        mail.add_alternative(
            f'<!doctype html><html lang="fr"><body><h1 style="font-size:1.2em">{escape(letter.title)}</h1>{lines}'
            f'<p><a href="{link}">{link}</a></p></body></html>',
            subtype="html",
        )
        return mail


def _without_addresses(words: str) -> str:
    """What a server says may name whom it refuses."""
    return " ".join("…" if "@" in parseaddr(word)[1] or "@" in word else word for word in words.split())[:150]
