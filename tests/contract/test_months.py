"""Months kept in versions with their files: in memory and on two versions of PostgreSQL."""

import asyncio
import zlib
from collections.abc import AsyncIterator

import pytest

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.months import Done, File, Months
from deploy.asking import Database
from deploy.migrate import migrate
from tests.build import at
from tests.contract.conftest import SERVERS
from tests.dashboards.exported import AUGUST, OCTOBER, SEPTEMBER, FakeMonths, facts
from tests.servers import Postgres, free_port

SHEET = File(name="b_fiche.pdf", kind="sheet", content=b"%PDF")
TABLE = File(name="a_attentes.csv", kind="open", content=b"zone,tickets\n")


@pytest.fixture(params=[pytest.param("fake", id="fake"), *SERVERS])
async def months(request: pytest.FixtureRequest) -> AsyncIterator[Months]:
    if request.param == "fake":
        yield FakeMonths()
        return
    server: Postgres = request.getfixturevalue(request.param)
    async with server.borrowed() as dsn:
        await migrate(dsn)
        async with Journal(dsn) as journal:
            # of another site on the same database, nothing is seen
            elsewhere = Months(Database(journal, AwayError), "marne")
            await elsewhere.keep(facts(in_time=1), [SHEET], "made", "ailleurs", at("8:00"))
            yield Months(Database(journal, AwayError), "aube")


async def test_at_first_there_is_nothing(months: Months) -> None:
    assert (await months.versions(), await months.published(), await months.acts()) == ([], [], [])
    assert await months.facts(OCTOBER) is None
    assert await months.files(OCTOBER, 1) == []
    assert await months.file(OCTOBER, 1, SHEET.name) is None


async def test_a_month_is_kept_with_its_files_and_who_made_them(months: Months) -> None:
    assert await months.keep(facts(), [SHEET, TABLE], "made", "Ida", at("9:00")) == 1
    (version,) = await months.versions()
    assert (version.month, version.version, version.digest) == (OCTOBER, 1, facts().digest)
    assert version.made_at == at("9:00")
    assert await months.facts(OCTOBER) == facts()
    listed = [(one.name, one.kind, one.size) for one in await months.files(OCTOBER, 1)]
    assert listed == [("a_attentes.csv", "open", 13), ("b_fiche.pdf", "sheet", 4)]
    assert await months.file(OCTOBER, 1, SHEET.name) == SHEET
    assert await months.file(OCTOBER, 1, "fiche.pdf") is None
    assert await months.file(OCTOBER, 2, SHEET.name) is None
    assert await months.acts() == [Done(month=OCTOBER, version=1, at=at("9:00"), who="Ida", act="made")]


async def test_the_same_facts_and_files_are_no_new_version(months: Months) -> None:
    await months.keep(facts(), [SHEET, TABLE], "made", "Ida", at("9:00"))
    assert await months.keep(facts(), [TABLE, SHEET], "again", "Noé", at("9:30")) == 1
    assert [version.version for version in await months.versions(OCTOBER)] == [1]
    assert [(done.who, done.act) for done in await months.acts(OCTOBER)] == [("Noé", "again"), ("Ida", "made")]


async def test_other_files_of_the_same_facts_leave_what_went_out_as_it_was(months: Months) -> None:
    """As when the month that they compare it with was exported after it."""
    await months.keep(facts(), [SHEET, TABLE], "made", "Ida", at("9:00"))
    better = File(name="b_fiche.pdf", kind="sheet", content=b"%PDF again")
    assert await months.keep(facts(), [better], "again", "Noé", at("9:30")) == 2
    assert [one.name for one in await months.files(OCTOBER, 2)] == ["b_fiche.pdf"]
    assert await months.file(OCTOBER, 2, "b_fiche.pdf") == better
    assert await months.file(OCTOBER, 1, SHEET.name) == SHEET
    assert await months.facts(OCTOBER, 1) == await months.facts(OCTOBER, 2) == facts()


