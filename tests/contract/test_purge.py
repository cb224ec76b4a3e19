"""What a purge takes, what it leaves and what it records, on two versions of PostgreSQL."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from msgspec import Struct
from msgspec.structs import replace
from structlog.testing import capture_logs

from collector.journal import Journal
from collector.messages import Record
from deploy.purge import BusyError, Gone, Purge, Purged
from deploy.retention import RetentionSettings
from deploy.settings import AreaSettings, Settings
from tests.build import PARIS
from tests.collector.words import record

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=PARIS)
"""With six months, the present one included, 1 June is the first day whose row data are kept."""
JUNE = date(2026, 6, 1)
HALL = AreaSettings(id="sud", kind="hall", name="Hall sud")
SETTINGS = Settings(site="aube", areas=[HALL])
_numbers = itertools.count(1)


def paris(text: str) -> datetime:
    """An instant of the wall clock in Troyes, as "2026-05-31 23:59"."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def happening(name: str, at: datetime) -> Record:
    """An event that came when it happened, at the time that it tells."""
    return replace(record(name, time=at), at=at, received=at)


class Place(Struct, frozen=True):
    """A database with a journal on it, and what looks into both."""

    dsn: str
    journal: Journal
    connection: asyncpg.Connection

    async def happened(self, *times: str, site: str = "aube", received: str | None = None) -> None:
        """New events at instants of the wall clock, which came at once, or when it is said."""
        appended = await self.journal.append(
            [
                replace(
                    happening(text, paris(text)),
                    site=site,
                    received=paris(received) if received else paris(text) + timedelta(seconds=1),
                )
                for text in times
            ]
        )
        assert appended.new == len(times)

    async def events(self, site: str = "aube") -> list[str]:
        """The ids of those that there are, which are their times."""
        return sorted(row["id"] for row in await self.connection.fetch("select id from journal where site = $1", site))

    async def partitions(self, parent: str = "journal") -> set[str]:
        rows = await self.connection.fetch(
            "select inhrelid::regclass::text from pg_inherits where inhparent = $1::text::regclass", parent
        )
        return {row[0] for row in rows}

    async def tables(self) -> set[str]:
        rows = await self.connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        return {row[0] for row in rows}

    async def add(self, table: str, **values: object) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(
            f"insert into {table} ({names}) values ({places})",  # noqa: S608
            *values.values(),
        )

    async def visit(self, *days: str, site: str = "aube") -> None:
        """A visit and a tally on each of some days, and the day that they are of."""
        for text in days:
            day, number = date.fromisoformat(text), next(_numbers)
            await self.connection.execute("select month_partitions($1)", day.replace(day=1))
            await self.add(
                "visit", site=site, area="sud", day=day, visit=f"ticket/{number}", leg=0, priority="normal", recalls=0
            )
            await self.tally(day, site)
            await self.add("day", site=site, area="sud", day=day, touched=number, upto=number)

    async def tally(self, day: date, site: str) -> None:
        """One of zeros, but for a ticket."""
        rows = await self.connection.fetch(
            """
            select attname, format_type(atttypid, null) as kind from pg_attribute
            where attrelid = 'tally'::regclass and attnum > 0 and attnotnull
            """
        )
        zeros: dict[str, object] = {row["attname"]: [] if row["kind"] == "integer[]" else 0 for row in rows}
        await self.add("tally", **(zeros | {"site": site, "area": "sud", "day": day, "queue": "sejour", "tickets": 1}))

    async def decided(self, text: str, at: str, area: str = "sud", **more: object) -> None:
        """A message of an area, or what else is said of it."""
        whole = {"date": None, "until": None, "lifted": False, **more}
        await self.add("notice", site="aube", area=area, spans="[]", text=text, who="w", at=paris(at), **whole)

    async def keep_month(self, month: date) -> None:
        await self.add("month", site="aube", month=month, version=1, digest="d", facts=b"facts")

    async def column(self, table: str, column: str, site: str | None = "aube") -> list[object]:
        where = "" if site is None else f"where site = '{site}'"
        rows = await self.connection.fetch(f"select {column} as found from {table} {where} order by 1")  # noqa: S608
        return [row["found"] for row in rows]

    async def recorded(self) -> list[tuple[str, date, int]]:
        rows = await self.connection.fetch("select what, before, rows from purge order by number")
        return [(row["what"], row["before"], row["rows"]) for row in rows]

    def purge(
        self,
        keep_month: Callable[[date], Awaitable[None]] | None = None,
        *,
        now: datetime = NOW,
        settings: Settings = SETTINGS,
        pause: Callable[[float], Awaitable[None]] | None = None,
    ) -> Purge:
        """`pause`: what happens before a table that is in use is tried once more; without, it is tried once."""
        return Purge(
            settings,
            self.journal,
            keep_month or self.keep_month,
            lambda: now,
            "test",
            tries=2 if pause else 1,
            pause=pause or asyncio.sleep,
        )


