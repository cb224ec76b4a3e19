"""Posting JSON to another's server: what is taken, and what is said when it is not."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from alerts.letters import RefusedError

MOST = 4096
"""Bytes of an answer that are read."""
LOCAL = ("127.0.0.1", "::1", "localhost")


def address_fault(url: str) -> str:
    """What is wrong with an address; nothing if it is one by TLS, or on this machine. Never told whole: its path, or a
    user in it, may be a secret.
    """
    parts = urlsplit(url)
    told = f"{parts.scheme}://{parts.hostname or ''}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f'found "{told}", expected an address such as "https://host/path"'
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        return f'found "{told}", expected https:// for another machine'
    return ""


async def sent(
    session: aiohttp.ClientSession, method: str, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """The status of an answer and its beginning; RefusedError where none comes."""
    try:
        async with session.request(
            method, url, data=body, headers={"Content-Type": "application/json", **headers}, allow_redirects=False
        ) as answer:
            return answer.status, await answer.content.read(MOST)
    except aiohttp.ClientError as error:
        raise RefusedError(f"not reached: {type(error).__name__}") from None


def taken(status: int, what: str) -> None:
    """RefusedError unless a server took it."""
    if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
        raise RefusedError(f"{what} answered {status}")
