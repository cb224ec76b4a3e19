"""What browsers are sent, and when."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from dashboards.stream import Stream


class Source:
    """Contents by key, and how often each was rendered."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {"sud": b"0", "nord": b"0"}
        self.rendered: list[str] = []

    def __call__(self, key: str) -> bytes:
        self.rendered.append(key)
        return self.contents[key]


def stream_of(source: Source, event: str = "live", *, every: float = 0.0, tick: float = 60.0) -> Stream:
    return Stream(source.contents, source, event, every=every, tick=tick)


@asynccontextmanager
async def running(stream: Stream) -> AsyncIterator[None]:
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def frames(reader: AsyncIterator[bytes]) -> list[tuple[str, str]]:
    """Id and data of the frames of the next write."""
    text = (await asyncio.wait_for(anext(reader), 5)).decode()
    return [
        (frame.split("id: ")[1].split("\n")[0], frame.split("data: ")[1].split("\n")[0])
        for frame in text.split("\n\n")
        if "data: " in frame
    ]


async def opened(stream: Stream) -> AsyncGenerator[bytes, None]:
    reader = stream.read()
    assert (await anext(reader)).startswith(b"retry:")
    return reader


async def test_a_reader_gets_the_present_state_and_then_what_changes() -> None:
    source = Source()
    stream = stream_of(source)
    async with running(stream):
        reader = await opened(stream)
        assert sorted(data for _, data in await frames(reader)) == ["0", "0"]
        source.contents["sud"] = b"1"
        stream.stir("sud")
        assert [data for _, data in await frames(reader)] == ["1"]


async def test_ids_rise() -> None:
    source = Source()
    stream = stream_of(source)
    async with running(stream):
        reader = await opened(stream)
        seen = [int(number) for number, _ in await frames(reader)]
        for content in (b"1", b"2", b"3"):
            source.contents["sud"] = content
            stream.stir("sud")
            seen += [int(number) for number, _ in await frames(reader)]
        assert seen == sorted(set(seen))
        assert len(seen) == 5


async def test_nothing_is_sent_when_nothing_changed() -> None:
    source = Source()
    stream = stream_of(source)
    async with running(stream):
        reader = await opened(stream)
        await frames(reader)
        stream.stir("nord")
        source.contents["sud"] = b"1"
        stream.stir("sud")
        assert [data for _, data in await frames(reader)] == ["1"]


async def test_a_late_reader_gets_the_last_of_each_area_and_costs_others_nothing() -> None:
    source = Source()
    stream = stream_of(source)
    async with running(stream):
        slow, quick = await opened(stream), await opened(stream)
        await frames(slow)
        await frames(quick)
        for number in range(1, 51):
            source.contents["sud"] = str(number).encode()
            stream.stir("sud")
            assert [data for _, data in await frames(quick)] == [str(number)]
        assert [data for _, data in await frames(slow)] == ["50"]


async def test_an_area_is_sent_at_once_and_then_at_most_so_often() -> None:
    source = Source()
    stream = stream_of(source, every=0.3)
    clock = asyncio.get_running_loop().time
    async with running(stream):
        reader = await opened(stream)
        await frames(reader)
        sent = []
        for number in range(1, 4):
            source.contents["sud"] = str(number).encode()
            stream.stir("sud")
            assert [data for _, data in await frames(reader)] == [str(number)]
            sent.append(clock())
        assert sent[1] - sent[0] >= 0.29
        assert sent[2] - sent[1] >= 0.29


async def test_time_alone_is_noticed_at_every_tick() -> None:
    source = Source()
    stream = stream_of(source, tick=0.05)
    async with running(stream):
        reader = await opened(stream)
        await frames(reader)
        source.contents["nord"] = b"later"
        assert [data for _, data in await frames(reader)] == ["later"]


async def test_a_reader_that_leaves_is_forgotten() -> None:
    stream = stream_of(Source())
    reader = stream.read()
    await anext(reader)
    assert stream.readers == 1
    await reader.aclose()
    assert stream.readers == 0


async def test_every_line_of_a_content_is_data() -> None:
    source = Source()
    source.contents = {"sud": b"<p>\n</p>", "nord": b""}
    stream = stream_of(source, "part")
    async with running(stream):
        reader = await opened(stream)
        text = await asyncio.wait_for(anext(reader), 5)
        assert b"event: part\n" in text
        assert b"data: <p>\ndata: </p>\n\n" in text


async def test_nothing_is_rendered_while_nobody_reads_and_the_next_reader_gets_the_present() -> None:
    source = Source()
    stream = stream_of(source)
    async with running(stream):
        reader = await opened(stream)
        await frames(reader)
        await reader.aclose()
        rendered = len(source.rendered)
        source.contents["sud"] = b"later"
        stream.stir("sud")
        await asyncio.sleep(0)
        assert len(source.rendered) == rendered
        again = await opened(stream)
        assert sorted(data for _, data in await frames(again)) == ["0", "later"]


async def test_a_reader_is_told_at_every_tick_that_we_are_there_even_when_nothing_changes() -> None:
    stream = stream_of(Source(), tick=0.05)
    async with running(stream):
        reader = await opened(stream)
        told = b""
        async with asyncio.timeout(5):
            while told.count(b"event: still") < 3:
                told += await anext(reader)
        assert told.count(b"event: live") == 2
