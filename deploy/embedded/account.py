"""The account the servers run under, and how a process is given to it: never root, and never outliving vigie."""

import os
import pwd
import shutil
import signal
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import EmbeddedServiceError

_NOBODY = 65534
_DAC_READ_SEARCH, _SETPCAP = 1 << 2, 1 << 8  # capabilities(7)
_REMEDY = "give another --data-dir (or install vigie elsewhere), or run vigie as an ordinary user."

# The death signal is armed after the fork: a parent that died in between would never be noticed.
_NOT_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"'


@dataclass(frozen=True, kw_only=True)
class Account:
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What stands before a server's command, and the account to take on the way where the prefix cannot do it."""

    prefix: tuple[str, ...] = ()
    account: Account | None = None


def account_for(data: Path) -> Account | None:
    """Who runs the server whose files are in `data`: None for ourselves; as root, its owner or nobody."""
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EmbeddedServiceError(
                f"{data} belongs to uid {owner.st_uid}, vigie runs as uid {os.geteuid()}: "
                "run vigie as the user who made that folder, or give another --data-dir."
            )
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=_NOBODY, gid=_NOBODY)
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def hand_over(folder: Path, account: Account | None) -> None:
    """Makes the folder the account's own, and closed to others."""
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def launch(account: Account | None, binary: Path, data: Path, death_signal: signal.Signals) -> Launch:
    """How to start the binary so that it gets `death_signal` when our main thread ends, even by kill -9."""
    if account is not None and not _allows(binary.stat(), account, stat.S_IXOTH):
        raise EmbeddedServiceError(
            f"{binary} may not be executed by uid {account.uid}, the account that runs it when vigie is root: {_REMEDY}"
        )
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return Launch(account=account)
    options = [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), "--no-new-privs"]
    if account is not None:
        options += [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        options += _capabilities(account, (binary, data))
    return Launch(prefix=(*options, "--", "/bin/sh", "-c", _NOT_ORPHANED, str(os.getpid())))


def _capabilities(account: Account, paths: Iterable[Path]) -> list[str]:
    """None, or the one to read past folders above that are closed to the account: their permissions are left alone."""
    closed = next((gate for gate in (_closed(path, account) for path in paths) if gate is not None), None)
    if closed is None:
        return ["--inh-caps=-all"]
    if not _permitted(_DAC_READ_SEARCH | _SETPCAP):
        raise EmbeddedServiceError(
            f"The folder {closed} is closed to uid {account.uid}, which runs the servers when vigie is root, "
            f"and this machine withholds the capabilities dac_read_search and setpcap to read past it: {_REMEDY}"
        )
    # PostgreSQL asks access(2) about its own binaries, and that forgets the capabilities of a user other than root
    # unless no_setuid_fixup is set.
    single = "-all,+dac_read_search"
    return [f"--inh-caps={single}", f"--ambient-caps={single}", "--securebits=+no_setuid_fixup"]


def _closed(path: Path, account: Account) -> Path | None:
    """The outermost folder above the path that the account may not walk through."""
    parents = reversed(path.resolve().parents)
    return next((folder for folder in parents if not _allows(folder.stat(), account, stat.S_IXOTH)), None)


def _allows(of: os.stat_result, account: Account, bit: int) -> bool:
    """Whether the mode grants the bit (given as for others) to the account: one class decides, as in the kernel."""
    if of.st_uid == account.uid:
        return bool(of.st_mode & bit << 6)
    if of.st_gid == account.gid:
        return bool(of.st_mode & bit << 3)
    return bool(of.st_mode & bit)


def _permitted(capabilities: int) -> bool:
    """Whether this process may pass the capabilities on: it has them, and its bounding set leaves them."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    sets = dict(line.split(":\t", 1) for line in status.splitlines() if line.startswith("Cap"))
    return all(int(sets[name], 16) & capabilities == capabilities for name in ("CapPrm", "CapBnd"))
