"""Accounts, tokens, ended sessions and the trail in PostgreSQL."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dashboards.access import Person, Role

T = TypeVar("T")


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Account(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in: with a password, or where `email` or `subject` is known."""

    id: str
    login: str
    name: str
    role: Role
    email: str | None = None
    subject: str | None = None
    password: str | None = None
    totp: str | None = None
    totp_step: int = 0
    disabled_at: datetime | None = None
    sessions_since: datetime

    @property
    def person(self) -> Person:
        return Person(account=self.id, name=self.name, role=self.role)


class Token(Struct, frozen=True, kw_only=True):
    """Of a program, with a role, or of the screen of an area."""

    name: str
    hash: str
    role: Role | None = None
    area: str | None = None
    revoked_at: datetime | None = None


class Known(Struct, frozen=True, kw_only=True):
    """All that is needed to say who asks, as of one instant."""

    accounts: Sequence[Account] = ()
    tokens: Sequence[Token] = ()
    ended: frozenset[str] = frozenset()


class Deed(Struct, frozen=True, kw_only=True):
    """What somebody did; `subject` names what they did it to, `status` is the answer's."""

    at: datetime
    account: str
    who: str
    action: str
    subject: str = ""
    status: int = 200


class Store:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def known(self, now: datetime) -> Known:
        async def ask(connection: Any) -> Known:
            # everybody, in the order in which they are listed
            accounts = await connection.fetch(
                """
                select id, login, name, email, subject, role, password, totp, totp_step, disabled_at, sessions_since
                from account where site = $1 order by login
                """,
                self._site,
            )
            # programs and screens
            tokens = await connection.fetch(
                "select name, hash, role, area, revoked_at from access_token where site = $1 order by name", self._site
            )
            # what is over, as long as a cookie could still say otherwise
            ended = await connection.fetch(
                "select id from ended_session where site = $1 and until > $2", self._site, now
            )
            return Known(
                accounts=tuple(Account(**row) for row in accounts),
                tokens=tuple(Token(**row) for row in tokens),
                ended=frozenset(row["id"] for row in ended),
            )

        return await self._ask(ask)

    async def add(self, account: Account) -> bool:
        """False if its login or e-mail is another's."""
        # one more who may sign in
        added = await self._ask(
            lambda connection: connection.fetchval(
                """
                insert into account (site, id, login, name, email, role, password, sessions_since)
                values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id
                """,
                self._site,
                account.id,
                account.login,
                account.name,
                account.email,
                account.role,
                account.password,
                account.sessions_since,
            )
        )
        return added is not None

    async def change(self, before: Account, after: Account) -> bool:
        """Takes all that may change of an account: name, role, e-mail, password, TOTP, whether it is disabled.

        False if it is no longer as it was `before`: of two changes at once neither may undo the other.
        """
        # somebody as they are from now on
        changed = await self._ask(
            lambda connection: connection.fetchval(
                """
                update account set name = $3, role = $4, email = $5, password = $6, totp = $7, disabled_at = $8,
                                   sessions_since = $9
                where site = $1 and id = $2
                  and (name, role, email, password, totp, disabled_at, sessions_since)
                      is not distinct from ($10::text, $11::text, $12::text, $13::text, $14::text, $15::timestamptz,
                                            $16::timestamptz)
                returning id
                """,
                self._site,
                before.id,
                *_changing(after),
                *_changing(before),
            )
        )
        return changed is not None

    async def use_step(self, account: Account, step: int) -> Account | None:
        """Takes a TOTP step as used; None if it, or a later one, was used before: of two at once, one is first."""
        # each code once
        used = await self._ask(
            lambda connection: connection.fetchval(
                """
                update account set totp_step = $3 where site = $1 and id = $2 and totp_step < $3 returning id
                """,
                self._site,
                account.id,
                step,
            )
        )
        return None if used is None else replace(account, totp_step=step)

    async def link(self, account: Account, subject: str) -> bool:
        """Says who an account is for the provider of identities; False if it, or another, is known there already."""
        # once for good
        linked = await self._ask(
            lambda connection: connection.fetchval(
                """
                update account set subject = $3
                where site = $1 and id = $2 and subject is null
                  and not exists (select from account where site = $1 and subject = $3)
                returning id
                """,
                self._site,
                account.id,
                subject,
            )
        )
        return linked is not None

    async def unlink(self, login: str, now: datetime) -> bool:
        """Whoever comes with an account's address next is who it is; False if there is no such login."""
        # somebody whom the provider knows as another than before
        unlinked = await self._ask(
            lambda connection: connection.fetchval(
                """
                update account set subject = null, sessions_since = $3 where site = $1 and login = $2 returning id
                """,
                self._site,
                login,
                now,
            )
        )
        return unlinked is not None

    async def grant(self, token: Token) -> bool:
        """False if there is one of that name."""
        # one more program, or screen
        granted = await self._ask(
            lambda connection: connection.fetchval(
                """
                insert into access_token (site, name, hash, role, area) values ($1, $2, $3, $4, $5)
                on conflict do nothing returning name
                """,
                self._site,
                token.name,
                token.hash,
                token.role,
                token.area,
            )
        )
        return granted is not None

    async def revoke(self, name: str, now: datetime) -> bool:
        """False if there is none of that name that is still good."""
        # no longer let in
        revoked = await self._ask(
            lambda connection: connection.fetchval(
                """
                update access_token set revoked_at = $3 where site = $1 and name = $2 and revoked_at is null
                returning name
                """,
                self._site,
                name,
                now,
            )
        )
        return revoked is not None

    async def end(self, session: str, until: datetime) -> None:
        """A session is over, though its cookie would be good until an instant."""
        # signed out
        await self._ask(
            lambda connection: connection.execute(
                "insert into ended_session (site, id, until) values ($1, $2, $3) on conflict do nothing",
                self._site,
                session,
                until,
            )
        )

    async def note(self, deeds: Iterable[Deed]) -> None:
        """Adds to the trail."""
        # what was done, in order
        await self._ask(
            lambda connection: connection.executemany(
                """
                insert into trail (site, at, account, who, action, subject, status) values ($1, $2, $3, $4, $5, $6, $7)
                """,
                [(self._site, one.at, one.account, one.who, one.action, one.subject, one.status) for one in deeds],
            )
        )

    async def trail(self, since: datetime, until: datetime, account: str | None, most: int) -> list[Deed]:
        """What was done in [since, until), by one or by all, the newest first."""
        # for whoever has to know who did what
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select at, account, who, action, subject, status from trail
                where site = $1 and at >= $2 and at < $3 and ($4::text is null or account = $4)
                order by number desc limit $5
                """,
                self._site,
                since,
                until,
                account,
                most,
            )
        )
        return [Deed(**row) for row in rows]


def _changing(one: Account) -> tuple[object, ...]:
    """What may change of an account, in the order in which it is asked for above."""
    return one.name, one.role, one.email, one.password, one.totp, one.disabled_at, one.sessions_since
