"""What is known of the days of a month: silences and coverage, the crowd of half-hours, alerts, the configuration."""

from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest
from msgspec.structs import replace

from tests.build import HOURS, MONDAY, PARIS, SUD, at, called, issued, transferred
from tests.dashboards.kept import breach, over, waits
from tests.months import NOVEMBER, OPEN_S, WORKING_DAYS, area, on
from ticketing.alert import Record
from ticketing.events import Event
from ticketing.month import AreaMonth, Circumstances, configuration, month_of
from ticketing.open_days import Gap, OpenDay
from ticketing.plan import Target

TUESDAY, THE_9TH = date(2026, 11, 24), date(2026, 11, 9)
ONE = [issued("A1", "9:10"), called("A1", "9:20")]
SHARE = 1e-4
"""Shares are rounded to four digits."""


def gap(since: str, until: str, device: str = "borne-1", first: date = MONDAY, last: date | None = None) -> Gap:
    return Gap(device=device, since=at(since, first), until=at(until, last or first))


EVERY_DAY = [event for n, day in enumerate(WORKING_DAYS) for event in on(day, issued(f"E{n}", "9:10"))]


def watched(*gaps: Gap) -> AreaMonth:
    """Somebody came on every working day."""
    return area(*EVERY_DAY, beside=Circumstances(gaps=gaps, watched=True))


def day_of(found: AreaMonth, day: date = MONDAY) -> OpenDay:
    (one,) = [one for one in found.days if one.day == day]
    return one


# ------------------------------------------------------------ silences


def test_without_a_watch_nothing_is_known_of_silences() -> None:
    found = area(*ONE)
    assert (found.coverage, day_of(found).coverage) == (None, None)


def test_a_month_without_a_silence_is_covered_whole() -> None:
    found = watched()
    assert (found.coverage, day_of(found).coverage, day_of(found).silent_s) == (1.0, 1.0, 0.0)


def test_a_silence_over_noon_counts_in_opening_hours_alone() -> None:
    # an hour before noon, and three quarters after a quarter past one
    found = day_of(watched(gap("11:00", "14:00")))
    assert (found.open_s, found.silent_s) == (OPEN_S, 6300.0)
    assert found.coverage == pytest.approx(1 - 6300 / OPEN_S, abs=SHARE)


def test_devices_that_are_silent_at_once_count_once() -> None:
    # 9:00 to 10:30, and 11:00 to 11:30 within 10:45 to 11:45: two hours and a half
    found = day_of(
        watched(
            gap("9:00", "10:00", "borne-1"),
            gap("9:30", "10:30", "borne-2"),
            gap("10:45", "11:45", "borne-1"),
            gap("11:00", "11:30", "borne-2"),
        )
    )
    assert found.silent_s == 2.5 * 3600


def test_a_long_silence_hides_no_later_one_that_ends_before_it() -> None:
    found = day_of(watched(gap("9:00", "11:30", "b"), gap("9:30", "10:00", "a"), gap("11:00", "11:45", "c")))
    assert found.silent_s == 2.75 * 3600


def test_a_silence_over_days_counts_on_each_of_them() -> None:
    found = watched(gap("16:00", "9:30", last=TUESDAY))
    assert (day_of(found).silent_s, day_of(found, TUESDAY).silent_s) == (1800.0, 3600.0)
    # of twenty days
    assert found.coverage == pytest.approx(1 - 5400 / (20 * OPEN_S), abs=SHARE)


def test_a_day_of_which_nothing_was_heard_is_covered_by_nothing() -> None:
    """A device that is silent for long is missed by nobody, so that nobody tells of its silence."""
    found = area(*ONE, beside=Circumstances(watched=True))
    assert (day_of(found).coverage, day_of(found, TUESDAY).coverage) == (1.0, 0.0)
    assert found.coverage == pytest.approx(1 / 20, abs=SHARE)


def test_silences_on_a_closed_day_are_none() -> None:
    plan = replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()}))
    beside = Circumstances(gaps=[gap("9:00", "12:00")], watched=True)
    found = area(*EVERY_DAY, plan=plan, beside=beside)
    assert (day_of(found).coverage, day_of(found).silent_s, found.coverage) == (None, 0.0, 1.0)


def test_a_silence_all_day_leaves_no_coverage() -> None:
    assert day_of(watched(gap("0:00", "0:00", last=TUESDAY))).coverage == 0.0


@pytest.mark.parametrize("zone", [UTC, PARIS])
def test_a_silence_in_the_hour_that_comes_twice_is_as_long_as_it_was(zone: tzinfo) -> None:
    sunday = date(2026, 10, 25)
    plan = replace(SUD, hours=replace(HOURS, weekly=None))
    heard = on(sunday, *ONE)
    # from half past two, summer time, to half past two, winter time
    since, until = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(zone) for hour in (0, 1))
    beside = Circumstances(gaps=[Gap(device="borne-1", since=since, until=until)], watched=True)
    found = area(*heard, plan=plan, first=date(2026, 10, 1), beside=beside)
    (told,) = found.gaps
    assert told.until - told.since == timedelta(hours=1)
    assert day_of(found, sunday).silent_s == pytest.approx(3600, abs=0.001)
    assert day_of(found, sunday).coverage == pytest.approx(24 / 25, abs=SHARE)


# ------------------------------------------------------------ the crowd


def at_half_hours(*clocks: str, day: date = MONDAY) -> list[Event]:
    return on(day, *(issued(f"{day}-{n}", clock) for n, clock in enumerate(clocks)))


