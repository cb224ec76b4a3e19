"""What newcomers were shown, what came of it, and the errors counted by hand."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import (
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    cancelled,
    issued,
    lost,
    no_show,
    queued,
    received,
    requeued,
    transferred,
)
from tests.predictions import pair, predicted, shown, waited
from ticketing.accuracy import Accuracy, Outcome, Prediction, Shown, accuracies, newly_shown, outcomes
from ticketing.area import Area
from ticketing.events import Event

EMPTY = Area(plan=SUD)
IN_FORCE = predicted("9:00", 5, 10, 20, raw=(4, 9, 15))


def new(events: Sequence[Event], *predictions: Prediction, before: Iterable[Event] = ()) -> list[Shown]:
    area = EMPTY.after(before)
    return newly_shown(area, area.after(events), predictions or (IN_FORCE,))


def tickets(found: Iterable[Shown | Outcome]) -> list[str]:
    return sorted(one.visit for one in found)


def test_a_newcomer_was_shown_the_prediction_in_force_and_what_it_was_made_of() -> None:
    assert new([issued("A1", "9:01")]) == [
        Shown(
            area="sud", queue="sejour", visit="ticket/A1", at=at("9:01"), method="simulation",
            p10_s=300, p50_s=600, p90_s=1200, raw10_s=240, raw50_s=540, raw90_s=900,
        )
    ]  # fmt: skip


def test_only_those_who_come_are_newcomers() -> None:
    before = [issued("A1", "9:00:10"), issued("A2", "9:00:20")]
    assert tickets(new([called("A1", "9:00:30"), issued("A3", "9:00:40")], before=before)) == ["ticket/A3"]


def test_who_is_called_in_the_same_moment_was_a_newcomer_all_the_same() -> None:
    assert tickets(new([issued("A1", "9:01"), called("A1", "9:01:05")])) == ["ticket/A1"]


def test_who_was_called_before_the_issue_was_heard_of_is_a_newcomer_when_it_is() -> None:
    assert tickets(new([issued("A1", "9:01")], before=[called("A1", "9:02")])) == ["ticket/A1"]


def test_priorities_appointments_and_cancelled_tickets_are_shown_nothing_that_counts() -> None:
    assert new([issued("A1", "9:01", priority="priority")]) == []
    assert new([issued("A1", "9:01", appointment="9:30")]) == []
    assert new([issued("A1", "9:01"), cancelled("A1", "9:01:05")]) == []


def test_an_appointment_of_another_age_is_a_devices_word_for_none() -> None:
    event = issued("A1", "9:01")
    fact = replace(event.fact, appointment_at=at("9:00", date(1, 1, 2)))
    assert tickets(new([replace(event, fact=fact)])) == ["ticket/A1"]


def test_a_transfer_and_a_return_to_the_line_are_no_newcomers() -> None:
    before = [issued("A1", "8:50"), called("A1", "8:55"), issued("A2", "8:51"), called("A2", "8:56")]
    assert new([transferred("A1", "9:01", "sejour"), requeued("A2", "9:01")], before=before) == []


def test_an_unknown_arrival_was_shown_nothing() -> None:
    assert new([called("A1", "9:01")]) == []
    assert new([transferred("A1", "9:01", "sejour")]) == []


def test_a_queue_without_a_prediction_showed_none() -> None:
    assert new([issued("A1", "9:01", queue="asile")]) == []


@pytest.mark.parametrize(("clock", "count"), [("8:29:59", 0), ("8:30", 1), ("11:59:59", 1), ("12:00", 0)])
def test_who_comes_outside_opening_hours_does_not_count(clock: str, count: int) -> None:
    assert len(new([issued("A1", clock)], replace(IN_FORCE, at=at(clock)))) == count


@pytest.mark.parametrize(("clock", "count"), [("9:01:30", 1), ("9:01:31", 0)])
def test_a_prediction_older_than_ninety_seconds_was_shown_to_nobody_who_comes_now(clock: str, count: int) -> None:
    assert len(new([issued("A1", clock)])) == count


def test_an_event_that_comes_late_meets_what_was_shown_when_it_happened() -> None:
    lately = [predicted("9:00", 5, 10, 20), predicted("9:01:10", 3, 7, 12), predicted("9:01", 4, 8, 16)]
    (found,) = new([issued("A1", "9:01:05")], *lately)
    assert found.p50_s == 480


def test_a_device_whose_clock_is_a_little_slow_meets_the_next_prediction() -> None:
    soon, later = predicted("9:01:03", 5, 10, 20), predicted("9:01:04", 4, 8, 16)
    (found,) = new([issued("A1", "9:01")], later, soon)
    assert found.p50_s == 600
    assert new([issued("A1", "8:58:57")], soon) == []


@pytest.mark.parametrize("absurd", [inf, nan])
def test_what_is_no_number_of_seconds_was_not_shown(absurd: float) -> None:
    assert new([issued("A1", "9:01")], replace(IN_FORCE, shown=(0.0, absurd, absurd))) == []
    assert new([issued("A1", "9:01")], replace(IN_FORCE, raw=(0.0, 1.0, absurd))) == []


def test_a_caller_is_a_newcomer_on_entering_the_queue() -> None:
    in_voice_server = Area.of(STANDARD, [received("C1", "9:00:30")])
    in_line = in_voice_server.after([queued("C1", "9:01")])
    prediction = predicted("9:00", 0, 1, 2, queue="operateurs", method="formula")
    (found,) = newly_shown(in_voice_server, in_line, [prediction])
    assert (found.area, found.visit, found.at, found.method) == ("standard", "call/C1", at("9:01"), "formula")
    assert newly_shown(in_line, in_line.after([answered("C1", "9:01:20")]), [prediction]) == []


@given(st.permutations(range(8)), st.sets(st.integers(1, 7)))
def test_in_whatever_order_and_batches_events_come_each_newcomer_counts_once(
    order: Sequence[int], cuts: set[int]
) -> None:
    events = [
        issued("A1", "9:00:10"), called("A1", "9:01"),
        issued("A2", "9:00:20"), transferred("A2", "9:02", "asile"), called("A2", "9:03"),
        issued("A3", "9:01:20"), abandoned("A3", "9:04"),
        called("A4", "9:05"),
    ]  # fmt: skip
    bounds = [0, *sorted(cuts), len(events)]
    area, found = EMPTY, []
    for begin, end in pairwise(bounds):
        after = area.after(events[index] for index in order[begin:end])
        found += newly_shown(area, after, [IN_FORCE])
        area = after
    assert tickets(found) == ["ticket/A1", "ticket/A2", "ticket/A3"]


def of(area: Area, before: Area | None = None) -> dict[str, float | None]:
    """Waits in minutes, by ticket or call."""
    found = outcomes(area, at("10:00"), before)
    return {one.visit.partition("/")[2]: one.wait_s and one.wait_s / 60 for one in found}


def test_a_wait_is_known_at_the_first_call_of_the_first_leg() -> None:
    area = Area.of(
        SUD,
        [
            issued("A1", "9:00"), called("A1", "9:12"), transferred("A1", "9:20", "asile"), called("A1", "9:50"),
            issued("A2", "8:10"), called("A2", "8:33"),
            issued("A3", "9:00"), called("A3", "9:07"), no_show("A3", "9:08"),
        ],
    )  # fmt: skip
    assert of(area) == {"A1": 12, "A2": 3, "A3": 7}


def test_whoever_was_not_called_has_no_outcome() -> None:
    events = [issued("A1", "9:00"), issued("A2", "9:00"), abandoned("A2", "9:10"), issued("A3", "9:00"),
              transferred("A3", "9:05", "asile"), called("A3", "9:06"), called("A4", "9:00")]  # fmt: skip
    assert of(Area.of(SUD, events)) == {}


def test_priorities_and_appointments_have_no_outcome() -> None:
    events = [issued("A1", "9:00", priority="priority"), called("A1", "9:05"),
              issued("A2", "9:00", appointment="9:00"), called("A2", "9:05")]  # fmt: skip
    assert of(Area.of(SUD, events)) == {}


def test_a_cancelled_ticket_has_no_wait_called_or_not() -> None:
    events = [issued("A1", "9:00"), cancelled("A1", "9:01"),
              issued("A2", "9:00"), called("A2", "9:05"), cancelled("A2", "9:06")]  # fmt: skip
    assert of(Area.of(SUD, events)) == {"A1": None, "A2": None}


def test_a_callers_wait_ends_with_the_answer() -> None:
    events = [queued("C1", "9:00"), answered("C1", "9:03"), queued("C2", "9:00"), lost("C2", "9:01")]
    assert of(Area.of(STANDARD, events)) == {"C1": 3}


def test_a_wait_of_yesterday_goes_by_yesterdays_hours() -> None:
    """By the Tuesday's the clock would only start on the Tuesday."""
    area = Area.of(SUD, [issued("A1", "8:20"), called("A1", "8:40")])
    (found,) = outcomes(area, at("10:00") + timedelta(days=1))
    assert found.wait_s == 600


