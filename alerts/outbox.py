"""The outbox in PostgreSQL: messages that are to be sent, each claimed by one sender at a time until it has arrived."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from alerts.letters import Message
from alerts.log import Database, readable
from ticketing.alert import Alert, Undelivered

SHOWN = timedelta(days=1)
"""So long a message that was given up is shown."""

_message = msgspec.json.Decoder(Message).decode
log = structlog.get_logger()


class Claimed(Struct, frozen=True, kw_only=True):
    """A message that is ours to send for a while, and the alert as it is now.

    `covers`: keys of later messages of the same alert to the same recipient, which this one stands for. `attempts`: how
    often it was claimed, which tells one claim from the next. `age`: since it was put into the outbox, by the
    database's clock.
    """

    message: Message
    alert: Alert
    covers: tuple[str, ...]
    attempts: int
    age: timedelta


def _understood(row: Any) -> Claimed | None:
    """None where it cannot be read, as one of a later version."""
    alert = readable(row["alert"], row["state"])
    try:
        message = _message(row["message"])
    except msgspec.DecodeError as error:
        log.error("a message cannot be read", alert=row["alert"], error=str(error))
        return None
    # as it was when it was told is better than nothing
    return Claimed(
        message=message,
        alert=alert or message.alert,
        covers=tuple(row["covers"]),
        attempts=row["attempts"],
        age=row["age"],
    )


class Outbox:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str) -> None:
        self._ask, self._site = database.ask, site

    async def claim(self, most: int, lease: timedelta, busy: Collection[str] = ()) -> list[Claimed]:
        """Messages that are due, the oldest first, at most one of each recipient and none of those who are `busy`.

        What waits behind another of its alert and recipient is not due, be that one claimed or waiting for its next
        try. Whoever does not say within `lease` what became of one loses it to the next.
        """

        async def claimed(connection: Any) -> list[Claimed]:
            # the oldest of each recipient among those that are due and that nobody is sending
            rows = await connection.fetch(
                """
                with first as (
                    select distinct on (alert, recipient) recipient, key, number, next_at, claimed_until
                    from alert_message
                    where site = $1 and delivered_at is null and gave_up_at is null and recipient <> all($4::text[])
                    order by alert, recipient, number
                ), oldest as (
                    select distinct on (recipient) key from first
                    where next_at <= clock_timestamp()
                      and (claimed_until is null or claimed_until <= clock_timestamp())
                    order by recipient, number
                ), due as (
                    -- asked once more, for another sender may have been quicker
                    select message.key from alert_message as message
                    join oldest on message.site = $1 and message.key = oldest.key
                    where message.delivered_at is null and message.gave_up_at is null
                      and message.next_at <= clock_timestamp()
                      and (message.claimed_until is null or message.claimed_until <= clock_timestamp())
                    order by message.number limit $2
                    for update of message skip locked
                ), taken as (
                    update alert_message as message
                    set claimed_until = clock_timestamp() + $3, attempts = attempts + 1
                    from due where message.site = $1 and message.key = due.key
                    returning message.*
                )
                select taken.key, taken.alert, taken.message, alert.state, taken.attempts,
                       clock_timestamp() - taken.queued as age,
                       array(
                           select later.key from alert_message as later
                           where later.site = $1 and later.alert = taken.alert and later.recipient = taken.recipient
                             and later.number > taken.number
                             and later.delivered_at is null and later.gave_up_at is null
                           order by later.number
                       ) as covers
                from taken join alert on alert.site = $1 and alert.id = taken.alert
                order by taken.number
                """,
                self._site,
                most,
                lease,
                list(busy),
            )
            found = {row["key"]: _understood(row) for row in rows}
            # nobody can send it, nor must what waits behind it wait for ever
            await connection.executemany(
                """
                update alert_message set gave_up_at = clock_timestamp(), failed_at = clock_timestamp(), error = $3
                where site = $1 and key = $2
                """,
                [(self._site, key, "cannot be read") for key, one in found.items() if one is None],
            )
            return [one for one in found.values() if one]

        return await self._ask(claimed)

    async def delivered(self, claimed: Claimed, at: datetime) -> None:
        """It was, with those it covers; the timeline says so, by our clock."""
        message = claimed.message

        async def noted(connection: Any) -> None:
            async with connection.transaction():
                # a second sender may have been as quick: the timeline says it once
                done = await connection.execute(
                    """
                    update alert_message
                    set delivered_at = clock_timestamp(), covered_by = case when key = $2 then null else $2 end
                    where site = $1 and key = any($3::text[]) and delivered_at is null
                    """,
                    self._site,
                    message.key,
                    [message.key, *claimed.covers],
                )
                if done != "UPDATE 0":
                    await self._tell(connection, message, at, "told")

        await self._ask(noted)

    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime) -> None:
        """It was not; to be sent again after a while or, None, given up: it alone, what waits behind it is younger.

        Of a claim that was lost to another it says nothing any more.
        """
        message = claimed.message

        async def noted(connection: Any) -> None:
            async with connection.transaction():
                # it waits for its next try, or nobody will send it again
                done = await connection.execute(
                    """
                    update alert_message
                    set claimed_until = null, error = $4, failed_at = coalesce(failed_at, clock_timestamp()),
                        next_at = clock_timestamp() + coalesce($5, interval '0'),
                        gave_up_at = case when $5::interval is null then clock_timestamp() end
                    where site = $1 and key = $2 and attempts = $3 and delivered_at is null and gave_up_at is null
                    """,
                    self._site,
                    message.key,
                    claimed.attempts,
                    error,
                    again_in,
                )
                if again_in is None and done != "UPDATE 0":
                    await self._tell(connection, message, at, "undelivered", error)

        await self._ask(noted)

    async def _tell(self, connection: Any, message: Message, at: datetime, kind: str, text: str = "") -> None:
        # a line of the timeline
        await connection.execute(
            "insert into alert_moment (site, alert, at, kind, who, text) values ($1, $2, $3, $4, $5, $6)",
            self._site,
            message.alert.id,
            at,
            kind,
            message.recipient,
            text or message.news,
        )

    async def undelivered(self) -> list[Undelivered]:
        """Recipients for whom something has failed and still waits, or was given up in the last day."""
        # who is not reached, since when, and why at last
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select recipient, count(*) filter (where gave_up_at is null) as messages,
                       count(gave_up_at) as given_up, min(failed_at) as since,
                       (array_agg(error order by number desc))[1] as error
                from alert_message
                where site = $1 and delivered_at is null and failed_at is not null
                  and (gave_up_at is null or gave_up_at > clock_timestamp() - $2::interval)
                group by recipient order by recipient
                """,
                self._site,
                SHOWN,
            )
        )
        return [Undelivered(**dict(row)) for row in rows]

    async def next_due(self, busy: Collection[str] = ()) -> timedelta | None:
        """How long until one can be claimed, but for those who are `busy`; None if none is in the outbox."""
        # the first to be tried, or to be lost by whoever sends it
        found: timedelta | None = await self._ask(
            lambda connection: connection.fetchval(
                """
                select min(greatest(next_at, claimed_until)) - clock_timestamp() from (
                    select distinct on (alert, recipient) next_at, claimed_until from alert_message
                    where site = $1 and delivered_at is null and gave_up_at is null and recipient <> all($2::text[])
                    order by alert, recipient, number
                ) as first
                """,
                self._site,
                list(busy),
            )
        )
        return found
