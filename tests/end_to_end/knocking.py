"""Devices at the production broker, honest and not: what they hold, what they try, and what they are answered."""

import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from deploy.mosquitto.register import By, Device, Reads
from tests.servers import SecureMosquitto, until

Protocol = Literal["3.1.1", "5"]
VERSIONS: tuple[Protocol, ...] = ("3.1.1", "5")
WITHIN_S = 20.0


def let_in(
    broker: SecureMosquitto,
    name: str,
    by: By = "password",
    *,
    reads: tuple[Reads, ...] = (),
    now: datetime | None = None,
) -> Device:
    """A device of the hall `sud`, of which the broker knows at its next start or reload."""
    made = now or datetime.now(UTC)
    device = broker.credentials.add(Device(site="aube", area="sud", device=name, by=by, reads=reads, made=made), made)
    assert device is not None
    return device


class Knock:
    """One client's connection to the broker, and all that came back."""

    def __init__(
        self,
        port: int,
        ca: Path,
        *,
        user: str | None = None,
        password: str | None = None,
        certificate: tuple[Path, Path] | None = None,
        protocol: Protocol = "3.1.1",
        client_id: str = "device",
        durable: bool = False,
    ) -> None:
        five = protocol == "5"
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if five else not durable,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        cert, key = map(str, certificate) if certificate else (None, None)
        self.client.tls_set(str(ca), cert, key)
        if user:
            self.client.username_pw_set(user, password)
        self.answer: str | None = None
        """`Success`, or why the broker, or TLS, refused."""
        self.gone = threading.Event()
        self.heard: list[tuple[str, bytes, bool]] = []
        self.subscribed: list[str] = []
        self._port = port
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._received
        self.client.on_subscribe = self._subscribed

    def connect(self) -> str:
        """What came of it: `Success`, or why not."""
        with warnings.catch_warnings():
            # paho leaves it to the garbage collector to close a connection whose handshake fails
            warnings.simplefilter("ignore", ResourceWarning)
            try:
                self.client.connect("127.0.0.1", self._port, keepalive=30)
            except OSError as error:
                self.answer = str(error)
        if self.answer:
            return self.answer
        self.client.loop_start()
        until(lambda: self.answer is not None or self.gone.is_set(), "the broker answers", WITHIN_S)
        return self.answer or "cut off"

    def send(self, topic: str, payload: object, *, retain: bool = False) -> str:
        """Once the broker has answered: on MQTT 5 whether it took it; on 3.1.1 nobody is told."""
        answers: list[str] = []
        self.client.on_publish = lambda _c, _u, _m, reason, _p: answers.append(str(reason))
        encoded = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        self.client.publish(topic, encoded, qos=1, retain=retain)
        until(lambda: bool(answers) or self.gone.is_set(), "the broker acknowledges, or cuts off", WITHIN_S)
        return answers[0] if answers else "cut off"

    def send_all(self, topic: str, payloads: Iterable[bytes]) -> None:
        """Returns when the broker has acknowledged all."""
        left = [self.client.publish(topic, payload, qos=1) for payload in payloads]
        for one in left:
            one.wait_for_publish(WITHIN_S)

    def listen(self, topic: str) -> None:
        """Subscribes, and returns once the broker has answered."""
        before = len(self.subscribed)
        self.client.subscribe(topic, 1)
        until(lambda: len(self.subscribed) > before or self.gone.is_set(), "the broker answers", WITHIN_S)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, _c: Client, _u: object, _f: object, reason: ReasonCode, _p: object) -> None:
        self.answer = str(reason)

    def _disconnected(self, _c: Client, _u: object, _f: object, _r: ReasonCode, _p: object) -> None:
        self.gone.set()

    def _received(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))

    def _subscribed(self, _c: Client, _u: object, _m: int, reasons: list[ReasonCode], _p: object) -> None:
        self.subscribed.extend(str(reason) for reason in reasons)


@contextmanager
def knocking(broker: SecureMosquitto, device: Device | None = None, **changes: Any) -> Iterator[Knock]:
    """A client with a device's credential, or with what is given instead of it; not connected yet."""
    options: dict[str, Any] = {"port": broker.device_port, "ca": broker.credentials.ca}
    if device is not None:
        files = broker.credentials.files(device)
        if device.by == "password":
            options |= {"user": device.user, "password": files[0].read_text().strip()}
        else:
            options |= {"port": broker.certificate_port, "certificate": files}
    knock = Knock(**(options | changes))
    try:
        yield knock
    finally:
        knock.leave()


def enters(broker: SecureMosquitto, device: Device, protocol: Protocol = "3.1.1") -> bool:
    with knocking(broker, device, protocol=protocol) as knock:
        return knock.connect() == "Success"


@contextmanager
def as_vigie(broker: SecureMosquitto) -> Iterator[Knock]:
    """A second client of vigie's own user, connected."""
    password = broker.credentials.password.read_text().strip()
    with knocking(broker, port=broker.port, user="vigie", password=password, client_id="other") as knock:
        assert knock.connect() == "Success", knock.answer
        yield knock


@contextmanager
def connected(broker: SecureMosquitto, device: Device, **changes: Any) -> Iterator[Knock]:
    with knocking(broker, device, **changes) as knock:
        assert knock.connect() == "Success", knock.answer
        yield knock
