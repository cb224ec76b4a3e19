"""What is shown is remembered until the archive has it, however long that is away."""

import asyncio
from collections.abc import Sequence

from structlog.testing import capture_logs

from dashboards.errors import AwayError
from dashboards.remembering import Memory
from tests.build import MONDAY, PARIS
from tests.fakes import FakeArchive
from tests.predictions import shown, waited
from ticketing.accuracy import Accuracy, Outcome, Shown

AWAY = AwayError("the database does not answer: OSError: gone")
PATIENCE_S = 5.0


async def of_week(archive: FakeArchive) -> Accuracy:
    (found,) = await archive.accuracies(["sud"], MONDAY, MONDAY)
    return found


async def test_what_was_shown_and_its_outcome_are_written_once() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive)
    memory.remember([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:00", 5, 10, 20)], [waited("A1", 7)])
    await memory.write()
    await memory.write()
    assert archive.trace == ["keep 2", "note 1"]
    assert ((await of_week(archive)).n, (await of_week(archive)).not_called) == (1, 1)


async def test_with_nothing_to_remember_nothing_is_asked() -> None:
    archive = FakeArchive(PARIS)
    await Memory(archive).write()
    assert archive.trace == []


async def test_of_a_customer_the_first_that_was_shown_and_the_last_outcome_count() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive)
    memory.remember([shown("A1", "9:00", 5, 10, 20)], [waited("A1", 7)])
    memory.remember([shown("A1", "9:00", 1, 2, 3)], [waited("A1", 12)])
    await memory.write()
    assert archive.trace == ["keep 1", "note 1"]
    assert (await of_week(archive)).bias_s == -120.0


async def test_what_the_archive_could_not_take_it_has_when_it_is_back() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive)
    archive.away = AWAY
    with capture_logs() as told:
        memory.remember([shown("A1", "9:00", 5, 10, 20)])
        await memory.write()
        memory.remember([shown("A2", "9:05", 5, 10, 20)], [waited("A1", 10)])
        await memory.write()
        assert archive.trace == []
        archive.away = None
        await memory.write()
    assert archive.trace == ["keep 2", "note 1"]
    assert [line["event"] for line in told] == [
        "predictions are not archived for now",
        "predictions are archived again",
    ]
    assert "gone" in told[0]["error"]


async def test_while_the_archive_is_away_the_newest_are_remembered_and_it_is_said_once_that_others_are_not() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive, most=3)
    archive.away = AWAY
    with capture_logs() as told:
        for number in range(10):
            memory.remember([shown(f"A{number}", "9:00", 5, 10, 20)], [waited(f"A{number}", 10)])
            await memory.write()
        # an outcome told again is new again
        memory.remember([], [waited("A7", 9)])
        memory.remember([], [waited("A2", 9)])
        archive.away = None
        await memory.write()
    assert [line["event"] for line in told] == [
        "predictions are not archived for now",
        "predictions wait for the archive: the oldest are dropped",
        "predictions are archived again",
    ]
    assert told[-1]["dropped"] == 7 + 7 + 1
    # A8's outcome made way for A2's, of which nothing is known any more
    assert ((await of_week(archive)).n, (await of_week(archive)).not_called) == (2, 1)


async def test_each_time_that_others_are_dropped_it_is_said_and_how_many_they_were() -> None:
    memory = Memory(FakeArchive(PARIS), most=3)
    with capture_logs() as told:
        for _ in range(2):
            memory.remember([], [waited(f"A{number}", 10) for number in range(5)])
            await memory.write()
    assert [(line["event"], line.get("dropped")) for line in told] == [
        ("predictions wait for the archive: the oldest are dropped", None),
        ("predictions are archived again", 2),
    ] * 2


class Slow:
    """An archive that lets something happen while it keeps."""

    def __init__(self) -> None:
        self.memory = Memory(self)
        self.told: list[Sequence[Shown] | Sequence[Outcome]] = []

    async def keep(self, shown_: Sequence[Shown]) -> None:
        self.told.append(list(shown_))
        if len(self.told) == 1:
            self.memory.remember([shown("A2", "9:00", 5, 10, 20)], [waited("A1", 12), waited("A2", 3)])

    async def note(self, outcomes: Sequence[Outcome]) -> int:
        self.told.append(list(outcomes))
        return len(outcomes)


async def test_what_comes_while_the_archive_writes_is_written_next_and_no_wait_before_what_was_shown() -> None:
    archive = Slow()
    archive.memory.remember([shown("A1", "9:00", 5, 10, 20)], [waited("A1", 7)])
    for _ in range(3):
        await archive.memory.write()
    assert archive.told == [
        [shown("A1", "9:00", 5, 10, 20)],
        [waited("A1", 7)],
        [shown("A2", "9:00", 5, 10, 20)],
        [waited("A1", 12), waited("A2", 3)],
    ]


async def test_what_the_archive_will_never_take_is_given_up() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive)
    archive.away = ValueError("out of range")
    memory.remember([shown("A1", "9:00", 5, 10, 20)], [waited("A1", 7)])
    with capture_logs() as told:
        await memory.write()
    assert [line["event"] for line in told] == ["predictions not archived"]
    archive.away = None
    memory.remember([shown("A2", "9:00", 5, 10, 20)])
    await memory.write()
    assert archive.trace == ["keep 1"]


async def test_it_writes_for_ever_whatever_becomes_of_the_archive_and_ends_when_it_is_told_to() -> None:
    archive = FakeArchive(PARIS)
    memory = Memory(archive, every_s=0)
    running = asyncio.create_task(memory.run())
    async with asyncio.timeout(PATIENCE_S):
        for number, trouble in enumerate((None, AWAY, OSError("of another kind"), None)):
            archive.away = trouble
            memory.remember([shown(f"A{number}", "9:00", 5, 10, 20)])
            for _ in range(20):  # turns of the loop
                await asyncio.sleep(0)
        assert archive.trace == ["keep 1", "keep 1"]
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()