@pytest.fixture
async def place(database: str) -> AsyncIterator[Place]:
    connection = await asyncpg.connect(database)
    async with Journal(database, "Europe/Paris") as journal:
        yield Place(database, journal, connection)
    await connection.close()


def names(purged: Purged) -> set[str]:
    return {one.what for one in purged.gone}


# ------------------------------------------------------------ events


async def test_a_month_of_events_goes_as_a_whole_once_it_is_old_and_the_next_one_stays(place: Place) -> None:
    await place.happened("2026-05-10 09:00", "2026-05-31 09:00", "2026-06-01 09:00", "2026-11-24 09:00")
    purged = await place.purge().run()
    assert purged.gone == (Gone(what="journal_2026_05", before=JUNE, rows=2),)
    assert await place.events() == ["2026-06-01 09:00", "2026-11-24 09:00"]
    assert "journal_2026_05" not in await place.tables()


async def test_nothing_goes_on_the_last_night_of_a_month_and_the_oldest_month_on_the_next(place: Place) -> None:
    await place.happened("2026-05-31 09:00", "2026-06-01 09:00")
    await place.purge(now=paris("2026-10-31 23:59")).run()
    assert len(await place.events()) == 2
    await place.purge(now=paris("2026-11-01 00:00")).run()
    assert await place.events() == ["2026-06-01 09:00"]


async def test_a_month_ends_at_the_sites_midnight_though_the_partition_ends_at_that_of_utc(place: Place) -> None:
    """In June, Troyes is two hours before UTC: the partition of May holds the first two hours of June."""
    await place.happened("2026-05-31 23:59", "2026-06-01 00:30", "2026-06-01 01:59", "2026-06-01 02:00")
    assert await place.connection.fetchval("select count(*) from journal_2026_05") == 3
    before = await place.connection.fetch("select * from journal where time >= $1 order by time", paris("2026-06-01"))
    purged = await place.purge().run()
    assert purged.gone == (Gone(what="journal_2026_05", before=JUNE, rows=1),)
    after = await place.connection.fetch("select * from journal order by time")
    assert after == before
    assert [row["id"] for row in after] == ["2026-06-01 00:30", "2026-06-01 01:59", "2026-06-01 02:00"]


async def test_west_of_greenwich_the_last_hours_of_a_month_go_with_it(place: Place) -> None:
    """Cayenne is three hours behind UTC: the partition of June holds the last three hours of May."""
    cayenne = replace(SETTINGS, time_zone="America/Cayenne")
    may, june = (datetime(2026, 6, 1, hour, 30, tzinfo=UTC) for hour in (2, 3))
    await place.journal.append([happening("may", may), happening("june", june)])
    purged = await place.purge(settings=cayenne).run()
    assert purged.gone == (Gone(what="journal_2026_06", before=JUNE, rows=1),)
    assert await place.events() == ["june"]


async def test_the_month_that_begins_in_winter_time_ends_at_the_sites_midnight_too(place: Place) -> None:
    """An event of 1 January, half past midnight, lies in the partition of December."""
    await place.happened("2025-12-31 23:59", "2026-01-01 00:30")
    await place.purge(now=paris("2026-06-30 12:00")).run()
    assert await place.events() == ["2026-01-01 00:30"]
    await place.purge(now=paris("2026-07-01 03:00")).run()
    assert await place.events() == []


