"""From a device's publish to the browser's event, through a complete `vigie run`, beside the broker alone."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import aiohttp
import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerSettings
from tests.bench import measuring, traffic
from tests.bench.measuring import answer, child, console, show
from tests.servers import MOSQUITTO, Mosquitto, Postgres, embedded_binaries, folder, free_port
from ticketing.events import Event, TicketIssued
from ticketing.waits import quantile

LASTS_S = 5
CASES = {"embedded": ((50, 3), (50, 150), (1000, 3), (1000, 30)), "Mosquitto": ((1000, 3),)}
"""Events a second, and over how many areas."""
LIMITS = {"area": 0.2, "live": 1.0}
"""At most one event of an area in so many seconds."""
STREAMS = {"area": "/stream/board", "live": "/api/v1/stream"}
SETTLED_S = 2.0
ARRIVAL = re.compile(rb'id="title-(?P<area>[a-z0-9-]+)".*?<strong>(?P<waiting>\d+)</strong>', re.DOTALL)

Arrivals = dict[str, list[float]]
"""By area: when the event with each number was seen; the list's index is the number."""


def run() -> None:
    rows = []
    for name, cases in CASES.items():
        if name == "Mosquitto" and not MOSQUITTO:
            console.print("Mosquitto is not installed: left out")
            continue
        for rate, areas in cases:
            console.print(f"{name}, {rate}/s over {areas} areas ...", style="dim")
            rows.append(asyncio.run(_measured(name, rate, areas)))
    show(
        f"latency in ms, p50 / p99 over {LASTS_S} s, from a device's publish to the event in a browser",
        ("servers", "events/s", "areas", "broker alone", "/stream/board", "ratio", "/api/v1/stream", "ratio", "unseen"),
        rows,
        "Broker alone: to a bare paho subscriber of the same events. By contract /stream/board sends an area at most\n"
        "five times a second and /api/v1/stream once: that alone costs an event 100 / 198 and 500 / 990 ms.\n"
        "Ratio: of p50, to broker and limit together. Unseen: numbers that never came to one of the browsers.",
    )


async def _measured(name: str, rate: int, areas: int) -> tuple[str, ...]:
    with folder() as home:
        async with servers(name, home, areas) as (broker, web):
            sent, seen, alone = await _watched(home, broker, web, rate, areas)
    assert not set(seen) - set(LIMITS)
    order: defaultdict[str, int] = defaultdict(int)
    waits: dict[str, list[float]] = {"area": [], "live": []}
    never = 0
    for number, at in enumerate(sent):
        area = f"a{number % areas}"
        order[area] += 1
        for stream, found in waits.items():
            arrivals = seen[stream][area]
            if order[area] < len(arrivals):
                found.append(arrivals[order[area]] - at)
            else:
                never += 1
    direct = [came - at for came, at in zip(alone, sent, strict=False)]
    cells: list[str] = []
    for stream, found in waits.items():
        limit = LIMITS[stream]
        floor = (quantile(direct, 0.5) or 0) + limit / 2
        cells += [
            _both(found), f"{(quantile(found, 0.5) or 0) / floor:.2f}"
        ]  # fmt: skip
    return (name, f"{rate:,}", str(areas), _both(direct), *cells, str(never))


def _both(seconds: list[float]) -> str:
    return " / ".join(f"{(quantile(seconds, p) or 0) * 1e3:.0f}" for p in (0.5, 0.99))


