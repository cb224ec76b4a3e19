"""Alerts by mail: the same mail however often it is sent."""

from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Annotated

import structlog
from msgspec import Meta, Struct

from alerts.channels.submission import WHOLE, Address, MailSettings, Submission, listed
from alerts.letters import Letter, RefusedError
from ticketing.events import Name

log = structlog.get_logger()

REMEMBERED = 1000
TEMPORARY = range(400, 500)


class MailRecipient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="mail"):
    name: Name
    to: Annotated[list[Address], Meta(min_length=1, max_length=20)]


class Mail:
    def __init__(self, server: MailSettings, recipient: MailRecipient) -> None:
        """OSError if a file cannot be read."""
        self._server, self._name, self._to = server, recipient.name, recipient.to
        self._submission = Submission(server)
        self._had: dict[str, frozenset[str]] = {}
        """By key, the addresses that have a mail which others have not yet; forgotten when vigie ends."""

    async def send(self, letter: Letter) -> None:
        had = self._had.get(letter.key, frozenset())
        to = [address for address in self._to if address not in had]
        refused = await self._submission.submit(self._mail(letter), to)
        self._had.pop(letter.key, None)
        codes = list(refused.values())
        # some were refused and the others have it: those get it again if that may help, else it is said
        if any(code in TEMPORARY for code in codes):
            while len(self._had) >= REMEMBERED:
                del self._had[next(iter(self._had))]
            self._had[letter.key] = had | (set(to) - refused.keys())
            raise RefusedError(f"SMTP {listed(codes)}: refused for {len(codes)} of {len(self._to)} addresses")
        if codes:
            log.error("a mail is not taken for some addresses", recipient=self._name, refused=len(codes), codes=codes)

    def _mail(self, letter: Letter) -> EmailMessage:
        """A mail client takes two with one Message-ID for one, and puts those of one alert together."""
        domain = self._server.domain
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
