"""The quarantine in PostgreSQL: messages that could not be understood, each once a day, to be read and replayed."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from collector.messages import Device, Message, Rejected

log = structlog.get_logger()

MOST = 1000
"""Different messages kept of one device and day; more are only counted, or garbage would fill the disk."""
COLUMNS = "number, received, topic, reason, detail, size, payload, times, content_type, properties, replayed"


class QuarantineRow(Struct, frozen=True, kw_only=True):
    """A message as it is kept aside; `times` it came, the first at `received`."""

    number: int
    received: datetime
    topic: str
    reason: str
    detail: str
    size: int
    payload: str
    times: int = 1
    content_type: str | None = None
    properties: tuple[tuple[str, str], ...] = ()
    replayed: datetime | None = None

    @property
    def message(self) -> Message:
        """The message that came, as far as it was kept."""
        return Message(
            topic=self.topic,
            payload=self.payload.encode(),
            received=self.received,
            content_type=self.content_type,
            properties=self.properties,
        )


async def keep_aside(connection: Any, rejected: Sequence[Rejected], kept: Mapping[Device, int]) -> Counter[Device]:
    """How many new messages of each device are kept; `kept` is how many different ones of today there were before."""
    came = Counter(_digest(one) for one in rejected)
    different = {_digest(one): one for one in reversed(rejected)}
    # what came before only comes again
    rows = await connection.fetch(
        """
        update quarantine set times = quarantine.times + came.times
        from unnest($1::bytea[], $2::integer[]) as came (digest, times) where quarantine.digest = came.digest
        returning quarantine.digest
        """,
        list(came),
        list(came.values()),
    )
    known = {bytes(row["digest"]) for row in rows}
    room = Counter[Device]()
    new = []
    for digest, one in reversed(different.items()):
        if digest in known:
            continue
        if kept[one.identity] + room[one.identity] >= MOST:
            log.warning("no more messages of this device are kept aside today", topic=one.topic, most=MOST)
            continue
        room[one.identity] += 1
        new.append((digest, one))
    # what could not be understood, once for each different message
    await connection.executemany(
        """
        insert into quarantine (received, topic, reason, detail, size, payload, content_type, properties, times, digest)
        values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)
        """,
        [
            (r.received, r.topic, r.reason, r.detail, r.size, r.payload, r.content_type, _properties(r), came[d], d)
            for d, r in new
        ],
    )
    return room


async def listed(connection: Any, limit: int, *, whole: bool = False) -> list[QuarantineRow]:
    """The newest messages kept aside, newest first; those understood since too, if `whole`."""
    # what was kept aside lately
    rows = await connection.fetch(
        f"select {COLUMNS} from quarantine where $2 or replayed is null order by number desc limit $1",  # noqa: S608
        limit,
        whole,
    )
    return [_row(row) for row in rows]


async def found(connection: Any, numbers: Iterable[int]) -> list[QuarantineRow]:
    """The messages of these numbers that exist, in their order."""
    # single messages, to be shown or replayed
    rows = await connection.fetch(
        f"select {COLUMNS} from quarantine where number = any($1::bigint[]) order by number",  # noqa: S608
        list(numbers),
    )
    return [_row(row) for row in rows]


async def waiting(connection: Any, above: int, limit: int) -> list[QuarantineRow]:
    """The next messages that were never understood, after a number, in order."""
    # what may be tried again
    rows = await connection.fetch(
        f"select {COLUMNS} from quarantine where replayed is null and number > $1 order by number limit $2",  # noqa: S608
        above,
        limit,
    )
    return [_row(row) for row in rows]


async def mark(connection: Any, numbers: Iterable[int]) -> None:
    # what was understood after all stays, for the record
    await connection.execute("update quarantine set replayed = now() where number = any($1::bigint[])", list(numbers))


async def count(connection: Any, since: datetime) -> int:
    """How many messages came since an instant and were not understood."""
    # how much is kept aside now
    return int(
        await connection.fetchval(
            "select coalesce(sum(times), 0) from quarantine where received >= $1 and replayed is null", since
        )
    )


def _row(row: Any) -> QuarantineRow:
    properties = tuple((name, value) for name, value in msgspec.json.decode(row["properties"]))
    return QuarantineRow(**{**dict(row), "properties": properties})


def _properties(rejected: Rejected) -> str:
    return msgspec.json.encode(rejected.properties).decode()


def _digest(rejected: Rejected) -> bytes:
    # once a day: what a device says wrong every day is news every day
    day = rejected.received.astimezone(UTC).date().isoformat()
    if rejected.topic.endswith("/status"):
        # a device says it every half minute, with another time: it must not take the room of its events
        parts: tuple[str, ...] = (rejected.topic, rejected.reason, day)
    else:
        parts = (rejected.topic, rejected.reason, rejected.payload, _properties(rejected), str(rejected.size), day)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).digest()
