"""A paho client on the running asyncio loop, which connects again by itself for as long as it is wanted."""

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from msgspec import Struct
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.broker import BrokerSettings
from collector.client import BufferedClient

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

log = structlog.get_logger()

KEEPALIVE_S = 30
READS_PER_TURN = 64
"""Packets read in one turn of the loop: waking up for each would cost as much as parsing it."""
SESSION_EXPIRY_S = 14 * 24 * 3600
RECEIVE_MAXIMUM = 10_000
LONGEST_PAUSE_S = 10.0
SHORT_LIVED_S, MANY_SHORT = 1.0, 20
"""After so many connections in a row that ended so soon, whatever ends them is there to stay: no more haste."""


class Will(Struct, frozen=True):
    topic: str
    payload: bytes


class Link:
    """One connection after another to a broker, with the same session. Callbacks run on the loop."""

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        *,
        clean: bool = False,
        manual_ack: bool = False,
        will: Will | None = None,
        on_connect: Callable[[], None] = lambda: None,
        on_refusal: Callable[[], None] = lambda: None,
        on_message: Callable[[MQTTMessage], None] = lambda _: None,
        on_publish: Callable[[int], None] = lambda _: None,
        on_subscribe: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.generation = 0
        """Counts connections: a message id means nothing on another one."""
        self.connected = False
        self.refusal: str | None = None
        """What the broker said when it last refused us."""
        self._on_connect, self._on_message, self._on_publish = on_connect, on_message, on_publish
        self._on_subscribe, self._on_refusal = on_subscribe, on_refusal
        self._clean, self._client_id = clean, client_id
        self._packets = 0
        self._lost = asyncio.Event()
        self._going_on = False
        """Whether the loop will have us read more in its next turn."""
        version5 = settings.protocol == "5"
        self.client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if version5 else clean,
            protocol=MQTTProtocolVersion.MQTTv5 if version5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=manual_ack,
            reconnect_on_failure=False,
        )
        if settings.user:
            password = settings.password_file.read_text().strip() if settings.password_file else None
            self.client.username_pw_set(settings.user, password)
        if settings.address[2]:
            files = (settings.ca_file, settings.cert_file, settings.key_file)
            ca, cert, key = (str(file) if file else None for file in files)
            try:
                self.client.tls_set(ca, cert, key)
            except OSError as error:
                # which of them OpenSSL could not read, or did not understand, it does not say
                named = ", ".join(name for name in (ca, cert, key) if name)
                raise OSError(error.errno, error.strerror or str(error), named) from None
        if will:
            self.client.will_set(will.topic, will.payload, qos=1, retain=True)
        self.client.max_queued_messages_set(0)
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._received
        self.client.on_publish = self._published
        self.client.on_subscribe = self._subscribed

    async def run(self) -> None:
        """Stays connected until cancelled; then says goodbye, which keeps a will from being sent."""
        self._loop = asyncio.get_running_loop()
        self.client.on_socket_open = self._socket_opened
        self.client.on_socket_close = self._socket_closed
        self.client.on_socket_register_write = self._wants_to_write
        self.client.on_socket_unregister_write = self._has_written
        pause, short = 0.1, 0
        try:
            while True:
                self._lost.clear()
                before, began = self.generation, time.monotonic()
                await self._connect()
                await self._until_lost()
                short = short + 1 if time.monotonic() - began < SHORT_LIVED_S else 0
                if self.generation == before:
                    pause = min(pause * 2, LONGEST_PAUSE_S)
                elif short < MANY_SHORT:
                    pause = 0.1
                else:
                    if short == MANY_SHORT:
                        log.warning("broker ends each connection at once: does another vigie use the same client_id?")
                    pause = SHORT_LIVED_S
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnections
        finally:
            self.connected = False  # it is we who leave
            self.client.disconnect()
            if self.client.want_write():
                self.client.loop_write()
            self.drop()

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is sent inside goes out together: a segment for each acknowledgement would wake the broker each time."""
        sock: Any = self.client.socket()
        cork = getattr(socket, "TCP_CORK", None)
        if sock is None or cork is None:
            yield
            return
        # a connection that is breaking may refuse; it is found out by reading, and what is not acknowledged comes again
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, cork, 1)
        try:
            yield
            if self.client.want_write():
                self._write()
        finally:
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, cork, 0)

    def drop(self) -> None:
        """Cuts the connection as a lost network would: no goodbye, so that the broker sends the will."""
        if (sock := self.client.socket()) is not None:
            self._forget(sock)
            self.client._sock_close()  # noqa: SLF001 - paho closes it by itself only on errors that it sees

    async def _connect(self) -> None:
        host, port, _ = self.settings.address
        options: dict[str, Any] = {}
        if self.settings.protocol == "5":
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            if not self._clean:
                wishes.SessionExpiryInterval = SESSION_EXPIRY_S
            wishes.ReceiveMaximum = RECEIVE_MAXIMUM
            options = {"clean_start": self._clean, "properties": wishes}
        try:
            # connecting blocks (names, TLS), and what it starts comes back through call_soon_threadsafe
            await asyncio.to_thread(self.client.connect, host, port, KEEPALIVE_S, **options)
        except (OSError, ValueError) as error:
            if self.refusal != str(error):
                log.warning("broker unreachable", host=host, port=port, error=str(error))
            self.refusal = str(error)
            self._on_refusal()
            self._lost.set()

    async def _until_lost(self) -> None:
        while not self._lost.is_set():
            try:
                # not wait_for: 3.11's swallows a cancellation that comes with the event
                async with asyncio.timeout(1):
                    await self._lost.wait()
            except TimeoutError:
                if self.client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    self._lost.set()
        self.connected = False
        self.drop()

    # -- paho's callbacks ------------------------------------------------------------------------------------

    def _connected(self, _c: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        if reason.is_failure:
            if self.refusal != str(reason):
                log.error("broker refuses us", reason=str(reason))
            self.refusal = str(reason)
            self._on_refusal()
            return
        self.generation += 1
        self.connected = True
        if self.generation > 1 or self.refusal:
            log.info("broker connected", client_id=self._client_id)
        self.refusal = None
        self._on_connect()

    def _disconnected(
        self, _c: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if self.connected:
            log.warning("broker connection lost", client_id=self._client_id, reason=str(reason))
        self._lost.set()

    def _received(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        self._packets += 1
        self._on_message(message)

    def _published(self, _c: Client, _u: object, mid: int, _r: ReasonCode, _p: Properties) -> None:
        self._packets += 1
        self._on_publish(mid)

    def _subscribed(self, _c: Client, _u: object, _mid: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("broker refuses a subscription", reasons=[str(reason) for reason in reasons])
            return
        self._on_subscribe()

    # -- the loop's side -------------------------------------------------------------------------------------

    def _on_loop(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            call(*arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)

    def _socket_opened(self, _c: Client, _u: object, sock: "SocketLike") -> None:
        self.client.forget()
        self._on_loop(self._listen_to, sock)

    def _listen_to(self, sock: "SocketLike") -> None:
        # by the time the loop comes to it, it may be closed, and its number another's
        if sock.fileno() >= 0 and sock is self.client.socket():
            self._loop.add_reader(sock.fileno(), self._read)

    def _socket_closed(self, _c: Client, _u: object, sock: "SocketLike") -> None:
        self._on_loop(self._forget, sock)

    def _wants_to_write(self, _c: Client, _u: object, sock: "SocketLike") -> None:
        if sock.fileno() >= 0:
            self._on_loop(self._loop.add_writer, sock.fileno(), self._write)

    def _has_written(self, _c: Client, _u: object, sock: "SocketLike") -> None:
        if sock.fileno() >= 0:
            self._on_loop(self._loop.remove_writer, sock.fileno())

    def _forget(self, sock: "SocketLike") -> None:
        if (number := sock.fileno()) >= 0:
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)

    def _read(self) -> None:
        """Called by the loop when something has come; what is left of it has a turn of its own."""
        if not self._going_on:
            self._read_some()

    def _go_on(self) -> None:
        self._going_on = False
        self._read_some()

    def _read_some(self) -> None:
        for _ in range(READS_PER_TURN):
            before = self._packets
            try:
                found = self.client.loop_read()
                lost = found != MQTTErrorCode.MQTT_ERR_SUCCESS
                if found == MQTTErrorCode.MQTT_ERR_PROTOCOL:
                    log.error("packet not understood, connecting again", error=error_string(found))
            except Exception:
                log.exception("packet not understood, connecting again")
                lost = True
            if lost:
                self._lost.set()
                return
            if self._packets == before and not self.client.unread:
                return
        if not self._lost.is_set():
            # what is in our buffer, or what TLS has already decrypted, would wake nobody
            self._going_on = True
            self._loop.call_soon(self._go_on)

    def _write(self) -> None:
        if self.client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost.set()
