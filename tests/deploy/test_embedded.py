"""The embedded PostgreSQL and MQTT broker, on the real servers."""

import asyncio
import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from deploy.embedded import EmbeddedServiceError, nats
from deploy.embedded import kept as kept_secrets
from deploy.embedded import postgres as pg
from deploy.embedded.lock import locked
from deploy.embedded.nats import Broker, broker
from deploy.embedded.postgres import postgres

pytestmark = [pytest.mark.servers, pytest.mark.slow]

as_root = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root changes accounts")
on_linux = pytest.mark.skipif(not shutil.which("setpriv"), reason="only Linux ends children with their parent")

WITHIN = 20.0  # seconds, for anything that must come to pass
ROOT = Path(__file__).parents[2]

VIGIE = """
import asyncio, signal, sys
from pathlib import Path
from deploy.embedded.lock import locked
from deploy.embedded.nats import broker
from deploy.embedded.postgres import postgres

async def main(folder):
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    with locked(folder):
        async with postgres(folder) as dsn, broker(folder):
            print(dsn, flush=True)
            await told.wait()

asyncio.run(main(Path(sys.argv[1])))
"""

LOOK = """
import asyncio, sys
from pathlib import Path
from deploy.embedded import nats, postgres

async def main(folder):
    print(await postgres.running(folder))
    print(await nats.running(folder))

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """As root, outside pytest's folders: they are closed to the account of the servers."""
    if os.geteuid() != 0:
        yield tmp_path / "var"
        return
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


async def test_what_was_committed_is_there_after_a_restart_on_the_same_port(data_dir: Path) -> None:
    async with postgres(data_dir) as first, connected(first) as connection:
        await connection.execute("create table kept as select 1 as n")
    async with postgres(data_dir) as second, connected(second) as connection:
        assert await connection.fetchval("select n from kept") == 1
    assert second == first