async def test_what_a_mistaken_clock_has_put_into_another_month_goes_by_when_it_was_believed_to_be(
    place: Place,
) -> None:
    """The old one lies in a month to come and beyond all months, the young one in a month that goes."""
    old, young = paris("2026-05-10 09:00"), paris("2026-11-24 09:00")
    future, wild, slow = paris("2026-11-20 09:00"), datetime(2150, 1, 1, tzinfo=UTC), paris("2026-05-20 09:00")
    await place.happened("2026-05-10 10:00", "2026-11-24 10:00")
    await place.journal.append(
        [
            replace(record("future", time=future), at=old, received=old, clock="future"),
            replace(record("wild", time=wild), at=old, received=old, clock="future"),
            replace(record("slow", time=slow), at=young, received=young, clock="ancient"),
        ]
    )
    assert await place.partitions() == {"journal_2026_05", "journal_2026_11", "journal_other"}
    purged = await place.purge().run()
    assert {(one.what, one.rows) for one in purged.gone} == {
        ("journal_2026_05", 1),
        ("journal_2026_11", 1),
        ("journal_other", 1),
    }
    assert await place.events() == ["2026-11-24 10:00", "slow"]


async def test_of_two_sites_each_goes_by_its_own_retention(place: Place) -> None:
    await place.happened("2026-05-10 09:00")
    await place.happened("2026-05-10 10:00", site="marne")
    await place.visit("2026-05-10")
    await place.visit("2026-05-10", site="marne")
    await place.purge().run()
    assert (await place.events(), await place.events("marne")) == ([], ["2026-05-10 10:00"])
    assert await place.column("visit", "day", "marne") == [date(2026, 5, 10)]
    assert await place.column("visit", "day") == []
    assert await place.column("day", "purged", "marne") == [False]

    async def kept(month: date) -> None:
        await place.add("month", site="marne", month=month, version=1, digest="d", facts=b"facts")

    await place.purge(kept, settings=replace(SETTINGS, site="marne")).run()
    assert await place.partitions() == {"journal_other"}
    assert await place.partitions("visit") == set()


# ------------------------------------------------------------ events that come late


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_event_that_comes_for_a_purged_month_is_kept_and_goes_with_the_next_purge_which_says_so(
    place: Place, restarted: bool
) -> None:
    await place.happened("2026-05-10 09:00", "2026-06-10 09:00")
    await place.visit("2026-05-10")
    await place.purge().run()
    late = [replace(happening(f"late {n}", paris(f"2026-05-{n} 10:00")), received=NOW + timedelta(1)) for n in (12, 13)]
    async with Journal(place.dsn, "Europe/Paris") as another:
        for one in late:
            appended = await (another if restarted else place.journal).append([one])
            assert appended.new == 1
    assert await place.events() == ["2026-06-10 09:00", "late 12", "late 13"]
    days = await place.connection.fetch("select * from day order by day")
    tallies = await place.connection.fetch("select * from tally")

    purged = await place.purge(never_kept, now=NOW + timedelta(2)).run()

    assert purged.late == {date(2026, 5, 1): 2}
    assert purged.gone == (Gone(what="journal_2026_05", before=JUNE, rows=2),)
    assert await place.events() == ["2026-06-10 09:00"]
    assert await place.connection.fetch("select * from day order by day") == days
    assert await place.connection.fetch("select * from tally") == tallies


async def test_a_month_that_was_purged_is_begun_anew_when_the_same_journal_is_told_of_it_again(place: Place) -> None:
    """Its events have their partition again, and do not pile up in the one that all months share."""
    await place.happened("2026-05-10 09:00")
    await place.purge().run()
    assert await place.partitions() == {"journal_other"}
    await place.happened("2026-05-11 09:00", received="2026-11-25 09:00")
    assert await place.partitions() == {"journal_other", "journal_2026_05"}
    assert await place.connection.fetchval("select count(*) from journal_other") == 0


async def never_kept(month: date) -> None:
    raise AssertionError(month)


