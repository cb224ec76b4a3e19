"""The public sheet: what stands on the wall, and what must not."""

from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
from msgspec.structs import replace

from dashboards.exports.document import Document, Figures
from dashboards.exports.html import html
from dashboards.exports.pdf import pdf
from dashboards.exports.sheet import sheet
from dashboards.languages import speaking
from tests.build import HALL_COMMITMENT, MONDAY, STANDARD, SUD
from tests.dashboards.exports.facts import AUBE, TUESDAY, month, rang, waited
from tests.dashboards.exports.reading import plain, said
from ticketing.month import Month
from ticketing.plan import Commitment, Queue, Target

OCTOBER = date(2026, 10, 1)


def shown(document: Document) -> dict[str, tuple[str, str]]:
    """Value and note of each large figure, by its label."""
    document = plain(document)
    return {
        one.label: (one.value, one.note)
        for block in document.blocks
        if isinstance(block, Figures)
        for one in block.items
    }


def every() -> list[date]:
    """The open days of the tests' November."""
    days = (date(2026, 11, 2) + timedelta(days=n) for n in range(29))
    return [one for one in days if one.weekday() < 5 and one != date(2026, 11, 11)]


def test_a_hall_shows_the_share_called_in_time_the_median_and_the_ninth_decile() -> None:
    # nine of ten within 15 min; waits of 1 to 9 min and 20: median 5.5 min, P90 at rank 8.1: 9 + 0.1 * 11 min
    found = shown(sheet(month(waited(1, 2, 3, 4, 5, 6, 7, 8, 9, 20), [SUD]), AUBE))
    assert found["Appelés en 15\u202fmin au plus"] == ("90\u202f%", "Objectif 95\u202f%, non atteint, à confirmer")
    assert found["Attente médiane"][0] == "5\u202fmin\u202f30"
    assert found["Neuf usagers sur dix attendent au plus"][0] == "10\u202fmin\u202f06"


def test_a_share_is_never_rounded_up_to_its_target() -> None:
    within = [1] * 189 + [20] * 10  # 94.97 %
    assert shown(sheet(month(waited(*within), [SUD]), AUBE))["Appelés en 15\u202fmin au plus"][0] == "94\u202f%"


def test_the_switchboard_shows_both_answer_rates_and_the_share_in_time() -> None:
    plan = replace(
        STANDARD,
        targets=(Target(measure="answer_rate", value=0.85, provenance="Plan Téléphone", valid_from=date(2026, 1, 1)),),
    )
    found = shown(sheet(month([*rang(*[5] * 6, 60, 60), *rang(10, 40, lost=True)], [plan]), AUBE))
    assert found["Appels décrochés par un agent"] == ("80\u202f%", "Objectif 85\u202f%, non atteint")
    assert found["Décrochés en 20\u202fs au plus"][0] == "66\u202f%"


def test_a_hall_with_fewer_visitors_than_the_threshold_shows_no_figure() -> None:
    document = sheet(month(waited(1, 2, 3, 4), [SUD]), AUBE, fewest=5)
    assert shown(document) == {}
    assert "Moins de 5 usagers" in said(document)
    assert shown(sheet(month(waited(1, 2, 3, 4), [SUD]), AUBE, fewest=0)) != {}


def test_a_month_before_with_too_few_visitors_is_not_compared_with() -> None:
    now, before = month(waited(*range(9)), [SUD]), month(waited(1, day=date(2026, 10, 5)), [SUD], first=OCTOBER)
    assert "octobre" not in str(sheet(now, AUBE, before, 5))
    assert "Octobre 2026" in str(sheet(now, AUBE, before, 0))


def test_shares_by_another_limit_than_that_of_the_month_before_are_not_compared() -> None:
    sooner = Commitment(within=timedelta(minutes=5), share=0.5, provenance="arrêté", valid_from=TUESDAY)
    plan = replace(SUD, commitments=(HALL_COMMITMENT, sooner))
    before = month(waited(1, 2, day=date(2026, 10, 5)), [plan], first=OCTOBER)
    told = shown(sheet(month([*waited(1, 2), *waited(9, day=TUESDAY)], [plan]), AUBE, before, 0))
    assert "Octobre" not in told["Appelés dans le délai fixé"][1]
    assert "Octobre 2026" in told["Attente médiane"][1]
    usual = shown(
        sheet(month(waited(1, 2), [SUD]), AUBE, month(waited(1, day=date(2026, 10, 5)), [SUD], first=OCTOBER), 0)
    )
    assert "Octobre 2026" in usual["Appelés en 15\u202fmin au plus"][1]


def test_an_empty_month_says_so() -> None:
    document = sheet(month(), AUBE)
    assert "Aucune donnée n’a été reçue" in said(document)
    assert shown(document) == {}


def test_a_commitment_that_changed_shows_both_parts() -> None:
    sooner = Commitment(within=timedelta(minutes=5), share=0.5, provenance="arrêté", valid_from=TUESDAY)
    plan = replace(SUD, commitments=(HALL_COMMITMENT, sooner))
    value, note = shown(sheet(month([*waited(1, 2, 3), *waited(1, 2, 9, day=TUESDAY)], [plan]), AUBE, fewest=0))[
        "Appelés dans le délai fixé"
    ]
    assert value == "83\u202f%"
    assert note == (
        "Jusqu’au 23, 15\u202fmin : objectif 95\u202f%, atteint, à confirmer ; dès le 24, 5\u202fmin : objectif "
        "50\u202f%, atteint"
    )


