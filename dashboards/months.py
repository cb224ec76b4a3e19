"""Months in PostgreSQL: their facts in every version, the files made of them, and who did what with them."""

import zlib
from collections.abc import Callable, Coroutine, Iterable
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from ticketing.month import Month, digest_of

T = TypeVar("T")

LOCK = 0x6D6F6E74  # "mont"

Kind = Literal["open", "office", "report", "sheet", "indicators"]
"""open: machine files for everybody; office: the same for spreadsheets; report: for the committee; sheet: for the
public; indicators: the commitments' sheets.
"""
Act = Literal["made", "again", "changed", "kept", "mailed", "not_mailed"]
"""made: exported for the first time; again: exported once more; changed: its figures are others than were exported;
kept: nobody exported it before its row data went.
"""
PUBLISHING = ("made", "again")

_month = msgspec.json.Decoder(Month).decode


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class NothingError(Exception):
    """There is nothing to export; the text is a sentence.

    `reason`: the month is not over, or nothing was heard in it.
    """

    def __init__(self, reason: Literal["not_over", "empty"], text: str) -> None:
        super().__init__(text)
        self.reason: Literal["not_over", "empty"] = reason


class File(Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    content: bytes

    @property
    def digest(self) -> bytes:
        return sha256(self.content).digest()


class Listed(Struct, frozen=True, kw_only=True):
    """A file without its content; `size` in bytes."""

    name: str
    kind: Kind
    size: int


class Made(Struct, frozen=True, kw_only=True):
    """A month as it was exported. `new`: its facts or files are others than those published last, or the first."""

    facts: Month
    version: int
    new: bool
    files: tuple[File, ...]


class Version(Struct, frozen=True, kw_only=True):
    month: date
    version: int
    digest: str
    made_at: datetime


class Done(Struct, frozen=True, kw_only=True):
    """Who did what with a version of a month, and when."""

    month: date
    version: int
    at: datetime
    who: str
    act: Act
    detail: str = ""


class Months:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def keep(self, month: Month, files: Iterable[File], act: Act, who: str, at: datetime) -> int:
        """Keeps facts and files, and says who made them; which version they are. One at a time.

        The same facts and files as those of the last version are no new one. What went out once stays as it was.
        """
        files = list(files)

        async def kept(connection: Any) -> int:
            async with connection.transaction():
                # one at a time
                await connection.execute("select pg_advisory_xact_lock($1, hashtext($2))", LOCK, self._site)
                # the last version
                last = await connection.fetchrow(
                    "select version, digest from month where site = $1 and month = $2 order by version desc limit 1",
                    self._site,
                    month.month,
                )
                version = int(last["version"]) if last else 0
                digests = await self._digests(connection, month.month, version)
                if not last or last["digest"] != month.digest or digests != {one.name: one.digest for one in files}:
                    version += 1
                    await self._insert(connection, month, version, files, at)
                await self._note(connection, Done(month=month.month, version=version, at=at, who=who, act=act))
            return version

        return await self._ask(kept)

    async def _digests(self, connection: Any, month: date, version: int) -> dict[str, bytes]:
        # which files a version has
        rows = await connection.fetch(
            "select name, sha256(content) as digest from month_file where site = $1 and month = $2 and version = $3",
            self._site,
            month,
            version,
        )
        return {row["name"]: row["digest"] for row in rows}

    async def _insert(self, connection: Any, month: Month, version: int, files: Iterable[File], at: datetime) -> None:
        # another version of the facts
        await connection.execute(
            "insert into month (site, month, version, digest, facts, made_at) values ($1, $2, $3, $4, $5, $6)",
            self._site,
            month.month,
            version,
            month.digest,
            zlib.compress(month.bytes),
            at,
        )
        # and its files
        await connection.executemany(
            "insert into month_file (site, month, version, name, kind, content) values ($1, $2, $3, $4, $5, $6)",
            [(self._site, month.month, version, file.name, file.kind, file.content) for file in files],
        )

    async def note(self, done: Done) -> None:
        await self._ask(lambda connection: self._note(connection, done))

    async def _note(self, connection: Any, done: Done) -> None:
        # who did what
        await connection.execute(
            """
            insert into month_act (site, month, version, at, who, act, detail) values ($1, $2, $3, $4, $5, $6, $7)
            """,
            self._site,
            done.month,
            done.version,
            done.at,
            done.who,
            done.act,
            done.detail,
        )

    async def versions(self, month: date | None = None) -> list[Version]:
        """Of a month or of all, the latest month and version first."""
        # every version
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select month, version, digest, made_at from month where site = $1 and month = coalesce($2, month)
                order by month desc, version desc
                """,
                self._site,
                month,
            )
        )
        return [Version(**row) for row in rows]

    async def facts(self, month: date, version: int | None = None) -> Month | None:
        """Of a version, the last unless told; None if there is none, or they are not what was kept.

        Then a later program wrote them, or somebody changed them by hand.
        """
        # the facts of a month
        found = await self._ask(
            lambda connection: connection.fetchrow(
                """
                select facts, digest from month where site = $1 and month = $2 and version = coalesce($3, version)
                order by version desc limit 1
                """,
                self._site,
                month,
                version,
            )
        )
        if found is None:
            return None
        try:
            told = zlib.decompress(found["facts"])
            return _month(told) if digest_of(told) == found["digest"] else None
        except (zlib.error, msgspec.DecodeError):
            return None

    async def files(self, month: date, version: int) -> list[Listed]:
        # what there is to download
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select name, kind, length(content) as size from month_file
                where site = $1 and month = $2 and version = $3 order by name
                """,
                self._site,
                month,
                version,
            )
        )
        return [Listed(**row) for row in rows]

    async def file(self, month: date, version: int, name: str) -> File | None:
        # one file
        row = await self._ask(
            lambda connection: connection.fetchrow(
                """
                select name, kind, content from month_file
                where site = $1 and month = $2 and version = $3 and name = $4
                """,
                self._site,
                month,
                version,
                name,
            )
        )
        return File(**row) if row else None

    async def published(self, month: date | None = None) -> list[Version]:
        """Of each month, or of one, the version that somebody exported last; the latest month first."""
        # what went out; a version that nobody exported since it changed did not
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select distinct on (month) month, version, digest, made_at
                from month_act join month using (site, month, version)
                where site = $1 and month = coalesce($2, month) and act = any($3::text[])
                order by month desc, number desc
                """,
                self._site,
                month,
                list(PUBLISHING),
            )
        )
        return [Version(**row) for row in rows]

    async def first_by(self, who: str) -> date | None:
        """The first of the months that somebody has published."""
        # since when
        found: date | None = await self._ask(
            lambda connection: connection.fetchval(
                "select min(month) from month_act where site = $1 and who = $2 and act = any($3::text[])",
                self._site,
                who,
                list(PUBLISHING),
            )
        )
        return found

    async def acts(self, month: date | None = None, most: int | None = 200) -> list[Done]:
        """The last first; all of them if `most` is None."""
        # who did what with which month
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select month, version, at, who, act, detail from month_act
                where site = $1 and month = coalesce($2, month) order by number desc limit $3
                """,
                self._site,
                month,
                most,
            )
        )
        return [Done(**row) for row in rows]
