"""Publishing with QoS 1, at the pace at which the broker acknowledges; through lost connections too."""

import asyncio

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.broker import BrokerSettings
from collector.mqtt import Link, Will

WINDOW = 500


class Publisher:
    """A message counts as sent when the broker has acknowledged it. `run` must run beside, as a task."""

    def __init__(
        self, settings: BrokerSettings, client_id: str, *, will: Will | None = None, window: int = WINDOW
    ) -> None:
        self.sent = 0
        self._window = window
        self._pending = 0
        self._moved = asyncio.Event()
        self.link = Link(settings, client_id, clean=True, will=will, on_publish=self._acknowledged)
        self.link.client.max_inflight_messages_set(window)

    async def run(self) -> None:
        await self.link.run()

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, content_type: str | None = None
    ) -> None:
        """Returns once the message is under way; waits for room while too many are not acknowledged.

        Only MQTT 5 has a place for the content type.
        """
        while self._pending >= self._window:
            await self._move()
        self._pending += 1
        # without a connection paho keeps it, and sends it on the next one
        self.link.client.publish(topic, payload, qos=1, retain=retain, properties=self._properties(content_type))

    def _properties(self, content_type: str | None) -> Properties | None:
        if content_type is None or self.link.settings.protocol != "5":
            return None
        found = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        found.ContentType = content_type
        return found

    async def drain(self) -> None:
        """Returns when everything published has been acknowledged."""
        while self._pending:
            await self._move()

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    def _acknowledged(self, _: int) -> None:
        self._pending -= 1
        self.sent += 1
        self._moved.set()