def test_only_what_has_changed_since_an_earlier_state_is_told() -> None:
    before = Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:12"), issued("A2", "9:01")])
    assert of(before.after([called("A2", "9:13")]), before) == {"A2": 12}
    assert of(before, before) == {}


def test_an_event_that_comes_late_changes_the_outcome() -> None:
    before = Area.of(SUD, [issued("A1", "9:00"), called("A1", "9:12")])
    assert of(before.after([called("A1", "9:05")]), before) == {"A1": 5}


def test_the_figures_of_six_tickets_counted_by_hand() -> None:
    """Errors of P50: -2, -15, 4, 10 and -10 min; one beyond P90, one below P10, one on P90, one not called."""
    found = accuracies(
        [
            pair((5, 10, 20), 12),
            pair((5, 10, 20), 25),
            pair((0, 4, 9), 0),
            pair((10, 15, 30), 5),
            pair((5, 10, 20), 20),
            pair((5, 10, 20), None),
        ]
    )
    assert found == [
        Accuracy(
            area="sud",
            queue="sejour",
            week=date(2026, 11, 23),
            n=5,
            mae_s=492.0,  # 41 min / 5
            bias_s=-156.0,  # -13 min / 5
            too_low_share=0.2,
            coverage_p90=0.8,
            coverage_p10_p90=0.6,
            not_called=1,
        )
    ]


