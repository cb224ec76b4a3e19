"""Metrics for Prometheus: what is foreseen of each queue now, and how right it was this week."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboards.board import Board

CONTENT_TYPE = CONTENT_TYPE_LATEST
OF_QUEUE = ("area", "queue")


class Metrics(Collector):
    """Read anew at each scrape."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """In the exposition format of Prometheus."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._foreseen()
        yield from self._rightness()

    def _foreseen(self) -> Iterator[Metric]:
        waiting = _gauge("vigie_waiting_customers", "People in line.")
        predicted = _gauge(
            "vigie_predicted_wait_seconds", "Predicted wait of somebody who comes now.", (*OF_QUEUE, "quantile")
        )
        late = _gauge("vigie_predicted_late_customers", "People in line and not late yet who will be.")
        staffed = _gauge("vigie_open_counters", "Counters open that serve the queue.")
        recommended = _gauge("vigie_recommended_counters", "Counters recommended for the next half-hour.")
        for area in self._board.areas:
            for queue in self._board.figures(area).queues:
                labels = (area, queue.queue)
                waiting.add_metric(labels, queue.waiting)
                staffed.add_metric(labels, queue.counters_open)
                if queue.late_predicted is not None:
                    late.add_metric(labels, queue.late_predicted)
                if queue.counters_recommended is not None:
                    recommended.add_metric(labels, queue.counters_recommended)
                if found := queue.predicted_wait_s:
                    for quantile, seconds in (("0.1", found.p10), ("0.5", found.p50), ("0.9", found.p90)):
                        predicted.add_metric((*labels, quantile), seconds)
        yield from (waiting, predicted, late, staffed, recommended)

    def _rightness(self) -> Iterator[Metric]:
        judged = _gauge("vigie_judged_predictions", "Customers of this week who were shown a prediction and called.")
        error = _gauge("vigie_prediction_absolute_error_seconds", "Mean of |P50 - wait| of this week.")
        bias = _gauge("vigie_prediction_bias_seconds", "Mean of P50 - wait of this week.")
        too_low = _gauge("vigie_prediction_too_low_ratio", "Share that waited more than 10 minutes longer than P50.")
        covered = _gauge(
            "vigie_prediction_coverage_ratio",
            "Share that waited no longer than P90, or from P10 to P90.",
            (*OF_QUEUE, "range"),
        )
        for rows in self._board.accuracy.values():
            week = max((row.week for row in rows), default=None)
            for row in (row for row in rows if row.week == week):
                labels = (row.area, row.queue)
                judged.add_metric(labels, row.n)
                for gauge, value in ((error, row.mae_s), (bias, row.bias_s), (too_low, row.too_low_share)):
                    if value is not None:
                        gauge.add_metric(labels, value)
                for name, share in (("p90", row.coverage_p90), ("p10-p90", row.coverage_p10_p90)):
                    if share is not None:
                        covered.add_metric((*labels, name), share)
        yield from (judged, error, bias, too_low, covered)


def _gauge(name: str, about: str, labels: Sequence[str] = OF_QUEUE) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=labels)
