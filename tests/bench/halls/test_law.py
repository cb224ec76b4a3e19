"""The law of a simulated day: durations, arrivals and shifts."""

from math import exp, inf, sqrt
from random import Random
from statistics import mean, pstdev

import pytest

from deploy.demo.place import hm
from tests.bench.halls.days import FIRST_DAY, working_days
from tests.bench.halls.law import Arrivals, Length, Piece, law, usual_law
from tests.bench.halls.places import LUNCH, MM4, NOON

DRAWS = 20_000


@pytest.mark.parametrize("length", [Length.of(480, 0.6), Length.of(480, 1.0, exponential=True)], ids=str)
def test_draws_have_the_mean_and_spread_asked_for(length: Length) -> None:
    chance = Random(1)
    spread = 1.0 if length.exponential else 0.6

    drawn = [length.draw(chance) for _ in range(DRAWS)]
    assert mean(drawn) == pytest.approx(480, abs=3 * 480 * spread / sqrt(DRAWS))
    assert pstdev(drawn) / mean(drawn) == pytest.approx(spread, rel=0.03)


def test_half_of_a_lognormal_is_longer_than_its_mean_over_the_root_of_1_plus_c_squared() -> None:
    assert Length.of(480, 0.75).longer(480 / 1.25) == pytest.approx(0.5)


def test_an_exponential_is_longer_than_its_mean_with_chance_1_over_e() -> None:
    assert Length.of(480, 1.0, exponential=True).longer(480) == pytest.approx(exp(-1))


@pytest.mark.parametrize("length", [Length.of(480, 0.6), Length.of(480, 1.0, exponential=True)], ids=str)
@pytest.mark.parametrize("elapsed", [5.0, 400.0, 2000.0])
def test_what_remains_has_the_law_of_those_that_have_lasted_so_long(length: Length, elapsed: float) -> None:
    chance = Random(2)

    drawn = [length.rest(elapsed, chance) for _ in range(DRAWS)]
    for beyond in (60.0, 300.0, 900.0):
        share = length.longer(elapsed + beyond) / length.longer(elapsed)
        assert abs(mean(rest > beyond for rest in drawn) - share) < 3 * sqrt(share * (1 - share) / DRAWS)


def test_something_that_lasts_beyond_all_measure_still_ends() -> None:
    assert 0 <= Length.of(480, 0.3).rest(1e7, Random(1)) < inf


def test_arrivals_come_at_their_rates_and_in_their_pieces_alone() -> None:
    """Ten an hour for ten hours, then none, then 30 an hour of which two in three are the second kind."""
    hour = 3600.0
    pieces = (Piece(0.0, 10 * hour, (10 / hour, 10 / hour)), Piece(12 * hour, 22 * hour, (10 / hour, 30 / hour)))
    arrivals = Arrivals(((0, "none"), (1, "none")), pieces)
    chance = Random(3)
    counts = {0: 0, 1: 0}
    for _ in range(100):
        now = 0.0
        while coming := arrivals.next(now, chance):
            now, (queue, _) = coming
            assert now < 10 * hour or 12 * hour <= now < 22 * hour
            counts[queue] += 1

    assert abs(counts[0] - 20_000) < 3 * sqrt(20_000)
    assert abs(counts[1] - 20_000) < 3 * sqrt(20_000)


def test_leaving_out_a_kind_leaves_the_rates_of_the_others() -> None:
    arrivals = Arrivals(((0, "none"), (0, "priority"), (1, "none")), (Piece(0.0, 1.0, (1.0, 1.5, 4.5)),))

    assert arrivals.without({(0, "none")}) == Arrivals(((0, "priority"), (1, "none")), (Piece(0.0, 1.0, (0.5, 3.5)),))
    assert arrivals.without(arrivals.kinds).next(0.0, Random(1)) is None


def test_days_differ_by_8_percent_in_services_and_10_in_arrivals() -> None:
    days = [law(LUNCH, day, 1) for _, day in zip(range(400), working_days(), strict=False)]

    means = [day.services[0].mean / (14 * 60) for day in days]
    volumes = [_volume(day.arrivals) / _volume(usual_law(LUNCH, n % 5).arrivals) for n, day in enumerate(days)]
    assert mean(means) == pytest.approx(1, abs=3 * 0.08 / 20)
    assert pstdev(means) == pytest.approx(0.08, rel=0.15)
    assert mean(volumes) == pytest.approx(1, abs=3 * 0.10 / 20)
    assert pstdev(volumes) == pytest.approx(0.10, rel=0.15)


def test_a_mean_day_brings_the_visits_of_its_queues_as_its_kiosk_prints() -> None:
    usual = usual_law(NOON, 2)

    assert _volume(usual.arrivals) == pytest.approx(112 * NOON.weekdays[2])
    assert {(piece.begins, piece.ends) for piece in usual.arrivals.pieces if piece.upto[-1]} >= {
        (hm(11, 30), hm(11, 50)),
        (hm(13, 15), hm(13, 30)),
    }
    assert usual.arrivals.next(hm(11, 50), Random(1)) > (hm(13, 15),)  # type: ignore[operator]


def _volume(arrivals: Arrivals) -> float:
    return sum((piece.ends - piece.begins) * piece.upto[-1] for piece in arrivals.pieces)


def test_on_one_day_in_six_a_counter_is_there_only_from_its_lunch_on() -> None:
    days = [law(LUNCH, day, 2) for _, day in zip(range(600), working_days(), strict=False)]

    absent = [sum(shift.opens > hm(12) for shift in day.shifts) for day in days]
    assert set(absent) == {0, 1}
    assert abs(sum(absent) - 100) < 3 * sqrt(600 * 1 / 6 * 5 / 6)


def test_plain_halls_have_no_days_of_their_own() -> None:
    assert law(MM4, FIRST_DAY, 1) == usual_law(MM4, FIRST_DAY.weekday())
