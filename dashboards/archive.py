"""The archive of predictions in PostgreSQL: what each newcomer was shown, and what came of it."""

from collections.abc import Callable, Coroutine, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ticketing.accuracy import Accuracy, Outcome, Pair, Shown, accuracies, monday
from ticketing.conformal import DAYS
from ticketing.hours import midnight
from ticketing.levels import Method

T = TypeVar("T")

WEEK = timedelta(days=7)
FARTHEST = timedelta(days=90)
"""What was shown longer ago teaches nothing of today, and need not be read."""

_encode = msgspec.json.Encoder().encode


class Database(Protocol):
    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. AwayError when none does, or not in time."""


class Archive:
    """Of one site. Every method raises AwayError while the database is away."""

    def __init__(self, database: Database, site: str, zone: str) -> None:
        """`zone` is the time zone of the site's days."""
        self._ask, self._site, self._zone = database.ask, site, zone

    async def keep(self, shown: Iterable[Shown]) -> None:
        """Keeps what was shown to each customer, the first time that it is told."""
        rows = _encode(list(shown)).decode()
        # each customer once; as JSON, as the journal's rows
        await self._ask(
            lambda connection: connection.execute(
                """
                insert into forecast (site, area, queue, visit, at, method,
                                      p10_s, p50_s, p90_s, raw10_s, raw50_s, raw90_s)
                select $1, * from json_to_recordset($2::json) as told (
                    area text, queue text, visit text, at timestamptz, method text,
                    p10_s real, p50_s real, p90_s real, raw10_s real, raw50_s real, raw90_s real)
                on conflict do nothing
                """,
                self._site,
                rows,
            )
        )

    async def note(self, outcomes: Iterable[Outcome]) -> int:
        """Notes the waits of those who were shown something, the last told of each; how many were not so noted yet."""
        last = {(outcome.area, outcome.visit): outcome for outcome in outcomes}
        rows = _encode(list(last.values())).decode()
        # what came of it, where that is news
        changed: int = await self._ask(
            lambda connection: connection.fetchval(
                """
                with changed as (
                    update forecast set wait_s = told.wait_s, cancelled = told.wait_s is null
                    from json_to_recordset($2::json) as told (area text, visit text, wait_s real)
                    where forecast.site = $1 and forecast.area = told.area and forecast.visit = told.visit
                      and (forecast.wait_s is distinct from told.wait_s
                           or forecast.cancelled is distinct from (told.wait_s is null))
                    returning 1
                )
                select count(*) from changed
                """,
                self._site,
                rows,
            )
        )
        return changed

    async def accuracies(self, areas: Iterable[str], first: date, last: date) -> list[Accuracy]:
        """Of these areas, by queue, in each of the weeks that begin on the Mondays from `first` to `last`."""
        found = []
        for area in areas:
            week = monday(first)
            while week <= last:
                # a week at a time: all at once would hold up the boards for too long
                found += accuracies(await self.pairs(area, week, week + WEEK))
                week += WEEK
        return found

    async def pairs(self, area: str, since: date, until: date) -> list[Pair]:
        """What was shown on the days in [since, until), in the site's zone, in no order."""
        zone = ZoneInfo(self._zone)
        midnights = [midnight(day, zone) for day in (since, until)]
        # all that was shown in an area on some days of the site
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select area, queue, (at at time zone $3)::date as day, method, wait_s,
                       p10_s, p50_s, p90_s, raw10_s, raw50_s, raw90_s
                from forecast
                where site = $1 and area = $2 and at >= $4 and at < $5 and not cancelled
                """,
                self._site,
                area,
                self._zone,
                *midnights,
            )
        )
        return [_pair(row) for row in rows]

    async def lessons(
        self, area: str, before: datetime, method: Method | None = None, days: int = DAYS
    ) -> dict[str, list[Pair]]:
        """By queue, what was shown, made by a method or any, on the last days before that of an instant, to customers
        who were called and had to wait for it.

        Days of the site, each queue's own: those on which it has any such, and none more than 90 days ago. The day of
        the instant itself teaches nothing yet: only its short waits are over.
        """
        zone = ZoneInfo(self._zone)
        today = midnight(before.astimezone(zone).date(), zone)
        # the last days that can teach, queue by queue
        rows = await self._ask(
            lambda connection: connection.fetch(
                """
                select * from (
                    select *, dense_rank() over (partition by queue order by day desc) as days_ago from (
                        select area, queue, (at at time zone $3)::date as day, method, wait_s,
                               p10_s, p50_s, p90_s, raw10_s, raw50_s, raw90_s
                        from forecast
                        where site = $1 and area = $2 and at >= $4 and at < $5 and not cancelled
                          and wait_s is not null and raw90_s > 0 and method = coalesce($6, method)
                    ) as called
                ) as by_day
                where days_ago <= $7
                """,
                self._site,
                area,
                self._zone,
                today - FARTHEST,
                today,
                method,
                days,
            )
        )
        found: dict[str, list[Pair]] = {}
        for row in rows:
            found.setdefault(row["queue"], []).append(_pair(row))
        return found


def _pair(row: Any) -> Pair:
    return Pair(
        area=row["area"],
        queue=row["queue"],
        day=row["day"],
        method=row["method"],
        shown=(row["p10_s"], row["p50_s"], row["p90_s"]),
        raw=(row["raw10_s"], row["raw50_s"], row["raw90_s"]),
        wait_s=row["wait_s"],
    )
