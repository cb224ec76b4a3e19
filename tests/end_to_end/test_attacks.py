"""Attacks on the production broker: none reaches a figure, and none keeps an honest device from being heard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.mosquitto.certificates import authority, for_device
from tests.end_to_end.attacked import EVENTS, STATUS, Hall, hall, ticket
from tests.end_to_end.knocking import VERSIONS, Protocol, as_vigie, connected, enters, knocking, let_in
from tests.end_to_end.running import asked, waited
from tests.servers import MOSQUITTO, Postgres, folder, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]
both = pytest.mark.parametrize("protocol", VERSIONS)
LIVE = "accueil/v1/aube/sud/live/sejour"
ALERT = "accueil/v1/aube/sud/alerts/attente"


@pytest.fixture(scope="module")
def attacked(postgres: Postgres) -> Iterator[Hall]:
    """One for the module: what an attack leaves behind must not harm the next test either."""
    with folder(durable=False) as home, hall(home, waited(postgres.database())) as found:
        found.vigie.ready()
        yield found


# ---------------------------------------------------------------- who is let in


@both
def test_nobody_gets_in_with_a_wrong_password_or_with_that_of_another_device(
    attacked: Hall, protocol: Protocol
) -> None:
    own = attacked.broker.credentials.files(attacked.rogue)[0].read_text().strip()
    with attacked.unharmed():
        for password in ("wrong", "", own):
            with knocking(attacked.broker, attacked.kiosk, password=password, protocol=protocol) as knock:
                assert knock.connect() == "Not authorized"


@both
def test_nobody_gets_in_anonymously_at_any_door(attacked: Hall, protocol: Protocol) -> None:
    broker, user = attacked.broker, attacked.kiosk.user
    with attacked.unharmed():
        for port in (broker.device_port, broker.port):
            with knocking(broker, port=port, protocol=protocol) as knock:
                assert knock.connect() == "Not authorized"
        with knocking(broker, port=broker.certificate_port, user=user, password=user, protocol=protocol) as knock:
            assert knock.connect() != "Success"


@both
def test_a_device_s_password_does_not_open_vigie_s_door_nor_vigie_s_that_of_devices(
    attacked: Hall, protocol: Protocol
) -> None:
    broker, password = attacked.broker, attacked.broker.credentials.password.read_text().strip()
    with attacked.unharmed():
        with knocking(broker, attacked.rogue, port=broker.port, protocol=protocol) as knock:
            assert knock.connect() == "Not authorized"
        with knocking(broker, user="vigie", password=password, protocol=protocol) as knock:
            assert knock.connect() == "Not authorized"


@both
def test_a_certificate_of_another_authority_in_a_device_s_name_opens_nothing(
    attacked: Hall, protocol: Protocol, tmp_path: Path
) -> None:
    forged = for_device(authority(datetime.now(UTC)), attacked.neighbour.user, datetime.now(UTC))
    files = tmp_path / "forged.crt", tmp_path / "forged.key"
    for file, text in zip(files, (forged.certificate, forged.key), strict=True):
        file.write_text(text)
    with (
        attacked.unharmed(),
        knocking(attacked.broker, attacked.neighbour, certificate=files, protocol=protocol) as knock,
    ):
        assert knock.connect() != "Success"


@both
def test_an_expired_certificate_opens_nothing(attacked: Hall, protocol: Protocol) -> None:
    name = f"vieille-{protocol[0]}"
    expired = let_in(attacked.broker, name, "certificate", now=datetime.now(UTC) - timedelta(days=826))
    fresh = let_in(attacked.broker, f"neuve-{protocol[0]}", "certificate")
    attacked.broker.reload()
    with attacked.unharmed():
        until(lambda: enters(attacked.broker, fresh), "the broker has read it")
        with knocking(attacked.broker, expired, protocol=protocol) as knock:
            assert knock.connect() != "Success"


def test_an_expired_server_is_refused_by_vigie_which_says_so_and_recovers_once_it_is_renewed(
    data_dir: Path, postgres: Postgres
) -> None:
    made = datetime.now(UTC) - timedelta(days=826)
    with hall(data_dir, waited(postgres.database()), server_made=made) as found:
        until(lambda: "certificate has expired" in found.vigie.words, "vigie says why")
        assert found.vigie.status("/readyz") == 503
        with knocking(found.broker, found.kiosk) as knock:
            assert "certificate has expired" in knock.connect()

        found.broker.credentials.renew([], datetime.now(UTC))
        found.broker.reload()

        found.vigie.ready()
        with found.unharmed():
            pass


# ---------------------------------------------------------------- what they may say


@both
@pytest.mark.parametrize("by", ["password", "certificate"])
def test_a_device_that_publishes_to_another_s_topics_is_not_heard(attacked: Hall, protocol: Protocol, by: str) -> None:
    other = attacked.kiosk.device
    # a certificate's name counts, whatever user is given beside it
    device, claim = (attacked.rogue, {}) if by == "password" else (attacked.neighbour, {"user": attacked.kiosk.user})
    with attacked.unharmed(), connected(attacked.broker, device, protocol=protocol, **claim) as knock:
        answers = [
            knock.send(EVENTS.format(other), ticket(other)),
            knock.send(STATUS.format(other), {"state": "offline"}, retain=True),
            knock.send("accueil/v1/aube/nord/borne-1/events", ticket()),
        ]
        assert set(answers) == {"Not authorized" if protocol == "5" else "Success"}


@both
def test_another_s_source_in_a_device_s_own_topic_is_kept_aside_and_in_no_figure(
    attacked: Hall, protocol: Protocol
) -> None:
    name = attacked.rogue.device
    with attacked.unharmed(aside=("source",)), connected(attacked.broker, attacked.rogue, protocol=protocol) as knock:
        knock.send(EVENTS.format(name), ticket(attacked.kiosk.device))


@both
def test_a_last_will_in_another_s_name_is_not_sent(attacked: Hall, protocol: Protocol) -> None:
    with attacked.unharmed(), as_vigie(attacked.broker) as listener:
        listener.listen("accueil/v1/+/+/+/status")
        for device in (attacked.kiosk.device, attacked.rogue.device):
            with knocking(attacked.broker, attacked.rogue, protocol=protocol) as knock:
                knock.client.will_set(STATUS.format(device), b'{"state": "offline"}', qos=1)
                knock.connect()
                sock = knock.client.socket()
                assert sock is not None
                sock.close()
        until(lambda: bool(listener.heard), "the device's own will is sent")
        assert [topic for topic, _, _ in listener.heard] == [STATUS.format(attacked.rogue.device)]


@both
def test_a_forged_live_figure_or_alert_reaches_nobody(attacked: Hall, protocol: Protocol) -> None:
    with (
        attacked.unharmed(),
        connected(attacked.broker, attacked.kiosk, protocol=protocol) as kiosk,
        as_vigie(attacked.broker) as vigie,
    ):
        kiosk.listen("accueil/v1/aube/sud/live/+")
        before = len(kiosk.heard)
        for device in (attacked.rogue, attacked.neighbour):
            with connected(attacked.broker, device, protocol=protocol) as knock:
                knock.send(LIVE, b"0", retain=True)
                knock.send(ALERT, b"run", retain=True)
        kiosk.send(LIVE, b"0", retain=True)
        vigie.send(LIVE, b"7", retain=True)

        def told() -> list[bytes]:
            """Beside the figures that the vigie of this hall sends by itself."""
            return [payload for _, payload, _ in kiosk.heard[before:] if payload in (b"0", b"7")]

        until(lambda: bool(told()), "the kiosk is told by vigie")
        assert told() == [b"7"]


@both
def test_an_oversized_packet_is_cut_off_and_a_lesser_one_kept_aside(attacked: Hall, protocol: Protocol) -> None:
    topic = EVENTS.format(attacked.rogue.device)
    with attacked.unharmed(aside=("too_large",)):
        for size in (25_000, 5_000_000):
            with connected(attacked.broker, attacked.rogue, protocol=protocol) as knock:
                assert knock.send(topic, b"x" * size) in {"cut off", "Packet too large"}
                assert knock.gone.wait(20) or protocol == "5"
        with connected(attacked.broker, attacked.rogue, protocol=protocol) as knock:
            assert knock.send(topic, b"x" * 16_385) == "Success"


@both
def test_a_retained_event_counts_once_however_often_vigie_subscribes(attacked: Hall, protocol: Protocol) -> None:
    topic = EVENTS.format(attacked.rogue.device)
    with attacked.unharmed(counted=1):
        with connected(attacked.broker, attacked.rogue, protocol=protocol) as knock:
            knock.send(topic, ticket(attacked.rogue.device), retain=True)
        for _ in range(2):
            before = drawn(attacked.dsn)
            attacked.broker.end()
            until(lambda: attacked.vigie.status("/readyz") == 503, "vigie has lost it")
            attacked.broker.start()
            until(lambda: attacked.vigie.status("/readyz") == 200, "vigie is there again")
            until(lambda: drawn(attacked.dsn) > before, "the event has come again")  # noqa: B023 - waited for here
    known = attacked.aside["not_json"]
    with connected(attacked.broker, attacked.rogue) as knock:
        knock.send(topic, b"", retain=True)
    until(lambda: attacked.aside["not_json"] > known, "the withdrawal is kept aside")


def drawn(dsn: str) -> int:
    """Positions drawn: one for each event that came, whether it was there already or not."""
    return int(asked(dsn, "select last_value from journal_position")[0][0])


# ---------------------------------------------------------------- what they may hear, and whose place they may take


@both
def test_wildcards_and_shares_bring_a_device_nothing_and_take_nothing_from_vigie(
    attacked: Hall, protocol: Protocol
) -> None:
    topics = ["accueil/#", "#", "$SYS/#", "accueil/v1/+/+/+/events", "accueil/v1/+/+/+/status", ALERT]
    shares = [f"$share/{group}/accueil/v1/+/+/+/events" for group in ("vigie", "a")]
    with (
        attacked.unharmed(counted=4),
        connected(attacked.broker, attacked.kiosk, protocol=protocol) as reader,
        connected(attacked.broker, attacked.neighbour, protocol=protocol) as mute,
        as_vigie(attacked.broker) as vigie,
    ):
        for topic in (*topics, *shares):
            reader.listen(topic)
            mute.listen(topic)
        reader.heard.clear()  # the live figure that the broker keeps
        vigie.send(ALERT, b"run")
        with connected(attacked.broker, attacked.rogue) as knock:
            for _ in range(4):
                knock.send(EVENTS.format(attacked.rogue.device), ticket(attacked.rogue.device))
            knock.send(STATUS.format(attacked.rogue.device), {"state": "online"})
        vigie.send(LIVE, b"8")
        # the one thing that one of them may hear, and the last that was sent
        until(lambda: any(payload == b"8" for _, payload, _ in reader.heard), "the kiosk hears the live figure")
        assert {topic for topic, _, _ in reader.heard} == {LIVE}
        assert mute.heard == []


@both
def test_no_client_id_takes_over_vigie_s_session_or_another_device_s(attacked: Hall, protocol: Protocol) -> None:
    log = attacked.broker.home / "log"
    with attacked.unharmed(counted=1), connected(attacked.broker, attacked.neighbour, protocol=protocol) as neighbour:
        for device in (attacked.rogue, attacked.kiosk):
            for client_id in ("vigie", attacked.neighbour.user, attacked.neighbour.device):
                with connected(attacked.broker, device, protocol=protocol, client_id=client_id, durable=True) as knock:
                    knock.listen("accueil/v1/+/+/+/events")
        neighbour.send(EVENTS.format(attacked.neighbour.device), ticket(attacked.neighbour.device))
        assert not neighbour.gone.is_set()
    taken_over = [line for line in log.read_text().splitlines() if "already connected, closing old" in line]
    assert not any(" vigie " in line for line in taken_over)
