"""Open boards without a browser: sockets that read the stream as fast as it comes, or never."""

import selectors
import socket
import sys
from urllib.parse import urlsplit

from msgspec import Struct

STALLED_BYTES = 4096
"""What the kernel keeps for a browser that does not read: as little as it allows."""
CHUNK = 1 << 20


class Browsed(Struct):
    bytes: int
    closed: int
    """Connections that the server ended."""


def browse(address: str, boards: int, stalled: int) -> Browsed:
    """Opens so many boards, of which some never read, says "ready", and drains until standard input ends."""
    where = urlsplit(address)
    assert where.hostname is not None
    request = f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAccept: text/event-stream\r\n\r\n".encode()
    chosen, buffer = selectors.DefaultSelector(), bytearray(CHUNK)
    kept: list[socket.socket] = []
    for number in range(boards):
        one = socket.socket()
        if number < stalled:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STALLED_BYTES)
        one.connect((where.hostname, where.port))
        one.sendall(request)
        one.setblocking(False)
        kept.append(one)
        if number >= stalled:
            chosen.register(one, selectors.EVENT_READ)
    chosen.register(sys.stdin, selectors.EVENT_READ)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    read = closed = 0
    while True:
        for key, _ in chosen.select():
            if key.fileobj is sys.stdin:
                return Browsed(bytes=read, closed=closed)
            assert isinstance(key.fileobj, socket.socket)
            try:
                came = key.fileobj.recv_into(buffer)
            except OSError:
                came = 0
            read += came
            if not came:
                closed += 1
                chosen.unregister(key.fileobj)