# ------------------------------------------------------------ facts first


async def test_the_facts_of_a_month_are_kept_before_anything_of_it_goes(place: Place) -> None:
    await place.happened("2026-04-10 09:00", "2026-05-10 09:00", "2026-06-10 09:00")
    seen: list[tuple[date, list[str]]] = []

    async def keep(month: date) -> None:
        seen.append((month, await place.events()))
        await place.keep_month(month)

    purged = await place.purge(keep).run()
    all_of_it = ["2026-04-10 09:00", "2026-05-10 09:00", "2026-06-10 09:00"]
    assert seen == [(date(2026, 4, 1), all_of_it), (date(2026, 5, 1), all_of_it)]
    assert purged.kept == (date(2026, 4, 1), date(2026, 5, 1))


async def test_a_month_of_visits_or_of_alerts_alone_is_kept_as_well(place: Place) -> None:
    await place.visit("2026-03-10")
    await alerted(place, "a", "2026-04-10 09:00", "2026-04-10 10:00")
    purged = await place.purge().run()
    assert purged.kept == (date(2026, 3, 1), date(2026, 4, 1))


@pytest.mark.parametrize("silently", [False, True])
async def test_a_month_whose_facts_cannot_be_kept_stays_with_all_that_came_after_it_and_is_said(
    place: Place, silently: bool
) -> None:
    await place.happened("2026-03-10 09:00", "2026-04-10 09:00", "2026-05-10 09:00")
    for text in ("2026-03-10 09:00", "2026-04-10 09:00", "2026-05-10 09:00"):
        await place.add("trail", site="aube", at=paris(text), account="", who="w", action=text, subject="", status=200)

    async def keep(month: date) -> None:
        if month == date(2026, 3, 1):
            await place.keep_month(month)
        elif not silently:
            raise ValueError("the disk is full")

    with capture_logs() as logs:
        purged = await place.purge(keep).run()
    assert purged.unkept == date(2026, 4, 1)
    assert await place.events() == ["2026-04-10 09:00", "2026-05-10 09:00"]
    assert await place.column("trail", "action") == ["2026-04-10 09:00", "2026-05-10 09:00"]
    (said,) = [one for one in logs if one["log_level"] == "error"]
    assert said["month"] == "2026-04"
    assert said["error"] == ("they were not made" if silently else "ValueError: the disk is full")

    assert (await place.purge().run()).unkept is None
    assert await place.events() == []


async def test_facts_that_were_kept_before_are_kept_once_more_before_the_rows_go(place: Place) -> None:
    """For an event may have come late since."""
    await place.happened("2026-05-10 09:00")
    await place.keep_month(date(2026, 5, 1))
    asked: list[date] = []

    async def keep(month: date) -> None:
        asked.append(month)

    purged = await place.purge(keep).run()
    assert asked == [date(2026, 5, 1)]
    assert purged.unkept is None
    assert await place.events() == []


# ------------------------------------------------------------ days


async def test_days_that_are_purged_are_marked_even_those_of_which_nothing_was_known(place: Place) -> None:
    await place.happened("2026-05-10 09:00")
    await place.visit("2026-05-10", "2026-06-02")
    await place.purge().run()
    rows = await place.connection.fetch("select day, upto, purged from day order by day")
    may = {row["day"]: row["upto"] for row in rows if row["purged"]}
    assert list(may) == [date(2026, 5, 1) + timedelta(days=n) for n in range(31)]
    assert [day for day, upto in may.items() if upto is not None] == [date(2026, 5, 10)]
    assert [row["day"] for row in rows if not row["purged"]] == [date(2026, 6, 2)]


async def test_the_first_day_that_is_kept_stays_as_it_is_for_the_evening_before_is_gone(place: Place) -> None:
    await place.happened("2026-05-10 09:00", "2026-06-01 09:00")
    await place.visit("2026-06-01", "2026-06-02")
    await place.purge().run()
    marked = await place.connection.fetch("select day from day where day >= $1 and purged", JUNE)
    assert [row["day"] for row in marked] == [JUNE]
    assert await place.column("visit", "day") == [JUNE, date(2026, 6, 2)]


