"""The journal in PostgreSQL: the only truth, appended to and never changed; all SQL of the collector stands here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import asyncpg
from msgspec import Struct

from collector.decoding import EARLIEST, LATEST, Record, Rejected, fact_of
from collector.devices import Presence
from ticketing.events import Event

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

SESSION = {
    "application_name": "vigie",
    # a writer that is cut off in the middle gives back the lock that the others wait for
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

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


class QuarantineRow(Struct, frozen=True, kw_only=True):
    number: int
    received: datetime
    topic: str
    reason: str
    detail: str
    size: int
    payload: str


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


def _key(record: Record) -> tuple[str, ...]:
    return record.site, record.area, record.device, record.id


class Journal:
    """`async with Journal(dsn) as journal`. Every method raises OSError or asyncpg.PostgresError in an outage."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._months: set[date] = set()

    async def __aenter__(self) -> Self:
        self._pool = await asyncpg.create_pool(
            self._dsn, min_size=0, max_size=8, command_timeout=60, server_settings=SESSION
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
        self, records: Sequence[Record], rejected: Sequence[Rejected] = (), presences: Iterable[Presence] = ()
    ) -> Appended:
        """Keeps all of it or none of it, each event once; returns after the commit."""
        ordered = sorted(records, key=_key)
        async with self._pool.acquire() as connection:
            await self._ensure_months(connection, ordered)
            async with connection.transaction():
                # one writer at a time: positions are then in the order of commits, and a follower can skip none
                await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                new = await self._insert(connection, ordered)
                await self._keep_aside(connection, rejected)
                await self._note(connection, list(presences))
                if new:
                    await connection.execute("select pg_notify($1, '')", CHANNEL)
        return Appended(new=new, doubled=len(records) - new)

    async def _insert(self, connection: Any, records: Sequence[Record]) -> int:
        if not records:
            return 0
        # each event of a batch, unless the journal has it
        rows = await connection.fetch(
            """
            insert into journal (site, area, device, id, type, time, at, received, sequence, clock, data)
            select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                                 $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::text[], $11::jsonb[])
            on conflict do nothing
            returning position
            """,
            [r.site for r in records],
            [r.area for r in records],
            [r.device for r in records],
            [r.id for r in records],
            [r.type for r in records],
            [r.time for r in records],
            [r.at for r in records],
            [r.received for r in records],
            [r.sequence for r in records],
            [r.clock for r in records],
            [r.data for r in records],
        )
        return len(rows)

    async def _keep_aside(self, connection: Any, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        # what could not be understood, masked
        await connection.executemany(
            "insert into quarantine (received, topic, reason, detail, size, payload) values ($1, $2, $3, $4, $5, $6)",
            [(r.received, r.topic, r.reason, r.detail, r.size, r.payload) for r in rejected],
        )

    async def _note(self, connection: Any, presences: Sequence[Presence]) -> None:
        if not presences:
            return
        # when each device was heard
        await connection.executemany(
            """
            insert into presence (site, area, device, heard_from, heard_until, session, gone)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (site, area, device, heard_from) do update
            set heard_until = greatest(presence.heard_until, excluded.heard_until),
                session = excluded.session, gone = excluded.gone
            """,
            [(p.site, p.area, p.device, p.heard_from, p.heard_until, p.session, p.gone) for p in presences],
        )

    async def _ensure_months(self, connection: Any, records: Iterable[Record]) -> None:
        """A partition for every month of times that are believed; all others, and those beyond the 240th, share one."""
        months = {
            r.time.astimezone(UTC).date().replace(day=1)
            for r in records
            if r.clock is None and EARLIEST < r.time < LATEST
        }
        for month in sorted(months - self._months):
            async with connection.transaction():
                # one at a time, taken first: a look into the catalogue before it would stay remembered while we wait
                await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                # a partition of its own for a month, with what the default one may hold of it
                await connection.execute("select journal_month($1)", month)
            self._months.add(month)

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
        return [event for row in rows if (event := _event(row))]

    async def last(self) -> Cursor:
        """The position of the newest row; 0 for an empty journal."""
        # where the journal ends now
        return int(await self._pool.fetchval("select coalesce(max(position), 0) from journal"))

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
                cursor, entries = _page(cursor, await _answer(connection, AFTER, cursor, PAGE))
                yield cursor, entries
                if not entries:
                    if connection.is_closed():
                        raise ConnectionError("the database closed the connection that follows the journal")
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await told.wait()
        finally:
            connection.terminate()

    async def presences(self, at: datetime) -> list[Presence]:
        """The latest presence of each device that began before an instant."""
        # who was heard last when
        rows = await self._pool.fetch(
            """
            select distinct on (site, area, device) site, area, device, heard_from, heard_until, session, gone
            from presence where heard_from <= $1 order by site, area, device, heard_from desc
            """,
            at,
        )
        return [Presence(**dict(row)) for row in rows]

    async def quarantined(self, limit: int = 100) -> list[QuarantineRow]:
        """The newest messages kept aside, newest first."""
        # what was kept aside lately
        rows = await self._pool.fetch(
            """
            select number, received, topic, reason, detail, size, payload
            from quarantine order by number desc limit $1
            """,
            limit,
        )
        return [QuarantineRow(**dict(row)) for row in rows]

    async def quarantine_count(self, since: datetime) -> int:
        """How many messages were kept aside since an instant."""
        # how many were kept aside lately
        return int(await self._pool.fetchval("select count(*) from quarantine where received >= $1", since))

    async def latest(self) -> datetime | None:
        """When the newest row was received; None in an empty journal."""
        # the end of the journal, in time
        received: datetime | None = await self._pool.fetchval(
            "select received from journal order by position desc limit 1"
        )
        return received


async def _answer(connection: Any, query: str, *arguments: object) -> Any:
    """The rows of a query; TimeoutError if they do not come, and then the connection is cut, not asked to cancel: a
    server that hangs answers no such request either.
    """
    asked = asyncio.ensure_future(connection.fetch(query, *arguments))
    try:
        await asyncio.wait({asked}, timeout=ANSWER_S)
        if not asked.done():
            raise TimeoutError(f"the database has not answered for {ANSWER_S:g} s")
        return asked.result()
    finally:
        if not asked.done():
            connection.terminate()
            asked.cancel()


def _page(cursor: Cursor, rows: Any) -> tuple[Cursor, list[Entry]]:
    return (rows[-1]["position"] if rows else cursor), [entry for row in rows if (entry := _entry(row))]


def _event(row: Any) -> Event | None:
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
    event = _event(row)
    return Entry(position=row["position"], site=row["site"], event=event) if event else None
