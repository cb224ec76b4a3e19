"""Live figures with what is foreseen filled in by hand: each keyword is a field of the queue Séjour, or Asile."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from dashboards.board import Board
from tests.build import STANDARD, SUD, at, opened
from ticketing.figures import AreaFigures, Quantiles, StaffingFigures, StepFigures
from ticketing.plan import Plan

NONE: Mapping[str, Any] = {}


def minutes(p10: float, p50: float, p90: float) -> Quantiles:
    return Quantiles(p10=p10 * 60, p50=p50 * 60, p90=p90 * 60)


def effect(counters: int, within: float | None, *steps: StepFigures) -> StaffingFigures:
    return StaffingFigures(counters=counters, steps=steps, within=within, predicted_wait_s=None, horizon_s=1800.0)


def hall(sejour: Mapping[str, Any] = NONE, asile: Mapping[str, Any] = NONE, **area: Any) -> AreaFigures:
    """The south hall at 9:30 with its two counters open, nobody in line, and a wait of some minutes foreseen."""
    calm = {"predicted_wait_s": minutes(1, 3, 8), "late_predicted": 0}
    return _filled(SUD, [calm | dict(sejour), calm | dict(asile)], **area)


def switchboard(**operators: Any) -> AreaFigures:
    return _filled(STANDARD, [operators])


def _filled(plan: Plan, fields: list[dict[str, Any]], **area: Any) -> AreaFigures:
    board = Board([plan], lambda: at("9:30"))
    board.begin({"sud": [opened("g1", "8:30", "sejour", "asile"), opened("g2", "8:30", "asile")]})
    figures = board.figures(plan.area)
    queues = tuple(replace(queue, **told) for queue, told in zip(figures.queues, fields, strict=True))
    return replace(figures, queues=queues, **area)
