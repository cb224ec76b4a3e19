"""The parts that run for ever: they outlast the database, and end when they are told to, whatever comes just then."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

from collector.devices import Changes
from collector.intake import Intake
from collector.journal import NOTHING, Appended
from collector.messages import Message, Record, Rejected
from dashboards.stream import Stream
from tests.collector.words import DECODER, devices

PATIENCE_S = 5.0


def changing() -> Stream:
    """Of one area, whose content is never the same."""
    numbers = count()
    return Stream(["sud"], lambda _: b"%d" % next(numbers), "live", every=0.0, tick=60.0)


async def read(stream: Stream) -> None:
    async for _ in stream.read():
        pass


async def test_a_stream_ends_when_it_is_told_to_in_the_moment_something_changes() -> None:
    stream = changing()
    browser = asyncio.create_task(read(stream))
    assert await ends(stream.run(), lambda: stream.stir("sud"))
    browser.cancel()
    await asyncio.wait([browser])


async def test_a_browser_that_leaves_in_the_moment_something_changes_is_let_go() -> None:
    stream = changing()
    publishing = asyncio.create_task(stream.run())
    assert await ends(read(stream), lambda: stream._publish("sud", 0.0))
    publishing.cancel()
    await asyncio.wait([publishing])


class Confused:
    """A journal whose connection the server has just told that it shuts down, and that works on the next one."""

    def __init__(self) -> None:
        self.asked = 0

    async def append(
        self,
        records: Sequence[Record],
        rejected: Sequence[Rejected] = (),  # noqa: ARG002
        changes: Changes = NOTHING,  # noqa: ARG002
    ) -> Appended:
        self.asked += 1
        if self.asked == 1:
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
        return Appended(new=len(records), doubled=0)


class Box:
    def __init__(self) -> None:
        self.acknowledged: list[Message] = []

    async def batches(self) -> AsyncIterator[list[Message]]:
        yield []

    def acknowledge(self, messages: Iterable[Message]) -> None:
        self.acknowledged.extend(messages)


async def test_an_intake_tries_again_on_another_connection_when_the_server_shuts_down_under_it() -> None:
    journal, box = Confused(), Box()
    message = Message(topic="accueil/v1/aube/sud/borne-1/events", payload=b"no JSON", received=datetime.now(UTC))
    await Intake(box, journal, DECODER, devices(), None).take([message])
    assert journal.asked == 2
    assert box.acknowledged == [message]


async def ends(work: Coroutine[Any, Any, None], disturb: Callable[[], None]) -> bool:
    """Whether work that waits ends when it is disturbed and cancelled at once."""
    task = asyncio.create_task(work)
    for _ in range(10):  # turns of the loop, until it waits
        await asyncio.sleep(0)
    disturb()
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([task])
    return task.cancelled()
