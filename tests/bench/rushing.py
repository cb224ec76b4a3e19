"""A rush of visitors: connections that ask for one address again as soon as they are answered."""

import asyncio
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

from msgspec import Struct


class Rushed(Struct):
    answers: int
    seconds: float


class _Visitor(asyncio.Protocol):
    """Every answer is as long as the first: the bytes are counted, and read no further."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._length = self._left = 0
        self._first = b""
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._length:
            self._first += data
            head, end, _ = self._first.partition(b"\r\n\r\n")
            if not end:
                return
            _, _, told = head.lower().partition(b"content-length: ")
            self._length = len(head) + len(end) + int(told.partition(b"\r\n")[0] or 0)
            self._left, data = self._length, self._first
        self._left -= len(data)
        if self._left <= 0:
            assert self._left == 0, "answers differ in length"
            self.answers += 1
            self._left = self._length
            self._transport.write(self._request)


async def rush(address: str, visitors: int, seconds: float, etag: str) -> Rushed:
    """`etag`: of the page that they have already; empty if none."""
    where = urlsplit(address)
    assert where.hostname is not None
    assert where.port is not None
    host, port = where.hostname, where.port
    known = f'If-None-Match: "{etag}"\r\n' if etag else ""
    request = f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAccept-Language: fr\r\n{known}\r\n".encode()
    loop = asyncio.get_running_loop()
    connections = [await loop.create_connection(lambda: _Visitor(request), host, port) for _ in range(visitors)]
    began = perf_counter()
    before = sum(visitor.answers for _, visitor in connections)
    await asyncio.sleep(seconds)
    found = Rushed(answers=sum(visitor.answers for _, visitor in connections) - before, seconds=perf_counter() - began)
    for transport, _ in connections:
        transport.abort()
    return found
