"""Visits and daily tallies in PostgreSQL, and of which days they are to be made anew."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, astuple

from ticketing.histogram import Histogram
from ticketing.tally import Counts, DayTally, Sums, Tally, VisitRow

T = TypeVar("T")

LOCK = 0x74616C6C  # "tall"
COUNTS = tuple(Counts.__struct_fields__)
SUMS = tuple(Sums.__struct_fields__)
HISTOGRAMS = ("waits", "waits_n", "gone", "gone_n")
TALLY = ("site", "area", "day", "queue", "half_hour", *COUNTS, *SUMS, *HISTOGRAMS)
VISIT = ("site", "area", "day", *VisitRow.__struct_fields__)


Positions = Mapping[tuple[str, date], int]
"""In the journal, by area and day."""


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Known(Struct, frozen=True, kw_only=True):
    """A day of an area that was heard of: position of the last event that bears on it, and what its tally holds.

    `upto`: the tally is of the journal up to this position, None while there is none. `plan`: see `tally.basis`.
    """

    area: str
    day: date
    touched: int
    upto: int | None
    plan: str
    purged: bool

    @property
    def stale(self) -> bool:
        return not self.purged and (self.upto is None or self.upto < self.touched)


class Tallies:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def position(self) -> int:
        """Up to where in the journal it is known which days are touched; 0 before the first time."""
        # how far we are
        found: int | None = await self._ask(
            lambda connection: connection.fetchval("select position from tallied where site = $1", self._site)
        )
        return found or 0

    async def touch(
        self, days: Mapping[tuple[str, date], int], near: Mapping[tuple[str, date], int], upto: int
    ) -> None:
        """Notes that these days have news, at these positions, and that all news up to a position is noted.

        `near`: days of which a visit has news that happened on another.
        """

        async def noted(connection: Any) -> None:
            async with connection.transaction():
                # always in one order: two that note the same days wait for each other
                await connection.executemany(
                    """
                    insert into day (site, area, day, touched) values ($1, $2, $3, $4)
                    on conflict (site, area, day) do update set touched = greatest(day.touched, excluded.touched)
                    """,
                    [(self._site, area, day, last) for (area, day), last in sorted(days.items())],
                )
                # their visits go on
                await connection.executemany(
                    "update day set touched = greatest(touched, $4) where site = $1 and area = $2 and day = $3",
                    [(self._site, area, day, last) for (area, day), last in sorted(near.items())],
                )
                # never back: another may be farther
                await connection.execute(
                    """
                    insert into tallied (site, position) values ($1, $2)
                    on conflict (site) do update set position = greatest(tallied.position, excluded.position)
                    """,
                    self._site,
                    upto,
                )

        await self._ask(noted)

    async def days(self, first: date = date.min, last: date = date.max) -> list[Known]:
        """Of [first, last], in order."""
        # days that were heard of
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select area, day, touched, upto, plan, purged from day
                where site = $1 and day >= $2 and day <= $3 order by day, area
                """,
                self._site,
                first,
                last,
            )
        )
        return [Known(**row) for row in rows]

    async def keep(self, tally: DayTally, upto: int, plan: str) -> bool:
        """Keeps the tally of a day in the place of the last one; False if that is of more of the journal, or purged."""

        async def kept(connection: Any) -> bool:
            async with connection.transaction():
                # one at a time
                await connection.execute("select pg_advisory_xact_lock($1, hashtext($2))", LOCK, self._site)
                # unless another was made of more, or what it was made of is gone
                mine = await connection.fetchval(
                    """
                    insert into day (site, area, day, touched, upto, plan) values ($1, $2, $3, 0, $4, $5)
                    on conflict (site, area, day) do update set upto = excluded.upto, plan = excluded.plan
                    where not day.purged and (day.upto is null or day.upto <= excluded.upto)
                    returning true
                    """,
                    self._site,
                    tally.area,
                    tally.day,
                    upto,
                    plan,
                )
                if mine:
                    await self._replace(connection, tally)
            return bool(mine)

        return await self._ask(kept)

    async def _replace(self, connection: Any, tally: DayTally) -> None:
        key = self._site, tally.area, tally.day
        # the month's partitions
        await connection.execute("select month_partitions($1)", tally.day.replace(day=1))
        # what was there of it
        await connection.execute("delete from visit where site = $1 and area = $2 and day = $3", *key)
        # and its sums
        await connection.execute("delete from tally where site = $1 and area = $2 and day = $3", *key)
        await connection.copy_records_to_table(
            "visit", records=[(*key, *astuple(row)) for row in tally.visits], columns=VISIT
        )
        await connection.copy_records_to_table(
            "tally", records=[(*key, *_values(one)) for one in tally.tallies], columns=TALLY
        )

    async def tallies(self, first: date, last: date, area: str | None = None) -> list[DayTally]:
        """Of an area or all, and of the days in [first, last] that have any, in order; without their visits."""
        # sums of some days
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select * from tally where site = $1 and day >= $2 and day <= $3 and area = coalesce($4, area)
                order by area, day, queue, half_hour
                """,
                self._site,
                first,
                last,
                area,
            )
        )
        found: dict[tuple[str, date], list[Tally]] = {}
        for row in rows:
            found.setdefault((row["area"], row["day"]), []).append(_tally(row))
        return [DayTally(area=name, day=day, tallies=tuple(of_day), visits=()) for (name, day), of_day in found.items()]

    async def day(self, area: str, day: date) -> DayTally:
        """As it is kept, with its visits."""
        # what became of each visit
        rows = await self._ask(
            lambda connection: connection.fetch(
                'select * from visit where site = $1 and area = $2 and day = $3 order by visit collate "C", leg',
                self._site,
                area,
                day,
            )
        )
        found = await self.tallies(day, day, area)
        return DayTally(
            area=area,
            day=day,
            tallies=found[0].tallies if found else (),
            visits=tuple(VisitRow(**{name: row[name] for name in VisitRow.__struct_fields__}) for row in rows),
        )


def _values(one: Tally) -> Sequence[object]:
    histograms = (one.waits.seconds, one.waits.counts, one.gone.seconds, one.gone.counts)
    return one.queue, one.half_hour, *astuple(one.counts), *astuple(one.sums), *map(list, histograms)


def _tally(row: Any) -> Tally:
    return Tally(
        queue=row["queue"],
        half_hour=row["half_hour"],
        counts=Counts(**_named(row, COUNTS)),
        sums=Sums(**_named(row, SUMS)),
        waits=Histogram(tuple(row["waits"]), tuple(row["waits_n"])),
        gone=Histogram(tuple(row["gone"]), tuple(row["gone_n"])),
    )


def _named(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def differences(kept: DayTally, made: DayTally) -> list[str]:
    """In words, what of a day is kept otherwise than the journal has it; none where both are the same."""
    found = []
    for name, ours, theirs in (
        ("visit", _by_key(kept.visits), _by_key(made.visits)),
        ("tally", _by_key(kept.tallies), _by_key(made.tallies)),
    ):
        for key in sorted(ours.keys() | theirs.keys()):
            one, other = ours.get(key), theirs.get(key)
            if one is None or other is None:
                found.append(f"{name} {key}: {'not kept' if one is None else 'not in the journal'}")
                continue
            before, after = _fields(one), _fields(other)
            found += [
                f"{name} {key}: {field} is {before[field]}, by the journal {after[field]}"
                for field in before
                if before[field] != after[field]
            ]
    return found


def _by_key(rows: Iterable[VisitRow | Tally]) -> dict[str, VisitRow | Tally]:
    return {
        f"{row.visit} leg {row.leg}" if isinstance(row, VisitRow) else f"{row.queue or 'area'} {row.half_hour}": row
        for row in rows
    }


def _fields(row: Struct) -> dict[str, object]:
    """By name, those of its parts as counts.called."""
    return {
        name: value
        for field, whole in asdict(row).items()
        for name, value in (
            {f"{field}.{part}": inner for part, inner in asdict(whole).items()}.items()
            if isinstance(whole, Struct)
            else ((field, whole),)
        )
    }
