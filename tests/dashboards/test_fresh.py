"""What is kept in memory for many: while its source hangs, when somebody goes on, and how much of it there may be."""

import asyncio

import pytest

from dashboards.errors import AwayError
from dashboards.fresh import KEPT_S, Fresh


class Source:
    """Answers with its text once it may; `asked` are the keys, in order."""

    def __init__(self) -> None:
        self.text, self.asked = "one", list[str]()
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None

    async def read(self, key: str) -> str:
        self.asked.append(key)
        await self.go.wait()
        if self.error:
            raise self.error
        return f"{key} {self.text}"


async def test_while_its_source_hangs_what_is_older_is_given_and_what_comes_at_last_is_kept() -> None:
    source, now = Source(), [0.0]
    fresh = Fresh(source.read, most=9, monotonic=lambda: now[0], patience_s=0.0)
    assert await fresh.get("a") == "a one"
    source.go.clear()
    source.text, now[0] = "two", KEPT_S
    assert [await fresh.get("a") for _ in range(5)] == ["a one"] * 5
    # one reading, whoever waits for it
    assert source.asked == ["a", "a"]
    source.go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await fresh.get("a") == "a two"
    assert source.asked == ["a", "a"]


async def test_whoever_goes_on_does_not_end_what_others_wait_for() -> None:
    source = Source()
    source.go.clear()
    fresh = Fresh(source.read, most=9)
    first, second = (asyncio.create_task(fresh.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.go.set()
    assert await second == "a one"
    assert source.asked == ["a"]


async def test_what_was_asked_for_least_lately_goes_when_there_is_too_much() -> None:
    source = Source()
    fresh = Fresh(source.read, most=10, weigh=len)  # two of five letters
    for key in ("a", "b", "a", "c", "a", "b"):
        await fresh.get(key)
    assert source.asked == ["a", "b", "c", "b"]


async def test_an_error_that_is_no_outage_is_not_hidden_behind_what_is_older() -> None:
    source, now = Source(), [0.0]
    fresh = Fresh(source.read, most=9, monotonic=lambda: now[0])
    await fresh.get("a")
    now[0], source.error = KEPT_S, ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await fresh.get("a")
    source.error = AwayError("away")
    assert await fresh.get("a") == "a one"
