"""The state of an area at a glance, and what to do."""

from typing import Any

import pytest
from msgspec.structs import replace

from dashboards.advising import advised, glance
from tests.build import at
from tests.dashboards.hand import effect, hall, minutes, switchboard
from tests.dashboards.test_foretelling import plain
from ticketing.figures import AreaFigures, StepFigures
from ticketing.french.remedies import actions

OPEN_G2 = StepFigures(counter="g2", open=True, queues=("sejour", "asile"))
MOVE_G2 = StepFigures(counter="g2", open=True, moved=True, queues=("sejour", "asile"))
CLOSE_G1 = StepFigures(counter="g1", open=False)
LATE_SOON = {"waiting": 4, "late_predicted": 3, "breach_at": at("10:40")}
ONE_MORE = {"counters_recommended": 2, "staffing": (effect(1, 0.719), effect(2, 0.9799, OPEN_G2))}


def told(sejour: dict[str, Any], asile: dict[str, Any] | None = None, **area: Any) -> list[str]:
    return [plain(sentence) for sentence in glance(hall(sejour, asile or {}, **area))]


def test_who_will_be_late_and_what_prevents_it_is_one_sentence() -> None:
    assert told(LATE_SOON | ONE_MORE) == ["Séjour : 3 personnes dépasseront 15 min dès 10 h 40 ; ouvrir Guichet 2."]


def test_where_nothing_is_wrong_that_is_said_and_of_incomplete_data_with_reserve() -> None:
    assert told({}) == ["Aucun dépassement prévu."]
    assert told({}, complete=False) == ["Aucun dépassement prévu, d’après des données incomplètes."]


def test_before_opening_and_at_noon_it_is_told_from_when_waits_count() -> None:
    assert told({}, open=False) == ["Fermé ; les attentes prévues sont celles à partir de l’ouverture."]


def test_where_nothing_is_known_nothing_is_promised() -> None:
    unknown = {"predicted_wait_s": None, "late_predicted": None}
    assert told(unknown, unknown) == ["Pas de prévision pour le moment."]
    assert told(unknown, unknown, open=False) == ["Fermé."]
    assert told({"waiting": 2, "late_predicted": None}) == ["Pas encore de prévision pour ceux qui attendent."]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"waiting": 1, "longest_wait_s": 1100.0}, "délai de 15 min dépassé (18 min)"),
        ({"waiting": 1, "longest_wait_s": 930.0}, "délai de 15 min dépassé"),
        ({"waiting": 1, "late_predicted": 1, "breach_at": at("9:35")}, "1 personne dépassera 15 min vers 9 h 35"),
        ({"waiting": 2, "counters_open": 0}, "2 personnes attendent, aucun guichet ouvert"),
        ({"predicted_wait_s": minutes(10, 19, 30)}, "qui arrive attendra 19 min"),
    ],
)
def test_each_concern_has_its_words(state: dict[str, Any], words: str) -> None:
    assert told(state) == [f"Séjour : {words}."]


def test_the_most_urgent_queue_comes_first_and_no_more_than_two_are_told() -> None:
    beyond = {"predicted_wait_s": minutes(10, 19, 30)}
    late = {"waiting": 1, "longest_wait_s": 1100.0}
    assert [sentence.partition(" :")[0] for sentence in told(beyond, late)] == ["Asile", "Séjour"]
    assert [sentence.partition(" :")[0] for sentence in told(LATE_SOON, LATE_SOON | {"breach_at": at("10:39")})] == [
        "Asile",
        "Séjour",
    ]
    two = hall(beyond, late)
    assert len(glance(replace(two, queues=(*two.queues, *two.queues)))) == 2


def test_only_the_most_urgent_queue_is_given_an_action() -> None:
    first, second = told(LATE_SOON | ONE_MORE, LATE_SOON | ONE_MORE | {"breach_at": at("10:50")})
    assert first.endswith("; ouvrir Guichet 2.")
    assert second == "Asile : 3 personnes dépasseront 15 min dès 10 h 50."


def test_where_no_counter_more_would_help_that_is_told_at_a_glance_too() -> None:
    alone = {"counters_recommended": 2, "staffing": (effect(2, 0.26),)}
    assert told(LATE_SOON | alone) == ["Séjour : 3 personnes dépasseront 15 min dès 10 h 40 ; aucun renfort utile."]
    enough = {"counters_recommended": 2, "staffing": (effect(2, 0.96),)}
    assert told(LATE_SOON | enough) == ["Séjour : 3 personnes dépasseront 15 min dès 10 h 40."]


