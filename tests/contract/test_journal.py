"""What a journal promises, whether it is in memory or in PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from collector.devices import Presence
from collector.journal import Appended, Journal
from collector.messages import Record
from tests.build import MONDAY, at
from tests.collector.words import WITHIN_S, heard_between, noted, record, rejected
from tests.fakes import FakeJournal
from ticketing.events import Event, TicketAbandoned

AnyJournal = Journal | FakeJournal
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


async def ids(journal: AnyJournal) -> list[str]:
    """The ids of the events of the southern hall, in alphabetical order."""
    return sorted(event.id for event in await journal.read("aube", "sud", LONG_AGO))


async def presences(journal: AnyJournal, at: datetime) -> list[Presence]:
    found, _ = await journal.devices(at)
    return found


async def test_an_empty_journal_ends_at_zero_and_holds_nothing(either: AnyJournal) -> None:
    assert await either.last() == 0
    assert await either.after(0) == (0, [])
    assert await either.latest() is None
    assert await ids(either) == []
    assert await either.quarantined() == []
    assert await presences(either, at("23:00")) == []


async def test_an_event_is_read_back_as_it_was_kept(either: AnyJournal) -> None:
    await either.append([record("a", "9:05", device="poste-g1", sequence=2**63 - 1)])
    expected = Event(
        at=datetime(2026, 11, 23, 8, 5, tzinfo=UTC),
        area="sud",
        device="poste-g1",
        id="a",
        fact=TicketAbandoned(ticket="E042"),
        sequence=9223372036854775807,
    )
    (event,) = await either.read("aube", "sud", LONG_AGO)
    assert event == expected
    cursor, (entry,) = await either.after(0)
    assert (entry.event, entry.site, entry.position) == (expected, "aube", cursor)


async def test_an_event_of_our_own_is_kept_once_whatever_its_time_and_is_missing_from_no_account(
    either: AnyJournal,
) -> None:
    first, again = (record("closing", clock, device="vigie") for clock in ("9:05", "9:06"))
    assert sorted(await asyncio.gather(either.append_once(first), either.append_once(again))) == [False, True]
    assert await either.append_once(replace(first, area="nord"))
    assert await ids(either) == ["closing"]
    assert await presences(either, at("23:00")) == []
    if isinstance(either, Journal):
        account = next(
            one for one in await either.accounts("aube", MONDAY, at("0:00"), at("23:59")) if one.area == "sud"
        )
        assert (account.device, account.kept, account.missing, account.whole) == ("vigie", 1, 0, True)


async def test_an_event_is_kept_once_and_counted_as_doubled_ever_after(either: AnyJournal) -> None:
    assert await either.append([record("a"), record("b")]) == Appended(new=2, doubled=0)
    assert await either.append([record("b"), record("c")]) == Appended(new=1, doubled=1)
    assert await either.append([record("a")]) == Appended(new=0, doubled=1)
    assert await ids(either) == ["a", "b", "c"]


async def test_an_event_that_a_batch_holds_twice_is_kept_once(either: AnyJournal) -> None:
    assert await either.append([record("a"), record("b"), record("a")]) == Appended(new=2, doubled=1)
    assert await ids(either) == ["a", "b"]


async def test_the_same_id_from_another_device_or_area_is_another_event(either: AnyJournal) -> None:
    batch = [record("a"), record("a", device="borne-2"), record("a", area="nord")]
    assert await either.append(batch) == Appended(new=3, doubled=0)


async def test_the_first_of_two_events_of_one_identity_stays(either: AnyJournal) -> None:
    await either.append([record("a", data='{"ticket":"first"}')])
    await either.append([record("a", data='{"ticket":"second"}')])
    (event,) = await either.read("aube", "sud", LONG_AGO)
    assert event.fact == TicketAbandoned(ticket="first")


async def test_an_append_of_nothing_is_no_event(either: AnyJournal) -> None:
    assert await either.append([]) == Appended(new=0, doubled=0)
    assert await either.last() == 0


@pytest.mark.parametrize("bad", [record("nul\x00"), record("nul", type="x.y", data='{"a":"\\u0000"}')])
async def test_a_batch_is_kept_whole_or_not_at_all(either: AnyJournal, bad: Record) -> None:
    with pytest.raises(asyncpg.DataError):
        await either.append([record("a"), bad, record("b")], [rejected("no")], noted(heard_between("9:00", "9:01")))
    assert await ids(either) == []
    assert await either.quarantined() == []
    assert await presences(either, at("23:00")) == []
    assert await either.append([record("a"), record("b")]) == Appended(new=2, doubled=0)


async def test_events_are_read_by_area_and_by_when_they_happened(either: AnyJournal) -> None:
    await either.append([record("early", "8:59"), record("first", "9:00"), record("last", "9:30")])
    await either.append([record("late", "9:31"), record("north", "9:10", area="nord")])
    found = await either.read("aube", "sud", at("9:00"), at("9:30"))
    assert sorted(event.id for event in found) == ["first", "last"]
    found = await either.read("aube", "sud", at("9:00"))
    assert sorted(event.id for event in found) == ["first", "last", "late"]
    assert [event.id for event in await either.read("aube", "nord", at("9:00"))] == ["north"]
    assert await either.read("marne", "sud", at("8:00")) == []


async def test_events_are_read_up_to_a_position(either: AnyJournal) -> None:
    await either.append([record("a")])
    upto = await either.last()
    await either.append([record("b")])
    assert [event.id for event in await either.read("aube", "sud", LONG_AGO, upto=upto)] == ["a"]


async def test_events_are_read_by_the_time_that_is_believed_not_by_the_one_told(either: AnyJournal) -> None:
    await either.append([record("a", "9:05", time=datetime(2001, 1, 1, tzinfo=UTC))])
    (event,) = await either.read("aube", "sud", at("9:00"), at("9:10"))
    assert event.at == at("9:05")


@pytest.mark.parametrize(
    "told",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
    ],
)
async def test_an_event_with_an_absurd_time_is_kept_once_too(either: AnyJournal, told: datetime) -> None:
    assert await either.append([record("a", time=told), record("b")]) == Appended(new=2, doubled=0)
    assert await either.append([record("a", time=told)]) == Appended(new=0, doubled=1)
    assert await ids(either) == ["a", "b"]


async def test_an_event_of_an_unknown_type_is_kept_and_followed_past_but_is_no_event_yet(either: AnyJournal) -> None:
    unknown = record("a", type="ticket.renumbered", data='{"to":"E043"}')
    assert await either.append([unknown]) == Appended(new=1, doubled=0)
    assert await either.append([unknown]) == Appended(new=0, doubled=1)
    assert await ids(either) == []
    assert await either.after(0) == (await either.last(), [])
    assert await either.last() > 0


async def test_a_row_that_does_not_fit_its_type_stops_nobody(either: AnyJournal) -> None:
    await either.append([record("a", type="ticket.called", data='{"ticket":"E042"}'), record("b")])
    assert await ids(either) == ["b"]


async def test_positions_rise_with_every_append(either: AnyJournal) -> None:
    ends = [await either.last()]
    for number in range(3):
        await either.append([record(f"{number}-{part}") for part in range(2)])
        ends.append(await either.last())
    _, entries = await either.after(0)
    positions = [entry.position for entry in entries]
    assert positions == sorted(set(positions))
    assert ends == [0, positions[1], positions[3], positions[5]]
    assert [entry.event.id[0] for entry in entries] == ["0", "0", "1", "1", "2", "2"]


async def test_a_journal_is_read_page_by_page(either: AnyJournal) -> None:
    await either.append([record(str(number)) for number in range(5)])
    cursor, pages = 0, []
    for _ in range(4):
        cursor, entries = await either.after(cursor, limit=2)
        pages.append([entry.event.id for entry in entries])
    assert pages == [["0", "1"], ["2", "3"], ["4"], []]
    assert cursor == await either.last()


async def test_the_end_of_the_journal_tells_when_its_newest_row_came(either: AnyJournal) -> None:
    await either.append([record("a", "9:05")])
    await either.append([record("b", "9:01")])
    assert await either.latest() == at("9:01")


async def test_a_follower_gets_what_was_there_and_then_what_comes(either: AnyJournal) -> None:
    await either.append([record("a")])
    got: list[str] = []
    async with asyncio.timeout(WITHIN_S):
        async for _, entries in either.follow(0):
            got += [entry.event.id for entry in entries]
            if not entries and got == ["a"]:
                await either.append([record("b")])
            if got == ["a", "b"]:
                break
    assert got == ["a", "b"]


async def test_a_presence_is_noted_once_and_never_shortened(either: AnyJournal) -> None:
    await either.append([], changes=noted(heard_between("9:00", "9:05")))
    await either.append([], changes=noted(heard_between("9:00", "9:10", session="s2")))
    assert await presences(either, at("10:00")) == [heard_between("9:00", "9:10", session="s2")]
    await either.append([], changes=noted(heard_between("9:00", "9:08", gone=True)))
    assert await presences(either, at("10:00")) == [heard_between("9:00", "9:10", gone=True)]


async def test_of_each_device_the_latest_presence_begun_by_an_instant_is_found(either: AnyJournal) -> None:
    other = heard_between("9:00", "9:50", device="borne-2")
    await either.append([], changes=noted(heard_between("9:30", "9:40"), other, heard_between("9:00", "9:10")))
    found = {one.device: one for one in await presences(either, at("9:30"))}
    assert found == {"borne-1": heard_between("9:30", "9:40"), "borne-2": other}
    found = {one.device: one for one in await presences(either, at("9:29:59"))}
    assert found == {"borne-1": heard_between("9:00", "9:10"), "borne-2": other}
    assert await presences(either, at("8:59")) == []


async def test_what_was_kept_aside_is_listed_newest_first(either: AnyJournal) -> None:
    await either.append([record("a")], [rejected("one", "9:00"), rejected("two", "9:01")])
    await either.append([], [rejected("three", "8:59")])
    rows = await either.quarantined()
    assert [row.detail for row in rows] == ["three", "two", "one"]
    assert [row.detail for row in await either.quarantined(limit=2)] == ["three", "two"]
    assert (rows[2].topic, rows[2].reason) == ("accueil/v1/aube/sud/borne-1/events", "not_json")
    assert (rows[2].received, rows[2].size, rows[2].payload) == (at("9:00"), 7, "not it: one")
    assert rows[0].number > rows[1].number > rows[2].number


async def test_what_was_kept_aside_since_an_instant_is_counted(either: AnyJournal) -> None:
    await either.append([], [rejected("one", "9:00"), rejected("two", "9:01")])
    assert await either.quarantine_count(at("9:00")) == 2
    assert await either.quarantine_count(at("9:00") + timedelta(seconds=1)) == 1


async def test_the_same_message_kept_aside_again_is_listed_once_with_how_often_it_came(either: AnyJournal) -> None:
    await either.append([], [rejected("one"), replace(rejected("one"), size=8)])
    await either.append([], [replace(rejected("one"), received=at("9:30"))])
    assert [(row.size, row.times, row.received) for row in await either.quarantined()] == [
        (8, 1, at("9:05")),
        (7, 2, at("9:05")),
    ]
    assert await either.quarantine_count(at("9:00")) == 3


async def test_the_same_message_kept_aside_on_another_day_is_counted_on_that_day_too(either: AnyJournal) -> None:
    await either.append([], [rejected("one"), rejected("one")])
    await either.append([], [replace(rejected("one"), received=at("9:05") + timedelta(days=1))])
    assert await either.quarantine_count(at("0:00") + timedelta(days=1)) == 1
    assert await either.quarantine_count(at("0:00")) == 3
