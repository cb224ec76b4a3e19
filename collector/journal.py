"""The journal in PostgreSQL: the only truth, appended to and never changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import asyncpg
import msgspec
from msgspec import Struct

from collector import ledger, quarantine
from collector.clocks import Clock
from collector.decoding import fact_of
from collector.devices import Changes, Late, Presence
from collector.messages import EARLIEST, LATEST, Device, Record, Rejected
from collector.quarantine import QuarantineRow
from ticketing.events import Event
from ticketing.ledger import Account

T = TypeVar("T")

LOCK = 0x76696769  # "vigi"
CHANNEL = "journal"
PAGE = 5000
AFTER = """
    select position, site, area, device, id, type, at, sequence, data from journal
    where position > $1 order by position limit $2
"""
POLL_S = 1.0
"""A follower looks again after this long even if no notification came."""

ANSWER_S = 5.0
"""A follower takes a database that does not answer for this long as gone."""
COMMIT_S = 60.0
"""An append may take so long: a disk may be slow, and other writers before it."""
LATE = timedelta(seconds=90)
"""An event that comes so long after it happened was held up: by its device, by the network or by us."""

INSERT = """
    with batch as (
        select site, area, device, id, type, time, at, received, sequence, clock,
               case when correction like '-%' then -substr(correction, 2)::interval else correction::interval end
                   as correction,
               data::jsonb as data
        from json_to_recordset($1::json) as told (
            site text, area text, device text, id text, type text, time timestamptz, at timestamptz,
            received timestamptz, sequence bigint, clock text, correction text, data text)
    ), new as (
        insert into journal (site, area, device, id, type, time, at, received, sequence, clock, correction, data)
        select * from batch on conflict do nothing
        returning site, area, device, (received at time zone $2)::date as day, at, received, received - at > $3 as late
    ), noted as (
        insert into ledger (site, area, device, day, kept, doubled, late, last_late, last_late_at)
        select site, area, device, day, coalesce(kept, 0), came - coalesce(kept, 0), coalesce(late, 0), last_late,
               last_late_at
        from (
            select site, area, device, (received at time zone $2)::date as day, count(*) as came
            from batch group by 1, 2, 3, 4
        ) as all_of_it left join (
            select site, area, device, day, count(*) as kept, count(*) filter (where late) as late,
                   max(received) filter (where late) as last_late,
                   (array_agg(at order by received desc) filter (where late))[1] as last_late_at
            from new group by 1, 2, 3, 4
        ) as new_of_it using (site, area, device, day)
        on conflict (site, area, device, day) do update
        set kept = ledger.kept + excluded.kept, doubled = ledger.doubled + excluded.doubled,
            late = ledger.late + excluded.late,
            last_late = coalesce(excluded.last_late, ledger.last_late),
            last_late_at = coalesce(excluded.last_late_at, ledger.last_late_at)
    )
    select count(*) from new
"""

SESSION = {
    "application_name": "vigie",
    # a writer that is cut off in the middle gives back the lock that the others wait for
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

NOTHING = Changes()
_encode = msgspec.json.Encoder().encode
Cursor = int
"""Position of the last row read; positions are in the order of commits."""


class Entry(Struct, frozen=True, kw_only=True):
    """A journal row as read back: where it stands, and its event."""

    position: Cursor
    site: str
    event: Event


class Appended(Struct, frozen=True):
    """How many events of a batch were new, and how many were in the journal already."""

    new: int
    doubled: int


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`embedded`, or a PostgreSQL connection string without its password, which stands in a file."""

    dsn: str = "embedded"
    password_file: Path | None = None

    @property
    def connection(self) -> str:
        """The DSN with the password; OSError if its file cannot be read."""
        if self.password_file is None:
            return self.dsn
        sign = "&" if "?" in self.dsn else "?"
        return f"{self.dsn}{sign}password={quote(self.password_file.read_text(encoding='utf-8').strip(), safe='')}"


