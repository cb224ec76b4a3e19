"""Dialects: small translators, one per maker, for devices that cannot send CloudEvents."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from collector.messages import Reason


class NotUnderstoodError(Exception):
    """A message that is no event: the reason in a word, and a sentence of what was found and what was expected."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason
        self.sentence = sentence


class Told(Struct, frozen=True, kw_only=True):
    """What a device of another maker told, in the contract's words; `data` is JSON.

    What has no counterpart in the contract keeps its own type, as `maker.word`, and its own data under `told`.
    """

    id: str
    type: str
    time: datetime
    """Aware; the time of receipt where the device told none, and then `timed` is False."""
    timed: bool = True
    data: bytes
    sequence: object = None


class Alive(Struct, frozen=True, kw_only=True):
    """A device says among its events that it is there, or that it goes."""

    online: bool = True


class Dialect(Protocol):
    """Has no memory: what a message means depends on it alone, and on when it was received."""

    def translate(self, payload: bytes, received: datetime) -> Told | Alive:
        """NotUnderstoodError where it cannot be read, and nothing else whatever the bytes."""
