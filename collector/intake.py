"""Intake: takes messages in batches, commits them, and only then acknowledges."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import asyncpg
import msgspec
import structlog
from msgspec import Struct

from collector.clocks import believed
from collector.decoding import Decoder
from collector.devices import Changes, Devices
from collector.journal import NOTHING, Appended
from collector.masking import masked
from collector.messages import Heartbeat, Message, Record, Rejected

log = structlog.get_logger()

REFUSALS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)
"""What the database says of a value that it cannot hold."""
OUTAGE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What it says when it cannot now, and may later: away, full, locked, on its standby, its password changed."""
LONGEST_PAUSE_S = 5.0
AT_ONCE = 50
"""Messages understood before everything else has its turn."""


def outage_text(error: BaseException) -> str:
    """What an operator reads of an outage. An address is worth more whole; the server's words may quote a value."""
    return f"{type(error).__name__}: {error if isinstance(error, OSError) else masked(str(error))}"


class IntakeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`oldest` None keeps event times of any age, for recorded days.

    `compare_every` is how often what devices count is compared with what we compute; a difference found twice in a row
    is shown. `keep_fields` are fields of the events' data, beside the contract's, that are stored too. The key of the
    pseudonyms is made in the data folder unless its file is named: collectors of one journal share it.
    """

    oldest: timedelta | None = timedelta(hours=48)
    silent_after: timedelta = timedelta(seconds=90)
    compare_every: timedelta = timedelta(seconds=30)
    keep_fields: tuple[str, ...] = ()
    pseudonyms_key_file: Path | None = None


class Messages(Protocol):
    def batches(self) -> AsyncIterator[list[Message]]: ...
    def acknowledge(self, messages: Iterable[Message]) -> None: ...


class Keeper(Protocol):
    async def append(
        self, records: Sequence[Record], rejected: Sequence[Rejected] = (), changes: Changes = NOTHING
    ) -> Appended: ...


class Tally(Struct):
    """What came since the start."""

    new: int = 0
    doubled: int = 0
    quarantined: int = 0
    heartbeats: int = 0


class _Understood(Struct, frozen=True):
    """A batch, and what it is."""

    messages: list[Message]
    records: list[Record]
    rejected: list[Rejected]
    changes: Changes


class Intake:
    """Loses nothing: a message is acknowledged after the commit of the transaction that holds it, or not at all."""

    def __init__(
        self, messages: Messages, journal: Keeper, decoder: Decoder, devices: Devices, oldest: timedelta | None
    ) -> None:
        self._messages, self._journal = messages, journal
        self._decoder, self._devices, self._oldest = decoder, devices, oldest
        self.tally = Tally()
        self.standing = asyncio.Event()
        """Set while the database cannot be written to."""

    async def run(self) -> None:
        try:
            async with aclosing(self._understood()) as batches:
                async for understood in batches:
                    await self._take(understood)
        finally:
            log.info("intake ended", **msgspec.structs.asdict(self.tally))

    async def take(self, batch: list[Message]) -> None:
        """Keeps a batch, however long the database is away, then acknowledges it."""
        await self._take(await self._understand(batch))

    async def _understood(self) -> AsyncGenerator[_Understood, None]:
        """Every batch, each understood while the one before is being committed."""
        batches = aiter(self._messages.batches())
        coming = asyncio.create_task(self._next(batches))
        try:
            while (understood := await coming) is not None:
                coming = asyncio.create_task(self._next(batches))
                yield understood
        finally:
            coming.cancel()
            await asyncio.wait([coming])

    async def _next(self, batches: AsyncIterator[list[Message]]) -> _Understood | None:
        batch = await anext(batches, None)
        return None if batch is None else await self._understand(batch)

    async def _understand(self, batch: list[Message]) -> _Understood:
        records: list[Record] = []
        rejected: list[Rejected] = []
        clocks, decode, oldest = self._devices.clocks, self._decoder.decode, self._oldest
        for number, message in enumerate(batch):
            if number % AT_ONCE == AT_ONCE - 1:
                # a turn for the others: the batch before is not at the database yet
                await asyncio.sleep(0)
            match decode(message):
                case Record() as record:
                    records.append(believed(record, clocks.get(record.identity), oldest))
                case Heartbeat() as heartbeat:
                    self._devices.hear(heartbeat)
                    self.tally.heartbeats += 1
                case Rejected() as aside:
                    rejected.append(aside)
        return _Understood(batch, records, rejected, self._devices.changes())

    async def _take(self, understood: _Understood) -> None:
        await self._keep(understood.records, understood.rejected, understood.changes)
        self._messages.acknowledge(understood.messages)

    async def _keep(self, records: list[Record], rejected: list[Rejected], changes: Changes) -> None:
        pause = 0.1
        while True:
            try:
                appended = await self._journal.append(records, rejected, changes)
            except asyncpg.ClientConfigurationError:
                raise
            except REFUSALS as error:
                # one of them is what the database cannot hold: halve until it stands alone, and keep that one aside
                if len(records) > 1:
                    half = len(records) // 2
                    await self._keep(records[:half], rejected, changes)
                    await self._keep(records[half:], [], NOTHING)
                    return
                if records:
                    rejected = [*rejected, _refused(records[0], error)]
                    records = []
                elif changes != NOTHING:
                    # a heartbeat is told again, and must not stop the events
                    log.error("heartbeats not kept", error=masked(str(error)))
                    changes = NOTHING
                else:
                    raise
            except OUTAGE as error:
                if not self.standing.is_set():
                    log.error("database away, intake waits", error=outage_text(error))
                self.standing.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            else:
                if self.standing.is_set():
                    log.info("database back, intake goes on")
                    self.standing.clear()
                self.tally.new += appended.new
                self.tally.doubled += appended.doubled
                self.tally.quarantined += len(rejected)
                return


def _refused(record: Record, error: Exception) -> Rejected:
    return Rejected(
        topic=f"accueil/v1/{record.site}/{record.area}/{record.device}/events",
        reason="data",
        detail=masked(f"the database cannot hold it: {error}"),
        received=record.received,
        size=len(record.data),
        payload=msgspec.json.encode(
            {
                "specversion": "1.0",
                "type": record.type,
                "source": f"/{record.site}/{record.area}/{record.device}",
                "id": record.id,
                "time": record.time,
                "sequence": record.sequence,
                "data": msgspec.Raw(record.data.encode()),
            }
        ).decode(),
    )