class Journal:
    """`async with Journal(dsn) as journal`. Every method raises OSError or asyncpg.PostgresError in an outage."""

    def __init__(self, dsn: str, zone: str = "UTC") -> None:
        """`zone` is the time zone of the ledger's days."""
        self._dsn, self._zone = dsn, zone
        self._months: set[date] = set()

    async def __aenter__(self) -> Self:
        self._pool = await asyncpg.create_pool(
            self._dsn, min_size=0, max_size=8, command_timeout=2 * COMMIT_S, timeout=ANSWER_S, server_settings=SESSION
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), 1)
        except TimeoutError:
            self._pool.terminate()

    async def append(
        self,
        records: Sequence[Record],
        rejected: Sequence[Rejected] = (),
        changes: Changes = NOTHING,
        replayed: Sequence[int] = (),
    ) -> Appended:
        """Keeps all of it or none of it, each event once; returns after the commit.

        `replayed` are the numbers of messages in quarantine that these records were made of. TimeoutError when the
        database hangs: whether it has committed is then not known.
        """
        new = await self.ask(
            lambda connection: self._append(connection, records, rejected, changes, replayed), COMMIT_S
        )
        return Appended(new=new, doubled=len(records) - new)

    async def append_once(self, record: Record) -> bool:
        """Keeps an event of our own, after the commit; False if its source has told one of that id, at any time."""

        async def ask(connection: Any) -> bool:
            await self._ensure_months(connection, [record])
            async with connection.transaction():
                await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                # whether it was told before
                known = await connection.fetchval(
                    "select exists (select from journal where site = $1 and area = $2 and device = $3 and id = $4)",
                    *record.identity,
                    record.id,
                )
                if not known:
                    await self._insert(connection, [record])
                    await connection.execute("select pg_notify($1, '')", CHANNEL)
            return not known

        return await self.ask(ask)

    async def _append(
        self,
        connection: Any,
        records: Sequence[Record],
        rejected: Sequence[Rejected],
        changes: Changes,
        replayed: Sequence[int],
    ) -> int:
        await self._ensure_months(connection, records)
        async with connection.transaction():
            # one writer at a time: positions are then in the order of commits, and a follower can skip none
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            new = await self._insert(connection, records)
            if rejected:
                kept = await ledger.count_rejected(connection, rejected, self._zone)
                new_aside = await quarantine.keep_aside(connection, rejected, kept)
                await ledger.count_kept_aside(connection, new_aside, rejected[0].received, self._zone)
            if replayed:
                await quarantine.mark(connection, replayed)
            await ledger.note(connection, changes)
            if new:
                await connection.execute("select pg_notify($1, '')", CHANNEL)
        return new

    async def _insert(self, connection: Any, records: Sequence[Record]) -> int:
        if not records:
            return 0
        # each event of a batch, unless the journal has it, and what came of each device; as JSON, which costs us a
        # third of what arrays do, and the server less
        return int(await connection.fetchval(INSERT, _encode(records).decode(), self._zone, LATE))

    async def _ensure_months(self, connection: Any, records: Sequence[Record]) -> None:
        """A partition for every month of times that are believed; all others, and those beyond the 240th, share one.

        A time that is corrected within its month is believed, too, and so is our own where a device tells none. A month
        that is over is asked for again with each batch, for it may have been purged since.
        """
        present = max((_month(r.received) for r in records), default=date.min)
        self._months = {month for month in self._months if month >= present}
        months = {
            _month(r.time)
            for r in records
            if EARLIEST < r.time < LATEST and (r.clock is None or _month(r.time) == _month(r.at))
        }
        for month in sorted(months - self._months):
            async with connection.transaction():
                # one at a time, taken first: a look into the catalogue before it would stay remembered while we wait
                await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                # a partition of its own for a month, with what the default one may hold of it
                await connection.execute("select journal_month($1)", month)
            self._months.add(month)

    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], seconds: float = ANSWER_S) -> T:
        """What a connection answers; one that hangs is cut, also when nobody waits any more: the pool has but eight."""
        async with self._pool.acquire(timeout=ANSWER_S) as connection:
            return await _in_time(connection, ask(connection), seconds)

    async def read(
        self, site: str, area: str, since: datetime, until: datetime | None = None, upto: Cursor | None = None
    ) -> list[Event]:
        """The events of an area that happened in [since, until] and stand at or before a position, in no order."""
        # one area's events of a while
        rows = await self._pool.fetch(
            """
            select area, device, id, type, at, sequence, data from journal
            where site = $1 and area = $2 and at >= $3 and at <= coalesce($4, 'infinity'::timestamptz)
              and position <= coalesce($5, 9223372036854775807)
            """,
            site,
            area,
            since,
            until,
            upto,
        )
        return [event for row in rows if (event := event_of(row))]

    async def last(self) -> Cursor:
        """The position of the newest row; 0 for an empty journal."""
        # where the journal ends now
        return int(
            await self.ask(lambda connection: connection.fetchval("select coalesce(max(position), 0) from journal"))
        )

    async def after(self, cursor: Cursor, limit: int = PAGE) -> tuple[Cursor, list[Entry]]:
        """The next rows after a position, in the order of commits, and the position that they reach."""
        return _page(cursor, await self._pool.fetch(AFTER, cursor, limit))

    async def follow(self, cursor: Cursor) -> AsyncIterator[tuple[Cursor, list[Entry]]]:
        """Every row after a position, batch by batch, for ever, with the position that each batch reaches.

        An empty batch says that nothing came for a while, and that the database answers. TimeoutError when it hangs.
        """
        connection = await asyncpg.connect(
            self._dsn, timeout=ANSWER_S, server_settings={"application_name": "vigie follow"}
        )
        told = asyncio.Event()
        try:
            await connection.add_listener(CHANNEL, lambda *_: told.set())
            connection.add_termination_listener(lambda *_: told.set())
            while True:
                told.clear()
                cursor, entries = _page(
                    cursor, await _in_time(connection, connection.fetch(AFTER, cursor, PAGE), ANSWER_S)
                )
                yield cursor, entries
                if not entries:
                    if connection.is_closed():
                        raise ConnectionError("the database closed the connection that follows the journal")
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await told.wait()
        finally:
            connection.terminate()

    async def devices(self, at: datetime, *, now: bool = False) -> tuple[list[Presence], dict[Device, Late]]:
        """The latest presence of each device that began before an instant, and when its last late event had come.

        `now` says that the instant is the present one: nothing can have been heard after it.
        """
        known = await self.ask(lambda connection: ledger.presences(connection, at, now=now))
        return known, await self.ask(lambda connection: ledger.lateness(connection, at))

    async def clocks(self, since: datetime) -> dict[Device, Clock]:
        """The clocks of devices that were measured since an instant."""
        return await self.ask(lambda connection: ledger.clocks(connection, since))

    async def accounts(self, site: str, day: date, since: datetime, until: datetime) -> list[Account]:
        """What came of every device of a site on a day, which in its time zone is [since, until)."""
        return await self.ask(lambda connection: ledger.accounts(connection, site, day, since, until), COMMIT_S)

    async def quarantined(self, limit: int = 100, *, whole: bool = False) -> list[QuarantineRow]:
        """The newest messages kept aside, newest first; those understood since too, if `whole`."""
        return await self.ask(lambda connection: quarantine.listed(connection, limit, whole=whole))

    async def quarantined_by(self, numbers: Iterable[int]) -> list[QuarantineRow]:
        """Single messages kept aside, those that exist."""
        return await self.ask(lambda connection: quarantine.found(connection, numbers))

    async def misunderstood(self, above: int = 0, limit: int = 1000) -> list[QuarantineRow]:
        """The next messages kept aside that were never understood, after a number, in order."""
        return await self.ask(lambda connection: quarantine.waiting(connection, above, limit))

    async def quarantine_count(self, since: datetime) -> int:
        """How many messages came since an instant that nobody has understood."""
        return await self.ask(lambda connection: quarantine.count(connection, since))

    async def fingerprint(self) -> str | None:
        """Of the key that this journal's ids are made with; None before the first."""
        # the first key that was ever used here
        found: str | None = await self._pool.fetchval("select fingerprint from pseudonyms")
        return found

    async def begin_with(self, fingerprint: str) -> None:
        """Says which key this journal's ids are made with, unless another has come before."""
        # once for good
        await self._pool.execute("insert into pseudonyms (fingerprint) values ($1) on conflict do nothing", fingerprint)

    async def latest(self) -> datetime | None:
        """When the newest row was received; None in an empty journal."""
        # the end of the journal, in time
        received: datetime | None = await self._pool.fetchval(
            "select received from journal order by position desc limit 1"
        )
        return received


