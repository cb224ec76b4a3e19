"""Lights: what lamps and buzzers behind the counters are told of an area, one retained topic for each kind of alert."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from alerts.muting import quiet
from ticketing.alert import SITE, TOPICS, Alert, Mute, Severity, Signal, Topic
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
        lit = {(alert.area, alert.topic): alert for alert in alerts if not quiet(alert, mutes, now)}
        found = {}
        for area in self._areas:
            for kind in KINDS:
                alert = lit.get((area, kind)) or lit.get((SITE, kind))
                found[ADDRESS.format(site=self._site, area=area, alert=kind)] = _payload(alert, mutes, now)
        return found


def _payload(alert: Alert | None, mutes: Sequence[Mute], now: datetime) -> bytes:
    if alert is None or alert.fired_at is None:
        return b""
    return msgspec.json.encode(
        Light(
            id=alert.id,
            alert=alert.topic,
            state="firing" if alert.acknowledged_at is None else "acknowledged",
            severity=alert.severity,
            since=alert.fired_at,
            names=tuple(
                dict.fromkeys(one.name for one in alert.active if one.name and not _muted(alert, one, mutes, now))
            ),
        )
    )


def _muted(alert: Alert, signal: Signal, mutes: Sequence[Mute], now: datetime) -> bool:
    return any(mute.covers(alert.area, alert.topic, signal.subject, now) for mute in mutes)
