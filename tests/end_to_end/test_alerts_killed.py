"""Killed between any two steps, from what is judged to what is delivered, vigie tells every alert, by one key each."""

import json
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from deploy.migrate import migrate
from tests.deploy.test_alert_settings import SECRET
from tests.end_to_end.mortal import RECIPIENTS, Life, lived
from tests.end_to_end.running import asked, waited
from tests.servers import Postgres

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PATIENCE_S = 60.0
EVERYTHING = {(recipient, news) for recipient in RECIPIENTS for news in ("fired", "resolved")}
# forked from one that has all modules already: a tenth of the time
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.end_to_end.mortal"])


class Peer:
    """Takes what is posted to it: under a site and a recipient, the news and the key of each, as often as they come."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.taken: list[tuple[str, str, str, str]] = []

    def copies(self, site: str) -> Counter[tuple[str, str, str]]:
        """By recipient, news and key, how often each came."""
        return Counter((who, news, key) for where, who, news, key in self.taken if where == site)


@pytest.fixture
def peer() -> Iterator[Peer]:
    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            _, site, recipient = self.path.split("/")
            found.taken.append((site, recipient, body["news"], self.headers["webhook-id"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        found = Peer(server.server_port)
        Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@contextmanager
def living(life: Life) -> Iterator[int]:
    """What becomes of a process: its exit code."""
    process = PROCESSES.Process(target=lived, args=(life,))
    process.start()
    process.join(PATIENCE_S)
    try:
        assert process.exitcode is not None, f"it hangs: {life.diary.read_text()}"
        yield process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


def test_killed_between_any_two_steps_it_tells_everybody_everything_and_a_repetition_has_the_same_key(
    postgres: Postgres, peer: Peer, data_dir: Path
) -> None:
    dsn = waited(postgres.database())
    waited(migrate(dsn))
    secret = data_dir / "secret"
    secret.write_text(SECRET)
    taken: list[str] = []
    for end in range(1, 500):
        life = Life(
            dsn=dsn, site=f"aube-{end}", address=peer.address, secret=secret, diary=data_dir / f"{end}", end=end
        )
        with living(life) as exit_code:
            if exit_code == 0:
                # it has lived to the end of its day
                assert_told(peer, life, "undisturbed")
                break
            assert exit_code == -signal.SIGKILL, life.diary.read_text()
        died = life.diary.read_text().splitlines()
        taken.append(died[-1])
        looks = [line for line in died if line.startswith("look ")]
        # its successor looks at what there is then, a second later
        heir = replace(life, end=None, first=int(looks[-1].removeprefix("look ")), delay=timedelta(seconds=1))
        with living(heir) as exit_code:
            assert exit_code == 0
        assert_told(peer, heir, died[-1])
    assert_every_kind_of_step(taken)


def assert_told(peer: Peer, life: Life, where: str) -> None:
    copies = peer.copies(life.site)
    assert {(recipient, news) for recipient, news, _ in copies} == EVERYTHING, where
    assert len(copies) == len(EVERYTHING), f"{where}: one message under two keys: {copies}"
    # of what was under way when it died, and of nothing else
    assert sum(copies.values()) <= len(EVERYTHING) + len(RECIPIENTS), f"{where}: {copies}"
    ((_, over),) = of_site(life, "select site, resolved_at is not null from alert")
    assert over, where
    moments = of_site(life, "select site, kind, who from alert_moment")
    once = {(life.site, kind, ""): 1 for kind in ("fired", "eased", "resolved")}
    told = {(life.site, "told", recipient): 2 for recipient in RECIPIENTS}
    assert Counter(moments) == {**once, **told}, where
    assert of_site(life, "select site from alert_message where delivered_at is null") == [], where


def of_site(life: Life, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in asked(life.dsn, query) if row[0] == life.site]


def assert_every_kind_of_step(taken: list[str]) -> None:
    """A change that takes one of them out of the walk is seen."""
    assert {
        "before insert into alert",
        "before insert into alert_message",
        "before the commit",
        "after the commit",
        "before with first as",
        "before it is sent",
        "after it is sent",
        "before update alert_message set",
    } <= set(taken)
