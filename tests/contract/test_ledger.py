"""The ledger: what came from each device on each day, and what of its own numbers never came."""

from datetime import date, datetime, timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from collector.clocks import Clock, Reading
from collector.devices import Changes, Late
from collector.journal import Journal
from collector.messages import Record
from collector.quarantine import MOST
from tests.build import MONDAY, at
from tests.collector.words import heard_between, noted, record, rejected
from ticketing.ledger import Account

pytestmark = pytest.mark.servers
DAY = timedelta(days=1)


async def account(database: str, day: date = MONDAY, device: str = "borne-1", area: str = "sud") -> Account:
    """Of one device; an empty one where the ledger has none."""
    async with Journal(database, "Europe/Paris") as journal:
        midnight = at("0:00", day)
        found = await journal.accounts("aube", day, midnight, midnight + DAY)
    accounts = {(one.area, one.device): one for one in found}
    return accounts.get((area, device), Account(site="aube", area=area, device=device, day=day))


async def appended(database: str, *batches: list[Record]) -> None:
    async with Journal(database, "Europe/Paris") as journal:
        for batch in batches:
            await journal.append(batch)


def numbered(*numbers: int, start: str = "9:00") -> list[Record]:
    """Events of one session, a second apart, by their numbers."""
    times = {n: at(start) + n * timedelta(seconds=1) for n in numbers}
    return [replace(record(f"{start}-{n}"), sequence=n, time=times[n], at=times[n]) for n in numbers]


async def test_what_came_is_counted_once_and_what_came_again_apart(database: str) -> None:
    await appended(database, [record("a"), record("b")], [record("b"), record("c"), record("c")], [record("a")])
    found = await account(database)
    assert (found.kept, found.doubled) == (3, 3)


async def test_each_device_has_its_own_account(database: str) -> None:
    await appended(database, [record("a"), record("a", device="poste-g1"), record("a", area="nord")])
    devices = [("borne-1", "sud"), ("poste-g1", "sud"), ("borne-1", "nord"), ("poste-g1", "nord")]
    kept = [(await account(database, device=device, area=area)).kept for device, area in devices]
    assert kept == [1, 1, 1, 0]


async def test_an_event_counts_on_the_local_day_on_which_it_came(database: str) -> None:
    late = replace(record("a", "23:50"), received=at("0:10", MONDAY + DAY))
    await appended(database, [late, record("b", "0:10")])
    assert [((await account(database, day)).kept, (await account(database, day)).late)
            for day in (MONDAY, MONDAY + DAY)] == [(1, 0), (1, 1)]  # fmt: skip


async def test_what_comes_more_than_ninety_seconds_after_it_happened_is_late(database: str) -> None:
    waits = {"a": 90, "b": 91, "c": 3600}
    await appended(
        database,
        [replace(record(name), received=at("9:05") + timedelta(seconds=wait)) for name, wait in waits.items()],
    )
    assert (await account(database)).late == 2


async def test_numbers_that_never_came_are_missing_from_the_event_before_them_on(database: str) -> None:
    await appended(database, numbered(1, 2, 5, 6, 9))
    found = await account(database)
    assert (found.missing, found.filled) == (4, 0)
    assert found.first_missing_after == at("9:00:02")
    assert not found.whole


async def test_a_gap_that_is_filled_later_is_missing_no_more_and_is_remembered_as_filled(database: str) -> None:
    await appended(database, numbered(1, 2, 5), numbered(4), numbered(3))
    found = await account(database)
    assert (found.missing, found.filled, found.first_missing_after) == (0, 2, None)
    assert found.whole


async def test_a_device_that_begins_to_count_again_misses_nothing(database: str) -> None:
    await appended(database, numbered(41, 42, 43), numbered(1, 2, 3, start="10:00"), numbered(1, 3, start="11:00"))
    assert (await account(database)).missing == 1


async def test_a_number_with_a_time_before_the_first_is_of_the_same_session(database: str) -> None:
    """As after a clock was set."""
    early = replace(record("early"), sequence=5, time=at("8:59"), at=at("8:59"))
    await appended(database, numbered(1, 2, 3, 4), [early], numbered(6))
    assert (await account(database)).missing == 0


async def test_a_session_that_begins_far_away_is_no_gap_of_millions(database: str) -> None:
    await appended(
        database,
        numbered(5),
        numbered(5_000_000, start="10:00")[:0],
        [replace(record("far"), sequence=5_000_000, time=at("10:00"), at=at("10:00"))],
    )
    assert (await account(database)).missing == 0


async def test_numbers_told_twice_or_never_miss_nothing(database: str) -> None:
    await appended(database, numbered(1, 2, 2, 3), numbered(2), [record("none")])
    found = await account(database)
    assert (found.missing, found.filled) == (0, 0)


async def test_events_in_any_order_have_the_same_gaps(database: str) -> None:
    await appended(database, numbered(9, 1, 6), numbered(2), numbered(5))
    assert (await account(database)).missing == 4


async def test_messages_kept_aside_are_counted_on_the_device_and_no_more_than_so_many_are_kept(database: str) -> None:
    garbage = [rejected(f"{number}") for number in range(MOST + 50)]
    async with Journal(database) as journal:
        await journal.append([], garbage[: MOST - 10])
        await journal.append([], garbage[MOST - 10 :])
        assert len(await journal.quarantined(limit=MOST + 100)) == MOST
    assert (await account(database)).quarantined == MOST + 50


