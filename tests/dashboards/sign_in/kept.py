"""Accounts in memory, which pass the same tests as those in PostgreSQL; and a server that asks people to sign in."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from argon2 import PasswordHasher
from msgspec import Struct
from msgspec.structs import replace
from yarl import URL

from dashboards.access import Role
from dashboards.board import Board
from dashboards.errors import AwayError
from dashboards.public import PublicSettings
from dashboards.server import Server
from dashboards.sign_in.entrance import SignIn
from dashboards.sign_in.guard import Place
from dashboards.sign_in.people import hashed
from dashboards.sign_in.provider import Provider
from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Account, Deed, Known, Store, Token
from dashboards.web_settings import WebSettings
from deploy.corrections import Corrections
from deploy.notices import InForce
from tests.build import PARIS, STANDARD, SUD, at
from tests.dashboards.decided import FakeNotices
from tests.dashboards.exported import OCTOBER, FakeExports
from tests.dashboards.kept import Kept, breach, waits
from tests.dashboards.past_days import PastDays
from tests.dashboards.test_server import Well
from tests.fakes import FakeJournal

PASSWORD = "seize guichets ouverts"  # noqa: S105
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Quick to compare with, so that tests may try often."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"


def account(login: str, role: Role = "supervisor", **more: object) -> Account:
    one = Account(
        id=f"id-{login}", login=login, name=login.title(), role=role, password=HASHED, sessions_since=LONG_AGO
    )
    return replace(one, **more)


class FakeStore(Store):
    """While `away`, everything fails."""

    def __init__(self, accounts: Iterable[Account] = (), tokens: Iterable[Token] = ()) -> None:
        self.accounts = {one.id: one for one in accounts}
        self.tokens = {one.name: one for one in tokens}
        self.over: dict[str, datetime] = {}
        self.deeds: list[Deed] = []
        self.away = False

    async def _asked(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise AwayError("the database does not answer")

    async def known(self, now: datetime) -> Known:
        await self._asked()
        ended = frozenset(one for one, until in self.over.items() if until > now)
        accounts = tuple(sorted(self.accounts.values(), key=lambda one: one.login))
        return Known(accounts=accounts, tokens=tuple(self.tokens.values()), ended=ended)

    async def add(self, account: Account) -> bool:
        await self._asked()
        for one in self.accounts.values():
            if one.login == account.login or (account.email is not None and one.email == account.email):
                return False
        self.accounts[account.id] = replace(account, totp=None, totp_step=0, subject=None, disabled_at=None)
        return True

    async def change(self, before: Account, after: Account) -> bool:
        await self._asked()
        kept = self.accounts.get(before.id)
        if kept is None or replace(before, login=kept.login, subject=kept.subject, totp_step=kept.totp_step) != kept:
            return False
        self.accounts[before.id] = replace(after, login=kept.login, subject=kept.subject, totp_step=kept.totp_step)
        return True

    async def use_step(self, account: Account, step: int) -> Account | None:
        await self._asked()
        kept = self.accounts.get(account.id)
        if kept is None or kept.totp_step >= step:
            return None
        self.accounts[account.id] = replace(kept, totp_step=step)
        return replace(account, totp_step=step)

    async def link(self, account: Account, subject: str) -> bool:
        await self._asked()
        kept = self.accounts.get(account.id)
        if kept is None or kept.subject is not None or any(o.subject == subject for o in self.accounts.values()):
            return False
        self.accounts[account.id] = replace(kept, subject=subject)
        return True

    async def unlink(self, login: str, now: datetime) -> bool:
        await self._asked()
        kept = next((one for one in self.accounts.values() if one.login == login), None)
        if kept is None:
            return False
        self.accounts[kept.id] = replace(kept, subject=None, sessions_since=now)
        return True

    async def grant(self, token: Token) -> bool:
        await self._asked()
        return self.tokens.setdefault(token.name, token) is token

    async def revoke(self, name: str, now: datetime) -> bool:
        await self._asked()
        kept = self.tokens.get(name)
        if kept is None or kept.revoked_at is not None:
            return False
        self.tokens[name] = replace(kept, revoked_at=now)
        return True

    async def end(self, session: str, until: datetime) -> None:
        await self._asked()
        self.over.setdefault(session, until)

    async def note(self, deeds: Iterable[Deed]) -> None:
        await self._asked()
        self.deeds += deeds

    async def trail(self, since: datetime, until: datetime, account: str | None, most: int) -> list[Deed]:
        await self._asked()
        found = [one for one in self.deeds if since <= one.at < until and account in (None, one.account)]
        return found[::-1][:most]


class Clock:
    """The machine's, as the test sets it."""

    def __init__(self) -> None:
        self.now = at("9:30")

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def forward(self, by: timedelta) -> None:
        self.now += by


class Entered(Struct):
    """A server where people sign in, and one browser."""

    client: aiohttp.ClientSession
    address: str
    store: FakeStore
    clock: Clock
    server: Server
    sign_in: SignIn
    alerts: Kept
    board: Board
    exports: FakeExports

    @property
    def ours(self) -> dict[str, str]:
        return {"Origin": self.address}

    async def enter(self, login: str, password: str = PASSWORD, **more: str) -> aiohttp.ClientResponse:
        """The answer to a sign-in; its cookie is this browser's from then on."""
        answer = await self.client.post(
            "/connexion", data={"login": login, "password": password, **more}, headers=self.ours, allow_redirects=False
        )
        await answer.read()
        return answer

    def cookie(self) -> str:
        return self.client.cookie_jar.filter_cookies(URL(self.address))["vigie"].value


@asynccontextmanager
async def entrance(
    *accounts: Account,
    tokens: Iterable[Token] = (),
    settings: SignInSettings | None = None,
    place: Place | None = None,
    provider: Provider | None = None,
    clock: Clock | None = None,
    listen: str = "127.0.0.1:0",
) -> AsyncIterator[Entered]:
    clock = clock or Clock()
    alerts = Kept(clock)
    alerts.take(waits(breach()))
    board = Board([SUD, STANDARD], clock)
    board.begin({})
    alerts.turn(board)
    store = FakeStore(accounts, tokens)
    sign_in = SignIn(
        settings or SignInSettings(), store, SECRET, place=place or Place(), zone=PARIS, clock=clock, provider=provider
    )  # fmt: skip
    await sign_in.people.refresh()
    exports = FakeExports(clock, OCTOBER)
    server = Server(
        board,
        Well(),
        b"{}",
        alerts=alerts,
        days=PastDays(),
        sign_in=sign_in,
        notices=InForce(FakeNotices(), board, [SUD, STANDARD]),
        corrections=Corrections(FakeJournal(), "aube", clock),
        public=PublicSettings(enabled=True),
        exports=exports,
    )
    running = asyncio.create_task(server.run())
    try:
        async with (
            server.serving(WebSettings(listen=listen)) as address,
            aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
        ):
            yield Entered(client, address, store, clock, server, sign_in, alerts, board, exports)
    finally:
        running.cancel()
        await asyncio.wait([running])


def program(name: str, text: str, role: Role) -> Token:
    return Token(name=name, hash=hashed(text), role=role)


def screen(name: str, text: str, area: str) -> Token:
    return Token(name=name, hash=hashed(text), area=area)
