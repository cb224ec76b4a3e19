"""Silences in PostgreSQL: begun, ended, and those in force."""

from datetime import datetime
from typing import Any

from ticketing.alert import Alert, Mute


async def begin(
    connection: Any, site: str, alert: Alert, *, subject: str | None, since: datetime, until: datetime, reason: str,
    who: str,
) -> Mute:  # fmt: skip
    """Of the alert's topic in its area, or of one subject of it."""
    # a silence
    row = await connection.fetchrow(
        """
        insert into alert_mute (site, area, topic, subject, since, until, reason, who)
        values ($1, $2, $3, $4, $5, $6, $7, $8) returning id, area, topic, subject, since, until, reason, who
        """,
        site,
        alert.area,
        alert.topic,
        subject,
        since,
        until,
        reason,
        who,
    )
    return Mute(**dict(row))


async def end(connection: Any, site: str, mute: int, at: datetime) -> Mute | None:
    """None if there is none, or it is over."""
    # a silence that is in force ends
    row = await connection.fetchrow(
        """
        update alert_mute set until = $3 where site = $1 and id = $2 and until > $3
        returning id, area, topic, subject, since, until, reason, who
        """,
        site,
        mute,
        at,
    )
    return Mute(**dict(row)) if row else None


async def in_force(connection: Any, site: str, at: datetime) -> list[Mute]:
    """The first to end first; one that begins later, for a clock was set back, begins now."""
    # silences in force
    rows = await connection.fetch(
        """
        select id, area, topic, subject, least(since, $2) as since, until, reason, who from alert_mute
        where site = $1 and until > $2 order by until, id
        """,
        site,
        at,
    )
    return [Mute(**dict(row)) for row in rows]
