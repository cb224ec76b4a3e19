"""What is said of two versions of the same month."""

from datetime import date, timedelta

from msgspec.structs import replace

from dashboards.exports import changes
from dashboards.languages import speaking
from tests.build import HALL_COMMITMENT, MONDAY, STANDARD, SUD
from tests.dashboards.exports.facts import TUESDAY, month, rang, waited
from ticketing.month import Month
from ticketing.plan import Commitment, Queue


def differences(before: Month, after: Month, most: int = changes.MOST) -> tuple[str, ...]:
    """With plain spaces before colons and within quotation marks."""
    return tuple(one.replace("\u00a0", " ") for one in changes.differences(before, after, most))


HEARD = waited(1, 2, 3, 4)


def test_the_same_facts_do_not_differ() -> None:
    assert differences(month(HEARD), month(HEARD[::-1])) == ()


def test_a_target_that_is_reached_now_is_told_first_then_the_month_then_the_queue_and_day() -> None:
    told = differences(month(waited(1, 2, 20), [SUD]), month(waited(1, 2, 3), [SUD]))
    now, then = "atteinte (100,0\u202f%)", "non atteinte (66,6\u202f%)"
    reached = f"appelés en 15\u202fmin au plus : cible ≥ 95\u202f% {now} au lieu de {then}."
    assert told[:2] == (f"Hall sud, {reached}", f"Séjour, {reached}")
    assert told[2].startswith("Hall sud, le mois : 3 appelés dans le délai au lieu de 2")
    assert told[3].startswith("Séjour, lundi 23 novembre : 3 appelés dans le délai au lieu de 2")
    assert len(told) == 4


def test_a_call_that_came_late_is_told_with_what_was_and_is() -> None:
    told = differences(month(HEARD[:-2], [SUD]), month(HEARD, [SUD]))
    assert any(one.startswith("Séjour, lundi 23 novembre : 4 appelés dans le délai au lieu de 3") for one in told)


def test_a_day_that_was_added_is_told_before_its_figures() -> None:
    told = differences(month(HEARD, [SUD]), month([*HEARD, *waited(1, day=TUESDAY)], [SUD]))
    assert told[0] == "Hall sud, mardi 24 novembre : données ajoutées."
    assert told[1].startswith("Hall sud, le mois : 5 appelés dans le délai au lieu de 4, 5 tickets au lieu de 4")
    assert "Séjour, mardi 24 novembre : chiffres ajoutés, 1 ticket." in told
    back = differences(month([*HEARD, *waited(1, day=TUESDAY)], [SUD]), month(HEARD, [SUD]))
    assert back[0] == "Hall sud, mardi 24 novembre : plus aucune donnée."


def test_a_closure_is_told_with_the_hours_that_were() -> None:
    closed = replace(SUD, hours=replace(SUD.hours, exceptions={TUESDAY: ()}))
    told = differences(month(HEARD, [SUD]), month(HEARD, [closed]))
    assert told == ("Hall sud, mardi 24 novembre : fermeture exceptionnelle au lieu de 08:30-12:00 et 13:15-16:30.",)


def test_a_commitment_and_names_that_changed_are_told() -> None:
    other = Commitment(within=timedelta(minutes=10), share=0.95, provenance="arrêté", valid_from=date(2026, 1, 1))
    told = differences(month(HEARD, [SUD]), month(HEARD, [replace(SUD, commitments=(other,))]))
    assert "Hall sud : engagement ajouté, appelés en 10\u202fmin au plus, cible ≥ 95\u202f%." in told
    assert "Hall sud : engagement retiré, appelés en 15\u202fmin au plus, cible ≥ 95\u202f%." in told
    renamed = replace(SUD, name="Hall principal", queues=(Queue(id="sejour", name="Étrangers"), SUD.queues[1]))
    assert differences(month(HEARD, [SUD]), month(HEARD, [renamed])) == (
        "La zone « Hall sud » s’appelle « Hall principal ».",
        "La file « Séjour » s’appelle « Étrangers ».",
    )


def test_an_area_that_was_added_or_taken_away_is_told_first() -> None:
    assert differences(month(HEARD, [SUD]), month(HEARD, [SUD, STANDARD])) == ("Standard : zone ajoutée.",)
    assert differences(month(HEARD, [SUD, STANDARD]), month(HEARD, [SUD])) == ("Standard : zone retirée.",)


def test_calls_are_told_as_calls() -> None:
    told = differences(month(rang(5, 5), [STANDARD]), month(rang(5, 5, 60), [STANDARD]))
    assert any(one.startswith("Opérateurs, lundi 23 novembre : 3 appels décrochés au lieu de 2") for one in told)


def test_another_configuration_without_other_figures_is_told_as_such() -> None:
    told = differences(month(HEARD, [SUD]), month(HEARD, [replace(SUD, desks=())]))
    assert told == ("Des détails ont changé : configuration, demi-heures ou répartition des attentes.",)


def test_many_differences_are_cut_and_counted() -> None:
    days = [MONDAY - timedelta(days=n) for n in range(20) if (MONDAY - timedelta(days=n)).weekday() < 5]
    more = [one for day in days for one in waited(1, 2, day=day)]
    every = differences(month(HEARD, [SUD]), month([*HEARD, *more], [SUD]), most=1000)
    told = differences(month(HEARD, [SUD]), month([*HEARD, *more], [SUD]), most=10)
    assert told[:9] == every[:9]
    assert told[9] == f"Et {len(every) - 9} autres différences."


def test_they_are_in_french_whoever_asks() -> None:
    before, after = month(HEARD, [SUD]), month(waited(1, 2, 3, 20), [SUD])
    french = differences(before, after)
    with speaking("en"):
        assert differences(before, after) == french


def test_a_month_that_was_nothing_is_told_by_what_was_added() -> None:
    told = differences(month(), month(HEARD))
    assert told[0].startswith("Hall sud, appelés en 15\u202fmin au plus : cible ≥ 95\u202f% atteinte")
    assert "Hall sud, lundi 23 novembre : données ajoutées." in told


def test_commitments_of_the_same_terms_for_all_and_for_a_queue_do_not_get_in_each_other_s_way() -> None:
    twice = replace(SUD, commitments=(HALL_COMMITMENT, replace(HALL_COMMITMENT, queue="sejour")))
    assert differences(month(HEARD, [twice]), month(HEARD, [twice])) == ()
