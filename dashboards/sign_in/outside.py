"""Asking another server over HTTP, in bounds of time and size, and reading what it answers."""

from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from dashboards.errors import AwayError
from dashboards.sign_in.identity import IdentityError

T = TypeVar("T")
LARGEST = 256 * 1024
"""Bytes of an answer, unpacked."""
SOONEST_BAD, SERVER_ERROR, TOO_MANY = 300, 500, 429


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    kind: str
    body: bytes


async def ask(method: str, address: str, patience: timedelta, **more: Any) -> Answer:
    """AwayError where no whole answer comes in time."""
    timeout = aiohttp.ClientTimeout(total=patience.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as client,
            # where it would send us is not asked: it would get our secret, or a token
            client.request(method, address, allow_redirects=False, **more) as answer,
        ):
            return Answer(status=answer.status, kind=answer.content_type, body=await _bounded(answer.content))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AwayError(f"{address}: {type(error).__name__}: {error}") from None


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for part in content.iter_any():
        body += part
        if len(body) > LARGEST:
            raise aiohttp.ClientPayloadError(f"found more than {LARGEST} bytes")
    return body


def successful(answer: Answer, what: str) -> None:
    """AwayError where a server cannot answer now, IdentityError where it will not."""
    if answer.status >= SERVER_ERROR or answer.status == TOO_MANY:
        raise AwayError(f"{what}: answers {answer.status}")
    if answer.status >= SOONEST_BAD:
        # what it says may name somebody; the code of the error does not
        try:
            error = msgspec.json.decode(answer.body, type=dict[str, Any]).get("error")
        except (msgspec.DecodeError, UnicodeDecodeError):
            error = None
        raise IdentityError(f"{what}: answers {answer.status}, {error!r:.100}")


def read(answer: Answer, kind: type[T], what: str) -> T:
    """JSON of a kind. IdentityError for anything else."""
    successful(answer, what)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IdentityError(f"{what}: found an answer that cannot be read: {error}") from None
