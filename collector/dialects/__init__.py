"""Dialects: what devices of other makers tell, in the contract's words."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from collector.messages import Reason


class Told(Struct, frozen=True, kw_only=True):
    """What a device of another maker told, in the contract's words; `data` is JSON."""

    id: str
    type: str
    time: datetime
    data: bytes
    sequence: object = None


class NotUnderstoodError(Exception):
    """`sentence` says what was found and what was expected."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason
        self.sentence = sentence


class Dialect(Protocol):
    def translate(self, payload: bytes, received: datetime) -> Told: ...
