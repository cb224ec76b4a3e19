"""Alerts through a complete vigie, from a kiosk's message to a webhook, and through the loss of its database."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.test_alert_settings import SECRET, Taken, webhook
from tests.end_to_end.hall import Kiosk
from tests.end_to_end.running import HALL, Running, configuration
from tests.servers import MOSQUITTO, Mosquitto, Postgres, embedded_binaries, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

PROMISE = """
[[commitments]]
area = "sud"
within = "15m"
share = 0.95
provenance = "essai"
from = "2026-01-01"
"""
RULES = """
[[alerts.rules]]
condition = "head_of_line"
keep = "1s"
[[alerts.rules]]
condition = "counter_closed"
enabled = false
[[alerts.rules]]
condition = "data_standing"
hold = "1s"
[[recipients]]
name = "relais"
channel = "webhook"
url = "{url}"
secret_file = "secret"
[[routes]]
to = ["relais"]
"""
AGO = timedelta(minutes=16)


@contextmanager
def running(home: Path, broker: Mosquitto, dsn: str) -> Iterator[tuple[Running, Taken]]:
    (home / "secret").write_text(SECRET)
    with webhook() as (url, taken):
        config = configuration(
            home, broker=broker.url, dsn=dsn, oldest="48h", areas=HALL + PROMISE + RULES.format(url=url)
        )
        with Running(home, "run", "--config", str(config)) as vigie:
            yield vigie, taken


def told(taken: Taken) -> list[tuple[str, str]]:
    """News and topic of all that the webhook was sent."""
    return [(one["news"], one["alert"]["topic"]) for one in (json.loads(body) for _, body in taken.bodies)]


def post(vigie: Running, path: str, **words: object) -> Any:
    body, kind = json.dumps(words).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(vigie.address + path, body, kind, method="POST")  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
        return json.load(answer)


async def test_a_late_line_is_told_taken_on_and_its_end_told_too(
    mosquitto: Mosquitto, dsn: str, data_dir: Path
) -> None:
    with running(data_dir, mosquitto, dsn) as (vigie, taken):
        vigie.ready()
        kiosk = Kiosk(mosquitto)
        kiosk.issue("A1", AGO)
        until(kiosk.beating(lambda: told(taken) == [("fired", "wait")]), "the webhook is told")
        (known,) = vigie.json("/api/v1/alerts")["alerts"]
        until(lambda: "told" in kinds(vigie, known["id"]), "the timeline says so")
        done = post(vigie, f"/api/v1/alerts/{known['id']}/acknowledge", who="chef d’accueil", note="j’ouvre")
        assert done["state"] == "acknowledged"
        kiosk.tell("ticket.called", ticket="A1", counter="g1")
        until(kiosk.beating(lambda: told(taken)[-1] == ("resolved", "wait")), "the webhook is told of the end")
        kiosk.leave()
        assert kinds(vigie, known["id"])[:3] == ["fired", "told", "acknowledged"]
        assert told(taken) == [("fired", "wait"), ("resolved", "wait")]


def kinds(vigie: Running, alert: str) -> list[str]:
    return [moment["kind"] for moment in vigie.json(f"/api/v1/alerts/{alert}")["timeline"]]


async def test_a_lost_database_is_told_from_memory_and_its_end_by_the_outbox(
    mosquitto: Mosquitto, data_dir: Path
) -> None:
    home = data_dir / "database"
    home.mkdir(mode=0o711)
    postgres = Postgres(home, embedded_binaries())
    postgres.start()
    try:
        with running(data_dir, mosquitto, postgres.dsn) as (vigie, taken):
            vigie.ready()
            postgres.kill()
            until(lambda: told(taken) == [("fired", "data")], "the webhook is told")
            assert "données arrêtées" in json.loads(taken.bodies[0][1])["title"]
            postgres.keep_starting()
            until(lambda: told(taken) == [("fired", "data"), ("resolved", "data")], "the webhook is told of the end")
            (known,) = vigie.json("/api/v1/alerts")["alerts"]
            assert (known["area"], known["state"]) == (None, "resolved")
            assert [moment["kind"] for moment in known["timeline"]][:3] == ["fired", "told", "resolved"]
    finally:
        postgres.end()


async def test_a_database_that_is_not_there_when_vigie_starts_is_told_of_too(
    mosquitto: Mosquitto, data_dir: Path
) -> None:
    home = data_dir / "database"
    home.mkdir(mode=0o711)
    postgres = Postgres(home, embedded_binaries())
    try:
        with running(data_dir, mosquitto, postgres.dsn) as (vigie, taken):
            until(lambda: told(taken) == [("fired", "data")], "the webhook is told")
            assert vigie.status("/readyz") == 503
            assert "la base de données ne répond pas" in vigie.text("/")
            postgres.start()
            vigie.ready()
            until(lambda: told(taken) == [("fired", "data"), ("resolved", "data")], "the webhook is told of the end")
    finally:
        postgres.end()
