"""Publishing with QoS 1, at the pace at which the broker acknowledges; through lost connections too."""

import asyncio

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

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Returns once the message is under way; waits for room while too many are not acknowledged."""
        while self._pending >= self._window:
            await self._move()
        self._pending += 1
        # without a connection paho keeps it, and sends it on the next one
        self.link.client.publish(topic, payload, qos=1, retain=retain)

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
