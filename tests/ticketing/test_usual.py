"""What is usual on a weekday, from whole days made by hand."""

from datetime import date, timedelta
from statistics import quantiles

from tests.build import MONDAY, PARIS, SUD, at
from ticketing.area import Area
from ticketing.day import AreaDay, grid
from ticketing.events import Event, TicketCalled, TicketIssued
from ticketing.replayed import replayed
from ticketing.usual import usual


def on(day: date, number: int) -> AreaDay:
    """A day on which so many came at nine and were called ten minutes later."""
    facts = [
        (clock, fact)
        for n in range(number)
        for clock, fact in (
            ("9:00", TicketIssued(ticket=f"A{n}", number="A", queue="sejour")),
            ("9:10", TicketCalled(ticket=f"A{n}", counter="g1")),
        )
    ]
    events = [
        Event(at=at(clock, day), area="sud", device="borne-1", id=str(n), fact=fact)
        for n, (clock, fact) in enumerate(facts)
    ]
    return replayed(Area.of(SUD, events), day, at("12:00", day + timedelta(days=1)))


MONDAYS = [MONDAY - timedelta(weeks=n) for n in range(1, 9)]


def test_it_is_the_median_and_the_quartiles_of_the_days() -> None:
    numbers = [1, 2, 4, 8, 3]
    found = usual(MONDAY, PARIS, [on(day, n) for day, n in zip(MONDAYS, numbers, strict=False)])
    assert found is not None
    place = found.at.index(at("9:05"))
    band = found.series[0].waiting
    assert [band.low[place], band.median[place], band.high[place]] == quantiles(numbers, n=4, method="inclusive")
    assert found.series[0].longest_wait_s.median[place] == 300
    assert band.high[found.at.index(at("9:10"))] == 0


def test_a_queue_that_was_not_there_on_a_day_was_empty() -> None:
    days = [on(day, 4) for day in MONDAYS[:4]]
    found = usual(MONDAY, PARIS, days)
    assert found is not None
    asile = next(one for one in found.series if one.queue == "asile")
    assert set(asile.waiting.high) == {0}


def test_fewer_than_four_days_are_no_usage() -> None:
    assert usual(MONDAY, PARIS, [on(day, 1) for day in MONDAYS[:3]]) is None


def test_days_are_compared_by_the_clock_on_the_wall() -> None:
    sundays = [date(2026, 10, 18) - timedelta(weeks=n) for n in range(4)]
    changed = date(2026, 10, 25)  # clocks are set back an hour
    found = usual(changed, PARIS, [on(day, 5) for day in sundays])
    assert found is not None
    assert len(found.at) == len(grid(changed, PARIS))
    assert found.series[0].waiting.median[found.at.index(at("9:05", changed))] == 5
    before = usual(sundays[0] - timedelta(weeks=4), PARIS, [on(changed, 5), *(on(day, 5) for day in sundays[:3])])
    assert before is not None
    assert before.series[0].waiting.low[9 * 12 + 1] == 5