async def _watched(
    home: Path, broker: BrokerSettings, web: str, rate: int, areas: int
) -> tuple[list[float], dict[str, Arrivals], list[float]]:
    """When each event was published; when its number was seen by a browser, by stream; when the broker sent it."""
    now, count = datetime.now(UTC), rate * LASTS_S
    run = f"{now:%H%M%S}"
    messages = []
    for number in range(count):
        issued = TicketIssued(ticket=f"{run}-{number}", number=f"A{number}", queue="sejour")
        messages.append(
            traffic.message(Event(at=now, area=f"a{number % areas}", device="borne-1", id=f"{number}", fact=issued))
        )
    traffic.write(home / "issued", messages)
    seen: dict[str, Arrivals] = {stream: defaultdict(lambda: [0.0]) for stream in STREAMS}
    with bare_subscriber(broker) as alone:
        async with aiohttp.ClientSession() as session:
            readers = [
                asyncio.create_task(_read(session, web + path, seen[stream])) for stream, path in STREAMS.items()
            ]
            await asyncio.sleep(1.5)
            sender = child(
                "publish", str(home / "issued"), msgspec.json.encode(broker, enc_hook=str).decode(), str(rate)
            )
            sent = (await asyncio.to_thread(answer, sender))["sent"]
            await asyncio.sleep(SETTLED_S)
            for reader in readers:
                reader.cancel()
            ends = await asyncio.gather(*readers, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
    return sent, seen, alone


async def _read(session: aiohttp.ClientSession, address: str, arrivals: Arrivals) -> None:
    async with session.get(address, timeout=aiohttp.ClientTimeout(total=None), read_bufsize=2**22) as response:
        frame: list[bytes] = []
        async for line in response.content:
            if line != b"\n":
                frame.append(line)
                continue
            now, text, frame = perf_counter(), b"".join(frame), []
            if found := ARRIVAL.search(text):
                area, waiting = found["area"].decode(), int(found["waiting"])
            elif text.startswith(b"event: live"):
                figures = json.loads(text.partition(b"data: ")[2])
                area, waiting = figures["area"], figures["waiting"]
            else:
                continue
            known = arrivals[area]
            known.extend([now] * (waiting + 1 - len(known)))


@contextmanager
def bare_subscriber(broker: BrokerSettings) -> Iterator[list[float]]:
    """When each event reaches a client that does nothing with it; QoS 1, in order."""
    came: list[float] = []

    def receive(_c: Client, _u: object, _m: MQTTMessage) -> None:
        came.append(perf_counter())

    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare")
    if broker.user and broker.password_file:
        client.username_pw_set(broker.user, broker.password_file.read_text().strip())
    client.on_message = receive
    host, port, _ = broker.address
    client.connect(host, port)
    client.subscribe("accueil/v1/+/+/+/events", 1)
    client.loop_start()
    try:
        yield came
    finally:
        client.disconnect()
        client.loop_stop()


@asynccontextmanager
async def servers(name: str, home: Path, areas: int, more: str = "") -> AsyncIterator[tuple[BrokerSettings, str]]:
    """A vigie in a process of its own, on embedded services or on Debian's broker and the wheel's PostgreSQL.

    `more` is configuration beside so many areas of one queue each.
    """
    web, data = f"127.0.0.1:{free_port()}", home / "data"
    async with AsyncExitStack() as stack:
        if name == "embedded":
            listen = f"127.0.0.1:{free_port()}"
            base = f'[broker]\nlisten = "{listen}"\n'
            broker = BrokerSettings(url=f"mqtt://{listen}", user="vigie", password_file=data / "secrets" / "mqtt")
        else:
            mosquitto, postgres = Mosquitto(home), Postgres(home, embedded_binaries())
            for server in (mosquitto, postgres):
                server.start()
                stack.callback(server.end)
            broker = BrokerSettings(url=mosquitto.url)
            base = f'[broker]\nurl = "{mosquitto.url}"\n[database]\ndsn = "{await postgres.database()}"\n'
        tables = "".join(
            f'[[areas]]\nid = "a{n}"\nkind = "hall"\nname = "a{n}"\n'
            f'[[queues]]\nid = "sejour"\narea = "a{n}"\nname = "Séjour"\n'
            for n in range(areas)
        )
        file = home / "vigie.toml"
        file.write_text(f'site = "{traffic.SITE}"\ndata_dir = "{data}"\n{base}[web]\nlisten = "{web}"\n{tables}{more}')
        command = [sys.executable, "-m", "deploy", "run", "--config", str(file)]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=measuring.ROOT
        )
        stack.callback(_ended, process)
        await _ready(process, f"http://{web}/readyz")
        yield broker, f"http://{web}"


async def _ready(process: "subprocess.Popen[str]", address: str) -> None:
    deadline = time.monotonic() + 40
    async with aiohttp.ClientSession() as session:
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                _ended(process)
                raise RuntimeError(f"vigie is not ready: {process.stderr.read() if process.stderr else ''}")
            try:
                async with session.get(address) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


def _ended(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
