"""What the tables of alerts hold that is old: of alerts that are over, and of silences."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_NO_LONGER = """not exists (
    select from alert where alert.site = {table}.site and alert.id = {table}.alert
      and (alert.resolved_at is null or alert.resolved_at >= cut.instant))"""

ROWS: Mapping[str, str] = {
    "alert_moment": "alert_moment.site = cut.site and " + _NO_LONGER.format(table="alert_moment"),
    "alert_message": "alert_message.site = cut.site and " + _NO_LONGER.format(table="alert_message"),
    "alert": "alert.site = cut.site and alert.resolved_at < cut.instant",
    "alert_mute": "alert_mute.site = cut.site and alert_mute.until < cut.instant",
}
"""By table, in the order in which they go: what of it is old. An alert goes with all that belongs to it."""


async def months(connection: Any, site: str, zone: str, before: datetime) -> set[date]:
    """The site's months, by their first days, in which an alert fired that is over."""
    # months that have alerts
    rows = await connection.fetch(
        """
        select distinct date_trunc('month', fired_at at time zone $2)::date as month from alert
        where site = $1 and fired_at < $3 and resolved_at < $3
        """,
        site,
        zone,
        before,
    )
    return {row["month"] for row in rows}
