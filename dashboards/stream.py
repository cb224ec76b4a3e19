"""Server-sent events: the latest state to every browser, however slow; a stalled one costs others nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping
from types import MappingProxyType

import structlog

log = structlog.get_logger()

RETRY_MS = 2000
STILL = b"event: still\ndata:\n\n"
"""Sent at every tick: nothing may have changed, but we are there."""
STILL_KEY = "*still"
"""No area has such an id."""


class Stream:
    """Frames by key (an area): a reader that is late gets the last of each, not all of them.

    Rendered at most once in `every` seconds a key when something happens, and at every `tick` for what time alone
    changes; not at all while nobody reads.
    """

    def __init__(
        self,
        keys: Iterable[str],
        render: Callable[[str], bytes],
        event: str,
        *,
        every: float,
        tick: float,
        otherwise: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`event` is the name of all frames but those of the keys in `otherwise`."""
        self._otherwise = otherwise
        self._keys = list(keys)
        self._render, self._event, self._every, self._tick = render, event, every, tick
        self._frames: dict[str, bytes] = {}
        self._contents: dict[str, bytes] = {}
        self._sent: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._stirred = asyncio.Event()
        self._readers: set[_Reader] = set()
        self._count = 0

    def stir(self, key: str) -> None:
        """Something of this key may have changed; of keys that are not ours, nothing is said."""
        if key in self._keys:
            self._dirty.add(key)
            self._stirred.set()

    @property
    def readers(self) -> int:
        return len(self._readers)

    async def run(self) -> None:
        """Renders and sends, until cancelled."""
        next_tick = time.monotonic()
        while True:
            if not self._readers:
                self._stirred.clear()
                await self._stirred.wait()
                continue
            now = time.monotonic()
            if now >= next_tick:
                self._dirty.update(self._keys)
                next_tick = now + self._tick
                for reader in self._readers:
                    reader.offer(STILL_KEY, STILL)
            for key in [key for key in self._dirty if now - self._sent.get(key, -1e9) >= self._every]:
                self._dirty.discard(key)
                self._publish(key, now)
            due = [self._sent.get(key, now) + self._every for key in self._dirty]
            self._stirred.clear()
            pause = max(min([next_tick, *due]) - time.monotonic(), 0.001)
            # not wait_for: 3.11's swallows a cancellation that comes with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stirred.wait()

    def _publish(self, key: str, now: float) -> None:
        try:
            content = self._render(key)
        except Exception:
            # one area that cannot be shown must not silence the others, nor the intake beside us
            log.exception("not rendered", stream=self._event, key=key)
            return
        if content == self._contents.get(key):
            return
        self._count += 1
        self._contents[key] = content
        self._sent[key] = now
        lines = b"".join(b"data: " + line + b"\n" for line in content.split(b"\n"))
        event = self._otherwise.get(key, self._event)
        self._frames[key] = b"event: %s\nid: %d\n%s\n" % (event.encode(), self._count, lines)
        for reader in self._readers:
            reader.offer(key, self._frames[key])

    async def read(self, only: Collection[str] | None = None) -> AsyncGenerator[bytes, None]:
        """What a browser is sent: the present state of every key, or of some alone, then every change."""
        if not self._readers:
            # nothing was rendered while nobody read: what is kept is of another time
            self._frames.clear()
            self._contents.clear()
            self._dirty.update(self._keys)
        reader = _Reader(self._frames, only)
        self._readers.add(reader)
        self._stirred.set()
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while True:
                yield await reader.next()
        finally:
            self._readers.discard(reader)


class _Reader:
    """One browser's unread frames: the latest of each key that it wants."""

    def __init__(self, frames: dict[str, bytes], only: Collection[str] | None) -> None:
        self._only = only
        self._unread = {key: frame for key, frame in frames.items() if self._wants(key)}
        self._some = asyncio.Event()

    def _wants(self, key: str) -> bool:
        return self._only is None or key in self._only or key == STILL_KEY

    def offer(self, key: str, frame: bytes) -> None:
        if self._wants(key):
            self._unread[key] = frame
            self._some.set()

    async def next(self) -> bytes:
        while not self._unread:
            self._some.clear()
            await self._some.wait()
        frames, self._unread = self._unread, {}
        return b"".join(frames.values())
