"""What is known of a month beside its tallies: which silences, alerts and predictions are its own."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from collector.days import Gap as Silence
from collector.devices import Presence
from collector.journal import Journal
from deploy.circumstances import circumstances, while_open
from tests.build import HOURS, MONDAY, PARIS, STANDARD, SUD, at
from tests.collector.words import noted
from tests.dashboards.kept import Kept, breach, deaf, over, waits
from tests.months import NOVEMBER
from tests.predictions import pair
from ticketing.accuracy import Pair
from ticketing.alert import SITE, Record

TUESDAY, DECEMBER, THE_10TH = date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 10)


def silence(since: datetime, until: datetime | None, device: str = "borne-1") -> Silence:
    """As the database tells of it."""
    return Silence(device, since.astimezone(UTC), until.astimezone(UTC) if until else None)


def open_parts(*silences: Silence, month: date = NOVEMBER) -> list[tuple[str, datetime, datetime]]:
    return [(gap.device, gap.since, gap.until) for gap in while_open(SUD, month, silences)]


# ------------------------------------------------------------ silences


def test_a_silence_is_told_in_opening_hours_alone() -> None:
    assert open_parts(silence(at("7:00"), at("14:00"))) == [
        ("borne-1", at("8:30"), at("12:00")),
        ("borne-1", at("13:15"), at("14:00")),
    ]
    assert open_parts(silence(at("12:00"), at("13:15"))) == []
    assert open_parts(silence(at("16:30"), at("8:30", TUESDAY))) == []


def test_a_silence_of_two_minutes_is_told_and_a_shorter_one_is_not() -> None:
    assert open_parts(silence(at("9:00"), at("9:01:59"))) == []
    assert open_parts(silence(at("9:00"), at("9:02"))) == [("borne-1", at("9:00"), at("9:02"))]


def test_of_a_long_silence_a_moment_in_opening_hours_is_told() -> None:
    assert open_parts(silence(at("7:00"), at("8:31"))) == [("borne-1", at("8:30"), at("8:31"))]


def test_a_silence_from_before_and_beyond_the_month_is_of_its_days_alone() -> None:
    # Friday the 30th of October, and Tuesday the 1st of December
    found = open_parts(
        silence(at("16:00", date(2026, 10, 30)), at("9:00", date(2026, 11, 2)), "a"),
        silence(at("16:00", date(2026, 11, 30)), at("9:00", DECEMBER), "b"),
    )
    assert found == [
        ("a", at("8:30", date(2026, 11, 2)), at("9:00", date(2026, 11, 2))),
        ("b", at("16:00", date(2026, 11, 30)), at("16:30", date(2026, 11, 30))),
    ]


def test_a_silence_that_goes_on_lasts_until_the_end_of_the_month() -> None:
    friday = date(2026, 11, 27)
    assert open_parts(silence(at("15:00", friday), None)) == [
        ("borne-1", at("15:00", friday), at("16:30", friday)),
        ("borne-1", at("8:30", date(2026, 11, 30)), at("12:00", date(2026, 11, 30))),
        ("borne-1", at("13:15", date(2026, 11, 30)), at("16:30", date(2026, 11, 30))),
    ]


def test_a_device_that_is_heard_again_in_a_later_month_changes_nothing_in_this_one() -> None:
    since = at("9:00", date(2026, 11, 10))
    gone = open_parts(silence(since, None))
    assert gone[-1] == ("borne-1", at("8:30", date(2026, 11, 17)), at("9:00", date(2026, 11, 17)))
    assert open_parts(silence(since, at("9:00", date(2026, 12, 15)))) == gone


def test_silences_are_told_in_order() -> None:
    found = open_parts(
        silence(at("10:00"), at("11:00"), "b"),
        silence(at("9:30"), at("14:00"), "a"),
        silence(at("10:00"), at("10:30"), "a"),
    )
    assert [(device, f"{since:%H:%M}") for device, since, _ in found] == [
        ("a", "09:30"),
        ("a", "10:00"),
        ("b", "10:00"),
        ("a", "13:15"),
    ]


def test_nothing_is_told_of_a_silence_while_it_is_closed_for_once() -> None:
    shut = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    assert list(while_open(shut, NOVEMBER, [silence(at("9:00"), at("12:00"))])) == []


def test_a_silence_through_the_hour_that_comes_twice_is_told_with_both() -> None:
    always = replace(SUD, hours=replace(HOURS, weekly=None))
    # from half past two, summer time, to half past two, winter time
    (gap,) = while_open(
        always,
        date(2026, 10, 1),
        [Silence("a", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))],
    )
    assert gap.until.astimezone(UTC) - gap.since.astimezone(UTC) == timedelta(hours=1)
    assert gap.since.tzinfo is PARIS


# ------------------------------------------------------------ of the database


class Shown:
    """What was shown, as the archive tells of it."""

    def __init__(self, *pairs: Pair) -> None:
        self._pairs = pairs

    async def pairs(self, area: str, since: date, until: date, /) -> list[Pair]:
        return [one for one in self._pairs if one.area == area and since <= one.day < until]


def fired(id: str, instant: datetime | None) -> Record:  # noqa: A002
    return Record(alert=replace(waits(breach(), id=id), since=at("0:00", NOVEMBER), fired_at=instant), moments=())


@pytest.fixture
async def quiet(dsn: str) -> AsyncIterator[Journal]:
    async with Journal(dsn, "Europe/Paris") as journal:
        yield journal


async def test_alerts_are_of_the_month_in_which_they_fired(quiet: Journal) -> None:
    begins, ends = at("0:00", NOVEMBER), at("0:00", DECEMBER)
    moment = timedelta(microseconds=1)
    log = Kept(
        lambda: ends,
        *(fired("last", ends - moment), fired("next-month", ends), fired("never", None)),
        *(fired("first", begins.astimezone(UTC)), fired("month-before", begins - moment), over("between")),
        Record(alert=replace(deaf(), area=SITE), moments=()),
    )
    found = await circumstances(quiet, log, Shown(), [SUD, STANDARD], NOVEMBER)
    assert [one.alert.id for one in found["sud"].records] == ["first", "between", "last"]
    assert found["standard"].records == []


async def test_predictions_are_of_the_days_of_the_month(quiet: Journal) -> None:
    shown = [
        pair((1, 2, 3), wait, day=day)
        for wait, day in enumerate((date(2026, 10, 31), NOVEMBER, date(2026, 11, 30), DECEMBER))
    ]
    found = await circumstances(quiet, Kept(lambda: at("9:00")), Shown(*shown), [SUD, STANDARD], NOVEMBER)
    assert [one.day for one in found["sud"].pairs] == [NOVEMBER, date(2026, 11, 30)]
    assert found["standard"].pairs == []


def presence(since: datetime, until: datetime, device: str = "borne-1", before: datetime | None = None) -> Presence:
    return Presence(
        site="aube", area="sud", device=device, heard_from=since, heard_until=until, session=None, before=before
    )


async def test_silences_are_between_the_times_at_which_a_device_was_heard(quiet: Journal) -> None:
    await quiet.append(
        [],
        changes=noted(
            presence(at("8:00", NOVEMBER), at("10:00")),
            presence(at("10:30"), at("18:00", DECEMBER), before=at("10:00")),
            # a month on a shelf: missed for a week, and by nobody then
            presence(at("8:00", NOVEMBER), at("9:00", date(2026, 11, 10)), "borne-2"),
            presence(at("9:00", THE_10TH), at("9:30", THE_10TH), "borne-2",
                     before=at("9:00", date(2026, 11, 10))),
        ),
    )  # fmt: skip
    found = await circumstances(quiet, Kept(lambda: at("9:00")), Shown(), [SUD, STANDARD], NOVEMBER)
    assert (found["sud"].watched, found["standard"].watched) == (True, False)
    by_device = {
        device: [(gap.since, gap.until) for gap in found["sud"].gaps if gap.device == device]
        for device in ("borne-1", "borne-2")
    }
    assert by_device["borne-1"] == [(at("10:00"), at("10:30"))]
    assert by_device["borne-2"][0][0] == at("9:00", date(2026, 11, 10))
    assert by_device["borne-2"][-1][1] == at("9:00", date(2026, 11, 17))
    december = await circumstances(quiet, Kept(lambda: at("9:00")), Shown(), [SUD], DECEMBER)
    assert [gap for gap in december["sud"].gaps if gap.device == "borne-2" and gap.since < at("9:30", THE_10TH)] == []


async def test_a_device_that_was_heard_in_another_month_watches_nothing_in_this_one(quiet: Journal) -> None:
    await quiet.append([], changes=noted(presence(at("8:00", DECEMBER), at("9:00", DECEMBER))))
    found = await circumstances(quiet, Kept(lambda: at("9:00")), Shown(), [SUD], NOVEMBER)
    assert (found["sud"].watched, found["sud"].gaps) == (False, ())
