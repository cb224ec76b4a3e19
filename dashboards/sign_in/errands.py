"""Errands: what a browser takes along to the provider of identities and brings back, sealed in a cookie."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec
from aiohttp import web
from cryptography.fernet import InvalidToken
from msgspec import Struct

from dashboards.sign_in.sessions import sealing

LASTS_S = 900
"""Between going there and coming back: a password that was forgotten is given anew in the meantime."""
LARGEST = 3900
"""Bytes of a cookie that every browser keeps, its attributes left out."""
MOST_USED = 10_000


class Errand(Struct, frozen=True, kw_only=True):
    """`where` one goes on to, and `kept`, the fields of a form that came too late, as in the door's own form."""

    state: str
    nonce: str
    verifier: str
    where: str
    kept: dict[str, str]

    @property
    def challenge(self) -> str:
        """By which the provider knows the verifier that is shown later (RFC 7636, S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class TooLongError(Exception):
    """What was kept does not fit into a cookie."""


class Errands:
    def __init__(self, secret: bytes, clock: Callable[[], datetime], *, secure: bool) -> None:
        self._seal, self._clock, self._secure = sealing(secret, "errand"), clock, secure
        self._cookie = "__Host-vigie-aller" if secure else "vigie-aller"
        self._used: OrderedDict[str, float] = OrderedDict()

    def new(self, where: str, kept: Mapping[str, str]) -> Errand:
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        return Errand(state=state, nonce=nonce, verifier=verifier, where=where, kept=dict(kept))

    def give(self, answer: web.Response, errand: Errand) -> None:
        """To the browser, with an answer. TooLongError if it takes no more than that."""
        sealed = self._seal.encrypt_at_time(msgspec.json.encode(errand), int(self._clock().timestamp())).decode()
        if len(sealed) > LARGEST:
            raise TooLongError
        answer.set_cookie(
            self._cookie, sealed, max_age=LASTS_S, path="/", httponly=True, samesite="Lax", secure=self._secure
        )

    def back(self, request: web.Request) -> Errand | None:
        """That of this browser, if it comes back with the state that it went with, the first time and in time."""
        now, told = int(self._clock().timestamp()), request.cookies.get(self._cookie, "")
        try:
            opened = self._seal.decrypt_at_time(told.encode(errors="replace"), LASTS_S, now)
            errand = msgspec.json.decode(opened, type=Errand)
        except (InvalidToken, ValueError):  # what is no text, or no errand, too
            return None
        same = hmac.compare_digest(request.query.get("state", "").encode(errors="replace"), errand.state.encode())
        return errand if same and self._first(errand.state, now) else None

    def _first(self, state: str, now: float) -> bool:
        """Whether it is not known to have been used; it is from now on."""
        while self._used and (len(self._used) >= MOST_USED or now - next(iter(self._used.values())) > LASTS_S):
            self._used.popitem(last=False)
        if state in self._used:
            return False
        self._used[state] = now
        return True

    def forget(self, answer: web.StreamResponse) -> None:
        answer.del_cookie(self._cookie, path="/", httponly=True, samesite="Lax", secure=self._secure)
