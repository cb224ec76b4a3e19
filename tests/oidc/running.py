"""A real provider of identities on a free port, with people who sign in there by a click."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from joserfc.jwk import ECKey, RSAKey
from msgspec import Struct

from tests.servers import free_port, listening, until

HERE = Path(__file__).parent
NODE = shutil.which("node")
THERE = NODE is not None and (HERE / "node_modules" / "oidc-provider").is_dir()
MISSING = "node, or the packages that `make servers` installs in tests/oidc, are not here"
CLIENT, KNOWN_BY = "vigie", "a secret of tests alone"
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "8c0e6a": {"given_name": "Marie", "usual_name": "Durand", "email": "Marie.Durand@aube.example"},
    "77f1b2": {"given_name": "Paul", "usual_name": "Petit", "email": "paul.petit@aube.example"},
}


class Peer(Struct):
    """`issuer` is its address; `home` is where vigie is to be."""

    issuer: str
    home: str
    process: "subprocess.Popen[str]"

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)


@contextmanager
def provider(home: str, alg: str = "RS256") -> Iterator[Peer]:
    """Signs with `alg`; whoever comes from `home` may ask it."""
    assert NODE
    made = ECKey.generate_key("P-256") if alg == "ES256" else RSAKey.generate_key(2048)
    key = {**made.as_dict(private=True), "use": "sig", "alg": alg}
    port = free_port()
    given = {
        "port": port, "client": CLIENT, "secret": KNOWN_BY, "home": home, "people": PEOPLE, "alg": alg,
        "keys": [key],
    }  # fmt: skip
    process = subprocess.Popen(
        [NODE, str(HERE / "provider.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    peer = Peer(issuer=f"http://127.0.0.1:{port}", home=home, process=process)
    try:
        assert process.stdin
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        until(lambda: _ended(process) or listening(port), "the provider of identities listens")
        yield peer
    finally:
        peer.end()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def _ended(process: "subprocess.Popen[str]") -> bool:
    if process.poll() is not None:
        assert process.stdout
        raise AssertionError(f"the provider of identities ended: {process.stdout.read()[-2000:]}")
    return False