def test_figures_are_rounded_as_all_live_ones() -> None:
    (found,) = accuracies([pair((0, 1, 2), 0), pair((0, 1, 2), 0), pair((0, 1, 2), 1 + 1 / 600)])
    assert (found.mae_s, found.bias_s) == (40.0, 40.0)
    (found,) = accuracies([pair((0, 1, 2), 0), pair((0, 1, 2), 0), pair((0, 1, 2), 3)])
    assert found.coverage_p90 == 0.6667


def test_where_nobody_was_called_nothing_is_known() -> None:
    (found,) = accuracies([pair((5, 10, 20), None)])
    assert (found.n, found.not_called) == (0, 1)
    assert (found.mae_s, found.bias_s, found.too_low_share, found.coverage_p90, found.coverage_p10_p90) == (None,) * 5
    assert accuracies([]) == []


def test_each_area_week_and_queue_has_its_own_figures() -> None:
    sunday, next_monday = date(2026, 11, 29), date(2026, 11, 30)
    found = accuracies(
        [
            pair((5, 10, 20), 10, queue="sejour", day=next_monday),
            pair((5, 10, 20), 10, queue="sejour", day=sunday),
            pair((5, 10, 20), 10, queue="sejour"),
            pair((5, 10, 20), 10, queue="asile"),
            pair((5, 10, 20), 10, area="nord", queue="accueil"),
        ]
    )
    assert [(one.area, one.week, one.queue, one.n) for one in found] == [
        ("nord", date(2026, 11, 23), "accueil", 1),
        ("sud", date(2026, 11, 23), "asile", 1),
        ("sud", date(2026, 11, 23), "sejour", 2),
        ("sud", date(2026, 11, 30), "sejour", 1),
    ]


def test_the_words_of_these_tests_are_in_minutes() -> None:
    assert shown("A1", "9:00", 1, 2, 3).p90_s == 180
    assert waited("A1", 2).wait_s == 120
