"""A board's displays at the broker: the latest of each queue, however long it took the broker to take one."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from collector.broker import BrokerSettings
from dashboards.board import Board
from deploy.configuration import load
from deploy.topics import Topics
from tests.build import SUD, at, issued
from tests.dashboards.test_board import Hands
from tests.end_to_end.screen import Screen
from tests.servers import MOSQUITTO, Mosquitto, until

EXAMPLE = Path(__file__).parents[2] / "deploy" / "vigie.toml"
SETTINGS = load(EXAMPLE)
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed")


@pytest.fixture
def another(data_dir: Path) -> Iterator[Mosquitto]:
    home = data_dir / "another"
    home.mkdir(mode=0o711)
    server = Mosquitto(home)
    server.start()
    yield server
    server.end()


@asynccontextmanager
async def telling(board: Board, broker: Mosquitto) -> AsyncIterator[None]:
    running = asyncio.create_task(Topics(board, SETTINGS, BrokerSettings(url=broker.url)).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def shown(screen: Screen, waiting: int) -> None:
    await asyncio.to_thread(until, lambda: screen.shows(waiting=waiting), f"the screen shows {waiting}")


@pytest.mark.servers
@needs_mosquitto
async def test_a_broker_that_hangs_keeps_no_other_waiting_and_is_then_told_of_the_latest_only(
    mosquitto: Mosquitto, another: Mosquitto
) -> None:
    hands = Hands(at("9:00"))
    board = Board([SUD], hands)
    board.begin({})
    with Screen(mosquitto.port) as before_hung, Screen(another.port) as screen:
        async with telling(board, mosquitto), telling(board, another):
            await shown(before_hung, 0)
            await shown(screen, 0)
            assert mosquitto.process is not None
            mosquitto.process.send_signal(signal.SIGSTOP)
            try:
                for number in range(1, 6):
                    hands.now += timedelta(seconds=6)
                    board.take({"sud": [issued(f"A{number}", "9:00")]})
                    await shown(screen, number)
            finally:
                mosquitto.process.send_signal(signal.SIGCONT)
            await shown(before_hung, 5)
    found = [one.payload["waiting"] for one in before_hung.heard if one.payload["queue"] == "sejour"]
    # one was under way
    assert (found[0], found[-1]) == (0, 5)
    assert len(found) <= 3


async def test_a_file_that_cannot_be_read_costs_the_boards_nothing(tmp_path: Path) -> None:
    broker = BrokerSettings(url="mqtt://127.0.0.1:1", user="vigie", password_file=tmp_path / "nowhere")
    with capture_logs() as logged:
        await Topics(Board([SUD], lambda: at("9:00")), SETTINGS, broker).run()
    assert [line["event"] for line in logged] == ["kiosks and screens are told nothing: a file cannot be read"]
    assert "nowhere" in logged[0]["error"]


async def test_a_vigie_that_is_not_to_publish_looks_for_no_broker() -> None:
    settings = replace(SETTINGS, live=replace(SETTINGS.live, publish=False))
    await Topics(Board([SUD], lambda: at("9:00")), settings, BrokerSettings(url="mqtt://127.0.0.1:1")).run()
