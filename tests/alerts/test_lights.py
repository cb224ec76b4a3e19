"""What a light is told: no more than changes, and nothing of what is silenced."""

import json
from collections.abc import Sequence

from msgspec.structs import replace

from alerts.lights import KINDS, Lights
from tests.alerts.hand import alert
from tests.build import at
from ticketing.alert import Alert, Mute

WAIT = "accueil/v1/aube/sud/alerts/wait"


class Trial:
    def __init__(self, *alerts: Alert) -> None:
        self.known: tuple[Sequence[Alert], Sequence[Mute]] | None = (alerts, ())
        self.lights = Lights("aube", ["sud", "nord"], lambda: self.known, lambda: at("10:10"))

    def told(self) -> dict[str, bytes]:
        return dict(self.lights.due())


def test_at_first_every_topic_is_told_the_dark_ones_as_empty() -> None:
    told = Trial(alert()).told()
    assert len(told) == 2 * len(KINDS)
    lit = {topic: json.loads(payload) for topic, payload in told.items() if payload}
    assert lit == {
        WAIT: {
            "id": "a1",
            "alert": "wait",
            "state": "firing",
            "severity": "page",
            "since": "2026-11-23T10:00:00+01:00",
            "names": ["Sejour"],
        }
    }


def test_what_has_not_changed_is_not_told_and_what_has_is() -> None:
    trial = Trial(alert())
    trial.told()
    assert trial.told() == {}
    trial.known = ([replace(alert(), acknowledged_at=at("10:05"))], ())
    assert [json.loads(payload)["state"] for payload in trial.told().values()] == ["acknowledged"]
    trial.known = ((), ())
    assert trial.told() == {WAIT: b""}


def test_what_is_silenced_is_dark_until_the_silence_ends() -> None:
    trial = Trial(alert())
    mute = Mute(id=1, area="sud", topic="wait", subject=None, since=at("10:00"), until=at("10:30"), reason="x", who="")
    trial.known = ([alert()], [mute])
    assert trial.told()[WAIT] == b""
    trial.known = ([alert()], [replace(mute, until=at("10:10"))])
    assert trial.told()[WAIT]


def test_a_queue_that_is_silenced_is_not_named_beside_one_that_is_not() -> None:
    mute = Mute(
        id=1, area="sud", topic="wait", subject="asile", since=at("10:00"), until=at("10:30"), reason="x", who=""
    )
    trial = Trial()
    trial.known = ([alert("10:00", "sejour", "asile")], [mute])
    assert json.loads(trial.told()[WAIT])["names"] == ["Sejour"]


def test_a_light_says_nothing_of_who_has_taken_the_alert_on() -> None:
    taken = replace(alert(), acknowledged_at=at("10:05"), acknowledged_by="Camille")
    assert b"Camille" not in b"".join(Trial(taken).told().values())


def test_what_concerns_the_site_is_told_to_every_area() -> None:
    told = Trial(alert(area="", topic="data")).told()
    assert [topic for topic, payload in told.items() if payload] == [
        "accueil/v1/aube/sud/alerts/data",
        "accueil/v1/aube/nord/alerts/data",
    ]


def test_as_long_as_nothing_is_known_nothing_is_told() -> None:
    trial = Trial()
    trial.known = None
    assert trial.told() == {}


def test_after_another_connection_all_is_told_again() -> None:
    trial = Trial(alert())
    first = trial.told()
    trial.lights.again()
    assert trial.told() == first
