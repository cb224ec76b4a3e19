"""People that vigie knows: kept in memory, so that the boards stay open to them while the database is away."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

import structlog
from msgspec.structs import replace

from dashboards.access import Person
from dashboards.errors import AwayError
from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Account, Known, Store, Token

log = structlog.get_logger()

EVERY_S = 3.0
"""An account that is disabled on another vigie, or at the command line, is so here after as long."""


def hashed(token: str) -> str:
    """A token is as long as a key: a plain hash keeps it. Of whatever bytes a header brings."""
    return hashlib.sha256(token.encode(errors="backslashreplace")).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


class People:
    def __init__(self, store: Store, settings: SignInSettings, clock: Callable[[], datetime]) -> None:
        self.store, self._settings, self._clock = store, settings, clock
        self.known: Known | None = None
        """None before the database was first read."""
        self._left: dict[str, datetime] = {}
        """Sessions that were ended here, until they would be over anyway."""
        self._unwritten: dict[str, datetime] = {}
        """Those of them that the database does not know of yet."""
        self._away = False

    async def run(self) -> None:
        """Reads who is known again and again, until cancelled."""
        while True:
            try:
                await self.refresh()
                self._away = False
            except AwayError as error:
                if not self._away:
                    log.warning("accounts are as they were last read", error=str(error))
                self._away = True
            await asyncio.sleep(EVERY_S)

    async def refresh(self) -> Known:
        """AwayError while the database is away."""
        for session, until in list(self._unwritten.items()):
            await self.store.end(session, until)
            self._unwritten.pop(session, None)
        now = self._clock()
        known = await self.store.known(now)
        self._left = {session: until for session, until in self._left.items() if until > now}
        # what was read may be from before somebody left
        self.known = replace(known, ended=known.ended | self._left.keys())
        return self.known

    def signed_in(self, account: str, begun: datetime, session: str) -> Account | None:
        """Whose session it is, if it still is one."""
        known, now = self.known, self._clock()
        if known is None or session in known.ended or not begun <= now < begun + self._settings.lasts:
            return None
        found = next((one for one in known.accounts if one.id == account), None)
        return found if found and found.disabled_at is None and found.sessions_since <= begun else None

    def person(self, account: Account) -> Person:
        """Somebody who has signed in with a password may have to set up a second factor first."""
        unproved = self._settings.totp == "required" and account.password is not None and account.totp is None
        return replace(account.person, to_enrol=unproved)

    def token(self, text: str) -> Token | None:
        """The program or screen that shows a token."""
        wanted = hashed(text)
        tokens = self.known.tokens if self.known else ()
        return next((one for one in tokens if one.revoked_at is None and one.hash == wanted), None)

    def program(self, text: str) -> Person | None:
        found = self.token(text)
        if found is None or found.role is None:
            return None
        return Person(account=f"token:{found.name}", name=found.name, role=found.role)

    async def end(self, session: str, begun: datetime) -> None:
        """Somebody leaves: here at once; on every other vigie, and after a restart, once the database knows of it."""
        self._left[session] = self._unwritten[session] = begun + self._settings.lasts
        if self.known:
            self.known = replace(self.known, ended=self.known.ended | {session})
        try:
            await self.refresh()
        except AwayError:
            log.warning("a session that was ended is not on record yet: the database is away")
