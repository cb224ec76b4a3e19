"""The composition root: opens what vigie stands on, and runs its parts until it is told to end."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal

import structlog

from collector.devices import silences
from collector.intake import OUTAGE, Intake
from collector.journal import Cursor, Entry, Journal
from collector.masking import masked
from collector.mqtt import BrokerSettings
from collector.subscriber import Subscriber
from dashboards.board import Board
from dashboards.server import Readiness, Server
from deploy.backing import backing
from deploy.migrate import migrate
from deploy.settings import Settings
from ticketing.area import live_since
from ticketing.events import Event

log = structlog.get_logger()

Clock = Callable[[], datetime]
Part = Literal["collect", "watch"]
TICK_S = 1.0
PAUSE_S = 1.0
QUIET_S = 8.0
"""The follower hears from the database at least once a second; after so long without, the data stand still."""


def system_clock() -> datetime:
    return datetime.now(UTC)


async def serve(
    settings: Settings,
    *,
    parts: frozenset[Part] = frozenset({"collect", "watch"}),
    clock: Callable[[Journal], Awaitable[Clock]] | None = None,
    companion: Callable[[BrokerSettings, Clock], Awaitable[None]] | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Runs until cancelled, with nothing to save. `announce` is told the boards' address once they answer.

    `clock` makes another clock from the journal, and `companion` runs beside once the intake subscribes: the
    demonstration's two needs.
    """
    async with backing(settings, broker="collect" in parts) as (dsn, address), Journal(dsn) as journal:
        await _until_there(lambda: migrate(dsn))
        now = await clock(journal) if clock else system_clock
        subscriber = intake = None
        if "collect" in parts:
            subscriber = Subscriber(address, now)
            intake = Intake(subscriber, journal, settings.intake, await journal.presences(now()))
        async with asyncio.TaskGroup() as tasks:
            if subscriber and intake:
                tasks.create_task(subscriber.run())
                tasks.create_task(intake.run())
            if "watch" in parts:
                watch = Watch(settings, journal, now, subscriber)
                tasks.create_task(watch.run(announce))
            if companion and subscriber:
                await subscriber.subscribed.wait()
                tasks.create_task(companion(address, now))  # type: ignore[arg-type]


class Watch:
    """Follows the journal into the board, and serves it."""

    def __init__(self, settings: Settings, journal: Journal, clock: Clock, subscriber: Subscriber | None) -> None:
        self._settings, self._journal, self._clock, self._subscriber = settings, journal, clock, subscriber
        self._cursor: Cursor = 0
        self._heard = clock()
        """When the database last answered, on our clock; and on the machine's, None before the first time."""
        self._yielded: float | None = None
        self.board = Board(settings.plans(), clock)
        self.server = Server(self.board, self)

    async def run(self, announce: Callable[[str], None]) -> None:
        async with self.server.serving(self._settings.web) as address, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._turn())
            tasks.create_task(self._listen())
            tasks.create_task(self.server.run())
            announce(address)

    async def readiness(self) -> Readiness:
        connected = self._subscriber.link.connected if self._subscriber else None
        try:
            lag: int | None = await asyncio.wait_for(self._journal.last(), 2) - self._cursor
        except OUTAGE:
            lag = None
        there = lag is not None
        ready = there and self.board.loaded and connected is not False
        return Readiness(ready=ready, broker=connected, database=there, loaded=self.board.loaded, lag=lag)

    async def _follow(self) -> None:
        """The day so far, then every batch; after an outage all over again, so that nothing can have been missed."""
        while True:
            try:
                self._cursor = await self._journal.last()
                self.board.begin({area: await self._today(area) for area in self.board.plans})
                async for cursor, entries in self._journal.follow(self._cursor):
                    self._heard, self._yielded = self._clock(), time.monotonic()
                    self.board.stand(None)
                    self._take(entries)
                    self._cursor = cursor
            except OUTAGE as error:
                if self.board.standing_since is None:
                    log.error("database away, boards stand still", error=masked(str(error)))
                self.board.stand(self._heard)
                await asyncio.sleep(PAUSE_S)

    async def _today(self, area: str) -> list[Event]:
        since = live_since(self.board.plans[area], self._clock())
        return await self._journal.read(self._settings.site, area, since, upto=self._cursor)

    def _take(self, entries: list[Entry]) -> None:
        by_area: defaultdict[str, list[Event]] = defaultdict(list)
        for entry in entries:
            if entry.site == self._settings.site:
                by_area[entry.event.area].append(entry.event)
        if by_area:
            self.board.take(by_area)

    async def _turn(self) -> None:
        """What time alone changes, whatever the database does: a new day, and data that come no more."""
        while True:
            self.board.turn()
            if self._yielded is not None and time.monotonic() - self._yielded > QUIET_S:
                # a database that hangs raises nothing
                self.board.stand(self._heard)
            await asyncio.sleep(TICK_S)

    async def _listen(self) -> None:
        """Which devices are silent, and how much was kept aside."""
        while True:
            try:
                now = self._clock()
                presences = await self._journal.presences(now)
                midnight = now.astimezone(self._settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
                self.board.quarantined_today = await self._journal.quarantine_count(midnight)
            except OUTAGE:
                pass  # _follow says so
            else:
                here = [presence for presence in presences if presence.site == self._settings.site]
                self.board.hear(silences(here, now, self._settings.intake.silent_after))
            await asyncio.sleep(TICK_S)


async def _until_there(action: Callable[[], Awaitable[object]]) -> None:
    """Tries again for as long as the database is not there: it may only be starting, as after a power cut."""
    while True:
        try:
            await action()
        except OUTAGE as error:
            log.warning("database not there yet", error=masked(str(error)))
            await asyncio.sleep(PAUSE_S)
        else:
            return
