"""Whatever fails while kiosks publish: every event whose publish was acknowledged is in the journal, once."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import asyncpg
import msgspec
import pytest

from tests.end_to_end.cell import EVENTS, GLANCE_S, KINDS, Cell, Kind, opened
from tests.end_to_end.disk import Disk, small_disk
from tests.end_to_end.running import asked
from tests.servers import MOSQUITTO, Postgres, embedded_binaries, folder, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

OUTAGE_S = float(os.environ.get("VIGIE_TEST_OUTAGE_S", "60"))
FULL_S = 5.0
LIVES = (150_000, 350_000)
"""Bytes towards a client after which its connection is cut."""

Write = Callable[[str, object], None]
each_broker = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(", MQTT ", "-"))


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """A server that writes to the disk what it commits, and that a test may end if it starts it again."""
    with folder() as home:
        server = Postgres(home, embedded_binaries()).start()
        yield server
        server.end()


@pytest.fixture(scope="module")
def on_a_small_disk() -> Iterator[tuple[Postgres, Disk]]:
    """A server on a disk that a test can fill."""
    with folder() as home, small_disk(home) as disk:
        server = Postgres(disk.place, embedded_binaries(), settings=["max_wal_size=32MB", "min_wal_size=32MB"]).start()
        yield server, disk
        server.end()


def conclude(cell: Cell, fault: str, record: Write) -> None:
    """The cell's outcome into the table; and it must be whole."""
    outcome = cell.outcome(fault)
    print(outcome.line)
    record("outcome", msgspec.to_builtins(outcome))
    assert outcome.whole, outcome


@each_broker
def test_an_intake_that_is_killed_three_times(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database) as cell:
        for share in (0.2, 0.4, 0.6):
            cell.sender.until_sent(share)
            cell.kill_intake()
            cell.start_intake()
        cell.fault_ended()
        conclude(cell, "intake killed (-9) three times", record_property)


@each_broker
def test_a_broker_that_is_killed(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database) as cell:
        cell.broker.await_snapshot()
        cell.sender.until_sent(1 / 3)
        cell.broker.kill()
        cell.broker.keep_starting()
        cell.fault_ended()
        conclude(cell, "broker killed (-9)", record_property)


@each_broker
def test_a_broker_that_is_stopped(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database) as cell:
        cell.sender.until_sent(1 / 3)
        cell.broker.end()
        cell.broker.keep_starting()
        cell.fault_ended()
        conclude(cell, "broker stopped (SIGTERM)", record_property)


@each_broker
def test_a_database_that_is_killed(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database) as cell:
        cell.sender.until_sent(1 / 3)
        database.kill()
        database.keep_starting()
        cell.fault_ended()
        conclude(cell, "database killed (-9)", record_property)


@each_broker
def test_connections_that_are_cut_again_and_again(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database, lives=LIVES) as cell:
        cell.sender.until_sent(1)
        cell.fault_ended()
        cuts = [proxy.cuts for proxy in cell.proxies]
        assert min(cuts) >= EVENTS / 2000, cuts
        conclude(cell, "connections cut", record_property)


@each_broker
def test_a_disk_that_is_full(kind: Kind, on_a_small_disk: tuple[Postgres, Disk], record_property: Write) -> None:
    server, disk = on_a_small_disk
    with opened(kind, server) as cell:
        fill(disk, server, cell)
        conclude(cell, f"disk of the database full for {FULL_S:.0f} s", record_property)


def test_a_disk_with_the_log_of_the_database_that_is_full(record_property: Write) -> None:
    with folder() as home, small_disk(home) as disk:
        server = Postgres(home, embedded_binaries(), wal=disk.place / "wal").start()
        try:
            with opened(KINDS[0], server) as cell:
                fill(disk, server, cell, lambda: switched(cell.dsn))
                assert "PANIC" in (server.home / "log").read_text()
                conclude(cell, f"disk of its write-ahead log full for {FULL_S:.0f} s", record_property)
        finally:
            server.end()


def switched(dsn: str) -> None:
    """Makes the server go on to its next file of the log now, if it can."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        asked(dsn, "select pg_switch_wal() from pg_logical_emit_message(true, 'test', 'so that there is something')")


def fill(disk: Disk, server: Postgres, cell: Cell, hasten: Callable[[], None] = lambda: None) -> None:
    """Fills the disk while the kiosks publish, and makes room again; the server is started whenever it gives up."""
    cell.sender.until_sent(1 / 3)

    def waits() -> bool:
        hasten()
        return "intake waits" in cell.intake.words

    with disk.filled():
        until(waits, "the intake finds the disk full")
        over = time.monotonic() + FULL_S
        while time.monotonic() < over:
            server.starts_again()
            time.sleep(GLANCE_S)
    server.keep_starting()
    cell.fault_ended()
    assert "No space left on device" in (server.home / "log").read_text()


def test_a_database_that_is_stopped_for_a_minute(database: Postgres, record_property: Write) -> None:
    with ExitStack() as stack:
        cells = [stack.enter_context(opened(kind, database)) for kind in KINDS]
        for cell in cells:
            cell.sender.until_sent(1 / 3)
        database.end()
        over = time.monotonic() + OUTAGE_S
        until(lambda: time.monotonic() > over, "the outage is over", OUTAGE_S + 5, every_s=1)
        database.keep_starting()
        for cell in cells:
            cell.fault_ended()
        for cell in cells:
            conclude(cell, f"database stopped for {OUTAGE_S:.0f} s", record_property)
