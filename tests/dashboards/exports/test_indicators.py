"""The commitments' sheet: a page for each indicator in use, and its definition beside this month's numbers."""

from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
from msgspec.structs import replace

from dashboards.exports.document import Document, Heading, Table, Terms
from dashboards.exports.html import html
from dashboards.exports.indicators import indicators
from dashboards.exports.pdf import pdf
from tests.build import HALL_COMMITMENT, STANDARD, SUD, abandoned, called, informed, issued, no_show, received
from tests.dashboards.exports.facts import AUBE, TUESDAY, month, rang, waited
from tests.dashboards.exports.reading import plain
from ticketing.plan import Commitment, Plan, Target

TARGETS = (
    Target(measure="answer_rate", value=0.85, provenance="Plan Téléphone 2023", valid_from=date(2026, 1, 1)),
    Target(measure="lost_rate", value=0.1, provenance="seuil national – à confirmer", valid_from=date(2026, 1, 1)),
)


def page(document: Document, name: str) -> tuple[dict[str, str], list[Table]]:
    """The terms and the tables of an indicator's page, by what its heading ends with."""
    blocks = list(plain(document).blocks)
    start = next(n for n, one in enumerate(blocks) if isinstance(one, Heading) and one.text.endswith(name))
    rest = blocks[start + 1 :]
    end = next((n for n, one in enumerate(rest) if isinstance(one, Heading)), len(rest))
    terms = {name: told for one in rest[:end] if isinstance(one, Terms) for name, told in one.items}
    return terms, [one for one in rest[:end] if isinstance(one, Table)]


def test_a_page_has_the_whole_definition_and_an_example_of_the_month() -> None:
    document = indicators(month(waited(1, 2, 3, 20)), AUBE)
    terms, (targets, example) = page(document, "Usagers appelés dans le délai")
    assert list(terms) == [
        "Objet", "Engagement Qual-e-Pref", "Numérateur", "Dénominateur", "Exclusions", "Formule", "Unité", "Événements",
        "État",
    ]  # fmt: skip
    assert terms["Engagement Qual-e-Pref"].startswith("7 –")
    assert terms["État"] == "à confirmer par le référent qualité"
    assert targets.rows[0][:3] == ("Hall sud : 15\u202fmin, à confirmer", "≥ 95\u202f%", "01/01/2026")
    assert example.rows == (("Hall sud", "3", "4", "75,0\u202f%"),)


def test_the_telephone_has_its_rates_and_both_formulas() -> None:
    # 6 answered in 5 s, 2 in 60 s; 1 gave up after 10 s, 1 after 40 s; 2 informed
    heard = [*rang(*[5] * 6, 60, 60), *rang(10, 40, lost=True)]
    for call in "XY":
        heard += [received(call, "9:00"), informed(call, "9:01")]
    document = indicators(month(heard, [replace(STANDARD, targets=TARGETS)]), AUBE)
    for name, numbers in (
        ("formule C", ("6", "9", "66,6\u202f%")),
        ("formule B", ("6", "10", "60,0\u202f%")),
        ("décroché agent", ("8", "10", "80,0\u202f%")),
        ("décroché global", ("10", "12", "83,3\u202f%")),
        ("appels perdus", ("2", "10", "20,0\u202f%")),
    ):
        assert page(document, name)[1][-1].rows[0][1:] == numbers
    assert page(document, "décroché agent")[0]["État"] == "la provenance est donnée ; rien n’est à confirmer"
    assert page(document, "appels perdus")[1][0].rows[0][1] == "≤ 10\u202f%"


def test_waits_are_exact_in_halls_and_estimated_on_the_telephone() -> None:
    # answered after 10 and 30 s, gone after 20: two of three are left after 10 s, and none of them after 30
    document = indicators(month([*waited(2, 4), *rang(10, 30), *rang(20, lost=True)]), AUBE)
    assert page(document, "dans un hall")[1][0].rows == (
        ("Hall sud", "2", "3\u202fmin", "3\u202fmin", "3\u202fmin\u202f48\u202fs"),
    )
    # mean: 10 + 2/3 * 20 s
    assert page(document, "au téléphone")[1][0].rows == (("Standard", "3", "23\u202fs", "30\u202fs", "30\u202fs"),)


def test_no_shows_and_abandonments_have_each_their_own_denominator() -> None:
    heard = [*waited(1, 2), issued("A", "9:00"), abandoned("A", "9:03")]
    heard += [issued("B", "9:00"), called("B", "9:10"), no_show("B", "9:12")]
    told = page(indicators(month(heard), AUBE), "Absents et abandons")[1][0].rows[0]
    assert told[1:] == ("1", "3", "33,3\u202f%", "1", "0", "4", "25,0\u202f%")


def test_a_target_that_changed_is_there_twice() -> None:
    sooner = Commitment(within=timedelta(minutes=5), share=0.5, provenance="arrêté", valid_from=TUESDAY)
    plan = replace(SUD, commitments=(HALL_COMMITMENT, sooner))
    document = indicators(month([*waited(1, 10), *waited(1, 10, day=TUESDAY)], [plan]), AUBE)
    targets = page(document, "Usagers appelés dans le délai")[1][0]
    assert [(one[0], one[3]) for one in targets.rows] == [
        ("Hall sud : 15\u202fmin, à confirmer", "du 2 au 23"),
        ("Hall sud : 5\u202fmin", "du 24 au 30"),
    ]


@pytest.mark.parametrize(("plans", "pages"), [([SUD], 4), ([STANDARD], 7), ([SUD, STANDARD], 10)])
def test_only_indicators_in_use_have_a_page_and_each_has_one(plans: list[Plan], pages: int) -> None:
    document = indicators(month([*waited(1, 2), *rang(5)], plans), AUBE)
    assert sum(isinstance(block, Heading) for block in document.blocks) == pages
    with pikepdf.open(BytesIO(pdf(document))) as made:
        assert len(made.pages) == pages + 1


def test_without_a_commitment_the_page_says_so() -> None:
    document = indicators(month(waited(1), [replace(SUD, commitments=())]), AUBE)
    terms, (targets, example) = page(document, "Usagers appelés dans le délai")
    assert terms["État"] == "aucun engagement en vigueur ce mois-ci"
    assert targets.rows == ()
    assert example.rows == (("Hall sud", "0", "0", "pas de données"),)


def test_an_empty_month_has_its_pages_and_no_number() -> None:
    document = indicators(month(), AUBE)
    assert page(document, "au téléphone")[1][0].rows == (("Standard", "0", "–", "–", "–"),)
    assert "conforme" not in html(document).lower()
