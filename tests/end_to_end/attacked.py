"""A hall behind the production broker, whose honest kiosk must be heard whatever others do."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as counting
from pathlib import Path
from typing import Any

from deploy.mosquitto.register import Device
from tests.end_to_end.knocking import connected, let_in
from tests.end_to_end.running import HALL, Running, asked, configuration, count
from tests.servers import SecureMosquitto, until

EVENTS = "accueil/v1/aube/sud/{}/events"
STATUS = "accueil/v1/aube/sud/{}/status"
_numbers = counting(1)


def ticket(device: str = "borne-1", **changes: object) -> dict[str, Any]:
    """A ticket that is issued now at the device; each one another."""
    number = next(_numbers)
    return {
        "specversion": "1.0",
        "type": "ticket.issued",
        "source": f"/aube/sud/{device}",
        "id": f"e-{number}",
        "time": datetime.now(UTC).isoformat(),
        "data": {"ticket": f"T{number}", "number": f"T{number}", "queue": "sejour"},
    } | changes


@dataclass
class Hall:
    """`kiosk` holds a password and may read live figures, `neighbour` holds a certificate, `rogue` is a traitor."""

    broker: SecureMosquitto
    vigie: Running
    config: Path
    dsn: str
    kiosk: Device
    neighbour: Device
    rogue: Device

    @property
    def waiting(self) -> int:
        return int(self.vigie.live("sud")["waiting"])

    @property
    def aside(self) -> Counter[str]:
        """How many messages were kept aside, by why."""
        rows = asked(self.dsn, "select reason, sum(times)::int as times from quarantine group by 1")
        return Counter({row["reason"]: row["times"] for row in rows})

    @contextmanager
    def unharmed(self, *, counted: int = 0, aside: tuple[str, ...] = ()) -> Iterator[None]:
        """Afterwards two honest devices are heard, and nothing else is: but for what is said to be."""
        waiting, journal, before = self.waiting, count(self.dsn), self.aside
        yield
        for device in (self.kiosk, self.neighbour):
            with connected(self.broker, device) as knock:
                knock.send(EVENTS.format(device.device), ticket(device.device))
        until(lambda: count(self.dsn) >= journal + 2 + counted, "the honest events are kept")
        until(lambda: self.waiting >= waiting + 2 + counted, "the honest tickets are on the board")
        assert (self.waiting, count(self.dsn)) == (waiting + 2 + counted, journal + 2 + counted)
        assert self.aside == before + Counter(aside)
        assert self.vigie.status("/readyz") == 200


@contextmanager
def hall(home: Path, dsn: str, *, server_made: datetime | None = None) -> Iterator[Hall]:
    """Running; ready unless the server's certificate ended."""
    broker = SecureMosquitto(home, now=server_made)
    kiosk, neighbour = let_in(broker, "borne-1", reads=("live",)), let_in(broker, "borne-2", "certificate")
    rogue = let_in(broker, "borne-3")
    options = broker.options
    config = configuration(home / "vigie", broker=broker.url, dsn=dsn, oldest="48h", areas=HALL, options=options)
    try:
        broker.start()
        with Running(home / "vigie", "run", "--config", str(config)) as vigie:
            yield Hall(broker, vigie, config, dsn, kiosk, neighbour, rogue)
            assert vigie.end(signal.SIGTERM) == 0, vigie.words
    finally:
        broker.end()
