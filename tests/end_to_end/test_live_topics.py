"""What kiosks and hall screens are told by a running vigie, through whatever becomes of the broker."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt import publish as mqtt

from tests.end_to_end.hall import Kiosk, running, waiting
from tests.end_to_end.knocking import connected, let_in
from tests.end_to_end.running import HALL, Running, asked, configuration, count, said, waited
from tests.end_to_end.screen import TOPIC, Screen
from tests.servers import MOSQUITTO, Mosquitto, Postgres, SecureMosquitto, embedded_binaries, listening, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]
OLD = b'{"waiting": 99}'


@pytest.fixture
def forgetful(data_dir: Path) -> Iterator[Mosquitto]:
    """A broker that keeps nothing when it ends."""
    server = Mosquitto(data_dir, persistent=False)
    server.start()
    yield server
    server.end()


@pytest.mark.parametrize(("protocol", "content_type"), [("3.1.1", None), ("5", "application/json")])
def test_a_screen_that_comes_later_is_told_at_once_how_the_queue_is(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto, protocol: str, content_type: str | None
) -> None:
    dsn = waited(postgres.database())
    config = configuration(
        data_dir / "vigie", broker=mosquitto.url, dsn=dsn, areas=HALL, options={"protocol": protocol}
    )
    with Running(data_dir / "vigie", "run", "--config", str(config)).ready():
        kiosk = Kiosk(mosquitto)
        kiosk.issue("A1")
        with Screen(mosquitto.port) as early:
            until(lambda: early.shows(waiting=1), "the screen shows the ticket")
        kiosk.leave()
        with Screen(mosquitto.port, protocol=protocol) as late:
            until(lambda: bool(late.heard), "it is told")
            first = late.heard[0]

    assert (first.topic, first.retained, first.qos, first.content_type) == (TOPIC, True, 1, content_type)
    told = first.payload
    assert (told["waiting"], told["open"], told["complete"], told["standing"]) == (1, True, True, False)
    assert (told["predicted_wait_s"], told["words"]) == (None, "")
    assert told["no_prediction"] in {"unavailable", "no_service"}  # before the first forecast, and after it
    time, until_when = (datetime.fromisoformat(told[name]) for name in ("time", "valid_until"))
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=2)
    assert until_when - time == timedelta(minutes=2)
    # vigie has ended: what it told last stays, and its time tells how old it is
    with Screen(mosquitto.port) as after:
        until(lambda: after.shows(waiting=1), "what was told last is still there")


def test_a_broker_that_is_killed_and_has_lost_all_is_told_again(
    data_dir: Path, postgres: Postgres, forgetful: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    _, vigie = running(data_dir / "vigie", forgetful, dsn)
    with vigie.ready():
        with Screen(forgetful.port) as screen:
            until(lambda: screen.shows(waiting=0), "the screen shows an empty hall")
            before = screen.shown["time"]
        forgetful.kill()
        until(lambda: vigie.json("/readyz")["broker"] is False, "vigie has seen that the broker is gone")
        assert vigie.live("sud")["waiting"] == 0
        forgetful.start()
        with Screen(forgetful.port) as screen:
            until(lambda: screen.shows(waiting=0), "the screen is told again")
            assert screen.shown["time"] > before
            Kiosk(forgetful).issue("A1")
            until(lambda: screen.shows(waiting=1), "and then of what changes")


def test_what_vigie_tells_is_nothing_that_it_takes_in_whenever_it_comes(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, vigie = running(data_dir / "vigie", mosquitto, dsn)
    with vigie.ready(), Screen(mosquitto.port) as screen:
        until(lambda: screen.shows(waiting=0), "it is told")
        assert vigie.end(signal.SIGTERM) == 0
    # kept by the broker when the next one subscribes, and told while it does
    with Running(data_dir / "vigie", "run", "--config", str(config)).ready() as again, Screen(mosquitto.port) as screen:
        kiosk = Kiosk(mosquitto)
        kiosk.issue("A1")
        until(lambda: waiting(again) == 1, "the ticket behind it is on the board")
        until(lambda: screen.shows(waiting=1), "and told")
        kiosk.leave()
    assert count(dsn) == 1
    assert asked(dsn, "select from quarantine") == []
    assert [row["device"] for row in asked(dsn, "select distinct device from journal")] == ["borne-1"]
    assert [row["device"] for row in asked(dsn, "select device from presence where device = 'live'")] == []
    assert "live" not in said("ledger", "--config", str(config)).out


def test_figures_that_stand_still_are_told_as_such_until_the_database_is_back(
    data_dir: Path, mosquitto: Mosquitto
) -> None:
    database = Postgres(data_dir, embedded_binaries())
    database.start()
    try:
        _, vigie = running(data_dir / "vigie", mosquitto, database.dsn)
        with vigie.ready(), Screen(mosquitto.port) as screen:
            until(lambda: screen.shows(waiting=0, standing=False, complete=True), "the screen shows an empty hall")
            database.end()
            until(lambda: screen.shows(standing=True, complete=False), "the screen is told that they stand still")
            stood = screen.shown
            assert (stood["no_prediction"], stood["words"]) == ("standing", "")
            assert datetime.fromisoformat(stood["time"]) <= datetime.fromisoformat(stood["incomplete_since"])
            database.start()
            until(lambda: screen.shows(standing=False, complete=True), "the screen shows what is now", 60)
            assert screen.shown["time"] > stood["time"]
    finally:
        database.end()


def test_boards_without_an_intake_tell_too_and_do_not_wait_for_a_broker_that_is_not_there(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    mosquitto.end()
    dsn = waited(postgres.database())
    _, watch = running(data_dir / "vigie", mosquitto, dsn, part="watch")
    with watch.ready():
        assert watch.live("sud")["waiting"] == 0
        assert watch.json("/readyz")["broker"] is None
        until(lambda: "broker unreachable" in watch.words, "it says what it does not reach")
        mosquitto.start()
        with Screen(mosquitto.port) as screen:
            until(lambda: screen.shows(waiting=0), "the screen is told once there is a broker")


def test_a_vigie_that_is_not_to_publish_does_not_go_to_the_broker_for_it(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    mqtt.single(TOPIC, OLD, 1, retain=True, hostname="127.0.0.1", port=mosquitto.port)
    dsn = waited(postgres.database())
    areas = f"[live]\npublish = false\n{HALL}"
    config = configuration(data_dir / "vigie", broker=mosquitto.url, dsn=dsn, areas=areas)
    with Running(data_dir / "vigie", "run", "--config", str(config)).ready() as vigie:
        Kiosk(mosquitto).issue("A1")
        until(lambda: waiting(vigie) == 1, "the ticket is on the board")
    with Screen(mosquitto.port) as screen:
        until(lambda: screen.shows(waiting=99), "the screen is told what another published")
    log = (mosquitto.home / "log").read_text()
    assert " as vigie (" in log
    assert "vigie-live" not in log


def test_boards_find_the_embedded_broker_of_another_vigie_once_it_runs(data_dir: Path, postgres: Postgres) -> None:
    dsn = waited(postgres.database())
    config = configuration(data_dir / "vigie", dsn=dsn, areas=HALL)
    folder = data_dir / "vigie" / "var"
    with Running(data_dir / "watch", "watch", "--config", str(config)).ready() as watch:
        until(lambda: "kiosks and screens are told nothing yet" in watch.words, "it says that there is no broker")
        with Running(data_dir / "collect", "collect", "--config", str(config)):
            until(lambda: listens(folder), "the broker is there")
            told = {"user": "vigie", "password": (folder / "secrets" / "mqtt").read_text().strip()}
            with Screen(port(folder), **told) as screen:
                until(lambda: screen.shows(waiting=0), "the screen is told by the boards")
            with Screen(port(folder), **told) as late:
                until(lambda: late.shows(waiting=0), "and so is one that comes later")
                assert late.heard[0].retained


def port(folder: Path) -> int:
    return int((folder / "nats" / "port").read_text().rpartition(":")[2])


def listens(folder: Path) -> bool:
    there = (folder / "nats" / "port").exists() and (folder / "secrets" / "mqtt").exists()
    return there and listening(port(folder))


def test_a_kiosk_that_may_read_is_told_by_the_production_broker(data_dir: Path, postgres: Postgres) -> None:
    broker = SecureMosquitto(data_dir)
    kiosk = let_in(broker, "borne-1", reads=("live",))
    broker.start()
    try:
        dsn = waited(postgres.database())
        config = configuration(
            data_dir / "vigie", broker=broker.url, dsn=dsn, areas=HALL, options=broker.options, oldest="48h"
        )
        with Running(data_dir / "vigie", "run", "--config", str(config)).ready(), connected(broker, kiosk) as knock:
            knock.listen("accueil/v1/aube/sud/live/+")
            until(lambda: any(topic == TOPIC for topic, _, _ in knock.heard), "the kiosk is told")
    finally:
        broker.end()
