"""Muting: what hangs on something else that is wrong is not judged, and what somebody has silenced is not told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.watched import Key, Reading, Watched, WatchedSite
from ticketing.alert import TOPICS, Alert, Mute

LASTING = ("budget_half_day", "budget_week")
"""Made of more than a day's hours: a night ends neither."""
BEFORE_OPENING = timedelta(minutes=30)
"""From when on a device is missed: at night it may be switched off."""


def inhibited(watched: Watched, site: WatchedSite, found: Iterable[Reading]) -> tuple[Reading, ...]:
    """The readings of an area that mean something.

    While data stand still, none. While a device is silent, or catching up, none of its area's queues: calls and tickets
    may be missing. Once the area has closed and nobody waits any more, its queues are at rest, and its devices may be:
    what is still wrong with them waits for the next opening, as does at noon what is said of the month, and in the
    evening what is said of its longer whiles: it would only be said again.
    """
    if site.standing_since is not None:
        return ()
    figures = watched.figures
    at_rest = watched.at_rest
    asleep = at_rest and not _opens_soon(watched)
    noon = at_rest and _between(watched)
    kept = []
    for reading in found:
        topic = TOPICS[reading.condition]
        device = topic == "device"
        if (noon and topic == "budget") or (at_rest and reading.condition in LASTING):
            continue
        if asleep and device and not reading.clears:
            continue
        if asleep if device else at_rest:
            kept.append(replace(reading, fires=False, clears=True, at_once=True))
        elif device or figures.complete:
            kept.append(reading)
    return tuple(kept)


def _between(watched: Watched) -> bool:
    """Between two openings of one day."""
    spans = watched.area.plan.hours.day_at(watched.at).spans
    return bool(spans) and spans[0][0] <= watched.at < spans[-1][0]


def _opens_soon(watched: Watched) -> bool:
    opening = watched.area.plan.hours.opening_after(watched.at)
    return opening is not None and opening - watched.at <= BEFORE_OPENING


def silenced(alert: Alert, mutes: Sequence[Mute], now: datetime) -> frozenset[Key]:
    """What is wrong in an alert, and nobody is to be told of."""
    return frozenset(
        signal.key
        for signal in alert.active
        if any(mute.covers(alert.area, alert.topic, signal.subject, now) for mute in mutes)
    )


def quiet(alert: Alert, mutes: Sequence[Mute], now: datetime) -> bool:
    """Whether all that is wrong in an alert is silenced."""
    return bool(alert.active) and len(silenced(alert, mutes, now)) == len(alert.active)
