"""Figures in French words, and pages that a hostile name cannot break."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dashboards.board import Board
from dashboards.commitments import rate_verdict, verdict
from dashboards.views import Views
from tests.build import (
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    answered,
    at,
    called,
    issued,
    later,
    lost,
    opened,
    queued,
    received,
)
from tests.dashboards.hand import effect, hall, minutes
from tests.predictions import pair
from ticketing.accuracy import accuracies
from ticketing.events import Event
from ticketing.figures import AreaFigures, RateTarget, Silence, StepFigures
from ticketing.french.notation import clock, duration, percent
from ticketing.ledger import Account, Count
from ticketing.plan import Plan, Queue


def board(events: list[Event], clock: str = "9:30", plan: Plan = SUD) -> Board:
    board = Board([plan], lambda: at(clock))
    board.begin({plan.area: events})
    return board


def area(events: list[Event], clock: str = "9:30", plan: Plan = SUD) -> str:
    return Views(board(events, clock, plan)).area(plan.area)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 00"),
        (119, "1 min 59"),
        (120, "2 min"),
        (3599, "59 min"),
        (3660, "1 h 01"),
    ],
)
def test_durations_are_said_as_people_say_them_and_never_rounded_up(seconds: float | None, words: str) -> None:
    assert duration(seconds).replace("\u202f", " ") == words


@pytest.mark.parametrize(
    ("share", "words"), [(None, "–"), (0.0, "0 %"), (0.9499, "94 %"), (0.95, "95 %"), (0.29, "29 %"), (1.0, "100 %")]
)
def test_a_share_is_rounded_down(share: float | None, words: str) -> None:
    assert percent(share).replace("\u202f", " ") == words


def test_no_instant_is_a_dash() -> None:
    assert (clock(None), clock(at("9:05"))) == ("–", "09:05")


def test_a_target_is_said_with_a_sign_and_in_words_and_never_as_a_verdict_of_conformity() -> None:
    assert verdict(True, 0.95).replace("\u202f", " ") == "✓ objectif 95 %"
    assert verdict(False, 0.95).replace("\u202f", " ") == "✗ sous l’objectif 95 %"
    assert verdict(None, 0.95).replace("\u202f", " ") == "objectif 95 %"
    assert verdict(None, None) == "part visée non fixée"


def test_the_most_that_may_be_lost_is_a_threshold() -> None:
    target = RateTarget(0.1, "seuil")
    assert rate_verdict(0.1, target, at_most=True).replace("\u202f", " ") == "✓ seuil 10 % tenu"
    assert rate_verdict(0.11, target, at_most=True).replace("\u202f", " ") == "✗ seuil 10 % dépassé"
    assert rate_verdict(None, target, at_most=True).replace("\u202f", " ") == "seuil 10 %"
    assert rate_verdict(0.11, None, at_most=True) == ""


def test_the_head_of_line_beyond_two_thirds_of_the_limit_is_watched_and_beyond_it_is_late() -> None:
    assert 'class="calm"' in area([opened("g1", "9:00", "sejour"), issued("A1", "9:20")])
    assert "▲ proche" in area([issued("A1", "9:19")])
    assert "■ dépassé" in area([issued("A1", "9:14")])


def test_a_line_with_nobody_to_serve_it_is_said_in_words() -> None:
    assert "▲ aucun" in area([issued("A1", "9:29")])
    assert "▲ aucun" not in area([issued("A1", "9:29"), opened("g1", "9:00", "sejour")])


def test_incomplete_figures_give_no_verdict() -> None:
    shown = board([issued("A1", "9:00"), called("A1", "9:01")])
    assert "✓ objectif" in Views(shown).area("sud")
    shown.hear({"sud": (Silence("borne-2", at("9:10")),)})
    html = Views(shown).area("sud")
    assert "provisoire" in html
    assert 'class="plain"' in html
    assert 'class="missed"' not in html
    assert "✓" not in html


@pytest.mark.parametrize(
    ("clock", "words"), [("8:00", "ouvre à 08:30"), ("12:30", "rouvre à 13:15"), ("9:00", "08:30–12:00 et 13:15–16:30")]
)
def test_a_closed_area_says_when_it_opens(clock: str, words: str) -> None:
    assert words in area([], clock)


def test_a_target_is_shown_with_where_it_comes_from() -> None:
    html = area([issued("A1", "9:00"), called("A1", "9:20")])
    assert "✗ sous l’objectif" in html
    assert "charte - à confirmer" in html


def test_nobody_waiting_is_a_dash_and_not_a_zero_wait() -> None:
    assert 'data-label="plus longue attente">–' in area([])


def test_a_silent_device_is_named_with_the_time_since_when() -> None:
    shown = board([])
    shown.hear({"sud": (Silence("borne-2", at("9:10")),)})
    html = Views(shown).area("sud")
    assert "Données incomplètes depuis 09:10" in html
    assert "borne-2 depuis 09:10" in html
    assert "environ" in html


def test_data_that_stand_still_are_shown_as_of_then() -> None:
    shown = board([issued("A1", "9:00")])
    shown.stand(at("9:10"))
    html = Views(shown).area("sud")
    assert "Données arrêtées à 09:10" in html
    assert "à <time" in html
    assert "09:10:00" in html


def test_before_the_day_is_read_the_board_says_so() -> None:
    assert "Lecture de la journée en cours" in Views(Board([SUD], lambda: at("9:30"))).area("sud")


def test_a_hostile_name_stays_text() -> None:
    hostile = replace(SUD, queues=(Queue(id="x", name="<script>alert(1)</script>"),), name='"><img src=x>')
    html = area([], plan=hostile)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_what_is_not_configured_says_so() -> None:
    html = area([issued("X1", "9:00", "nouvelle"), opened("g9", "9:00", "nouvelle")])
    assert html.count("non configuré") == 2


def test_the_switchboard_shows_both_rates_and_both_formulas() -> None:
    calls = [
        received("c1", "9:00"),
        queued("c1", "9:00:10"),
        answered("c1", "9:00:20"),
        queued("c2", "9:01"),
        lost("c2", "9:02"),
    ]
    html = area(calls, plan=STANDARD)
    for words in (
        "Taux de décroché agent",
        "Taux de décroché global",
        "hors abandons rapides (C)",
        "de tous les présentés (B)",
        "suivi national",
    ):
        assert words in html


def test_a_closed_day_says_so() -> None:
    sunday = datetime.combine(MONDAY.replace(day=22), at("9:00").timetz())
    closed = Board([SUD], lambda: sunday)
    closed.begin({})
    html = Views(closed).area("sud")
    assert "Fermé" in html
    assert "aujourd’hui" in html
    assert "sans engagement" in html


def test_abandonments_say_how_many_of_them_are_presumed() -> None:
    one = [issued("A1", "9:00"), issued("B1", "9:00"), abandoned("B1", "9:05"), *later(5)]
    assert "abandons : </span>0, 1</small>" in area(one, "9:23")
    assert "abandons : </span>0, 2 dont 1 présumé</small>" in area(one, "9:24")
    assert "dont 2 présumés" in area([issued("A2", "9:00"), *one], "9:24")


def test_calls_presumed_abandoned_are_told_among_those_abandoned() -> None:
    calls = [queued("c1", "9:00"), queued("c2", "9:00"), lost("c2", "9:01")]
    calls += [found for n in range(5) for found in (queued(f"a{n}", "9:02"), answered(f"a{n}", f"9:0{n + 3}"))]
    assert "<dd>1</dd>" in area(calls, "9:16", STANDARD)
    assert "présumé" not in area(calls, "9:16", STANDARD)
    assert "<dd>2 <small>dont 1 présumé</small></dd>" in area(calls, "9:17", STANDARD)


def test_what_was_left_at_closing_is_told_once_the_day_is_over() -> None:
    day = [issued("A1", "16:00"), issued("A2", "16:10")]
    assert "Fin de journée" not in area(day, "17:29")
    assert "Fin de journée : 2 tickets non clôturés à la fermeture." in area(day, "17:30")
    assert "Fin de journée : 1 appel non clôturé à la fermeture." in area([queued("c1", "16:00")], "17:30", STANDARD)


def test_messages_kept_aside_are_told_on_the_board() -> None:
    shown = board([])
    assert "mis à l’écart" not in Views(shown).board()
    shown.quarantined_today = 2
    assert "2 messages incompris mis à l’écart" in Views(shown).board()


def test_a_device_that_is_back_is_told_apart_from_one_that_is_silent() -> None:
    shown = board([issued("A1", "9:20")])
    shown.hear({"sud": (Silence("borne-1", at("9:05"), heard=True), Silence("poste-g1", at("9:10")))})
    page = text(Views(shown).area("sud"))
    assert "Données incomplètes depuis 09:05." in page
    assert "Appareils muets, dont rien n’arrive : poste-g1 depuis 09:10." in page
    assert "De retour, en rattrapage : borne-1 depuis 09:05." in page


def test_events_that_never_came_and_counts_that_differ_are_told_on_the_board() -> None:
    shown = board([])
    lost_some = Account(
        site="aube", area="sud", device="borne-1", day=MONDAY, missing=3, first_missing_after=at("9:12")
    )
    differs = Account(
        site="aube",
        area="sud",
        device="borne-2",
        day=MONDAY,
        waiting=(Count(queue="sejour", reported=9, computed=7), Count(queue="asile", reported=2, computed=2)),
    )
    shown.missing = (lost_some, differs)
    page = text(Views(shown).site())
    assert "borne-1 (sud), 3 depuis 09:12." in page
    assert "borne-2 (sud), 9 en attente à Séjour, 7 selon vigie." in page
    assert "Asile" not in page


def test_many_devices_of_which_something_is_missing_take_three_places() -> None:
    shown = board([])
    shown.missing = [
        Account(site="aube", area="sud", device=f"poste-{number}", day=MONDAY, missing=1) for number in range(14)
    ]
    page = text(Views(shown).site())
    assert "poste-2 (sud), 1 ; et 11 autres." in page
    assert "poste-3" not in page


def test_a_silence_of_days_is_told_with_its_date() -> None:
    shown = board([issued("A1", "9:20")])
    shown.hear({"sud": (Silence("borne-2", at("23:19", MONDAY - timedelta(days=3))),)})
    page = text(Views(shown).area("sud"))
    assert "Données incomplètes depuis 20/11 23:19." in page
    assert "borne-2 depuis 20/11 23:19." in page


def test_a_board_of_which_nothing_is_missing_says_nothing_of_it() -> None:
    assert text(Views(board([])).site()).strip() == ""


def test_data_that_never_came_are_told_as_such() -> None:
    shown = Board([SUD], lambda: at("9:30"))
    shown.stand(at("9:30"))
    assert "Pas encore de données : la base de données ne répond pas." in Views(shown).area("sud")


def text(html: str) -> str:
    """What is read of a part, on one line."""
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_the_predicted_wait_stands_in_its_own_column_with_its_bracket() -> None:
    shown = foretold_board(predicted_wait_s=minutes(5, 12, 22))
    html = Views(shown).area("sud").replace("\u202f", " ")
    assert '<strong>12 min</strong><small class="bracket">5 à 22 min</small>' in html
    assert 'title="Pour qui arrive maintenant : une fois sur deux moins de 12 min' in html


def test_a_predicted_wait_is_told_apart_from_the_mean_that_counts_those_who_left() -> None:
    html = area([], plan=STANDARD)
    assert "Attente prévue" in html
    assert "Attente moyenne corrigée" in html
    assert "Attente estimée" not in Views(board([], plan=STANDARD)).board()


def test_a_breach_that_is_foreseen_has_a_sign_and_words_and_is_read_out_in_full() -> None:
    html = Views(foretold_board(waiting=4, late_predicted=3, breach_at=at("10:40"))).area("sud")
    words = text(html).replace("\u202f", " ")
    assert 'class="watch"' in html
    assert "▲ 3 dépasseront dès 10:40" in words
    assert "3 usagers dépasseront 15 min, le premier vers 10 h 40" in words
    assert "Séjour : 3 personnes dépasseront 15 min dès 10 h 40." in words


def test_the_recommendation_stands_beside_the_open_counters() -> None:
    opened_g2 = StepFigures(counter="g2", open=True, queues=("sejour",))
    html = Views(
        foretold_board(counters_open=1, counters_recommended=2, staffing=(effect(1, 0.719), effect(2, 0.97, opened_g2)))
    ).area("sud")
    assert "1 ouvert 71 % sous 15 min 2 conseillés , ouvrir Guichet 2 : 97 %" in text(html).replace("\u202f", " ")


def test_while_data_stand_still_nothing_is_foreseen_at_a_glance() -> None:
    shown = board([issued("A1", "9:00")])
    shown.stand(at("9:10"))
    assert '<p class="glance"><span>Pas de prévision.</span>' in Views(shown).area("sud")


def test_how_right_the_predictions_were_is_a_note_of_the_area() -> None:
    shown = board([])
    assert "Prévisions des" not in Views(shown).area("sud")
    shown.accuracy = {"sud": accuracies([pair((5, 10, 20), 13)])}
    assert "écart moyen 3\u202fmin, borne haute tenue à 100\u202f% (1 ticket)." in Views(shown).area("sud")


class Foretold(Board):
    """A board whose first queue is as told."""

    def __init__(self, **sejour: Any) -> None:
        super().__init__([SUD], lambda: at("9:30"))
        self.begin({})
        self._sejour = sejour

    def figures(self, area: str) -> AreaFigures:  # noqa: ARG002 - there is one
        return hall(self._sejour)


def foretold_board(**sejour: Any) -> Board:
    return Foretold(**sejour)
