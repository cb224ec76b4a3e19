"""What an archive of predictions promises, whether it is in memory or in PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import asyncpg
import pytest

from collector.journal import Journal
from dashboards.archive import Archive
from dashboards.errors import AwayError
from deploy.asking import Database
from tests.build import MONDAY, PARIS, at
from tests.fakes import FakeArchive, FakeJournal
from tests.predictions import minutes, pair, shown, waited
from tests.servers import free_port
from ticketing.accuracy import Accuracy, Pair

AnyArchive = Archive | FakeArchive
DAY = timedelta(days=1)


@pytest.fixture
async def archive(either: Journal | FakeJournal) -> AsyncIterator[AnyArchive]:
    """Of the site of the tests, empty."""
    if isinstance(either, FakeJournal):
        yield FakeArchive(PARIS)
    else:
        yield Archive(Database(either, AwayError), "aube", "Europe/Paris")


async def of_week(archive: AnyArchive, *areas: str, week: date = MONDAY) -> list[Accuracy]:
    return await archive.accuracies(areas or ("sud",), week, week)


async def taught(archive: AnyArchive, before: date = MONDAY + DAY, days: int = 20) -> dict[str, list[Pair]]:
    """What a morning learns, each queue's pairs by their days."""
    found = await archive.lessons("sud", at("7:00", before), days=days)
    return {queue: sorted(pairs, key=lambda one: (one.day, one.raw)) for queue, pairs in found.items()}


async def test_an_empty_archive_knows_nothing(archive: AnyArchive) -> None:
    assert await of_week(archive) == []
    assert await taught(archive) == {}
    assert await archive.note([waited("A1", 5)]) == 0
    assert await of_week(archive) == []


async def test_what_was_shown_and_what_came_of_it_give_the_figures_of_the_week(archive: AnyArchive) -> None:
    """Errors of 5 and -20 min; the third customer is not called yet."""
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:05", 5, 10, 20), shown("A3", "9:10", 5, 10, 20)])
    assert await archive.note([waited("A1", 5), waited("A2", 30)]) == 2
    (found,) = await of_week(archive)
    assert (found.area, found.queue, found.week, found.n, found.not_called) == ("sud", "sejour", MONDAY, 2, 1)
    assert (found.mae_s, found.bias_s, found.too_low_share) == (750.0, -450.0, 0.5)
    assert (found.coverage_p90, found.coverage_p10_p90) == (0.5, 0.5)


async def test_what_was_shown_first_stays(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A1", "9:00", 1, 2, 3)])
    await archive.keep([shown("A1", "9:00", 1, 2, 3)])
    await archive.note([waited("A1", 10)])
    (found,) = await of_week(archive)
    assert (found.n, found.mae_s) == (1, 0.0)


async def test_keeping_again_what_is_known_forgets_no_wait(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20)])
    await archive.note([waited("A1", 10)])
    await archive.keep([shown("A1", "9:00", 5, 10, 20)])
    (found,) = await of_week(archive)
    assert (found.n, found.not_called) == (1, 0)


async def test_an_outcome_is_noted_once_and_again_when_it_differs(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:00", 5, 10, 20)])
    assert await archive.note([waited("A1", 10.1), waited("B7", 3)]) == 1
    assert await archive.note([waited("A1", 10.1)]) == 0
    assert await archive.note([waited("A1", 12), waited("A2", 7)]) == 2
    assert await archive.note([waited("A1", 12), waited("A1", 13)]) == 1
    (found,) = await of_week(archive)
    assert (found.n, found.bias_s) == (2, 0.0)


async def test_the_same_ticket_of_another_area_is_another(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A1", "9:00", 5, 10, 20, area="nord", queue="accueil")])
    assert await archive.note([waited("A1", 10, area="nord")]) == 1
    assert [(one.area, one.n) for one in await of_week(archive, "sud", "nord")] == [("sud", 0), ("nord", 1)]
    assert [one.area for one in await of_week(archive, "nord", "sud", "ouest")] == ["nord", "sud"]


async def test_a_cancelled_ticket_is_in_no_figure(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:00", 5, 10, 20)])
    await archive.note([waited("A1", 10)])
    assert await archive.note([waited("A1", None), waited("A2", None)]) == 2
    assert await archive.note([waited("A1", None), waited("A2", None)]) == 0
    assert await of_week(archive) == []
    assert await taught(archive) == {}


async def test_weeks_begin_on_mondays_at_the_sites_midnight(archive: AnyArchive) -> None:
    sunday = MONDAY + 6 * DAY
    await archive.keep(
        [
            shown("A1", at("23:59:59", MONDAY - DAY), 5, 10, 20),
            shown("A2", at("0:00"), 5, 10, 20),
            shown("A3", at("23:59:59", sunday), 5, 10, 20),
            shown("A4", at("0:00", sunday + DAY), 5, 10, 20),
        ]
    )
    assert [one.not_called for one in await of_week(archive)] == [2]
    found = await archive.accuracies(["sud"], MONDAY - 7 * DAY, MONDAY + 7 * DAY)
    assert [(one.week, one.not_called) for one in found] == [
        (MONDAY - 7 * DAY, 1),
        (MONDAY, 2),
        (MONDAY + 7 * DAY, 1),
    ]


async def test_a_week_is_whole_when_the_clocks_change_in_it(archive: AnyArchive) -> None:
    """On 25 October 2026 clocks go back."""
    monday = date(2026, 10, 19)
    await archive.keep([shown("A1", at("23:30", date(2026, 10, 25)), 5, 10, 20)])
    assert [one.not_called for one in await of_week(archive, week=monday)] == [1]
    assert await of_week(archive, week=monday + 7 * DAY) == []


async def test_lessons_are_what_was_shown_before_the_correction_and_the_wait(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20, raw=(4, 9, 15)), shown("B1", "9:00", 1, 2, 3, queue="asile")])
    await archive.note([waited("A1", 12), waited("B1", 2)])
    assert await taught(archive) == {
        "sejour": [pair((5, 10, 20), 12, raw=(4, 9, 15))],
        "asile": [pair((1, 2, 3), 2, queue="asile")],
    }


async def test_who_was_not_called_and_who_found_a_free_counter_teach_nothing(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:00", 0, 0, 0)])
    await archive.note([waited("A2", 1)])
    assert await taught(archive) == {}


async def test_the_day_of_the_instant_teaches_nothing_yet(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "0:00", 5, 10, 20)])
    await archive.note([waited("A1", 12)])
    assert await archive.lessons("sud", at("23:59")) == {}
    assert list(await archive.lessons("sud", at("0:00", MONDAY + DAY))) == ["sejour"]


