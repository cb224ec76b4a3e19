"""A hall of one queue, always open, and a kiosk in it as its maker would build one: heartbeats, a last will, events."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from tests.end_to_end.running import HALL, Running, configuration
from tests.servers import Mosquitto, until

SILENT_AFTER_S = 3.0
BEAT_S = 0.5
ZERO = timedelta()


def running(home: Path, broker: Mosquitto, dsn: str, part: str = "run", more: str = "") -> tuple[Path, Running]:
    """Over that hall; a device is missed after three seconds, and what it counts compared every second."""
    intake = f'silent_after = "{SILENT_AFTER_S:g}s"\ncompare_every = "1s"\n{more}'
    config = configuration(home, broker=broker.url, dsn=dsn, oldest="48h", areas=HALL, intake=intake)
    return config, Running(home, part, "--config", str(config))


class Kiosk:
    """Connected from the start; `off` is how far its clock is before ours."""

    def __init__(self, broker: Mosquitto, name: str = "borne-1", session: str = "s1", off: timedelta = ZERO) -> None:
        self.name, self.session, self.off = name, session, off
        self._beaten = 0.0
        self._events = 0
        self._client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.will_set(self.topic("status"), self._state("offline"), 1, retain=True)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        until(self._client.is_connected, f"{name} is connected")

    def topic(self, channel: str) -> str:
        return f"accueil/v1/aube/sud/{self.name}/{channel}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def _state(self, state: str, **more: object) -> bytes:
        return json.dumps({"state": state, "session": self.session, "time": self.now.isoformat(), **more}).encode()

    def say(self, channel: str, payload: bytes) -> None:
        """Returns when the broker has it."""
        sent: MQTTMessageInfo = self._client.publish(self.topic(channel), payload, 1, retain=channel == "status")
        sent.wait_for_publish(10)
        assert sent.is_published()

    def beat(self, **more: object) -> None:
        self.say("status", self._state("online", **more))
        self._beaten = time.monotonic()

    def beating(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """The condition, asked of a kiosk that goes on telling that it is there."""

        def asked() -> bool:
            if time.monotonic() - self._beaten > BEAT_S:
                self.beat()
            return condition()

        return asked

    def tell(self, kind: str, ago: timedelta = ZERO, sequence: int | None = None, **data: object) -> dict[str, Any]:
        """An event of its own, which is returned to be told again."""
        self._events += 1
        whole = {
            "specversion": "1.0",
            "type": kind,
            "source": f"/aube/sud/{self.name}",
            "id": f"{self.session}-{self._events}",
            "time": (self.now - ago).isoformat(),
            "data": data,
        }
        if sequence is not None:
            whole["sequence"] = str(sequence)
        self.say("events", json.dumps(whole).encode())
        return whole

    def issue(self, ticket: str, ago: timedelta = ZERO, sequence: int | None = None) -> dict[str, Any]:
        return self.tell("ticket.issued", ago, sequence, ticket=ticket, number=ticket, queue="sejour")

    def cut(self) -> None:
        """As a lost network would: the broker sends the last will."""
        self._client.loop_stop()
        if (connection := self._client.socket()) is not None:
            connection.close()

    def leave(self) -> None:
        """Without a word more, and without its last will."""
        self._client.disconnect()
        self._client.loop_stop()


def waiting(vigie: Running) -> int:
    return int(vigie.live("sud")["waiting"])


def complete(vigie: Running) -> bool:
    return bool(vigie.live("sud")["complete"])


def words(html: str) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))
