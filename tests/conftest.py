"""Fixtures: the real servers that tests share, and those that a test has to itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from collector.journal import Journal
from deploy.migrate import migrate
from tests.servers import DEBIAN, MOSQUITTO, Mosquitto, Postgres, embedded_binaries, folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with folder() as path:
        yield path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session; a test takes a database of its own from it, and never ends it."""
    with folder() as home:
        server = Postgres(home, embedded_binaries(), durable=False)
        server.start()
        yield server
        server.end()


@pytest.fixture(scope="session")
def debian_postgres() -> Iterator[Postgres]:
    """The oldest PostgreSQL that we promise to work with, as Debian has it."""
    if not DEBIAN:
        pytest.skip("Debian's postgresql is not installed")
    with folder() as home:
        server = Postgres(home, DEBIAN[0], durable=False)
        server.start()
        yield server
        server.end()


@pytest.fixture
async def dsn(postgres: Postgres) -> str:
    """A migrated database of the test's own."""
    found = await postgres.database()
    await migrate(found)
    return found


@pytest.fixture
async def journal(dsn: str) -> AsyncIterator[Journal]:
    async with Journal(dsn) as opened:
        yield opened


@pytest.fixture
def mosquitto(data_dir: Path) -> Iterator[Mosquitto]:
    """A broker of the test's own."""
    if MOSQUITTO is None:
        pytest.skip("Debian's mosquitto is not installed")
    server = Mosquitto(data_dir)
    server.start()
    yield server
    server.end()
