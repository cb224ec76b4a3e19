"""What is foreseen, in words."""

from datetime import timedelta

import pytest

from dashboards.foretelling import between, breach, foretold, middle, rightness, urgency
from tests.build import MONDAY, at
from tests.dashboards.hand import hall, minutes, switchboard
from ticketing.accuracy import Accuracy
from ticketing.figures import NoPrediction, Quantiles


def plain(words: str) -> str:
    return words.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("p10", "p50", "p90", "value", "bracket"),
    [
        (301, 701, 1290, "12 min", "5 à 22 min"),
        (0, 0, 0, "0 min", "sans attente"),
        (0, 1, 60, "1 min", "0 à 1 min"),
        (3000, 3601, 4800, "1 h 01", "50 min à 1 h 20"),
        (3600, 4000, 4801, "1 h 07", "1 h 00 à 1 h 21"),
        (59, 600, 7200, "10 min", "0 à 2 h 00"),
    ],
)
def test_a_predicted_wait_is_said_upwards_and_its_shorter_end_downwards(
    p10: float, p50: float, p90: float, value: str, bracket: str
) -> None:
    predicted = Quantiles(p10=p10, p50=p50, p90=p90)
    assert (plain(middle(predicted, "hall")), plain(between(predicted, "hall"))) == (value, bracket)


@pytest.mark.parametrize(
    ("p10", "p50", "p90", "value", "bracket"),
    [(4.2, 11.1, 25, "12 s", "4 à 25 s"), (25, 63, 121, "63 s", "25 s à 3 min"), (130, 200, 300, "4 min", "2 à 5 min")],
)
def test_on_the_telephone_seconds_are_told_up_to_two_minutes(
    p10: float, p50: float, p90: float, value: str, bracket: str
) -> None:
    predicted = Quantiles(p10=p10, p50=p50, p90=p90)
    assert (plain(middle(predicted, "switchboard")), plain(between(predicted, "switchboard"))) == (value, bracket)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("closed", "–"),
        ("no_counter", "aucun guichet"),
        ("no_service", "trop peu d’historique"),
        ("closing", "pas avant la fermeture ?"),
        (None, "–"),
    ],
)
def test_where_nothing_is_predicted_the_reason_is_said_briefly_and_in_a_sentence(
    why: NoPrediction | None, words: str
) -> None:
    told = foretold(hall({"predicted_wait_s": None, "no_prediction": why}).queues[0], "hall")
    assert (told.value, plain(told.reason)) == ("", words)
    assert told.sentence.endswith(".")


def test_a_predicted_wait_beyond_the_limit_is_marked_and_one_at_the_limit_is_not() -> None:
    assert foretold(hall({"predicted_wait_s": Quantiles(p10=0, p50=901, p90=2000)}).queues[0], "hall").beyond
    assert not foretold(hall({"predicted_wait_s": Quantiles(p10=0, p50=900, p90=2000)}).queues[0], "hall").beyond


def test_a_breach_foreseen_of_somebody_in_line_or_of_a_newcomer_is_watched() -> None:
    assert urgency(hall().queues[0]) == "calm"
    assert urgency(hall({"late_predicted": 1, "breach_at": at("9:40")}).queues[0]) == "watch"
    assert urgency(hall({"predicted_wait_s": minutes(5, 16, 30)}).queues[0]) == "watch"


def test_a_breach_that_is_there_outranks_one_that_is_foreseen() -> None:
    assert urgency(hall({"waiting": 2, "longest_wait_s": 901.0, "breach_at": at("9:40")}).queues[0]) == "late"


def test_those_who_will_be_late_are_counted_with_when_the_first_is() -> None:
    three = hall({"late_predicted": 3, "breach_at": at("10:40")}).queues[0]
    one = hall({"late_predicted": 1, "breach_at": at("9:05")}).queues[0]
    assert plain(breach(three, "hall")) == "3 usagers dépasseront 15 min, le premier vers 10 h 40"
    assert plain(breach(one, "hall")) == "1 usager dépassera 15 min, vers 9 h 05"
    assert breach(hall().queues[0], "hall") == ""


def test_on_the_telephone_no_time_of_day_is_told_for_what_happens_within_seconds() -> None:
    calls = switchboard(late_predicted=2, breach_at=at("9:31")).queues[0]
    assert plain(breach(calls, "switchboard")) == "2 appels dépasseront 20 s"


def judged(weeks_ago: int, n: int, mae_s: float | None, covered: float | None, queue: str = "sejour") -> Accuracy:
    return Accuracy(
        area="sud",
        queue=queue,
        week=MONDAY - timedelta(weeks=weeks_ago),
        n=n,
        mae_s=mae_s,
        bias_s=None,
        too_low_share=None,
        coverage_p90=covered,
        coverage_p10_p90=None,
        not_called=0,
    )


def test_how_right_predictions_were_is_the_mean_over_customers_of_the_last_four_weeks() -> None:
    # (100 * 120 + 300 * 200) / 400 = 180 s; (100 * 0.8 + 300 * 0.94) / 400 = 0.905
    weeks = [judged(0, 100, 120.0, 0.8), judged(3, 300, 200.0, 0.94, "asile"), judged(4, 999, 5000.0, 0.1)]
    assert plain(rightness(weeks, hall())) == (
        "Prévisions des 4 dernières semaines : écart moyen 3 min, borne haute tenue à 90 % (400 tickets)."
    )


def test_of_weeks_in_which_nobody_was_called_nothing_is_told() -> None:
    assert rightness([judged(0, 0, None, None)], hall()) == ""
    assert rightness([], hall()) == ""
