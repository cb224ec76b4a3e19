"""`vigie purge`: what it says, and how it ends."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.commands.purge import lines
from deploy.migrate import migrate
from deploy.purge import LOCK, Gone, Purged
from tests.build import PARIS
from tests.end_to_end.running import asked, configuration, executed, said, waited
from tests.servers import Postgres

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


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


@pytest.mark.servers
def test_a_purge_says_what_has_gone_and_a_dry_run_what_would(dsn: str, config: str) -> None:
    now = datetime.now(UTC)
    first = now.astimezone(PARIS).date().replace(day=1)
    trail(dsn, now - timedelta(days=40), now - timedelta(days=32), now)
    foreseen = said("purge", "--dry-run", "--config", config)
    assert (foreseen.status, foreseen.out) == (0, f"trail: 2 rows from before {first} would go.\n")
    assert len(asked(dsn, "select from trail")) == 3
    done = said("purge", "--config", config)
    assert (done.status, done.out) == (0, f"trail: 2 rows from before {first} purged.\n")
    assert len(asked(dsn, "select from trail")) == 1
    assert [tuple(row) for row in asked(dsn, "select who, what, before, rows from purge")] == [
        ("ligne de commande", "trail", first, 2)
    ]
    again = said("purge", "--config", config)
    assert (again.status, again.out) == (0, "Nothing is too old.\n")


@pytest.mark.servers
def test_a_second_purge_is_one_sentence(dsn: str, config: str) -> None:
    with asyncio.Runner() as another:
        connection = another.run(asyncpg.connect(dsn))
        another.run(connection.execute("select pg_advisory_lock($1, hashtext('aube'))", LOCK))
        answer = said("purge", "--config", config)
        another.run(connection.close())
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "vigie: another purge is running\n"


@pytest.mark.servers
def test_before_the_first_migration_it_says_what_to_do(tmp_path: Path, postgres: Postgres) -> None:
    answer = said("purge", "--config", str(configuration(tmp_path, dsn=waited(postgres.database()))))
    assert answer.status == 2
    assert "run `vigie migrate`" in answer.err


def test_all_that_a_purge_did_and_could_not_do_is_a_sentence_each() -> None:
    purged = Purged(
        gone=(Gone(what="journal_2026_04", before=MAY, rows=61_234), Gone(what="visit_2026_04", before=MAY, rows=1)),
        kept=(date(2026, 4, 1),),
        unkept=MAY,
        busy=("trail",),
        late={date(2026, 3, 1): 1},
    )
    assert lines(purged, dry_run=False) == [
        "The figures of 2026-04 are kept.",
        "The figures of 2026-05 cannot be kept: nothing of it, nor of what came after, was purged.",
        "1 event of 2026-03 came after it was purged: in no figure of it.",
        "journal_2026_04: 61,234 rows from before 2026-05-01 purged.",
        "visit_2026_04: 1 row from before 2026-05-01 purged.",
        "trail: in use all the time, left to the next purge.",
    ]


def test_a_dry_run_says_which_figures_would_be_kept_first() -> None:
    foreseen = Purged(gone=(Gone(what="journal_2026_05", before=JUNE, rows=0),), kept=(MAY,))
    assert lines(foreseen, dry_run=True) == [
        "The figures of 2026-05 would be kept first.",
        "journal_2026_05: 0 rows from before 2026-06-01 would go.",
    ]
