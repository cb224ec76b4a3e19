"""The demonstration's devices: real MQTT clients with heartbeats and last wills, playing simulated days."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from collector.broker import BrokerSettings
from collector.mqtt import Will
from collector.publisher import Publisher
from deploy.demo.clock import DemoClock
from deploy.demo.day import Outage, Sent, devices, offline, simulated_day
from ticketing.events import TYPES, Event

HEARTBEAT = timedelta(seconds=30)
REAL_HEARTBEAT_S = 0.5
"""On a fast clock heartbeats are at least this far apart, in real time."""


class Scene(Struct, frozen=True, kw_only=True):
    """What all devices of a demonstration share."""

    broker: BrokerSettings
    clock: DemoClock
    site: str
    zone: ZoneInfo
    seed: int
    working: Callable[[date], bool]


async def play(scene: Scene) -> None:
    """All devices, day after day, for ever; what happened before the clock's start is sent at once."""
    players = {(area, device): _Device(scene, area, device) for area, device in devices()}
    async with asyncio.TaskGroup() as tasks:
        for player in players.values():
            tasks.create_task(player.run())
        for day in _days(scene.clock().date(), scene.working):
            by_device: defaultdict[tuple[str, str], list[Sent]] = defaultdict(list)
            for sent in await asyncio.to_thread(simulated_day, day, scene.seed, scene.zone):
                by_device[sent.event.area, sent.event.device].append(sent)
            outages = offline(day, scene.seed, scene.zone)
            for name, player in players.items():
                player.expect(by_device[name], [o for o in outages if (o.area, o.device) == name])
            last = max(sents[-1].published for sents in by_device.values() if sents)
            await asyncio.sleep(scene.clock.until(last))


def _days(first: date, working: Callable[[date], bool]) -> Iterator[date]:
    day = first
    while True:
        if working(day):
            yield day
        day += timedelta(days=1)


class _Device:
    """One device: connected but for its outages, each of which ends without a goodbye and begins another session."""

    def __init__(self, scene: Scene, area: str, device: str) -> None:
        self._scene, self._name = scene, f"{area}-{device}"
        self._source = f"/{scene.site}/{area}/{device}"
        self._topic = f"accueil/v1/{scene.site}/{area}/{device}"
        self._ahead: deque[Sent] = deque()
        self._outages: deque[Outage] = deque()
        self._sessions = 0
        self._told = asyncio.Event()

    def expect(self, sents: list[Sent], outages: list[Outage]) -> None:
        """Another day's messages, in the order of publication."""
        self._ahead.extend(sents)
        self._outages.extend(outages)
        self._told.set()

    async def run(self) -> None:
        clock = self._scene.clock
        while True:
            while self._outages and self._outages[0].until <= clock():
                self._outages.popleft()
            if self._outages and self._outages[0].since <= clock():
                await asyncio.sleep(clock.until(self._outages[0].until))
            await self._connected()

    async def _connected(self) -> None:
        """A session, until the next outage."""
        clock = self._scene.clock
        self._sessions += 1
        session = f"{self._name}-{clock():%Y%m%d%H%M%S}-{self._sessions}"
        will = Will(f"{self._topic}/status", self._status("offline", session))
        publisher = Publisher(self._scene.broker, f"demo-{self._name}", will=will)
        running = asyncio.create_task(publisher.run())
        beat = clock()
        every = max(HEARTBEAT.total_seconds(), REAL_HEARTBEAT_S * self._scene.clock.speed)
        try:
            while not (self._outages and self._outages[0].since <= clock()):
                if beat <= clock():
                    await publisher.publish(will.topic, self._status("online", session), retain=True)
                    beat = clock() + timedelta(seconds=every)
                while self._ahead and self._ahead[0].published <= clock():
                    await publisher.publish(f"{self._topic}/events", self._payload(self._ahead.popleft().event))
                coming = [beat, *(s.published for s in [*self._ahead][:1]), *(o.since for o in [*self._outages][:1])]
                await self._sleep(min(coming))
            publisher.link.drop()
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def _sleep(self, until: datetime) -> None:
        """Until an instant of the clock, or until another day is known."""
        self._told.clear()
        try:
            # not wait_for: 3.11's swallows a cancellation that comes with the event
            async with asyncio.timeout(self._scene.clock.until(until)):
                await self._told.wait()
        except TimeoutError:
            return

    def _status(self, state: str, session: str) -> bytes:
        return msgspec.json.encode({"state": state, "session": session, "time": self._scene.clock()})

    def _payload(self, event: Event) -> bytes:
        return msgspec.json.encode(
            {
                "specversion": "1.0",
                "type": TYPES[type(event.fact)],
                "source": self._source,
                "id": event.id,
                "time": event.at,
                "sequence": str(event.sequence),
                "data": event.fact,
            }
        )
