"""Devices: when each was heard, and which are silent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from collector.decoding import Heartbeat
from ticketing.figures import Silence

RETIRED = timedelta(days=7)

Device = tuple[str, str, str]
"""Site, area and device."""


class Presence(Struct, frozen=True, kw_only=True):
    """A while in which a device was heard without a gap; `gone` once it, or its last will, said so."""

    site: str
    area: str
    device: str
    heard_from: datetime
    heard_until: datetime
    session: str | None
    gone: bool = False

    @property
    def identity(self) -> Device:
        return self.site, self.area, self.device

    def silent(self, now: datetime, after: timedelta) -> bool:
        """Whether nobody hears it at `now`; judged with what had been heard until then."""
        return now - self.heard_until > after or (self.gone and now >= self.heard_until)


def heard(known: Presence | None, heartbeat: Heartbeat, silent_after: timedelta) -> Presence | None:
    """The presence after a heartbeat; None if it changes nothing: told late, or the will of an older session."""
    if known and heartbeat.heard < known.heard_until:
        return None
    if not heartbeat.online:
        older = known and heartbeat.session and known.session and heartbeat.session != known.session
        if known is None or known.gone or older:
            return None
        # what was not heard since the last heartbeat is what is missing: that stays the end of the presence
        return replace(known, gone=True)
    if known and not known.gone and heartbeat.heard - known.heard_until <= silent_after:
        return replace(known, heard_until=heartbeat.heard, session=heartbeat.session)
    return Presence(
        site=heartbeat.site,
        area=heartbeat.area,
        device=heartbeat.device,
        heard_from=heartbeat.heard,
        heard_until=heartbeat.heard,
        session=heartbeat.session,
    )


def after(
    known: Mapping[Device, Presence], heartbeats: Iterable[Heartbeat], silent_after: timedelta
) -> dict[tuple[Device, datetime], Presence]:
    """The presences that a batch of heartbeats begins or changes, by device and beginning."""
    latest = dict(known)
    changed: dict[tuple[Device, datetime], Presence] = {}
    for heartbeat in heartbeats:
        device = heartbeat.site, heartbeat.area, heartbeat.device
        presence = heard(latest.get(device), heartbeat, silent_after)
        if presence:
            latest[device] = changed[device, presence.heard_from] = presence
    return changed


def silences(presences: Iterable[Presence], now: datetime, after: timedelta) -> dict[str, tuple[Silence, ...]]:
    """The devices of a site that nobody hears at `now`, by area, the longest silent first.

    One that has not been heard for a week is taken for retired: nobody misses it any more.
    """
    found: defaultdict[str, list[Silence]] = defaultdict(list)
    for presence in presences:
        if presence.silent(now, after) and now - presence.heard_until < RETIRED:
            found[presence.area].append(Silence(presence.device, presence.heard_until))
    return {area: tuple(sorted(rows, key=lambda row: (row.since, row.device))) for area, rows in found.items()}
