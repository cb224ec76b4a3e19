"""Fakes written by hand: a journal and an archive in memory, a source of messages. They pass the real ones' tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Container, Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo

import asyncpg
from msgspec.structs import replace

from collector.clocks import TOLERANCE
from collector.decoding import fact_of
from collector.devices import RETIRED, SETTLING, Changes, Late, Presence
from collector.journal import LATE, NOTHING, Appended, Cursor, Entry
from collector.messages import Device, Message, Record, Rejected
from collector.quarantine import QuarantineRow
from ticketing.accuracy import Accuracy, Outcome, Pair, Shown, accuracies, monday
from ticketing.conformal import DAYS
from ticketing.events import Event
from ticketing.levels import Method

POLL_S = 0.05


class FakeJournal:
    """In memory. While `away` holds an error every append fails with it; `trace` tells what was done, in order."""

    def __init__(self, *, cannot_hold: Container[str] = (), trace: list[str] | None = None) -> None:
        self.away: Exception | None = None
        self.failures: list[Exception] = []
        """Errors of the next appends, one each."""
        self.trace = trace if trace is not None else []
        self._cannot_hold = cannot_hold
        self._rows: dict[tuple[str, str, str, str, datetime], tuple[Cursor, Record]] = {}
        self._presences: dict[tuple[Device, datetime], Presence] = {}
        self._quarantine: list[QuarantineRow] = []
        self._told = asyncio.Event()

    async def append(
        self,
        records: Sequence[Record],
        rejected: Sequence[Rejected] = (),
        changes: Changes = NOTHING,
        replayed: Sequence[int] = (),
    ) -> Appended:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if self.away:
            raise self.away
        for record in records:
            if record.id in self._cannot_hold or "\x00" in record.id or "\\u0000" in record.data:
                raise asyncpg.DataError(f"the id {record.id} cannot be held")
        before = len(self._rows)
        for record in records:
            key = record.site, record.area, record.device, record.id, record.time
            self._rows.setdefault(key, (len(self._rows) + 1, record))
        for one in rejected:
            self._keep_aside(one)
        for presence in changes.presences:
            self._note(presence)
        for number in replayed:
            self._quarantine[number - 1] = replace(self._quarantine[number - 1], replayed=datetime.now(UTC))
        self.trace.append(f"kept {len(records)}")
        self._told.set()
        new = len(self._rows) - before
        return Appended(new=new, doubled=len(records) - new)

    async def append_once(self, record: Record) -> bool:
        if self.away:
            raise self.away
        if any((*one.identity, one.id) == (*record.identity, record.id) for _, one in self._rows.values()):
            return False
        key = *record.identity, record.id, record.time
        self._rows[key] = len(self._rows) + 1, record
        await asyncio.sleep(0)
        self._told.set()
        return True

    def _keep_aside(self, rejected: Rejected) -> None:
        for index, row in enumerate(self._quarantine):
            if (row.topic, row.reason, row.payload, row.size, row.received.date()) == (
                rejected.topic,
                rejected.reason,
                rejected.payload,
                rejected.size,
                rejected.received.date(),
            ):
                self._quarantine[index] = replace(row, times=row.times + 1)
                return
        self._quarantine.append(
            QuarantineRow(
                number=len(self._quarantine) + 1,
                received=rejected.received,
                topic=rejected.topic,
                reason=rejected.reason,
                detail=rejected.detail,
                size=rejected.size,
                payload=rejected.payload,
            )
        )

    def _note(self, presence: Presence) -> None:
        known = self._presences.setdefault((presence.identity, presence.heard_from), presence)
        latest = max(known.heard_until, presence.heard_until)
        self._presences[presence.identity, presence.heard_from] = replace(presence, heard_until=latest)

    async def read(
        self, site: str, area: str, since: datetime, until: datetime | None = None, upto: Cursor | None = None
    ) -> list[Event]:
        return [
            event
            for position, record in self._rows.values()
            if (record.site, record.area) == (site, area)
            and since <= record.at
            and (until is None or record.at <= until)
            and (upto is None or position <= upto)
            and (event := _event(record))
        ]

    async def last(self) -> Cursor:
        return len(self._rows)

    async def after(self, cursor: Cursor, limit: int = 5000) -> tuple[Cursor, list[Entry]]:
        rows = list(self._rows.values())[cursor : cursor + limit]
        entries = [
            Entry(position=position, site=record.site, event=event)
            for position, record in rows
            if (event := _event(record))
        ]
        return cursor + len(rows), entries

    async def follow(self, cursor: Cursor) -> AsyncIterator[tuple[Cursor, list[Entry]]]:
        while True:
            self._told.clear()
            cursor, entries = await self.after(cursor)
            yield cursor, entries
            if not entries:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), POLL_S)

    async def devices(self, at: datetime, *, now: bool = False) -> tuple[list[Presence], dict[Device, Late]]:
        begun = [presence for presence in self._presences.values() if presence.heard_from <= at]
        begun = [presence for presence in begun if not now or presence.heard_until <= at + TOLERANCE]
        begun.sort(key=lambda presence: (presence.heard_until, presence.heard_from))
        latest = {presence.identity: presence for presence in begun if presence.heard_until > at - RETIRED}
        late: dict[Device, Late] = {}
        for _, record in self._rows.values():
            if record.late > LATE and at - SETTLING < record.received <= at:
                late[record.identity] = Late(came=record.received, happened=record.at)
        return list(latest.values()), late

    async def quarantined(self, limit: int = 100) -> list[QuarantineRow]:
        return self._quarantine[::-1][:limit]

    async def quarantine_count(self, since: datetime) -> int:
        return sum(row.times for row in self._quarantine if row.received >= since)

    async def latest(self) -> datetime | None:
        rows = list(self._rows.values())
        return rows[-1][1].received if rows else None


class FakeArchive:
    """In memory. While `away` holds an error everything fails with it; `trace` tells what was asked, in order."""

    def __init__(self, zone: tzinfo) -> None:
        self.away: Exception | None = None
        self.trace: list[str] = []
        self._zone = zone
        self._rows: dict[tuple[str, str], tuple[Shown, Outcome | None]] = {}

    async def _asked(self, what: str) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise self.away
        self.trace.append(what)

    async def keep(self, shown: Iterable[Shown]) -> None:
        rows = list(shown)
        await self._asked(f"keep {len(rows)}")
        for row in rows:
            self._rows.setdefault((row.area, row.visit), (row, None))

    async def note(self, outcomes: Iterable[Outcome]) -> int:
        last = {(outcome.area, outcome.visit): outcome for outcome in outcomes}
        await self._asked(f"note {len(last)}")
        news = {key: one for key, one in last.items() if key in self._rows and self._rows[key][1] != one}
        self._rows |= {key: (self._rows[key][0], one) for key, one in news.items()}
        return len(news)

    async def accuracies(self, areas: Iterable[str], first: date, last: date) -> list[Accuracy]:
        await self._asked("accuracies")
        found = accuracies(self._pairs())
        asked = list(areas)
        found = [one for one in found if one.area in asked and monday(first) <= one.week <= last]
        return sorted(found, key=lambda one: asked.index(one.area))

    async def lessons(
        self, area: str, before: datetime, method: Method | None = None, days: int = DAYS
    ) -> dict[str, list[Pair]]:
        await self._asked("lessons")
        today = before.astimezone(self._zone).date()
        found: dict[str, list[Pair]] = {}
        for pair in self._pairs():
            if pair.area == area and pair.wait_s is not None and pair.raw[2] > 0 and method in (None, pair.method):
                found.setdefault(pair.queue, []).append(pair)
        lasting = {}
        for queue, pairs in found.items():
            known = sorted({pair.day for pair in pairs if 0 < (today - pair.day).days <= 90})[-days:]
            if known:
                lasting[queue] = [pair for pair in pairs if pair.day in known]
        return lasting

    def _pairs(self) -> list[Pair]:
        return [
            Pair(
                area=shown.area,
                queue=shown.queue,
                day=shown.at.astimezone(self._zone).date(),
                method=shown.method,
                shown=(shown.p10_s, shown.p50_s, shown.p90_s),
                raw=(shown.raw10_s, shown.raw50_s, shown.raw90_s),
                wait_s=outcome.wait_s if outcome else None,
            )
            for shown, outcome in self._rows.values()
            if outcome is None or outcome.wait_s is not None
        ]


class FakeMessages:
    """Gives its batches once, and remembers what was acknowledged."""

    def __init__(self, *batches: list[Message], trace: list[str] | None = None) -> None:
        self.acknowledged: list[Message] = []
        self._batches = batches
        self._trace = trace if trace is not None else []

    async def batches(self) -> AsyncIterator[list[Message]]:
        for batch in self._batches:
            yield batch

    def acknowledge(self, messages: Iterable[Message]) -> None:
        told = list(messages)
        self.acknowledged += told
        self._trace.append(f"acknowledged {len(told)}")


def _event(record: Record) -> Event | None:
    fact = fact_of(record.type, record.data)
    if fact is None:
        return None
    return Event(
        at=record.at.astimezone(UTC),
        area=record.area,
        device=record.device,
        id=record.id,
        fact=fact,
        sequence=record.sequence,
    )
