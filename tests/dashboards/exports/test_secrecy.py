"""What is too few to be told in public, and what would tell it by subtraction."""

from collections.abc import Hashable
from datetime import timedelta

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboards.exports.secrecy import Sum, hidden, hidden_cuts
from tests.build import MONDAY, SUD
from tests.dashboards.exports.facts import TUESDAY, month, waited

THREE = [Sum("all", ("a", "b", "c"))]


def test_figures_of_few_people_are_hidden_and_of_nobody_are_not() -> None:
    assert hidden({"a": (4,), "b": (5,), "c": (0,)}, [], fewest=5) == {"a"}


def test_nothing_is_hidden_where_the_threshold_is_switched_off() -> None:
    assert hidden({"all": (3,), "a": (1,), "b": (2,), "c": (0,)}, THREE, fewest=0) == frozenset()


def test_what_is_hidden_alone_in_a_sum_takes_the_smallest_other_with_it() -> None:
    assert hidden({"all": (23,), "a": (3,), "b": (12,), "c": (8,)}, THREE, fewest=5) == {"a", "c"}


def test_rows_hidden_together_are_enough_when_they_have_enough_people() -> None:
    assert hidden({"all": (20,), "a": (3,), "b": (2,), "c": (15,)}, THREE, fewest=5) == {"a", "b"}
    assert hidden({"all": (18,), "a": (1,), "b": (2,), "c": (15,)}, THREE, fewest=5) == {"a", "b", "c"}


def test_a_row_without_people_hides_nobody() -> None:
    assert hidden({"all": (3,), "a": (3,), "b": (0,), "c": (0,)}, THREE, fewest=5) == {"all", "a"}
    assert hidden({"all": (13,), "a": (3,), "b": (10,), "c": (0,)}, THREE, fewest=5) == {"a", "b"}


def test_a_sum_that_cannot_be_covered_is_hidden_itself() -> None:
    assert hidden({"all": (6,), "a": (1,), "b": (0,), "c": (0,)}, THREE, fewest=5) == {"all", "a"}


def test_what_is_hidden_goes_on_from_sum_to_sum() -> None:
    counts: dict[Hashable, tuple[int, ...]] = {"a1": (2,), "a2": (9,), "b1": (20,), "b2": (30,)}
    sums = [Sum("a", ("a1", "a2")), Sum("b", ("b1", "b2")), Sum("1", ("a1", "b1")), Sum("2", ("a2", "b2"))]
    assert hidden(counts, sums, fewest=5) == {"a1", "a2", "b1", "b2"}


def test_a_queue_of_three_people_is_hidden_in_the_month_with_another_one() -> None:
    november = month([*waited(1, 2, 3, queue="asile"), *waited(*range(6))], [SUD])
    gone = hidden_cuts(november.areas[0], fewest=5)
    assert ("asile", None, None) in gone
    assert ("sejour", None, None) in gone
    assert (None, None, None) not in gone


def test_a_day_of_one_person_is_hidden_with_the_smallest_other_day() -> None:
    wednesday = TUESDAY + timedelta(days=1)
    heard = [*waited(*range(9)), *waited(4, day=TUESDAY), *waited(*range(7), day=wednesday)]
    gone = hidden_cuts(month(heard, [SUD]).areas[0], fewest=5)
    days = {(None, MONDAY, None), (None, TUESDAY, None), (None, wednesday, None)}
    assert days & gone == {(None, TUESDAY, None), (None, wednesday, None)}


@settings(deadline=None, max_examples=300)
@example([[0, 0, 1], [0, 0, 4], [1, 4, 1]])
@example([[0, 2, 7], [1, 0, 1], [8, 0, 0]])
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=1, max_size=8))
def test_no_hidden_row_of_few_people_can_be_solved_for_by_all_the_sums_of_a_table(table: list[list[int]]) -> None:
    cells = {(q, d): n for d, row in enumerate(table) for q, n in enumerate(row)}
    days, queues = range(len(table)), range(3)
    counts: dict[Hashable, tuple[int, ...]] = {key: (n,) for key, n in cells.items()}
    counts |= {("all", d): (sum(table[d]),) for d in days}
    counts |= {(q, "all"): (sum(row[q] for row in table),) for q in queues}
    counts["all", "all"] = (sum(map(sum, table)),)
    sums = [Sum(("all", d), tuple((q, d) for q in queues)) for d in (*days, "all")]
    sums += [Sum((q, "all"), tuple((q, d) for d in days)) for q in (*queues, "all")]
    gone = sorted(hidden(counts, sums, fewest=5), key=str)
    # each sum is an equation of the hidden rows; a row is known if its unit vector is a combination of these
    equations = np.array([[(key in one.parts) - (key == one.whole) for key in gone] for one in sums], dtype=float)
    rank = np.linalg.matrix_rank(equations) if gone else 0
    for place, key in enumerate(gone):
        unit = np.eye(len(gone))[place]
        solved = np.linalg.matrix_rank(np.vstack([equations, unit])) == rank
        assert not (solved and 0 < counts[key][0] < 5)
