"""vigie as an operator runs it: a configuration file, processes, and what they answer over HTTP."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import asyncpg
import structlog
from click.testing import CliRunner

from deploy.command_line import main
from tests.servers import until

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "vigie.toml"
AREAS = ("sud", "nord", "standard")
HALL = """
[[areas]]
id = "sud"
kind = "hall"
name = "Hall sud"
[[queues]]
id = "sejour"
area = "sud"
name = "Séjour"
[[counters]]
id = "g1"
area = "sud"
name = "Guichet 1"
queues = ["sejour"]
"""
"""One hall of one queue; without hours, so always open."""

T = TypeVar("T")


def configuration(
    home: Path,
    *,
    broker: str = "embedded",
    dsn: str = "embedded",
    oldest: str = "any",
    areas: str | None = None,
    options: Mapping[str, str | Path | None] = MappingProxyType({}),
    intake: str = "",
) -> Path:
    """A configuration in its folder, its boards on a free port; the areas are the example's unless given.

    `options` are further keys of the broker, `intake` further lines of the intake.
    """
    home.mkdir(exist_ok=True)
    path = home / "vigie.toml"
    path.write_text(
        f'site = "aube"\n'
        f'[broker]\nurl = "{broker}"\nlisten = "127.0.0.1:0"\n'
        + "".join(f'{key} = "{value}"\n' for key, value in options.items() if value is not None)
        + f'[database]\ndsn = "{dsn}"\n'
        f'[web]\nlisten = "127.0.0.1:0"\n'
        f'[intake]\noldest = "{oldest}"\n{intake}\n'
        + (areas or "[[areas]]" + EXAMPLE.read_text().partition("[[areas]]")[2])
    )
    return path


class Running:
    """A vigie process of the command line, with its words kept in files."""

    def __init__(self, home: Path, *arguments: str, root: Path = ROOT) -> None:
        home.mkdir(exist_ok=True)
        self._out, self._err = home / "vigie.out", home / "vigie.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            command = [sys.executable, "-m", "deploy", *arguments]
            self.process = subprocess.Popen(command, stdout=out, stderr=err, cwd=root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    @property
    def words(self) -> str:
        return self._out.read_text() + self._err.read_text()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def address(self) -> str:
        """Of the boards, as it was announced; empty before."""
        found = re.search(r"Boards\W+(http://[\d.]+:\d+)/", self._out.read_text())
        return found[1] if found else ""

    def ready(self, patience_s: float = 60.0) -> Self:
        """Waits until it does its work."""
        until(lambda: self._not_ended() and self.status("/readyz") == 200, "vigie is ready", patience_s)
        return self

    def _not_ended(self) -> bool:
        assert not self.ended, self.words
        return True

    def status(self, path: str) -> int:
        """The status of an answer; 0 if there is none."""
        return self._answer(path)[0]

    def json(self, path: str) -> Any:
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        status, body = self._answer(path)
        assert status, f"no answer for {path}: {self.words}"
        return body.decode()

    def live(self, area: str) -> Any:
        return self.json(f"/api/v1/areas/{area}/live")

    def _answer(self, path: str) -> tuple[int, bytes]:
        if not self.address:
            return 0, b""
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()

    def end(self, how: signal.Signals) -> int:
        """Its exit status, once it has ended."""
        if not self.ended:
            self.process.send_signal(how)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


def written(home: Path, messages: Sequence[tuple[str, object]], name: str = "day.jsonl") -> Path:
    """Messages as a recorded day: JSON lines of topic and payload."""
    path = home / name
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"topic": topic, "payload": payload}) + "\n" for topic, payload in messages)
    return path


def vigie(*arguments: str, patience_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """A command to its end, in a process of its own."""
    command = [sys.executable, "-m", "deploy", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=patience_s, check=False)


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str


def said(*arguments: str) -> Answer:
    """The same command line in this process: a tenth of the time, for the many calls."""
    try:
        result = CliRunner().invoke(main, arguments, prog_name="vigie")
    finally:
        structlog.reset_defaults()  # it logs to the runner's stream, which is closed now
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def figures(config: Path, area: str, at: str) -> str:
    """What `vigie figures --json --at` prints."""
    answer = said("figures", "--config", str(config), "--area", area, "--at", at, "--json")
    assert answer.status == 0, answer.err
    return answer.out


def asked(dsn: str, query: str) -> list[Any]:
    """The rows of a query."""

    async def rows() -> list[Any]:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close(timeout=5)

    return waited(rows())


def executed(dsn: str, script: str) -> None:
    """Statements, one after another."""

    async def run() -> None:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            await connection.execute(script)
        finally:
            await connection.close(timeout=5)

    waited(run())


def waited(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner() as runner:
        return runner.run(work)


def count(dsn: str) -> int:
    """Rows of the journal; -1 while the database is away or has no journal yet."""
    try:
        return int(asked(dsn, "select count(*) from journal")[0][0])
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return -1


def kept(dsn: str) -> list[tuple[str, str, str]]:
    """Area, device and id of every row of the journal."""
    return [tuple(row) for row in asked(dsn, "select area, device, id from journal")]


@contextmanager
def replaying(home: Path, file: Path, config: Path, *options: str) -> Iterator[Running]:
    """`vigie replay` beside the test."""
    folder = home / f"replay-{file.stem}"
    folder.mkdir(exist_ok=True)
    with Running(folder, "replay", str(file), "--config", str(config), *options) as running:
        yield running
