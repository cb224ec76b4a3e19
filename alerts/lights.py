"""Lights: what lamps and buzzers behind the counters are told of an area, one retained topic for each kind of alert."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from alerts.muting import silenced
from alerts.watched import Key
from ticketing.alert import SITE, TOPICS, Alert, Mute, Severity, Topic
from ticketing.events import Moment

ADDRESS = "accueil/v1/{site}/{area}/alerts/{alert}"
KINDS: tuple[Topic, ...] = tuple(dict.fromkeys(TOPICS.values()))


class Light(Struct, frozen=True, kw_only=True):
    """An alert that is open and not silenced. Once it is over, the topic is empty."""

    id: Annotated[str, Meta(description="Unique for good.")]
    alert: Annotated[Topic, Meta(description="What it is about, as in the topic.")]
    state: Annotated[Literal["firing", "acknowledged"], Meta(description="Whether somebody has taken it on.")]
    severity: Annotated[Severity, Meta(description="To be looked at now, today, this week. It only rises.")]
    since: Annotated[Moment, Meta(description="When it fired.")]
    names: Annotated[
        tuple[str, ...], Meta(description="Of the queues or devices that are concerned, and not silenced; as shown.")
    ]


class Lights:
    """What has changed since it was told last. `look` gives what is open and silenced, None while it is not known."""

    def __init__(
        self,
        site: str,
        areas: Sequence[str],
        look: Callable[[], tuple[Sequence[Alert], Sequence[Mute]] | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._site, self._areas, self._look, self._clock = site, areas, look, clock
        self._told: dict[str, bytes] = {}

    def again(self) -> None:
        """Nobody may know any more what was told."""
        self._told = {}

    def due(self) -> Iterable[tuple[str, bytes]]:
        """Topics and what they are to hold; nothing where an alert is over, so that nothing stays there."""
        known = self._look()
        if known is None:
            return
        for address, payload in self._wanted(*known).items():
            if self._told.get(address) != payload:
                self._told[address] = payload
                yield address, payload

    def _wanted(self, alerts: Sequence[Alert], mutes: Sequence[Mute]) -> Mapping[str, bytes]:
        now = self._clock()
        heard = {(alert.area, alert.topic): (alert, silenced(alert, mutes, now)) for alert in alerts}
        lit = {where: _payload(alert, hushed) for where, (alert, hushed) in heard.items()}
        found = {}
        for area in self._areas:
            for kind in KINDS:
                payload = lit.get((area, kind)) or lit.get((SITE, kind)) or b""
                found[ADDRESS.format(site=self._site, area=area, alert=kind)] = payload
        return found


def _payload(alert: Alert, hushed: Collection[Key]) -> bytes:
    """Nothing where all that is wrong is silenced."""
    heard = [signal for signal in alert.active if signal.key not in hushed]
    if alert.fired_at is None or not heard:
        return b""
    return msgspec.json.encode(
        Light(
            id=alert.id,
            alert=alert.topic,
            state="firing" if alert.acknowledged_at is None else "acknowledged",
            severity=alert.severity,
            since=alert.fired_at,
            names=tuple(dict.fromkeys(signal.name for signal in heard if signal.name)),
        )
    )
