"""paho's client, reading in large pieces, to the end, and leniently: no message may stop those behind it."""

import struct
from typing import Any

from paho.mqtt import MQTTException, properties
from paho.mqtt.client import Client
from paho.mqtt.properties import Properties, VariableByteIntegers

READ_SIZE = 64 * 1024


def _read_text(buffer: bytes, most: int) -> tuple[str, int]:
    """An MQTT 5 string and its length in bytes, read as leniently as a broker lets it through.

    paho's own raises on U+FEFF, which the standard allows (1.5.4-3), out of the loop and again at every redelivery: one
    such message would stop all others.
    """
    length = int.from_bytes(buffer[:2], "big")
    if most < 2 or length > most - 2:  # noqa: PLR2004 - the length's own bytes
        raise MQTTException("a string longer than its packet")
    return buffer[2 : 2 + length].decode("utf-8", "replace"), length + 2


def _read_properties(self: Properties, buffer: bytes) -> tuple[Properties, int]:
    """The properties of an MQTT 5 packet and their length in bytes; none where one of them is not as it should be.

    paho's own raises on a value that is out of its bounds, and Mosquitto passes it on: such a message, too, would be
    redelivered for ever and never acknowledged.
    """
    try:
        read: tuple[Properties, int] = _read_strictly(self, buffer)  # type: ignore[no-untyped-call]
    except (MQTTException, ValueError, IndexError, KeyError, struct.error):
        self.clear()  # type: ignore[no-untyped-call]
        length, size = VariableByteIntegers.decode(buffer)  # type: ignore[no-untyped-call]
        return self, length + size
    return read


properties.readUTF = _read_text
_read_strictly = Properties.unpack
Properties.unpack = _read_properties  # type: ignore[method-assign]


class BufferedClient(Client):
    """paho's client with a buffer before it: it reads each packet's first bytes one by one, with a call to the kernel
    each, which took a third of the time of a whole message.

    What the broker has sent before it died is read to the end: writing finds the broken connection first, and paho
    would close it with the rest unread.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._buffer = b""
        self._position = 0
        super().__init__(*arguments, **options)

    @property
    def unread(self) -> bool:
        """Whether something has come that no event loop will tell of."""
        return self._position < len(self._buffer)

    def forget(self) -> None:
        """Before another connection."""
        self._buffer, self._position = b"", 0

    def _sock_recv(self, bufsize: int) -> bytes:
        start, end = self._position, self._position + bufsize
        if start >= len(self._buffer):
            self._buffer = super()._sock_recv(READ_SIZE)
            start, end = 0, bufsize
        self._position = min(end, len(self._buffer))
        return self._buffer[start:end]

    def _sock_send(self, buf: bytes | bytearray) -> int:
        try:
            return super()._sock_send(buf)
        except (BrokenPipeError, ConnectionResetError):
            raise BlockingIOError from None
