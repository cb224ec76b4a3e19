"""Lights at the brokers: lit while an alert is open, dark after it, whatever became of vigie or of the broker."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self

import pytest
from msgspec.structs import replace
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerSettings
from dashboards.board import Board
from deploy.configuration import load
from deploy.topics import Topics
from tests.alerts.hand import alert
from tests.build import SUD, at, issued
from tests.dashboards.test_board import Hands
from tests.end_to_end.screen import Screen
from tests.servers import MOSQUITTO, Mosquitto, Nats, until

SETTINGS = load(Path(__file__).parents[2] / "deploy" / "vigie.toml")
pytestmark = pytest.mark.servers
Broker = Mosquitto | Nats


@pytest.fixture(params=["mosquitto", "embedded"])
def broker(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Broker]:
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("Debian's mosquitto is not installed")
    server: Broker = Mosquitto(data_dir) if request.param == "mosquitto" else Nats(data_dir)
    server.start()
    yield server
    server.end()


@pytest.fixture
def board() -> Board:
    """On which all is known."""
    found = Board([SUD], lambda: at("10:10"))
    found.begin({})
    found.alerts_known = True
    return found


@asynccontextmanager
async def telling(board: Board, broker: Broker) -> AsyncIterator[None]:
    known = BrokerSettings(url=broker.url, user=broker.user, password_file=broker.password_file)
    running = asyncio.create_task(Topics(board, SETTINGS, known).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


class Lamp:
    """What a light holds of the topics of the hall's alerts; empty ones are dark. Connected while the block runs."""

    def __init__(self, broker: Broker) -> None:
        self.lit: dict[str, dict[str, object]] = {}
        self._port = broker.port
        self._client = Client(CallbackAPIVersion.VERSION2)
        if broker.user:
            self._client.username_pw_set(broker.user, broker.password)
        self._client.on_message = self._received

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        until(self._client.is_connected, "the lamp is connected")
        self._client.subscribe("accueil/v1/aube/sud/alerts/+", 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        kind = message.topic.rpartition("/")[2]
        self.lit.pop(kind, None)
        if message.payload:
            self.lit[kind] = json.loads(message.payload)

    async def shows(self, **states: str) -> None:
        def so() -> bool:
            return {kind: one["state"] for kind, one in self.lit.items()} == states

        await asyncio.to_thread(until, so, f"the lamp shows {states}")


async def test_a_light_is_lit_while_an_alert_is_open_and_dark_after_it_even_if_vigie_was_away_at_its_end(
    board: Board, broker: Broker
) -> None:
    with Lamp(broker) as lamp:
        async with telling(board, broker):
            board.alert([alert()], [], [])
            await lamp.shows(wait="firing")
            board.alert([replace(alert(), acknowledged_at=at("10:05")), alert(area="", topic="data")], [], [])
            await lamp.shows(wait="acknowledged", data="firing")
        with Lamp(broker) as late:
            await late.shows(wait="acknowledged", data="firing")
        board.alert([], [], [])
        async with telling(board, broker):
            await lamp.shows()
            # one that comes later is told nothing of what is over; that something is told, it sees by what is not
            board.alert([alert(topic="device")], [], [])
            await lamp.shows(device="firing")
            with Lamp(broker) as late:
                await late.shows(device="firing")


async def test_a_vigie_that_does_not_know_yet_what_is_open_leaves_lights_as_they_are(
    board: Board, broker: Broker
) -> None:
    with Lamp(broker) as lamp:
        async with telling(board, broker):
            board.alert([alert()], [], [])
            await lamp.shows(wait="firing")
        hands = Hands(at("10:10"))
        again = Board([SUD], hands)
        again.begin({})
        # what only its memory holds, while the database is away
        again.alert([alert(area="", topic="data")], [], [])
        async with telling(again, broker):
            with Screen(broker.port, user=broker.user, password=broker.password) as screen:
                # whoever is told of the second has been told all that came with the first
                for number in (1, 2):
                    hands.now += timedelta(seconds=6)
                    again.take({"sud": [issued(f"A{number}", "10:00")]})
                    await asyncio.to_thread(until, partial(screen.shows, waiting=number), "the screen is told")
            with Lamp(broker) as late:
                await late.shows(wait="firing")
            again.alert([alert(topic="device")], [], [])
            again.alerts_known = True
            await lamp.shows(device="firing")


async def test_a_broker_that_is_killed_and_has_lost_all_is_told_again_what_is_lit(board: Board, data_dir: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("Debian's mosquitto is not installed")
    broker = Mosquitto(data_dir, persistent=False)
    broker.start()
    try:
        board.alert([alert()], [], [])
        async with telling(board, broker):
            with Lamp(broker) as lamp:
                await lamp.shows(wait="firing")
            await asyncio.to_thread(broker.kill)
            board.alert([alert(), alert(topic="device")], [], [])
            await asyncio.to_thread(broker.start)
            with Lamp(broker) as lamp:
                await lamp.shows(wait="firing", device="firing")
    finally:
        broker.end()
