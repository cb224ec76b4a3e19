"""What supervisors decide, in PostgreSQL: an act is a row, and nothing is taken away."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import msgspec

from ticketing.hours import Span
from ticketing.notice import Act, Notices

T = TypeVar("T")

LOCK = 0x6E6F7469  # "noti"

_encode = msgspec.json.Encoder().encode
_spans = msgspec.json.Decoder(tuple[Span, ...])


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Store:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def in_force(self) -> Notices:
        # the last act of each subject
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select distinct on (area, date) area, date, spans, text, until, who, at, lifted, number
                from notice where site = $1 order by area, date, number desc
                """,
                self._site,
            )
        )
        return Notices.of(map(_act, rows))

    async def decide(self, act: Act, seen: int | None) -> bool:
        """Keeps an act; False if another than the one `seen`, 0 for none, is in force there now. None: whatever is."""

        async def ask(connection: Any) -> bool:
            async with connection.transaction():
                # one at a time: of two who have seen the same, one is the first
                await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                # another act of its subject, if the last is the one that was seen
                kept = await connection.fetchval(
                    """
                    insert into notice (site, area, date, spans, text, until, who, at, lifted)
                    select $1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9
                    where $10::bigint is null or $10 = coalesce((
                        select case when lifted then 0 else number end from notice
                        where site = $1 and area = $2 and date is not distinct from $3
                        order by notice.number desc limit 1), 0)
                    returning number
                    """,
                    self._site,
                    act.area,
                    act.date,
                    _encode(act.spans).decode(),
                    act.text,
                    act.until,
                    act.who,
                    act.at,
                    act.lifted,
                    seen,
                )
            return kept is not None

        return await self._ask(ask)

    async def acts(self, most: int) -> list[Act]:
        """The last ones, the latest first."""
        # who decided what
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select area, date, spans, text, until, who, at, lifted, number
                from notice where site = $1 order by number desc limit $2
                """,
                self._site,
                most,
            )
        )
        return [_act(row) for row in rows]


def _act(row: Any) -> Act:
    return Act(**{**row, "spans": _spans.decode(row["spans"])})
