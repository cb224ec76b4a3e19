"""What an embedded service keeps between two runs: its password and its port."""

import contextlib
import os
import secrets
import socket
from pathlib import Path

from deploy.embedded import EmbeddedServiceError
from deploy.embedded.account import Account
from deploy.embedded.lock import folder

# Below Linux's ephemeral ports: no outgoing connection can sit on ours while the server restarts, and a client that
# tries again cannot be given the port as its own and meet itself.
_PORTS = range(20_000, 32_000)
_TRIES = 100


def password(path: Path) -> str:
    """The secret in the file, generated the first time; 0600 and owned by whoever runs vigie."""
    folder(path.parent)
    if not path.exists():
        # two may come at once: the first that is there stays
        mine = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        write(mine, secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
        settle(path.parent)
    return path.read_text(encoding="ascii").strip()


def write(path: Path, text: str, *, owner: Account | None = None) -> None:
    """Replaces the file at once and for good: mode 0600, whole or not at all after a crash."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if owner is not None:
            os.fchown(descriptor, owner.uid, owner.gid)
        file.write(text + "\n")
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    settle(path.parent)


def settle(directory: Path) -> None:
    """Makes renames in the folder survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def address(path: Path) -> tuple[str, int] | None:
    """The host and port kept in the file; None if it says none."""
    if not path.exists():
        return None
    host, _, port = path.read_text(encoding="ascii", errors="replace").strip().rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else None


def port(path: Path, host: str) -> int:
    """A free port of the host: last time's where it is still free, kept in the file for the next time."""
    before = address(path)
    if before is not None and before[0] == host and free(host, before[1]):
        return before[1]
    for _ in range(_TRIES):
        chosen = secrets.choice(_PORTS)
        if free(host, chosen):
            write(path, f"{host}:{chosen}")
            return chosen
    raise EmbeddedServiceError(f"No port of {host} from {_PORTS.start} to {_PORTS.stop - 1} is free for {path.parent}.")


def free(host: str, number: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, number))
        except OSError:
            return False
    return True