async def _in_time(connection: Any, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What a connection's work returns; TimeoutError if it does not come, and then the connection is cut, not asked to
    cancel: a server that hangs answers no such request either.
    """
    asked = asyncio.ensure_future(work)
    # what becomes of it once nobody waits any more is nobody's concern
    asked.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait({asked}, timeout=seconds)
        if not asked.done():
            raise TimeoutError(f"the database has not answered for {seconds:g} s")
        return asked.result()
    finally:
        if not asked.done():
            connection.terminate()
            asked.cancel()
            await asyncio.wait({asked}, timeout=1)


def _month(time: datetime) -> date:
    return time.astimezone(UTC).date().replace(day=1)


def _page(cursor: Cursor, rows: Any) -> tuple[Cursor, list[Entry]]:
    return (rows[-1]["position"] if rows else cursor), [entry for row in rows if (entry := _entry(row))]


def event_of(row: Any) -> Event | None:
    """The event of a journal row; None for a type that this version does not know."""
    fact = fact_of(row["type"], row["data"])
    if fact is None:
        return None
    return Event(
        at=row["at"].astimezone(UTC),
        area=row["area"],
        device=row["device"],
        id=row["id"],
        fact=fact,
        sequence=row["sequence"],
    )


def _entry(row: Any) -> Entry | None:
    event = event_of(row)
    return Entry(position=row["position"], site=row["site"], event=event) if event else None
