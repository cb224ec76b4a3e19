"""What is promised of past days, whether they are in memory or in PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from collector.journal import Journal
from collector.messages import Record
from dashboards.errors import AwayError
from deploy.asking import Database
from deploy.days import RecordedDays
from tests.build import MONDAY, at
from tests.collector.words import heard_between, noted, record
from tests.dashboards.past_days import PastDays
from tests.fakes import FakeJournal
from tests.servers import free_port

WEEK = timedelta(days=7)
MIDNIGHT, NEXT = at("0:00"), at("0:00", MONDAY + timedelta(days=1))


class Both:
    """Past days, and how they come to be."""

    def __init__(self, journal: Journal | FakeJournal) -> None:
        self._journal = journal
        self.days = (
            PastDays() if isinstance(journal, FakeJournal) else RecordedDays(Database(journal, AwayError), "aube")
        )

    async def keep(self, *records: Record) -> None:
        await self._journal.append(records)
        if isinstance(self.days, PastDays) and isinstance(self._journal, FakeJournal):
            long_ago = at("0:00") - timedelta(days=400)
            self.days.all = {area: await self._journal.read("aube", area, long_ago) for area in ("sud", "nord")}

    async def ids(self, since: datetime = MIDNIGHT, until: datetime = NEXT) -> set[str]:
        return {event.id for event in await self.days.events("sud", since, until)}


@pytest.fixture
def both(either: Journal | FakeJournal) -> Both:
    return Both(either)


async def test_the_events_of_a_while_are_those_that_happened_in_it(both: Both) -> None:
    await both.keep(
        record("a", "8:00"), record("b", "8:00:30", device="b2"), record("c", "23:59"), record("d", "9:00", area="nord")
    )
    assert await both.ids() == {"a", "b", "c"}
    assert await both.ids(at("8:00"), at("8:00:30")) == {"a", "b"}
    assert await both.ids(at("10:00"), at("11:00")) == set()


async def test_a_mark_changes_with_an_event_of_the_while_and_with_no_other(both: Both) -> None:
    before = await both.days.mark("sud", MIDNIGHT, NEXT)
    await both.keep(record("n", "9:00", area="nord"))
    assert await both.days.mark("sud", MIDNIGHT, NEXT) == before
    await both.keep(record("a", "9:00"))
    after = await both.days.mark("sud", MIDNIGHT, NEXT)
    assert after != before
    await both.keep(record("a", "9:00"))  # told again
    assert await both.days.mark("sud", MIDNIGHT, NEXT) == after
    assert await both.days.mark("sud", at("10:00"), NEXT) == before


async def test_neighbours_are_the_nearest_events_before_and_after_a_day(both: Both) -> None:
    nothing = await both.days.neighbours("sud", MIDNIGHT, NEXT, WEEK)
    assert nothing == (None, None)
    await both.keep(record("a", "9:00"), record("b", "11:00", device="b2"), record("n", "10:00", area="nord"))
    noon = at("12:00")
    assert await both.days.neighbours("sud", noon, NEXT, WEEK) == (at("11:00"), None)
    assert await both.days.neighbours("sud", at("8:00"), at("8:30"), WEEK) == (None, at("9:00"))
    assert await both.days.neighbours("sud", at("10:00"), at("11:00"), WEEK) == (at("9:00"), at("11:00"))
    assert await both.days.neighbours("sud", noon, NEXT, timedelta(minutes=30)) == (None, None)


@pytest.mark.servers
async def test_silences_are_between_presences_and_after_the_last_one(database: str) -> None:
    async with Journal(database) as journal:
        days = RecordedDays(Database(journal, AwayError), "aube")
        presences = (
            heard_between("8:00", "9:00", device="b1"),
            heard_between("9:30", "17:00", device="b1", before="9:00"),
            replace(heard_between("8:00", "10:00", device="b2"), retired=True),
            heard_between("8:00", "11:00", device="b3"),
        )
        await journal.append([], changes=noted(*presences))
        evening = at("16:30")
        assert await days.gaps("sud", at("8:00"), evening) == [
            ("b1", at("9:00"), at("9:30")),
            ("b3", at("11:00"), None),
        ]
        assert await days.gaps("sud", at("10:00"), evening) == [("b3", at("11:00"), None)]
        assert await days.gaps("sud", at("8:00"), at("9:00")) == []
        assert await days.gaps("nord", at("8:00"), evening) == []


async def test_a_database_that_is_away_is_told_as_the_boards_know_it() -> None:
    async with Journal(f"postgresql://postgres@127.0.0.1:{free_port()}/vigie") as journal:
        days = RecordedDays(Database(journal, AwayError), "aube")
        with pytest.raises(AwayError):
            await days.mark("sud", MIDNIGHT, NEXT)
