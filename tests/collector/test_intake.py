"""Intake: a message is acknowledged after the commit that holds it, or not at all."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from collector.devices import Presence
from collector.intake import Intake, IntakeSettings, Tally
from collector.messages import Message
from tests.collector.words import DECODER, RECEIVED, WITHIN_S, devices, envelope, heard_between, message, status
from tests.fakes import FakeJournal, FakeMessages

AWAY: list[Callable[[], Exception]] = [
    lambda: ConnectionRefusedError(111, "Connection refused"),
    lambda: ConnectionResetError(104, "Connection reset by peer"),
    lambda: TimeoutError("no answer"),
    lambda: asyncpg.InterfaceError("connection is closed"),
    lambda: asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    lambda: asyncpg.CannotConnectNowError("the database system is starting up"),
    lambda: asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    lambda: asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
    lambda: asyncpg.TooManyConnectionsError("too many clients already"),
    lambda: asyncpg.DiskFullError("could not extend file: No space left on device"),
    lambda: asyncpg.DeadlockDetectedError("deadlock detected"),
    lambda: asyncpg.SerializationError("could not serialize access"),
]


def event(id: str, mid: int = 0) -> Message:  # noqa: A002 - the contract's word
    return message(envelope(id=id), mid=mid)


def intake(messages: FakeMessages, journal: FakeJournal) -> Intake:
    return Intake(messages, journal, DECODER, devices(), IntakeSettings().oldest)


async def ids(journal: FakeJournal) -> list[str]:
    _, entries = await journal.after(0)
    return [entry.event.id for entry in entries]


async def presences(journal: FakeJournal) -> list[Presence]:
    found, _ = await journal.devices(RECEIVED)
    return found


async def test_a_batch_is_kept_first_and_acknowledged_then() -> None:
    trace: list[str] = []
    journal = FakeJournal(trace=trace)
    batches = [event("a", 1), event("b", 2)], [event("c", 3)]
    messages = FakeMessages(*batches, trace=trace)
    await intake(messages, journal).run()
    assert trace == ["kept 2", "acknowledged 2", "kept 1", "acknowledged 1"]
    assert [one.mid for one in messages.acknowledged] == [1, 2, 3]
    assert await ids(journal) == ["a", "b", "c"]


async def test_what_cannot_be_understood_is_kept_aside_and_acknowledged_too_so_that_it_never_stops_the_rest() -> None:
    journal, messages = FakeJournal(), FakeMessages([message(b"not it", mid=1), event("a", 2), message(b"", mid=3)])
    await intake(messages, journal).run()
    assert await ids(journal) == ["a"]
    assert [row.payload for row in await journal.quarantined()] == ["", "not it"]
    assert [one.mid for one in messages.acknowledged] == [1, 2, 3]


async def test_nothing_is_acknowledged_while_the_database_is_away() -> None:
    journal, messages = FakeJournal(), FakeMessages([event("a", 1)])
    journal.away = ConnectionRefusedError(111, "Connection refused")
    taking = intake(messages, journal)
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(taking.run())
        await taking.standing.wait()
        assert messages.acknowledged == []
        assert taking.tally == Tally()
        journal.away = None
    assert [one.mid for one in messages.acknowledged] == [1]
    assert await ids(journal) == ["a"]
    assert not taking.standing.is_set()


async def test_an_intake_ended_during_an_outage_has_acknowledged_nothing() -> None:
    journal, messages = FakeJournal(), FakeMessages([event("a", 1)])
    journal.away = ConnectionRefusedError(111, "Connection refused")
    taking = intake(messages, journal)
    task = asyncio.create_task(taking.run())
    async with asyncio.timeout(WITHIN_S):
        await taking.standing.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert messages.acknowledged == []


@pytest.mark.parametrize("failure", AWAY, ids=[type(make()).__name__ for make in AWAY])
async def test_an_outage_is_waited_out_and_the_batch_acknowledged_once(failure: Callable[[], Exception]) -> None:
    trace: list[str] = []
    journal, messages = FakeJournal(trace=trace), FakeMessages([event("a"), event("b")], trace=trace)
    journal.failures = [failure()]
    taking = intake(messages, journal)
    await taking.run()
    assert trace == ["kept 2", "acknowledged 2"]
    assert taking.tally == Tally(new=2)


@pytest.mark.parametrize("failure", [asyncpg.ClientConfigurationError("no such scheme"), RuntimeError("a defect")])
async def test_an_error_that_time_does_not_heal_ends_the_intake_without_an_acknowledgement(failure: Exception) -> None:
    journal, messages = FakeJournal(), FakeMessages([event("a")])
    journal.failures = [failure]
    with pytest.raises(type(failure)):
        await intake(messages, journal).run()
    assert messages.acknowledged == []


@pytest.mark.parametrize(
    "bad", [{"e0"}, {"e6"}, {"e3"}, {"e0", "e1", "e6"}, {"e0", "e1", "e2", "e3", "e4", "e5", "e6"}]
)
async def test_what_the_database_cannot_hold_is_kept_aside_alone_and_the_rest_is_kept(bad: set[str]) -> None:
    names = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]
    journal, messages = FakeJournal(cannot_hold=bad), FakeMessages([event(name) for name in names])
    taking = intake(messages, journal)
    await taking.run()
    assert await ids(journal) == [name for name in names if name not in bad]
    aside = await journal.quarantined()
    assert sorted(row.detail for row in aside) == sorted(
        f"the database cannot hold it: the id {name} cannot be held" for name in bad
    )
    assert {(row.topic, row.reason) for row in aside} == {("accueil/v1/aube/sud/borne-1/events", "data")}
    assert len(messages.acknowledged) == 7
    assert taking.tally == Tally(new=7 - len(bad), quarantined=len(bad))


async def test_what_the_database_cannot_hold_takes_nothing_else_with_it() -> None:
    journal = FakeJournal(cannot_hold={"bad"})
    batch = [event("a"), message(b"not it"), status("online", session="s1"), event("bad"), event("b")]
    taking = intake(FakeMessages(batch), journal)
    await taking.run()
    assert taking.tally == Tally(new=2, quarantined=2, heartbeats=1)
    assert [row.reason for row in await journal.quarantined()] == ["data", "not_json"]
    assert len(await presences(journal)) == 1


async def test_an_outage_while_a_batch_is_halved_loses_and_doubles_nothing() -> None:
    journal, messages = FakeJournal(cannot_hold={"bad"}), FakeMessages([event("a"), event("bad"), event("b")])
    journal.failures = [asyncpg.DataError("one of them"), ConnectionResetError(), TimeoutError()]
    taking = intake(messages, journal)
    await taking.run()
    assert await ids(journal) == ["a", "b"]
    assert taking.tally == Tally(new=2, quarantined=1)
    assert len(messages.acknowledged) == 3


async def test_the_tally_counts_what_came() -> None:
    batches = [event("a"), event("b"), event("a")], [event("b"), message(b""), status("online"), status("offline")]
    taking = intake(FakeMessages(*batches), FakeJournal())
    await taking.run()
    assert taking.tally == Tally(new=2, doubled=2, quarantined=1, heartbeats=2)


async def test_a_heartbeat_is_kept_as_a_presence() -> None:
    journal = FakeJournal()
    await intake(FakeMessages([status("online", session="s1")]), journal).run()
    assert await presences(journal) == [heard_between("9:12:05", "9:12:05")]


async def test_a_heartbeat_prolongs_the_presence_that_the_journal_knew_at_the_start() -> None:
    journal = FakeJournal()
    known = [heard_between("9:00", "9:11")]
    await Intake(FakeMessages([status("online", session="s1")]), journal, DECODER, devices(*known), None).run()
    assert await presences(journal) == [heard_between("9:00", "9:12:05")]


async def test_a_heartbeat_that_could_not_be_kept_is_tried_again_and_prolongs_the_same_presence() -> None:
    journal = FakeJournal()
    journal.failures = [ConnectionResetError()]
    messages = FakeMessages([status("online", session="s1")], [status("offline", session="s1")])
    await intake(messages, journal).run()
    assert await presences(journal) == [heard_between("9:12:05", "9:12:05", gone=True)]
    assert len(messages.acknowledged) == 2


async def test_events_of_any_age_are_believed_where_the_settings_say_so() -> None:
    old = message(envelope(time="2025-11-24T09:05:00+01:00"))
    believing, doubting = FakeJournal(), FakeJournal()
    await Intake(FakeMessages([old]), believing, DECODER, devices(), None).run()
    await Intake(FakeMessages([old]), doubting, DECODER, devices(), IntakeSettings().oldest).run()
    (then,) = await believing.read("aube", "sud", datetime(2025, 1, 1, tzinfo=UTC))
    assert then.at == datetime(2025, 11, 24, 8, 5, tzinfo=UTC)
    (now,) = await doubting.read("aube", "sud", datetime(2025, 1, 1, tzinfo=UTC))
    assert now.at == RECEIVED
