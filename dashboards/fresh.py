"""What many ask for, kept in memory: read anew at most once a minute, and still given while nothing can be read."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dashboards.errors import AwayError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_S = 60.0
AGAIN_S = 5.0
"""After a failure, nothing is asked for again sooner."""
PATIENCE_S = 1.0
"""How long somebody waits for what is new while there is something older."""


class Kept(Struct, Generic[V], frozen=True):
    value: V
    until: float
    """On the machine's clock."""


class Fresh(Generic[K, V]):
    """Each key is read by one at a time, whoever asks; what was asked for least lately goes first.

    `most` of what `weigh` says of each value is kept, one each unless told.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        *,
        most: int,
        weigh: Callable[[V], int] = lambda _value: 1,
        monotonic: Callable[[], float] = monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._read, self._most, self._weigh, self._monotonic = read, most, weigh, monotonic
        self._patience_s = patience_s
        self._kept: dict[K, Kept[V]] = {}
        self._reading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """AwayError only where nothing is kept."""
        kept = self._kept.pop(key, None)
        if kept:
            self._kept[key] = kept  # the last one asked for
            if self._monotonic() < kept.until:
                return kept.value
        task = self._reading.get(key) or self._begin(key)
        # not awaited itself: whoever goes on must not end what others wait for
        await asyncio.wait({task}, timeout=self._patience_s if kept else None)
        if kept and (not task.done() or isinstance(task.exception(), AwayError)):
            return kept.value
        return task.result()

    def _begin(self, key: K) -> asyncio.Task[V]:
        task = asyncio.create_task(self._anew(key))
        self._reading[key] = task
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _anew(self, key: K) -> V:
        try:
            value = await self._read(key)
        except AwayError:
            if kept := self._kept.get(key):
                self._kept[key] = replace(kept, until=self._monotonic() + AGAIN_S)
            raise
        finally:
            del self._reading[key]
        self._kept.pop(key, None)
        self._kept[key] = Kept(value, self._monotonic() + KEPT_S)
        while len(self._kept) > 1 and sum(self._weigh(one.value) for one in self._kept.values()) > self._most:
            del self._kept[next(iter(self._kept))]
        return value
