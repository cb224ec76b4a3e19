"""The folder of the broker's credentials: its authority, what Mosquitto reads, what goes to vigie and to devices."""

import fcntl
import os
import pwd
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import msgspec
from msgspec.structs import replace

from deploy.embedded.account import Account
from deploy.embedded.kept import write
from deploy.mosquitto.certificates import Certified, authority, ends, for_device, for_server, revocations
from deploy.mosquitto.register import VIGIE, VIGIE_RIGHTS, CredentialsError, Device, Register, hashed, possible

TEMPLATE = Path(__file__).parent / "mosquitto.conf"
HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*")


class Credentials:
    """The register is the truth, and Mosquitto's files are made of it at every change; each is replaced whole.

    `broker/` is for Mosquitto, `vigie/` for vigie, `devices/` for whoever sets them up, `authority/` for nobody.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.broker = home / "broker"
        self.configuration = self.broker / "mosquitto.conf"
        self.password = home / "vigie" / "mqtt.password"
        self.ca = home / "vigie" / "ca.crt"
        self._authority = home / "authority"
        self._devices = home / "devices"
        self._register = home / "register.json"

    @property
    def register(self) -> Register:
        """CredentialsError if the folder was not set up, or its register cannot be read."""
        try:
            return msgspec.json.decode(self._register.read_bytes(), type=Register)
        except FileNotFoundError:
            raise CredentialsError(f"{self.home}: found no register.json, run `vigie broker init` first") from None
        except msgspec.DecodeError as error:
            raise CredentialsError(f"{self._register}: {error}") from None

    def begin(self, hosts: Iterable[str], data: Path, now: datetime) -> list[str]:
        """Makes what is missing, and leaves what is there; the names of what was made."""
        wanted = tuple(dict.fromkeys(hosts))
        for host in wanted:
            _checked(host)
        if not self.home.exists():
            self.home.mkdir(parents=True)
            self.home.chmod(0o755)  # whatever the umask: Mosquitto's account walks through it
        for folder in (self.broker, self.password.parent, self._authority, self._devices):
            folder.mkdir(exist_ok=True, mode=0o700)
        _hand_to_mosquitto(self.broker)
        with self._alone():
            register = self.register if self._register.exists() else Register(hosts=wanted)
            if register.hosts != wanted:
                raise CredentialsError(
                    f"{self.home}: found a broker named {', '.join(register.hosts)}; "
                    "`vigie broker renew --host` gives it other names"
                )
            made = []
            for path, name, make in self._parts(wanted, data, now):
                if not path.exists():
                    make()
                    made.append(name)
            self._keep(register, now)
        return made

    def renew(self, hosts: Iterable[str], now: datetime) -> datetime:
        """A new certificate of the server, by other names if any are given; until when it is valid."""
        wanted = tuple(dict.fromkeys(hosts))
        for host in wanted:
            _checked(host)
        with self._alone():
            register = self.register
            register = replace(register, hosts=wanted or register.hosts)
            self._certify(register.hosts, now)
            self._keep(register, now)
        return ends((self.broker / "server.crt").read_text())

    def add(self, device: Device, now: datetime) -> Device | None:
        """Its credential lies in `devices/` then; None if the very same is there already."""
        with self._alone():
            register = self.register
            there = register.find(device.user)
            if there and (there.by, there.reads) == (device.by, device.reads):
                return None
            if there:
                raise CredentialsError(
                    f"{there.user} is there already, by {there.by}, reading {', '.join(there.reads) or 'nothing'}: "
                    "remove it first"
                )
            return self._issue(register, possible(device), now)

    def renew_device(self, user: str, now: datetime) -> Device:
        """A new password, which ends the old one; or a new certificate, beside which the old one lasts to its end."""
        with self._alone():
            register = self.register
            return self._issue(register, register.expected(user), now)

    def remove(self, user: str, now: datetime) -> Device:
        """Its password is forgotten, its certificates are revoked, its rights and its files are gone."""
        with self._alone():
            register = self.register
            device = register.expected(user)
            self._keep(register.without(device, now), now)
            for file in self.files(device):
                file.unlink(missing_ok=True)
        return device

    def files(self, device: Device) -> tuple[Path, ...]:
        """What whoever sets the device up is to be given."""
        endings = ("password",) if device.by == "password" else ("crt", "key")
        return tuple(self._devices / f"{device.file_name}.{ending}" for ending in endings)

    def _issue(self, register: Register, device: Device, now: datetime) -> Device:
        signing = self._signing()
        if device.by == "password":
            password = secrets.token_urlsafe(32)
            write(self.files(device)[0], password)
            issued = replace(device, made=now, hash=hashed(password))
        else:
            made = for_device(signing, device.user, now)
            for file, text in zip(self.files(device), (made.certificate, made.key), strict=True):
                write(file, text.strip())
            serials = (*device.serials, f"{made.serial:x}")
            issued = replace(device, made=now, until=ends(made.certificate), serials=serials)
        self._keep(register.having(issued), now)
        return issued

    def _parts(self, hosts: tuple[str, ...], data: Path, now: datetime) -> list[tuple[Path, str, Callable[[], None]]]:
        """What is made once: its file, its name, and how."""
        conf = TEMPLATE.read_text(encoding="utf-8")
        conf = conf.replace("@DIR@", str(self.broker.resolve())).replace("@DATA@", str(data).rstrip("/"))
        return [
            (self._authority / "ca.key", "the authority", lambda: self._found(now)),
            (self.broker / "server.key", "the server's certificate", lambda: self._certify(hosts, now)),
            (self.password, "vigie's password", lambda: self._write(self.password, secrets.token_urlsafe(32))),
            (self.configuration, "Mosquitto's configuration", lambda: self._write(self.configuration, conf)),
        ]

    def _found(self, now: datetime) -> None:
        made = authority(now)
        write(self._authority / "ca.crt", made.certificate.strip())
        write(self._authority / "ca.key", made.key.strip())

    def _certify(self, hosts: tuple[str, ...], now: datetime) -> None:
        made = for_server(self._signing(), hosts, now)
        self._write(self.broker / "server.crt", made.certificate)
        self._write(self.broker / "server.key", made.key)

    def _signing(self) -> Certified:
        try:
            return Certified((self._authority / "ca.crt").read_text(), (self._authority / "ca.key").read_text())
        except OSError as error:
            raise CredentialsError(f"{error.filename}: cannot be read: {error.strerror}") from None

    def _keep(self, register: Register, now: datetime) -> None:
        """The register first: whatever happens then, `vigie broker init` makes the rest of it."""
        signing = self._signing()
        write(self._register, msgspec.json.format(msgspec.json.encode(register)).decode())
        self._write(self.ca, signing.certificate, mode=0o644)  # no secret
        self._write(self.broker / "ca.crt", signing.certificate)
        self._write(self.broker / "revoked.crl", revocations(signing, register.revoked, now))
        self._write(self.broker / "devices.passwords", register.passwords)
        self._write(self.broker / "devices.acl", register.rights)
        self._write(self.broker / "vigie.passwords", f"{VIGIE}:{hashed(self.password.read_text().strip())}")
        self._write(self.broker / "vigie.acl", VIGIE_RIGHTS)

    def _write(self, path: Path, text: str, *, mode: int = 0o600) -> None:
        """A file of Mosquitto's or of vigie's: of the owner of its folder when we are root."""
        found = path.parent.stat()
        write(path, text.strip(), owner=Account(uid=found.st_uid, gid=found.st_gid) if os.geteuid() == 0 else None)
        path.chmod(mode)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at once would each forget what the other did."""
        if not self.home.is_dir():
            raise CredentialsError(f"{self.home}: found no such folder, run `vigie broker init` first")
        descriptor = os.open(self.home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _checked(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        if not HOST.fullmatch(host):
            raise CredentialsError(f'found "{host}", expected a host name or an IP address') from None


def _hand_to_mosquitto(folder: Path) -> None:
    """As root, gives a folder of ours to Debian's account of that name; another owner was somebody's choice."""
    if os.geteuid() != 0 or folder.stat().st_uid != 0:
        return
    try:
        account = pwd.getpwnam("mosquitto")
    except KeyError:
        return
    os.chown(folder, account.pw_uid, account.pw_gid)