async def test_tallies_and_facts_outlive_the_rows_they_are_made_of_and_go_after_four_years(place: Place) -> None:
    """With 48 months, 1 December 2022 is the first day whose aggregates are kept."""
    await place.visit("2022-11-30", "2022-12-01", "2026-05-10", "2026-11-24")
    for month in (date(2022, 11, 1), date(2022, 12, 1)):
        await place.keep_month(month)
        await place.add("month_file", site="aube", month=month, version=1, name="n", kind="open", content=b"")
        await place.add("month_act", site="aube", month=month, version=1, who="w", act="made")
    for day in (date(2022, 11, 30), date(2022, 12, 1)):
        await place.add("ledger", site="aube", area="sud", device="borne-1", day=day)

    async def keep(month: date) -> None:
        if month == date(2026, 5, 1):
            await place.keep_month(month)

    purged = await place.purge(keep).run()
    assert purged.unkept is None
    assert date(2022, 11, 1) not in purged.kept
    assert await place.column("visit", "day") == [date(2026, 11, 24)]
    assert await place.column("tally", "day") == [date(2022, 12, 1), date(2026, 5, 10), date(2026, 11, 24)]
    assert await place.column("month", "month") == [date(2022, 12, 1), date(2026, 5, 1)]
    assert await place.column("month_file", "month") == [date(2022, 12, 1)]
    assert await place.column("month_act", "month") == [date(2022, 12, 1)]
    assert await place.column("ledger", "day") == [date(2022, 12, 1)]
    assert await place.partitions("tally") == {"tally_2022_12", "tally_2026_05", "tally_2026_11"}
    assert date(2022, 11, 30) in await place.column("day", "day")


# ------------------------------------------------------------ all other tables


async def test_the_last_presence_of_each_device_stays_and_every_one_that_reaches_into_what_is_kept(
    place: Place,
) -> None:
    async def heard(device: str, since: str, until: str) -> None:
        await place.add(
            "presence",
            site="aube",
            area="sud",
            device=device,
            heard_from=paris(since),
            heard_until=paris(until),
        )

    await heard("gone", "2026-01-01 08:00", "2026-01-01 09:00")
    await heard("gone", "2026-02-01 08:00", "2026-02-01 09:00")
    await heard("there", "2026-05-01 08:00", "2026-05-31 23:59")
    await heard("there", "2026-05-20 08:00", "2026-06-01 00:00")
    await heard("there", "2026-11-01 08:00", "2026-11-25 03:00")
    await place.purge().run()
    rows = await place.connection.fetch("select device, heard_from from presence order by heard_from")
    assert [(row["device"], row["heard_from"]) for row in rows] == [
        ("gone", paris("2026-02-01 08:00")),
        ("there", paris("2026-05-20 08:00")),
        ("there", paris("2026-11-01 08:00")),
    ]


async def test_clocks_quarantine_predictions_the_trail_and_sessions_go_before_the_first_day_that_is_kept(
    place: Place,
) -> None:
    last, first = paris("2026-05-31 23:59:59"), paris("2026-06-01 00:00:00")
    for at in (last, first):
        name = f"{at:%m-%d}"
        await place.add(
            "clock",
            site="aube",
            area="sud",
            device=name,
            told_from=at,
            told_until=at,
            correction=timedelta(0),
            measured=at,
        )
        await place.add(
            "quarantine", received=at, topic=name, reason="r", detail="", size=1, payload="", digest=name.encode()
        )
        shown = {f"{kind}{n}_s": 1.0 for kind in ("p", "raw") for n in (10, 50, 90)}
        await place.add("forecast", site="aube", area="sud", queue="q", visit=name, at=at, method="simulation", **shown)
        await place.add("trail", site="aube", at=at, account="", who=name, action="a", subject="", status=200)
        await place.add("ended_session", site="aube", id=name, until=at)
    purged = await place.purge().run()
    assert names(purged) == {"clock", "quarantine", "forecast", "trail", "ended_session"}
    assert {one.rows for one in purged.gone} == {1}
    assert await place.column("clock", "device") == ["06-01"]
    assert await place.column("quarantine", "topic", None) == ["06-01"]
    assert await place.column("forecast", "visit") == ["06-01"]
    assert await place.column("trail", "who") == ["06-01"]
    assert await place.column("ended_session", "id") == ["06-01"]


