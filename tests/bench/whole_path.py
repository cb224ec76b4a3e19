"""Events a second from the broker to the journal and back to the acknowledgement, beside paho and PostgreSQL alone."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import asyncpg
import msgspec
from msgspec.structs import replace

from collector.broker import BrokerSettings
from collector.messages import Message, Record
from collector.mqtt import Link
from collector.subscriber import Subscriber
from deploy.clocks import system_clock
from deploy.embedded import nats
from deploy.embedded.lock import locked
from deploy.migrate import migrate
from tests.bench import traffic
from tests.bench.measuring import answer, child, console, ratio, running, show, spread
from tests.bench.receiving import Received
from tests.bench.sampling import KINDS as WORK
from tests.collector.words import decode
from tests.servers import MOSQUITTO, Mosquitto, Postgres, embedded_binaries, folder

COUNT, LIVE = 50_000, 20_000
ROUNDS, LIVE_ROUNDS = 3, 2
AHEAD = 1.1
"""Publishing meanwhile, in multiples of the rate at which the same receiver drained what waited."""
BATCH = 1000
BARE = """insert into journal (site, area, device, id, type, time, at, received, sequence, clock, data)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                         $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::text[], $11::jsonb[])"""
FIELDS = ("site", "area", "device", "id", "type", "time", "at", "received", "sequence", "clock", "data")
RECEIVERS = ("ours", "link", "own")

Rates = dict[str, list[float]]


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    with folder() as home:
        messages = [traffic.message(event) for event in traffic.events(COUNT)]
        traffic.write(home / "all", messages)
        traffic.write(home / "live", messages[:LIVE])
        server = Postgres(home, embedded_binaries())
        server.start()
        try:
            bench = _Bench(home, server)
            bare = [await bench.bare(messages) for _ in range(ROUNDS)]
            if MOSQUITTO:
                async with _mosquitto(home) as broker:
                    for protocol in ("3.1.1", "5"):
                        await bench.measure(f"Mosquitto {protocol}", replace(broker, protocol=protocol))
                    await bench.pair(replace(broker, protocol="5"))
            else:
                console.print("Mosquitto is not installed: left out")
            async with _embedded(home) as broker:
                await bench.measure("NATS 3.1.1", broker)
            bench.tell(bare)
        finally:
            server.end()


@asynccontextmanager
async def _mosquitto(home: Path) -> AsyncIterator[BrokerSettings]:
    server = Mosquitto(home)
    server.start()
    try:
        yield BrokerSettings(url=server.url)
    finally:
        server.end()


@asynccontextmanager
async def _embedded(home: Path) -> AsyncIterator[BrokerSettings]:
    data = home / "data"
    with locked(data):
        # not synchronous: filling the queue is not what is measured
        async with nats.broker(data, sync=False) as found:
            url = f"mqtt://{found.host}:{found.port}"
            yield BrokerSettings(url=url, user=found.user, password_file=found.password_file)


class _Bench:
    """Rounds of the same messages through one broker after another."""

    def __init__(self, home: Path, server: Postgres) -> None:
        self._home, self._server = home, server
        self.queued: dict[str, Rates] = {}
        self.live: dict[str, Rates] = {}
        self.results: dict[str, list[Received]] = defaultdict(list)
        self.profiles: dict[str, Received] = {}
        self.pairs: list[float] = []

    async def measure(self, name: str, broker: BrokerSettings) -> None:
        console.print(f"{name} ...", style="dim")
        self.queued[name], self.live[name] = defaultdict(list), defaultdict(list)
        for number in range(ROUNDS):
            await self._drain(name, broker, number)
        for number in range(LIVE_ROUNDS):
            await self._flow(name, broker, number)

    async def _drain(self, name: str, broker: BrokerSettings, number: int) -> None:
        """Every receiver in turn, from a durable session in which the events wait already."""
        kinds = [*RECEIVERS[number % 3 :], *RECEIVERS[: number % 3], *(["profiled"] if not number else [])]
        for kind in kinds:
            await _session(broker, f"q-{kind}")
        await _answer("publish", str(self._home / "all"), _text(broker), "0")
        for kind in kinds:
            found = msgspec.convert(
                await _answer("receive", kind, _text(broker), f"q-{kind}", str(COUNT), await self._database()), Received
            )
            await _forgotten(broker, f"q-{kind}")
            if kind == "profiled":
                self.profiles[name] = found
            else:
                self.queued[name][kind].append(COUNT / found.seconds)
            if kind in ("ours", "profiled"):
                self.results[name].append(found)

    async def pair(self, broker: BrokerSettings) -> None:
        """Two collectors, each a process, that share the events which wait for them."""
        clients = ("pair-1", "pair-2")
        for _ in range(ROUNDS):
            shared = replace(broker, share="bench")
            for client in clients:
                await _session(shared, client)
            await _answer("publish", str(self._home / "all"), _text(broker), "0")
            dsn = await self._database()
            halves = [
                asyncio.create_task(_answer("receive", "half", _text(broker), client, str(COUNT), dsn))
                for client in clients
            ]
            found = [msgspec.convert(await one, Received) for one in halves]
            for client in clients:
                await _forgotten(broker, client)
            seconds = max(one.began + one.seconds for one in found) - min(one.began for one in found)
            self.pairs.append(COUNT / seconds)

    async def _flow(self, name: str, broker: BrokerSettings, number: int) -> None:
        """Every receiver in turn, while the events are being published."""
        for kind in (*RECEIVERS[number % 3 :], *RECEIVERS[: number % 3]):
            await _session(broker, f"l-{kind}")
            with running("receive", kind, _text(broker), f"l-{kind}", str(LIVE), await self._database()) as receiver:
                # a little faster than it drained what waited: it is behind from the start to the end, and not by much
                rate = AHEAD * median(self.queued[name][kind])
                sender = await _answer("publish", str(self._home / "live"), _text(broker), str(rate))
                found = msgspec.convert(await asyncio.to_thread(answer, receiver), Received)
            await _forgotten(broker, f"l-{kind}")
            self.live[name][kind].append(LIVE / found.seconds)
            self.live[name][f"sent to {kind}"].append(LIVE / sender["seconds"])
            if kind == "ours":
                self.results[name].append(found)

    async def _database(self) -> str:
        dsn = await self._server.database()
        await migrate(dsn)
        return dsn

    async def bare(self, messages: list[tuple[str, bytes]]) -> float:
        """Rows a second of the statement alone, in batches, on the same table, from lists made before."""
        dsn, received = await self._database(), system_clock()
        records = [decode(Message(topic=t, payload=p, received=received), None) for t, p in messages]
        rows = [record for record in records if isinstance(record, Record)]
        batches = [
            [[getattr(row, field) for row in rows[start : start + BATCH]] for field in FIELDS]
            for start in range(0, len(rows), BATCH)
        ]
        connection = await asyncpg.connect(dsn)
        try:
            for month in sorted({row.time.date().replace(day=1) for row in rows}):
                await connection.execute("select journal_month($1)", month)
            began = time.perf_counter()
            for batch in batches:
                await connection.execute(BARE, *batch)
            return len(rows) / (time.perf_counter() - began)
        finally:
            await connection.close()

    def tell(self, bare: list[float]) -> None:
        columns = ("events/s", "vigie", "(a) our link", "(b) paho's loop", "(c) bare insert",
                   "vigie/a", "vigie/b", "vigie/c")  # fmt: skip
        for title, found in (
            (
                f"whole path, {COUNT:,} events that wait in a durable session, median (lowest highest) of {ROUNDS}",
                self.queued,
            ),
            (
                f"whole path, {LIVE:,} events published meanwhile, at {AHEAD:g} times its rate above, of {LIVE_ROUNDS}",
                self.live,
            ),
        ):
            rows = [
                (name, spread(r["ours"]), spread(r["link"]), spread(r["own"]), spread(bare),
                 ratio(r["ours"], r["link"]), ratio(r["ours"], r["own"]), ratio(r["ours"], bare))
                for name, r in found.items()
            ]  # fmt: skip
            show(title, columns, rows)
        if self.pairs:
            one = self.queued["Mosquitto 5"]["ours"]
            console.print(
                f"  two collectors that share the events on Mosquitto 5: {spread(self.pairs)} events/s, "
                f"{ratio(self.pairs, one)} times one alone"
            )
        for name, rates in self.live.items():
            sent = ", ".join(
                f"{kind.removeprefix('sent to ')} {spread(r)}" for kind, r in rates.items() if "sent" in kind
            )
            console.print(f"  {name}: published meanwhile, events/s, to {sent}")
        for name, runs in self.results.items():
            lost, doubled = sum(r.lost for r in runs), sum(r.doubled for r in runs)
            batch = median(r.batch for r in runs)
            console.print(f"  {name}: {len(runs)} runs, {lost} lost, {doubled} delivered twice, {batch:.0f} a batch")
        shares: list[tuple[str, ...]] = [(work, *(_share(p, work) for p in self.profiles.values())) for work in WORK]
        shares.append(("all", *(f"100 % {p.seconds / COUNT * 1e6:6.1f} µs" for p in self.profiles.values())))
        shares.append(("processor alone", *(f"{p.cpu_s / COUNT * 1e6:6.1f} µs" for p in self.profiles.values())))
        show("where vigie's time goes, one sampled run each, per event", ("", *self.profiles), shares)


def _share(profile: Received, work: str) -> str:
    share = profile.profile.get(work, 0) / sum(profile.profile.values())
    return f"{share:.0%} {share * profile.seconds / COUNT * 1e6:6.1f} µs"


def _text(broker: BrokerSettings) -> str:
    return msgspec.json.encode(broker, enc_hook=str).decode()


async def _answer(*arguments: str) -> dict[str, float]:
    # the embedded broker is looked after meanwhile
    return await asyncio.to_thread(answer, child(*arguments))


async def _session(broker: BrokerSettings, client: str) -> None:
    """A durable session that gathers what is published from now on."""
    subscriber = Subscriber(broker, system_clock, client)
    task = asyncio.create_task(subscriber.run())
    await asyncio.wait_for(subscriber.subscribed.wait(), 20)
    task.cancel()
    await asyncio.wait([task])


async def _forgotten(broker: BrokerSettings, client: str) -> None:
    """Ends a durable session for good."""
    there = asyncio.Event()
    link = Link(broker, client, clean=True, on_connect=there.set)
    task = asyncio.create_task(link.run())
    await asyncio.wait_for(there.wait(), 20)
    task.cancel()
    await asyncio.wait([task])