def test_the_crowd_of_a_half_hour_is_the_mean_of_the_open_days_heard() -> None:
    # of the five Mondays, two were heard; of the Tuesdays none
    found = area(*at_half_hours("9:01", "9:29", "14:00"), *at_half_hours("9:10", day=THE_9TH))
    monday = found.crowd[0]
    assert monday is not None
    assert (len(monday), monday[18], monday[28], monday[19], sum(monday)) == (48, 1.5, 0.5, 0.0, 2.0)
    assert found.crowd[1:] == (None,) * 6


def test_the_crowd_is_told_to_hundredths() -> None:
    days = (date(2026, 11, 2), THE_9TH, date(2026, 11, 16))
    found = area(*at_half_hours("9:01", day=days[0]), *at_half_hours("10:00", "10:10", day=days[1]),
                 *at_half_hours("11:00", day=days[2]))  # fmt: skip
    monday = found.crowd[0]
    assert monday is not None
    assert (monday[18], monday[20]) == (0.33, 0.67)


def test_customers_of_all_queues_are_in_the_crowd() -> None:
    found = area(issued("A1", "9:00"), issued("B1", "9:00", "asile"), issued("V1", "9:00", "visa"))
    assert found.crowd[0]
    assert found.crowd[0][18] == 3.0


def test_who_is_sent_on_came_once() -> None:
    found = area(issued("A1", "9:00"), called("A1", "9:05"), transferred("A1", "9:10", "asile"))
    assert found.crowd[0]
    assert found.crowd[0][18] == 1.0


# ------------------------------------------------------------ alerts


def fired(id: str, instant: datetime | None) -> Record:  # noqa: A002
    return Record(alert=replace(waits(breach(), id=id), fired_at=instant), moments=())


def test_alerts_that_fired_are_told_in_order_and_others_are_not() -> None:
    records = [fired("late", at("16:00")), fired("never", None), fired("early", at("7:00").astimezone(UTC)),
               over("between"), fired("at-once", at("8:50"))]  # fmt: skip
    found = area(*ONE, beside=Circumstances(records=records))
    assert [one.id for one in found.breaches] == ["early", "at-once", "between", "late"]


def test_the_time_between_two_instants_is_that_which_passed_also_where_clocks_are_set() -> None:
    """Fired at half past two, summer time, and taken at twenty past two, winter time."""
    alert = replace(waits(breach()), fired_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(PARIS),
                    acknowledged_at=datetime(2026, 10, 25, 1, 20, tzinfo=UTC).astimezone(PARIS))  # fmt: skip
    beside = Circumstances(records=[Record(alert=alert, moments=())])
    (one,) = area(first=date(2026, 10, 1), beside=beside).breaches
    assert one.acknowledged_at
    assert one.acknowledged_at - one.fired_at == timedelta(minutes=50)
    assert (f"{one.fired_at:%H:%M}", f"{one.acknowledged_at:%H:%M}") == ("02:30", "02:20")


# ------------------------------------------------------------ the configuration


def test_whatever_is_configured_of_figures_changes_the_digest() -> None:
    promised = SUD.commitments[0]
    others = [
        replace(SUD, name="Autre"),
        replace(SUD, queues=SUD.queues[:1]),
        replace(SUD, queues=(replace(SUD.queues[0], name="Titres"), SUD.queues[1])),
        replace(SUD, desks=SUD.desks[:1]),
        replace(SUD, hours=replace(HOURS, weekly=None)),
        replace(SUD, hours=replace(HOURS, exceptions={MONDAY: ()})),
        replace(SUD, commitments=()),
        replace(SUD, commitments=(replace(promised, share=0.9),)),
        replace(SUD, commitments=(replace(promised, provenance="charte"),)),
        replace(SUD, commitments=(replace(promised, valid_from=MONDAY),)),
        replace(SUD, endings=replace(SUD.endings, overtaken_by=6)),
    ]
    digests = [configuration([plan], NOVEMBER) for plan in (SUD, *others)]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in digests)


def test_the_order_in_which_days_are_told_is_no_other_configuration() -> None:
    shut = {MONDAY: (), TUESDAY: ()}
    turned = replace(
        HOURS,
        weekly=dict(sorted((HOURS.weekly or {}).items(), reverse=True)),
        exceptions=dict(reversed(shut.items())),
        holidays=frozenset(reversed([date(2026, 11, 11), date(2026, 12, 25)])),
    )
    hours = replace(HOURS, exceptions=shut, holidays=frozenset([date(2026, 11, 11), date(2026, 12, 25)]))
    digests = {configuration([replace(SUD, hours=one)], NOVEMBER) for one in (turned, hours)}
    assert len(digests) == 1


def test_what_a_later_month_brings_is_no_other_configuration_of_this_one() -> None:
    """So that a month is the same tomorrow, when somebody has told of a closure at Christmas."""
    december, later = date(2026, 12, 24), date(2026, 12, 1)
    promised = SUD.commitments[0]
    others = [
        replace(SUD, hours=replace(HOURS, exceptions={december: ()})),
        replace(SUD, commitments=(promised, replace(promised, share=0.9, valid_from=later))),
        replace(SUD, targets=(Target(measure="lost_rate", value=0.1, provenance="", valid_from=later),)),
    ]
    before = month_of([SUD], NOVEMBER, [])
    for plan in others:
        assert month_of([plan], NOVEMBER, []).digest == before.digest
        assert configuration([plan], later) != configuration([SUD], later)