async def test_the_same_garbage_all_day_leaves_room_for_other_garbage(database: str) -> None:
    same = rejected("the same")
    async with Journal(database) as journal:
        await journal.append([], [same] * (MOST + 10))
        await journal.append([], [same, rejected("another"), same])
        found = {row.detail: row.times for row in await journal.quarantined(limit=MOST)}
    assert found == {"the same": MOST + 12, "another": 1}
    assert (await account(database)).quarantined == MOST + 13


async def test_statuses_of_a_form_of_their_own_leave_room_for_the_events_after_them(database: str) -> None:
    topic = "accueil/v1/aube/sud/borne-1/status"
    statuses = [replace(rejected(f"up since {number}"), topic=topic) for number in range(MOST + 50)]
    async with Journal(database) as journal:
        await journal.append([], statuses)
        await journal.append([], [rejected("an event of a form of its own")])
        found = {row.topic.rpartition("/")[2]: row.times for row in await journal.quarantined()}
    assert found == {"status": MOST + 50, "events": 1}


async def test_garbage_without_a_device_is_counted_apart(database: str) -> None:
    async with Journal(database) as journal:
        await journal.append([], [replace(rejected("x"), topic="accueil/v1/nothing")])
    assert (await account(database, device="", area="")).quarantined == 0
    async with Journal(database) as journal:
        assert await journal.quarantine_count(at("0:00")) == 1


async def test_a_clock_is_found_again_after_a_restart(database: str) -> None:
    device = ("aube", "sud", "borne-1")
    first = Reading(told_from=at("8:50"), told_until=at("9:00"), offset=timedelta(minutes=10))
    second = Reading(told_from=at("9:30"), told_until=at("9:40"), offset=timedelta(seconds=1))
    async with Journal(database) as journal:
        await journal.append([], changes=Changes(clocks={device: Clock.of([first])}))
        longer = replace(first, told_until=at("9:20"))
        await journal.append([], changes=Changes(clocks={device: Clock.of([longer])}))
        await journal.append([], changes=Changes(clocks={device: Clock.of([longer, second])}))
        assert await journal.clocks(at("8:00")) == {device: Clock.of([longer, second])}
        assert await journal.clocks(at("9:35")) == {device: Clock.of([second])}
        assert await journal.clocks(at("10:00")) == {}


@pytest.mark.parametrize(
    "correction", [timedelta(seconds=6.25), timedelta(minutes=-10), timedelta(days=-366, seconds=0.5), None]
)
async def test_the_correction_of_a_time_is_kept_beside_it(database: str, correction: timedelta | None) -> None:
    await appended(database, [replace(record("a"), clock="corrected", correction=correction)])
    connection = await asyncpg.connect(database)
    try:
        row = await connection.fetchrow("select time, at, clock, correction from journal")
    finally:
        await connection.close()
    assert (row["time"], row["at"], row["clock"]) == (at("9:05"), at("9:05"), "corrected")
    assert row["correction"] == correction


async def test_the_ledger_says_by_how_much_a_clock_is_corrected(database: str) -> None:
    clock = Clock.of([Reading(told_from=at("8:50"), told_until=at("9:00"), offset=timedelta(minutes=10))])
    async with Journal(database) as journal:
        await journal.append([record("a")], changes=Changes(clocks={("aube", "sud", "borne-1"): clock}))
    assert (await account(database)).correction_s == 600.0


async def test_of_two_collectors_the_one_that_still_hears_a_device_is_believed(database: str) -> None:
    async with Journal(database) as journal:
        await journal.append([], changes=noted(heard_between("9:00", "9:30")))
        await journal.append([], changes=noted(heard_between("9:00:01", "9:10")))
        (found,), _ = await journal.devices(at("9:31"))
    assert found == heard_between("9:00", "9:30")


async def test_what_was_heard_by_a_clock_that_has_been_set_back_is_not_heard_now(database: str) -> None:
    async with Journal(database) as journal:
        await journal.append([], changes=noted(heard_between("9:00", "10:30")))
        assert await journal.devices(at("9:31"), now=True) == ([], {})
        assert await journal.devices(at("9:31")) == ([heard_between("9:00", "10:30")], {})
        await journal.append([], changes=noted(heard_between("9:31:10", "9:31:40")))
        assert await journal.devices(at("9:32"), now=True) == ([heard_between("9:31:10", "9:31:40")], {})


async def test_the_last_late_event_is_known_for_as_long_as_a_device_catches_up(database: str) -> None:
    late = replace(record("a", "9:00"), received=at("9:30"))
    await appended(database, [late, record("b", "9:29")])
    async with Journal(database) as journal:
        assert (await journal.devices(at("9:30:05")))[1] == {
            ("aube", "sud", "borne-1"): Late(came=at("9:30"), happened=at("9:00"))
        }
        assert (await journal.devices(at("9:30:30")))[1] == {}
        # nobody knew of it before it came
        assert (await journal.devices(at("9:29:59")))[1] == {}
        assert (await journal.devices(at("9:00")))[1] == {}


async def test_the_first_key_of_a_journal_is_its_key(database: str) -> None:
    async with Journal(database) as journal:
        assert await journal.fingerprint() is None
        await journal.begin_with("one")
        await journal.begin_with("another")
        assert await journal.fingerprint() == "one"


def test_a_day_is_whole_where_nothing_is_known_to_be_missing() -> None:
    quiet = Account(site="aube", area="sud", device="borne-1", day=MONDAY, kept=3, doubled=2, late=1)
    assert quiet.whole
    assert not replace(quiet, missing=1).whole
    assert not replace(quiet, missing_since=datetime(2026, 11, 23, 9)).whole  # noqa: DTZ001 - any instant
