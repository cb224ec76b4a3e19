"""A thousand connections a second at the production broker: honest devices are heard all the while."""

import resource
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import psutil
import pytest

from tests.end_to_end.attacked import EVENTS, Hall, hall, ticket
from tests.end_to_end.knocking import connected, enters
from tests.end_to_end.running import waited
from tests.servers import MOSQUITTO, Postgres, folder, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]
RATE = 1000
LASTS_S = 10.0
PATIENCE_S = 5.0
"""In which an honest event is acknowledged and on the board, on a machine that also makes the flood."""
FILES = 200
GROWTH_MB = 50
ABRUPT = struct.pack("ii", 1, 0)
"""SO_LINGER: closed by a reset, so that no port of the machine's is kept for a minute."""


@pytest.fixture(scope="module")
def attacked(postgres: Postgres) -> Iterator[Hall]:
    with folder(durable=False) as home, hall(home, waited(postgres.database())) as found:
        found.vigie.ready()
        yield found


def paced(knock: Callable[[], None], threads: int) -> tuple[int, float]:
    """Knocks RATE times a second for LASTS_S, or as often as the machine can; how often, and in how long."""
    number = iter(range(int(RATE * LASTS_S)))
    turn = threading.Lock()
    began = time.monotonic()

    def knocks() -> int:
        done = 0
        while True:
            with turn:
                mine = next(number, None)
            ahead = 0.0 if mine is None else mine / RATE - (time.monotonic() - began)
            if mine is None or time.monotonic() - began > LASTS_S:
                return done
            if ahead > 0:
                time.sleep(ahead)  # the pace of the attack, not a wait for anything
            with suppress(OSError):
                knock()
                done += 1

    with ThreadPoolExecutor(threads) as pool:
        done = sum(future.result() for future in [pool.submit(knocks) for _ in range(threads)])
    return done, time.monotonic() - began


def withstood(attacked: Hall, knock: Callable[[], None], threads: int) -> int:
    """How many connections were made, while one honest device after another came, spoke and was heard."""
    assert attacked.broker.process is not None
    broker = psutil.Process(attacked.broker.process.pid)
    files, memory = broker.num_fds(), broker.memory_info().rss
    waits: list[float] = []
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(paced, knock, threads)
        while not flood.done():
            waits.append(heard(attacked))
    done, lasted = flood.result()
    print(f"\n{done} connections in {lasted:.1f} s; {len(waits)} honest tickets, the slowest {max(waits):.2f} s")
    assert max(waits) < PATIENCE_S
    until(lambda: broker.num_fds() <= files, "the broker has closed what was left")
    assert broker.memory_info().rss - memory < GROWTH_MB * 2**20
    return done


def heard(attacked: Hall) -> float:
    """Seconds in which a device connects, publishes, and its ticket is on the board."""
    began, before = time.monotonic(), attacked.waiting
    with connected(attacked.broker, attacked.kiosk) as knock:
        knock.send(EVENTS.format(attacked.kiosk.device), ticket())
    until(lambda: attacked.waiting == before + 1, "the ticket is on the board")
    return time.monotonic() - began


def test_connections_that_say_nothing_keep_nobody_from_being_heard(attacked: Hall) -> None:
    def knock() -> None:
        with socket.create_connection(("127.0.0.1", attacked.broker.device_port), 5) as bare:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)

    assert withstood(attacked, knock, 2) > RATE * LASTS_S / 2
    with attacked.unharmed():
        pass


@pytest.fixture
def narrow(attacked: Hall) -> Iterator[Hall]:
    """With a broker that may open 200 files, where a service may usually open 1,024."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    attacked.broker.end()
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))
    try:
        attacked.broker.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    yield attacked
    attacked.broker.end()
    attacked.broker.start()
    attacked.vigie.ready()


def test_connections_that_are_held_open_keep_nobody_from_being_heard_who_is_connected(narrow: Hall) -> None:
    broker = narrow.broker
    narrow.vigie.ready()
    assert broker.process is not None
    files = psutil.Process(broker.process.pid).num_fds
    with (
        narrow.unharmed(counted=2),
        connected(broker, narrow.rogue) as rogue,
        connected(broker, narrow.neighbour) as neighbour,
    ):
        with ExitStack() as held:
            for _ in range(FILES):
                held.enter_context(socket.create_connection(("127.0.0.1", broker.device_port), 5))
            until(lambda: files() >= FILES - 1, "the broker can open no more")
            assert not enters(broker, narrow.kiosk)
            for knock, device in ((rogue, narrow.rogue), (neighbour, narrow.neighbour)):
                assert knock.send(EVENTS.format(device.device), ticket(device.device)) == "Success"
            assert narrow.vigie.status("/readyz") == 200
        until(lambda: enters(broker, narrow.kiosk), "others enter again")


def test_wrong_passwords_over_tls_keep_nobody_from_being_heard(attacked: Hall) -> None:
    context = ssl.create_default_context(cafile=str(attacked.broker.credentials.ca))
    user = attacked.kiosk.user.encode()
    body = b"\0\4MQTT\4\xc2\0\x1e" + b"".join(len(one).to_bytes(2, "big") + one for one in (b"x", user, b"wrong"))
    packet = bytes([0x10, len(body)]) + body

    def knock() -> None:
        with socket.create_connection(("127.0.0.1", attacked.broker.device_port), 5) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                secure.sendall(packet)
                assert secure.recv(4) == b"\x20\x02\x00\x05"  # not authorised

    assert withstood(attacked, knock, 8) > RATE
    with attacked.unharmed():
        pass
