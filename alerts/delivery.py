"""The delivery: from the outbox to the recipients, each message again until it has arrived or is too old."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
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
MOST = 64
"""Recipients who are sent something at a time."""
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
"""Until the second try, and at most between two."""
JITTER = 0.2
SOONEST_S, IDLE_S = 0.05, 5.0


class Sending(Protocol):
    async def claim(self, most: int, lease: timedelta, busy: Collection[str], /) -> list[Claimed]: ...
    async def delivered(self, claimed: Claimed, at: datetime, /) -> None: ...
    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime, /) -> None: ...
    async def next_due(self, busy: Collection[str], /) -> timedelta | None: ...


class Delivery:
    """To each recipient one letter at a time, so that one whose server hangs keeps nobody else waiting.

    `letter` writes what is claimed; `clock` tells when it arrived, for the timeline.
    """

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
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._stirred = asyncio.Event()
        self._said = ""

    def stir(self) -> None:
        """There is something to send."""
        self._stirred.set()

    async def run(self) -> None:
        """For ever: sends what is due, and sleeps until something is."""
        try:
            while True:
                self._stirred.clear()
                pause = await self._begun()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stirred.wait()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _begun(self) -> float:
        """Begins what is due; in how many seconds something may be again, unless we are stirred before."""
        try:
            await self._begin()
            due = await self._outbox.next_due(tuple(self._under_way))
        except AwayError as error:
            self._say("nothing can be sent for now", error)
        except Exception as error:  # noqa: BLE001 - what cannot be sent once must stop nothing beside us
            self._say("nothing sent", error)
        else:
            self._said = ""
            if due is not None and len(self._under_way) < MOST:
                return min(max(due.total_seconds(), SOONEST_S), IDLE_S)
        return IDLE_S

    def _say(self, what: str, error: Exception) -> None:
        if self._said != (said := f"{type(error).__name__}: {error}"):
            log.error(what, error=said)
        self._said = said

    async def once(self) -> int:
        """Sends what is due now, side by side; how many there were."""
        begun = await self._begin()
        await asyncio.gather(*begun)
        return len(begun)

    async def _begin(self) -> list[asyncio.Task[None]]:
        busy = tuple(self._under_way)
        begun = []
        for claimed in await self._outbox.claim(MOST - len(busy), self._lease, busy):
            recipient = claimed.message.recipient
            task = self._under_way[recipient] = asyncio.create_task(self._deliver(claimed))
            task.add_done_callback(partial(self._over, recipient))
            begun.append(task)
        return begun

    def _over(self, recipient: str, _: asyncio.Task[None]) -> None:
        del self._under_way[recipient]
        self.stir()

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            await self._send(claimed)
        except AwayError as error:
            # once the lease is over it is sent again, under the same key
            self._say("what became of a message cannot be kept", error)
        except Exception as error:  # noqa: BLE001 - nobody waits for us who could know what to do
            self._say("what became of a message is not kept", error)

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
    """Why, without what might name somebody, and without what no database takes."""
    if isinstance(error, RefusedError):
        return "".join(sign if sign.isprintable() else " " for sign in str(error)[:200])
    if isinstance(error, TimeoutError):
        return "no answer in time"
    # what the error says itself may be an address
    return os.strerror(error.errno) if type(error) is OSError and error.errno else type(error).__name__
