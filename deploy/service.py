"""The composition root: opens what vigie stands on, and runs its parts until it is told to end."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Literal, TypeVar

import asyncpg
import structlog

from alerts.log import Log
from collector.broker import BrokerSettings
from collector.devices import RETIRED, Devices, silences
from collector.intake import OUTAGE, Intake, Messages, outage_text
from collector.journal import Cursor, Entry, Journal
from collector.messages import Device
from collector.subscriber import Subscriber
from dashboards.archive import Archive
from dashboards.board import Board
from dashboards.errors import AwayError, UnheardOfError
from dashboards.interface import Readiness
from dashboards.notices import Store
from dashboards.remembering import Memory
from dashboards.server import Server
from dashboards.sign_in.guard import Guard
from deploy import asyncapi
from deploy.accounts import Recorded, accounts, lasting, matching
from deploy.alerting import Alerting
from deploy.asking import Database, away
from deploy.backing import backing
from deploy.clocks import Clock, system_clock
from deploy.corrections import Corrections
from deploy.days import RecordedDays
from deploy.foresight import Foresight
from deploy.migrate import migrate
from deploy.monthly import VIGIE, monthly
from deploy.notices import InForce
from deploy.publishing import Publishing
from deploy.purge import Purge
from deploy.purge_nights import Nights
from deploy.settings import Settings, SettingsError
from deploy.signing_in import signing_in
from deploy.topics import Topics
from deploy.understanding import decoder
from deploy.weeks import weeks
from ticketing.accuracy import Accuracy
from ticketing.area import Area, live_since
from ticketing.events import Event
from ticketing.hours import midnight
from ticketing.ledger import Account

log = structlog.get_logger()

Part = Literal["collect", "watch"]
T = TypeVar("T")
TICK_S = 1.0
PAUSE_S = 1.0
PATIENCE_S = 2.0
QUIET_S = 8.0
"""The follower hears from the database at least once a second; after so long without, the data stand still."""


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
    async with (
        backing(settings, broker="collect" in parts) as (dsn, address),
        Journal(dsn, settings.time_zone) as journal,
    ):
        ready = asyncio.Event()

        async def prepare() -> None:
            await _until_there(lambda: migrate(dsn))
            ready.set()

        if clock:
            await prepare()
        now = await clock(journal) if clock else system_clock
        subscriber = Subscriber(address, now) if "collect" in parts else None
        async with asyncio.TaskGroup() as tasks:
            if "watch" in parts:
                # the boards first: while the database is not there yet, they say so
                watch = Watch(settings, journal, now, subscriber, ready)
                tasks.create_task(watch.run(announce))
                tasks.create_task(Topics(watch.board, settings, address).run())
            if not ready.is_set():
                await prepare()
            if subscriber:
                intake = await _until_there(lambda: _intake(settings, journal, subscriber, now()))
                tasks.create_task(subscriber.run())
                tasks.create_task(intake.run())
                if companion:
                    await subscriber.subscribed.wait()
                    await companion(address, now)


async def _intake(settings: Settings, journal: Journal, messages: Messages, now: datetime) -> Intake:
    """An intake that knows what the journal knows of the devices."""
    understanding = await decoder(settings, journal)
    presences, _ = await journal.devices(now, now=True)
    devices = Devices(settings.intake.silent_after, presences, await journal.clocks(now - RETIRED))
    return Intake(messages, journal, understanding, devices, settings.intake.oldest)


class Watch:
    """Follows the journal into the board, and serves it."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        clock: Clock,
        subscriber: Subscriber | None,
        migrated: asyncio.Event,
    ) -> None:
        self._settings, self._journal, self._clock, self._subscriber = settings, journal, clock, subscriber
        self._migrated = migrated
        self._cursor: Cursor = 0
        self._heard = clock()
        """When the database last answered, on our clock; and on the machine's, None before the first time."""
        self._yielded: float | None = None
        self._begun = time.monotonic()
        usual = settings.plans()
        self.board = Board(usual, clock)
        self.archive = Archive(Database(journal, AwayError), settings.site, settings.time_zone)
        self.memory = Memory(self.archive)
        self.foresight = Foresight(journal, self.board, self.archive, self.memory, clock)
        self.alerting = Alerting(settings, self.board, journal, clock, migrated)
        self.notices = InForce(Store(Database(journal, AwayError), settings.site), self.board, usual)
        self.monthly = monthly(settings, journal, lambda: list(self.board.plans.values()), clock)
        self.server = Server(
            self.board,
            self,
            asyncapi.document(),
            alerts=Log(Database(journal, AwayError), settings.site),
            days=RecordedDays(Database(journal, AwayError), settings.site),
            sign_in=signing_in(settings, journal),
            guard=Guard(settings.web.place, system_clock),
            notices=self.notices,
            corrections=Corrections(journal, settings.site, clock),
            house=settings.web.house,
            public=settings.public,
            exports=self.monthly,
        )

    async def run(self, announce: Callable[[str], None]) -> None:
        async with self.server.serving(self._settings.web) as address, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._turn())
            tasks.create_task(self._listen())
            tasks.create_task(self._compare())
            tasks.create_task(self._foresee())
            tasks.create_task(self._notice())
            tasks.create_task(self._tally())
            tasks.create_task(self._publish())
            tasks.create_task(self._purge())
            tasks.create_task(self.memory.run())
            tasks.create_task(self.alerting.run())
            tasks.create_task(self.server.run())
            announce(address)

    async def area(self, name: str, _: datetime) -> Area | None:
        return self.board.areas.get(name)

    async def accounts(self, day: date | None, device: str | None) -> list[Account]:
        now = self._clock()
        try:
            past = day is not None and day != now.astimezone(self._settings.zone).date()
            areas = Recorded(self._journal, self.board.plans.values()) if past else self
            found = await accounts(self._journal, areas, self._settings, now, day)
        except SettingsError as error:
            raise UnheardOfError(str(error)) from None
        except OUTAGE as error:
            raise AwayError(away(error)) from None
        return matching(found, device)

    async def accuracy(self, area: str | None, week: date | None) -> list[Accuracy]:
        return await weeks(self.archive, self._settings, self._clock(), area, week)

    async def readiness(self) -> Readiness:
        subscriber = self._subscriber
        subscribed = (subscriber.link.connected and subscriber.subscribed.is_set()) if subscriber else None
        lag = await self._lag()
        there = lag is not None
        ready = there and self.board.loaded and subscribed is not False
        return Readiness(ready=ready, broker=subscribed, database=there, loaded=self.board.loaded, lag=lag)

    async def _lag(self) -> int | None:
        """Rows not yet followed; None if the database does not say within two seconds."""
        asked = asyncio.create_task(self._journal.last())
        # not wait_for: a connection that hangs hangs in being cancelled too
        await asyncio.wait({asked}, timeout=PATIENCE_S)
        if not asked.done():
            asked.cancel()
            return None
        return None if asked.exception() else asked.result() - self._cursor

    async def _follow(self) -> None:
        """The day so far, then every batch; after an outage all over again, so that nothing can have been missed."""
        await self._migrated.wait()
        while True:
            try:
                self._cursor = await self._journal.last()
                await self.notices.refresh()
                self.board.begin({area: await self._today(area) for area in self.board.plans})
                self.foresight.began()
                async for cursor, entries in self._journal.follow(self._cursor):
                    self._heard, self._yielded = self._clock(), time.monotonic()
                    self.board.stand(None)
                    self._take(entries)
                    self._cursor = cursor
            except (*OUTAGE, AwayError) as error:
                if self.board.standing_since is None:
                    log.error("database away, boards stand still", error=outage_text(error))
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
            before = self.board.areas
            self.board.take(by_area)
            for area in by_area.keys() & before.keys():
                self.foresight.took(before[area], self.board.areas[area])

    async def _foresee(self) -> None:
        """What is to come, once the schema is there to learn from the past, and it is known which days were closed."""
        await self._migrated.wait()
        await self.notices.known.wait()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.foresight.learn())
            tasks.create_task(self.foresight.foresee())

    async def _notice(self) -> None:
        """What supervisors decide, here or elsewhere."""
        await self._migrated.wait()
        await self.notices.run()

    async def _tally(self) -> None:
        """Days that are over, once it is known which of them were closed."""
        await self._migrated.wait()
        await self.notices.known.wait()
        await self.monthly.keeping.run()

    async def _publish(self) -> None:
        """The month, when it is over."""
        await self._migrated.wait()
        await self.notices.known.wait()
        await Publishing(self._settings, self._journal, self.monthly, self._clock).run()

    async def _purge(self) -> None:
        """What is too old, every night, once it is known which of its days were closed: its figures are kept first."""
        await self._migrated.wait()
        await self.notices.known.wait()
        purge = Purge(self._settings, self._journal, self.monthly.keep_month, self._clock, VIGIE)
        await Nights(purge, self._clock, self._settings.zone).run()

    async def _turn(self) -> None:
        """What time alone changes, whatever the database does: a new day, and data that come no more."""
        while True:
            self.board.turn()
            # a database that hangs raises nothing; nor does one that was never there
            since = self._begun if self._yielded is None and not self._migrated.is_set() else self._yielded
            if since is not None and time.monotonic() - since > QUIET_S:
                self.board.stand(self._heard)
            await asyncio.sleep(TICK_S)

    async def _listen(self) -> None:
        """Which devices are silent, and how much was kept aside."""
        await self._migrated.wait()
        while True:
            try:
                now = self._clock()
                presences, late = await self._journal.devices(now, now=True)
                today = midnight(now.astimezone(self._settings.zone).date(), self._settings.zone)
                self.board.quarantined_today = await self._journal.quarantine_count(today)
                self.alerting.recently = await self._journal.quarantine_count(now - self.alerting.window)
            except OUTAGE:
                pass  # _follow says so
            else:
                here = [presence for presence in presences if presence.site == self._settings.site]
                self.board.hear(silences(here, now, self._settings.intake.silent_after, late))
            await asyncio.sleep(TICK_S)

    async def _compare(self) -> None:
        """What the devices say that they sent and count, beside what we have."""
        await self._migrated.wait()
        before: dict[Device, Account] = {}
        while True:
            with contextlib.suppress(AwayError):
                now = await self.accounts(None, None)
                self.board.missing = lasting(before, now)
                before = {account.identity: account for account in now}
            await asyncio.sleep(self._settings.intake.compare_every.total_seconds())


async def _until_there(action: Callable[[], Awaitable[T]]) -> T:
    """Tries again for as long as the database is not there: it may only be starting, as after a power cut."""
    told = ""
    while True:
        try:
            return await action()
        except asyncpg.ClientConfigurationError:
            raise
        except OUTAGE as error:
            if told != (told := outage_text(error)):
                log.warning("database not there yet", error=told)
            await asyncio.sleep(PAUSE_S)
