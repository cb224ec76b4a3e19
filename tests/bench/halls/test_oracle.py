"""The oracle against what can be worked out by hand."""

from math import inf, sqrt
from random import Random

import pytest

from tests.bench.halls.days import FIRST_DAY, simulated
from tests.bench.halls.hall import Hall, Ticket
from tests.bench.halls.law import Arrivals, Law, Length, Shift, law, usual_law
from tests.bench.halls.oracle import by_the_plan, foreseen
from tests.bench.halls.places import LUNCH
from tests.bench.halls.scores import Prediction

NOW = 1000.0
NOBODY = Arrivals((), ())
ALWAYS = Shift(0.0, inf, ())
EXPONENTIAL = Length.of(480.0, 1.0, exponential=True)
REPLICATIONS = 4000


def hall(
    servers: int,
    waiting: int,
    *,
    service: Length = EXPONENTIAL,
    patience: Length | None = None,
    walk: tuple[float, float] = (10, 25),
    called: float = 0.0,
    started: float = 0.0,
) -> Hall:
    """One queue at NOW: every counter busy with somebody called and started so long ago, and so many in line."""
    true = Law(
        arrivals=NOBODY,
        services=(service,),
        serves=((0,),) * servers,
        shifts=(ALWAYS,) * servers,
        patience=patience,
        walk=walk,
        absent=(45, 60),
    )
    found = Hall(true, Random(1), NOBODY)
    for number, post in enumerate(found.posts):
        post.state, post.back = "busy", 0.0
        post.ticket = Ticket(number, 0, "none", 0.0, 0.0)
        post.called, post.started = called, started
    found.plain[0].extend(Ticket(100 + n, 0, "none", NOW, NOW) for n in range(waiting))
    return found


def told(of: Hall, now: float = NOW) -> Prediction:
    prediction = foreseen(of, 0, now, "a seed", REPLICATIONS)
    assert prediction
    return prediction


@pytest.mark.parametrize("waiting", [0, 1, 7, 20])
def test_with_four_exponential_counters_busy_somebody_behind_q_others_waits_q_plus_1_quarter_services(
    waiting: int,
) -> None:
    prediction = told(hall(4, waiting, walk=(0, 0)))
    error = sqrt(waiting + 1) * 480 / 4 / sqrt(REPLICATIONS)
    assert prediction.mean_s == pytest.approx((waiting + 1) * 480 / 4, abs=3 * error)


def test_the_first_in_line_at_one_counter_waits_for_what_remains_of_the_service() -> None:
    """Of a lognormal that has lasted longer than its median, half of the rest is longer than its conditional median."""
    length = Length.of(480.0, 0.6)
    prediction = told(hall(1, 0, service=length, started=NOW - 600.0))

    for level, told_s in ((0.1, prediction.p10_s), (0.5, prediction.p50_s), (0.9, prediction.p90_s)):
        assert told_s is not None
        share = 1 - length.longer(600 + told_s) / length.longer(600)
        assert share == pytest.approx(level, abs=3 * sqrt(level * (1 - level) / REPLICATIONS))


def test_somebody_called_longer_ago_than_anybody_walks_has_left_and_is_given_up_within_a_minute() -> None:
    of = hall(1, 0, patience=Length.of(600.0, 0.9), called=NOW - 30.0, started=inf)

    prediction = told(of)
    assert prediction.p10_s is not None
    assert prediction.p90_s is not None
    assert prediction.p10_s >= 45 - 30
    assert prediction.p90_s <= 60 - 30


def test_of_those_just_called_as_many_will_not_come_as_have_no_patience_for_their_wait() -> None:
    """They waited the median patience: the wait is 45 to 60 s for half, and a walk and a service for the others."""
    patience = Length.of(600.0, 0.75)
    of = hall(1, 0, patience=patience, service=Length.of(48_000.0, 0.1), called=NOW, started=NOW + 12.0)
    of.posts[0].ticket = Ticket(0, 0, "none", NOW - 480.0, NOW - 480.0)

    prediction = told(of)
    error = 3 * 0.5 / sqrt(REPLICATIONS)
    assert prediction.mean_s == pytest.approx(0.5 * 52.5 + 0.5 * (48_000 + 17.5), rel=2 * error)
    assert prediction.p10_s == pytest.approx(45 + 15 * 0.2, abs=1)


def test_whoever_waits_at_a_counter_that_pauses_waits_until_it_is_back() -> None:
    of = hall(1, 0)
    of.posts[0].state, of.posts[0].ticket, of.posts[0].back = "paused", None, NOW + 700.0

    assert told(of) == Prediction(p10_s=700.0, p50_s=700.0, p90_s=700.0, mean_s=700.0)


def test_a_free_counter_means_no_wait_and_no_counter_any_more_means_no_prediction() -> None:
    of = hall(2, 0)
    of.posts[1].state, of.posts[1].ticket = "free", None
    assert told(of) == Prediction(p10_s=0.0, p50_s=0.0, p90_s=0.0, mean_s=0.0)

    of = hall(1, 0)
    of.posts[0].state, of.posts[0].ticket = "gone", None
    assert foreseen(of, 0, NOW, "a seed", 10) is None


def test_the_oracle_leaves_the_hall_that_it_looks_at_as_it_was() -> None:
    _, truth = simulated(LUNCH, FIRST_DAY, 1)
    issue = truth.issues[len(truth.issues) // 2]

    once, again = (foreseen(issue.seen, issue.line, issue.seconds, "a seed", 50) for _ in range(2))
    assert once == again


def test_who_knows_the_plan_alone_takes_a_counter_that_never_came_to_come_after_lunch() -> None:
    usual, of_the_day = usual_law(LUNCH, 0), law(LUNCH, FIRST_DAY, 1)
    of = Hall(of_the_day, Random(1), of_the_day.arrivals)

    early, late = (by_the_plan(of, usual, now) for now in (8.6 * 3600, 9 * 3600))
    assert {post.back for post in early.posts} == {8.6 * 3600 + 180}
    assert {post.back for post in late.posts} == {12.5 * 3600, 13.25 * 3600}
    assert [post.back for post in of.posts] == [shift.opens for shift in of_the_day.shifts]
