"""What the public is told of a wait: in words, and never less than is predicted."""

import re
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.words import expected
from ticketing.figures import Quantiles

MINUTE = 60
SECONDS = st.floats(0, 12 * 3600)


@pytest.mark.parametrize(
    ("p50", "p90", "words"),
    [
        (0, 0, "moins de 5 min"),
        (130, 299.9, "moins de 5 min"),
        (120, 300, "environ 2 à 5 min"),
        (59, 300, "moins de 6 min"),
        (0, 480, "moins de 9 min"),
        (0, 600, "moins de 15 min"),
        (200, 421, "environ 3 à 8 min"),
        (420, 420, "environ 7 min"),
        (600, 1200, "environ 10 à 20 min"),
        (12 * MINUTE, 17 * MINUTE, "environ 10 à 20 min"),
        (9.9 * MINUTE, 10.1 * MINUTE, "environ 9 à 15 min"),
        (15 * MINUTE, 15 * MINUTE, "environ 15 min"),
        (47 * MINUTE, 56 * MINUTE, "environ 45 min à 1 h"),
        (62 * MINUTE, 62 * MINUTE, "environ 1 h à 1 h 05"),
        (70 * MINUTE, 121 * MINUTE, "environ 1 h 10 à 2 h 05"),
        (10, 61 * MINUTE, "moins de 1 h 05"),
    ],
)
def test_a_predicted_wait_is_told_as_a_range_rounded_outwards(p50: float, p90: float, words: str) -> None:
    assert expected(Quantiles(0, p50, p90)) == words


@pytest.mark.parametrize("unknown", [None, Quantiles(0, nan, 600), Quantiles(0, 600, inf), Quantiles(0, inf, inf)])
def test_what_is_not_known_is_told_in_no_words(unknown: Quantiles | None) -> None:
    assert expected(unknown) == ""


def minutes(time: str) -> int:
    """Of "45 min", "45" or "1 h 05"."""
    hours, _, rest = time.rpartition("h")
    return 60 * int(hours or 0) + int(re.sub(r"\D", "", rest) or 0)


@given(SECONDS, SECONDS)
def test_no_more_and_hardly_less_is_promised_than_is_predicted(one: float, other: float) -> None:
    p50, p90 = sorted((one, other))
    told = expected(Quantiles(0, p50, p90))
    if told.startswith("moins de "):
        high = minutes(told.removeprefix("moins de ")) * MINUTE
        assert p90 < high <= max(p90 + 6 * MINUTE, 5 * MINUTE)
        assert p90 < 5 * MINUTE or p50 < MINUTE
        return
    low, _, high_told = told.removeprefix("environ ").partition(" à ")
    assert p50 - 5 * MINUTE < minutes(low) * MINUTE <= p50
    assert p90 <= minutes(high_told or low) * MINUTE < p90 + 6 * MINUTE


@given(SECONDS, SECONDS)
def test_the_words_are_made_of_letters_that_any_printer_has(one: float, other: float) -> None:
    expected(Quantiles(0, *sorted((one, other)))).encode("cp850")
    assert "\N{NO-BREAK SPACE}" not in expected(Quantiles(0, *sorted((one, other))))
