"""A server process that we keep running, and that can never outlive us."""

import asyncio
import os
import signal
import threading
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from deploy.embedded import EmbeddedServiceError
from deploy.embedded.account import Account, launch
from deploy.embedded.lock import folder, seize

LOG = structlog.get_logger(__name__)

_LONGEST_LOG = 10_000_000  # bytes
_GLANCE_S = 0.02
_START = timedelta(seconds=60)  # a crash recovery may come first
_PREDECESSOR = timedelta(seconds=20)  # its shutdown may write a checkpoint
_KILLED = timedelta(seconds=1)
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=100), timedelta(seconds=5)
_STEADY = timedelta(seconds=60)  # having run so long, the next crash is a new one


@dataclass(frozen=True, kw_only=True)
class Program:
    """A server's command and the terms on which it runs; the first word of the command is the full path of a binary."""

    name: str
    command: tuple[str, ...]
    data: Path  # the folder that holds what it writes, and `guard` beside it
    log: Path
    account: Account | None
    stop: signal.Signals  # sent to stop it, and by the kernel should we die
    politeness: timedelta = timedelta(seconds=1)  # from that signal to kill -9

    @property
    def guard(self) -> Path:
        """The lock that the process and its children hold while any of them lives."""
        return self.data.parent / "guard"


@asynccontextmanager
async def kept_running(program: Program, ready: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Ready on entry, started again whenever it ends, gone on exit within its politeness and a second.

    Enter it on the main thread: the kernel ties the server's life to the thread that started it.
    Raises EmbeddedServiceError with the server's own last words when the first start fails.
    """
    settled = asyncio.Event()
    keeper = asyncio.create_task(_keep(program, settled), name=f"keep {program.name} running")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_START.total_seconds()):
                while not keeper.done() and not settled.is_set():
                    if await ready():
                        settled.set()
                    await asyncio.sleep(_GLANCE_S)
        if keeper.done():
            keeper.result()
        if not settled.is_set():
            raise EmbeddedServiceError(
                f"{program.name} is not ready after {_START.total_seconds():.0f} s: see {program.log}."
            )
        yield
    finally:
        keeper.cancel()
        await asyncio.wait({keeper})


async def run(program: Program) -> None:
    """The program once, to its end; raises EmbeddedServiceError with its last words unless that end is a success."""
    code = await _code(program)
    if code != 0:
        raise _failed(program, code)


async def _keep(program: Program, settled: asyncio.Event) -> None:
    clock = asyncio.get_running_loop().time
    pause = _SHORTEST_PAUSE
    while True:
        began = clock()
        try:
            code = await _code(program)
        except (EmbeddedServiceError, OSError) as failure:
            if not settled.is_set():
                raise
            LOG.warning("server not started", server=program.name, reason=str(failure))
        else:
            if not settled.is_set():
                raise _failed(program, code)
            LOG.warning("server ended, starting it again", server=program.name, code=code, log=str(program.log))
        if clock() - began > _STEADY.total_seconds():
            pause = _SHORTEST_PAUSE
        await asyncio.sleep(pause.total_seconds())
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _code(program: Program) -> int:
    process = await _spawn(program)
    try:
        return await process.wait()
    finally:
        await _end(process, program)


async def _spawn(program: Program) -> Process:
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{program.name} must be started on the main thread: it ends with the thread that starts it")
    start = launch(program.account, Path(program.command[0]), program.data, program.stop)
    guard = await seize(program.guard, _PREDECESSOR)
    try:
        log = _opened(program.log)
        try:
            return await asyncio.create_subprocess_exec(
                *start.prefix,
                *program.command,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",  # ours may be closed to the account
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,  # a terminal's Ctrl-C is for us: we stop the servers, in order
                pass_fds=(guard,),
                user=start.account.uid if start.account else None,
                group=start.account.gid if start.account else None,
                extra_groups=[] if start.account else None,
            )
        finally:
            os.close(log)
    finally:
        os.close(guard)  # from here on the lock is the server's


async def _end(process: Process, program: Program) -> None:
    try:
        if process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(program.politeness.total_seconds()):
                    process.send_signal(program.stop)
                    await process.wait()
    finally:
        if process.returncode is None:
            LOG.warning("server did not stop when asked, killing it", server=program.name, pid=process.pid)
            process.kill()
            with suppress(TimeoutError):
                async with asyncio.timeout(_KILLED.total_seconds()):
                    await process.wait()


def _opened(path: Path) -> int:
    """The log, opened to append; a long one is put aside first, and one such is kept."""
    folder(path.parent)
    if path.exists() and path.stat().st_size > _LONGEST_LOG:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _failed(program: Program, code: int) -> EmbeddedServiceError:
    with program.log.open("rb") as file:
        file.seek(max(0, program.log.stat().st_size - 1_000))
        words = file.read().decode(errors="replace").splitlines()[-4:]
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return EmbeddedServiceError(f"{program.name} {how}; {program.log} ends with: {' | '.join(words)}")
