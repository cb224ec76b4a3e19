"""The live figures with what is foreseen: predicted waits, and the counters recommended."""

from collections.abc import Mapping
from datetime import tzinfo
from math import ceil

from msgspec.structs import replace

from ticketing.attending import Course
from ticketing.counter import is_open
from ticketing.figures import AreaFigures, FormulaFigures, Quantiles, QueueFigures, StaffingFigures, StepFigures
from ticketing.forecast import Forecast, QueueForecast
from ticketing.levels import Levels
from ticketing.plan import Plan
from ticketing.staffing import HORIZON, Advice, Effect


def foreseen(figures: AreaFigures, plan: Plan, forecast: Forecast, advice: Mapping[str, Advice]) -> AreaFigures:
    """Predictions may be some seconds older than the figures; none is made of data that stand still."""
    open_now = {counter.counter: is_open(counter.state) for counter in figures.counters}

    def of_queue(queue: QueueFigures) -> QueueFigures:
        found = forecast.queues.get(queue.queue)
        return _queue(queue, found, advice.get(queue.queue), open_now, plan.hours.zone) if found else queue

    return replace(figures, queues=tuple(map(of_queue, figures.queues)))


def _queue(
    queue: QueueFigures, found: QueueForecast, advice: Advice | None, open_now: Mapping[str, bool], zone: tzinfo
) -> QueueFigures:
    return replace(
        queue,
        predicted_wait_s=quantiles(found.shown),
        no_prediction=found.reason,
        late_predicted=found.late,
        breach_at=found.breach_at and found.breach_at.astimezone(zone),
        counters_recommended=advice.recommended if advice else None,
        staffing=tuple(staffing(effect, open_now) for effect in advice.effects) if advice else (),
        counters_by_formula=FormulaFigures(steady=advice.formulas.steady, backlog=advice.formulas.backlog)
        if advice
        else None,
    )


def quantiles(levels: Levels | None) -> Quantiles | None:
    """Whole seconds, as nobody knows them better; upwards, so as not to promise less."""
    return None if levels is None else Quantiles(p10=int(levels[0]), p50=ceil(levels[1]), p90=ceil(levels[2]))


def staffing(effect: Effect, open_now: Mapping[str, bool]) -> StaffingFigures:
    return StaffingFigures(
        counters=effect.counters,
        steps=_steps(effect.course, open_now),
        within=None if effect.within is None else round(effect.within, 3),
        predicted_wait_s=quantiles(effect.waits),
        horizon_s=HORIZON.total_seconds(),
    )


def _steps(course: Course, open_now: Mapping[str, bool]) -> tuple[StepFigures, ...]:
    return tuple(
        StepFigures(
            counter=step.counter,
            open=step.open,
            moved=step.open and open_now.get(step.counter, False),
            queues=step.queues,
        )
        for step in course
    )
