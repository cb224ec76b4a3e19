"""Locks on files: one vigie for a data folder, one server for its files."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from deploy.embedded import EmbeddedServiceError

_GLANCE_S = 0.02  # between two looks at a lock or a server


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """The data folder for ourselves alone; the kernel gives it back however we end.

    Raises EmbeddedServiceError, which names the folder and the pid that holds it.
    """
    data_dir = folder(data_dir, public=True)
    path = data_dir / "lock"
    taken = seized(path)
    if taken is None:
        pid = path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
        raise EmbeddedServiceError(
            f"The data folder {data_dir} is in use by another vigie (pid {pid}): "
            "stop that one, or give this one another data folder (--data-dir, or data_dir in the configuration)."
        )
    try:
        os.truncate(taken, 0)
        os.pwrite(taken, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(taken)


def seized(path: Path) -> int | None:
    """A descriptor that holds the lock until every copy of it is closed, in whichever process; None if it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def held(path: Path) -> bool:
    """Whether a process holds the lock now; asking needs the right to read the file, no more."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def seize(path: Path, patience: timedelta) -> int:
    """The same, waiting for a server that is still ending.

    A server's process and all its children inherit the descriptor: the lock is free once the last of them is gone,
    which no pid could tell as surely.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                if (descriptor := seized(path)) is not None:
                    return descriptor
                await asyncio.sleep(_GLANCE_S)
    raise EmbeddedServiceError(
        f"A server started earlier on {path.parent} is still running after {patience.total_seconds():.0f} s: "
        "look for it with `ps`, and end it before vigie is started again."
    )


def folder(path: Path, *, public: bool = False) -> Path:
    """The folder's full path, made if missing: ours alone, or if `public` and we are root, one that the servers'
    account may walk through without seeing its names.
    """
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o711 if public and os.geteuid() == 0 else 0o700)
    return path.resolve()
