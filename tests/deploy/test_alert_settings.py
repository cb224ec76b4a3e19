"""The alerts of a configuration: recipients, routes and rules, and how each fault in them is told."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channels import MailRecipient
from alerts.rules import HALL, SWITCHBOARD, Rules
from deploy.configuration import load, parse
from deploy.settings import Settings, SettingsError
from tests.deploy.test_settings import example
from tests.end_to_end.running import configuration, said
from tests.servers import free_port

SECRET = base64.b64encode(b"a secret of twenty-four b").decode()
MAIL = {"name": "accueil", "channel": "mail", "to": ["accueil@aube.example"]}
ROOM = {"name": "tchap", "channel": "matrix", "homeserver": "https://matrix.example", "token_file": "t"}
MANAGER = {"name": "am", "channel": "alertmanager", "url": "https://am.example"}
SERVER = {"host": "smtp.example", "sender": "vigie@aube.example"}


def with_alerts(
    recipients: list[dict[str, Any]] | None = None,
    routes: list[dict[str, Any]] | None = None,
    **alerts: object,
) -> dict[str, Any]:
    return {**example(), "alerts": alerts, "recipients": recipients or [], "routes": routes or []}


def settings(**tables: Any) -> Settings:
    return parse(with_alerts(**tables))


def told(**tables: Any) -> list[str]:
    with pytest.raises(SettingsError) as error:
        settings(**tables)
    return str(error.value).splitlines()


def test_recipients_routes_and_rules_are_read() -> None:
    found = settings(
        recipients=[MAIL],
        routes=[{"to": ["accueil"], "areas": ["sud"], "severities": ["page"], "hours": {"mon-fri": ["08:00-18:00"]}}],
        mail=SERVER,
        repeat="1h",
        escalate_after="5m",
        rules=[{"condition": "predicted_breach", "area": "sud", "queue": "sejour", "fire": 0.8, "hold": "0s"}],
    )
    assert found.recipients == [MailRecipient(name="accueil", to=["accueil@aube.example"])]
    assert (found.alerts.policy.repeat, found.alerts.policy.escalate_after) == (
        timedelta(hours=1),
        timedelta(minutes=5),
    )
    (route,) = found.routed()
    assert (route.to, route.areas, route.severities, route.hours is None) == (("accueil",), ("sud",), ("page",), False)
    rule = Rules(found.alerts.rules).rule("predicted_breach", "hall", "sud", "sejour")
    assert (rule.fire, rule.clear, rule.hold) == (0.8, 0.15, timedelta())
    assert Rules(found.alerts.rules).rule("predicted_breach", "hall", "sud", "asile") == HALL["predicted_breach"]
    assert Rules(found.alerts.rules).rule("answer_rate", "switchboard") == SWITCHBOARD["answer_rate"]


def test_without_any_of_it_alerts_are_on_the_boards_alone() -> None:
    assert (settings().recipients, settings().routed()) == ([], ())


def test_a_configuration_is_known_by_what_stands_in_it() -> None:
    assert settings().digest == settings().digest
    assert settings().digest != settings(repeat="1h").digest


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        (
            {"routes": [{"to": ["chef"]}]},
            'routes[0]: found recipient "chef", expected one of: (none)',
        ),
        (
            {"recipients": [MAIL, MAIL], "mail": SERVER},
            'recipients[1].name: found "accueil" twice, expected once',
        ),
        (
            {"recipients": [MAIL]},
            "recipients[0].channel: found mail, expected the table [alerts.mail] beside it",
        ),
        (
            {"recipients": [MAIL], "mail": SERVER, "routes": [{"to": ["accueil"], "areas": ["ouest"]}]},
            'routes[0].areas: found "ouest", expected one of: sud, nord, standard',
        ),
        (
            {"recipients": [MAIL], "mail": SERVER, "routes": [{"to": ["accueil"], "then": [["x"]]}]},
            'routes[0]: found recipient "x", expected one of: accueil',
        ),
        (
            {"recipients": [MAIL], "mail": SERVER, "routes": [{"to": ["accueil"], "hours": {"mon": ["8-12"]}}]},
            'routes[0].hours.mon: found "8-12", expected hours such as "08:30-12:00"',
        ),
        (
            {"recipients": [{"name": "w", "channel": "webhook", "url": "http://autre.example", "secret_file": "s"}]},
            'recipients[0].url: found "http://autre.example", expected https:// for another machine',
        ),
        (
            {"recipients": [{**MAIL, "to": ["accueil"]}], "mail": SERVER},
            'recipients[0].to[0]: found "accueil", expected an address as a@aube.example',
        ),
        (
            {"recipients": [MAIL], "mail": {**SERVER, "user": "vigie"}},
            "alerts.mail.user: found it without password_file, expected both or none",
        ),
        (
            {"recipients": [MAIL], "mail": {**SERVER, "user": "vigie", "password_file": "p", "tls": "none"}},
            'alerts.mail.tls: found "none" beside a password for another machine, expected "starttls" or "implicit"',
        ),
        (
            {"recipients": [{**ROOM, "room": "#vigie:matrix.example"}]},
            'recipients[0].room: found "#vigie:matrix.example", expected a room\'s id such as !abc:matrix.example',
        ),
        (
            {"recipients": [{**MANAGER, "password_file": "p"}]},
            "recipients[0].password_file: found it without user, expected both or none",
        ),
        (
            {"recipients": [{**MANAGER, "user": "a:b", "password_file": "p"}]},
            'recipients[0].user: found "a:b", expected no colon in it',
        ),
        (
            {"recipients": [{**MANAGER, "user": "a", "password_file": "p", "token_file": "t"}]},
            "recipients[0].token_file: found it beside user, expected one of them",
        ),
        (
            {"rules": [{"condition": "head_of_line", "queue": "nulle"}]},
            'alerts.rules[0].queue: found "nulle", expected one of: ',
        ),
        (
            {"rules": [{"condition": "device_silent", "queue": "sejour"}]},
            "alerts.rules[0].queue: found it beside device_silent, which is of no queue",
        ),
        (
            {"rules": [{"condition": "predicted_breach", "clear": 0.9}]},
            "alerts.rules[0].clear: found 0.9, expected at most 0.45, from which on it fires",
        ),
        (
            {"rules": [{"condition": "predicted_breach", "hold": "soon"}]},
            'alerts.rules[0].hold: found "soon", expected a duration such as "90s", "15m" or "48h"',
        ),
        (
            {"rules": [{"condition": "nothing"}]},
            'alerts.rules[0].condition: found "nothing", expected one of: predicted_breach, head_of_line',
        ),
        ({"repeat": "0s"}, 'alerts.repeat: found "0s", expected more than nothing and at most ten years'),
        ({"again": "1h"}, "alerts.again: found an unknown key, expected one of: repeat, "),
        (
            {"recipients": [{"name": "accueil", "channel": "pigeon"}]},
            'recipients[0].channel: found "pigeon", expected one of: mail, webhook, matrix, alertmanager',
        ),
        (
            {"recipients": [{**MAIL, "to": ["nobody"]}], "mail": SERVER},
            'recipients[0].to[0]: found "nobody", expected ',
        ),
        (
            {"recipients": [{**MAIL, "cc": []}], "mail": SERVER},
            "recipients[0].cc: found an unknown key, expected one of",
        ),
    ],
)
def test_each_fault_is_told_with_its_key_and_what_was_expected(tables: dict[str, Any], fault: str) -> None:
    assert any(line.startswith(fault) for line in told(**tables)), told(**tables)


def test_a_secret_that_is_not_there_is_told_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(
        'site = "aube"\nareas = [{ id = "sud", kind = "hall", name = "Sud" }]\n'
        '[[recipients]]\nname = "w"\nchannel = "webhook"\nurl = "https://a.example"\nsecret_file = "no.secret"\n'
    )
    with pytest.raises(SettingsError, match=r"recipients\[0\]\.secret_file: found no file .*no\.secret"):
        load(path)


class Taken:
    """What a webhook was sent, and what it answers."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.bodies: list[tuple[dict[str, str], bytes]] = []


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, Taken]]:
    """A server of somebody else's, on the loopback."""
    taken = Taken(status)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            taken.bodies.append((dict(self.headers.items()), self.rfile.read(length)))
            self.send_response(taken.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    running = threading.Thread(target=server.serve_forever, args=(0.02,))
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/vigie", taken
    finally:
        server.shutdown()
        running.join()
        server.server_close()


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], Path]:
    """A configuration with a webhook at an address; neither database nor broker are there."""

    def made(url: str) -> Path:
        port = free_port()
        config = configuration(tmp_path, broker=f"mqtt://127.0.0.1:{port}", dsn=f"postgresql://v@127.0.0.1:{port}/v")
        (tmp_path / "secret").write_text(f"whsec_{SECRET}\n")
        recipient = f'[[recipients]]\nname = "relais"\nchannel = "webhook"\nurl = "{url}"\nsecret_file = "secret"\n'
        config.write_text(config.read_text() + recipient)
        return config

    return made


