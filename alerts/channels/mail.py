"""Mail over SMTP: never without TLS unless the operator says so, and the same mail however often it is sent."""

import ssl
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path
from typing import Annotated, Literal

import aiosmtplib
import structlog
from msgspec import Meta, Struct

from alerts.channels.secret import secret
from alerts.letters import Letter, RefusedError
from ticketing.events import Name

log = structlog.get_logger()

REMEMBERED = 1000
TIMEOUT_S = 15.0
TEMPORARY = range(400, 500)
WHOLE = SMTP.clone(max_line_length=998)
"""Lines as long as SMTP has them: what does not fit its line is encoded, and no mail client knows an id again so."""
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
        self._server, self._name, self._to = server, recipient.name, recipient.to
        self._password = secret(server.password_file) if server.password_file else None
        self._had: dict[str, frozenset[str]] = {}
        """By key, the addresses that have a mail which others have not yet; forgotten when vigie ends."""
        self._context = ssl.create_default_context(cafile=server.ca_file)

    async def send(self, letter: Letter) -> None:
        server = self._server
        secure = server.tls != "none"
        had = self._had.get(letter.key, frozenset())
        to = [address for address in self._to if address not in had]
        try:
            refused, _ = await aiosmtplib.send(
                # in bytes, for it would fold a mail's lines by a policy of its own
                self._mail(letter).as_bytes(),
                sender=server.sender,
                recipients=to,
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
            raise RefusedError(f"SMTP {_listed(one.code for one in error.recipients)}: recipient refused") from None
        except aiosmtplib.SMTPResponseException as error:
            raise RefusedError(f"SMTP {error.code}: {_without_addresses(error.message)}") from None
        except aiosmtplib.SMTPException as error:
            raise RefusedError(f"SMTP: {type(error).__name__}") from None
        self._had.pop(letter.key, None)
        codes = [answer.code for answer in refused.values()]
        # some were refused and the others have it: those get it again if that may help, else it is said
        if any(code in TEMPORARY for code in codes):
            while len(self._had) >= REMEMBERED:
                del self._had[next(iter(self._had))]
            self._had[letter.key] = had | (set(to) - refused.keys())
            raise RefusedError(f"SMTP {_listed(codes)}: refused for {len(codes)} of {len(self._to)} addresses")
        if codes:
            log.error("a mail is not taken for some addresses", recipient=self._name, refused=len(codes), codes=codes)

    def _mail(self, letter: Letter) -> EmailMessage:
        """A mail client takes two with one Message-ID for one, and puts those of one alert together."""
        domain = self._server.sender.rpartition("@")[2]
        mail = EmailMessage(policy=WHOLE)
        mail["From"] = f"vigie <{self._server.sender}>"
        mail["To"] = ", ".join(self._to)
        mail["Subject"] = " ".join(letter.title.splitlines())
        mail["Date"] = format_datetime(letter.made_at)
        mail["Message-ID"] = f"<{letter.key}@{domain}>"
        mail["References"] = f"<{letter.alert.id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if letter.alert.severity == "page" and letter.alert.resolved_at is None:
            mail["Importance"] = "high"
        mail.set_content(f"{letter.text}\n\n{letter.link}\n", cte="quoted-printable")
        lines = "".join(f"<p>{escape(line)}</p>" for line in letter.text.splitlines())
        link = escape(letter.link, quote=True)
        mail.add_alternative(
            f'<!doctype html><html lang="fr"><body><h1 style="font-size:1.2em">{escape(letter.title)}</h1>{lines}'
            f'<p><a href="{link}">{link}</a></p></body></html>',
            subtype="html",
            cte="quoted-printable",
        )
        return mail


def _listed(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(set(codes))))


def _without_addresses(words: str) -> str:
    """What a server says may name whom it refuses."""
    return " ".join("…" if "@" in parseaddr(word)[1] or "@" in word else word for word in words.split())[:150]
