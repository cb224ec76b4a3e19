"""The subscription on a real broker: what was not acknowledged comes again, and only that."""

import asyncio

import pytest
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from structlog.testing import capture_logs

from collector.broker import BrokerSettings
from collector.messages import Record
from collector.subscriber import Subscriber
from tests.collector.peers import Protocol, device, publish, reconnected, settled, subscribed, taken
from tests.collector.words import EVENTS, RECEIVED, STATUS, WITHIN_S, decode, envelope, message
from tests.servers import Mosquitto

pytestmark = pytest.mark.servers

VERSIONS: tuple[Protocol, ...] = ("3.1.1", "5")
both = pytest.mark.parametrize("protocol", VERSIONS)
CALLED = message(envelope()).payload


@both
async def test_a_message_comes_with_all_that_intake_needs(mosquitto: Mosquitto, protocol: Protocol) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, CALLED)
        (got,) = await taken(subscriber, 1)
    assert (got.topic, got.payload, got.received) == (EVENTS, CALLED, RECEIVED)
    assert (got.qos, got.retained, got.content_type, got.properties) == (1, False, None, ())
    assert got.mid > 0
    assert got.generation == 1
    assert isinstance(decode(got, None), Record)


@both
async def test_messages_of_a_device_come_in_order_and_those_of_others_topics_not(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, "accueil/v1/aube/sud/live/sejour", b"not ours")
        await asyncio.to_thread(publish, mosquitto, EVENTS, *(str(number).encode() for number in range(200)))
        got = await taken(subscriber, 200)
    assert [int(one.payload) for one in got] == [*range(200)]


@both
async def test_a_status_kept_by_the_broker_comes_flagged_and_one_told_now_does_not(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    await asyncio.to_thread(publish, mosquitto, STATUS, b"before", retain=True)
    async with subscribed(mosquitto, protocol) as subscriber:
        (kept,) = await taken(subscriber, 1)
        await asyncio.to_thread(publish, mosquitto, STATUS, b"now", retain=True)
        (told,) = await taken(subscriber, 1)
    assert (kept.payload, kept.retained) == (b"before", True)
    assert (told.payload, told.retained) == (b"now", False)


@both
async def test_what_was_acknowledged_does_not_come_again_and_the_rest_does(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"1", b"2", b"3")
        first = await taken(subscriber, 3)
        subscriber.acknowledge(first[:2])
        await settled(subscriber)
        await reconnected(subscriber)
        again = await taken(subscriber, 1)
        assert [one.payload for one in again] == [b"3"]
        subscriber.acknowledge(again)
        await settled(subscriber)
        await reconnected(subscriber)
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"4")
        assert [one.payload for one in await taken(subscriber, 1)] == [b"4"]


@both
async def test_what_came_before_a_lost_connection_is_taken_all_the_same_and_comes_again_to_be_acknowledged(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"1", b"2")
        async with asyncio.timeout(WITHIN_S):
            await subscriber._come.wait()
        await reconnected(subscriber)
        got = await taken(subscriber, 4)
        assert [(one.payload, one.generation) for one in got] == [(b"1", 1), (b"2", 1), (b"1", 2), (b"2", 2)]


@both
async def test_an_acknowledgement_of_an_earlier_connection_is_never_sent_on_a_new_one(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"1")
        old = await taken(subscriber, 1)
        await reconnected(subscriber)
        assert [one.payload for one in await taken(subscriber, 1)] == [b"1"]
        subscriber.acknowledge(old)
        await settled(subscriber)
        await reconnected(subscriber)
        again = await taken(subscriber, 1)
        assert [(one.payload, one.generation) for one in again] == [(b"1", 3)]


@both
async def test_what_is_published_while_nobody_listens_comes_to_the_next_of_the_same_session(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol):
        pass
    await asyncio.to_thread(publish, mosquitto, EVENTS, b"1", b"2")
    async with subscribed(mosquitto, protocol) as subscriber:
        assert [one.payload for one in await taken(subscriber, 2)] == [b"1", b"2"]


@both
async def test_what_was_not_acknowledged_survives_a_broker_that_is_stopped(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"1", b"2")
        first = await taken(subscriber, 2)
        subscriber.acknowledge(first[:1])
        await settled(subscriber)
        await reconnected(subscriber)
        assert [one.payload for one in await taken(subscriber, 1)] == [b"2"]
        subscriber.subscribed.clear()
        await asyncio.to_thread(mosquitto.end)
        await asyncio.to_thread(mosquitto.start)
        async with asyncio.timeout(WITHIN_S):
            await subscriber.subscribed.wait()
        assert [one.payload for one in await taken(subscriber, 1)] == [b"2"]


@both
async def test_what_was_not_acknowledged_survives_a_broker_that_is_killed(
    mosquitto: Mosquitto, protocol: Protocol
) -> None:
    saved = mosquitto.home / "mosquitto.db"
    async with subscribed(mosquitto, protocol) as subscriber:
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"kept by the broker")
        await taken(subscriber, 1)
        async with asyncio.timeout(WITHIN_S):
            # Mosquitto saves once a second
            while not saved.exists() or b"kept by the broker" not in saved.read_bytes():  # noqa: ASYNC110 - a file sets no event
                await asyncio.sleep(0.05)
        subscriber.subscribed.clear()
        await asyncio.to_thread(mosquitto.kill)
        await asyncio.to_thread(mosquitto.start)
        async with asyncio.timeout(WITHIN_S):
            await subscriber.subscribed.wait()
        assert [one.payload for one in await taken(subscriber, 1)] == [b"kept by the broker"]


