"""Whatever fails while kiosks publish: every event whose publish was acknowledged is in the journal, once."""

import pytest

from tests.end_to_end.cell import EVENTS, Kind, Write, conclude, each_broker, opened
from tests.servers import MOSQUITTO, Postgres

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

LIVES = (150_000, 350_000)
"""Bytes towards a client after which its connection is cut."""


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
def test_connections_that_are_cut_again_and_again(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database, lives=LIVES) as cell:
        cell.sender.until_sent(1)
        cell.fault_ended()
        cuts = [proxy.cuts for proxy in cell.proxies]
        assert min(cuts) >= EVENTS / 2000, cuts
        conclude(cell, "connections cut", record_property)
