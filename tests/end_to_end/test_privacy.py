"""Nothing personal passes the door: not into the database, its log or its files, not onto a screen, nor into a log."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec
import pytest
from paho.mqtt import publish as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.build import at
from tests.end_to_end.crowded import DAY
from tests.end_to_end.personal import NUMBERS, Sent, everywhere, spellings, told, visits
from tests.end_to_end.running import AREAS, Running, asked, configuration, executed, figures, said
from tests.servers import MOSQUITTO, Mosquitto, Postgres, embedded_binaries, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

TALKATIVE = (
    *("log_statement=all", "log_min_messages=debug1", "log_min_error_statement=debug5", "log_error_verbosity=verbose"),
    *("log_parameter_max_length=-1", "log_parameter_max_length_on_error=-1", "log_min_duration_statement=0"),
)

REFUSING = """
    create function refuse() returns trigger language plpgsql as $$
    begin
        raise exception 'what it cannot hold: %', new using errcode = 'check_violation';
    end $$;
    create trigger refused before insert on journal for each row when (new.id like 'refused-%')
        execute function refuse();
"""


@pytest.fixture
def database(data_dir: Path) -> Iterator[Postgres]:
    """A server of the test's own that writes down all it is told."""
    server = Postgres(data_dir, embedded_binaries(), durable=False, settings=TALKATIVE)
    server.start()
    yield server
    server.end()


def publish(broker: Mosquitto, messages: Sequence[Sent]) -> None:
    """Returns when the broker has acknowledged all."""
    sent: list[Any] = []
    for one in messages:
        found = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if one.content_type is not None:
            found.ContentType = one.content_type
        if one.properties:
            found.UserProperty = list(one.properties)
        sent.append({"topic": one.topic, "payload": one.payload, "qos": 1, "retain": one.retain, "properties": found})
    mqtt.multiple(sent, "127.0.0.1", broker.port, protocol=MQTTProtocolVersion.MQTTv5)


def test_no_number_and_no_address_is_kept_anywhere_and_the_visits_are_the_right_ones(
    data_dir: Path, database: Postgres, mosquitto: Mosquitto
) -> None:
    home = data_dir / "vigie"
    config = configuration(home, broker=mosquitto.url, dsn=database.dsn, options={"protocol": "5"})
    assert said("migrate", "--config", str(config)).status == 0
    # what a database cannot hold, it quotes in its log
    executed(database.dsn, REFUSING)
    messages = [*visits(), *everywhere()]
    assert len(messages) > 1000

    with Running(home, "--verbose", "run", "--config", str(config)).ready() as vigie:
        publish(mosquitto, messages)
        events = sum(one.topic.endswith("events") for one in messages)
        until(lambda: came(database.dsn) == events, f"{events} events came", 60)
        answers = [vigie.text(path) for path in ("/", "/api/v1/areas", "/api/v1/ledger", "/readyz")]
        answers += [vigie.text(f"/api/v1/areas/{area}/live") for area in AREAS]
    assert "Traceback" not in vigie.words

    everything = {
        "words": vigie.words,
        "answers": "\n".join(answers),
        "tables": "\n".join(rows(database.dsn)),
        "figures": "\n".join(said("figures", "--config", str(config), "--area", area).out for area in AREAS),
        "ledger": said("ledger", "--config", str(config), "--json").out,
        "list": said("quarantine", "list", "--all", "--limit", "5000", "--config", str(config)).out,
        "show": "\n".join(shown(config, database.dsn)),
    }
    assert {name: told(text.encode()) for name, text in everything.items() if told(text.encode())} == {}
    assert "refused-" in everything["show"]

    assert_right(config)

    asked(database.dsn, "checkpoint")
    files = [path for path in [*database.home.rglob("*"), *home.rglob("*")] if path.is_file()]
    log = (database.home / "log").read_bytes()
    assert (b"arameters: $1" in log, b"refused-" in log) == (True, True)
    assert {path.name: told(path.read_bytes()) for path in files if told(path.read_bytes())} == {}


def assert_right(config: Path) -> None:
    """Each number's ticket was issued and called, and counts once, however often it came."""
    found = msgspec.json.decode(figures(config, "nord", at("10:30", DAY).isoformat()))
    (queue,) = [one for one in found["queues"] if one["queue"] == "accueil"]
    # the hall opens at 8:45, and the k-th was called k minutes after nine
    waits = [60.0 * minutes for minutes in range(1, len(NUMBERS) + 1)]
    assert (queue["called_today"], queue["waiting"]) == (len(NUMBERS), 0)
    assert queue["mean_wait_today_s"] == mean(waits)
    assert queue["last_called_wait_s"] == waits[-1]


def came(dsn: str) -> int:
    """How many events came, kept or kept aside."""
    rows = asked(dsn, "select coalesce(sum(kept + doubled), 0), coalesce(sum(quarantined), 0) from ledger")
    statuses = asked(dsn, "select coalesce(sum(times), 0) from quarantine where topic like '%/status'")
    return int(rows[0][0] + rows[0][1] - statuses[0][0])


def rows(dsn: str) -> Iterator[str]:
    """Every row of every table, as text."""
    for (table,) in asked(dsn, "select quote_ident(tablename) from pg_tables where schemaname = 'public'"):
        yield from (row[0] for row in asked(dsn, f"select t::text from {table} t"))  # noqa: S608


def shown(config: Path, dsn: str) -> Iterator[str]:
    for (number,) in asked(dsn, "select number from quarantine"):
        yield said("quarantine", "show", str(number), "--config", str(config)).out


@pytest.mark.parametrize("spelling", spellings(NUMBERS[0]))
def test_what_is_searched_for_is_found_where_it_is(spelling: str) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    for encoding in ("utf-8", "utf-16", "latin-1"):
        assert told(b"x " + spelling.encode(encoding, "backslashreplace") + b" y") == {NUMBERS[0]}


def test_the_messages_hold_every_number_and_address_that_is_searched_for() -> None:
    found = Counter(name for one in everywhere() for name in told(repr(one).encode()))
    assert len(found) > 20
    assert set(found) <= {*NUMBERS, "zzyzx"}
