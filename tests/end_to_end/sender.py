"""A device as the contract asks for it: it sends again whatever the broker has not acknowledged."""

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Self

import msgspec
from msgspec import Struct
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.servers import until

WINDOW = 200
KIOSKS = 20
TURN_S = 0.005
PAUSE_S = 0.1


class Address(Struct, frozen=True):
    port: int
    protocol: str = "3.1.1"
    user: str | None = None
    password: str | None = None


def tickets(events: int) -> Iterator[tuple[str, str, bytes]]:
    """Identity `device/id`, topic and payload of tickets that kiosks issued in turn, the last one just now."""
    begin = datetime.now(UTC) - timedelta(milliseconds=events)
    for number in range(events):
        device = f"borne-{number % KIOSKS + 1}"
        event = {
            "specversion": "1.0",
            "type": "ticket.issued",
            "source": f"/aube/sud/{device}",
            "id": f"e-{number}",
            "time": (begin + timedelta(milliseconds=number)).isoformat(),
            "data": {"ticket": f"t-{number}", "number": f"A{number % 1000:03}", "queue": "sejour"},
        }
        yield f"{device}/e-{number}", f"accueil/v1/aube/sud/{device}/events", msgspec.json.encode(event)


class Sender(Thread):
    """Publishes with QoS 1 at a pace, in clean sessions: a new client for every connection, which remembers nothing.

    What it counts as acknowledged is what a PUBACK came for; nothing else of the client library is relied on.
    """

    def __init__(self, address: Address, messages: Sequence[tuple[str, str, bytes]], pace: float) -> None:
        super().__init__(daemon=True)
        self.acknowledged: set[str] = set()
        self.connections = 0
        self.again = 0
        """How many messages it sent once more."""
        self._address, self._pace, self._all = address, pace, len(messages)
        self._left = deque(messages)
        self._flying: dict[int, tuple[str, str, bytes]] = {}
        self._connected = self._stopped = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self.join(30)

    def until_sent(self, share: float, patience_s: float = 120.0) -> None:
        """Waits until the broker has acknowledged a share of all."""
        until(lambda: len(self.acknowledged) >= share * self._all, f"{share:.0%} of the events are sent", patience_s)

    def run(self) -> None:
        began, taken = time.monotonic(), 0
        while not self._done:
            client = self._client()
            try:
                self._connect(client)
                while self._connected and not self._done:
                    due = int((time.monotonic() - began) * self._pace) + WINDOW
                    while self._left and len(self._flying) < WINDOW and taken < due:
                        self._send(client)
                        taken += 1
                    if client.loop(TURN_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                        break
            except OSError:
                time.sleep(PAUSE_S)  # nobody listens
            finally:
                self._connected = False
                with contextlib.suppress(OSError):
                    client.disconnect()
            # in the order in which they were sent, before all others
            self._left.extendleft(reversed(self._flying.values()))
            self.again += len(self._flying)
            taken -= len(self._flying)
            self._flying.clear()

    @property
    def _done(self) -> bool:
        return self._stopped or len(self.acknowledged) == self._all

    def _client(self) -> Client:
        version5 = self._address.protocol == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="kiosks",
            clean_session=None if version5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if version5 else MQTTProtocolVersion.MQTTv311,
        )
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password)
        client.max_inflight_messages_set(WINDOW)
        client.on_connect, client.on_publish, client.on_disconnect = self._accepted, self._published, self._lost
        return client

    def _connect(self, client: Client) -> None:
        client.connect("127.0.0.1", self._address.port, keepalive=10)
        deadline = time.monotonic() + 5
        while not self._connected and time.monotonic() < deadline:
            if client.loop(TURN_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError("the broker closed the connection before it accepted it")

    def _send(self, client: Client) -> None:
        message = self._left.popleft()
        _, topic, payload = message
        self._flying[client.publish(topic, payload, qos=1).mid] = message

    def _accepted(self, _c: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        self._connected = not reason.is_failure
        self.connections += self._connected

    def _published(self, _c: Client, _u: object, mid: int, reason: ReasonCode, _p: Properties) -> None:
        message = self._flying.pop(mid)
        if reason.is_failure:
            self._left.appendleft(message)
        else:
            self.acknowledged.add(message[0])

    def _lost(self, _c: Client, _u: object, _f: DisconnectFlags, _r: ReasonCode, _p: Properties | None) -> None:
        self._connected = False
