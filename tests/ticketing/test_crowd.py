"""Crowded and quiet half-hours, from past days made by hand."""

from datetime import date, timedelta

from msgspec.structs import replace

from tests.build import HOURS, MONDAY
from tests.history import lesson
from ticketing.crowd import STEPS, crowd
from ticketing.lesson import BINS

LAST_MONDAY, MONDAY_BEFORE = MONDAY - timedelta(weeks=1), MONDAY - timedelta(weeks=2)
TUESDAY = LAST_MONDAY + timedelta(days=1)
NINE, NOON = 18, 24


def test_entries_are_the_mean_of_the_days_of_each_weekday() -> None:
    days = [
        lesson(LAST_MONDAY, arrivals={"sejour": {NINE: 4}, "asile": {NINE: 1}}),
        lesson(MONDAY_BEFORE, arrivals={"sejour": {NINE: 7}}),
        lesson(TUESDAY, arrivals={"sejour": {NINE: 2}}),
    ]
    found = crowd(days, HOURS)
    assert found.days == (2, 1, 0, 0, 0, 0, 0)
    assert found.entries[0, NINE] == (4 + 1 + 7) / 2
    assert found.entries[1, NINE] == 2
    assert crowd(days, HOURS, "asile").entries[0, NINE] == 1 / 2


def test_a_day_on_which_nobody_came_to_a_queue_counts_as_one() -> None:
    days = [lesson(LAST_MONDAY, arrivals={"asile": {NINE: 6}}), lesson(MONDAY_BEFORE, arrivals={"sejour": {NINE: 2}})]
    assert crowd(days, HOURS, "asile").entries[0, NINE] == 3


def test_each_class_has_as_many_half_hours_and_what_is_below_one_is_apart() -> None:
    # fourteen half-hours of the morning and the afternoon: twelve with 1 to 12 entries, two with none
    halves = [17, 18, 19, 20, 21, 22, 23, 27, 28, 29, 30, 31]
    found = crowd([lesson(LAST_MONDAY, arrivals={"sejour": {half: n + 1 for n, half in enumerate(halves)}})], HOURS)
    steps = [found.steps[0][half] for half in halves]
    assert steps == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert found.steps[0][32] == 0  # open until half past four, and nobody came
    assert found.steps[0][12] == -1
    assert found.shown == range(17, 33)


def test_a_half_hour_that_is_closed_is_shown_where_people_come_all_the_same() -> None:
    found = crowd([lesson(LAST_MONDAY, arrivals={"sejour": {14: 3}})], HOURS)
    assert found.steps[0][14] > 0
    assert not found.whole[0][14]
    assert found.steps[1][14] == -1


def test_quiet_is_an_hour_and_more_of_the_lowest_classes_while_it_is_open_throughout() -> None:
    busy = dict.fromkeys((18, 19, 20, 21), 12)
    found = crowd([lesson(LAST_MONDAY, arrivals={"sejour": {17: 1, 22: 1, 23: 1, 26: 1, **busy}})], HOURS)
    # from eleven to noon, and from half past one to half past four; half past eight alone is too short, and the
    # half-hour of a quarter past one is open for half of it
    assert found.quiet(0) == [(22, 24), (27, 33)]
    assert found.crowded(0) == [(18, 22)]
    assert found.quiet(2) == []  # no such day is known


def test_an_area_that_never_closes_is_open_in_every_half_hour() -> None:
    found = crowd([], replace(HOURS, weekly=None))
    assert found.shown == range(BINS)
    assert all(all(row) for row in found.whole)
    assert found.bounds == ()


def test_nothing_learnt_is_no_class() -> None:
    found = crowd([], HOURS)
    assert set(found.steps[0]) == {-1, 0}
    assert all(step < 1 for row in found.steps for step in row)


def test_classes_grow_with_the_entries() -> None:
    counts = {half: (half * 7) % 23 + 1 for half in range(17, 24)}
    found = crowd([lesson(date(2026, 11, 19), arrivals={"sejour": counts})], HOURS)
    ordered = sorted((count, found.steps[3][half]) for half, count in counts.items())
    assert [step for _, step in ordered] == sorted(step for _, step in ordered)
    assert ordered[-1][1] == STEPS
