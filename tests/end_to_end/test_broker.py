"""The production broker as `vigie broker init` sets it up: what it keeps, whom it lets in, and until when."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from collector.publisher import Publisher
from collector.subscriber import Subscriber
from tests.collector.peers import settled, taken
from tests.collector.words import RECEIVED, WITHIN_S
from tests.end_to_end.knocking import VERSIONS, Protocol, as_vigie, connected, enters, knocking, let_in
from tests.end_to_end.running import configuration, said
from tests.servers import MOSQUITTO, SecureMosquitto, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]
both = pytest.mark.parametrize("protocol", VERSIONS)
EVENTS = "accueil/v1/aube/sud/{}/events"
LIVE = "accueil/v1/aube/sud/live/sejour"


@pytest.fixture
def broker(data_dir: Path) -> Iterator[SecureMosquitto]:
    """Not started yet."""
    server = SecureMosquitto(data_dir)
    yield server
    server.end()


@asynccontextmanager
async def listening(broker: SecureMosquitto, protocol: Protocol) -> AsyncIterator[Subscriber]:
    """Our own subscriber, with its durable session."""
    subscriber = Subscriber(replace(broker.settings, protocol=protocol), lambda: RECEIVED)
    running = asyncio.create_task(subscriber.run())
    try:
        async with asyncio.timeout(WITHIN_S):
            await subscriber.subscribed.wait()
        yield subscriber
    finally:
        running.cancel()
        await asyncio.wait([running])


@both
@pytest.mark.parametrize("end", [SecureMosquitto.end, SecureMosquitto.kill], ids=["stopped", "killed"])
async def test_what_came_while_vigie_is_away_outlives_a_broker_that_is(
    broker: SecureMosquitto, protocol: Protocol, end: Callable[[SecureMosquitto], None]
) -> None:
    devices = let_in(broker, "borne-1"), let_in(broker, "borne-2", "certificate")
    broker.start()
    async with listening(broker, protocol):
        pass

    def publish_and_end() -> None:
        for device in devices:
            with connected(broker, device) as knock:
                numbered = (f"{device.device} no {number}".encode() for number in range(50))
                knock.send_all(EVENTS.format(device.device), numbered)
        # it saves every second or two
        until(lambda: broker.saved.exists() and b"borne-2 no 49" in broker.saved.read_bytes(), "it is saved")
        end(broker)
        broker.start()

    await asyncio.to_thread(publish_and_end)
    async with listening(broker, protocol) as again:
        got = await taken(again, 100)
        again.acknowledge(got)
        await settled(again)
    assert [one.payload.decode() for one in got] == [f"{d.device} no {number}" for d in devices for number in range(50)]


@both
async def test_a_vigie_that_is_connected_has_been_handed_all_that_was_acknowledged_to_devices(
    broker: SecureMosquitto, protocol: Protocol
) -> None:
    device = let_in(broker, "borne-1")
    broker.start()
    async with listening(broker, protocol) as subscriber:

        def publish() -> None:
            with connected(broker, device) as knock:
                knock.send_all(EVENTS.format("borne-1"), (str(number).encode() for number in range(500)))

        await asyncio.to_thread(publish)
        await asyncio.to_thread(broker.kill)
        # nothing was acknowledged to the broker yet, and nothing can come from it any more
        assert [int(one.payload) for one in await taken(subscriber, 500)] == [*range(500)]


def test_a_live_figure_outlives_the_broker_for_the_kiosks_of_its_area(broker: SecureMosquitto) -> None:
    kiosk, mute = let_in(broker, "borne-1", reads=("live",)), let_in(broker, "borne-2")
    broker.start()
    with as_vigie(broker) as knock:
        knock.send(LIVE, b"7", retain=True)
    broker.end()
    broker.start()
    with connected(broker, mute) as other, connected(broker, kiosk) as knock:
        other.listen(LIVE)
        knock.listen("accueil/v1/aube/sud/live/+")
        until(lambda: knock.heard == [(LIVE, b"7", True)], "the kiosk is told")
        assert other.heard == []


@both
def test_a_device_is_let_in_and_barred_without_a_restart(broker: SecureMosquitto, protocol: Protocol) -> None:
    broker.start()
    device = let_in(broker, "borne-1")
    with knocking(broker, device, protocol=protocol) as early:
        assert early.connect() == "Not authorized"
    broker.reload()
    until(lambda: enters(broker, device, protocol), "the device is let in")

    with connected(broker, device, protocol=protocol) as knock, knocking(broker, device, protocol=protocol) as later:
        later.connect()  # in its place, with what it was given
        assert knock.gone.wait(WITHIN_S)
        broker.credentials.remove(device.user, datetime.now(UTC))
        broker.reload()
        assert later.gone.wait(WITHIN_S), "a connection that stands is cut"
        password = later.client.password
    with knocking(broker, protocol=protocol, user=device.user, password=password) as late:
        assert late.connect() == "Not authorized"


@both
def test_a_revoked_certificate_opens_nothing_not_even_where_its_connection_stands_nor_to_a_later_device_of_its_name(
    broker: SecureMosquitto, protocol: Protocol
) -> None:
    device, sentinel = let_in(broker, "borne-1", "certificate"), let_in(broker, "borne-2")
    broker.start()
    held = [file.read_text() for file in broker.credentials.files(device)]
    copies = tuple(broker.credentials.home / name for name in ("held.crt", "held.key"))
    for copy, text in zip(copies, held, strict=True):
        copy.write_text(text)
    with connected(broker, device, protocol=protocol) as standing, as_vigie(broker) as listener:
        listener.listen("accueil/v1/+/+/+/events")
        standing.send(EVENTS.format("borne-1"), b"before")
        broker.credentials.remove(device.user, datetime.now(UTC))
        broker.reload()
        until(lambda: not still_enters(broker, copies, protocol), "the certificate is refused")
        if not standing.gone.is_set():
            standing.send(EVENTS.format("borne-1"), b"after")
        with connected(broker, sentinel) as knock:
            knock.send(EVENTS.format("borne-2"), b"last")
        until(lambda: len(listener.heard) >= 2, "the other device is heard")
        assert [payload for _, payload, _ in listener.heard] == [b"before", b"last"]
    again = let_in(broker, "borne-1", "certificate")
    broker.reload()
    until(lambda: enters(broker, again, protocol), "the later device is let in")
    assert not still_enters(broker, copies, protocol)


def still_enters(broker: SecureMosquitto, files: tuple[Path, ...], protocol: Protocol) -> bool:
    with knocking(broker, port=broker.certificate_port, certificate=files, protocol=protocol) as knock:
        return knock.connect() == "Success"


async def test_our_own_client_may_hold_a_certificate(broker: SecureMosquitto) -> None:
    device = let_in(broker, "borne-1", "certificate")
    broker.start()
    cert, key = broker.credentials.files(device)
    ours = replace(
        broker.settings,
        url=f"mqtts://127.0.0.1:{broker.certificate_port}",
        user=None,
        password_file=None,
        cert_file=cert,
        key_file=key,
    )
    async with listening(broker, "3.1.1") as subscriber:
        publisher = Publisher(ours, "anything")
        running = asyncio.create_task(publisher.run())
        await publisher.publish(EVENTS.format("borne-1"), b"by certificate")
        assert [one.payload for one in await taken(subscriber, 1)] == [b"by certificate"]
        running.cancel()
        await asyncio.wait([running])


@pytest.mark.parametrize(("age", "verdict", "words"), [(0, "ok", "valid until"), (800, "soon", "in 24 days: renew it")])
def test_the_check_says_until_when_the_broker_s_certificate_is_valid(
    data_dir: Path, age: int, verdict: str, words: str
) -> None:
    broker = SecureMosquitto(data_dir, now=datetime.now(UTC) - timedelta(days=age))
    broker.start()
    try:
        config = configuration(data_dir / "vigie", broker=broker.url, options=broker.options)
        answer = said("check", "--config", str(config))
    finally:
        broker.end()
    assert answer.status == 0
    (line,) = (line for line in answer.out.splitlines() if "certificate" in line)
    assert line.startswith(verdict)
    assert words in line


def test_a_renewed_server_certificate_is_shown_after_a_reload(data_dir: Path) -> None:
    broker = SecureMosquitto(data_dir, now=datetime.now(UTC) - timedelta(days=800))
    broker.start()
    try:
        end = broker.credentials.renew([], datetime.now(UTC))
        assert shown(broker) < end
        broker.reload()
        until(lambda: shown(broker) == end.replace(microsecond=0), "the new certificate is shown")
    finally:
        broker.end()


def shown(broker: SecureMosquitto) -> datetime:
    """The end of the certificate that the broker shows."""
    context = ssl.create_default_context(cafile=str(broker.credentials.ca))
    with (
        socket.create_connection(("127.0.0.1", broker.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        found = secure.getpeercert()
    assert found is not None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
