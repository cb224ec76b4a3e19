"""Laws of a month: the same facts in any order, and figures that add up."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, timedelta, tzinfo
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from deploy.demo.day import simulated_day
from tests.build import MONDAY, PARIS, STANDARD, SUD, at, called, issued
from tests.dashboards.kept import over
from tests.months import NOVEMBER, days_of, on
from tests.predictions import pair
from ticketing.cuts import Cut
from ticketing.month import AreaMonth, Circumstances, Month, month_of
from ticketing.open_days import Gap
from ticketing.tally import OF_AREA, DayTally
from ticketing.totals import Totals

THE_24TH, THE_25TH = date(2026, 11, 24), date(2026, 11, 25)
PLANS = [SUD, STANDARD]
DAYS = (MONDAY, THE_24TH, THE_25TH)
OF_THE_AREA_ALONE = {"cancelled", "arrival_unknown", "received", "informed", "in_voice_server", "off_hours"}


def simulated(seed: int) -> list[DayTally]:
    events = [sent.event for day in DAYS for sent in simulated_day(day, seed, PARIS)]
    return [day for plan in PLANS for day in days_of(plan, [one for one in events if one.area == plan.area])]


@pytest.fixture(scope="module")
def tallies() -> list[DayTally]:
    return simulated(7)


def figures(totals: Totals | None) -> dict[str, int]:
    """What is counted."""
    return {name: value for name, value in asdict(totals).items() if isinstance(value, int)} if totals else {}


def added(cuts: Iterable[Cut]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for cut in cuts:
        total.update(figures(cut.totals))
    return dict(total)


def made(tallies: list[DayTally]) -> Month:
    return month_of(PLANS, NOVEMBER, tallies)


def area(name: str, tallies: list[DayTally]) -> AreaMonth:
    (found,) = (one for one in made(tallies).areas if one.area == name)
    return found


@pytest.mark.parametrize("name", ["sud", "standard"])
def test_a_month_is_the_sum_of_its_days_and_of_its_half_hours(tallies: list[DayTally], name: str) -> None:
    found = area(name, tallies)
    assert sum(figures(found.whole).values()) > 0
    for queue in (None, *(one.queue for one in found.queues)):
        own = [cut for cut in found.cuts if cut.queue == queue]
        whole = added(own[:1])
        assert added(cut for cut in own if cut.day) == whole
        assert added(cut for cut in own if cut.half_hour is not None) == whole


@pytest.mark.parametrize("name", ["sud", "standard"])
def test_an_area_is_the_sum_of_its_queues_and_of_what_is_in_none(tallies: list[DayTally], name: str) -> None:
    nowhere = [replace(day, tallies=tuple(one for one in day.tallies if one.queue == OF_AREA)) for day in tallies]
    found = area(name, tallies)
    queues = added(cut for cut in found.cuts if cut.queue and (cut.day, cut.half_hour) == (None, None))
    rest = figures(area(name, nowhere).whole)
    assert {one: queues.get(one, 0) + rest[one] for one in rest} == figures(found.whole)
    assert not OF_THE_AREA_ALONE & queues.keys()


@pytest.mark.parametrize("name", ["sud", "standard"])
def test_what_was_kept_in_an_area_is_what_was_kept_in_its_queues(tallies: list[DayTally], name: str) -> None:
    changed = [
        replace(plan, commitments=(*plan.commitments, replace(plan.commitments[0], share=0.5, valid_from=THE_24TH)))
        for plan in PLANS
    ]
    (found,) = (one for one in month_of(changed, NOVEMBER, tallies).areas if one.area == name)
    parts = {(one.indicator, one.valid_from) for one in found.kept}
    assert len(parts) == (2 if name == "sud" else 4)
    for part in parts:
        whole, *queues = (one for one in found.kept if (one.indicator, one.valid_from) == part)
        assert whole.queue is None
        assert whole.of > 0
        if queues:
            assert (sum(one.count for one in queues), sum(one.of for one in queues)) == (whole.count, whole.of)
    # and all judged are judged by one part or another
    assert sum(one.of for one in found.kept if not one.queue and one.indicator in ("hall", "B")) == found.whole.judged


def test_cuts_are_of_the_area_first_and_each_once(tallies: list[DayTally]) -> None:
    for found in made(tallies).areas:
        places = [(cut.queue, cut.day, cut.half_hour) for cut in found.cuts]
        assert places[0] == (None, None, None)
        assert len(set(places)) == len(places)
        order = [queue for queue, day, half_hour in places if (day, half_hour) == (None, None)]
        assert order == [None, *(one.queue for one in found.queues)]


RECORDS = [replace(over(f"r{n}"), alert=replace(over(f"r{n}").alert, fired_at=at("8:50") + timedelta(minutes=n // 2)))
           for n in range(4)]  # fmt: skip
PAIRS = [pair((5.0, 10.0, 20.0), wait, queue=queue, day=day)
         for day in DAYS for queue in ("asile", "sejour") for wait in (0.1, 7.3, 33.7)]  # fmt: skip
SILENCES = ("b", "9:00", "10:00"), ("a", "9:00", "9:20"), ("a", "9:40", "11:00")
GAPS = [Gap(device=device, since=at(since), until=at(until)) for device, since, until in SILENCES]
HANDFUL = [
    event
    for n, day in enumerate(DAYS)
    for k, queue in enumerate(("sejour", "asile", "visa", "autre"))
    for event in on(day, issued(f"{n}A{k}", "9:00", queue), called(f"{n}A{k}", f"9:0{1 + k + n}:00.3"))
]
HANDFUL_OF_DAYS = days_of(SUD, HANDFUL)


def in_order(order: Callable[[Sequence[Any]], list[Any]]) -> Month:
    beside = Circumstances(gaps=order(GAPS), watched=True, records=order(RECORDS), pairs=order(PAIRS))
    return month_of([SUD], NOVEMBER, order(HANDFUL_OF_DAYS), {"sud": beside})


EXPECTED = in_order(list)


@given(st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_any_order_of_what_it_is_made_of_makes_the_same_month(chance: Random) -> None:
    found = in_order(lambda part: chance.sample(part, len(part)))
    assert found.bytes == EXPECTED.bytes
    assert found.digest == EXPECTED.digest


def test_events_and_silences_told_in_another_zone_make_the_same_figures() -> None:
    def month(zone: tzinfo) -> Month:
        events = [replace(event, at=event.at.astimezone(zone)) for event in HANDFUL]
        gaps = [replace(gap, since=gap.since.astimezone(zone), until=gap.until.astimezone(zone)) for gap in GAPS]
        return month_of([SUD], NOVEMBER, days_of(SUD, events), {"sud": Circumstances(gaps=gaps, watched=True)})

    assert month(UTC).areas[0].cuts == month(PARIS).areas[0].cuts
    assert month(UTC).areas[0].days == month(PARIS).areas[0].days


def test_a_month_is_read_back_as_it_was_written(tallies: list[DayTally]) -> None:
    found = made(tallies)
    read = msgspec.json.decode(found.bytes, type=Month)
    assert (read, read.digest) == (found, found.digest)


def test_one_visit_more_is_another_digest() -> None:
    one, more = (days_of(SUD, events) for events in (HANDFUL, [*HANDFUL, issued("Z1", "10:00")]))
    assert month_of([SUD], NOVEMBER, one).digest != month_of([SUD], NOVEMBER, more).digest
