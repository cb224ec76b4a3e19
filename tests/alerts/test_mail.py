"""Mail to a real server with STARTTLS: what arrives, what arrives twice, and what is refused."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerts.channels.mail import Mail, MailRecipient
from alerts.channels.submission import MailSettings
from alerts.letters import RefusedError
from tests.alerts.hand import SCRIPT, alert, letter
from tests.alerts.peers import MailServer
from tests.servers import folder, free_port, until

pytestmark = pytest.mark.servers


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    with MailServer(tmp_path) as running:
        yield running
        await asyncio.to_thread(until, lambda: running.left, "connections are closed")


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


async def test_ids_arrive_as_they_are_however_long_for_a_mail_client_decodes_none(
    server: MailServer, tmp_path: Path
) -> None:
    known = alert(id="20261125-095026123456-wait-titres-de-sejour-et-asile-sud-est-abc")
    key = f"{known.id}.escalated.20261125095026.chef-de-service"
    await mail(server, tmp_path).send(letter(known, key=key))
    raw = dict(server.mails[0].raw_items())
    assert raw["Message-ID"] == f"<{key}@aube.example>"
    assert raw["References"] == f"<{known.id}@aube.example>"


@pytest.mark.parametrize(
    ("answer", "code"),
    [("421 closing", "421"), ("451 try chef@aube.example later", "451"), ("550 no such mailbox", "550")],
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


async def test_where_one_address_is_refused_for_good_the_others_have_the_mail_and_the_operator_is_told(
    server: MailServer, tmp_path: Path
) -> None:
    server.refused = {"chef@aube.example": "550 no such mailbox"}
    with capture_logs() as logged:
        await mail(server, tmp_path).send(letter())
    assert len(server.mails) == 1
    (line,) = logged
    assert (line["log_level"], line["recipient"], line["refused"], line["codes"]) == ("error", "accueil", 1, [550])
    assert "@" not in str(logged)


async def test_where_one_address_is_refused_for_now_it_alone_gets_the_same_mail_again(
    server: MailServer, tmp_path: Path
) -> None:
    server.refused = {"chef@aube.example": "450 come again"}
    channel = mail(server, tmp_path)
    with pytest.raises(RefusedError, match=r"^SMTP 450: refused for 1 of 2 addresses$"):
        await channel.send(letter())
    server.refused = {}
    await channel.send(letter())
    assert len({one["Message-ID"] for one in server.mails}) == 1
    assert server.addressed == [["accueil@aube.example"], ["chef@aube.example"]]
    server.refused = dict.fromkeys(["accueil@aube.example", "chef@aube.example"], "550 no such mailbox")
    with pytest.raises(RefusedError, match=r"^SMTP 550: recipient refused$"):
        await channel.send(letter())


async def test_nothing_is_sent_to_a_server_that_is_not_who_it_says(server: MailServer, tmp_path: Path) -> None:
    with folder(durable=False) as elsewhere, MailServer(elsewhere, "autre") as other:
        for channel in (mail(other, tmp_path), mail(server, tmp_path, ca=other.ca)):
            with pytest.raises((RefusedError, OSError)):
                await channel.send(letter())
        assert other.mails == server.mails == []
        await asyncio.to_thread(until, lambda: other.left, "connections are closed")


async def test_a_wrong_password_is_refused(server: MailServer, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="535"):
        await mail(server, tmp_path, word="un autre").send(letter())


async def test_a_server_that_is_not_there_is_an_error_to_try_again(tmp_path: Path) -> None:
    settings = MailSettings(host="127.0.0.1", port=free_port(), tls="none", sender="vigie@aube.example")
    with pytest.raises((RefusedError, OSError)):
        await Mail(settings, MailRecipient(name="a", to=["a@aube.example"])).send(letter())


async def test_a_server_that_says_nothing_is_left_when_time_is_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = MailSettings(host="127.0.0.1", port=silent.getsockname()[1], sender="vigie@aube.example")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await Mail(settings, MailRecipient(name="a", to=["a@aube.example"])).send(letter())
        accepted, _ = silent.accept()
        with accepted:
            assert await asyncio.get_running_loop().run_in_executor(None, accepted.recv, 100) == b""