def test_nobody_is_told_at_a_glance_to_close_a_counter() -> None:
    fewer = {"counters_recommended": 1, "staffing": (effect(2, 0.99), effect(1, 0.96, CLOSE_G1))}
    assert told(LATE_SOON | fewer) == ["Séjour : 3 personnes dépasseront 15 min dès 10 h 40."]


def test_a_counter_is_called_by_its_name_and_moves_to_a_queue_by_its_name() -> None:
    figures = hall()
    assert actions([OPEN_G2, CLOSE_G1], figures) == "ouvrir Guichet 2, fermer Guichet 1"
    assert actions([MOVE_G2], figures) == "affecter Guichet 2 à Séjour"
    assert actions([MOVE_G2], figures, here="sejour") == "y affecter Guichet 2"
    first = StepFigures(counter="g1", open=True, moved=True, queues=("asile", "sejour"))
    assert actions([first], figures, here="asile") == "à servir d’abord par Guichet 1"
    assert actions([first, MOVE_G2], figures) == "Asile à servir d’abord par Guichet 1, affecter Guichet 2 à Séjour"
    two = [OPEN_G2, StepFigures(counter="g1", open=True, queues=("sejour",))]
    assert actions(two, figures) == "ouvrir Guichet 2 et Guichet 1"


def test_more_counters_are_recommended_with_what_they_bring() -> None:
    figures = hall({"counters_open": 1} | ONE_MORE)
    advice = advised(figures.queues[0], figures)
    assert advice is not None
    assert [plain(part) for part in (advice.share, advice.recommended, advice.change)] == [
        "71 % sous 15 min",
        "2 conseillés",
        ", ouvrir Guichet 2 : 97 %",
    ]


def test_of_two_changes_the_first_that_is_enough_is_told_and_else_the_last_tried() -> None:
    both = StepFigures(counter="g1", open=True, queues=("sejour",))
    effects = (effect(1, 0.5), effect(2, 0.8, OPEN_G2), effect(3, 0.9, OPEN_G2, both))
    enough = hall({"counters_open": 1, "counters_recommended": 2, "staffing": effects})
    none_is = hall({"counters_open": 1, "counters_recommended": 3, "staffing": effects})
    assert "ouvrir Guichet 2 : 80" in advised_words(enough)
    assert "ouvrir Guichet 2 et Guichet 1 : 90" in advised_words(none_is)


def test_fewer_counters_that_would_do_are_told_and_not_recommended() -> None:
    fewer = {"counters_open": 2, "counters_recommended": 1, "staffing": (effect(2, 0.99), effect(1, 0.96, CLOSE_G1))}
    advice = advised(hall(fewer).queues[0], hall(fewer))
    assert advice is not None
    assert (advice.recommended, plain(advice.change)) == ("", "1 suffirait : 96 %")


def test_where_no_counter_more_would_help_that_is_told() -> None:
    assert "aucun renfort utile" in advised_words(
        hall({"counters_open": 1, "counters_recommended": 1, "staffing": (effect(1, 0.9),)})
    )
    assert "renfort" not in advised_words(
        hall({"counters_open": 1, "counters_recommended": 1, "staffing": (effect(1, 0.96),)})
    )


def test_the_share_is_not_told_of_counters_that_have_just_changed() -> None:
    assert "71" not in advised_words(hall({"counters_open": 2} | ONE_MORE))


def test_what_was_advised_of_other_counters_never_contradicts_those_that_are_open_now() -> None:
    opened = hall({"counters_open": 2} | ONE_MORE)
    assert advised_words(opened).strip() == ""
    fewer = {"counters_recommended": 3, "staffing": (effect(4, 1.0), effect(3, 1.0, CLOSE_G1))}
    assert advised_words(hall({"counters_open": 0} | fewer)).strip() == ""
    # one has closed since: what was short is shorter still
    assert "2 conseillés, ouvrir Guichet 2" in advised_words(hall({"counters_open": 0} | ONE_MORE))


def test_where_no_share_is_promised_it_is_that_of_the_calls_answered() -> None:
    figures = switchboard(
        counters_open=1,
        counters_recommended=1,
        staffing=(effect(1, 0.8),),
        service_level_today=None,
    )
    assert "80 % décrochés" in advised_words(figures)


def test_where_nothing_is_recommended_nothing_is_told() -> None:
    assert advised(hall().queues[0], hall()) is None


def advised_words(figures: AreaFigures) -> str:
    advice = advised(figures.queues[0], figures)
    assert advice is not None
    return plain(f"{advice.share} {advice.recommended}{advice.change}")
