"""Two faults at once, a database that is slow, a network that is dead, and two of what should be one."""

import signal
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree

import psutil
import pytest

from tests.end_to_end.cell import EVENTS, GLANCE_S, KINDS, PATIENCE_S, Kind, opened
from tests.end_to_end.running import ROOT, Running, asked, configuration, waited
from tests.servers import MOSQUITTO, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

MOSQUITTO_3, MOSQUITTO_5, _ = KINDS
SLOW = (
    "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.05); return null; end $$",
    "create trigger slow before insert on journal for each statement execute function slow()",
)
MEMORY = 100 << 20
"""Bytes that an intake may take more than at rest, whatever waits for its database."""


@pytest.mark.parametrize("first", ["database", "broker"])
def test_a_broker_and_a_database_that_are_both_killed_come_back_in_either_order(database: Postgres, first: str) -> None:
    with opened(MOSQUITTO_3, database) as cell:
        cell.broker.await_snapshot()
        cell.sender.until_sent(0.2)
        database.kill()
        cell.sender.until_sent(0.5)
        cell.broker.kill()
        servers = [database, cell.broker] if first == "database" else [cell.broker, database]
        for server in servers:
            server.keep_starting()
        cell.fault_ended()
        outcome = cell.outcome("both killed")
    assert outcome.whole, outcome


@pytest.mark.parametrize("kind", [MOSQUITTO_3, MOSQUITTO_5], ids=lambda kind: kind.protocol)
def test_a_slow_database_costs_no_event_and_no_memory(database: Postgres, kind: Kind) -> None:
    with opened(kind, database) as cell:
        for statement in SLOW:
            asked(cell.dsn, statement)
        process = psutil.Process(cell.intake.process.pid)
        rest = most = process.memory_info().rss
        while len(cell.sender.acknowledged) < EVENTS:
            assert cell.sender.is_alive()
            most = max(most, process.memory_info().rss)
            psutil.wait_procs([process], GLANCE_S)
        cell.fault_ended()
        outcome = cell.outcome("slow")
        print(f"{(most - rest) / 2**20:.1f} MiB more, back after {outcome.back_s} s")
    assert outcome.whole, outcome
    assert most - rest < MEMORY


def test_a_network_that_is_dead_for_a_while_costs_nothing(database: Postgres) -> None:
    with opened(MOSQUITTO_3, database, lives=(1 << 30, 1 << 30)) as cell:
        intake, _ = cell.proxies
        for share in (0.2, 0.5):
            cell.sender.until_sent(share)
            intake.stall()
            cell.sender.until_sent(share + 0.2)
            intake.cut()
            intake.resume()
        cell.fault_ended()
        outcome = cell.outcome("stalled")
        assert intake.cuts == 2
    assert outcome.whole, outcome


def test_two_intakes_with_sessions_of_their_own_keep_every_event_once(database: Postgres) -> None:
    with opened(MOSQUITTO_3, database, beside="second") as cell:
        cell.sender.until_sent(1)
        cell.fault_ended()
        until(lambda: cell.given() >= 2 * EVENTS, "either has given every event to the database", PATIENCE_S)
        outcome = cell.outcome("two intakes")
    assert outcome.whole, outcome


def test_two_intakes_that_share_a_subscription_skip_nothing_on_a_third_ones_board_though_one_is_killed(
    database: Postgres,
) -> None:
    with opened(MOSQUITTO_5, database, share="vigie") as cell, ExitStack() as stack:
        watch = stack.enter_context(cell.another("watch")).ready()
        second = stack.enter_context(cell.another("collect", client_id="second", share="vigie"))
        cell.sender.until_sent(1 / 3)
        assert second.end(signal.SIGKILL) == -signal.SIGKILL
        cell.sender.until_sent(2 / 3)
        stack.enter_context(cell.another("collect", client_id="second", share="vigie"))
        cell.fault_ended()
        outcome = cell.outcome("shared")
        assert outcome.whole, outcome
        until(lambda: watch.live("sud")["waiting"] == EVENTS, "every ticket is on the board, and once")


def test_a_vigie_killed_in_a_migration_and_two_started_at_once_leave_a_whole_schema(
    database: Postgres, data_dir: Path
) -> None:
    copy = data_dir / "copy"
    for package in ("collector", "ticketing", "alerts", "dashboards", "deploy"):
        copytree(ROOT / package, copy / package)
    (copy / "deploy" / "migrations" / "9999_slow.sql").write_text(
        "create table slow (n integer); insert into slow values (1); select pg_sleep(2); insert into slow values (2);"
    )
    dsn = waited(database.database())
    config = configuration(data_dir / "vigie", dsn=dsn)

    def migrating() -> bool:
        return bool(
            asked(dsn, "select from pg_stat_activity where query like 'create table slow%' and wait_event = 'PgSleep'")
        )

    with Running(data_dir / "first", "migrate", "--config", str(config), root=copy) as first:
        until(migrating, "the slow migration is under way")
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    twins = [Running(data_dir / name, "migrate", "--config", str(config), root=copy) for name in ("second", "third")]
    assert [twin.process.wait(60) for twin in twins] == [0, 0], [twin.words for twin in twins]

    assert sorted("9999_slow.sql" in twin.words for twin in twins) == [False, True], [twin.words for twin in twins]
    assert [row["n"] for row in asked(dsn, "select n from slow order by n")] == [1, 2]
    names = [row["name"] for row in asked(dsn, "select name from migration order by name")]
    assert names == sorted(file.name for file in (copy / "deploy" / "migrations").glob("*.sql"))