async def test_only_the_last_days_with_data_teach_each_queue_its_own(archive: AnyArchive) -> None:
    """Séjour has data on Monday, Wednesday and Friday, asile on Monday alone."""
    for number in (0, 2, 4):
        day = MONDAY + number * DAY
        await archive.keep([shown(f"A{number}-{n}", at("9:00", day), 5, 10, 20) for n in range(3)])
        await archive.note([waited(f"A{number}-{n}", 10) for n in range(3)])
    await archive.keep([shown("B", "9:00", 5, 10, 20, queue="asile"), shown("C", at("9:00", MONDAY + DAY), 5, 10, 20)])
    await archive.note([waited("B", 10)])
    found = await taught(archive, MONDAY + 5 * DAY, days=2)
    assert [one.day for one in found["sejour"]] == [MONDAY + 2 * DAY] * 3 + [MONDAY + 4 * DAY] * 3
    assert [one.day for one in found["asile"]] == [MONDAY]


async def test_what_was_shown_more_than_ninety_days_ago_teaches_nothing(archive: AnyArchive) -> None:
    await archive.keep([shown(f"A{ago}", at("9:00", MONDAY - ago * DAY), 5, 10, 20) for ago in (90, 91)])
    await archive.note([waited(f"A{ago}", 10) for ago in (90, 91)])
    assert [one.day for one in (await taught(archive, MONDAY))["sejour"]] == [MONDAY - 90 * DAY]


async def test_a_method_can_be_taught_by_its_own_predictions_alone(archive: AnyArchive) -> None:
    await archive.keep([shown("A1", "9:00", 5, 10, 20), shown("A2", "9:00", 1, 2, 3, method="formula")])
    await archive.note([waited("A1", 10), waited("A2", 10)])
    found = await archive.lessons("sud", at("7:00", MONDAY + DAY), "formula")
    assert [one.raw for one in found["sejour"]] == [minutes(1, 2, 3)]
    assert len((await taught(archive))["sejour"]) == 2


@pytest.mark.servers
async def test_of_two_sites_in_one_database_each_has_its_own(database: str) -> None:
    async with Journal(database) as journal:
        aube = Archive(Database(journal, AwayError), "aube", "Europe/Paris")
        marne = Archive(Database(journal, AwayError), "marne", "Europe/Paris")
        await aube.keep([shown("A1", "9:00", 5, 10, 20)])
        assert await marne.note([waited("A1", 10)]) == 0
        assert await of_week(marne) == []
        assert await taught(marne) == {}


@pytest.mark.servers
async def test_a_wait_that_the_database_rounds_is_not_news_for_ever(database: str) -> None:
    """A real has seven digits."""
    async with Journal(database) as journal:
        archive = Archive(Database(journal, AwayError), "aube", "Europe/Paris")
        await archive.keep([shown("A1", "9:00", 5, 10, 20)])
        assert await archive.note([waited("A1", 100 / 3 + 1e-9)]) == 1
        assert await archive.note([waited("A1", 100 / 3 + 1e-9)]) == 0


@pytest.mark.servers
async def test_what_the_database_refuses_is_no_outage(database: str) -> None:
    async with Journal(database) as journal:
        archive = Archive(Database(journal, AwayError), "aube", "Europe/Paris")
        with pytest.raises(asyncpg.DataError):
            await archive.keep([shown("A1\x00", "9:00", 5, 10, 20)])


async def test_an_archive_whose_database_is_away_says_so() -> None:
    async with Journal(f"postgresql://vigie@127.0.0.1:{free_port()}/none?sslmode=disable") as journal:
        archive = Archive(Database(journal, AwayError), "aube", "Europe/Paris")
        with pytest.raises(AwayError, match="the database does not answer"):
            await archive.keep([shown("A1", "9:00", 5, 10, 20)])
        with pytest.raises(AwayError, match="the database does not answer"):
            await archive.note([waited("A1", 5)])
        with pytest.raises(AwayError, match="the database does not answer"):
            await of_week(archive)
        with pytest.raises(AwayError, match="the database does not answer"):
            await taught(archive)
