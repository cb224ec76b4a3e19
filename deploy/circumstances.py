"""What is known of a month beside its tallies: silences of devices, alerts that fired, predictions that were shown."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from collector import days
from collector.devices import RETIRED
from collector.journal import Journal
from dashboards.days import LEAST
from ticketing.accuracy import Pair
from ticketing.alert import Record
from ticketing.hours import midnight
from ticketing.month import Circumstances, next_month
from ticketing.open_days import Gap
from ticketing.plan import Plan

A_DAY = timedelta(days=1)


class Alerts(Protocol):
    async def records(self, since: datetime, until: datetime, area: str | None, /) -> list[Record]: ...


class Archive(Protocol):
    async def pairs(self, area: str, since: date, until: date, /) -> list[Pair]: ...


async def circumstances(
    journal: Journal, alerts: Alerts, archive: Archive, plans: Sequence[Plan], month: date
) -> dict[str, Circumstances]:
    """By area. Raises the database's errors."""
    zone, site, beyond = plans[0].hours.zone, plans[0].site, next_month(month)
    since, until = midnight(month, zone), midnight(beyond, zone)

    async def watched(connection: Any) -> set[str]:
        return await days.watched(connection, site, since, until)

    heard = await journal.ask(watched)
    found = {}
    for plan in plans:

        async def gaps(connection: Any, area: str = plan.area) -> list[days.Gap]:
            return await days.gaps(connection, site, area, since, until, long=True)

        records = await alerts.records(since, until, plan.area)
        fired = [one for one in records if one.alert.fired_at and since <= one.alert.fired_at < until]
        found[plan.area] = Circumstances(
            gaps=tuple(while_open(plan, month, await journal.ask(gaps))),
            watched=plan.area in heard,
            records=sorted(fired, key=lambda one: (one.alert.fired_at, one.alert.id)),
            pairs=await archive.pairs(plan.area, month, beyond),
        )
    return found


def while_open(plan: Plan, month: date, silences: Iterable[days.Gap]) -> Iterable[Gap]:
    """The parts of silences that fall into opening hours of a month, in order.

    After a week nobody misses a device any more, whether it comes back or not: so long a silence lasts at most, and a
    month stays as it is when a device is heard again in a later one.
    """
    zone = plan.hours.zone
    month_days = range((next_month(month) - month).days)
    spans = [span for n in month_days for span in plan.hours.day(month + n * A_DAY).in_utc().spans]
    lasting = [(one.device, one.since, min(one.until or one.since + RETIRED, one.since + RETIRED)) for one in silences]
    found = sorted(
        (max(since, opens), device, min(until, closes))
        for device, since, until in lasting
        if until - since >= LEAST
        for opens, closes in spans
        if since < closes and until > opens
    )
    return [Gap(device=one, since=since.astimezone(zone), until=until.astimezone(zone)) for since, one, until in found]
