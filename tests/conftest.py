"""Fixtures: the real servers that tests share, and those that a test has to itself."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from collector.journal import Journal
from deploy.migrate import migrate
from tests.end_to_end.fault_table import table, told
from tests.servers import DEBIAN, MOSQUITTO, Mosquitto, Postgres, embedded_binaries, folder

# how long an example takes says more of the machine than of the law
settings.register_profile("vigie", deadline=None)
settings.load_profile("vigie")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the files of tests, they begin with the slow ones: short ones fill what is left."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the fault matrix, below a run that made it."""
    if outcomes := told(one for key in ("passed", "failed") for one in terminalreporter.stats.get(key, [])):
        terminalreporter.section("faults")
        terminalreporter.write_line(table(outcomes, datetime.now(UTC).date()))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with folder(durable=False) as path:
        yield path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session; a test takes a database of its own from it, and never ends it."""
    with folder(durable=False) as home:
        server = Postgres(home, embedded_binaries(), durable=False)
        server.start()
        yield server
        server.end()


@pytest.fixture(scope="session")
def debian_postgres() -> Iterator[Postgres]:
    """The oldest PostgreSQL that we promise to work with, as Debian has it."""
    if not DEBIAN:
        pytest.skip("Debian's postgresql is not installed")
    with folder(durable=False) as home:
        server = Postgres(home, DEBIAN[0], durable=False)
        server.start()
        yield server
        server.end()


@pytest.fixture
async def dsn(postgres: Postgres) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    async with postgres.borrowed() as found:
        await migrate(found)
        yield found


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
