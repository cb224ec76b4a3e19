"""The log of alerts in PostgreSQL: their state, timelines and silences, and what a tick adds to the outbox."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from alerts import mutes
from alerts.letters import Message
from ticketing.alert import Alert, Moment, Mute, Record

T = TypeVar("T")

LOCK = 0x616C7274  # "alrt"

_encode = msgspec.json.Encoder().encode
_alert = msgspec.json.Decoder(Alert).decode
log = structlog.get_logger()


class AwayError(Exception):
    """The database does not answer; the text is a sentence."""


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Change(Struct, frozen=True, kw_only=True):
    """An alert as it is to be kept, with what is new in its timeline and in the outbox.

    `gone`: it never fired, and is to be forgotten.
    """

    alert: Alert
    moments: tuple[Moment, ...] = ()
    messages: tuple[Message, ...] = ()
    gone: bool = False


def readable(number: str, state: str) -> Alert | None:
    """An alert as it was kept; None, and said, where it cannot be understood, as of a later version."""
    try:
        return _alert(state)
    except msgspec.DecodeError as error:
        log.error("an alert cannot be read", alert=number, error=str(error))
        return None


Decide = Callable[[Sequence[Alert], Sequence[Mute]], Sequence[Change]]


class Log:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def turn(self, decide: Decide, now: datetime) -> None:
        """One tick in one transaction: `decide` is given all that is pending or open and the silences in force at
        `now`, and what it returns is kept. One at a time, whoever else takes turns on this database.
        """

        async def taken(connection: Any) -> None:
            async with connection.transaction():
                await self._alone(connection)
                alerts = await self._open(connection, now)
                for change in decide(alerts, await mutes.in_force(connection, self._site, now)):
                    await self._keep(connection, change)

        await self._ask(taken)

    async def _open(self, connection: Any, now: datetime) -> list[Alert]:
        # what is pending or open
        rows = await connection.fetch(
            "select id, state from alert where site = $1 and resolved_at is null order by id", self._site
        )
        alerts = {row["id"]: readable(row["id"], row["state"]) for row in rows}
        # it cannot be judged any more, and must not stand in the way of one that tells the same anew
        await connection.executemany(
            "update alert set resolved_at = $3 where site = $1 and id = $2",
            [(self._site, number, now) for number, alert in alerts.items() if alert is None],
        )
        return [alert for alert in alerts.values() if alert]

    async def _alone(self, connection: Any) -> None:
        # until the transaction ends, no other changes the alerts of this site
        await connection.execute("select pg_advisory_xact_lock($1, hashtext($2))", LOCK, self._site)

    async def _keep(self, connection: Any, change: Change) -> None:
        alert = change.alert
        if change.gone:
            # it never fired: nothing was told of it
            await connection.execute("delete from alert where site = $1 and id = $2", self._site, alert.id)
            return
        # an alert as it is now
        await connection.execute(
            """
            insert into alert (site, id, area, topic, fired_at, resolved_at, state)
            values ($1, $2, $3, $4, $5, $6, $7::text::jsonb)
            on conflict (site, id) do update
                set fired_at = excluded.fired_at, resolved_at = excluded.resolved_at, state = excluded.state
            """,
            self._site,
            alert.id,
            alert.area,
            alert.topic,
            alert.fired_at,
            alert.resolved_at,
            _encode(alert).decode(),
        )
        await self._note(connection, alert.id, change.moments)
        # what is to be sent of it; a turn that is tried again tells nothing twice
        await connection.executemany(
            """
            insert into alert_message (site, key, alert, recipient, message) values ($1, $2, $3, $4, $5::text::jsonb)
            on conflict do nothing
            """,
            [
                (self._site, message.key, alert.id, message.recipient, _encode(message).decode())
                for message in change.messages
            ],
        )

    async def _note(self, connection: Any, alert: str, moments: Iterable[Moment]) -> None:
        # lines of a timeline
        await connection.executemany(
            "insert into alert_moment (site, alert, at, kind, who, text) values ($1, $2, $3, $4, $5, $6)",
            [(self._site, alert, moment.at, moment.kind, moment.who, moment.text) for moment in moments],
        )

    # ------------------------------------------------------------ what people do

    async def acknowledge(self, alert: str, who: str, note: str, at: datetime) -> Alert | None:
        """The alert as it is then; None if there is none. One that is acknowledged already, or over, stays as it is;
        the note is kept all the same.
        """

        async def acknowledged(connection: Any) -> Alert | None:
            async with connection.transaction():
                await self._alone(connection)
                found = await self._fetch(connection, alert)
                if found is None:
                    return None
                if found.state != "firing":
                    if note:
                        await self._note(connection, alert, [Moment(at=at, kind="noted", who=who, text=note)])
                    return found
                taken = replace(found, acknowledged_at=at, acknowledged_by=who)
                moment = Moment(at=at, kind="acknowledged", who=who, text=note)
                await self._keep(connection, Change(alert=taken, moments=(moment,)))
                return taken

        return await self._ask(acknowledged)

    async def note(self, alert: str, who: str, text: str, at: datetime) -> Alert | None:
        """Adds words to a timeline; None if there is no such alert."""

        async def noted(connection: Any) -> Alert | None:
            found = await self._fetch(connection, alert)
            if found is not None:
                await self._note(connection, alert, [Moment(at=at, kind="noted", who=who, text=text)])
            return found

        return await self._ask(noted)

    async def mute(
        self, alert: str, *, subject: str | None, until: datetime, who: str, reason: str, at: datetime
    ) -> Mute | None:
        """Silences the alert's topic in its area, or one subject of it; None if there is no such alert."""

        async def muted(connection: Any) -> Mute | None:
            async with connection.transaction():
                found = await self._fetch(connection, alert)
                if found is None:
                    return None
                made = await mutes.begin(
                    connection, self._site, found, subject=subject, since=at, until=until, reason=reason, who=who
                )
                await self._note(connection, alert, [Moment(at=at, kind="muted", who=who, text=reason)])
                return made

        return await self._ask(muted)

    async def unmute(self, mute: int, who: str, at: datetime) -> Mute | None:
        """Ends a silence now; None if there is none, or it is over."""

        async def unmuted(connection: Any) -> Mute | None:
            async with connection.transaction():
                found = await mutes.end(connection, self._site, mute, at)
                if found is None:
                    return None
                # the alert that it silenced, if that is still open
                alert = await connection.fetchval(
                    "select id from alert where site = $1 and area = $2 and topic = $3 and resolved_at is null",
                    self._site,
                    found.area,
                    found.topic,
                )
                if alert is not None:
                    await self._note(connection, alert, [Moment(at=at, kind="unmuted", who=who, text=found.reason)])
                return found

        return await self._ask(unmuted)

    async def mutes(self, at: datetime) -> list[Mute]:
        """In force now, the first to end first; one that begins later, for a clock was set back, begins now."""
        return await self._ask(lambda connection: mutes.in_force(connection, self._site, at))

    # ------------------------------------------------------------ what was

    async def _fetch(self, connection: Any, alert: str) -> Alert | None:
        # one that has fired
        state = await connection.fetchval(
            "select state from alert where site = $1 and id = $2 and fired_at is not null", self._site, alert
        )
        return None if state is None else readable(alert, state)

    async def records(self, since: datetime, until: datetime, area: str | None = None) -> list[Record]:
        """Of the alerts that were open at some time in [since, until), the latest to fire first."""

        async def recorded(connection: Any) -> list[Record]:
            # alerts of a while
            rows = await connection.fetch(
                """
                select id, state from alert
                where site = $1 and fired_at < $3 and (resolved_at is null or resolved_at >= $2)
                  and area = coalesce($4, area)
                order by fired_at desc, id
                """,
                self._site,
                since,
                until,
                area,
            )
            found = [readable(row["id"], row["state"]) for row in rows]
            return await self._with_moments(connection, [alert for alert in found if alert])

        return await self._ask(recorded)

    async def record(self, alert: str) -> Record | None:
        """One alert; None if there is none."""

        async def found(connection: Any) -> list[Record]:
            known = await self._fetch(connection, alert)
            return await self._with_moments(connection, [known]) if known else []

        records = await self._ask(found)
        return records[0] if records else None

    async def _with_moments(self, connection: Any, alerts: Sequence[Alert]) -> list[Record]:
        # their timelines
        rows = await connection.fetch(
            """
            select alert, at, kind, who, text from alert_moment
            where site = $1 and alert = any($2::text[]) order by number
            """,
            self._site,
            [alert.id for alert in alerts],
        )
        moments: dict[str, list[Moment]] = {alert.id: [] for alert in alerts}
        for row in rows:
            moments[row["alert"]].append(Moment(at=row["at"], kind=row["kind"], who=row["who"], text=row["text"]))
        return [Record(alert=alert, moments=tuple(moments[alert.id])) for alert in alerts]
