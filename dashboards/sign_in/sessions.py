"""Sessions: who has signed in on a browser, in a sealed cookie that nobody else can read or make."""

import base64
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web
from aiohttp_session import AbstractStorage, get_session, new_session
from aiohttp_session import Session as Kept
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from dashboards.sign_in.settings import SignInSettings
from dashboards.sign_in.store import Account

CODE_S = 300
"""Between a right password and the code that is to follow."""
ENROL_S = 900
"""Between the first showing of a second factor that is set up and its first code."""
LONGEST_PROOF = 2500
"""Characters: sealed, a longer one would not fit into a cookie, and nobody could sign in."""


class Session(Struct, frozen=True, kw_only=True):
    """One browser's; `identity` is the proof that a provider of identities gave, if one did."""

    id: str
    account: str
    begun: datetime
    identity: str = ""


def sealing(secret: bytes, purpose: str) -> Fernet:
    """A key of its own for each purpose."""
    return Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, purpose.encode()).derive(secret)))


class Sessions:
    def __init__(self, secret: bytes, settings: SignInSettings, clock: Callable[[], datetime], *, secure: bool) -> None:
        """`secure`: the boards are reached over https, and the cookie is sent over nothing else."""
        self._clock = clock
        self._totp, self._offers = sealing(secret, "totp"), sealing(secret, "enrol")
        self.storage: AbstractStorage = EncryptedCookieStorage(
            sealing(secret, "session"),
            cookie_name="__Host-vigie" if secure else "vigie",
            max_age=round(settings.lasts.total_seconds()),
            secure=secure,
            httponly=True,
            samesite="Lax",
        )

    async def begin(self, request: web.Request, account: Account, identity: str = "") -> None:
        """Somebody is who they say: a new session, whatever the browser had before."""
        session = await new_session(request)
        session["id"] = secrets.token_urlsafe(16)
        session["account"] = account.id
        session["begun"] = self._now()
        session["identity"] = identity if len(identity) <= LONGEST_PROOF else ""

    async def current(self, request: web.Request) -> Session | None:
        """What the browser's cookie says; whether it is still good is for others to know."""
        session = await _of(request)
        match session.get("id"), session.get("account"), session.get("begun"):
            case str() as number, str() as account, (int() | float()) as begun:
                at = datetime.fromtimestamp(begun, UTC)
                return Session(id=number, account=account, begun=at, identity=session.get("identity", ""))
            case _:
                return None

    async def forget(self, request: web.Request) -> None:
        (await _of(request)).invalidate()

    # ------------------------------------------------------------ the second factor

    async def await_code(self, request: web.Request, account: Account) -> None:
        """The password was right; a code is to follow."""
        session = await new_session(request)
        session["awaited"] = account.id
        session["since"] = self._now()

    async def awaited(self, request: web.Request) -> tuple[str, datetime] | None:
        """The account of which a code is awaited on this browser, and since when."""
        session = await _of(request)
        account, since = session.get("awaited"), session.get("since")
        if not isinstance(account, str) or not isinstance(since, int | float):
            return None
        return (account, datetime.fromtimestamp(since, UTC)) if 0 <= self._now() - since < CODE_S else None

    def seal(self, secret: str) -> str:
        return self._totp.encrypt(secret.encode()).decode()

    def offer(self, account: Account, secret: str) -> str:
        """A second factor that is being set up, on its way through the page: for nobody else, and not for long."""
        told = f"{account.id} {secret}".encode()
        return self._offers.encrypt_at_time(told, int(self._now())).decode()

    def offered(self, account: Account, sealed: str) -> str | None:
        try:
            told = self._offers.decrypt_at_time(sealed.encode(), ENROL_S, int(self._now())).decode()
        except InvalidToken:
            return None
        whose, _, secret = told.partition(" ")
        return secret if whose == account.id else None

    def _now(self) -> float:
        return self._clock().timestamp()

    def unseal(self, sealed: str) -> str | None:
        """None for what was sealed with another key."""
        try:
            return self._totp.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


async def _of(request: web.Request) -> Kept:
    try:
        return await get_session(request)
    except UnicodeEncodeError:  # bytes that are no text, and no cookie of ours
        return await new_session(request)
