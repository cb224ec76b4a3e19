"""What was kept of each promise, reckoned by hand, in the part of the month in which it held."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import MONDAY, STANDARD, SUD, abandoned, answered, issued, lost, queued
from tests.months import WORKING_DAYS, area, calls, counted, judged, promise, summed
from ticketing.interval import clustered_share
from ticketing.plan import Measure, Target
from ticketing.tally import Counts, DayTally

(PROMISED,) = SUD.commitments
THE_10TH, THE_16TH, THE_17TH = date(2026, 11, 10), date(2026, 11, 16), date(2026, 11, 17)


def target(measure: Measure, value: float, valid_from: date = date(2026, 1, 1), queue: str | None = None) -> Target:
    return Target(measure=measure, value=value, provenance="plan téléphone", valid_from=valid_from, queue=queue)


# ------------------------------------------------------------ one promise all month


def test_a_promise_of_the_area_is_told_of_all_queues_together_and_of_each() -> None:
    found = summed([judged(MONDAY, 9, 10), judged(THE_17TH, 10, 10, "asile")])
    assert [(one.queue, one.count, one.of, one.value, one.reached) for one in found.kept] == [
        (None, 19, 20, 0.95, True),
        ("sejour", 9, 10, 0.9, False),
        ("asile", 10, 10, 1.0, True),
    ]
    whole = promise(found)
    assert (whole.within_s, whole.target, whole.valid_from) == (900.0, 0.95, date(2026, 1, 1))
    assert (whole.provenance, whole.to_confirm) == ("charte - à confirmer", True)


def test_a_provenance_that_is_settled_has_nothing_to_confirm() -> None:
    settled = replace(SUD, commitments=(replace(PROMISED, provenance="Charte Marianne"),))
    assert not promise(summed([judged(MONDAY, 1, 1)], settled)).to_confirm


def test_nobody_judged_has_neither_reached_a_target_nor_missed_it() -> None:
    found = promise(area(issued("A1", "9:00"), abandoned("A1", "9:05")))
    assert (found.count, found.of, found.value, found.reached) == (0, 0, None, None)


def test_without_a_target_there_is_a_figure_and_nothing_reached() -> None:
    plan = replace(SUD, commitments=(replace(PROMISED, share=None),))
    found = promise(summed([judged(MONDAY, 3, 4)], plan))
    assert (found.value, found.target, found.reached) == (0.75, None, None)


def test_an_area_without_promises_has_kept_none() -> None:
    assert summed([judged(MONDAY, 3, 4)], replace(SUD, commitments=())).kept == ()


def test_what_is_rounded_up_to_the_target_has_not_reached_it() -> None:
    found = promise(summed([judged(MONDAY, 94_996, 100_000)]))
    assert (found.value, found.reached) == (0.95, False)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_exactly_at_its_target_a_share_is_reached_whatever_it_is(share: tuple[int, int]) -> None:
    count, total = share
    plan = replace(SUD, commitments=(replace(PROMISED, share=count / total),))
    assert promise(summed([judged(MONDAY, count, total)], plan)).reached is True


@pytest.mark.parametrize("percent", range(1, 100))
def test_a_target_in_hundredths_is_reached_by_as_many_in_a_hundred_and_by_no_fewer(percent: int) -> None:
    plan = replace(
        STANDARD, commitments=(), targets=(target("answer_rate", percent / 100), target("lost_rate", percent / 100))
    )
    at_it = summed([calls(MONDAY, percent, 100)], plan)
    under = summed([calls(MONDAY, percent - 1, 100)], plan)
    assert promise(at_it, None, "answer_rate").reached is True
    assert promise(under, None, "answer_rate").reached is False
    lost_at_it = summed([calls(MONDAY, 100 - percent, 100)], plan)
    above = summed([calls(MONDAY, 100 - percent - 1, 100)], plan)
    assert promise(lost_at_it, None, "lost_rate").reached is True
    assert promise(above, None, "lost_rate").reached is False


# ------------------------------------------------------------ the telephone


def test_a_commitment_of_the_telephone_is_told_by_both_formulas() -> None:
    found = area(
        *(queued("C1", "9:00"), answered("C1", "9:00:15")),
        *(queued("C2", "9:00"), answered("C2", "9:00:20")),
        *(queued("C3", "9:00"), answered("C3", "9:00:25")),
        *(queued("C4", "9:00"), lost("C4", "9:00:12")),
        *(queued("C5", "9:00"), lost("C5", "9:01")),
        plan=STANDARD,
    )
    b, c = promise(found, None, "B"), promise(found, None, "C")
    assert (b.count, b.of, b.value, b.target, b.reached) == (2, 5, 0.4, 0.85, False)
    assert (c.count, c.of, c.value) == (2, 4, 0.5)
    # of the only queue there is nothing more to tell
    assert {one.queue for one in found.kept} == {None}


def test_rates_have_their_targets_the_lost_one_at_most() -> None:
    plan = replace(STANDARD, targets=(target("answer_rate", 0.85), target("lost_rate", 0.1)))
    found = summed([calls(MONDAY, 18, 20)], plan)
    rate, gone = promise(found, None, "answer_rate"), promise(found, None, "lost_rate")
    assert (rate.count, rate.of, rate.value, rate.reached, rate.within_s) == (18, 20, 0.9, True, None)
    assert (gone.count, gone.of, gone.value, gone.reached, gone.target) == (2, 20, 0.1, True, 0.1)
    assert promise(summed([calls(MONDAY, 17, 20)], plan), None, "lost_rate").reached is False


def test_a_target_of_a_rate_that_changes_is_judged_in_parts() -> None:
    plan = replace(STANDARD, targets=(target("answer_rate", 0.8), target("answer_rate", 0.9, THE_16TH)))
    found = summed([calls(THE_10TH, 17, 20), calls(THE_17TH, 17, 20)], plan)
    before, after = (promise(found, None, "answer_rate", day) for day in (THE_10TH, THE_17TH))
    assert (before.target, before.reached, before.of) == (0.8, True, 20)
    assert (after.target, after.reached, after.of) == (0.9, False, 20)


# ------------------------------------------------------------ intervals


def shares(days: Sequence[date], lacking: int = 0) -> list[tuple[date, int, int]]:
    kept = days[: len(days) - lacking]
    return [(day, 8 + n % 3, 10) for n, day in enumerate(kept)]


def test_a_month_of_which_every_open_day_was_heard_is_a_census() -> None:
    found = summed([judged(*day) for day in shares(WORKING_DAYS)])
    assert promise(found).of == 200
    assert promise(found).interval is None
    assert promise(found, "sejour").interval is None


def test_a_month_half_recorded_is_a_sample_and_has_an_interval_by_day() -> None:
    told = shares(WORKING_DAYS, lacking=8)
    interval = promise(summed([judged(*day) for day in told])).interval
    expected = clustered_share((within, total) for _, within, total in told)
    assert interval is not None
    assert expected is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-4)
    assert interval.low < 0.9 < interval.high
    # to four digits, as all shares: what logarithms give beyond is not the same on every machine
    assert interval == interval.rounded(4)


def test_a_day_tallied_of_which_nothing_was_heard_is_missing_all_the_same() -> None:
    days = [judged(*day) for day in shares(WORKING_DAYS[:-1])]
    empty = DayTally(area="sud", day=WORKING_DAYS[-1], tallies=(), visits=())
    assert promise(summed([*days, empty])).interval == promise(summed(days)).interval is not None


def test_a_day_of_which_only_another_queue_was_heard_is_not_missing() -> None:
    days = [judged(*day) for day in shares(WORKING_DAYS[:-1])]
    found = summed([*days, judged(WORKING_DAYS[-1], 1, 1, "asile")])
    assert promise(found, "sejour").interval is None


def test_a_day_that_is_closed_is_not_missing() -> None:
    shut = replace(SUD, hours=replace(SUD.hours, exceptions={WORKING_DAYS[-1]: ()}))
    assert promise(summed([judged(*day) for day in shares(WORKING_DAYS[:-1])], shut)).interval is None


def test_one_day_alone_tells_nothing_of_how_days_differ() -> None:
    assert promise(summed([judged(MONDAY, 8, 10)])).interval is None


def test_what_happened_on_a_closed_day_is_of_no_promise() -> None:
    sunday = date(2026, 11, 22)
    found = summed([counted(sunday, "sejour", Counts(tickets=3, legs=3, called=3)), judged(MONDAY, 1, 1)])
    assert (promise(found).of, promise(found).days) == (1, 1)
