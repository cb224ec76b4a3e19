"""Publishes a recorded day to the broker: JSON lines of topic and payload."""

import asyncio
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from collector.broker import BrokerSettings
from collector.publisher import Publisher


class ReplayError(Exception):
    """The file cannot be replayed; the text is a sentence for whoever gave it."""


class Line(Struct, frozen=True, kw_only=True):
    topic: str
    payload: Raw
    """As it is sent, but for a string, which is sent as its text."""


class Recorded(Struct, frozen=True):
    topic: str
    payload: bytes
    read: int
    """Bytes of the file read so far, for a progress bar."""


class _Timed(Struct):
    time: datetime | None = None


def recorded(path: Path) -> Iterator[Recorded]:
    """The messages of a file, gzip if its name ends in `.gz`. ReplayError names the line that is no message."""
    decoder, text = msgspec.json.Decoder(Line), msgspec.json.Decoder(str)
    try:
        with path.open("rb") as file:
            lines = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    message = decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise ReplayError(
                        f'{path}, line {number}: {error}; expected {{"topic": "...", "payload": {{...}}}}'
                    ) from None
                payload = bytes(message.payload)
                if payload.startswith(b'"'):
                    payload = text.decode(payload).encode()
                if not message.topic or set("+#\0") & set(message.topic):
                    raise ReplayError(
                        f'{path}, line {number}: found topic "{message.topic}", expected one without + or #'
                    )
                yield Recorded(message.topic, payload, file.tell())
    except (OSError, EOFError, zlib.error) as error:
        raise ReplayError(f"{path}: cannot be read: {error}") from None


async def replay(path: Path, broker: BrokerSettings, speed: float | None, progress: Callable[[int, int], None]) -> int:
    """Publishes every message, in order, and returns how many the broker acknowledged: all of them.

    With `speed`, messages keep the distances of their times, so many seconds in one. `progress` is told the messages
    acknowledged and the bytes of the file read.
    """
    publisher = Publisher(broker, f"vigie-replay-{os.getpid()}")
    pace = Pace(speed) if speed else None
    running = asyncio.create_task(publisher.run())
    read = 0
    try:
        for message in recorded(path):
            if pace:
                await pace.wait(message.payload)
            await publisher.publish(message.topic, message.payload)
            read = message.read
            progress(publisher.sent, read)
        await publisher.drain()
        progress(publisher.sent, read)
    finally:
        running.cancel()
        await asyncio.wait([running])
    return publisher.sent


class Pace:
    """Waits until a message's turn comes; one without a time goes with the one before."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._began: tuple[float, datetime] | None = None

    async def wait(self, payload: bytes) -> None:
        try:
            at = msgspec.json.decode(payload, type=_Timed).time
        except msgspec.DecodeError:
            return
        if at is None or at.tzinfo is None:
            return
        if self._began is None:
            self._began = self._loop.time(), at
        began, first = self._began
        await asyncio.sleep(max(began + (at - first).total_seconds() / self._speed - self._loop.time(), 0))
