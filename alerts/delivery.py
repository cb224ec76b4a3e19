"""The delivery: from the outbox to the recipients, each message again until it has arrived or is too old."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

import structlog

from alerts.letters import Channel, Letter, RefusedError
from alerts.log import AwayError
from alerts.outbox import Claimed

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
PATIENCE_S = 20.0
"""A peer that has not taken a message by then may have: it is sent again, under the same key."""
MOST = 16
"""Sent at a time."""
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
"""Until the second try, and at most between two."""
JITTER = 0.2
IDLE_S = 5.0


class Sending(Protocol):
    async def claim(self, most: int, lease: timedelta, /) -> list[Claimed]: ...
    async def delivered(self, claimed: Claimed, at: datetime, /) -> None: ...
    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime, /) -> None: ...
    async def next_due(self) -> timedelta | None: ...


class Delivery:
    """`letter` writes what is claimed; `clock` tells when it arrived, for the timeline."""

    def __init__(
        self,
        outbox: Sending,
        channels: Mapping[str, Channel],
        letter: Callable[[Claimed], Letter],
        clock: Callable[[], datetime],
        *,
        give_up_after: timedelta,
        patience_s: float = PATIENCE_S,
        lease: timedelta = LEASE,
        chance: Random | None = None,
    ) -> None:
        self._outbox, self._channels, self._letter, self._clock = outbox, channels, letter, clock
        self._give_up_after, self._patience_s, self._lease = give_up_after, patience_s, lease
        self._chance = chance or Random()  # noqa: S311 - so that tries do not all come at once
        self._stirred = asyncio.Event()
        self._said = ""

    def stir(self) -> None:
        """There is something to send."""
        self._stirred.set()

    async def run(self) -> None:
        """For ever: sends what is due, and sleeps until something is."""
        while True:
            self._stirred.clear()
            pause = IDLE_S
            try:
                if not await self.once():
                    next_due = await self._outbox.next_due()
                    pause = IDLE_S if next_due is None else min(max(next_due.total_seconds(), 0.05), IDLE_S)
                else:
                    pause = 0.0
                self._said = ""
            except AwayError as error:
                self._say("nothing can be sent for now", error)
            except Exception as error:  # noqa: BLE001 - what cannot be sent once must stop nothing beside us
                self._say("nothing sent", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stirred.wait()

    def _say(self, what: str, error: Exception) -> None:
        if self._said != (said := f"{type(error).__name__}: {error}"):
            log.error(what, error=said)
        self._said = said

    async def once(self) -> int:
        """Sends what is due now, side by side; how many there were."""
        claimed = await self._outbox.claim(MOST, self._lease)
        await asyncio.gather(*(self._send(one) for one in claimed))
        return len(claimed)

    async def _send(self, claimed: Claimed) -> None:
        recipient = claimed.message.recipient
        channel = self._channels.get(recipient)
        if channel is None:
            await self._outbox.failed(claimed, "not configured", None, self._clock())
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await channel.send(self._letter(claimed))
        except Exception as error:
            # one recipient must not keep the others from being told
            if not isinstance(error, RefusedError | OSError | TimeoutError):
                log.exception("not sent", recipient=recipient)
            await self._outbox.failed(claimed, _words(error), self._again_in(claimed), self._clock())
            if claimed.attempts == 1:
                log.warning("not delivered yet", recipient=recipient, error=_words(error))
            return
        await self._outbox.delivered(claimed, self._clock())

    def _again_in(self, claimed: Claimed) -> timedelta | None:
        """Twice as long after each failure, give or take a fifth; None once the message is too old."""
        if claimed.age >= self._give_up_after:
            return None
        # 2 ** 10 is beyond the longest already
        pause: timedelta = min(FIRST * 2 ** min(claimed.attempts - 1, 10), LONGEST)
        return pause * self._chance.uniform(1 - JITTER, 1 + JITTER)


def _words(error: Exception) -> str:
    """Why, without what might name somebody."""
    if isinstance(error, RefusedError):
        return str(error)[:200]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return type(error).__name__ if not isinstance(error, OSError) else (error.strerror or type(error).__name__)