def test_a_trial_message_reaches_its_recipient_signed(configured: Callable[[str], Path]) -> None:
    with webhook() as (url, taken):
        answer = said("alert", "test", "relais", "--config", str(configured(url)))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == "relais has taken the message: see whether it has arrived.\n"
    ((headers, body),) = taken.bodies
    told = Webhook(SECRET).verify(body.decode(), {key.lower(): value for key, value in headers.items()})
    assert told["title"] == "Essai de vigie pour relais"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.decode() + " ", {key.lower(): value for key, value in headers.items()})
    assert json.loads(body)["alert"]["state"] == "resolved"


def test_a_recipient_that_does_not_take_it_is_told_with_the_reason(configured: Callable[[str], Path]) -> None:
    with webhook(status=503) as (url, _):
        answer = said("alert", "test", "relais", "--config", str(configured(url)))
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == "vigie: relais was not reached: the webhook answered 503\n"
    nowhere = said("alert", "test", "relais", "--config", str(configured(f"http://127.0.0.1:{free_port()}/")))
    assert nowhere.status == 1
    assert nowhere.err.startswith("vigie: relais was not reached: not reached")


def test_a_recipient_that_nobody_knows_is_wrong_usage(configured: Callable[[str], Path]) -> None:
    answer = said("alert", "test", "personne", "--config", str(configured("http://127.0.0.1:9/")))
    assert (answer.status, answer.err) == (2, 'vigie: found recipient "personne", expected one of: relais\n')


def test_a_check_says_who_is_told_nothing(configured: Callable[[str], Path]) -> None:
    config = configured("https://relais.example")

    def recipients() -> list[str]:
        lines = said("check", "--config", str(config)).out.splitlines()
        return [" ".join(line.split()) for line in lines if "recipients" in line]

    assert recipients() == ["soon recipients in no route, so told nothing: relais"]
    config.write_text(config.read_text() + '[[routes]]\nto = ["relais"]\n')
    assert recipients() == ["ok recipients 1, each in a route"]


def test_a_check_without_recipients_says_where_alerts_are(tmp_path: Path) -> None:
    port = free_port()
    config = configuration(tmp_path, broker=f"mqtt://127.0.0.1:{port}", dsn=f"postgresql://v@127.0.0.1:{port}/v")
    assert "none: alerts are on the boards alone" in said("check", "--config", str(config)).out
