"""Courses as an address names them."""

from math import inf

import pytest
from msgspec.structs import replace

from dashboards.courses import CourseError, changes, course
from tests.build import SUD
from tests.dashboards.hand import hall
from ticketing.attending import Step


def read(*pairs: tuple[str, str]) -> tuple[Step, ...]:
    figures = hall()
    return course(changes(pairs, figures, SUD), figures)


def test_a_counter_opens_or_closes_serving_what_it_serves_anyway() -> None:
    assert read(("open", "g2"), ("close", "g1")) == (
        Step(counter="g2", open=True),
        Step(counter="g1", open=False, for_s=inf),
    )


def test_a_break_is_in_minutes() -> None:
    assert read(("break", "g1:15")) == (Step(counter="g1", open=False, for_s=900.0),)


def test_a_counter_that_moves_serves_its_new_queue_first_and_then_those_before() -> None:
    assert read(("move", "g1:asile")) == (Step(counter="g1", open=True, queues=("asile", "sejour")),)


def test_nothing_is_the_present_course() -> None:
    assert read() == ()


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (("ouvrir", "g1"), 'found parameter "ouvrir", expected one of: open, close, move, break'),
        (("open", "g9"), 'open: found counter "g9", expected one of: g1, g2'),
        (("close", ""), 'close: found counter "", expected one of: g1, g2'),
        (("move", "g2:sejour"), 'move: found queue "sejour" of counter "g2", expected one of: asile'),
        (("move", "g1:nulle-part"), 'move: found queue "nulle-part" of counter "g1", expected one of: sejour, asile'),
        (("move", "g1"), 'move: found queue "" of counter "g1", expected one of: sejour, asile'),
        (("break", "g1"), 'break: found "", expected minutes from 1 to 480, such as "g1:15"'),
        (("break", "g1:0"), 'break: found "0", expected minutes from 1 to 480, such as "g1:15"'),
        (("break", "g1:481"), 'break: found "481", expected minutes from 1 to 480, such as "g1:15"'),
        (("break", "g1:-5"), 'break: found "-5", expected minutes from 1 to 480, such as "g1:15"'),
        (("break", "g1:١٥"), 'break: found "١٥", expected minutes from 1 to 480, such as "g1:15"'),
    ],
)
def test_what_is_unknown_or_cannot_be_is_refused_with_a_sentence(pair: tuple[str, str], sentence: str) -> None:
    with pytest.raises(CourseError) as refused:
        read(pair)
    assert str(refused.value) == sentence


def test_two_changes_of_one_counter_are_refused() -> None:
    with pytest.raises(CourseError, match='found two changes of counter "g1", expected one'):
        read(("open", "g1"), ("close", "g1"))


def test_twelve_changes_are_taken_and_no_more() -> None:
    few = hall()
    counter = few.counters[0]
    many = replace(few, counters=tuple(replace(counter, counter=f"c{n}") for n in range(13)))
    pairs = [("close", f"c{n}") for n in range(13)]
    assert len(changes(pairs[:12], many, SUD)) == 12
    with pytest.raises(CourseError, match="found more than 12 changes, expected 12 at most"):
        changes(pairs, many, SUD)
