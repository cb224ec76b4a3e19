"""A room of a Matrix server, as Tchap is one: an ordinary account writes to a room that it is in."""

from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Meta, Struct

from alerts.channels.http import sent, taken
from alerts.channels.secret import secret
from alerts.letters import Letter
from ticketing.events import Name

FORBIDDEN = 403


class MatrixRecipient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="channel", tag="matrix"):
    """`token_file` holds the account's access token."""

    name: Name
    homeserver: str
    room: Annotated[str, Meta(pattern=r"^![^\s/]{1,254}$(?!\n)")]
    token_file: Path


class Matrix:
    def __init__(self, recipient: MatrixRecipient, session: aiohttp.ClientSession) -> None:
        """OSError if the token cannot be read."""
        self._room = quote(recipient.room, safe="")
        self._base = f"{recipient.homeserver.rstrip('/')}/_matrix/client/v3"
        self._headers = {"Authorization": f"Bearer {secret(recipient.token_file)}"}
        self._session = session

    async def send(self, letter: Letter) -> None:
        # a server takes two of one transaction for one
        address = f"{self._base}/rooms/{self._room}/send/m.room.message/{quote(letter.key, safe='')}"
        body = msgspec.json.encode(_content(letter))
        status, _ = await sent(self._session, "PUT", address, body, self._headers)
        if status == FORBIDDEN:
            joined, _ = await sent(self._session, "POST", f"{self._base}/join/{self._room}", b"{}", self._headers)
            taken(joined, "the room")
            status, _ = await sent(self._session, "PUT", address, body, self._headers)
        taken(status, "the Matrix server")


def _content(letter: Letter) -> dict[str, str]:
    lines = "".join(f"<br>{escape(line)}" for line in letter.text.splitlines())
    link = escape(letter.link, quote=True)
    return {
        "msgtype": "m.text" if letter.news in ("fired", "worsened", "escalated") else "m.notice",
        "body": f"{letter.title}\n{letter.text}\n{letter.link}",
        "format": "org.matrix.custom.html",
        "formatted_body": f'<strong>{escape(letter.title)}</strong>{lines}<br><a href="{link}">{link}</a>',
    }