async def alerted(place: Place, name: str, fired: str, resolved: str | None) -> None:
    """An alert with a line of its timeline, which names somebody, and a message."""
    await place.add(
        "alert",
        site="aube",
        id=name,
        area=name,
        topic="wait",
        fired_at=paris(fired),
        resolved_at=paris(resolved) if resolved else None,
        state="{}",
    )
    await place.add("alert_moment", site="aube", alert=name, at=paris(fired), kind="acknowledged", who="w", text="")
    await place.add(
        "alert_message", site="aube", key=name, alert=name, recipient="r", message="{}", queued=paris(fired)
    )


async def test_an_alert_goes_with_its_timeline_and_its_messages_and_one_that_is_open_stays_with_all_of_it(
    place: Place,
) -> None:
    await alerted(place, "over", "2026-05-10 09:00", "2026-05-31 23:59")
    await alerted(place, "just over", "2026-05-10 09:00", "2026-06-01 00:00")
    await alerted(place, "open", "2026-05-10 09:00", None)
    for until in ("2026-05-31 23:59", "2026-06-01 00:00", "2027-01-01 00:00"):
        await place.add(
            "alert_mute",
            site="aube",
            area="sud",
            topic="wait",
            since=paris("2026-05-10 09:00"),
            until=paris(until),
            reason=until,
            who="w",
        )
    await place.purge().run()
    for table, column in (("alert", "id"), ("alert_moment", "alert"), ("alert_message", "alert")):
        assert await place.column(table, column) == ["just over", "open"]
    assert await place.column("alert_mute", "reason") == ["2026-06-01 00:00", "2027-01-01 00:00"]


async def test_of_what_supervisors_decided_stays_what_is_in_force(place: Place) -> None:
    await place.decided("replaced", "2026-05-01 09:00")
    await place.decided("in force for ever", "2026-05-02 09:00")
    await place.decided("taken back", "2026-05-01 09:00", area="nord")
    await place.decided("the taking back", "2026-05-02 09:00", area="nord", lifted=True)
    await place.decided("over", "2026-05-01 09:00", area="standard", until=paris("2026-05-02 09:00"))
    await place.decided("a day that is gone", "2026-05-01 09:00", date=date(2026, 5, 31))
    await place.decided("a day that is kept", "2026-05-01 09:00", date=JUNE)
    await place.decided("a day to come", "2026-05-01 09:00", date=date(2026, 12, 24))
    await place.decided("long ago, and taken back lately", "2026-05-01 09:00", area="est")
    await place.decided("the late taking back", "2026-07-01 09:00", area="est", lifted=True)
    await place.decided("told by a clock that was set back since", "2026-07-01 09:00", area="ouest")
    await place.decided("its taking back", "2026-05-01 09:00", area="ouest", lifted=True)
    await place.purge().run()
    assert await place.column("notice", "text") == [
        "a day that is kept",
        "a day to come",
        "in force for ever",
        "its taking back",
        "the late taking back",
        "told by a clock that was set back since",
    ]


async def test_people_programs_and_the_key_of_the_pseudonyms_stay(place: Place) -> None:
    long_ago = paris("2020-01-01 09:00")
    await place.add("account", site="aube", id="i", login="l", name="n", role="viewer", sessions_since=long_ago)
    await place.add("access_token", site="aube", name="n", hash="h", role="viewer", created_at=long_ago)
    await place.add("pseudonyms", fingerprint="f", since=long_ago)
    await place.add("tallied", site="aube", position=7)
    assert (await place.purge().run()).gone == ()
    for table in ("account", "access_token", "pseudonyms", "tallied"):
        assert len(await place.column(table, "1", None)) == 1


# ------------------------------------------------------------ the record, and what comes in between


