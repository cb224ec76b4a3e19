"""A cell of the fault matrix: kiosks, a broker, an intake and a database, and what came of it all."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random

import msgspec
import pytest
from msgspec import Struct
from paho.mqtt import publish as mqtt

from tests.end_to_end.fault_table import KEY, Outcome
from tests.end_to_end.proxy import Proxy
from tests.end_to_end.running import Running, asked, configuration, count, waited
from tests.end_to_end.sender import Address, Sender, tickets
from tests.servers import Mosquitto, Nats, Postgres, folder, until

EVENTS = int(os.environ.get("VIGIE_TEST_EVENTS", "20000"))
PATIENCE_S = 120.0
STILL_S = 40.0
"""NATS sends again after ten seconds, and what it then has no room for after ten more."""
GLANCE_S = 0.1


class Kind(Struct, frozen=True):
    """A broker with a version of the protocol; `pace` in events a second, near what it takes."""

    name: str
    protocol: str
    make: Callable[[Path], Mosquitto | Nats]
    pace: float


KINDS = [
    Kind("Mosquitto, MQTT 3.1.1", "3.1.1", Mosquitto, 4000),
    Kind("Mosquitto, MQTT 5", "5", Mosquitto, 4000),
    Kind("NATS, MQTT 3.1.1", "3.1.1", Nats, 2400),
]


Write = Callable[[str, object], None]
each_broker = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(", MQTT ", "-"))


class Cell:
    """Kiosks publish on entry; the test makes the fault, and says when it is over."""

    def __init__(self, kind: Kind, broker: Mosquitto | Nats, database: Postgres, dsn: str, config: Path) -> None:
        self.kind, self.broker, self.database, self.dsn = kind, broker, database, dsn
        self._config = config
        self._messages = list(tickets(EVENTS))
        self._over = 0.0
        self.proxies: list[Proxy] = []
        self._others = 0
        self.start_intake()

    def start_intake(self) -> None:
        self.intake = Running(self._config.parent, "collect", "--config", str(self._config))

    def kill_intake(self) -> None:
        assert self.intake.end(signal.SIGKILL) == -signal.SIGKILL

    def another(self, part: str, **options: str) -> Running:
        """A process more on the same broker and database, in a folder of its own."""
        self._others += 1
        home = self._config.parent / f"other-{self._others}"
        given = {"protocol": self.kind.protocol, **options}
        config = configuration(home, broker=self.broker.url, dsn=self.dsn, options=given)
        # processes on one journal share what is secret about it
        config.write_text(f'data_dir = "{self._config.parent / "var"}"\n' + config.read_text())
        return Running(home, part, "--config", str(config))

    def await_subscription(self) -> None:
        """Until the intake's session exists at the broker: what came before would be nobody's."""
        _, topic, payload = self._messages[0]
        sign_in: mqtt.AuthParameter | None = None
        if self.broker.user:
            sign_in = {"username": self.broker.user, "password": self.broker.password or ""}

        def kept() -> bool:
            assert not self.intake.ended, self.intake.words
            mqtt.single(topic, payload, 1, port=self.broker.port, auth=sign_in)
            return count(self.dsn) == 1

        until(kept, "the intake subscribes", every_s=GLANCE_S)

    def sending(self, port: int) -> Sender:
        address = Address(port, self.kind.protocol, self.broker.user, self.broker.password)
        self.sender = Sender(address, self._messages, self.kind.pace)
        return self.sender

    def fault_ended(self) -> None:
        """The fault is over: from now on the clock runs until all that was acknowledged before is in the journal."""
        for proxy in self.proxies:
            proxy.life = None
        self._over = time.monotonic()
        self._owed = set(self.sender.acknowledged)

    def outcome(self, fault: str) -> Outcome:
        """When all is sent and has had its time to come."""
        lacking: set[str] = set(self._owed)

        def caught_up() -> bool:
            if count(self.dsn) >= len(self._owed):
                lacking.difference_update(self._kept())
            return not lacking

        self._wait(caught_up)
        back_s = time.monotonic() - self._over
        self.sender.until_sent(1, PATIENCE_S)
        self._wait(lambda: count(self.dsn) >= EVENTS)
        rows = self._kept()
        return Outcome(
            fault=fault,
            broker=self.kind.name,
            acknowledged=len(self.sender.acknowledged),
            kept=len(rows),
            lost=len(self.sender.acknowledged - set(rows)),
            doubled=len(rows) - len(set(rows)),
            foreign=len(set(rows) - {identity for identity, _, _ in self._messages}),
            sent_again=self.sender.again,
            came_again=self.given() - len(rows),
            back_s=round(back_s, 1),
        )

    def given(self) -> int:
        """Rows that the database was given so far, those that it had already with them."""
        return int(asked(self.dsn, "select last_value from journal_position")[0][0])

    def _kept(self) -> list[str]:
        return [row[0] for row in asked(self.dsn, "select device || '/' || id from journal")]

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Until it holds, or nothing has moved for long: what is lost then is counted, not waited for."""
        moved, before = time.monotonic(), -1
        while not condition():
            assert not self.intake.ended, self.intake.words
            if (now := count(self.dsn)) != before:
                moved, before = time.monotonic(), now
            if time.monotonic() - moved > STILL_S:
                return
            time.sleep(GLANCE_S)


@contextmanager
def opened(
    kind: Kind, database: Postgres, *, lives: tuple[int, int] | None = None, beside: str | None = None, **options: str
) -> Iterator[Cell]:
    """A cell in a folder of its own. With `lives`, both sides reach the broker through proxies, which cut each
    connection after a number of bytes between the two. `beside` is the client of an intake more, on Mosquitto.
    `options` are keys of the intake's broker.
    """
    with ExitStack() as stack:
        home = stack.enter_context(folder(durable=False))
        broker = kind.make(home).start()
        stack.callback(broker.end)
        proxies: list[Proxy] = []
        ports = (broker.port, broker.port)
        if lives:
            chance = Random(EVENTS)
            proxies = [stack.enter_context(Proxy(broker.port, lambda: chance.randint(*lives))) for _ in "io"]
            ports = (proxies[0].port, proxies[1].port)
        dsn = waited(database.database())
        config = configuration(
            home,
            broker=f"mqtt://127.0.0.1:{ports[0]}",
            dsn=dsn,
            options={
                "protocol": kind.protocol,
                "user": broker.user,
                "password_file": broker.password_file,
                **options,
            },
        )
        cell = Cell(kind, broker, database, dsn, config)
        stack.callback(lambda: cell.intake.end(signal.SIGTERM))
        cell.await_subscription()
        if beside:
            assert isinstance(broker, Mosquitto)
            stack.enter_context(cell.another("collect", client_id=beside))
            until(partial(broker.subscribed, beside), "the other intake subscribes")
        cell.proxies = proxies
        with cell.sending(ports[1]):
            yield cell


def conclude(cell: Cell, fault: str, record: Write) -> None:
    """The cell's outcome into the table; and it must be whole."""
    outcome = cell.outcome(fault)
    print(outcome.line)
    record(KEY, msgspec.to_builtins(outcome))
    assert outcome.whole, outcome
