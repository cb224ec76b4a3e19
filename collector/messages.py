"""What comes from the broker, and the three things that a message can be: an event, a heartbeat, or not understood."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

MAX_SIZE = 16 * 1024
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of a raw time that is worth keeping: beyond them are the `0001-01-01` that mean "never"."""

TOPIC = re.compile(r"accueil/v1/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/(events|status)")

Device = tuple[str, str, str]
"""Site, area and device."""
Reason = Literal["topic", "too_large", "not_json", "envelope", "data", "source", "unforeseen"]
Doubt = Literal["future", "ancient", "corrected", "untold"]


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """What came from the broker; `mid` and `generation` say how to acknowledge it."""

    topic: str
    payload: bytes
    received: datetime
    content_type: str | None = None
    properties: tuple[tuple[str, str], ...] = ()
    retained: bool = False
    mid: int = 0
    qos: int = 1
    generation: int = 0


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One event as the journal keeps it: `time` as the device told it, `at` as we believe it."""

    site: str
    area: str
    device: str
    id: str
    type: str
    time: datetime
    at: datetime
    received: datetime
    sequence: int | None
    data: str
    clock: Doubt | None = None
    """Why `at` is not the device's word: it is the time of receipt, or corrected by `correction`."""
    correction: timedelta | None = None

    @property
    def identity(self) -> Device:
        return self.site, self.area, self.device

    @property
    def late(self) -> timedelta:
        """How long after it happened it came."""
        return self.received - self.at


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A device says that it is there, or the broker says for it that it is gone."""

    site: str
    area: str
    device: str
    online: bool
    session: str | None
    heard: datetime
    told: datetime | None = None
    """The device's own clock at that moment; None where it told none, or where the broker repeats an old word."""
    waiting: Mapping[str, int] | None = None
    """How many wait in each queue, as the device counts them."""
    repeated: bool = False
    """The broker repeats it to us, who have just subscribed: it was told before, `heard` says when."""
    retired: bool = False
    """The status was taken back: the device is no longer missed."""

    @property
    def identity(self) -> Device:
        return self.site, self.area, self.device


class Rejected(Struct, frozen=True, kw_only=True):
    """A message that cannot be understood, with the reason in a word and in a sentence, and pseudonyms in its text."""

    topic: str
    reason: Reason
    detail: str
    received: datetime
    size: int
    payload: str
    content_type: str | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> Device:
        """Whose it is, as far as its topic tells; empty names where it does not."""
        found = TOPIC.fullmatch(self.topic)
        return (found[1], found[2], found[3]) if found else ("", "", "")
