"""Whatever befalls the database while kiosks publish: what was acknowledged is in the journal, once."""

import os
import time
from contextlib import ExitStack

import pytest

from tests.end_to_end.cell import KINDS, Kind, Write, conclude, each_broker, opened
from tests.servers import MOSQUITTO, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

OUTAGE_S = float(os.environ.get("VIGIE_TEST_OUTAGE_S", "60"))


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


@each_broker
def test_a_database_that_is_killed(kind: Kind, database: Postgres, record_property: Write) -> None:
    with opened(kind, database) as cell:
        cell.sender.until_sent(1 / 3)
        database.kill()
        database.keep_starting()
        cell.fault_ended()
        conclude(cell, "database killed (-9)", record_property)
