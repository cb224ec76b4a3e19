"""The line of who waited in the last two hours, and the sentence beside it."""

import pytest

from dashboards.trends import Trends, trend
from tests.build import SUD, at, called, issued
from ticketing.area import Area


def test_where_nobody_waited_there_is_no_line() -> None:
    assert trend((0,) * 25, 0) is None
    assert trend((), 0) is None


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ([4] * 20 + [9] * 5, 9, "de 4 à 9 en attente depuis 2 h, stable"),
        ([4] * 24 + [6], 9, "de 4 à 9 en attente depuis 2 h, en hausse"),
        ([12] * 25, 5, "de 5 à 12 en attente depuis 2 h, en baisse"),
        ([1] * 25, 2, "de 1 à 2 en attente depuis 2 h, stable"),
        ([20] * 25, 24, "de 20 à 24 en attente depuis 2 h, stable"),
        ([3] * 25, 3, "3 en attente depuis 2 h"),
        ([], 4, "de 0 à 4 en attente depuis 2 h, en hausse"),
    ],
)
def test_the_range_and_where_it_goes_are_said(before: list[int], now: int, words: str) -> None:
    found = trend(before, now)
    assert found is not None
    assert found.sentence == words


def test_the_line_begins_two_hours_ago_ends_now_and_is_high_where_many_wait() -> None:
    found = trend([0] * 24 + [8], 4)
    assert found is not None
    points = [tuple(map(float, point.split(","))) for point in found.line.split(" ")]
    assert len(points) == 26
    assert (points[0], points[-2][1], points[-1]) == ((2.0, 22.0), 2.0, (94.0, 12.0))
    assert found.end == points[-1]


def test_one_person_is_no_peak() -> None:
    found = trend([0] * 25, 1)
    assert found is not None
    assert found.end[1] == 17.0  # a quarter of the height, which is of four people at least


def test_an_area_is_counted_once_for_as_long_as_it_and_the_five_minutes_last() -> None:
    trends = Trends()
    area = Area.of(SUD, [issued("A1", "9:01")])
    found = trends.waiting(area, at("9:10"))
    assert trends.waiting(area, at("9:14:59")) is found
    assert trends.waiting(area, at("9:15"))["sejour"][-3:] == (1, 1, 1)
    assert trends.waiting(area.after([called("A1", "9:12")]), at("9:15"))["sejour"][-3:] == (1, 1, 0)
