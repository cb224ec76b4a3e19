"""The clocks of devices: how far off they are, measured from heartbeats, and when an event is believed to have been."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from collector.messages import Record

TOLERANCE = timedelta(seconds=5)
"""A clock may be so much off and be left alone; a device may run so much before us and still be believed."""
REACH = timedelta(seconds=90)
"""A clock holds so long before the first and after the last heartbeat that told it."""
READINGS = 8
"""So many of a device's last clocks are remembered: events that come late were timed by the clock of their time."""
PROOF = timedelta(seconds=1)
"""Two heartbeats prove another clock when they agree so closely: those of a backlog, told in turn and heard at once, do
not."""
ZERO = timedelta()


class Reading(Struct, frozen=True, kw_only=True):
    """A while in which a device's clock went as ours does, from and until two instants that it told.

    `offset` is what to add to its times to have ours. The journey of a heartbeat only ever makes it larger, so the
    smallest seen lately is the best (D. L. Mills, RFC 5905, section 10, keeps the sample of least delay likewise).
    """

    told_from: datetime
    told_until: datetime
    offset: timedelta

    def covers(self, time: datetime) -> bool:
        return self.told_from - REACH <= time <= self.told_until + REACH


class Clock(Struct, frozen=True, kw_only=True):
    """What is known of one device's clock: its readings, the latest last; `doubted` was told once, by one heartbeat."""

    readings: tuple[Reading, ...] = ()
    doubted: Reading | None = None

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> "Clock":
        """The clock as it is known from what was kept of it, the latest last."""
        return Clock(readings=tuple(readings[-READINGS:]))

    def after(self, told: datetime, heard: datetime) -> "Clock":
        """The clock after a heartbeat: another offset is believed when a second heartbeat in a row tells it too."""
        new = Reading(told_from=told, told_until=told, offset=heard - told)
        last = self.readings[-1] if self.readings else None
        if last and _agree(last, new):
            return Clock(readings=(*self.readings[:-1], _joined(last, new)))
        if self.doubted and _agree(self.doubted, new, PROOF):
            return Clock(readings=(*self.readings, _joined(self.doubted, new))[-READINGS:])
        return replace(self, doubted=new)

    def offset(self, time: datetime) -> timedelta:
        """What to add to a time that the device tells; zero for a clock that is right, or not known."""
        if not self.readings:
            return ZERO
        reading = next((one for one in reversed(self.readings) if one.covers(time)), self.readings[-1])
        return reading.offset if abs(reading.offset) > TOLERANCE else ZERO


def believed(record: Record, clock: Clock | None, oldest: timedelta | None) -> Record:
    """The record with the instant at which we take its event to have happened.

    A clock that is off by more than 5 s is corrected, unless the event comes just when it says. A time still in the
    future, or older than `oldest` (None: any), is replaced by the time of receipt.
    """
    if record.clock:
        return record  # the device told no time: it is our own
    offset = clock.offset(record.time) if clock else ZERO
    if offset and abs(record.received - record.time) <= TOLERANCE:
        offset = ZERO  # it comes just when it says: the clock was set right since its last heartbeat
    at = record.time + offset if offset else record.time
    if at > record.received + TOLERANCE:
        return replace(record, at=record.received, clock="future", correction=None)
    if oldest is not None and record.received - at > oldest:
        return replace(record, at=record.received, clock="ancient", correction=None)
    return replace(record, at=at, clock="corrected", correction=offset) if offset else record


def _agree(known: Reading, new: Reading, within: timedelta = TOLERANCE) -> bool:
    return abs(known.offset - new.offset) <= within and new.told_from >= known.told_until


def _joined(known: Reading, new: Reading) -> Reading:
    # an eighth of what is more: a clock that loses time is followed, a heartbeat that was slow is not
    more = max(new.offset - known.offset, ZERO)
    return Reading(
        told_from=known.told_from,
        told_until=max(known.told_until, new.told_until),
        offset=min(known.offset, new.offset) + more / 8,
    )
