"""The two peers of a broker in the subscriber's tests: a device that publishes, and the subscriber of one session."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties

from collector.broker import BrokerSettings
from collector.messages import Message
from collector.subscriber import Subscriber
from tests.collector.words import RECEIVED, WITHIN_S
from tests.servers import Mosquitto

Protocol = Literal["3.1.1", "5"]


@asynccontextmanager
async def subscribed(broker: Mosquitto, protocol: Protocol) -> AsyncIterator[Subscriber]:
    """The subscriber of one durable session, connected; leaves without unsubscribing."""
    subscriber = Subscriber(BrokerSettings(url=broker.url, protocol=protocol), lambda: RECEIVED, "vigie-test")
    running = asyncio.create_task(subscriber.run())
    try:
        async with asyncio.timeout(WITHIN_S):
            await subscriber.subscribed.wait()
        yield subscriber
    finally:
        running.cancel()
        await asyncio.wait([running])


@contextmanager
def device(broker: Mosquitto, protocol: Protocol = "3.1.1") -> Iterator[Callable[..., None]]:
    """Publishes as a device does; returns once the broker has taken it."""
    version = MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, protocol=version)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()

    def publish(topic: str, payload: bytes, properties: Properties | None = None, *, retain: bool = False) -> None:
        client.publish(topic, payload, qos=1, retain=retain, properties=properties).wait_for_publish(WITHIN_S)

    try:
        yield publish
    finally:
        client.disconnect()
        client.loop_stop()


def publish(broker: Mosquitto, topic: str, *payloads: bytes, retain: bool = False) -> None:
    with device(broker) as send:
        for payload in payloads:
            send(topic, payload, retain=retain)


async def taken(subscriber: Subscriber, number: int) -> list[Message]:
    """The next messages, so many; AssertionError if a batch brings more."""
    got: list[Message] = []
    async with asyncio.timeout(WITHIN_S):
        async for batch in subscriber.batches():
            got += batch
            if len(got) >= number:
                break
    assert len(got) == number
    return got


async def settled(subscriber: Subscriber) -> None:
    """Returns when the broker has read all that was sent: it answers in order."""
    subscriber.subscribed.clear()
    subscriber.link.client.subscribe("nothing/here", 1)
    async with asyncio.timeout(WITHIN_S):
        await subscriber.subscribed.wait()


async def reconnected(subscriber: Subscriber) -> None:
    """Cuts the connection as a lost network would, and waits for the next one."""
    before = subscriber.link.generation
    subscriber.subscribed.clear()
    subscriber.link.drop()
    subscriber.link._lost.set()
    async with asyncio.timeout(WITHIN_S):
        await subscriber.subscribed.wait()
    assert subscriber.link.generation == before + 1
