"""A recorded day is published as it was written: every message, in order, through a broker's restart."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerSettings
from deploy.replay import ReplayError, recorded, replay
from tests.servers import MOSQUITTO, Mosquitto

WITHIN_S = 30.0
TOPIC = "accueil/v1/aube/sud/borne-1/events"

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed")


def lines(*payloads: object) -> bytes:
    return b"".join(json.dumps({"topic": TOPIC, "payload": payload}).encode() + b"\n" for payload in payloads)


def test_a_file_is_read_plain_or_compressed(tmp_path: Path) -> None:
    plain, compressed = tmp_path / "day.jsonl", tmp_path / "day.jsonl.gz"
    plain.write_bytes(lines({"a": 1}, {"b": "é"}))
    compressed.write_bytes(gzip.compress(plain.read_bytes()))
    found = [(message.topic, json.loads(message.payload)) for message in recorded(plain)]
    assert found == [(TOPIC, {"a": 1}), (TOPIC, {"b": "é"})]
    assert [(message.topic, json.loads(message.payload)) for message in recorded(compressed)] == found


def test_a_payload_that_is_a_string_is_sent_as_its_text_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n" + lines("no JSON: é") + b"  \n")
    assert [message.payload for message in recorded(path)] == ["no JSON: é".encode()]


def test_the_last_message_read_is_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines(*range(10)))
    assert [message.read for message in recorded(path)][-1] == path.stat().st_size


@pytest.mark.parametrize("bad", [b"{", b'{"topic": "a"}', b'{"topic": 1, "payload": {}}', b"[]", b'{"topic": "\xff"}'])
def test_a_line_that_is_no_message_is_named_by_its_number(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines({}) + b"\n" + bad + b"\n")
    with pytest.raises(ReplayError, match=r"day.jsonl, line 3: .*; expected \{\"topic\""):
        list(recorded(path))


def test_a_file_that_is_not_there_or_cut_off_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"nowhere.jsonl: cannot be read: "):
        list(recorded(tmp_path / "nowhere.jsonl"))
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(lines(*range(1000)))[:-20])
    with pytest.raises(ReplayError, match=r"cut.gz: cannot be read: "):
        list(recorded(cut))


@pytest.mark.servers
@needs_mosquitto
async def test_every_message_arrives_in_order_and_counts_once_it_is_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines(*range(1500)))
    told: list[tuple[int, int]] = []
    async with heard(mosquitto) as arrived:
        sent = await replay(path, BrokerSettings(url=mosquitto.url), None, lambda *now: told.append(now))
        await until(lambda: len(arrived) >= 1500)
    assert sent == 1500
    assert [int(payload) for payload in arrived] == list(range(1500))
    assert told[-1] == (1500, path.stat().st_size)
    assert [now[0] for now in told] == sorted(now[0] for now in told)


@pytest.mark.servers
@needs_mosquitto
async def test_a_replay_goes_on_when_its_broker_is_back(tmp_path: Path, mosquitto: Mosquitto) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines(*range(20_000)))
    acknowledged = 0

    def progress(sent: int, _: int) -> None:
        nonlocal acknowledged
        acknowledged = sent

    async with heard(mosquitto) as arrived:
        running = asyncio.create_task(replay(path, BrokerSettings(url=mosquitto.url), None, progress))
        await until(lambda: acknowledged > 500)
        await asyncio.to_thread(mosquitto.end)
        assert not running.done()
        await asyncio.to_thread(mosquitto.start)
        assert await asyncio.wait_for(running, WITHIN_S) == 20_000
        await until(lambda: {int(payload) for payload in arrived} >= set(range(20_000)))


@pytest.mark.servers
@needs_mosquitto
async def test_a_speed_keeps_the_distances_of_the_recording(tmp_path: Path, mosquitto: Mosquitto) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(
        lines({"time": "2026-01-12T09:00:00Z"}, {"no": "time"}, "text", {"time": "2026-01-12T10:01:00+01:00"})
    )
    clock = asyncio.get_running_loop().time
    began = clock()
    assert await replay(path, BrokerSettings(url=mosquitto.url), 120.0, lambda *_: None) == 4
    assert 0.5 <= clock() - began < 5.0


@asynccontextmanager
async def heard(broker: Mosquitto) -> AsyncIterator[Sequence[bytes]]:
    """What a durable session receives while the block runs."""
    arrived: list[bytes] = []
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()
    client = Client(CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
    client.reconnect_delay_set(1, 1)

    def on_message(_c: Client, _u: object, message: MQTTMessage) -> None:
        arrived.append(bytes(message.payload))

    def on_connect(connected: Client, *_: Any) -> None:
        connected.subscribe(TOPIC, qos=1)

    def on_subscribe(*_: Any) -> None:
        loop.call_soon_threadsafe(ready.set)

    client.on_message, client.on_connect, client.on_subscribe = on_message, on_connect, on_subscribe
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        await asyncio.wait_for(ready.wait(), WITHIN_S)
        yield arrived
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110 - paho's thread changes it
            await asyncio.sleep(0.01)
