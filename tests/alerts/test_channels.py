"""Each channel to a real peer of its kind: what arrives, what arrives twice, and what is refused."""

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
from alerts.channels.mail import Mail, MailRecipient, MailSettings
from alerts.channels.matrix import Matrix, MatrixRecipient
from alerts.letters import Letter, RefusedError
from alerts.telling import News
from tests.alerts.hand import alert
from tests.alerts.peers import ALERTMANAGER, MailServer, Synapse, alertmanager
from tests.servers import folder, free_port
from ticketing.alert import Alert

pytestmark = pytest.mark.servers

SCRIPT = "Séjour <script>alert(1)</script> & fils"


def letter(known: Alert | None = None, news: News = "fired", key: str = "a1.fired.chef") -> Letter:
    now = datetime.now(UTC)
    found = known or replace(alert(), fired_at=now)
    return Letter(
        key=key,
        news=news,
        title=f"Hall sud · {SCRIPT} : ouvrir Guichet 2",
        text="3 personnes dépasseront 15\u202fmin dès 10\u202fh\u202f40.\nAlerte immédiate.",
        link="https://vigie.example/alertes#a1",
        alert=found,
        area_name="Hall sud",
        made_at=now,
    )


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


# ------------------------------------------------------------ mail


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as running:
        yield running


def mail(server: MailServer, home: Path, *, host: str = "localhost", ca: Path | None = None, word: str = "") -> Mail:
    (home / "smtp.password").write_text((word or server.password) + "\n")
    settings = MailSettings(
        host=host, port=server.port, user=server.user, password_file=home / "smtp.password",
        ca_file=ca or server.ca, sender="vigie@aube.example",
    )  # fmt: skip
    return Mail(settings, MailRecipient(name="accueil", to=["accueil@aube.example", "chef@aube.example"]))


async def test_a_mail_arrives_by_tls_with_what_to_do_in_its_subject(server: MailServer, tmp_path: Path) -> None:
    await mail(server, tmp_path).send(letter())
    (found,) = server.mails
    assert found["Subject"] == f"Hall sud · {SCRIPT} : ouvrir Guichet 2"
    assert found["To"] == "accueil@aube.example, chef@aube.example"
    assert found["From"] == "vigie <vigie@aube.example>"
    assert (found["Auto-Submitted"], found["Importance"]) == ("auto-generated", "high")
    plain = found.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "3 personnes dépasseront 15\u202fmin dès 10\u202fh\u202f40." in plain
    assert "https://vigie.example/alertes#a1" in plain
    html = found.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; fils" in html


async def test_a_mail_that_is_sent_twice_is_the_same_and_all_of_an_alert_hang_together(
    server: MailServer, tmp_path: Path
) -> None:
    channel = mail(server, tmp_path)
    for one in (letter(), letter(), letter(news="resolved", key="a1.resolved.chef")):
        await channel.send(one)
    first, second, end = server.mails
    assert first["Message-ID"] == second["Message-ID"] == "<a1.fired.chef@aube.example>"
    assert end["Message-ID"] != first["Message-ID"]
    assert {one["References"] for one in server.mails} == {"<a1@aube.example>"}


@pytest.mark.parametrize(
    ("answer", "code"), [("451 try chef@aube.example later", "451"), ("550 no such mailbox", "550")]
)
async def test_a_mail_that_is_not_taken_is_refused_with_the_servers_words_and_nobodys_address(
    server: MailServer, tmp_path: Path, answer: str, code: str
) -> None:
    server.answers = [answer]
    with pytest.raises(RefusedError, match=f"^SMTP {code}: ") as error:
        await mail(server, tmp_path).send(letter())
    assert "@" not in str(error.value)
    await mail(server, tmp_path).send(letter())
    assert len(server.mails) == 1


async def test_nothing_is_sent_to_a_server_that_is_not_who_it_says(server: MailServer, tmp_path: Path) -> None:
    with folder() as elsewhere, MailServer(elsewhere, "autre") as other:
        for channel in (mail(other, tmp_path), mail(server, tmp_path, ca=other.ca)):
            with pytest.raises((RefusedError, OSError)):
                await channel.send(letter())
        assert other.mails == server.mails == []


async def test_a_wrong_password_is_refused(server: MailServer, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="535"):
        await mail(server, tmp_path, word="un autre").send(letter())


async def test_a_server_that_is_not_there_is_an_error_to_try_again(tmp_path: Path) -> None:
    settings = MailSettings(host="127.0.0.1", port=free_port(), tls="none", sender="vigie@aube.example")
    with pytest.raises((RefusedError, OSError)):
        await Mail(settings, MailRecipient(name="a", to=["a@aube.example"])).send(letter())


# ------------------------------------------------------------ Matrix


@pytest.fixture(scope="module")
def synapse() -> Iterator[Synapse]:
    with folder() as home:
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


@pytest.mark.skipif(ALERTMANAGER is None, reason="Debian's prometheus-alertmanager is not installed")
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


async def test_an_alertmanager_that_is_not_there_is_an_error_to_try_again(session: aiohttp.ClientSession) -> None:
    recipient = AlertmanagerRecipient(name="am", url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RefusedError, match="not reached"):
        await Alertmanager(recipient, session).send(letter())
