"""Promises that change in mid-month, and those that a queue has for itself: each part judged by its own."""

from datetime import date, timedelta
from itertools import pairwise

from msgspec.structs import replace

from tests.build import SUD, called, issued
from tests.months import WORKING_DAYS, area, judged, on, promise, summed
from ticketing.plan import Commitment
from ticketing.tally import DayTally

(PROMISED,) = SUD.commitments
THE_10TH, THE_16TH, THE_17TH = date(2026, 11, 10), date(2026, 11, 16), date(2026, 11, 17)
STRICTER = Commitment(within=timedelta(minutes=10), share=0.9, provenance="note du préfet", valid_from=THE_16TH)
CHANGED = replace(SUD, commitments=(PROMISED, STRICTER))


def test_each_part_of_a_month_is_judged_by_the_promise_that_held() -> None:
    """Twelve minutes are within the fifteen of the 10th, and beyond the ten of the 17th."""
    twelve = [issued("A1", "9:00"), called("A1", "9:12")]
    found = area(*on(THE_10TH, *twelve), *on(THE_17TH, *twelve), plan=CHANGED)
    for queue in (None, "sejour"):
        before, after = (promise(found, queue, first=day) for day in (THE_10TH, THE_17TH))
        assert (before.count, before.of, before.within_s, before.target) == (1, 1, 900.0, 0.95)
        assert (before.reached, before.provenance) == (True, "charte - à confirmer")
        assert (after.count, after.of, after.within_s, after.target) == (0, 1, 600.0, 0.9)
        assert (after.reached, after.provenance, after.valid_from) == (False, "note du préfet", THE_16TH)


def test_the_parts_of_a_month_meet_where_the_promise_changed() -> None:
    found = summed([judged(day, 1, 1) for day in (*WORKING_DAYS[:4], THE_16TH)], CHANGED)
    for queue, days in ((None, (4, 1)), ("sejour", (4, 1)), ("asile", (0, 0))):
        first, second = (one for one in found.kept if one.queue == queue)
        assert (first.first, second.last) == (WORKING_DAYS[0], WORKING_DAYS[-1])
        assert (first.days, second.days) == days
        assert first.last < THE_16TH == second.first
        assert not [day for day in WORKING_DAYS if first.last < day < second.first]


def test_a_promise_that_begins_in_mid_month_says_nothing_of_before() -> None:
    plan = replace(SUD, commitments=(replace(PROMISED, valid_from=THE_16TH),))
    found = summed([judged(THE_17TH, 1, 2)], plan)
    assert [(one.queue, one.first, one.days, one.of) for one in found.kept] == [
        (None, THE_16TH, 1, 2),
        ("sejour", THE_16TH, 1, 2),
        ("asile", THE_16TH, 0, 0),
    ]


def test_a_queue_with_a_promise_of_its_own_is_not_judged_by_that_of_the_area() -> None:
    own = replace(STRICTER, queue="asile", valid_from=date(2026, 1, 1))
    found = area(
        *(issued("A1", "9:00"), called("A1", "9:12"), issued("B1", "9:00", "asile"), called("B1", "9:12")),
        plan=replace(SUD, commitments=(PROMISED, own)),
    )
    by_area = [one for one in found.kept if one.within_s == 900]
    assert [(one.queue, one.count, one.of) for one in by_area] == [(None, 1, 1), ("sejour", 1, 1)]
    (of_asile,) = [one for one in found.kept if one.queue == "asile"]
    assert (of_asile.within_s, of_asile.count, of_asile.of) == (600.0, 0, 1)


def test_a_queue_that_gets_its_own_promise_in_mid_month_leaves_that_of_the_area() -> None:
    own = replace(STRICTER, queue="asile")
    days = [judged(day, 1, 1, queue) for day in (THE_10TH,) for queue in ("asile",)] + [
        DayTally(
            area="sud",
            day=THE_17TH,
            tallies=(*judged(THE_17TH, 2, 3).tallies, *judged(THE_17TH, 0, 5, "asile").tallies),
            visits=(),
        )
    ]
    found = summed(days, replace(SUD, commitments=(PROMISED, own)))
    by_area = [one for one in found.kept if one.queue is None and one.within_s == 900]
    # the queues that it is for are others, but the promise is the same
    assert (sum(one.count for one in by_area), sum(one.of for one in by_area)) == (3, 4)
    asile = sorted((one for one in found.kept if one.queue == "asile"), key=lambda one: one.first)
    assert [(one.within_s, one.count, one.of) for one in asile] == [(900.0, 1, 1), (600.0, 0, 5)]


def test_an_unconfigured_queue_is_judged_by_the_promise_of_the_area() -> None:
    found = area(issued("V1", "9:00", "visa"), called("V1", "9:05"))
    assert (promise(found).of, promise(found, "visa").of) == (1, 1)


def test_a_month_is_judged_once_whatever_the_promises() -> None:
    plan = replace(SUD, commitments=(PROMISED, STRICTER, replace(STRICTER, queue="asile", valid_from=THE_17TH)))
    days = [judged(day, 1, 2, queue) for day, queue in zip(WORKING_DAYS, ["sejour", "asile"] * 10, strict=True)]
    found = summed(days, plan)
    whole = [one for one in found.kept if one.queue]
    assert sum(one.of for one in whole) == 40
    for queue in ("sejour", "asile"):
        parts = sorted((one for one in whole if one.queue == queue), key=lambda one: one.first)
        assert sum(one.days for one in parts) == 10
        assert all(before.last < after.first for before, after in pairwise(parts))


def test_a_part_of_which_all_was_heard_is_a_census_in_a_month_that_is_not() -> None:
    found = summed([judged(day, 8 + n % 3, 10) for n, day in enumerate(WORKING_DAYS[:-3])], CHANGED)
    before, after = (promise(found, first=day) for day in (THE_10TH, THE_17TH))
    assert before.interval is None
    assert after.interval is not None
