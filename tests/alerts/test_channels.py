"""A Matrix room and Alertmanager, each the real one: what arrives, what arrives twice, and what is refused."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from msgspec.structs import replace

from alerts.channels.alertmanager import Alertmanager, AlertmanagerRecipient
from alerts.channels.matrix import Matrix, MatrixRecipient
from alerts.letters import RefusedError
from alerts.writing import Desk, trial
from tests.alerts.hand import SCRIPT, alert, letter
from tests.alerts.peers import ALERTMANAGER, Synapse, alertmanager
from tests.servers import folder, free_port

pytestmark = pytest.mark.servers
needs_alertmanager = pytest.mark.skipif(
    ALERTMANAGER is None, reason="Debian's prometheus-alertmanager is not installed"
)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


# ------------------------------------------------------------ Matrix


@pytest.fixture(scope="module")
def synapse() -> Iterator[Synapse]:
    with folder(durable=False) as home:
        running = Synapse(home)
        try:
            yield running.start()
        finally:
            running.end()


async def test_a_room_shows_each_message_once_however_often_it_is_sent(
    synapse: Synapse, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    owner, ours = synapse.account("agent"), synapse.account("vigie")
    room = synapse.ask("POST", "/_matrix/client/v3/createRoom", {"invite": ["@vigie:localhost"]}, owner)["room_id"]
    (tmp_path / "token").write_text(ours + "\n")
    recipient = MatrixRecipient(name="tchap", homeserver=synapse.url, room=room, token_file=tmp_path / "token")
    channel = Matrix(recipient, session)
    for one in (letter(), letter(), letter(news="resolved", key="a1.resolved.chef")):
        await channel.send(one)
    first, end = synapse.messages(quote(room), owner)
    assert first["body"].startswith(f"Hall sud · {SCRIPT} : ouvrir Guichet 2\n3 personnes dépasseront")
    assert "<script>" not in first["formatted_body"]
    assert "&lt;script&gt;" in first["formatted_body"]
    assert (first["msgtype"], end["msgtype"]) == ("m.text", "m.notice")


async def test_a_room_that_is_none_of_ours_refuses(
    synapse: Synapse, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    owner, stranger = synapse.account("autre"), synapse.account("etranger")
    room = synapse.ask("POST", "/_matrix/client/v3/createRoom", {}, owner)["room_id"]
    (tmp_path / "token").write_text(stranger)
    recipient = MatrixRecipient(name="tchap", homeserver=synapse.url, room=room, token_file=tmp_path / "token")
    with pytest.raises(RefusedError, match="the room answered 403"):
        await Matrix(recipient, session).send(letter())
    assert synapse.messages(quote(room), owner) == []


async def test_a_server_that_has_had_enough_of_us_refuses_and_what_it_took_before_is_not_shown_twice(
    synapse: Synapse, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    ours = synapse.account("bavard")
    room = synapse.ask("POST", "/_matrix/client/v3/createRoom", {}, ours)["room_id"]
    (tmp_path / "token").write_text(ours)
    channel = Matrix(
        MatrixRecipient(name="tchap", homeserver=synapse.url, room=room, token_file=tmp_path / "token"), session
    )
    taken = []

    async def send_all() -> None:
        # its usual limit is ten at once
        for number in range(100):
            await channel.send(letter(key=f"a1.again.{number}"))
            taken.append(number)

    with pytest.raises(RefusedError, match="the Matrix server answered 429"):
        await send_all()
    await channel.send(letter(key="a1.again.0"))
    assert len(synapse.messages(quote(room), ours)) == len(taken) > 0


# ------------------------------------------------------------ Alertmanager


def shown(address: str) -> list[tuple[str, str, bool]]:
    """Name, severity and whether it is active, of all alerts that Alertmanager knows."""
    with urllib.request.urlopen(f"{address}/api/v2/alerts", timeout=10) as answer:  # noqa: S310 - our own
        found = json.load(answer)
    now = datetime.now(UTC)
    return sorted(
        (one["labels"]["alertname"], one["labels"]["severity"], datetime.fromisoformat(one["endsAt"]) > now)
        for one in found
    )


@needs_alertmanager
async def test_alertmanager_shows_an_alert_its_worsening_and_its_end(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with alertmanager(tmp_path) as address:
        channel = Alertmanager(AlertmanagerRecipient(name="am", url=address), session)
        task = replace(alert(severity="task"), fired_at=datetime.now(UTC) - timedelta(minutes=5))
        for _ in range(2):
            await channel.send(letter(task))
        assert await asyncio.to_thread(shown, address) == [("VigieAttente", "task", True)]
        page = replace(task, severity="page")
        await channel.send(letter(page, "worsened"))
        assert [one for one in await asyncio.to_thread(shown, address) if one[2]] == [("VigieAttente", "page", True)]
        over = replace(page, resolved_at=datetime.now(UTC), back_at=datetime.now(UTC))
        await channel.send(letter(over, "resolved"))
        assert [one for one in await asyncio.to_thread(shown, address) if one[2]] == []


@needs_alertmanager
async def test_an_alert_whose_worsening_is_told_with_another_letter_stands_under_one_severity_and_ends(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with alertmanager(tmp_path) as address:
        channel = Alertmanager(AlertmanagerRecipient(name="am", url=address), session)
        week = replace(alert(severity="week"), fired_at=datetime.now(UTC) - timedelta(minutes=5))
        await channel.send(letter(week))
        await channel.send(letter(replace(week, severity="page"), "again"))
        assert await asyncio.to_thread(shown, address) == [("VigieAttente", "page", True)]
        await channel.send(letter(replace(week, severity="page", resolved_at=datetime.now(UTC)), "resolved"))
        assert await asyncio.to_thread(shown, address) == []


@needs_alertmanager
async def test_a_trial_and_an_alert_that_began_by_a_clock_that_was_ahead_are_taken_too(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with alertmanager(tmp_path) as address:
        channel = Alertmanager(AlertmanagerRecipient(name="am", url=address), session)
        desk = Desk(site="aube", names={}, address="https://vigie.example", zone=UTC)
        await channel.send(trial(desk, "am", datetime.now(UTC)))
        assert await asyncio.to_thread(shown, address) == []
        ahead = datetime.now(UTC) + timedelta(hours=2)
        await channel.send(letter(replace(alert(), fired_at=ahead), "worsened"))
        await channel.send(letter(replace(alert(), fired_at=ahead, resolved_at=datetime.now(UTC)), "resolved"))


@needs_alertmanager
async def test_an_alertmanager_that_asks_for_a_password_is_told_it(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    file, word = tmp_path / "password", "un mot de passe"
    with alertmanager(tmp_path, "vigie", word) as address:
        known = AlertmanagerRecipient(name="am", url=address, user="vigie", password_file=file)
        file.write_text("un autre")
        with pytest.raises(RefusedError, match="Alertmanager answered 401"):
            await Alertmanager(known, session).send(letter())
        file.write_text(f"{word}\n")
        await Alertmanager(known, session).send(letter())


async def test_an_alertmanager_that_is_not_there_is_an_error_to_try_again(session: aiohttp.ClientSession) -> None:
    recipient = AlertmanagerRecipient(name="am", url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RefusedError, match="not reached"):
        await Alertmanager(recipient, session).send(letter())
