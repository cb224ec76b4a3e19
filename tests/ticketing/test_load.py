"""What past days teach: rates, service times and patience, by hand and against other ways to find them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import MONDAY
from tests.history import WORKING_DAYS, alike, lesson, lessons
from ticketing.handling import Handling
from ticketing.lesson import Lesson
from ticketing.load import DAYS_KEPT, STRICTNESS_S, Leaving, Load, isotonic
from ticketing.service import FEW, N0, SHAPE, VAIN_S, service

NONE = np.zeros(0)


def handled(**fields: object) -> Load:
    """What one day on which this was handled in the queue teaches."""
    return Load.of([replace(lesson(WORKING_DAYS[0]), handling={"sejour": replace(Handling(), **fields)})])


# ---------------------------------------------------------------- days


def test_of_many_days_the_latest_count_and_those_without_visits_do_not() -> None:
    days = [lesson(MONDAY - timedelta(days=n)) for n in range(1, DAYS_KEPT + 11)]
    empty = Lesson(date=MONDAY, handling={}, arrivals={}, first={})
    kept = Load.of([empty, *days]).days
    assert [day.date for day in kept] == sorted(day.date for day in days[:DAYS_KEPT])


def test_the_order_in_which_days_are_told_does_not_matter() -> None:
    days = lessons(6, services={"sejour": [100, 200, 300]})
    assert Load.of(days).rates("sejour", MONDAY).tolist() == Load.of(days[::-1]).rates("sejour", MONDAY).tolist()
    assert Load.of(days).services["sejour"].mean_s == Load.of(days[::-1]).services["sejour"].mean_s


def test_without_days_nobody_comes() -> None:
    assert Load().rates("sejour", MONDAY).sum() == 0


# ---------------------------------------------------------------- who comes when


def on(weekday: int, number: int, half_hour: int, count: int) -> list[Lesson]:
    """As many days of a weekday, 0 for Monday."""
    first = MONDAY + timedelta(days=weekday - 7)
    return [lesson(first - timedelta(days=7 * n), arrivals={"sejour": {half_hour: count}}) for n in range(number)]


def test_a_weekday_comes_as_on_its_own_days_and_a_little_as_on_all() -> None:
    # two Mondays with 30 at nine, six Tuesdays with 10 at ten: all days have 7.5 at nine and 7.5 at ten, and weigh as
    # four: Mondays (60 + 4 * 7.5) / (2 + 4) = 15 at nine and 30 / 6 = 5 at ten, Tuesdays 3 and 9
    learnt = Load.of([*on(0, 2, 18, 30), *on(1, 6, 20, 10)])
    mondays, tuesdays = (learnt.rates("sejour", MONDAY + timedelta(days=n)) * 1800 for n in (0, 1))
    assert (mondays[18], mondays[20], mondays.sum()) == pytest.approx((15, 5, 20))
    assert (tuesdays[18], tuesdays[20], tuesdays.sum()) == pytest.approx((3, 9, 12))


def test_a_weekday_never_seen_comes_as_all_days_do() -> None:
    rates = Load.of([*on(0, 2, 18, 30), *on(1, 6, 20, 10)]).rates("sejour", MONDAY + timedelta(days=2)) * 1800
    assert (rates[18], rates[20]) == pytest.approx((7.5, 7.5))


def test_in_a_queue_never_heard_of_nobody_comes() -> None:
    assert Load.of(lessons(3)).rates("visas", MONDAY).sum() == 0


def test_those_with_priority_have_rates_of_their_own_and_come_before_their_time_by_so_much() -> None:
    one = tuple(1 if n == 20 else 0 for n in range(48))
    two = tuple(2 if n == 20 else 0 for n in range(48))
    days = [
        replace(day, first={"sejour": first}, early_s={"sejour": early})
        for day, first, early in zip(lessons(2), (one, two), (300.0, 1200.0), strict=True)
    ]
    learnt = Load.of(days)
    # neither was a Monday: the mean of both
    assert learnt.rates("sejour", MONDAY, first=True)[20] * 1800 == pytest.approx(1.5)
    assert learnt.early_s == {"sejour": 500}


def test_the_days_most_like_today_come_first_among_those_whose_habits_are_told() -> None:
    days = lessons(12, staffed={"g1": ((1.0, 2.0),)})
    told = [day.date for day in Load.of(days).habits(MONDAY, most=4)]
    # the two Mondays before, then the latest
    assert told == [date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 20), date(2026, 11, 19)]


def test_days_on_which_no_counter_told_anything_have_no_habits() -> None:
    assert Load.of(lessons(12)).habits(MONDAY) == []


# ---------------------------------------------------------------- how long it takes


def test_of_too_few_services_nothing_is_said() -> None:
    assert service(Handling(served=((300.0, 0.0),) * (FEW - 1))) is None
    assert service(Handling(served=((300.0, 0.0),) * FEW)) is not None


def test_of_few_services_only_the_mean_is_believed() -> None:
    found = service(Handling(served=tuple((length, 0.0) for length in (100.0, 100.0, 100.0, 100.0, 600.0))))
    assert found is not None
    assert found.mean_s == 200
    assert found.shape.mean() == pytest.approx(1)
    assert found.c == pytest.approx(0.6, abs=0.03)  # nearly: what lies beyond 128 points is cut off


def test_of_many_services_the_shape_is_theirs() -> None:
    chance = np.random.default_rng(5)
    lengths = chance.gamma(4.0, 50.0, 4000)  # mean 200, coefficient of variation 1 / sqrt(4)
    found = service(Handling(served=tuple((float(length), 0.0) for length in lengths)))
    assert found is not None
    assert found.shape.shape == (SHAPE,)
    assert (np.diff(found.shape) >= 0).all()
    assert found.mean_s * found.shape.mean() == pytest.approx(lengths.mean())
    assert found.c == pytest.approx(0.5, abs=0.03)


def test_today_counts_beside_a_hundred_services_of_past_days() -> None:
    # a hundred of 300 s and twenty of 600 s
    today = Handling(served=((600.0, 0.0),) * 20)
    found = alike(300, n=5000).today(today)
    assert (found.mean_s, found.n) == (350, 5020)


def test_fewer_past_services_than_a_hundred_weigh_as_many_as_they_are() -> None:
    # twenty of 300 s and as many of 600 s
    assert alike(300, n=20).today(Handling(served=((600.0, 0.0),) * 20)).mean_s == 450
    assert alike(300).today(None).mean_s == 300


def test_a_call_in_vain_takes_what_was_seen_and_a_little_what_is_usual() -> None:
    found = service(Handling(served=((300.0, 0.0),) * 5, vain=(90.0,) * 10))
    assert found is not None
    assert found.vain_s == pytest.approx((10 * 90 + 5 * VAIN_S) / 15)


def test_a_service_after_a_long_wait_is_as_much_shorter_as_enough_of_them_show() -> None:
    # 100 of 200 s after half an hour, 300 of 400 s before: the ratio of 1 / 2, weighed as 100 against N0 that say 1
    served = ((200.0, 1800.0),) * 100 + ((400.0, 10.0),) * 300
    found = service(Handling(served=served))
    assert found is not None
    assert found.pressed == pytest.approx((0.5 * 100 + N0) / (100 + N0))


# ---------------------------------------------------------------- who has gone


def brute_force(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The best of all ways to cut the sequence into blocks of one value, their means, that do not fall."""
    best: tuple[float, list[float]] = (np.inf, [])
    for number in range(len(values)):
        for cuts in combinations(range(1, len(values)), number):
            edges = [0, *cuts, len(values)]
            fit: list[float] = []
            for a, b in pairwise(edges):
                fit += [float(np.average(values[a:b], weights=weights[a:b]))] * (b - a)
            if all(x <= y + 1e-12 for x, y in pairwise(fit)):
                error = sum(w * (v - f) ** 2 for v, w, f in zip(values, weights, fit, strict=True))
                best = min(best, (error, fit))
    return best[1]


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(1, 5)), min_size=1, max_size=7))
def test_the_isotonic_sequence_is_the_nearest_of_all_that_do_not_fall(pairs: list[tuple[int, int]]) -> None:
    values, weights = [v / 10 for v, _ in pairs], [float(w) for _, w in pairs]
    assert isotonic(values, weights) == pytest.approx(brute_force(values, weights))