async def test_on_mqtt_5_the_attributes_of_a_binary_event_come_with_it(mosquitto: Mosquitto) -> None:
    attributes = envelope()
    del attributes["data"]
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/json"
    properties.UserProperty = [(name, str(value)) for name, value in attributes.items()]
    async with subscribed(mosquitto, "5") as subscriber:
        with device(mosquitto, "5") as send:
            await asyncio.to_thread(send, EVENTS, b'{"ticket":"E042","counter":"g1"}', properties)
        (got,) = await taken(subscriber, 1)
    assert got.content_type == "application/json"
    assert dict(got.properties) == attributes
    record = decode(got, None)
    assert isinstance(record, Record)
    assert (record.id, record.type, record.data) == (
        "7f0c-412",
        "ticket.called",
        '{"ticket":"E042","counter":"g1"}',
    )


async def test_sharing_collectors_get_each_message_once_between_them(mosquitto: Mosquitto) -> None:
    settings = BrokerSettings(url=mosquitto.url, protocol="5", share="vigie")
    one, another = (Subscriber(settings, lambda: RECEIVED, name) for name in ("one", "another"))
    running = [asyncio.create_task(subscriber.run()) for subscriber in (one, another)]
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(one.subscribed.wait(), another.subscribed.wait())
    await asyncio.to_thread(publish, mosquitto, EVENTS, *(str(number).encode() for number in range(100)))
    got: list[int] = []

    async def gather(subscriber: Subscriber) -> None:
        async for batch in subscriber.batches():
            got.extend(int(one.payload) for one in batch)
            if len(got) >= 100:
                enough.set()

    enough = asyncio.Event()
    running += [asyncio.create_task(gather(subscriber)) for subscriber in (one, another)]
    async with asyncio.timeout(WITHIN_S):
        await enough.wait()
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    assert sorted(got) == [*range(100)]


async def test_two_with_one_name_that_push_each_other_out_say_so_and_take_their_time(mosquitto: Mosquitto) -> None:
    settings = BrokerSettings(url=mosquitto.url)
    with capture_logs() as told:
        twins = [Subscriber(settings, lambda: RECEIVED, "twin") for _ in range(2)]
        running = [asyncio.create_task(twin.run()) for twin in twins]
        async with asyncio.timeout(WITHIN_S):
            while not any("another vigie" in line["event"] for line in told):  # noqa: ASYNC110 - a log sets no event
                await asyncio.sleep(0.05)
        for task in running:
            task.cancel()
        await asyncio.wait(running)
    lost = [line for line in told if line["event"] == "broker connection lost"]
    assert {line["client_id"] for line in lost} == {"twin"}
    assert len(lost) >= 20


async def test_whoever_leaves_by_himself_has_lost_nothing(mosquitto: Mosquitto) -> None:
    with capture_logs() as told:
        async with subscribed(mosquitto, "5"):
            pass
    assert [line["event"] for line in told] == []


async def test_what_is_sent_again_while_we_hold_it_is_taken_once() -> None:
    subscriber = Subscriber(BrokerSettings(url="mqtt://127.0.0.1:1"), lambda: RECEIVED)
    sent = MQTTMessage(mid=7, topic=EVENTS.encode())
    sent.payload, sent.qos = b"{}", 1
    arrive = subscriber.link.client.on_message
    assert arrive is not None
    arrive(subscriber.link.client, None, sent)
    sent.dup = True
    arrive(subscriber.link.client, None, sent)
    assert len(await anext(subscriber.batches())) == 1


async def test_a_property_out_of_its_bounds_costs_the_properties_and_stops_nothing(mosquitto: Mosquitto) -> None:
    """A payload format of 2, which Mosquitto passes on and paho refuses with an exception, again and again."""
    payload, topic = CALLED, EVENTS.encode()
    body = len(topic).to_bytes(2, "big") + topic + b"\x00\x01" + b"\x02\x01\x02" + payload
    odd = b"\x32" + bytes([len(body) % 128 | 128, len(body) // 128]) + body
    hello = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03odd"
    async with subscribed(mosquitto, "5") as subscriber:
        reader, writer = await asyncio.open_connection("127.0.0.1", mosquitto.port)
        writer.write(hello + odd)
        got = await taken(subscriber, 1)
        subscriber.acknowledge(got)
        await asyncio.to_thread(publish, mosquitto, EVENTS, b"after")
        assert [one.payload for one in await taken(subscriber, 1)] == [b"after"]
        writer.close()
        await writer.wait_closed()
        del reader
    assert (got[0].payload, got[0].properties, subscriber.link.generation) == (CALLED, (), 1)


async def test_a_mark_that_the_standard_allows_in_a_property_stops_nothing(mosquitto: Mosquitto) -> None:
    """U+FEFF, which paho refuses with an exception, again at every redelivery."""
    async with subscribed(mosquitto, "5") as subscriber:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = [("x", "\ufeffabc")]
        with device(mosquitto, "5") as send:
            await asyncio.to_thread(send, EVENTS, CALLED, properties)
            await asyncio.to_thread(send, EVENTS, CALLED)
        got = await taken(subscriber, 2)
    assert got[0].properties == (("x", "\ufeffabc"),)
