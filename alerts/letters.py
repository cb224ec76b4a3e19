"""Letters: what is sent to whom about an alert, and how a channel is told."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from alerts.telling import News
from ticketing.alert import Alert


class Message(Struct, frozen=True, kw_only=True):
    """One in the outbox. `key` is the same however often it is sent; `alert` as it was when it was made."""

    key: str
    recipient: str
    news: News
    alert: Alert
    made_at: datetime


class Letter(Struct, frozen=True, kw_only=True):
    """A message as a channel sends it. `title` is one line, `text` a few; both French, without personal data.

    `alert` is as it is now; `was` the severity that it had before it worsened.
    """

    key: str
    news: News
    title: str
    text: str
    link: str
    alert: Alert
    area_name: str
    made_at: datetime


class RefusedError(Exception):
    """A peer did not take a letter; the text says why, and names nobody."""


class Channel(Protocol):
    async def send(self, letter: Letter) -> None:
        """Returns once the peer has it. RefusedError, OSError or TimeoutError: it may not, and is to be sent again."""