def test_whether_a_part_was_kept_of_one_person_is_on_no_wall() -> None:
    sooner = Commitment(within=timedelta(minutes=15), share=0.9, provenance="arrêté", valid_from=TUESDAY)
    plan = replace(SUD, queues=SUD.queues[:1], commitments=(HALL_COMMITMENT, sooner))
    heard = [*waited(20), *waited(*[1] * 9, day=TUESDAY), *waited(*[1] * 9, day=date(2026, 11, 25))]
    note = shown(sheet(month(heard, [plan]), AUBE))["Appelés en 15\u202fmin au plus"][1]
    assert note == (
        "Jusqu’au 23, objectif 95\u202f%, trop peu d’usagers, à confirmer ; dès le 24, objectif 90\u202f%, trop peu "
        "d’usagers"
    )


def test_of_many_commitments_those_kept_of_few_people_are_not_among_those_reached() -> None:
    each = [
        Commitment(within=timedelta(minutes=15), share=0.9, provenance="arrêté", valid_from=date(2026, 11, day))
        for day in (2, 3, 4, 5)
    ]
    came = {2: 1, 3: 9, 4: 8, 5: 9}
    heard = [one for day, n in came.items() for one in waited(*[1] * n, day=date(2026, 11, day))]
    plan = replace(SUD, queues=SUD.queues[:1], commitments=tuple(each))
    # the 2nd is of one person, the 4th would give it away
    note = shown(sheet(month(heard, [plan]), AUBE))["Appelés en 15\u202fmin au plus"][1]
    assert note == "4 objectifs, dont 2 atteints (trop peu d’usagers pour 2)"


def test_without_a_commitment_nothing_is_said_of_a_limit() -> None:
    found = shown(sheet(month(waited(1, 2, 3, 4, 5), [replace(SUD, commitments=())]), AUBE))
    assert list(found) == ["Attente médiane", "Neuf usagers sur dix attendent au plus"]


def test_days_that_are_missing_are_said() -> None:
    assert "des 20 jours ouverts manquent" in said(sheet(month(waited(1, 2, 3, 4, 5), [SUD]), AUBE))
    heard = [one for day in every() for one in waited(1, day=day)]
    assert "manque" not in said(sheet(month(heard, [SUD]), AUBE))


def test_busy_and_quiet_half_hours_are_told_and_none_of_few_people() -> None:
    heard = []
    for day in every():
        for count, since in ((9, "9:00"), (8, "9:30"), (7, "10:00"), (3, "14:00"), (2, "15:00"), (4, "11:00")):
            heard += waited(*[1] * count, since=since, day=day)
    heard += waited(1, since="16:00", day=MONDAY)
    told = said(sheet(month(heard, [SUD]), AUBE))
    early, late = "9\u202fh – 9\u202fh\u202f30", "15\u202fh – 15\u202fh\u202f30"
    assert f"Le plus d’affluence : lundi {early}, mardi {early}, mercredi {early}." in told
    assert f"Le moins : lundi {late}, mardi {late}, mercredi {late}." in told
    assert "16\u202fh" not in told


def test_no_counter_no_agent_and_no_verdict_is_on_the_wall() -> None:
    page = html(sheet(month([*waited(*range(9)), *rang(*range(9))]), AUBE))
    assert "Guichet" not in page
    assert "g1" not in page
    assert "Opérateur 1" not in page
    assert "conforme" not in page.lower()


def test_it_is_in_french_whoever_asks() -> None:
    facts = month([*waited(*range(9)), *rang(*range(9))])
    french = sheet(facts, AUBE)
    with speaking("en"):
        assert sheet(facts, AUBE) == french


@pytest.fixture(scope="module")
def crowded() -> Month:
    """Two halls and a switchboard with long names, a commitment that changed, and days that are missing."""
    sooner = Commitment(
        within=timedelta(minutes=10),
        share=0.9,
        provenance="Décision du comité de pilotage, à confirmer",
        valid_from=TUESDAY,
    )
    name = "Hall d’accueil secondaire de la cité administrative des Vassaules (aile nord, rez-de-chaussée)"
    plans = (
        replace(SUD, name=f"1. {name}", commitments=(HALL_COMMITMENT, sooner)),
        replace(
            SUD,
            area="nord",
            name=f"2. {name}",
            commitments=(HALL_COMMITMENT, sooner),
            queues=(Queue(id="a", name=name),),
        ),
        replace(STANDARD, name=f"Standard téléphonique interministériel départemental, {name}"),
    )
    heard = []
    for day in every()[:-2]:
        for since in ("9:00", "9:30", "10:00", "10:30", "14:00", "15:00"):
            south = waited(*range(int(since[-2]) + len(since)), 45, since=since, day=day)
            heard += [
                *south,
                *(replace(one, area="nord", id=f"n{one.id}") for one in south),
                *rang(4, 90, since=since, day=day),
            ]
    return month(heard, plans)


def test_two_halls_and_a_switchboard_with_long_names_fit_on_one_page(crowded: Month) -> None:
    with pikepdf.open(BytesIO(pdf(sheet(crowded, AUBE, crowded)))) as made:
        assert len(made.pages) == 1