async def test_each_step_is_recorded_with_its_rows_and_who_did_it(place: Place) -> None:
    await place.happened("2026-04-10 09:00", "2026-05-10 09:00", "2026-05-11 09:00")
    await place.visit("2026-05-10", "2026-05-11")
    await place.purge().run()
    assert await place.recorded() == [
        ("day", date(2026, 5, 1), 0),
        ("day", JUNE, 2),
        ("journal_2026_04", JUNE, 1),
        ("journal_2026_05", JUNE, 2),
        ("visit_2026_05", JUNE, 2),
    ]
    assert set(await place.column("purge", "who")) == {"test"}
    assert set(await place.column("purge", "at")) == {NOW}
    again = await place.purge(never_kept).run()
    assert (again.gone, len(await place.recorded())) == ((), 5)


async def test_a_dry_run_says_what_would_go_and_changes_nothing(place: Place) -> None:
    await place.happened("2026-05-10 09:00", "2026-06-01 00:30", "2026-11-24 09:00")
    await place.visit("2026-05-10")
    await alerted(place, "over", "2026-05-10 09:00", "2026-05-31 23:59")
    tables = await place.tables()

    async def all_of_it() -> dict[str, list[object]]:
        # as text: a row as the database writes it
        return {table: await place.column(table, f"{table}::text", None) for table in sorted(tables)}

    before = await all_of_it()
    foreseen = await place.purge(never_kept).foreseen()
    assert await all_of_it() == before
    assert await place.tables() == tables
    assert foreseen.kept == (date(2026, 5, 1),)
    assert foreseen.gone == (
        Gone(what="journal_2026_05", before=JUNE, rows=1),
        Gone(what="visit_2026_05", before=JUNE, rows=1),
        Gone(what="alert_moment", before=JUNE, rows=1),
        Gone(what="alert_message", before=JUNE, rows=1),
        Gone(what="alert", before=JUNE, rows=1),
    )
    assert (await place.purge().run()).gone == foreseen.gone


class Killed(BaseException):
    """What ends a process where it stands."""


async def test_a_purge_that_is_killed_between_two_partitions_is_gone_on_with(place: Place) -> None:
    await place.happened("2026-04-10 09:00", "2026-05-10 09:00", "2026-06-10 09:00")
    await place.visit("2026-04-10", "2026-05-10")

    def told(what: str) -> None:
        if what == "journal_2026_05":
            raise Killed

    with pytest.raises(Killed):
        await place.purge().run(told)
    assert await place.events() == ["2026-05-10 09:00", "2026-06-10 09:00"]
    assert [what for what, _, _ in await place.recorded()] == ["day", "day", "journal_2026_04"]

    purged = await place.purge(never_kept).run()
    assert names(purged) == {"journal_2026_05", "visit_2026_04", "visit_2026_05"}
    assert purged.late == {}
    assert await place.events() == ["2026-06-10 09:00"]
    assert len(await place.recorded()) == 6


async def test_a_partition_goes_with_its_record_or_not_at_all(place: Place) -> None:
    await place.happened("2026-05-10 09:00", "2026-06-01 00:30")
    await place.connection.execute(
        """
        create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
        create trigger refuse before insert on purge for each row when (new.what like 'journal%')
            execute function refuse()
        """
    )
    with pytest.raises(asyncpg.RaiseError):
        await place.purge().run()
    assert await place.events() == ["2026-05-10 09:00", "2026-06-01 00:30"]
    assert "journal_2026_05" in await place.partitions()
    assert [what for what, _, _ in await place.recorded()] == ["day"]


async def test_of_two_purges_at_once_one_is_told_that_another_runs(place: Place) -> None:
    await place.happened("2026-05-10 09:00")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def keep(month: date) -> None:
        begun.set()
        await go_on.wait()
        await place.keep_month(month)

    first = asyncio.create_task(place.purge(keep).run())
    await begun.wait()
    with pytest.raises(BusyError, match="another purge is running"):
        await place.purge().run()
    go_on.set()
    assert names(await first) == {"journal_2026_05"}
    assert (await place.purge().run()).gone == ()


