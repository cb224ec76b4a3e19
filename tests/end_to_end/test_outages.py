"""What vigie stands on goes away and comes back, and what it is sent is not what it expects: nothing is lost."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count as counting
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from paho.mqtt import publish as mqtt

from tests.end_to_end.running import HALL, Running, asked, configuration, count, said, waited
from tests.servers import MOSQUITTO, Mosquitto, Postgres, embedded_binaries, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

TOPIC = "accueil/v1/aube/sud/borne-1/events"
_numbers = counting(1)


@pytest.fixture
def database(data_dir: Path) -> Iterator[Postgres]:
    """A server of the test's own, that it may stop."""
    server = Postgres(data_dir, embedded_binaries())
    server.start()
    yield server
    server.end()


def event(kind: str, **data: object) -> dict[str, Any]:
    """An event that happens now, at the kiosk."""
    return {
        "specversion": "1.0",
        "type": kind,
        "source": "/aube/sud/borne-1",
        "id": f"e-{next(_numbers)}",
        "time": datetime.now(UTC).isoformat(),
        "data": data,
    }


def ticket(name: str, queue: str = "sejour") -> dict[str, Any]:
    return event("ticket.issued", ticket=name, number=name, queue=queue)


def publish(broker: Mosquitto, *payloads: object, topic: str = TOPIC) -> None:
    """Returns when the broker has acknowledged all."""
    encoded = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in payloads]
    mqtt.multiple([{"topic": topic, "payload": payload, "qos": 1} for payload in encoded], "127.0.0.1", broker.port)


