"""The trail: what is done is written there in its order, whatever becomes of the database."""

import asyncio
from collections.abc import Iterable

import pytest

from dashboards.sign_in.guard import plain
from dashboards.sign_in.store import Deed
from dashboards.sign_in.trail import MOST, Trail
from tests.build import at
from tests.dashboards.sign_in.kept import FakeStore


def deed(number: int) -> Deed:
    return Deed(at=at("9:30"), account="id-ida", who="Ida", action="/compte", subject=str(number))


class Slow(FakeStore):
    """Goes away in the middle of writing until it is `back`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.back = asyncio.Event(), asyncio.Event()

    async def note(self, deeds: Iterable[Deed]) -> None:
        self.asked.set()
        await self.back.wait()
        await super().note(deeds)


async def test_what_is_done_while_the_database_is_away_is_written_in_its_order_when_it_is_back() -> None:
    store = FakeStore()
    trail = Trail(store)
    store.away = True
    trail.add(deed(1))
    await trail.write()
    trail.add(deed(2))
    assert store.deeds == []
    store.away = False
    await trail.write()
    await trail.write()
    assert store.deeds == [deed(1), deed(2)]


async def test_what_is_done_while_it_writes_is_neither_lost_nor_written_twice() -> None:
    store = Slow()
    trail = Trail(store)
    trail.add(deed(1))
    first, second = asyncio.create_task(trail.write()), asyncio.create_task(trail.write())
    await store.asked.wait()
    trail.add(deed(2))
    store.back.set()
    await asyncio.gather(first, second)
    assert store.deeds == [deed(1), deed(2)]


async def test_what_was_done_just_before_the_end_is_written() -> None:
    store = Slow()
    trail = Trail(store)
    running = asyncio.create_task(trail.run())
    trail.add(deed(1))
    await store.asked.wait()
    trail.add(deed(2))
    running.cancel()
    store.back.set()
    await asyncio.wait([running])
    assert [one.subject for one in store.deeds[-2:]] == ["1", "2"]


async def test_of_too_many_the_first_stay() -> None:
    store = FakeStore()
    store.away = True
    trail = Trail(store)
    for number in range(MOST + 5):
        trail.add(deed(number))
    store.away = False
    await trail.write()
    assert [store.deeds[0], store.deeds[-1], len(store.deeds)] == [deed(0), deed(MOST - 1), MOST]


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ("w1 acknowledge", "w1 acknowledge"),
        ("sud Séjour", "sud Séjour"),
        ("a\x00b", "a?b"),
        ("a\nb\x1b[31m", "a?b?[31m"),
        ("\ud800", "?"),
        ("\u202egnp", "?gnp"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_what_stands_in_an_address_is_kept_as_words_that_the_database_takes(found: str, kept: str) -> None:
    assert plain(found) == kept