async def test_the_database_keeps_the_defaults_of_durability_and_opens_no_socket_file(data_dir: Path) -> None:
    async with postgres(data_dir) as dsn, connected(dsn) as connection:
        settings = {
            row["name"]: row["setting"] for row in await connection.fetch("select name, setting from pg_settings")
        }
    assert (settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"]) == ("on", "on", "on")
    assert (settings["data_checksums"], settings["server_encoding"]) == ("on", "UTF8")
    assert (settings["listen_addresses"], settings["unix_socket_directories"]) == ("127.0.0.1", "")


async def test_a_killed_database_comes_back_on_the_same_port_with_its_data(data_dir: Path) -> None:
    async with postgres(data_dir) as dsn:
        async with connected(dsn) as connection:
            await connection.execute("create table kept as select 1 as n")
        before = postmaster(data_dir)

        before.kill()
        await until(lambda: restarted(data_dir, before))

        async with connected(dsn) as connection:
            assert await connection.fetchval("select n from kept") == 1


async def test_a_port_taken_meanwhile_is_left_to_its_taker(data_dir: Path) -> None:
    async with postgres(data_dir) as first:
        pass
    port = int(first.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        async with postgres(data_dir) as second, connected(second) as connection:
            assert await connection.fetchval("select 1") == 1
    assert second != first


async def test_an_initdb_killed_half_way_is_begun_again(data_dir: Path) -> None:
    start = asyncio.create_task(open_and_close(postgres(data_dir)))
    await until(lambda: is_true((data_dir / "postgres" / "data.new" / "PG_VERSION").exists()))
    child("initdb").kill()
    with pytest.raises(EmbeddedServiceError, match=r"initdb was ended by SIGKILL"):
        await start
    assert not (data_dir / "postgres" / "data").exists()

    async with postgres(data_dir) as dsn, connected(dsn) as connection:
        assert await connection.fetchval("select 1") == 1


@on_linux
async def test_nothing_is_left_running_when_vigie_is_killed_and_the_next_one_starts_at_once(data_dir: Path) -> None:
    with another_vigie(data_dir) as (vigie, dsn):
        async with connected(dsn) as connection:
            await connection.execute("create table kept as select 1 as n")
        servers = psutil.Process(vigie.pid).children(recursive=True)
        assert {"postgres", "nats-server"} <= {name(server) for server in servers}

        vigie.kill()
        vigie.wait()

        with locked(data_dir):
            async with postgres(data_dir) as again, broker(data_dir), connected(again) as connection:
                assert await connection.fetchval("select n from kept") == 1
        assert again == dsn
        await until(lambda: is_true(not any(alive(server) for server in servers)))


@on_linux
async def test_a_terminal_s_interrupt_reaches_vigie_alone(data_dir: Path) -> None:
    before = children()
    async with postgres(data_dir), broker(data_dir):
        ours = os.getsid(0)
        assert all(os.getsid(server.pid) != ours for server in children() - before if alive(server))


def test_a_second_vigie_on_the_same_folder_is_told_who_has_it(data_dir: Path) -> None:
    with another_vigie(data_dir) as (vigie, _):
        told = rf"The data folder {data_dir} is in use by another vigie \(pid {vigie.pid}\)"
        with pytest.raises(EmbeddedServiceError, match=told), locked(data_dir):
            pass


def test_a_data_folder_is_free_again_once_it_is_left(data_dir: Path) -> None:
    with locked(data_dir):
        pass
    with locked(data_dir):
        assert (data_dir / "lock").read_text() == f"{os.getpid()}\n"


async def test_another_process_finds_the_servers_that_run_and_none_afterwards(data_dir: Path) -> None:
    async with postgres(data_dir) as dsn, broker(data_dir) as where:
        assert await looked(data_dir) == [dsn, repr(where)]
        assert (await pg.running(data_dir), await nats.running(data_dir)) == (dsn, where)
    assert await looked(data_dir) == ["None", "None"]


async def test_the_secrets_are_for_their_owner_alone(data_dir: Path) -> None:
    async with postgres(data_dir), broker(data_dir) as where:
        for secret in (data_dir / "secrets" / "postgres", where.password_file, data_dir / "nats" / "nats.conf"):
            assert secret.stat().st_mode & 0o777 == 0o600
        assert where.password_file.stat().st_uid == os.geteuid()


async def test_the_database_refuses_a_wrong_password_and_none(data_dir: Path) -> None:
    async with postgres(data_dir) as dsn:
        scheme, _, rest = dsn.partition("vigie:")
        for credentials in ("vigie:wrong", "vigie"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(f"{scheme}{credentials}@{rest.partition('@')[2]}")


def test_of_many_that_make_a_secret_at_once_all_have_the_same_and_it_stays(data_dir: Path) -> None:
    for number in range(20):
        path = data_dir / f"{number}" / "secret"
        with ThreadPoolExecutor(8) as together:
            found = set(together.map(kept_secrets.password, [path] * 8))
        assert found == {path.read_text().strip()}
        assert [one.name for one in path.parent.iterdir()] == ["secret"]


async def test_a_lost_database_password_is_an_error_that_says_so(data_dir: Path) -> None:
    async with postgres(data_dir):
        pass
    (data_dir / "secrets" / "postgres").unlink()
    with pytest.raises(EmbeddedServiceError, match=r"refuses the password in .*secrets/postgres"):
        await open_and_close(postgres(data_dir))


async def test_a_message_taken_before_the_broker_is_killed_reaches_a_durable_session_afterwards(data_dir: Path) -> None:
    async with broker(data_dir) as where:
        await asyncio.to_thread(subscribe_and_leave, where)
        await asyncio.to_thread(publish, where, b"called A1")
        before = child("nats-server")

        before.kill()
        await until(lambda: accepts_again(data_dir, before))

        assert await asyncio.to_thread(received, where) == b"called A1"


async def test_a_message_waits_for_a_durable_session_while_vigie_is_stopped(data_dir: Path) -> None:
    async with broker(data_dir, sync=False) as first:
        await asyncio.to_thread(subscribe_and_leave, first)
        await asyncio.to_thread(publish, first, b"called A1")
    async with broker(data_dir, sync=False) as second:
        assert await asyncio.to_thread(received, second) == b"called A1"
    assert second == first


async def test_a_broker_filled_to_the_brim_delivers_what_it_took_once_it_is_started_again(data_dir: Path) -> None:
    async with broker(data_dir, backlog=1_000_000) as where:
        await asyncio.to_thread(subscribe_and_leave, where)
        await asyncio.to_thread(fill, where)
    async with broker(data_dir, backlog=1_000_000) as where:
        assert await asyncio.to_thread(received, where) == b"x" * 10_000


async def test_the_broker_refuses_a_wrong_password_and_nobody_s_name(data_dir: Path) -> None:
    async with broker(data_dir) as where:
        assert await asyncio.to_thread(answer, where, (where.user, "wrong")) == "Not authorized"
        assert await asyncio.to_thread(answer, where, None) == "Not authorized"
        assert await asyncio.to_thread(answer, where, (where.user, secret_of(where))) == "Success"


async def test_the_broker_lets_nobody_in_but_by_mqtt_and_listens_on_the_loopback_only(data_dir: Path) -> None:
    async with broker(data_dir) as where:
        listening = [one.laddr for one in child("nats-server").net_connections("tcp") if one.status == "LISTEN"]
        assert {address.ip for address in listening} == {"127.0.0.1"}
        (plain,) = {address.port for address in listening} - {where.port}
        reader, writer = await asyncio.open_connection("127.0.0.1", plain)
        login = json.dumps({"user": where.user, "pass": secret_of(where), "verbose": True})
        writer.write(f"CONNECT {login}\r\nPING\r\n".encode())
        said = await asyncio.wait_for(reader.read(), WITHIN)
        writer.close()
        await writer.wait_closed()
    assert b"-ERR 'Authorization Violation'" in said
    assert b"PONG" not in said


async def test_the_broker_listens_where_it_is_told_or_says_that_it_cannot(data_dir: Path) -> None:
    async with broker(data_dir) as free:
        pass
    async with broker(data_dir, f"127.0.0.1:{free.port}") as where:
        assert (where.host, where.port) == ("127.0.0.1", free.port)
    with socket.create_server(("127.0.0.1", free.port)), pytest.raises(EmbeddedServiceError, match="cannot listen on"):
        await open_and_close(broker(data_dir, f"127.0.0.1:{free.port}"))


async def test_servers_that_answer_no_more_are_gone_within_three_seconds(data_dir: Path) -> None:
    before = children()
    async with postgres(data_dir), broker(data_dir):
        servers = children() - before
        postmaster(data_dir).suspend()
        child("nats-server").suspend()
        began = time.monotonic()
    assert time.monotonic() - began < 3
    await until(lambda: is_true(not any(alive(server) for server in servers)))


@as_root
async def test_as_root_the_servers_run_as_nobody_and_without_any_capability(data_dir: Path) -> None:
    async with postgres(data_dir), broker(data_dir):
        # one capability where this checkout itself is in a folder closed to others
        kept = "0" if all(folder.stat().st_mode & 0o001 for folder in ROOT.parents) else "4"
        assert privileges(postmaster(data_dir)) == privileges(child("nats-server")) == (nobody(), kept.zfill(16))


@as_root
async def test_as_root_under_a_closed_folder_they_may_read_past_it_and_its_permissions_stay(data_dir: Path) -> None:
    inner = closed(data_dir) / "var"
    if not may_read_past():
        with pytest.raises(EmbeddedServiceError, match="withholds the capabilities"):
            await open_and_close(postgres(inner))
        return
    async with postgres(inner) as dsn, broker(inner), connected(dsn) as connection:
        assert await connection.fetchval("select 1") == 1
        assert privileges(postmaster(inner)) == privileges(child("nats-server")) == (nobody(), "4".zfill(16))
    assert is_closed(data_dir)


@as_root
def test_as_root_without_that_capability_the_error_says_what_to_do(data_dir: Path) -> None:
    closed(data_dir)
    ended = subprocess.run(
        ["setpriv", "--bounding-set=-dac_read_search", sys.executable, "-c", VIGIE, str(data_dir / "var")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert ended.returncode == 1
    assert re.search(f"The folder .+ is closed to uid {nobody()}", ended.stderr)
    assert "give another --data-dir" in ended.stderr


# ---------------------------------------------------------------- the words of these tests


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, timeout=WITHIN)
    try:
        yield connection
    finally:
        await connection.close(timeout=WITHIN)


@contextmanager
def another_vigie(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    vigie = subprocess.Popen(
        [sys.executable, "-c", VIGIE, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0
    )
    assert vigie.stdout is not None
    try:
        yield vigie, vigie.stdout.readline().strip()
    finally:
        vigie.terminate()
        try:
            vigie.wait(WITHIN)
        finally:
            vigie.kill()
            vigie.wait()
            vigie.stdout.close()


def children() -> set[psutil.Process]:
    """Of this process, those of other tests' servers among them."""
    return set(psutil.Process().children(recursive=True))


async def open_and_close(service: AbstractAsyncContextManager[object]) -> None:
    async with service:
        pass


async def looked(data_dir: Path) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOOK, str(data_dir), cwd=ROOT, stdout=subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), WITHIN)
    return out.decode().splitlines()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN):
        while not await condition():  # noqa: ASYNC110  # other processes set no event of ours
            await asyncio.sleep(0.02)


async def is_true(fact: bool) -> bool:
    return fact


async def restarted(data_dir: Path, before: psutil.Process) -> bool:
    return await pg.running(data_dir) is not None and postmaster(data_dir) != before


async def accepts_again(data_dir: Path, before: psutil.Process) -> bool:
    return not alive(before) and await nats.running(data_dir) is not None


def closed(folder: Path) -> Path:
    folder.mkdir(0o700)
    assert is_closed(folder)
    return folder


def is_closed(folder: Path) -> bool:
    return folder.stat().st_mode & 0o777 == 0o700


def postmaster(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]))


def child(wanted: str) -> psutil.Process:
    (found,) = [process for process in psutil.Process().children() if name(process) == wanted and alive(process)]
    return found


def name(process: psutil.Process) -> str:
    """Empty once it is gone: PostgreSQL's workers come and go."""
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def privileges(process: psutil.Process) -> tuple[int, str]:
    """Its real uid and its effective capabilities, as the kernel writes them."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (capabilities,) = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")]
    assert len(set(process.uids())) == 1
    return process.uids().real, capabilities


def may_read_past() -> bool:
    status = Path("/proc/self/status").read_text()
    (bounding,) = [line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:")]
    return int(bounding, 16) & 0x104 == 0x104


def nobody() -> int:
    return int(subprocess.check_output(["id", "-u", "nobody"], text=True))


def secret_of(where: Broker) -> str:
    return where.password_file.read_text().strip()


@contextmanager
def mqtt(
    where: Broker, name: str, login: tuple[str, str] | None, inbox: queue.Queue[bytes]
) -> Iterator[tuple[Client, str]]:
    """A durable session, and what the broker said to it."""
    said: queue.Queue[str] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False, reconnect_on_failure=False)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.put(str(reason))

    def took(_client: Client, _data: object, message: MQTTMessage) -> None:
        inbox.put(bytes(message.payload))

    client.on_message = took
    if login is not None:
        client.username_pw_set(*login)
    client.connect(where.host, where.port)
    client.loop_start()
    try:
        yield client, said.get(timeout=WITHIN)
    finally:
        client.disconnect()
        client.loop_stop()


def subscribe_and_leave(where: Broker) -> None:
    subscribed: queue.Queue[str] = queue.Queue()
    with mqtt(where, "collector", (where.user, secret_of(where)), queue.Queue()) as (client, said):
        assert said == "Success"
        client.on_subscribe = lambda _client, _data, _id, codes, _properties: subscribed.put(str(codes[0]))
        client.subscribe("vigie/#", qos=1)
        assert subscribed.get(timeout=WITHIN) == "Granted QoS 1"


def publish(where: Broker, words: bytes) -> None:
    with mqtt(where, "kiosk", (where.user, secret_of(where)), queue.Queue()) as (client, said):
        assert said == "Success"
        sent = client.publish("vigie/sud", words, qos=1)
        sent.wait_for_publish(WITHIN)
        assert sent.is_published()


def fill(where: Broker) -> None:
    """Publishes until the broker takes no more, and sends us away."""
    away: queue.Queue[str] = queue.Queue()
    with mqtt(where, "kiosk", (where.user, secret_of(where)), queue.Queue()) as (client, said):
        assert said == "Success"
        client.on_disconnect = lambda _client, _data, _flags, reason, _properties: away.put(str(reason))
        sent = [client.publish("vigie/sud", b"x" * 10_000, qos=1) for _ in range(200)]
        assert away.get(timeout=WITHIN) != "Normal disconnection"
    assert 0 < sum(message.is_published() for message in sent) < len(sent)


def received(where: Broker) -> bytes:
    inbox: queue.Queue[bytes] = queue.Queue()
    with mqtt(where, "collector", (where.user, secret_of(where)), inbox):
        return inbox.get(timeout=WITHIN)


def answer(where: Broker, login: tuple[str, str] | None) -> str:
    with mqtt(where, "stranger", login, queue.Queue()) as (_, said):
        return said
