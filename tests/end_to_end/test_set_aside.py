"""What was kept aside is replayed and counts once; what the pseudonyms are made with is guarded."""

import json
import re
from pathlib import Path

import pytest

from tests.end_to_end.hall import Kiosk, running, waiting
from tests.end_to_end.running import Running, asked, executed, said, waited
from tests.servers import MOSQUITTO, Mosquitto, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

REFUSING = """
    create function refuse() returns trigger language plpgsql as $$
    begin
        raise exception 'not now' using errcode = 'check_violation';
    end $$;
    create trigger refused before insert on journal for each row when (new.data->>'ticket' like 'a-%')
        execute function refuse();
"""


def test_what_is_understood_after_all_counts_once_however_often_it_is_replayed_or_sent(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, process = running(data_dir / "vigie", mosquitto, dsn)
    with process.ready() as vigie:
        kiosk = Kiosk(mosquitto)
        executed(dsn, REFUSING)
        refused = [kiosk.issue(f"a-03254277{number:02}", sequence=number + 1) for number in range(3)]
        kiosk.issue("b-1", sequence=4)
        kiosk.say("events", b"never a ticket")
        until(lambda: waiting(vigie) == 1, "what can be kept is on the board")
        until(lambda: len(asked(dsn, "select from quarantine")) == 4, "the rest is kept aside")
        (never,) = (row["number"] for row in asked(dsn, "select number from quarantine where reason = 'not_json'"))
        first = min({1, 2} - {never})
        assert replayed(config, "--all") == (1, "0 understood now and kept, 0 there already, 4 still not understood.")

        executed(dsn, "drop trigger refused on journal")
        assert replayed(config, f"{first}") == (
            0,
            "1 understood now and kept, 0 there already, 0 still not understood.",
        )
        until(lambda: waiting(vigie) == 2, "what was replayed is on the board of a vigie that runs")
        assert replayed(config, f"{first}") == (
            0,
            "0 understood now and kept, 0 there already, 0 still not understood.",
        )
        for one in refused:
            kiosk.say("events", json.dumps(one).encode())
        until(lambda: waiting(vigie) == 4, "what its device sent again is there, once")
        assert replayed(config, "--all") == (1, "0 understood now and kept, 2 there already, 1 still not understood.")
        for one in refused:
            kiosk.say("events", json.dumps(one).encode())
        until(lambda: vigie.json("/api/v1/ledger")[0]["doubled"] >= 6, "it came once more")

        assert waiting(vigie) == 4
        account = vigie.json("/api/v1/ledger")[0]
        assert (account["kept"], account["missing"]) == (4, 0)
        assert "never a ticket" in shown(config, never)
        assert listed(config) == [never]
        assert listed(config, "--all") == [4, 3, 2, 1]
        assert "replayed" in shown(config, first)
        kiosk.leave()


def test_a_message_that_an_older_version_did_not_understand_is_understood_with_its_time_of_receipt(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, process = running(data_dir / "vigie", mosquitto, dsn)
    with process.ready() as vigie:
        kiosk = Kiosk(mosquitto)
        told = kiosk.issue("c-1")
        until(lambda: waiting(vigie) == 1, "the ticket is on the board")
        (row,) = asked(dsn, "select id, time, received from journal")
        executed(
            dsn,
            f"""
            delete from journal;
            insert into quarantine (received, topic, reason, detail, size, payload, digest)
            values ('{row["received"].isoformat()}', 'accueil/v1/aube/sud/borne-1/events', 'data', 'as it was', 9,
                    '{json.dumps(told)}', '\\x00')
            """,  # noqa: S608
        )
        assert replayed(config, "1")[0] == 0
        assert asked(dsn, "select id, time, received from journal") == [row]
        kiosk.leave()


FLAT = """
[[devices]]
area = "sud"
id = "borne-1"
dialect = "flat"
[devices.flat]
type = "event"
types = { print = "ticket.issued" }
time = "time"
ticket = "ticket"
queue = "queue"
"""


def test_what_a_dialect_configured_later_understands_is_replayed_and_is_what_the_device_sends_again(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, process = running(data_dir / "vigie", mosquitto, dsn)
    kiosk = Kiosk(mosquitto)
    prints = [
        json.dumps({"event": "print", "ticket": f"A{number}", "queue": "Séjour", "time": kiosk.now.isoformat(),
                    "tel": "03 25 42 77 00"}).encode()
        for number in range(3)
    ]  # fmt: skip
    with process.ready():
        for one in prints:
            kiosk.say("events", one)
        until(lambda: len(asked(dsn, "select from quarantine")) == 3, "nothing of it is understood")
    config.write_text(config.read_text() + FLAT)

    with Running(data_dir / "vigie", "run", "--config", str(config)).ready() as vigie:
        assert replayed(config, "--all")[1].startswith("3 understood now and kept")
        until(lambda: waiting(vigie) == 3, "what was replayed is on the board")
        for one in prints:
            kiosk.say("events", one)
        until(lambda: vigie.json("/api/v1/ledger")[0]["doubled"] == 3, "its device has sent it again")
        assert waiting(vigie) == 3
        assert replayed(config, "--all")[1].startswith("0 understood now and kept, 0 there already")
    kiosk.leave()


def replayed(config: Path, *which: str) -> tuple[int, str]:
    answer = said("quarantine", "replay", *which, "--config", str(config))
    return answer.status, answer.out.strip().replace("\n", " ")


def listed(config: Path, *options: str) -> list[int]:
    """The numbers of the messages, as they are printed."""
    table = said("quarantine", "list", *options, "--config", str(config)).out
    return [int(number) for number in re.findall(r"(?m)^│ (\d+) ", table)]


def shown(config: Path, number: int) -> str:
    answer = said("quarantine", "show", str(number), "--config", str(config))
    assert answer.status == 0, answer.err
    return answer.out


def test_a_collector_with_another_key_or_none_does_not_begin(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto
) -> None:
    dsn = waited(postgres.database())
    config, process = running(data_dir / "first", mosquitto, dsn)
    key = config.parent / "var" / "secrets" / "pseudonyms"
    with process.ready():
        own = key.read_text()

    key.unlink()
    assert refusal(Running(config.parent, "run", "--config", str(config))) == (2, "found no file,")
    assert not key.exists()
    key.write_text("a key that is quite another")
    assert refusal(Running(config.parent, "run", "--config", str(config))) == (2, "found another key")
    key.write_text("short")
    assert refusal(Running(config.parent, "collect", "--config", str(config))) == (2, "found 5 characters,")
    assert refusal(running(data_dir / "other", mosquitto, dsn, "collect")[1]) == (2, "found no file,")

    shared = data_dir / "key"
    shared.write_text(own)
    named = f'pseudonyms_key_file = "{shared}"'
    _, second = running(data_dir / "second", mosquitto, dsn, more=named)
    with second.ready() as vigie:
        kiosk = Kiosk(mosquitto)
        kiosk.issue("0325427700")
        until(lambda: waiting(vigie) == 1, "a collector with the key of the first keeps what comes")
        kiosk.leave()


def refusal(process: Running) -> tuple[int, str]:
    """How a vigie ended by itself, and what it found."""
    with process:
        until(lambda: process.ended, "vigie ends")
        sentence = process.words.partition("pseudonyms: ")[2]
        assert "copy it from the collector that began the journal" in sentence or "expected at least 16" in sentence
        return process.process.returncode, " ".join(sentence.split()[:3])
