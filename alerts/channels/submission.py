"""Handing a mail over to the server that takes ours: never without TLS unless the operator says so."""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

import aiosmtplib
from msgspec import Meta, Struct

from alerts.channels.secret import secret
from alerts.letters import RefusedError

TIMEOUT_S = 15.0
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

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


class Submission:
    """To one server."""

    def __init__(self, server: MailSettings) -> None:
        """OSError if a file cannot be read."""
        self._server = server
        self._password = secret(server.password_file) if server.password_file else None
        self._context = ssl.create_default_context(cafile=server.ca_file)

    async def submit(self, mail: EmailMessage, to: Sequence[str]) -> Mapping[str, int]:
        """The addresses that were refused, and with which code; all others have it. RefusedError where nobody has."""
        server = self._server
        try:
            refused, _ = await aiosmtplib.send(
                # in bytes, for it would fold a mail's lines by a policy of its own
                mail.as_bytes(),
                sender=server.sender,
                recipients=list(to),
                hostname=server.host,
                port=server.port,
                use_tls=server.tls == "implicit",
                start_tls=server.tls == "starttls",
                tls_context=self._context if server.tls != "none" else None,
                username=server.user,
                password=self._password,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise RefusedError(f"SMTP {listed(one.code for one in error.recipients)}: recipient refused") from None
        except aiosmtplib.SMTPResponseException as error:
            raise RefusedError(f"SMTP {error.code}: {_without_addresses(error.message)}") from None
        except aiosmtplib.SMTPException as error:
            raise RefusedError(f"SMTP: {type(error).__name__}") from None
        return {address: answer.code for address, answer in refused.items()}


def listed(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(set(codes))))


def _without_addresses(words: str) -> str:
    """What a server says may name whom it refuses."""
    return " ".join("…" if "@" in parseaddr(word)[1] or "@" in word else word for word in words.split())[:150]
