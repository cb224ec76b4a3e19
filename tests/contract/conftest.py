"""Fixtures of the contract: the same tests on the journal in memory and on two versions of PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collector.journal import Journal
from deploy.migrate import migrate
from tests.fakes import FakeJournal
from tests.servers import Postgres

SERVERS = [
    pytest.param("postgres", marks=pytest.mark.servers, id="embedded"),
    pytest.param("debian_postgres", marks=pytest.mark.servers, id="debian"),
]


@pytest.fixture(params=[pytest.param("fake", id="fake"), *SERVERS])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Journal | FakeJournal]:
    """A journal, empty."""
    if request.param == "fake":
        yield FakeJournal()
        return
    server: Postgres = request.getfixturevalue(request.param)
    async with _migrated(server) as dsn, Journal(dsn) as journal:
        yield journal


@pytest.fixture(params=SERVERS)
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The DSN of an empty, migrated database on either version."""
    async with _migrated(request.getfixturevalue(request.param)) as dsn:
        yield dsn


@pytest.fixture(params=SERVERS)
async def empty_database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    server: Postgres = request.getfixturevalue(request.param)
    async with server.borrowed() as dsn:
        yield dsn


@asynccontextmanager
async def _migrated(server: Postgres) -> AsyncIterator[str]:
    async with server.borrowed() as dsn:
        await migrate(dsn)
        yield dsn
