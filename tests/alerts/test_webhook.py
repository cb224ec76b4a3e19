"""Webhooks, read by another's implementation of Standard Webhooks; and the secrets of all channels."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from msgspec.structs import replace
from standardwebhooks import Webhook as Reader

from alerts.channels import channel
from alerts.channels.alertmanager import AlertmanagerRecipient
from alerts.channels.mail import Mail, MailRecipient
from alerts.channels.matrix import MatrixRecipient
from alerts.channels.submission import MailSettings
from alerts.channels.webhook import Webhook, WebhookRecipient
from alerts.letters import RefusedError
from tests.alerts.hand import SCRIPT, alert, letter

SECRET = base64.b64encode(b"what only the two of us know").decode()


class Receiver:
    """A server of somebody else's. `answer` is what it says next."""

    def __init__(self) -> None:
        self.answer = web.Response()
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.address = ""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.taken.append((headers, await request.read()))
        answer, self.answer = self.answer, web.Response()
        return answer

    @property
    def read(self) -> list[dict[str, Any]]:
        """What was taken, as the other implementation has verified it."""
        return [Reader(SECRET).verify(body.decode(), headers) for headers, body in self.taken]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    runner = web.ServerRunner(web.Server(found))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    found.address = f"http://{host}:{port}/vigie"
    yield found
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def webhook(receiver: Receiver, home: Path, session: aiohttp.ClientSession, **more: Any) -> Webhook:
    (home / "secret").write_text(f"whsec_{SECRET}\n")
    return Webhook(WebhookRecipient(name="w", url=receiver.address, secret_file=home / "secret", **more), session)


async def test_another_implementation_verifies_what_is_sent_and_reads_all_of_the_alert(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    known = replace(alert(), since=at, fired_at=at, acknowledged_at=at)
    await webhook(receiver, tmp_path, session).send(letter(known))
    (told,) = receiver.read
    assert (told["key"], told["news"], told["area_name"]) == ("a1.fired.chef", "fired", "Hall sud")
    assert told["title"] == f"Hall sud · {SCRIPT} : ouvrir Guichet 2"
    assert told["link"] == "https://vigie.example/alertes#a1"
    found = told["alert"]
    assert (found["id"], found["site"], found["area"], found["topic"]) == ("a1", "aube", "sud", "wait")
    assert (found["state"], found["severity"], found["resolved_at"]) == ("acknowledged", "page", None)
    assert found["since"] == found["fired_at"] == found["acknowledged_at"] == "2026-11-23T10:00:00Z"
    (signal,) = found["signals"]
    assert (signal["condition"], signal["subject"], signal["name"]) == ("head_of_line", "sejour", "Sejour")
    assert signal["facts"] == {"type": "head_of_line", "longest_s": 1200.0, "waiting": 7, "limit_s": 900.0}


async def test_a_letter_that_is_sent_twice_has_one_id(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    channel = webhook(receiver, tmp_path, session)
    for _ in range(2):
        await channel.send(letter())
    assert [headers["webhook-id"] for headers, _ in receiver.taken] == ["a1.fired.chef"] * 2
    assert [told["key"] for told in receiver.read] == ["a1.fired.chef"] * 2


async def test_a_redirect_is_not_followed_and_anything_but_success_is_refused(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    channel = webhook(receiver, tmp_path, session)
    for status in (301, 307, 308, 400, 410, 429, 500, 503):
        receiver.answer = web.Response(status=status, headers={"Location": receiver.address})
        with pytest.raises(RefusedError, match=f"the webhook answered {status}"):
            await channel.send(letter())
    assert len(receiver.taken) == 8
    for status in (200, 202, 204):
        receiver.answer = web.Response(status=status)
        await channel.send(letter())


async def test_an_answer_without_end_is_not_read_to_it(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    receiver.answer = web.Response(body=b"x" * 50_000_000)
    await webhook(receiver, tmp_path, session).send(letter())
    assert len(receiver.read) == 1


@pytest.mark.parametrize(
    ("known", "header"),
    [("user", "Basic dmlnaWU6bW90IGRlIHBhc3Nl"), ("token", "Bearer mot de passe")],  # base64 of "vigie:mot de passe"
)
async def test_who_asks_for_a_password_or_a_token_is_told_it(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path, known: str, header: str
) -> None:
    file = tmp_path / "word"
    file.write_text("mot de passe\n")
    more = {"user": "vigie", "password_file": file} if known == "user" else {"token_file": file}
    await webhook(receiver, tmp_path, session, **more).send(letter())
    assert receiver.taken[0][0]["authorization"] == header


@pytest.mark.parametrize(
    "words", [b"", b"\n", b"\xff\xfe", b"one\ntwo"], ids=["empty", "blank", "no text", "two lines"]
)
async def test_a_file_that_holds_no_secret_is_told_when_a_channel_is_opened(
    session: aiohttp.ClientSession, tmp_path: Path, words: bytes
) -> None:
    file = tmp_path / "word"
    file.write_bytes(words)
    address = "https://a.example"
    server = MailSettings(host="localhost", sender="a@a.example", user="a", password_file=file)
    with pytest.raises(OSError, match="word"):
        Mail(server, MailRecipient(name="a", to=["a@a.example"]))
    for recipient in (
        WebhookRecipient(name="w", url=address, secret_file=file),
        MatrixRecipient(name="m", homeserver=address, room="!a:a.example", token_file=file),
        AlertmanagerRecipient(name="am", url=address, token_file=file),
    ):
        with pytest.raises(OSError, match="word"):
            channel(recipient, None, session)


@pytest.mark.parametrize("words", ["no base64", "é", base64.b64encode(b"too short a secret").decode()])
async def test_a_secret_that_anybody_could_guess_signs_nothing(
    session: aiohttp.ClientSession, tmp_path: Path, words: str
) -> None:
    (tmp_path / "word").write_text(words, encoding="utf-8")
    with pytest.raises(OSError, match="word"):
        channel(WebhookRecipient(name="w", url="https://a.example", secret_file=tmp_path / "word"), None, session)
