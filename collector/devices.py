"""Devices: when each was heard, by which clock it goes, and which are silent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from collector.clocks import TOLERANCE, Clock
from collector.messages import Device, Heartbeat
from ticketing.figures import Silence

RETIRED = timedelta(days=7)
SETTLING = timedelta(seconds=15)
"""A device that is back has this long to send what it kept; each event that comes late gives it as long again."""


class Late(Struct, frozen=True, kw_only=True):
    """The last event of a device that came long after it had happened."""

    came: datetime
    happened: datetime


class Presence(Struct, frozen=True, kw_only=True):
    """A while in which a device was heard without a gap; `gone` once it, or its last will, said so.

    `waiting` is how many wait in each queue, as it last counted them. `before` is when it was heard last before the gap
    that this presence ended.
    """

    site: str
    area: str
    device: str
    heard_from: datetime
    heard_until: datetime
    session: str | None
    gone: bool = False
    retired: bool = False
    waiting: Mapping[str, int] | None = None
    before: datetime | None = None

    @property
    def identity(self) -> Device:
        return self.site, self.area, self.device

    def silent(self, now: datetime, after: timedelta) -> bool:
        """Whether nobody hears it at `now`; judged with what had been heard until then."""
        return now - self.heard_until > after or (self.gone and now >= self.heard_until)

    def missing_since(self, now: datetime, after: timedelta, late: Late | None) -> datetime | None:
        """Since when events of this device may be missing; None if none are.

        It is silent, or it is back and what it kept meanwhile is still coming, as its last late event tells. One that
        was retired, or not heard for a week, is missed by nobody.
        """
        if self.retired or now - self.heard_until >= RETIRED:
            return None
        if self.silent(now, after):
            return self.heard_until
        if self.before is None:
            return None
        kept_meanwhile = late is not None and self.before - SETTLING <= late.happened < self.heard_from <= late.came
        catching_up = late is not None and kept_meanwhile and now - late.came < SETTLING
        return self.before if catching_up or now - self.heard_from < SETTLING else None


def heard(known: Presence | None, heartbeat: Heartbeat, silent_after: timedelta) -> Presence | None:
    """The presence after a heartbeat; None if it changes nothing: told late, or the will of an older session."""
    if known and heartbeat.heard < known.heard_until:
        if heartbeat.repeated or known.heard_until - heartbeat.heard <= TOLERANCE:
            return None
        known = None  # heard in the future: our own clock was set back
    if heartbeat.retired:
        return replace(known, gone=True, retired=True) if known and not known.retired else None
    if not heartbeat.online:
        older = known and heartbeat.session and known.session and heartbeat.session != known.session
        if known is None or known.gone or older:
            return None
        # what was not heard since the last heartbeat is what is missing: that stays the end of the presence
        return replace(known, gone=True)
    if known and not known.gone and heartbeat.heard - known.heard_until <= silent_after:
        return replace(known, heard_until=heartbeat.heard, session=heartbeat.session, waiting=heartbeat.waiting)
    return Presence(
        site=heartbeat.site,
        area=heartbeat.area,
        device=heartbeat.device,
        heard_from=heartbeat.heard,
        heard_until=heartbeat.heard,
        session=heartbeat.session,
        waiting=heartbeat.waiting,
        before=known.heard_until if known and not known.retired else None,
    )


class Devices:
    """What is known of every device, and what of it has changed since it was last kept."""

    def __init__(
        self, silent_after: timedelta, presences: Iterable[Presence] = (), clocks: Mapping[Device, Clock] | None = None
    ) -> None:
        self._silent_after = silent_after
        self._presences = {presence.identity: presence for presence in presences}
        self.clocks: dict[Device, Clock] = dict(clocks or {})
        self._changed: dict[tuple[Device, datetime], Presence] = {}
        self._measured: set[Device] = set()

    def hear(self, heartbeat: Heartbeat) -> None:
        device = heartbeat.identity
        if heartbeat.told:
            self.clocks[device] = self.clocks.get(device, Clock()).after(heartbeat.told, heartbeat.heard)
            self._measured.add(device)
        presence = heard(self._presences.get(device), heartbeat, self._silent_after)
        if presence:
            self._presences[device] = self._changed[device, presence.heard_from] = presence

    def changes(self) -> "Changes":
        """What to keep since the last call."""
        found = Changes(
            presences=tuple(self._changed.values()),
            clocks={device: self.clocks[device] for device in self._measured if self.clocks[device].readings},
        )
        self._changed, self._measured = {}, set()
        return found


class Changes(Struct, frozen=True, kw_only=True):
    """Presences begun or changed, and clocks of which the last reading was begun or changed."""

    presences: tuple[Presence, ...] = ()
    clocks: Mapping[Device, Clock] = {}


def silences(
    presences: Iterable[Presence], now: datetime, after: timedelta, late: Mapping[Device, Late] | None = None
) -> dict[str, tuple[Silence, ...]]:
    """The devices of a site of which events may be missing at `now`, by area, the longest missing first.

    `late` is the last late event of each device.
    """
    found: defaultdict[str, list[Silence]] = defaultdict(list)
    for presence in presences:
        since = presence.missing_since(now, after, (late or {}).get(presence.identity))
        if since is not None:
            found[presence.area].append(Silence(presence.device, since, heard=not presence.silent(now, after)))
    return {area: tuple(sorted(rows, key=lambda row: (row.since, row.device))) for area, rows in found.items()}
