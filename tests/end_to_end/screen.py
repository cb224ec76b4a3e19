"""A screen in a hall, or a kiosk that prints waits: it reads the topics of its area, with a clean session."""

import json
from typing import Any, Self

from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.servers import until

TOPIC = "accueil/v1/aube/sud/live/sejour"


class Heard(Struct, frozen=True):
    topic: str
    payload: dict[str, Any]
    retained: bool
    qos: int
    content_type: str | None


class Screen:
    """Connected while the block runs. `heard` is all that came, in order."""

    def __init__(
        self, port: int, *, protocol: str = "3.1.1", user: str | None = None, password: str | None = None
    ) -> None:
        version = MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=version, reconnect_on_failure=False)
        if user:
            self._client.username_pw_set(user, password)
        self._client.on_message = self._received
        self._port = port
        self.heard: list[Heard] = []

    def __enter__(self) -> Self:
        subscribed: list[object] = []
        self._client.on_subscribe = lambda *_: subscribed.append(None)
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        until(self._client.is_connected, "the screen is connected")
        self._client.subscribe("accueil/v1/aube/+/live/+", 1)
        until(lambda: bool(subscribed), "the screen has subscribed")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def shown(self) -> dict[str, Any]:
        """What it heard last of the queue `sejour`; empty before anything came."""
        return next((one.payload for one in reversed(self.heard) if one.topic == TOPIC), {})

    def shows(self, **figures: object) -> bool:
        return bool(self.shown) and figures.items() <= self.shown.items()

    def _received(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        content_type = getattr(message.properties, "ContentType", None)
        payload = json.loads(message.payload)
        self.heard.append(Heard(message.topic, payload, message.retain, message.qos, content_type))
