"""From the event that makes a line late to the message at its webhook, at 50 events a second, beside a bare client."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

from aiohttp import web
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerSettings
from collector.publisher import Publisher
from tests.bench import latency, measuring, traffic
from tests.bench.measuring import show
from tests.servers import folder, free_port
from ticketing.events import Event, TicketCalled, TicketIssued
from ticketing.waits import quantile

RATE = 50
"""Events a second of the other tickets."""
AREAS = 3
SAMPLES = 150
EVERY_S = 0.4
PATIENCE_S = 10.0
BEFORE = timedelta(minutes=16)
"""When the ticket that is late at once was printed; its time is a quarter of an hour."""


def run() -> None:
    ours, bare = asyncio.run(_measured())
    rows = [
        (name, *(f"{(quantile(found, p) or 0) * 1e3:.0f}" for p in (0.5, 0.9, 0.99, 1.0)), str(len(found)))
        for name, found in (("vigie run", ours), ("a client that posts each event", bare))
    ]
    show(
        f"ms from the publish of a ticket that is late to the webhook, {RATE} events/s beside it, no hold",
        ("", "p50", "p90", "p99", "most", "alerts"),
        rows,
        f"Ratio of p50: {(quantile(ours, 0.5) or 0) / (quantile(bare, 0.5) or 1):.1f}. vigie looks at most four times a"
        " second, which alone\ncosts an event 125 ms on the mean; it commits the event, the alert and the message.",
    )


class _Heard:
    """A webhook: when each alert's first message came, and each post of the bare client."""

    def __init__(self) -> None:
        self.fired: asyncio.Queue[float] = asyncio.Queue()
        self.bare: asyncio.Queue[float] = asyncio.Queue()

    async def hook(self, request: web.Request) -> web.Response:
        now, told = perf_counter(), await request.json()
        if told["news"] == "fired":
            self.fired.put_nowait(now)
        return web.Response()

    async def post(self, request: web.Request) -> web.Response:
        now = perf_counter()
        await request.read()
        self.bare.put_nowait(now)
        return web.Response()


async def _measured() -> tuple[list[float], list[float]]:
    heard = _Heard()
    with folder() as home:
        async with _webhook(heard) as (host, port), _vigie(home, f"http://{host}:{port}/hook") as broker:
            bare_client = _bare(broker, host, port)
            publisher = Publisher(broker, "bench-alerts")
            running = asyncio.create_task(publisher.run())
            crowd = asyncio.create_task(_crowd(publisher))
            ours, bare = [], []
            try:
                await asyncio.sleep(2.0)
                for number in range(SAMPLES):
                    area = f"a{number % AREAS}"
                    sent = perf_counter()
                    await _issue(publisher, area, f"L{number}", BEFORE)
                    async with asyncio.timeout(PATIENCE_S):
                        ours.append(await heard.fired.get() - sent)
                        bare.append(await heard.bare.get() - sent)
                    await _call(publisher, area, f"L{number}")
                    await asyncio.sleep(EVERY_S * (1 + number % 7 / 7))
            finally:
                for task in (crowd, running):
                    task.cancel()
                await asyncio.wait([crowd, running])
                bare_client.disconnect()
                bare_client.loop_stop()
    return ours, bare


@asynccontextmanager
async def _webhook(heard: _Heard) -> AsyncIterator[tuple[str, int]]:
    app = web.Application()
    app.add_routes([web.post("/hook", heard.hook), web.post("/bare", heard.post)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "127.0.0.1", runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _vigie(home: Path, hook: str) -> AsyncIterator[BrokerSettings]:
    """All in one process, on embedded services, with nothing that delays an alert by rule."""
    listen, boards, data = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", home / "data"
    (home / "secret").write_text(base64.b64encode(b"a secret of the benchmark").decode())
    areas = "".join(
        f'[[areas]]\nid = "a{n}"\nkind = "hall"\nname = "a{n}"\n'
        f'[[queues]]\nid = "sejour"\narea = "a{n}"\nname = "Séjour"\n'
        f'[[commitments]]\narea = "a{n}"\nwithin = "15m"\nshare = 0.95\nprovenance = "x"\nfrom = "2020-01-01"\n'
        for n in range(AREAS)
    )
    others = ("counter_closed", "staffing_shortfall", "predicted_breach", "budget_hour", "device_silent")
    rules = "".join(f'[[alerts.rules]]\ncondition = "{one}"\nenabled = false\n' for one in others)
    file = home / "vigie.toml"
    file.write_text(
        f'site = "{traffic.SITE}"\ndata_dir = "{data}"\n[broker]\nlisten = "{listen}"\n[web]\nlisten = "{boards}"\n'
        f'[[recipients]]\nname = "hook"\nchannel = "webhook"\nurl = "{hook}"\nsecret_file = "secret"\n'
        f'[[routes]]\nto = ["hook"]\n[[alerts.rules]]\ncondition = "head_of_line"\nkeep = "0s"\n{rules}{areas}'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "run", "--config", str(file)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=measuring.ROOT,
    )  # fmt: skip
    try:
        await latency._ready(process, f"http://{boards}/readyz")
        yield BrokerSettings(url=f"mqtt://{listen}", user="vigie", password_file=data / "secrets" / "mqtt")
    finally:
        latency._ended(process)


def _bare(broker: BrokerSettings, host: str, port: int) -> Client:
    """What is least: a client that posts each late ticket that it hears of."""

    def receive(_c: Client, _u: object, message: MQTTMessage) -> None:
        if b'"id":"L' in message.payload and b"issued" in message.payload:
            connection = HTTPConnection(host, port)
            connection.request("POST", "/bare", message.payload)
            connection.getresponse().read()
            connection.close()

    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare")
    if broker.user and broker.password_file:
        client.username_pw_set(broker.user, broker.password_file.read_text().strip())
    client.on_message = receive
    at, on, _ = broker.address
    client.connect(at, on)
    client.subscribe("accueil/v1/+/+/+/events", 1)
    client.loop_start()
    return client


async def _crowd(publisher: Publisher) -> None:
    """Tickets that are called at once, for as long as it lasts."""
    number = 0
    while True:
        number += 1
        area = f"a{number % AREAS}"
        await _issue(publisher, area, f"C{number}", timedelta())
        await _call(publisher, area, f"C{number}")
        await asyncio.sleep(2 / RATE)


async def _issue(publisher: Publisher, area: str, ticket: str, ago: timedelta) -> None:
    issued = TicketIssued(ticket=ticket, number=ticket, queue="sejour")
    at = datetime.now(UTC) - ago
    await publisher.publish(*traffic.message(Event(at=at, area=area, device="borne-1", id=ticket, fact=issued)))


async def _call(publisher: Publisher, area: str, ticket: str) -> None:
    called = TicketCalled(ticket=ticket, counter="g1")
    at = datetime.now(UTC)
    await publisher.publish(*traffic.message(Event(at=at, area=area, device="poste-g1", id=ticket, fact=called)))
