"""`vigie demo` as a newcomer sees it: three live areas within a minute, gone at Ctrl-C, and going on afterwards."""

import asyncio
import json
import signal
import time
from collections import defaultdict
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from msgspec import Struct

from collector.broker import BrokerSettings
from collector.publisher import Publisher
from deploy.embedded import nats
from tests.end_to_end.running import AREAS, Running, vigie
from tests.servers import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SPEED = 60
LISTENING_S = 6.0
WITHIN_S = 3.0
"""From Ctrl-C to the end."""


class Frame(Struct, frozen=True):
    """A server-sent event, and when it came."""

    came: float
    event: str
    id: int
    live: Any


def demo(home: Path, speed: float = SPEED) -> Running:
    return Running(home, "demo", "--port", "0", "--data-dir", str(home / "var"), "--speed", str(speed))


def shown(running: Running) -> datetime:
    """The simulated time."""
    return datetime.fromisoformat(running.live("sud")["at"])


def called(running: Running) -> int:
    """Everybody called or answered today, in all areas."""
    return sum(queue["called_today"] for area in AREAS for queue in running.live(area)["queues"])


def busy(running: Running) -> bool:
    return all(any(queue["called_today"] for queue in running.live(area)["queues"]) for area in AREAS)


def processes(running: Running) -> list[psutil.Process]:
    own = psutil.Process(running.process.pid)
    return [own, *own.children(recursive=True)]


def gone(those: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in those)


def test_the_three_areas_are_live_within_a_minute_and_change_and_all_ends_at_ctrl_c(data_dir: Path) -> None:
    with demo(data_dir) as running:
        running.ready()
        until(lambda: busy(running), "figures of all areas", 60)
        frames = listened(running, LISTENING_S)
        everything = processes(running)
        assert {"postgres", "nats-server"} <= {one.name() for one in everything}

        asked = time.monotonic()
        status = running.end(signal.SIGINT)
        took = time.monotonic() - asked

    assert status == 0, running.words
    assert took < WITHIN_S
    assert gone(everything)
    assert "Traceback" not in running.words

    assert {frame.event for frame in frames} == {"live", "alert"}
    assert [frame.id for frame in frames] == sorted({frame.id for frame in frames})
    frames = [frame for frame in frames if frame.event == "live"]
    of_area: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        of_area[frame.live["area"]].append(frame)
    assert set(of_area) == set(AREAS)
    for first, second, *others in of_area.values():
        # the first is the present state, as old as it is
        assert len(others) <= others[-1].came - second.came + 0.5
        assert others[-1].live["at"] > first.live["at"]
    contents = [{**frame.live, "at": None} for frame in frames if frame.live["area"] == "sud"]
    assert any(content != contents[0] for content in contents)


def test_a_second_start_goes_on_where_the_first_stopped_and_a_second_vigie_beside_it_is_refused(data_dir: Path) -> None:
    with demo(data_dir) as first:
        first.ready()
        until(lambda: busy(first), "figures of all areas", 60)
        began, before = shown(first), called(first)
        refused = vigie("demo", "--port", "0", "--data-dir", str(data_dir / "var"))
        assert refused.returncode == 2
        assert "is in use by another vigie (pid " in refused.stderr
        assert refused.stderr.startswith("vigie: ")
        assert len(refused.stderr.splitlines()) == 1
        until(lambda: shown(first) > began + timedelta(minutes=3), "three minutes of the simulated day")
        stopped = shown(first)
        everything = processes(first)
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: gone(everything), "nothing is left of a vigie that was killed", 20)

    with demo(data_dir) as second:
        second.ready()
        again = shown(second)
        assert began < again
        # it goes on from the newest event
        assert stopped - timedelta(minutes=2) < again < stopped + timedelta(minutes=60)
        assert called(second) >= before
        until(lambda: shown(second) > stopped, "the day goes on")
        assert second.end(signal.SIGINT) == 0


def sejour(running: Running) -> dict[str, Any]:
    return next(queue for queue in running.live("sud")["queues"] if queue["queue"] == "sejour")


def predicted_s(running: Running) -> float | None:
    """The median of the wait of somebody who comes to the hall's largest queue now."""
    found = sejour(running)["predicted_wait_s"]
    return float(found["p50"]) if found else None


async def publish(broker: nats.Broker, topic: str, event: dict[str, object]) -> None:
    settings = BrokerSettings(
        url=f"mqtt://{broker.host}:{broker.port}", user=broker.user, password_file=broker.password_file
    )
    publisher = Publisher(settings, "closing")
    running = asyncio.create_task(publisher.run())
    await publisher.publish(topic, json.dumps(event).encode())
    await publisher.drain()
    running.cancel()


def test_counters_that_close_make_the_predicted_wait_rise_and_are_advised_to_open(data_dir: Path) -> None:
    with demo(data_dir, speed=1) as running:
        running.ready()
        # once the counters have told that they are open
        until(lambda: (predicted_s(running) or 1e9) < 3600, "a usual wait", 60)
        live, before = running.live("sud"), predicted_s(running)
        broker = asyncio.run(nats.running(data_dir / "var"))
        assert broker is not None
        assert before is not None
        serving = [one["counter"] for one in live["counters"] if "sejour" in one["queues"] and one["state"] != "closed"]
        for counter in serving:
            place = f"aube/sud/poste-{counter}"
            event = {"specversion": "1.0", "type": "counter.closed", "source": f"/{place}", "id": f"closing-{counter}"}
            told = {**event, "time": live["at"], "data": {"counter": counter}}
            asyncio.run(publish(broker, f"accueil/v1/{place}/events", told))
        # its counters are planned to be back after lunch, hours from now
        until(lambda: (predicted_s(running) or 1e9) > before + 1800, f"longer waits than {before} s", 30)
        until(lambda: (sejour(running)["counters_recommended"] or 0) > sejour(running)["counters_open"], "advice", 30)
        assert running.end(signal.SIGINT) == 0


def listened(running: Running, seconds: float) -> list[Frame]:
    """What the stream sends in a while."""
    connection = HTTPConnection(urlsplit(running.address).netloc, timeout=20)
    try:
        connection.request("GET", "/api/v1/stream")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        frames, fields, ends = [], dict[str, str](), time.monotonic() + seconds
        while time.monotonic() < ends:
            name, _, value = answer.readline().decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields:
                frames.append(Frame(time.monotonic(), fields["event"], int(fields["id"]), json.loads(fields["data"])))
                fields.clear()
        return frames
    finally:
        connection.close()
