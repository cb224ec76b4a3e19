"""The log of alerts in PostgreSQL: their state, timelines, silences and outbox. All SQL of this package."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from alerts.letters import Message
from ticketing.alert import Alert, Moment, Mute, Record, Undelivered

T = TypeVar("T")


class AwayError(Exception):
    """The database does not answer; the text is a sentence."""


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Change(Struct, frozen=True, kw_only=True):
    """An alert as it is to be kept, with what is new in its timeline and in the outbox.

    `gone`: it never fired, and is to be forgotten.
    """

    alert: Alert
    moments: tuple[Moment, ...] = ()
    messages: tuple[Message, ...] = ()
    gone: bool = False


class Claimed(Struct, frozen=True, kw_only=True):
    """A message that is ours to send for a while, the alert as it is now, and the keys of later messages of the same
    alert to the same recipient, which this one stands for. `age`: since it was put into the outbox, by the database's
    clock.
    """

    message: Message
    alert: Alert
    covers: tuple[str, ...]
    attempts: int
    age: timedelta


Decide = Callable[[Sequence[Alert], Sequence[Mute]], Sequence[Change]]


class Log:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def turn(self, decide: Decide, now: datetime) -> None:
        """One tick in one transaction: `decide` is given all that is pending or open and the silences in force at
        `now`, and what it returns is kept. One at a time, whoever else takes turns on this database.
        """
        raise NotImplementedError

    async def acknowledge(self, alert: str, who: str, note: str, at: datetime) -> Alert | None:
        """The alert as it is then; None if there is none. One that is acknowledged already, or over, stays as it is;
        the note is kept all the same.
        """
        raise NotImplementedError

    async def note(self, alert: str, who: str, text: str, at: datetime) -> Alert | None:
        raise NotImplementedError

    async def mute(
        self, alert: str, *, subject: str | None, until: datetime, who: str, reason: str, at: datetime
    ) -> Mute | None:
        """Silences the alert's topic in its area, or one subject of it; None if there is no such alert."""
        raise NotImplementedError

    async def unmute(self, mute: int, who: str, at: datetime) -> Mute | None:
        """Ends a silence now; None if there is none, or it is over."""
        raise NotImplementedError

    async def mutes(self, at: datetime) -> list[Mute]:
        """In force at an instant, the first to end first."""
        raise NotImplementedError

    async def open(self) -> list[Alert]:
        """Firing or acknowledged, the latest first."""
        raise NotImplementedError

    async def records(self, since: datetime, until: datetime, area: str | None = None) -> list[Record]:
        """Of the alerts that were open at some time in [since, until), the latest to fire first."""
        raise NotImplementedError

    async def record(self, alert: str) -> Record | None:
        raise NotImplementedError

    # ------------------------------------------------------------ the outbox

    async def claim(self, most: int, lease: timedelta) -> list[Claimed]:
        """Messages that are due, the oldest first, at most one of each alert and recipient, and none of those that are
        claimed already. Whoever does not say within `lease` what became of it loses it to the next.
        """
        raise NotImplementedError

    async def delivered(self, claimed: Claimed, who: str, at: datetime) -> None:
        """It was, with those it covers; the timeline says so."""
        raise NotImplementedError

    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime) -> None:
        """It was not; to be sent again after a while or, None, given up."""
        raise NotImplementedError

    async def undelivered(self) -> list[Undelivered]:
        """Recipients for whom something has failed and still waits, or was given up in the last day."""
        raise NotImplementedError

    async def next_due(self) -> timedelta | None:
        """How long until a message is due; None if none is in the outbox."""
        raise NotImplementedError
