"""The receivers that `whole_path` compares: ours into the journal, and paho alone, on our loop and on its own."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack
from time import perf_counter, process_time

import asyncpg
from msgspec import Struct
from msgspec.structs import replace
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.broker import BrokerSettings
from collector.decoding import Decoder
from collector.devices import Devices
from collector.intake import Intake, IntakeSettings
from collector.journal import Journal
from collector.masking import Pseudonyms
from collector.messages import Message
from collector.mqtt import RECEIVE_MAXIMUM, SESSION_EXPIRY_S, Link
from collector.subscriber import EVENTS, STATUS, Subscriber
from deploy.clocks import system_clock
from tests.bench.sampling import sampled

PATIENCE_S = 90.0


class Received(Struct, kw_only=True):
    seconds: float
    """From the first message to the last acknowledgement written."""
    cpu_s: float
    began: float = 0.0
    """On the clock that all processes share."""
    doubled: int = 0
    lost: int = 0
    batch: float = 0.0
    """Messages in a batch, on average."""
    profile: dict[str, int] = {}


class Observed:
    """A subscriber, with the instants of its first message and last acknowledgement."""

    def __init__(self, subscriber: Subscriber, count: int) -> None:
        self._subscriber, self._count = subscriber, count
        self.began: float | None = None
        self.cpu = 0.0
        self.acknowledged = self.taken = 0
        self.storing = False
        self.done = asyncio.Event()

    async def batches(self) -> AsyncIterator[list[Message]]:
        async for batch in self._subscriber.batches():
            if self.began is None:
                self.began, self.cpu = perf_counter(), process_time()
            self.storing = True
            self.taken += 1
            yield batch
            self.storing = False

    def acknowledge(self, messages: Iterable[Message]) -> None:
        messages = list(messages)
        self._subscriber.acknowledge(messages)
        self.acknowledged += len(messages)
        if self.acknowledged >= self._count:
            self.done.set()


async def ours(
    broker: BrokerSettings, client: str, count: int, dsn: str, ready: Callable[[], None], *, profile: bool = False
) -> Received:
    async with Journal(dsn) as journal:
        subscriber = Subscriber(broker, system_clock, client)
        observed = Observed(subscriber, count)
        intake = Intake(
            observed,
            journal,
            Decoder(Pseudonyms(b"the key of the bench")),
            Devices(IntakeSettings().silent_after),
            None,
        )
        tasks = [asyncio.create_task(intake.run()), asyncio.create_task(subscriber.run())]
        with ExitStack() as stack:
            counts = stack.enter_context(sampled(lambda: observed.storing)) if profile else Counter[str]()
            await subscriber.subscribed.wait()
            ready()
            await asyncio.wait_for(observed.done.wait(), PATIENCE_S)
            await _written(subscriber.link)
            assert observed.began is not None
            seconds, cpu = perf_counter() - observed.began, process_time() - observed.cpu
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    kept = await _rows(dsn)
    return Received(
        seconds=seconds,
        cpu_s=cpu,
        began=observed.began,
        doubled=intake.tally.doubled,
        lost=count - kept,
        batch=observed.acknowledged / observed.taken,
        profile=dict(counts),
    )


async def half(broker: BrokerSettings, client: str, count: int, dsn: str, ready: Callable[[], None]) -> Received:
    """One of two collectors in a shared subscription, which has done its part once the journal holds all."""
    async with Journal(dsn) as journal:
        subscriber = Subscriber(replace(broker, share="bench"), system_clock, client)
        observed = Observed(subscriber, count)
        decoder = Decoder(Pseudonyms(b"the key of the bench"))
        intake = Intake(observed, journal, decoder, Devices(IntakeSettings().silent_after), None)
        tasks = [asyncio.create_task(intake.run()), asyncio.create_task(subscriber.run())]
        await subscriber.subscribed.wait()
        ready()
        async with asyncio.timeout(PATIENCE_S):
            while await journal.last() < count:  # noqa: ASYNC110 - the other one tells nobody
                await asyncio.sleep(0.02)
        ended, began = perf_counter(), observed.began or perf_counter()
        await _written(subscriber.link)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return Received(
        seconds=ended - began, cpu_s=process_time() - observed.cpu, began=began, lost=count - await _rows(dsn)
    )


async def profiled(broker: BrokerSettings, client: str, count: int, dsn: str, ready: Callable[[], None]) -> Received:
    return await ours(broker, client, count, dsn, ready, profile=True)


async def link_only(broker: BrokerSettings, client: str, count: int, _: str, ready: Callable[[], None]) -> Received:
    """Our loop and link; a message is acknowledged when it comes, and forgotten."""
    seen = 0
    began = cpu = 0.0
    done, subscribed = asyncio.Event(), asyncio.Event()

    def receive(message: MQTTMessage) -> None:
        nonlocal seen, began, cpu
        if not seen:
            began, cpu = perf_counter(), process_time()
        seen += 1
        link.client.ack(message.mid, message.qos)
        if seen >= count:
            done.set()

    def subscribe() -> None:
        link.client.subscribe([(EVENTS, 1), (STATUS, 0)])

    link = Link(broker, client, manual_ack=True, on_connect=subscribe, on_message=receive, on_subscribe=subscribed.set)
    running = asyncio.create_task(link.run())
    await subscribed.wait()
    ready()
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    await _written(link)
    found = Received(seconds=perf_counter() - began, cpu_s=process_time() - cpu)
    running.cancel()
    await asyncio.wait([running])
    return found


async def own_loop(broker: BrokerSettings, client: str, count: int, _: str, ready: Callable[[], None]) -> Received:
    """Paho as its manual has it: `loop_start`, acknowledging by itself."""
    return await asyncio.to_thread(_own_loop, broker, client, count, ready)


def _own_loop(broker: BrokerSettings, client_id: str, count: int, ready: Callable[[], None]) -> Received:
    version5 = broker.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if version5 else False,
        protocol=MQTTProtocolVersion.MQTTv5 if version5 else MQTTProtocolVersion.MQTTv311,
    )
    if broker.user and broker.password_file:
        client.username_pw_set(broker.user, broker.password_file.read_text().strip())
    seen = 0
    began = cpu = 0.0
    done, subscribed = threading.Event(), threading.Event()

    def receive(_c: Client, _u: object, _m: MQTTMessage) -> None:
        nonlocal seen, began, cpu
        if not seen:
            began, cpu = perf_counter(), process_time()
        seen += 1
        if seen >= count:
            done.set()

    client.on_message = receive
    client.on_connect = lambda *_: client.subscribe([(EVENTS, 1), (STATUS, 0)])  # type: ignore[assignment]
    client.on_subscribe = lambda *_: subscribed.set()
    host, port, _ = broker.address
    if version5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        client.connect(host, port, clean_start=False, properties=properties)
    else:
        client.connect(host, port)
    client.loop_start()
    assert subscribed.wait(PATIENCE_S)
    ready()
    assert done.wait(PATIENCE_S)
    found = Received(seconds=perf_counter() - began, cpu_s=process_time() - cpu)
    client.disconnect()
    client.loop_stop()
    return found


async def _written(link: Link) -> None:
    """Until the last acknowledgement has left."""
    while link.client.want_write():  # noqa: ASYNC110 - paho tells nobody
        await asyncio.sleep(0)


async def _rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select count(*) from journal"))
    finally:
        await connection.close()


KINDS = {"ours": ours, "half": half, "profiled": profiled, "link": link_only, "own": own_loop}
