"""How right predictions were, as a service tells it: the weeks that are asked for, of the areas that there are."""

import asyncio
from datetime import date, timedelta

import pytest

from collector.journal import Journal
from dashboards.errors import UnheardOfError
from deploy.configuration import parse
from deploy.service import Watch
from deploy.weeks import weeks
from tests.build import MONDAY, PARIS, at
from tests.fakes import FakeArchive
from tests.predictions import shown, waited

SETTINGS = parse(
    {
        "site": "aube",
        "areas": [
            {"id": "sud", "kind": "hall", "name": "Hall sud"},
            {"id": "nord", "kind": "hall", "name": "Hall nord"},
        ],
    }
)
WEEK = timedelta(days=7)


async def archive() -> FakeArchive:
    """With a prediction in each of eight weeks, the last one to come, in each of three areas."""
    found = FakeArchive(PARIS)
    for number in range(-6, 2):
        day = at("9:00", MONDAY + number * WEEK)
        await found.keep(shown(f"{number}", day, 5, 10, 20, area=area) for area in ("sud", "nord", "ouest"))
    return found


async def asked(area: str | None = None, week: date | None = None) -> list[tuple[str, date]]:
    """On the Sunday of the tests' week, late."""
    found = await weeks(await archive(), SETTINGS, at("23:59", MONDAY + timedelta(days=6)), area, week)
    return [(one.area, one.week) for one in found]


async def test_without_a_week_the_last_five_are_told_of_every_area_that_is_configured() -> None:
    last = [MONDAY - 4 * WEEK, MONDAY - 3 * WEEK, MONDAY - 2 * WEEK, MONDAY - WEEK, MONDAY]
    assert await asked() == [("sud", week) for week in last] + [("nord", week) for week in last]


async def test_a_week_is_told_however_long_ago() -> None:
    assert await asked(week=MONDAY - 6 * WEEK) == [("sud", MONDAY - 6 * WEEK), ("nord", MONDAY - 6 * WEEK)]
    assert await asked("nord", MONDAY - 5 * WEEK) == [("nord", MONDAY - 5 * WEEK)]
    assert await asked("nord", MONDAY - 60 * WEEK) == []


@pytest.mark.parametrize("area", ["ouest", ""])
async def test_an_area_that_is_not_configured_is_refused_with_a_sentence(area: str) -> None:
    with pytest.raises(UnheardOfError, match=f'^area: found "{area}", expected one of: sud, nord$'):
        await asked(area)


@pytest.mark.parametrize("week", [date(1, 1, 1), date(1969, 12, 29), date(9999, 12, 27)])
async def test_a_week_of_no_time_is_refused_with_a_sentence(week: date) -> None:
    with pytest.raises(UnheardOfError, match=f"^week: found that of {week}, expected one after 1970 and before 2200$"):
        await asked(week=week)


@pytest.mark.servers
async def test_what_a_service_remembers_it_tells(journal: Journal) -> None:
    watch = Watch(SETTINGS, journal, lambda: at("12:00"), None, asyncio.Event())
    watch.memory.remember([shown("A1", "9:00", 5, 10, 20)], [waited("A1", 15)])
    await watch.memory.write()
    (found,) = await watch.accuracy("sud", None)
    assert (found.week, found.n, found.bias_s) == (MONDAY, 1, -300.0)
