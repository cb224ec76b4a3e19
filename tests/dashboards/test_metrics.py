"""Metrics: what Prometheus reads of predictions."""

from prometheus_client.parser import text_string_to_metric_families

from dashboards.board import Board, Foreseen
from dashboards.metrics import Metrics
from tests.build import SUD, at, issued
from tests.predictions import pair
from ticketing.accuracy import accuracies
from ticketing.forecast import Forecast, QueueForecast


def board() -> Board:
    found = Board([SUD], lambda: at("9:30"))
    found.begin({"sud": [issued("A1", "9:20")]})
    return found


def samples(found: Board) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(Metrics(found).text().decode())
    return {(s.name, *(s.labels[key] for key in sorted(s.labels))): s.value for f in families for s in f.samples}


def test_what_is_predicted_is_told_by_quantile_in_seconds() -> None:
    hall = board()
    forecast = QueueForecast(
        queue="sejour", method="simulation", shown=(60.0, 300.4, 900.0), raw=(60.0, 300.4, 900.0), late=2
    )
    hall.foresee("sud", Foreseen(forecast=Forecast(at=at("9:30"), queues={"sejour": forecast})))
    found = samples(hall)
    assert found["vigie_waiting_customers", "sud", "sejour"] == 1
    assert [found["vigie_predicted_wait_seconds", "sud", q, "sejour"] for q in ("0.1", "0.5", "0.9")] == [60, 301, 900]
    assert found["vigie_predicted_late_customers", "sud", "sejour"] == 2


def test_what_is_not_known_is_not_told() -> None:
    names = {key[0] for key in samples(board())}
    assert "vigie_waiting_customers" in names
    assert not names & {"vigie_predicted_wait_seconds", "vigie_recommended_counters", "vigie_judged_predictions"}


def test_how_right_the_predictions_of_this_week_were() -> None:
    hall = board()
    # minutes: shown 5 to 20, median 10; waited 15 and 25
    hall.accuracy = {"sud": accuracies([pair((5, 10, 20), 15), pair((5, 10, 20), 25)])}
    found = samples(hall)
    assert found["vigie_judged_predictions", "sud", "sejour"] == 2
    assert found["vigie_prediction_absolute_error_seconds", "sud", "sejour"] == 600
    assert found["vigie_prediction_bias_seconds", "sud", "sejour"] == -600
    assert found["vigie_prediction_too_low_ratio", "sud", "sejour"] == 0.5
    assert found["vigie_prediction_coverage_ratio", "sud", "sejour", "p90"] == 0.5
    assert found["vigie_prediction_coverage_ratio", "sud", "sejour", "p10-p90"] == 0.5
