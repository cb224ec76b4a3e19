"""Servers of those who are told: mail, Matrix, Alertmanager; each on a free loopback port, stopped when it is over."""

import hashlib
import hmac
import json
import secrets
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import bcrypt
import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import free_port, until

ALERTMANAGER = shutil.which("prometheus-alertmanager")


def certificate(home: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate of its own authority, for a name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = home / f"{name}.crt", home / f"{name}.key"
    crt.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return crt, pem


class MailServer:
    """aiosmtpd with STARTTLS and a password. `answers` are what the next mails are answered, then they are taken;
    `refused` what is answered to an address.
    """

    def __init__(self, home: Path, name: str = "localhost") -> None:
        self.ca, key = certificate(home, name)
        self.mails: list[Message] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        self.addressed: list[list[str]] = []
        """To whom each of the mails went."""
        self.user, self.password = "vigie", "un mot de passe"
        self.port = free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=self._authenticate,
        )

    def _authenticate(self, _s: SMTP, _se: Session, _e: Envelope, _m: str, data: object) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _s: SMTP, _se: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _s: SMTP, _se: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.addressed.append(list(envelope.rcpt_tos))
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    @property
    def left(self) -> bool:
        """Whether nobody of us is connected any more."""
        ends = (end for one in psutil.Process().net_connections("tcp") for end in (one.laddr, one.raddr) if end)
        return [end.port for end in ends].count(self.port) == 1  # where it listens

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class Synapse:
    """A Matrix server with one account and one room of another's, to which it is invited."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._secret = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        configuration = self.home / "homeserver.yaml"
        listener = {
            "port": self.port, "tls": False, "type": "http", "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"]}],
        }  # fmt: skip
        told = {
            "server_name": "localhost",
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.home / "db")}},
            "media_store_path": str(self.home / "media"),
            "signing_key_path": str(self.home / "signing.key"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": "macaroon",
            "report_stats": False,
            "trusted_key_servers": [],
            "pid_file": str(self.home / "pid"),
        }
        configuration.write_text(json.dumps(told))  # JSON is YAML
        command = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(configuration)]
        subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=self.home)
        with (self.home / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.home)
        until(self._answers, "Synapse answers", 60)
        return self

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.home / "log").read_text()[-2000:]
        try:
            return bool(self.ask("GET", "/_matrix/client/versions"))
        except OSError:
            return False

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        """An answer of the server; OSError where it refuses."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    def account(self, name: str) -> str:
        """Its access token."""
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        words = f"{nonce}\0{name}\0mot de passe\0notadmin".encode()
        mac = hmac.new(self._secret.encode(), words, hashlib.sha1).hexdigest()
        told = {"nonce": nonce, "username": name, "password": "mot de passe", "admin": False, "mac": mac}
        return str(self.ask("POST", "/_synapse/admin/v1/register", told)["access_token"])

    def messages(self, room: str, token: str) -> list[dict[str, Any]]:
        """What stands in a room, the oldest first."""
        found = self.ask("GET", f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=100", token=token)
        return [one["content"] for one in reversed(found["chunk"]) if one["type"] == "m.room.message"]

    def end(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)


@contextmanager
def alertmanager(home: Path, user: str = "", password: str = "") -> Iterator[str]:
    """The address of one without peers, which tells nobody; with a user, it asks for the password."""
    assert ALERTMANAGER
    port = free_port()
    (home / "alertmanager.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    command = [
        ALERTMANAGER, f"--config.file={home / 'alertmanager.yml'}", f"--storage.path={home}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    if user:
        users = {"basic_auth_users": {user: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}}
        (home / "web.yml").write_text(json.dumps(users))
        command.append(f"--web.config.file={home / 'web.yml'}")
    with (home / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        assert process.poll() is None, (home / "alertmanager.log").read_text()
        try:
            with urllib.request.urlopen(f"{address}/-/ready", timeout=5):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return error.code == HTTPStatus.UNAUTHORIZED
        except OSError:
            return False

    try:
        until(ready, "Alertmanager is ready")
        yield address
    finally:
        process.terminate()
        process.wait(10)
