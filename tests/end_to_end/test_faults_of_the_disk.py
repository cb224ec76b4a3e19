"""Whatever disk is full while kiosks publish: what was acknowledged is in the journal, once."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import asyncpg
import pytest

from tests.end_to_end.cell import GLANCE_S, KINDS, Cell, Kind, Write, conclude, each_broker, opened
from tests.end_to_end.disk import Disk, small_disk
from tests.end_to_end.running import asked
from tests.servers import MOSQUITTO, Postgres, embedded_binaries, folder, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

FULL_S = 5.0


@pytest.fixture(scope="module")
def on_a_small_disk() -> Iterator[tuple[Postgres, Disk]]:
    """A server on a disk that a test can fill."""
    with folder(durable=False) as home, small_disk(home) as disk:
        server = Postgres(disk.place, embedded_binaries(), settings=["max_wal_size=32MB", "min_wal_size=32MB"]).start()
        yield server, disk
        server.end()


@each_broker
def test_a_disk_that_is_full(kind: Kind, on_a_small_disk: tuple[Postgres, Disk], record_property: Write) -> None:
    server, disk = on_a_small_disk
    with opened(kind, server) as cell:
        fill(disk, server, cell)
        conclude(cell, f"disk of the database full for {FULL_S:.0f} s", record_property)


def test_a_disk_with_the_log_of_the_database_that_is_full(record_property: Write) -> None:
    with folder(durable=False) as home, small_disk(home) as disk:
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
