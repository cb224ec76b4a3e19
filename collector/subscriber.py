"""The subscription to all devices' topics, acknowledged only when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime

import structlog
from paho.mqtt.client import MQTTMessage

from collector.broker import BrokerSettings
from collector.messages import Message
from collector.mqtt import RECEIVE_MAXIMUM, Link

log = structlog.get_logger()

EVENTS, STATUS = "accueil/v1/+/+/+/events", "accueil/v1/+/+/+/status"
BATCH = 1000
MOST_HELD = 3 * RECEIVE_MAXIMUM
"""Messages of earlier connections that are kept for the journal: they may come again, and would then be doubled."""
MOST_STATUSES = 50_000
"""Heartbeats that may wait while the database is away; each is told again in half a minute."""


class Subscriber:
    """One durable session: what was not acknowledged comes again, on this connection or the next.

    Heartbeats come with QoS 0: one that the broker had kept for us would be taken for one of now.
    """

    def __init__(self, settings: BrokerSettings, clock: Callable[[], datetime], client_id: str | None = None) -> None:
        self._clock = clock
        self._share = f"$share/{settings.share}/" if settings.share else ""
        self._waiting: list[Message] = []
        self._statuses = 0
        """How many of them are heartbeats."""
        self._held: set[int] = set()
        """Message ids of this connection that are not acknowledged yet."""
        self._come = asyncio.Event()
        self.subscribed = asyncio.Event()
        self.link = Link(
            settings,
            client_id or settings.client_id,
            manual_ack=True,
            on_connect=self._subscribe,
            on_message=self._receive,
            on_subscribe=self.subscribed.set,
        )

    async def run(self) -> None:
        await self.link.run()

    async def batches(self) -> AsyncIterator[list[Message]]:
        """What has come since the last batch, in order; never empty. While one is worked on, the next gathers."""
        while True:
            await self._come.wait()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._statuses = sum(not message.qos for message in self._waiting) if self._statuses else 0
            if not self._waiting:
                self._come.clear()
            yield batch

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tells the broker that these are kept. A message of an earlier connection is not: it comes again."""
        with self.link.gathered():
            for message in messages:
                if message.qos and message.generation == self.link.generation and self.link.connected:
                    self.link.client.ack(message.mid, message.qos)
                    self._held.discard(message.mid)

    def _subscribe(self) -> None:
        self.subscribed.clear()
        # what waits from before is still taken: a broker that was killed may have nothing of it any more
        del self._waiting[:-MOST_HELD]
        self._held.clear()
        # each collector hears every device: a share of the heartbeats would look like silence
        self.link.client.subscribe([(self._share + EVENTS, 1), (STATUS, 0)])

    def _receive(self, message: MQTTMessage) -> None:
        if message.dup and message.mid in self._held:
            # NATS sends again what is not acknowledged in time: in a long outage of the database, again and again
            return
        if message.qos:
            self._held.add(message.mid)
        elif self._statuses >= MOST_STATUSES:
            return
        else:
            self._statuses += 1
        properties = message.properties
        self._waiting.append(
            Message(
                topic=message.topic,
                payload=bytes(message.payload),
                received=self._clock(),
                content_type=getattr(properties, "ContentType", None),
                properties=tuple(getattr(properties, "UserProperty", ())),
                retained=message.retain,
                mid=message.mid,
                qos=message.qos,
                generation=self.link.generation,
            )
        )
        self._come.set()
