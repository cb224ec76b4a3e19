"""A TCP proxy between a client and its broker that breaks as networks do."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from threading import Thread
from typing import Self

from tests.servers import free_port, listening, until

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing then sends a reset, and what is under way is lost."""


class Proxy:
    """Forwards a port of its own to the target's, in a thread of its own.

    `life` gives the number of bytes, both ways together, after which a new connection is cut; None: never.
    """

    def __init__(self, target: int, life: Callable[[], int] | None = None) -> None:
        self.port = free_port()
        self.cuts = 0
        self.life = life
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._lines: set[_Line] = set()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: listening(self.port), "the proxy listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.cancel)
        self._thread.join(10)

    def cut(self) -> None:
        """Resets every connection, both ways at once."""
        self._loop.call_soon_threadsafe(self._cut)

    def stall(self) -> None:
        """From now on nothing passes and nothing closes: a dead network. New connections are taken, and stall too."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def resume(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def _cut(self) -> None:
        for line in list(self._lines):
            line.cut()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._over = asyncio.ensure_future(asyncio.Event().wait())
        try:
            await self._over
        finally:
            server.close()
            lines = list(self._lines)
            self._cut()
            await asyncio.gather(*(line.closed.wait() for line in lines))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            towards = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        line = _Line((reader, writer), towards, self.life() if self.life else None, self._flowing)
        self._lines.add(line)
        try:
            self.cuts += await line.carry()
        finally:
            self._lines.discard(line)
            line.closed.set()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Line:
    """One connection through the proxy."""

    def __init__(self, client: Ends, broker: Ends, life: int | None, flowing: asyncio.Event) -> None:
        self._client, self._broker, self._life, self._flowing = client, broker, life, flowing
        self.closed = asyncio.Event()
        self._reset = False

    def cut(self) -> None:
        self._reset = True
        for _, writer in (self._client, self._broker):
            if (sock := writer.get_extra_info("socket")) is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def carry(self) -> bool:
        """Until one side closes or the line is cut; whether it was cut."""
        ways = {
            asyncio.ensure_future(self._pump(self._client[0], self._broker[1])),
            asyncio.ensure_future(self._pump(self._broker[0], self._client[1])),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for _, writer in (self._client, self._broker):
            writer.close()
        return self._reset

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(CHUNK):
                await self._flowing.wait()
                if self._life is not None:
                    left, self._life = self._life, max(0, self._life - len(chunk))
                    if len(chunk) >= left:
                        sink.write(chunk[:left])  # the other side gets the beginning of a packet
                        await sink.drain()
                        self.cut()
                        return
                sink.write(chunk)
                await sink.drain()
