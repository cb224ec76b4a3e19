"""What supervisors decide, kept: in memory and on two versions of PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, time

import pytest
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.notices import Store
from deploy.asking import Database
from deploy.migrate import migrate
from tests.build import MONDAY, at
from tests.contract.conftest import SERVERS
from tests.dashboards.decided import FakeNotices
from tests.servers import Postgres, free_port
from ticketing.notice import Act, Notices


def act(text: str = "pont", on: date | None = MONDAY, **more: object) -> Act:
    one = Act(area="sud", date=on, text=text, who="chef de hall", at=at("9:00"))
    return replace(one, **more)


@pytest.fixture(params=[pytest.param("fake", id="fake"), *SERVERS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "fake":
        yield FakeNotices()
        return
    server: Postgres = request.getfixturevalue(request.param)
    async with server.borrowed() as dsn:
        await migrate(dsn)
        async with Journal(dsn) as journal:
            # of another site on the same database, nothing is seen
            await Store(Database(journal, AwayError), "marne").decide(act("ailleurs"), None)
            yield Store(Database(journal, AwayError), "aube")


async def numbers(store: Store) -> dict[str, int]:
    """What is in force, by its text."""
    found = await store.in_force()
    messages = {one.text: one.number for one in found.messages.values()}
    return messages | {one.text: one.number for one in found.closures}


async def test_at_first_nothing_is_decided(store: Store) -> None:
    assert await store.in_force() == Notices()
    assert await store.acts(10) == []


async def test_a_decision_is_in_force_as_it_was_made(store: Store) -> None:
    spans = ((time(8, 30), time(10, 42)), (time(14), time.max))
    assert await store.decide(act(spans=spans), 0)
    assert await store.decide(act("bonjour", None, until=at("16:30")), 0)
    found = await store.in_force()
    (closure,) = found.closures
    assert (closure.area, closure.date, closure.spans, closure.text) == ("sud", MONDAY, spans, "pont")
    assert (closure.who, closure.at) == ("chef de hall", at("9:00"))
    assert (found.messages["sud"].text, found.messages["sud"].until) == ("bonjour", at("16:30"))


async def test_of_two_who_have_seen_the_same_the_second_changes_nothing(store: Store) -> None:
    assert sorted(await asyncio.gather(store.decide(act("un"), 0), store.decide(act("deux"), 0))) == [False, True]
    ((text, number),) = (await numbers(store)).items()
    assert not await store.decide(act("trois"), number + 1)
    assert not await store.decide(act("trois"), 0)
    assert await numbers(store) == {text: number}
    assert await store.decide(act("trois"), number)
    assert list(await numbers(store)) == ["trois"]


async def test_who_says_nothing_of_what_they_have_seen_goes_before_it(store: Store) -> None:
    assert await store.decide(act("un"), None)
    assert await store.decide(act("deux"), None)
    assert list(await numbers(store)) == ["deux"]


async def test_what_is_lifted_is_no_more_and_can_be_decided_anew(store: Store) -> None:
    await store.decide(act(), None)
    await store.decide(act("bonjour", None), None)
    seen = await numbers(store)
    assert await store.decide(act(lifted=True, text=""), seen["pont"])
    assert not await store.decide(act(lifted=True, text=""), seen["pont"])
    assert list(await numbers(store)) == ["bonjour"]
    assert await store.decide(act("encore"), 0)
    assert set(await numbers(store)) == {"bonjour", "encore"}


async def test_every_act_stays_with_who_and_when_the_latest_first(store: Store) -> None:
    await store.decide(act("un"), None)
    await store.decide(act("deux", who="cheffe d’accueil", at=at("9:05")), None)
    await store.decide(act("", lifted=True, at=at("9:10")), None)
    told = [(one.text, one.who, one.at, one.lifted) for one in await store.acts(10)]
    assert told == [
        ("", "chef de hall", at("9:10"), True),
        ("deux", "cheffe d’accueil", at("9:05"), False),
        ("un", "chef de hall", at("9:00"), False),
    ]
    assert len(await store.acts(2)) == 2


async def test_while_the_database_is_away_that_is_said() -> None:
    async with Journal(f"postgresql://vigie@127.0.0.1:{free_port()}/vigie") as journal:
        store = Store(Database(journal, AwayError), "aube")
        with pytest.raises(AwayError):
            await store.in_force()
        with pytest.raises(AwayError):
            await store.decide(act(), None)
