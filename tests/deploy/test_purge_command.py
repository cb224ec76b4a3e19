"""`vigie purge`: what it says, and how it ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.migrate import migrate
from deploy.purge import LOCK
from tests.build import PARIS
from tests.end_to_end.running import asked, configuration, executed, said, waited
from tests.servers import Postgres

pytestmark = pytest.mark.servers


@pytest.fixture
def dsn(postgres: Postgres) -> str:
    found = waited(postgres.database())
    waited(migrate(found))
    return found


@pytest.fixture
def config(tmp_path: Path, dsn: str) -> str:
    """Of a vigie that keeps the present month alone."""
    path = configuration(tmp_path, dsn=dsn)
    path.write_text(path.read_text() + "\n[retention]\nrows_months = 1\n")
    return str(path)


def trail(dsn: str, *times: datetime) -> None:
    rows = ", ".join(f"('aube', '{at.isoformat()}', '', 'w', 'a', '', 200)" for at in times)
    executed(dsn, f"insert into trail (site, at, account, who, action, subject, status) values {rows}")  # noqa: S608


def test_a_purge_says_what_has_gone_and_a_dry_run_what_would(dsn: str, config: str) -> None:
    now = datetime.now(UTC)
    first = now.astimezone(PARIS).date().replace(day=1)
    trail(dsn, now - timedelta(days=40), now - timedelta(days=32), now)
    foreseen = said("purge", "--dry-run", "--config", config)
    assert (foreseen.status, foreseen.out) == (0, f"trail: 2 rows from before {first} would go.\n")
    assert len(asked(dsn, "select from trail")) == 3
    done = said("purge", "--config", config)
    assert (done.status, done.out) == (0, f"trail: 2 rows from before {first} gone.\n")
    assert len(asked(dsn, "select from trail")) == 1
    assert [tuple(row) for row in asked(dsn, "select who, what, before, rows from purge")] == [
        ("command line", "trail", first, 2)
    ]
    again = said("purge", "--config", config)
    assert (again.status, again.out) == (0, "Nothing is too old.\n")


def test_a_second_purge_is_one_sentence(dsn: str, config: str) -> None:
    with asyncio.Runner() as another:
        connection = another.run(asyncpg.connect(dsn))
        another.run(connection.execute("select pg_advisory_lock($1)", LOCK))
        answer = said("purge", "--config", config)
        another.run(connection.close())
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "vigie: another purge of this database is running\n"


def test_before_the_first_migration_it_says_what_to_do(tmp_path: Path, postgres: Postgres) -> None:
    answer = said("purge", "--config", str(configuration(tmp_path, dsn=waited(postgres.database()))))
    assert answer.status == 2
    assert "run `vigie migrate`" in answer.err
