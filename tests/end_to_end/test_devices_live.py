"""Devices that fall silent, come back, tell another time, or count otherwise, in a running vigie: it says so."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from collector.devices import SETTLING
from tests.end_to_end.hall import SILENT_AFTER_S, Kiosk, complete, running, waiting, words
from tests.end_to_end.running import Running, asked, count, said, waited
from tests.servers import MOSQUITTO, Mosquitto, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]
MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=364)


@pytest.fixture
def stage(data_dir: Path, postgres: Postgres, mosquitto: Mosquitto) -> Iterator["Stage"]:
    found = Stage(data_dir / "vigie", mosquitto, waited(postgres.database()))
    with found.vigie.ready():
        yield found


class Stage:
    """A database, a broker, a vigie that runs, and its configuration."""

    def __init__(self, home: Path, broker: Mosquitto, dsn: str) -> None:
        self.broker, self.dsn = broker, dsn
        self.config, self.vigie = running(home, broker, dsn)

    def told(self, *command: str) -> str:
        answer = said(*command, "--config", str(self.config))
        assert answer.status == 0, answer.err
        return answer.out

    def figures(self) -> Any:
        return json.loads(self.told("figures", "--area", "sud", "--json"))

    def account(self, device: str = "borne-1") -> Any:
        (one,) = self.vigie.json(f"/api/v1/ledger?device={device}")
        return one

    def board(self) -> str:
        return words(self.vigie.text("/"))

    def rows(self, query: str) -> list[Any]:
        return asked(self.dsn, query)


def streamed(vigie: Running) -> Any:
    """The first figures of the stream."""
    connection = HTTPConnection(urlsplit(vigie.address).netloc, timeout=10)
    try:
        connection.request("GET", "/api/v1/stream")
        lines = connection.getresponse()
        return json.loads(next(line for line in lines if line.startswith(b"data: {"))[6:])
    finally:
        connection.close()


def test_a_device_that_is_cut_off_makes_its_area_incomplete_until_what_it_had_kept_has_come(stage: Stage) -> None:
    vigie, kiosk = stage.vigie, Kiosk(stage.broker)
    kiosk.beat()
    kiosk.issue("A1")
    until(kiosk.beating(lambda: waiting(vigie) == 1), "the ticket is on the board")
    assert complete(vigie)

    kiosk.cut()

    until(lambda: not complete(vigie), "the area is incomplete")
    live = vigie.live("sud")
    (heard,) = stage.rows("select heard_until, gone from presence")
    since = datetime.fromisoformat(live["incomplete_since"])
    assert (since, heard["gone"]) == (heard["heard_until"], True)
    assert [(one["device"], one["heard"]) for one in live["silent_devices"]] == [("borne-1", False)]
    assert_told(stage, live, f"Appareils muets, dont rien n’arrive : borne-1 depuis {since:%H:%M}")

    kiosk = Kiosk(stage.broker, session="s2")
    until(kiosk.beating(lambda: vigie.live("sud")["silent_devices"][0]["heard"]), "the device is heard again")
    backlog = [kiosk.issue(f"B{number}", ago=10 * MINUTE) for number in range(40)]
    until(kiosk.beating(lambda: waiting(vigie) == 41), "what the kiosk had kept is on the board")
    live = vigie.live("sud")
    assert (live["complete"], live["incomplete_since"]) == (False, since.isoformat())
    assert_told(stage, live, f"De retour, en rattrapage : borne-1 depuis {since:%H:%M}")

    until(kiosk.beating(lambda: complete(vigie)), "the area is whole again by itself")
    # what is older than the gap was not kept in it, and gives no more time
    (back,) = stage.rows("select max(heard_from) as at from presence")
    assert datetime.now(UTC) - back["at"] >= SETTLING
    assert stage.figures()["complete"] is True
    assert "incomplètes" not in stage.board() + stage.told("figures", "--area", "sud")
    assert stage.account()["late"] == len(backlog)
    kiosk.leave()


def assert_told(stage: Stage, live: Any, sentence: str) -> None:
    """Wherever figures of the area are, they are incomplete since the same instant."""
    since = datetime.fromisoformat(live["incomplete_since"])
    headline = f"onnées incomplètes depuis {since:%H:%M}"
    assert f"D{headline}. {sentence}." in stage.board()
    assert f"d{headline}" in stage.told("figures", "--area", "sud")
    # a stream tells at most once a second
    until(
        lambda: streamed(stage.vigie)["silent_devices"] == live["silent_devices"], "the stream tells of the device", 5
    )
    for found in (stage.figures(), streamed(stage.vigie)):
        assert (found["complete"], found["incomplete_since"]) == (False, live["incomplete_since"])
        assert found["silent_devices"] == live["silent_devices"]
    account = stage.account()
    assert account["missing_since"] == live["incomplete_since"]


def test_a_device_that_sends_no_heartbeat_more_is_missed_and_the_will_of_an_older_session_is_not_believed(
    stage: Stage,
) -> None:
    vigie, older, kiosk = stage.vigie, Kiosk(stage.broker, session="s0"), Kiosk(stage.broker)
    kiosk.beat()
    older.cut()
    until(kiosk.beating(lambda: stage.rows("select from presence") != []), "the device was heard")
    kiosk.issue("A1")
    until(kiosk.beating(lambda: waiting(vigie) == 1), "the ticket, and the will before it, have come")
    assert [row["gone"] for row in stage.rows("select gone from presence")] == [False]
    assert complete(vigie)

    until(lambda: not complete(vigie), "the device is missed")
    (heard,) = stage.rows("select heard_until from presence")
    assert (datetime.now(UTC) - heard["heard_until"]).total_seconds() > SILENT_AFTER_S
    assert stage.figures()["incomplete_since"] == vigie.live("sud")["incomplete_since"]

    kiosk.say("status", b"")
    until(lambda: complete(vigie), "a device that was taken away is missed by nobody")
    kiosk.leave()


def test_clocks_that_are_wrong_are_corrected_and_the_raw_time_is_kept(stage: Stage) -> None:
    slow = Kiosk(stage.broker, "lente", off=-10 * MINUTE)
    jumping = Kiosk(stage.broker, "sauteuse")
    old = Kiosk(stage.broker, "vieille", off=datetime(2012, 3, 1, tzinfo=UTC) - datetime.now(UTC))
    for kiosk in (slow, jumping):
        kiosk.beat()
        kiosk.beat()
    slow.issue("A1")
    jumping.issue("A2")
    jumping.off = YEAR
    jumping.issue("A3")
    jumping.beat()
    jumping.beat()
    jumping.issue("A4")
    old.issue("A5")
    until(lambda: count(stage.dsn) == 5, "all tickets are in the journal")

    rows = stage.rows("select data->>'ticket' as ticket, time, at, received, clock, correction from journal")
    found = {row["ticket"]: row for row in rows}
    assert {ticket: row["clock"] for ticket, row in found.items()} == {
        "A1": "corrected",
        "A2": None,
        "A3": "future",
        "A4": "corrected",
        "A5": "ancient",
    }
    for ticket, off in (("A1", -10 * MINUTE), ("A4", YEAR)):
        row = found[ticket]
        assert abs(row["correction"] + off) < timedelta(seconds=2)
        assert row["at"] == row["time"] + row["correction"]
        assert abs(row["time"] - row["received"] - off) < timedelta(seconds=5)
    for ticket in ("A3", "A5"):
        assert (found[ticket]["at"], found[ticket]["correction"]) == (found[ticket]["received"], None)
    assert (found["A5"]["time"].year, found["A3"]["time"] > datetime.now(UTC) + 300 * 24 * 60 * MINUTE) == (2012, True)
    until(lambda: waiting(stage.vigie) == 5, "all of them wait")
    longest = stage.vigie.live("sud")["longest_wait_s"]
    assert 0 <= longest < 60
    assert stage.account("lente")["correction_s"] == pytest.approx(600, abs=2)
    assert stage.account("vieille")["correction_s"] is None
    for kiosk in (slow, jumping, old):
        kiosk.leave()


def test_the_ledger_and_the_board_tell_what_is_missing_doubled_late_kept_aside_or_counted_otherwise(
    stage: Stage,
) -> None:
    kiosk = Kiosk(stage.broker)
    kiosk.beat()
    first = kiosk.issue("A1", sequence=1)
    second = kiosk.issue("A2", sequence=2)
    kiosk.issue("A3", sequence=5)
    kiosk.say("events", json.dumps(first).encode())
    kiosk.issue("A4", ago=10 * MINUTE)
    kiosk.say("events", b"no ticket")
    kiosk.beat(waiting={"sejour": 9})

    until(lambda: "Comptages qui diffèrent" in stage.board(), "the board tells of the difference")
    until(lambda: "Événements jamais reçus" in stage.board(), "the board tells of the gap")
    board = stage.board()
    assert "borne-1 (sud), 9 en attente à Séjour, 4 selon vigie." in board
    then = datetime.fromisoformat(second["time"]).astimezone()
    assert "borne-1 (sud), 2 depuis" in board
    assert "1 message incompris mis à l’écart aujourd’hui" in board
    account = stage.account()
    names = ("kept", "doubled", "late", "quarantined", "missing", "filled")
    assert [account[name] for name in names] == [4, 1, 1, 1, 2, 0]
    assert datetime.fromisoformat(account["first_missing_after"]) == then
    assert account["waiting"] == [{"queue": "sejour", "reported": 9, "computed": 4}]
    (by_hand,) = json.loads(stage.told("ledger", "--device", "sud/borne-1", "--json"))
    assert {**by_hand, "missing_since": None} == {**account, "missing_since": None}
    assert "compte 9 à sejour, vigie 4" in " ".join(stage.told("ledger").replace("│", " ").split())

    kiosk.issue("A5", sequence=4)
    kiosk.issue("A6", sequence=3)
    kiosk.beat(waiting={"sejour": 6})
    until(lambda: "diffèrent" not in stage.board() and "jamais reçus" not in stage.board(), "the banners are gone")
    account = stage.account()
    assert (account["missing"], account["filled"], account["first_missing_after"]) == (0, 2, None)
    kiosk.leave()