async def test_other_facts_are_another_version_and_both_are_kept(months: Months) -> None:
    await months.keep(facts(in_time=970), [SHEET], "made", "Ida", at("9:00"))
    assert await months.keep(facts(in_time=969), [TABLE], "again", "Ida", at("9:30")) == 2
    assert [version.version for version in await months.versions()] == [2, 1]
    assert await months.facts(OCTOBER) == await months.facts(OCTOBER, 2) == facts(in_time=969)
    assert await months.facts(OCTOBER, 1) == facts(in_time=970)
    assert await months.facts(OCTOBER, 3) is None
    assert await months.file(OCTOBER, 1, SHEET.name) == SHEET
    assert await months.file(OCTOBER, 2, SHEET.name) is None


async def test_what_has_changed_is_not_published_until_somebody_exports_it(months: Months) -> None:
    await months.keep(facts(in_time=970), [SHEET], "made", "Ida", at("9:00"))
    await months.keep(facts(in_time=969), [SHEET], "changed", "vigie", at("9:30"))
    assert [version.version for version in await months.published()] == [1]
    await months.note(Done(month=OCTOBER, version=2, at=at("9:40"), who="vigie", act="not_mailed", detail="refused"))
    assert [version.version for version in await months.published(OCTOBER)] == [1]
    await months.keep(facts(in_time=969), [SHEET], "again", "Ida", at("10:00"))
    assert [version.version for version in await months.published(OCTOBER)] == [2]
    acts = [(done.act, done.detail) for done in await months.acts(OCTOBER)]
    assert acts == [("again", ""), ("not_mailed", "refused"), ("changed", ""), ("made", "")]
    assert len(await months.acts(OCTOBER, 2)) == 2


async def test_figures_that_come_back_to_what_they_were_are_a_version_of_their_own(months: Months) -> None:
    for in_time in (970, 969, 970):
        await months.keep(facts(in_time=in_time), [SHEET], "made", "Ida", at("9:00"))
    digests = [version.digest for version in await months.versions(OCTOBER)]
    assert digests == [facts(in_time=in_time).digest for in_time in (970, 969, 970)]


async def test_months_are_told_the_latest_first_and_each_by_itself(months: Months) -> None:
    for month in (SEPTEMBER, OCTOBER, AUGUST):
        await months.keep(facts(month), [SHEET], "made", "Ida", at("9:00"))
    assert [version.month for version in await months.versions()] == [OCTOBER, SEPTEMBER, AUGUST]
    assert [version.month for version in await months.published()] == [OCTOBER, SEPTEMBER, AUGUST]
    assert [version.month for version in await months.published(SEPTEMBER)] == [SEPTEMBER]
    assert [done.month for done in await months.acts()] == [AUGUST, OCTOBER, SEPTEMBER]
    assert [done.month for done in await months.acts(AUGUST)] == [AUGUST]


async def test_two_who_keep_the_same_at_once_make_one_version_and_two_who_differ_two(months: Months) -> None:
    same = [months.keep(facts(), [SHEET, TABLE], "made", who, at("9:00")) for who in ("Ida", "Noé")]
    assert await asyncio.gather(*same) == [1, 1]
    assert len(await months.files(OCTOBER, 1)) == 2
    others = [months.keep(facts(in_time=n), [SHEET], "again", "Ida", at("9:30")) for n in (1, 2)]
    assert sorted(await asyncio.gather(*others)) == [2, 3]


async def test_while_the_database_is_away_that_is_said() -> None:
    async with Journal(f"postgresql://vigie@127.0.0.1:{free_port()}/vigie") as journal:
        months = Months(Database(journal, AwayError), "aube")
        with pytest.raises(AwayError):
            await months.published()
        with pytest.raises(AwayError):
            await months.keep(facts(), [SHEET], "made", "Ida", at("9:00"))


@pytest.mark.parametrize("facts_now", [b"no zlib", zlib.compress(facts(in_time=9).bytes)], ids=["torn", "forged"])
@pytest.mark.parametrize("server", SERVERS)
async def test_facts_that_somebody_changed_by_hand_are_not_taken_for_those_kept(
    server: str, facts_now: bytes, request: pytest.FixtureRequest
) -> None:
    async with request.getfixturevalue(server).borrowed() as dsn:
        await migrate(dsn)
        async with Journal(dsn) as journal:
            months = Months(Database(journal, AwayError), "aube")
            await months.keep(facts(in_time=1), [SHEET], "made", "Anne", at("8:00"))
            await journal.ask(lambda connection: connection.execute("update month set facts = $1", facts_now))
            assert await months.facts(OCTOBER) is None