def test_isotonic_by_hand() -> None:
    # 3 and 2 pool to 2.5; a 1 of twice the weight draws all three to (3 + 2 + 2) / 4
    assert isotonic([1, 3, 2, 4], [1, 1, 1, 1]) == [1, 2.5, 2.5, 4]
    assert isotonic([3, 2, 1], [1, 1, 2]) == [1.75, 1.75, 1.75]


def test_who_has_gone_when_called_grows_with_the_wait_as_it_was_seen() -> None:
    # of a thousand called after a wait between 0 and an hour, each gone with the wait in hours times 0.4
    chance = np.random.default_rng(6)
    waits = chance.uniform(0, 3600, 4000)
    shows = tuple((float(w), bool(gone)) for w, gone in zip(waits, chance.random(4000) < waits / 9000, strict=True))
    leaving = handled(shows=shows).leaving["sejour"]
    patience = leaving.patience(chance.random(200_000))
    for minutes in (10, 20, 30, 40, 50):
        assert (patience < 60 * minutes).mean() == pytest.approx(minutes / 150, abs=0.04)


def test_the_share_gone_of_few_calls_is_drawn_to_that_of_the_area() -> None:
    # 10 of 20 here and none of 20 there: a quarter in all, which weighs as 20 calls
    here = Handling(shows=((60.0, True),) * 10 + ((60.0, False),) * 10)
    there = Handling(shows=((60.0, False),) * 20)
    day = replace(lesson(WORKING_DAYS[0]), handling={"sejour": here, "asile": there})
    leaving = Load.of([day]).leaving
    assert leaving["sejour"].gone[0] == pytest.approx((10 + 20 * 0.25) / 40)
    assert leaving["asile"].gone[0] == pytest.approx(20 * 0.25 / 40)


