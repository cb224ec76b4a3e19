"""The live figures with what is foreseen."""

import pytest
from msgspec.structs import replace

from tests.build import SUD, at, issued, opened
from tests.history import alike, lessons, load
from ticketing.area import Area
from ticketing.figures import AreaFigures, Quantiles, QueueFigures, StepFigures
from ticketing.forecast import Forecast, forecast
from ticketing.foreseen import foreseen, quantiles
from ticketing.live import figures
from ticketing.load import Load
from ticketing.plan import Desk
from ticketing.staffing import advise

FIVE_MINUTES = load({"sejour": alike(300)}, lessons(arrivals={"sejour": {}}))
TWO = replace(
    SUD,
    desks=(
        Desk(id="g1", name="Guichet 1", queues=("sejour",)),
        Desk(id="g2", name="Guichet 2", queues=("asile", "sejour")),
    ),
)


def hall(*, other_open: bool = False, waiting: int = 6) -> Area:
    others = [opened("g2", "10:00", "asile")] if other_open else []
    return Area.of(TWO, [opened("g1", "10:00", "sejour"), *others, *(issued(f"A{n}", "9:55") for n in range(waiting))])


def shown(area: Area, learnt: Load = FIVE_MINUTES) -> AreaFigures:
    now = at("10:00")
    return foreseen(figures(area, now), TWO, forecast(area, learnt, now), advise(area, learnt, now))


def sejour(area: Area, learnt: Load = FIVE_MINUTES) -> QueueFigures:
    return next(queue for queue in shown(area, learnt).queues if queue.queue == "sejour")


def test_the_wait_of_a_newcomer_is_shown_and_who_will_be_late() -> None:
    one = sejour(hall())
    assert one.predicted_wait_s == Quantiles(p10=1800, p50=1800, p90=1800)
    # the first three are called by 10:10, 15 minutes after they came
    assert (one.late_predicted, one.breach_at, one.no_prediction) == (3, at("10:10"), None)


def test_instants_are_in_the_time_of_the_hall() -> None:
    breach_at = sejour(hall()).breach_at
    assert breach_at is not None
    assert breach_at.tzinfo is TWO.hours.zone


def test_without_a_prediction_the_reason_is_shown_and_nothing_is_said_of_those_in_line() -> None:
    one = sejour(hall(), Load())
    assert (one.predicted_wait_s, one.no_prediction, one.late_predicted) == (None, "no_service", None)
    assert (one.counters_recommended, one.staffing) == (None, ())


def test_counters_recommended_are_shown_with_what_each_step_brings() -> None:
    one = sejour(hall())
    present, then = one.staffing
    assert one.counters_recommended == 2
    assert (present.counters, present.steps, present.within, present.horizon_s) == (1, (), 0.5, 1800)
    assert (then.counters, then.within) == (2, 1)
    assert then.steps == (StepFigures(counter="g2", open=True, moved=False, queues=("asile", "sejour")),)


def test_a_counter_open_for_others_is_moved() -> None:
    (step,) = sejour(hall(other_open=True)).staffing[-1].steps
    assert step == StepFigures(counter="g2", open=True, moved=True, queues=("sejour", "asile"))


def test_a_queue_of_which_nothing_is_foreseen_is_left_as_it_is() -> None:
    now = figures(hall(), at("10:00"))
    assert foreseen(now, TWO, Forecast(at=at("10:00")), {}) == now


@pytest.mark.parametrize(("levels", "expected"), [((59.9, 60.0, 60.1), (59, 60, 61)), ((0.0, 0.0, 0.1), (0, 0, 1))])
def test_waits_are_whole_seconds_that_promise_no_less(
    levels: tuple[float, float, float], expected: tuple[int, int, int]
) -> None:
    p10, p50, p90 = expected
    assert quantiles(levels) == Quantiles(p10=p10, p50=p50, p90=p90)
    assert quantiles(None) is None