async def test_the_purges_of_two_sites_may_run_at_once(place: Place) -> None:
    """What one of them has ended, the other finds gone."""
    await place.happened("2026-05-10 09:00")
    await place.decided("long ago", "2026-05-01 09:00", until=paris("2026-05-02 09:00"))
    marne = place.purge(never_kept, settings=replace(SETTINGS, site="marne"))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def keep(month: date) -> None:
        begun.set()
        await go_on.wait()
        await place.keep_month(month)

    first = asyncio.create_task(place.purge(keep).run())
    await begun.wait()
    assert (await marne.run()).gone == ()
    go_on.set()
    assert names(await first) == {"journal_2026_05", "notice"}


# ------------------------------------------------------------ with others at work


@pytest.fixture
async def reader(place: Place) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else."""
    connection = await asyncpg.connect(place.dsn)
    yield connection
    await connection.close()


async def test_what_somebody_reads_all_the_time_is_left_to_the_next_purge(
    place: Place, reader: asyncpg.Connection
) -> None:
    await place.happened("2026-05-10 09:00")
    await place.decided("long ago", "2026-05-01 09:00", until=paris("2026-05-02 09:00"))
    async with reader.transaction():
        await reader.fetch("select * from journal")
        purged = await place.purge().run()
        assert purged.busy == ("journal_2026_05",)
        assert names(purged) == {"notice"}
    assert await place.events() == ["2026-05-10 09:00"]
    assert names(await place.purge(never_kept).run()) == {"journal_2026_05"}


async def test_a_purge_goes_on_as_soon_as_the_reader_has_done(place: Place, reader: asyncpg.Connection) -> None:
    await place.happened("2026-05-10 09:00")
    reading = reader.transaction()
    await reading.start()
    await reader.fetch("select * from journal")

    async def done(_: float) -> None:
        await reading.rollback()

    assert names(await place.purge(pause=done).run()) == {"journal_2026_05"}


async def test_boards_read_and_the_collector_writes_while_months_go(place: Place) -> None:
    """Every event of the months that stay is read as before, and every new one is kept, those of months that go too."""
    old = [f"2026-{month:02}-{day:02} 09:00" for month in range(1, 6) for day in (1, 15, 28)]
    young = [f"2026-06-{day:02} 09:00" for day in range(1, 15)]
    await place.happened(*old, *young)
    start = await place.journal.last()
    done = asyncio.Event()
    read: list[int] = []
    followed: list[str] = []

    async def reading() -> None:
        while not done.is_set():
            read.append(
                len(await place.journal.read("aube", "sud", paris("2026-06-01 00:00"), paris("2026-06-30 00:00")))
            )

    async def writing() -> None:
        for day in range(1, 25):
            await place.happened(f"2026-11-{day:02} 09:00")
            await place.happened(f"2026-05-{day:02} 10:00", received="2026-11-24 10:00")

    async def following() -> None:
        async for _, entries in place.journal.follow(start):
            followed.extend(entry.event.id for entry in entries)
            # those of months that go may be gone before they are followed
            if "2026-11-24 09:00" in followed:
                return

    async with asyncio.timeout(60):
        readers = [asyncio.create_task(work()) for work in (reading, reading, following)]
        await asyncio.gather(writing(), place.purge().run())
        done.set()
        await asyncio.gather(*readers)
    assert set(read) == {14}
    assert [one for one in followed if one.startswith("2026-11")] == [f"2026-11-{day:02} 09:00" for day in range(1, 25)]
    await place.purge(never_kept).run()
    assert await place.partitions() == {"journal_2026_06", "journal_2026_11", "journal_other"}
    assert await place.connection.fetchval("select count(*) from journal") == 14 + 24


async def test_other_months_than_six_are_kept_where_the_settings_say_so(place: Place) -> None:
    await place.happened("2026-09-30 09:00", "2026-10-01 09:00")
    await place.visit("2026-07-31", "2026-08-01")
    short = replace(SETTINGS, retention=RetentionSettings(rows_months=2, aggregates_months=4))
    await place.purge(settings=short).run()
    assert await place.events() == ["2026-10-01 09:00"]
    assert await place.column("tally", "day") == [date(2026, 8, 1)]