def each(processes: Sequence[psutil.Process], action: Callable[[psutil.Process], object]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's workers come and go
            action(process)


def running(home: Path, broker: Mosquitto, dsn: str) -> tuple[Path, Running]:
    config = configuration(home, broker=broker.url, dsn=dsn, oldest="48h", areas=HALL)
    return config, Running(home, "run", "--config", str(config))


def waiting(vigie: Running) -> int:
    return int(vigie.live("sud")["waiting"])


def test_a_broker_that_is_killed_and_comes_back_loses_nothing_and_vigie_finds_it_again(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    _, vigie = running(data_dir, mosquitto, dsn)
    with vigie.ready():
        publish(mosquitto, ticket("A1"))
        until(lambda: waiting(vigie) == 1, "the ticket before is on the board")

        mosquitto.kill()
        until(lambda: vigie.status("/readyz") == 503, "vigie says that it is not ready")
        assert vigie.json("/readyz")["broker"] is False
        assert waiting(vigie) == 1
        mosquitto.start()

        until(lambda: vigie.status("/readyz") == 200, "vigie is ready again")
        publish(mosquitto, ticket("A2"))
        until(lambda: waiting(vigie) == 2, "the ticket afterwards is on the board")


def test_a_broker_that_is_stopped_keeps_what_came_while_vigie_was_away(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, vigie = running(data_dir, mosquitto, dsn)
    with vigie.ready():
        assert vigie.end(signal.SIGTERM) == 0
    publish(mosquitto, *(ticket(f"A{number}") for number in range(20)))
    mosquitto.end()
    mosquitto.start()

    with Running(data_dir, "run", "--config", str(config)).ready() as again:
        until(lambda: waiting(again) == 20, "what came meanwhile is on the board")


def test_a_database_that_goes_away_makes_the_boards_stand_still_and_say_so_until_it_is_back(
    data_dir: Path, database: Postgres, mosquitto: Mosquitto
) -> None:
    _, vigie = running(data_dir, mosquitto, database.dsn)
    with vigie.ready():
        publish(mosquitto, ticket("A1"))
        until(lambda: waiting(vigie) == 1, "the ticket before is on the board")
        assert vigie.live("sud")["complete"] is True
        before = datetime.now(UTC)

        database.end()
        publish(mosquitto, *(ticket(f"B{number}") for number in range(50)))
        until(lambda: vigie.status("/readyz") == 503, "vigie says that it is not ready")
        until(lambda: vigie.live("sud")["incomplete_since"] is not None, "the board says that data stand still")
        standing = vigie.live("sud")
        assert (vigie.json("/readyz")["database"], vigie.status("/healthz")) == (False, 200)
        assert (standing["complete"], standing["waiting"]) == (False, 1)
        assert abs((datetime.fromisoformat(standing["incomplete_since"]) - before).total_seconds()) < 30
        assert standing["at"] == standing["incomplete_since"]
        database.start()

        until(lambda: vigie.status("/readyz") == 200, "vigie is ready again")
        until(lambda: waiting(vigie) == 51, "what came meanwhile is on the board")
        until(lambda: vigie.live("sud")["complete"], "the board is whole again")
        assert count(database.dsn) == 51


def test_a_database_that_hangs_makes_the_boards_stand_still_too(
    data_dir: Path, mosquitto: Mosquitto, database: Postgres
) -> None:
    _, process = running(data_dir / "vigie", mosquitto, database.dsn)
    with process as vigie:
        vigie.ready()
        publish(mosquitto, ticket("A1"))
        until(lambda: waiting(vigie) == 1, "the ticket is on the board")
        assert database.process is not None
        postmaster = psutil.Process(database.process.pid)
        postmaster.suspend()  # first, so that it makes no more of them
        frozen = [postmaster, *postmaster.children()]
        each(frozen, psutil.Process.suspend)
        try:
            # nothing is refused, and nothing answers
            until(lambda: not vigie.live("sud")["complete"], "the board says that the data stand still")
            assert vigie.live("sud")["incomplete_since"] is not None
            publish(mosquitto, ticket("A2"))
        finally:
            each(frozen, psutil.Process.resume)
        until(lambda: vigie.live("sud")["complete"], "the board goes on", 60)
        until(lambda: waiting(vigie) == 2, "what came meanwhile is on the board", 60)


def test_a_database_that_is_not_there_yet_is_waited_for(
    data_dir: Path, database: Postgres, mosquitto: Mosquitto
) -> None:
    database.end()
    _, vigie = running(data_dir, mosquitto, database.dsn)
    with vigie:
        until(lambda: "database not there yet" in vigie.words, "vigie says what it waits for")
        database.start()
        vigie.ready()
        publish(mosquitto, ticket("A1"))
        until(lambda: waiting(vigie) == 1, "the ticket is on the board")


GARBAGE: Sequence[tuple[str, bytes | dict[str, Any], str, str]] = [
    (TOPIC, b"\x00\xff\xfe", "not_json", "found no JSON"),
    (TOPIC, b"", "not_json", "found no JSON"),
    (TOPIC, b'{"specversion": "1.0", "type": "tick', "not_json", "found no JSON"),
    (TOPIC, b'{"deep": ' + b"[" * 10_000, "not_json", "found no JSON"),
    (TOPIC, b"[1, 2, 3]", "envelope", "expected `object`, got `array`"),
    (TOPIC, b"{}", "envelope", "missing required field"),
    (TOPIC, {**ticket("X1"), "specversion": "0.3"}, "envelope", "invalid enum value"),
    (TOPIC, {**ticket("X2"), "time": "yesterday"}, "envelope", "invalid RFC3339"),
    (TOPIC, {**ticket("X3"), "time": "2026-11-23T10:00:00"}, "envelope", "timezone"),
    (TOPIC, {**ticket("X4"), "source": "/aube/nord/borne-1"}, "source", 'found source "/aube/nord/borne-1"'),
    (TOPIC, event("ticket.issued", ticket="X5"), "data", "missing required field"),
    (TOPIC, event("ticket.called", ticket="X6", counter="Guichet N° 1"), "data", "matching regex"),
    (TOPIC, {**ticket("X7"), "padding": "x" * 17_000}, "too_large", "expected at most 16384"),
    ("accueil/v1/aube/SUD/borne-1/events", ticket("X8"), "topic", "expected accueil/v1/{site}"),
    ("accueil/v1/aube/sud/borne-1/status", b"online", "not_json", "found no JSON"),
    ("accueil/v1/aube/sud/borne-1/status", b'{"state": "asleep"}', "data", "invalid enum value"),
]


def test_garbage_of_every_kind_is_kept_aside_with_a_sentence_and_stops_nothing(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, vigie = running(data_dir, mosquitto, dsn)
    with vigie.ready():
        for number, (topic, payload, _, _) in enumerate(GARBAGE):
            publish(mosquitto, payload, topic=topic)
            publish(mosquitto, ticket(f"A{number}"))
        until(lambda: waiting(vigie) == len(GARBAGE), "every good ticket is on the board")
        assert vigie.status("/readyz") == 200
        assert vigie.end(signal.SIGTERM) == 0

    kept = asked(dsn, "select topic, reason, detail, size from quarantine order by number")
    for row, (topic, payload, reason, sentence) in zip(kept, GARBAGE, strict=True):
        assert (row["topic"], row["reason"]) == (topic, reason), row
        assert sentence in row["detail"], row
        assert row["size"] == len(payload) or not isinstance(payload, bytes)
    listed = said("quarantine", "list", "--config", str(config)).out
    assert all(f"│ {number} " in listed for number in range(1, len(GARBAGE) + 1))

    # all of it was acknowledged: a session that is taken up again is sent nothing
    with Running(data_dir, "run", "--config", str(config)).ready() as again:
        publish(mosquitto, ticket("B1"))
        until(lambda: waiting(again) == len(GARBAGE) + 1, "the next ticket is on the board")
    assert len(asked(dsn, "select from quarantine")) == len(GARBAGE)


def test_what_is_not_configured_is_shown_as_such_and_what_is_not_known_yet_is_kept(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    _, vigie = running(data_dir, mosquitto, dsn)
    with vigie.ready():
        publish(
            mosquitto,
            event("ticket.weighed", ticket="A0", grams=12),
            ticket("A1", queue="naturalisation"),
            ticket("A2"),
            event("ticket.called", ticket="A2", counter="g9"),
        )
        until(lambda: count(dsn) == 4, "all four are in the journal")
        until(lambda: any(one["counter"] == "g9" for one in vigie.live("sud")["counters"]), "the counter is shown")
        live = vigie.live("sud")

    assert {one["queue"]: (one["configured"], one["waiting"]) for one in live["queues"]} == {
        "sejour": (True, 0),
        "naturalisation": (False, 1),
    }
    assert {one["counter"]: (one["configured"], one["state"]) for one in live["counters"]} == {
        "g1": (True, "closed"),
        "g9": (False, "called"),
    }
    (unknown,) = asked(dsn, "select type, data::text from journal where type = 'ticket.weighed'")
    assert "12" in unknown["data"]
    assert asked(dsn, "select from quarantine") == []
