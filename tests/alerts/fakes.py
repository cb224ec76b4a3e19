"""A log and an outbox of alerts in memory, with a clock of their own; they pass the real ones' tests."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.letters import Letter, Message
from alerts.log import AwayError, Decide
from alerts.outbox import Claimed
from ticketing.alert import Alert, Moment, Mute, Record, Undelivered


class _Row:
    """One message of the outbox; times are seconds of the fake's clock."""

    def __init__(self, message: Message, queued: float) -> None:
        self.message, self.queued, self.next_at = message, queued, queued
        self.claimed_until = 0.0
        self.attempts = 0
        self.error = ""
        self.failed = self.delivered = self.given_up = False


class FakeLog:
    """Log and outbox in one. While `away` is set, everything fails. `pass_time` moves the database's clock."""

    def __init__(self) -> None:
        self.away = False
        self.seconds = 0.0
        self.alerts: dict[str, Alert] = {}
        self.moments: list[tuple[str, Moment]] = []
        self.rows: dict[str, _Row] = {}
        self._mutes: list[Mute] = []

    async def _asked(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise AwayError("the database does not answer")

    def pass_time(self, length: timedelta) -> None:
        self.seconds += length.total_seconds()

    async def turn(self, decide: Decide, now: datetime) -> None:
        mutes = await self.mutes(now)
        known = sorted((one for one in self.alerts.values() if one.resolved_at is None), key=lambda one: one.id)
        for change in decide(known, mutes):
            if change.gone:
                del self.alerts[change.alert.id]
                continue
            self.alerts[change.alert.id] = change.alert
            self._note(change.alert.id, change.moments)
            for message in change.messages:
                self.rows.setdefault(message.key, _Row(message, self.seconds))

    def _note(self, alert: str, moments: Iterable[Moment]) -> None:
        self.moments += [(alert, moment) for moment in moments]

    async def acknowledge(self, alert: str, who: str, note: str, at: datetime) -> Alert | None:
        await self._asked()
        found = self._fired(alert)
        if found is None:
            return None
        if found.state != "firing":
            if note:
                self._note(alert, [Moment(at=at, kind="noted", who=who, text=note)])
            return found
        self.alerts[alert] = replace(found, acknowledged_at=at, acknowledged_by=who)
        self._note(alert, [Moment(at=at, kind="acknowledged", who=who, text=note)])
        return self.alerts[alert]

    async def note(self, alert: str, who: str, text: str, at: datetime) -> Alert | None:
        await self._asked()
        found = self._fired(alert)
        if found:
            self._note(alert, [Moment(at=at, kind="noted", who=who, text=text)])
        return found

    async def mute(
        self, alert: str, *, subject: str | None, until: datetime, who: str, reason: str, at: datetime
    ) -> Mute | None:
        await self._asked()
        found = self._fired(alert)
        if found is None:
            return None
        mute = Mute(
            id=len(self._mutes) + 1, area=found.area, topic=found.topic, subject=subject,
            since=at, until=until, reason=reason, who=who,
        )  # fmt: skip
        self._mutes.append(mute)
        self._note(alert, [Moment(at=at, kind="muted", who=who, text=reason)])
        return mute

    async def unmute(self, mute: int, who: str, at: datetime) -> Mute | None:
        await self._asked()
        for index, one in enumerate(self._mutes):
            if one.id == mute and one.until > at:
                self._mutes[index] = replace(one, until=at)
                for alert in self.alerts.values():
                    if (alert.area, alert.topic, alert.resolved_at) == (one.area, one.topic, None):
                        self._note(alert.id, [Moment(at=at, kind="unmuted", who=who, text=one.reason)])
                return self._mutes[index]
        return None

    async def mutes(self, at: datetime) -> list[Mute]:
        await self._asked()
        found = (replace(one, since=min(one.since, at)) for one in self._mutes if at < one.until)
        return sorted(found, key=lambda one: (one.until, one.id))

    def _fired(self, alert: str) -> Alert | None:
        found = self.alerts.get(alert)
        return found if found and found.fired_at else None

    async def records(self, since: datetime, until: datetime, area: str | None = None) -> list[Record]:
        await self._asked()
        found = [
            one
            for one in self.alerts.values()
            if one.fired_at
            and one.fired_at < until
            and (one.resolved_at is None or one.resolved_at >= since)
            and area in (None, one.area)
        ]
        found.sort(key=lambda one: one.id)
        found.sort(key=lambda one: one.fired_at or one.since, reverse=True)
        return [self._record(one) for one in found]

    async def record(self, alert: str) -> Record | None:
        await self._asked()
        found = self._fired(alert)
        return self._record(found) if found else None

    def _record(self, alert: Alert) -> Record:
        return Record(alert=alert, moments=tuple(moment for one, moment in self.moments if one == alert.id))

    # ------------------------------------------------------------ the outbox

    def _first(self, busy: Collection[str]) -> list[list[_Row]]:
        """Of each alert and recipient the message that is first, and those behind it; the oldest first."""
        first: dict[tuple[str, str], list[_Row]] = {}
        for row in self.rows.values():
            if not row.delivered and not row.given_up and row.message.recipient not in busy:
                first.setdefault((row.message.alert.id, row.message.recipient), []).append(row)
        return list(first.values())

    async def claim(self, most: int, lease: timedelta, busy: Collection[str] = ()) -> list[Claimed]:
        await self._asked()
        found: dict[str, Claimed] = {}
        for row, *later in self._first(busy):
            due = row.next_at <= self.seconds and row.claimed_until <= self.seconds
            if due and len(found) < most and row.message.recipient not in found:
                row.claimed_until = self.seconds + lease.total_seconds()
                row.attempts += 1
                found[row.message.recipient] = Claimed(
                    message=row.message,
                    alert=self.alerts[row.message.alert.id],
                    covers=tuple(one.message.key for one in later),
                    attempts=row.attempts,
                    age=timedelta(seconds=self.seconds - row.queued),
                )
        return list(found.values())

    async def delivered(self, claimed: Claimed, at: datetime) -> None:
        await self._asked()
        rows = [self.rows[key] for key in (claimed.message.key, *claimed.covers)]
        if not all(row.delivered for row in rows):
            message = claimed.message
            self._note(message.alert.id, [Moment(at=at, kind="told", who=message.recipient, text=message.news)])
        for row in rows:
            row.delivered = True

    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime) -> None:
        await self._asked()
        message = claimed.message
        row = self.rows[message.key]
        if row.attempts != claimed.attempts or row.delivered or row.given_up:
            return
        row.claimed_until, row.error, row.failed = 0.0, error, True
        row.given_up = again_in is None
        row.next_at = self.seconds + (again_in.total_seconds() if again_in else 0.0)
        if again_in is None:
            self._note(message.alert.id, [Moment(at=at, kind="undelivered", who=message.recipient, text=error)])

    async def undelivered(self) -> list[Undelivered]:
        await self._asked()
        found: dict[str, Undelivered] = {}
        for row in self.rows.values():
            if row.failed and not row.delivered:
                name = row.message.recipient
                known = found.get(name) or Undelivered(
                    recipient=name, messages=0, given_up=0, since=row.message.made_at, error=""
                )
                found[name] = replace(
                    known,
                    messages=known.messages + (not row.given_up),
                    given_up=known.given_up + row.given_up,
                    error=row.error,
                )
        return [found[name] for name in sorted(found)]

    async def next_due(self, busy: Collection[str] = ()) -> timedelta | None:
        await self._asked()
        times = [max(row.next_at, row.claimed_until) for row, *_ in self._first(busy)]
        return timedelta(seconds=min(times) - self.seconds) if times else None


class FakeChannel:
    """Takes letters; `answers` are the errors of the next ones, None for one that is taken. `down` fails all."""

    def __init__(self, *answers: Exception | None) -> None:
        self.down: Exception | None = None
        self.taken: list[Letter] = []
        self.tried = 0
        self._answers = list(answers)

    async def send(self, letter: Letter) -> None:
        await asyncio.sleep(0)
        self.tried += 1
        error = self._answers.pop(0) if self._answers else self.down
        if error:
            raise error
        self.taken.append(letter)
