"""Days followed in PostgreSQL: tallied once they are over, again when something comes late, and compared."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.tallies import Tallies, differences
from deploy.asking import Database
from deploy.keeping import Keeping, Recorded
from tests.build import MONDAY, SUD, abandoned, at, called, ended, issued
from tests.collector.words import records
from ticketing.events import Event
from ticketing.plan import Plan
from ticketing.tally import DayTally, basis, tallied

TUESDAY = MONDAY + timedelta(days=1)
MORNING = [issued("A1", "9:00"), called("A1", "9:10"), ended("A1", "9:20"), issued("A2", "9:05")]


@dataclass
class Site:
    """A journal, its tallies, and the follower of its days, at an instant."""

    journal: Journal
    tallies: Tallies
    now: datetime
    plan: Plan
    told: list[set[date]]

    async def heard(self, *events: Event) -> None:
        await self.journal.append(records(events))

    def keeping(self) -> Keeping:
        async def changed(months: set[date]) -> None:
            self.told.append(months)

        return Keeping(self.journal, self.tallies, lambda: [self.plan], lambda: self.now, changed=changed)

    async def kept(self, on: date = MONDAY) -> DayTally:
        return await self.tallies.day("sud", on)


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    async with Journal(database, "Europe/Paris") as journal:
        tallies = Tallies(Database(journal, AwayError), "aube")
        yield Site(journal, tallies, at("9:00", TUESDAY), SUD, [])


async def test_a_day_that_is_over_is_kept_as_the_journal_has_it(site: Site) -> None:
    await site.heard(*MORNING)
    assert set(await site.keeping().turn()) >= {("sud", MONDAY)}
    expected = tallied(SUD, MONDAY, MORNING)
    assert await site.kept() == expected
    assert differences(await site.kept(), expected) == []
    assert [known.upto for known in await site.tallies.days(MONDAY, MONDAY)] == [await site.journal.last()]


async def test_a_day_in_course_waits_for_its_end_also_through_a_restart(site: Site) -> None:
    site.now = at("18:00")
    await site.heard(*MORNING)
    assert ("sud", MONDAY) not in await site.keeping().turn()
    assert (await site.kept()).tallies == ()
    site.now = at("0:00", TUESDAY)
    assert ("sud", MONDAY) in await site.keeping().turn()
    assert (await site.kept()).tallies != ()


async def test_what_comes_late_corrects_its_day_and_tells_the_month(site: Site) -> None:
    await site.heard(*MORNING)
    keeping = site.keeping()
    await keeping.turn()
    assert await keeping.turn() == []
    site.told.clear()
    late = [abandoned("A2", "9:30")]
    await site.heard(*late)
    assert ("sud", MONDAY) in await keeping.turn()
    assert await site.kept() == tallied(SUD, MONDAY, [*MORNING, *late])
    assert site.told == [{date(2026, 11, 1)}]


async def test_a_month_that_could_not_be_told_of_is_told_of_in_the_next_turn(site: Site) -> None:
    """Its days are tallied by then, and nothing of them is due any more."""
    await site.heard(*MORNING)
    told: list[set[date]] = []

    async def changed(months: set[date]) -> None:
        told.append(months)
        if len(told) == 1:
            raise AwayError("gone in the middle")

    keeping = Keeping(site.journal, site.tallies, lambda: [site.plan], lambda: site.now, changed=changed)
    assert await keeping.turn()
    assert await keeping.turn() == []
    assert await keeping.turn() == []
    assert told == [{date(2026, 11, 1)}] * 2


async def test_what_drips_in_is_told_of_once_it_is_over_or_after_sixty_turns(site: Site) -> None:
    keeping = site.keeping()
    for minute in range(5):
        await site.heard(issued(f"A{minute}", f"9:0{minute}"))
        assert await keeping.turn(patient=True)
    assert site.told == []
    await keeping.turn(patient=True)
    assert site.told == [{date(2026, 11, 1)}]
    for minute in range(60):
        await site.heard(issued(f"B{minute}", f"10:{minute:02}"))
        assert len(site.told) == 1
        assert await keeping.turn(patient=True)
    assert len(site.told) == 2


async def test_whoever_starts_tells_of_every_month_whoever_ran_before_may_not_have(site: Site) -> None:
    await site.heard(*MORNING)
    await Keeping(site.journal, site.tallies, lambda: [site.plan], lambda: site.now).turn()
    told = asyncio.Event()

    async def changed(months: set[date]) -> None:
        site.told.append(months)
        told.set()

    running = asyncio.create_task(
        Keeping(site.journal, site.tallies, lambda: [site.plan], lambda: site.now, changed=changed).run()
    )
    async with asyncio.timeout(30):
        await told.wait()
    running.cancel()
    assert site.told == [{date(2026, 11, 1)}]


async def test_two_turns_at_once_tally_a_day_once(site: Site) -> None:
    await site.heard(*MORNING)
    keeping = site.keeping()
    turns = await asyncio.gather(keeping.turn(), keeping.turn())
    assert sorted(day for turn in turns for day in turn).count(("sud", MONDAY)) == 1


async def test_what_comes_again_changes_nothing(site: Site) -> None:
    await site.heard(*MORNING)
    keeping = site.keeping()
    await keeping.turn()
    await site.heard(*MORNING)
    assert await keeping.turn() == []


async def test_what_happens_today_makes_yesterday_anew_only_where_its_visits_go_on(site: Site) -> None:
    await site.heard(*MORNING)
    keeping = site.keeping()
    await keeping.turn()
    await site.heard(replace(issued("B1", "8:40"), at=at("8:40", TUESDAY)))
    assert await keeping.turn() == []
    late = replace(called("A2", "8:50"), at=at("8:50", TUESDAY))
    await site.heard(late)
    assert await keeping.turn() == [("sud", MONDAY)]
    assert await site.kept() == tallied(SUD, MONDAY, [*MORNING, late])


async def test_of_two_followers_the_one_that_has_read_more_holds(site: Site) -> None:
    """The slower one had read the journal before the last event came, and writes after the other."""
    await site.heard(*MORNING)
    before, upto = tallied(SUD, MONDAY, MORNING), await site.journal.last()
    await site.heard(abandoned("A2", "9:30"))
    await site.keeping().turn()
    after = await site.kept()
    assert not await site.tallies.keep(before, upto, basis(SUD, MONDAY))
    assert await site.kept() == after != before


async def test_a_rule_that_changes_changes_the_days_that_it_is_for_and_no_others(site: Site) -> None:
    await site.heard(*MORNING, *(replace(event, at=event.at - timedelta(days=7)) for event in MORNING))
    await site.keeping().turn()
    stricter = replace(SUD.commitments[0], within=timedelta(minutes=5), valid_from=MONDAY)
    site.plan = replace(SUD, commitments=(*SUD.commitments, stricter))
    assert [day for _, day in await site.keeping().turn()] == [MONDAY]
    assert sum(one.counts.within for one in (await site.kept()).tallies) == 0
    assert sum(one.counts.within for one in (await site.kept(MONDAY - timedelta(days=7))).tallies) == 1


async def test_a_day_closed_afterwards_is_judged_no_more(site: Site) -> None:
    """The same follower goes on: a supervisor has told it of the closure."""
    await site.heard(*MORNING)
    keeping = site.keeping()
    await keeping.turn()
    site.plan = replace(SUD, hours=replace(SUD.hours, exceptions={MONDAY: ()}))
    assert ("sud", MONDAY) in await keeping.turn()
    assert sum(one.counts.judged for one in (await site.kept()).tallies) == 0


async def test_a_purged_day_stays_as_it_is(site: Site, database: str) -> None:
    await site.heard(*MORNING)
    keeping = site.keeping()
    await keeping.turn()
    kept = await site.kept()
    connection = await asyncpg.connect(database)
    await connection.execute("update day set purged = true")
    await connection.close()
    await site.heard(abandoned("A2", "9:30"))
    assert await keeping.turn() == []
    assert not await site.tallies.keep(tallied(SUD, MONDAY, []), 10**9, "")
    assert await site.kept() == kept


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("update visit set wait_s = wait_s + 1 where visit = 'ticket/A1'", "visit ticket/A1 leg 0: wait_s is 601.0"),
        ("delete from visit where visit = 'ticket/A2'", "visit ticket/A2 leg 0: not kept"),
        ("update tally set called = called + 1 where queue = 'sejour'", "tally sejour 18: counts.called is 2"),
        ("update tally set waits_n = array[2] where queue = 'sejour'", "tally sejour 18: waits"),
        ("delete from tally where queue = 'sejour'", "tally sejour 18: not kept"),
    ],
)
async def test_a_day_that_was_tampered_with_is_found(site: Site, database: str, statement: str, found: str) -> None:
    await site.heard(*MORNING)
    await site.keeping().turn()
    connection = await asyncpg.connect(database)
    assert await connection.execute(statement) != "UPDATE 0"
    await connection.close()
    made = await Recorded(site.journal, [SUD]).day("sud", MONDAY)
    assert any(text.startswith(found) for text in differences(await site.kept(), made))


async def test_tallies_of_a_while_are_those_of_its_days_in_order(site: Site) -> None:
    week_before: Sequence[Event] = [replace(event, at=event.at - timedelta(days=7)) for event in MORNING]
    await site.heard(*MORNING, *week_before)
    await site.keeping().turn()
    found = await site.tallies.tallies(date(2026, 11, 1), date(2026, 11, 30))
    assert [(one.area, one.day) for one in found] == [("sud", MONDAY - timedelta(days=7)), ("sud", MONDAY)]
    assert found[1].tallies == tallied(SUD, MONDAY, MORNING).tallies
    assert [one.day for one in await site.tallies.tallies(MONDAY, MONDAY)] == [MONDAY]
