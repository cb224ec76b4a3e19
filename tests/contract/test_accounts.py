"""Accounts, tokens and the trail: in memory and on two versions of PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from collector.journal import Journal
from dashboards.errors import AwayError
from dashboards.sign_in.store import Deed, Store, Token
from deploy.asking import Database
from deploy.migrate import migrate
from tests.build import at
from tests.contract.conftest import SERVERS
from tests.dashboards.sign_in.kept import FakeStore, account
from tests.servers import Postgres


@pytest.fixture(params=[pytest.param("fake", id="fake"), *SERVERS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "fake":
        yield FakeStore()
        return
    server: Postgres = request.getfixturevalue(request.param)
    async with server.borrowed() as dsn:
        await migrate(dsn)
        async with Journal(dsn) as journal:
            # of another site on the same database, nothing is seen
            await Store(Database(journal, AwayError), "marne").add(account("zoe", email="ida@aube.example"))
            yield Store(Database(journal, AwayError), "aube")


NOW = at("9:30")


async def test_an_account_is_known_as_it_was_added_and_its_login_is_its_own(store: Store) -> None:
    assert await store.add(account("ola", "admin"))
    assert await store.add(account("ida", "viewer", email="ida@aube.example"))
    assert not await store.add(replace(account("other"), login="ida"))
    assert not await store.add(account("third", email="ida@aube.example"))
    found = (await store.known(NOW)).accounts
    assert [(one.login, one.role, one.email) for one in found] == [
        ("ida", "viewer", "ida@aube.example"),
        ("ola", "admin", None),
    ]
    assert found[0] == account("ida", "viewer", email="ida@aube.example")


async def test_what_changes_of_an_account_is_kept_and_the_rest_stays(store: Store) -> None:
    before = account("ida")
    await store.add(before)
    changed = account("ida", "quality", name="Référente", totp="sealed", disabled_at=NOW, sessions_since=NOW)
    assert await store.change(before, changed)
    assert not await store.change(account("nobody"), account("nobody", "admin"))
    found = (await store.known(NOW)).accounts[0]
    assert (found.role, found.name, found.totp, found.disabled_at) == ("quality", "Référente", "sealed", NOW)
    assert found.sessions_since == NOW


async def test_a_change_undoes_nothing_that_was_decided_meanwhile(store: Store) -> None:
    before = account("ida", "admin", email=None, totp="sealed")
    await store.add(replace(before, totp=None))
    await store.change(replace(before, totp=None), before)
    meanwhile = [
        replace(before, disabled_at=NOW),
        replace(before, role="viewer"),
        replace(before, totp=None),
        replace(before, password=None),
        replace(before, email="ida@aube.example"),
        replace(before, name="Ida M."),
        replace(before, sessions_since=NOW),
    ]
    for decided in meanwhile:
        assert await store.change(before, decided)
        assert not await store.change(before, replace(before, password="another")), decided  # noqa: S106
        assert (await store.known(NOW)).accounts == (decided,)
        assert await store.change(decided, before)


async def test_of_two_changes_at_once_one_is_made(store: Store) -> None:
    before = account("ida")
    await store.add(before)
    made = await asyncio.gather(*(store.change(before, replace(before, name=f"Ida {n}")) for n in range(8)))
    assert made.count(True) == 1


async def test_of_many_that_use_a_code_at_once_one_is_first(store: Store) -> None:
    one = account("ida")
    await store.add(one)
    used = await asyncio.gather(*(store.use_step(one, 7) for _ in range(8)))
    assert len([found for found in used if found]) == 1
    assert await store.use_step(one, 6) is None
    assert await store.use_step(one, 8)
    # a change of anything else does not make old codes good again
    assert await store.change(one, replace(one, name="Ida M."))
    assert await store.use_step(one, 8) is None


async def test_an_account_is_linked_once_and_a_subject_to_one_account(store: Store) -> None:
    ida, ola = account("ida", email="ida@aube.example"), account("ola")
    await store.add(ida)
    await store.add(ola)
    assert await store.link(ida, "sub-1")
    assert not await store.link(ida, "sub-2")
    assert not await store.link(ola, "sub-1")
    assert [one.subject for one in (await store.known(NOW)).accounts] == ["sub-1", None]


async def test_an_account_that_is_unlinked_can_be_linked_to_another_and_its_sessions_are_over(store: Store) -> None:
    ida = account("ida", email="ida@aube.example")
    await store.add(ida)
    await store.link(ida, "sub-1")
    assert await store.unlink("ida", NOW)
    assert not await store.unlink("nobody", NOW)
    assert [(one.subject, one.sessions_since) for one in (await store.known(NOW)).accounts] == [(None, NOW)]
    assert await store.link(ida, "sub-2")


async def test_a_token_is_granted_once_under_a_name_and_revoked_for_good(store: Store) -> None:
    assert await store.grant(Token(name="tele", hash="aa", area="sud"))
    assert not await store.grant(Token(name="tele", hash="bb", role="viewer"))
    assert await store.grant(Token(name="grafana", hash="cc", role="viewer"))
    assert await store.revoke("tele", NOW)
    assert not await store.revoke("tele", NOW)
    assert not await store.revoke("other", NOW)
    known = (await store.known(NOW)).tokens
    assert {(one.name, one.hash, one.role, one.area, one.revoked_at) for one in known} == {
        ("grafana", "cc", "viewer", None, None),
        ("tele", "aa", None, "sud", NOW),
    }


async def test_a_session_that_was_ended_is_known_until_it_would_be_over_anyway(store: Store) -> None:
    await store.end("s1", NOW + timedelta(hours=1))
    await store.end("s1", NOW + timedelta(hours=2))
    assert (await store.known(NOW)).ended == {"s1"}
    assert (await store.known(NOW + timedelta(hours=1))).ended == frozenset()


async def test_the_trail_is_read_by_time_and_by_person_the_newest_first(store: Store) -> None:
    def deed(minute: int, who: str) -> Deed:
        return Deed(at=NOW + timedelta(minutes=minute), account=f"id-{who}", who=who, action="connexion", subject="w1")

    await store.note([deed(0, "ida"), deed(1, "ola"), deed(2, "ida")])
    await store.note([deed(3, "ida")])
    until = NOW + timedelta(minutes=3)
    assert await store.trail(NOW, until, None, 10) == [deed(2, "ida"), deed(1, "ola"), deed(0, "ida")]
    assert await store.trail(NOW, until, "id-ida", 1) == [deed(2, "ida")]