def test_where_nobody_ever_was_gone_nobody_leaves() -> None:
    leaving = handled(shows=((60.0, False), (600.0, False))).leaving["sejour"]
    assert np.isinf(leaving.patience(np.array([0.001, 0.5, 0.999]))).all()


shows_of = st.lists(st.tuples(st.integers(0, 7200).map(float), st.booleans()), min_size=1, max_size=200)


@given(shows_of, st.lists(st.tuples(st.integers(0, 7200).map(float), st.booleans()), max_size=50))
def test_the_longer_the_wait_the_more_are_gone(
    shows: list[tuple[float, bool]], others: list[tuple[float, bool]]
) -> None:
    day = lesson(WORKING_DAYS[0])
    handling = {"sejour": Handling(shows=tuple(shows)), "asile": Handling(shows=tuple(others))}
    for leaving in Load.of([replace(day, handling=handling)]).leaving.values():
        assert (np.diff(leaving.gone) >= 0).all()
        assert (np.diff(leaving.waits_s) >= 0).all()
        stays = leaving.patience(np.linspace(0, 1, 50, endpoint=False))
        assert (stays[:-1] <= stays[1:]).all()


def test_callers_hang_up_at_their_number_over_the_time_that_all_waited() -> None:
    day = replace(lesson(WORKING_DAYS[0]), handling={"operateurs": Handling(waited_s=6000.0, left=20)})
    leaving = Load.of([day], "switchboard").leaving["operateurs"]
    assert leaving.rate == 20 / 6000
    # an exponential law of 5 minutes: half have gone after ln 2 of it
    assert leaving.patience(np.array([0.5]))[0] == pytest.approx(300 * np.log(2))


def test_where_no_caller_ever_hung_up_none_does() -> None:
    assert np.isinf(Leaving(waits_s=NONE, gone=NONE, rate=0.0).patience(np.array([0.0, 0.5]))).all()


# ---------------------------------------------------------------- how counters choose


def test_without_any_choice_seen_counters_are_as_strict_as_usual() -> None:
    assert Load.of(lessons(3)).strictness_s == Load().strictness_s


@pytest.mark.parametrize("strictness", STRICTNESS_S[1:-1])
def test_the_strictness_that_agrees_with_the_choices_seen_is_found(strictness: float) -> None:
    chance = np.random.default_rng(8)
    older, places = chance.uniform(-6000, 6000, 3000), chance.choice([-2, -1, 1, 2], 3000)
    # the head that has waited longer than the places are worth would have been called, and was not
    seen = [
        (float(o), int(p)) if o <= strictness * p else (-float(o), -int(p)) for o, p in zip(older, places, strict=True)
    ]
    assert Load.of([replace(lesson(WORKING_DAYS[0]), choices=tuple(seen))]).strictness_s == strictness


def test_gaps_and_reactions_are_medians_of_all_days() -> None:
    days = [
        replace(day, gaps=(gap, 3 * gap), at_once=(gap / 2,)) for day, gap in zip(lessons(2), (4.0, 10.0), strict=True)
    ]
    learnt = Load.of(days)
    assert (learnt.gap_s, learnt.reaction_s) == (11, 3.5)


@pytest.mark.parametrize(("finished", "expected"), [(3, False), (6, True)])
def test_those_in_line_are_served_before_a_break_where_most_of_them_were(finished: int, expected: bool) -> None:
    day = replace(lesson(WORKING_DAYS[0]), left=10, finished=finished)
    assert Load.of([day]).finishing is expected
