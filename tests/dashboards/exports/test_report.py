"""The committee's report: what each section says of months that can be reckoned by hand, and of bad ones."""

from collections.abc import Iterable
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from dashboards.exports.document import Heading
from dashboards.exports.html import html
from dashboards.exports.pdf import pdf
from dashboards.exports.report import report
from dashboards.languages import speaking
from tests.build import (
    HALL_COMMITMENT,
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    at,
    called,
    informed,
    issued,
    no_show,
    received,
)
from tests.dashboards.exports.facts import AUBE, TUESDAY, month, on, rang, waited
from tests.dashboards.exports.reading import row, said, table, tables
from ticketing.events import Event
from ticketing.plan import Commitment, Plan

OCTOBER = date(2026, 10, 1)
LAST_YEAR = date(2025, 11, 1)
HOSTILE = "<script>alert(1)</script> #panic() *x* $y$ @z \\ [ ] =1+1"


def test_the_summary_gives_figure_target_result_and_provenance_of_each_commitment() -> None:
    document = report(month([*waited(1, 2, 3, 20), *rang(5, 60)]), AUBE)
    promises = tables(document)["Engagements du mois"].rows
    hall = next(one for one in promises if "Hall sud" in one[0])
    assert hall[0] == "7 – Hall sud : appelés en 15\u202fmin au plus"
    assert hall[1].startswith("75,0\u202f%")
    assert hall[2:] == ("3\u202f/\u202f4", "≥ 95\u202f%", "non atteinte, à confirmer", "charte - à confirmer")
    assert promises[-1][0] == "9 – Numéro national 3400"
    assert promises[-1][4] == "suivi national"
    assert any(one[0].startswith("8 – Standard") for one in promises)


def test_it_never_gives_a_verdict() -> None:
    text = html(report(month([*waited(1, 2, 3, 20), *rang(5, 60)]), AUBE)).lower()
    assert "conforme" not in text
    assert "conformité" not in text


def test_each_figure_stands_beside_the_month_before_and_the_year_before() -> None:
    before = month(waited(2, 2, 20, 20, day=date(2026, 10, 5)), first=OCTOBER)
    document = report(month(waited(1, 1, 1, 20)), AUBE, before, None)
    compared = table(document, "Hall sud : le mois")
    assert [column.title for column in compared.columns] == [
        "Chiffre", "Novembre 2026", "Octobre 2026", "Écart", "Novembre 2025", "Écart sur un an",
    ]  # fmt: skip
    assert row(compared, "Tickets") == ("4", "4", "=", "pas de données", "–")
    assert row(compared, "Appelés dans le délai")[:3] == ("75,0\u202f%", "50,0\u202f%", "+25,0\u202fpt")
    assert row(compared, "Attente moyenne")[:3] == (
        "5\u202fmin\u202f45\u202fs", "11\u202fmin", "−5\u202fmin\u202f15\u202fs",
    )  # fmt: skip


def test_january_is_compared_with_december() -> None:
    document = report(month(waited(1, day=date(2027, 1, 4)), first=date(2027, 1, 1)), AUBE)
    titles = [column.title for column in table(document, "Hall sud : le mois").columns]
    assert titles[1:5:2] == ["Janvier 2027", "Écart"]
    assert (titles[2], titles[4]) == ("Décembre 2026", "Janvier 2026")


def test_a_figure_that_has_no_denominator_is_no_data() -> None:
    compared = table(report(month(waited(1), [replace(SUD, commitments=())]), AUBE), "Hall sud : le mois")
    assert row(compared, "Appelés dans le délai") == ("pas de données", "pas de données", "–", "pas de données", "–")


def test_no_shows_and_abandonments_are_never_merged() -> None:
    heard = [
        *waited(1, 2),
        *(issued("A", "9:00"), abandoned("A", "9:03")),
        *(issued("B", "9:00"), called("B", "9:10"), no_show("B", "9:12")),
    ]
    ends = table(report(month(heard), AUBE), "Hall sud : ce que sont devenues les attentes")
    titles = [column.title for column in ends.columns][1:]
    told = dict(zip(titles, row(ends, "Séjour"), strict=True))
    assert (told["Absents"], told["Abandons déclarés"], told["Abandons présumés"]) == ("1", "1", "0")


def test_waits_that_had_not_ended_are_told_with_and_without() -> None:
    # two called in time; one gave up beyond the limit: 2 of 3 with it, 2 of 2 without
    heard = [*waited(1, 2), issued("A", "9:00"), abandoned("A", "9:30")]
    told = table(report(month(heard), AUBE), "Hall sud : taux avec et sans")
    assert row(told, "Séjour") == ("3", "1", "66,6\u202f%", "100,0\u202f%")


def test_a_commitment_that_changed_in_mid_month_shows_both_parts_each_judged_by_its_own() -> None:
    sooner = Commitment(within=timedelta(minutes=5), share=0.5, provenance="arrêté", valid_from=TUESDAY)
    plan = replace(SUD, commitments=(HALL_COMMITMENT, sooner))
    document = report(month([*waited(1, 10), *waited(1, 10, day=TUESDAY)], [plan]), AUBE)
    told = [(one[0], one[2], one[4]) for one in tables(document)["Engagements du mois"].rows if "Hall" in one[0]]
    assert told == [
        ("7 – Hall sud : appelés en 15\u202fmin au plus, du 2 au 23", "2\u202f/\u202f2", "atteinte, à confirmer"),
        ("7 – Hall sud : appelés en 5\u202fmin au plus, du 24 au 30", "1\u202f/\u202f2", "atteinte"),
    ]
    assert "chacun est jugé selon celui de son jour" in said(document)


def test_a_census_has_no_interval_and_the_report_says_why() -> None:
    only = replace(SUD, hours=replace(SUD.hours, weekly={0: SUD.hours.spans(MONDAY) or ()}))
    days = [date(2026, 11, 2) + timedelta(days=7 * n) for n in range(5)]
    whole = [one for day in days for one in waited(1, 2, 20, day=day)]
    document = report(month(whole, [only]), AUBE)
    assert "n’ont donc pas d’intervalle" in said(document)
    assert "[" not in tables(document)["Engagements du mois"].rows[0][1]
    part = report(month([*waited(1, 2, 20, day=days[0]), *waited(1, 2, 2, day=days[1])], [only]), AUBE)
    assert "échantillon du mois" in said(part)
    assert "[" in tables(part)["Engagements du mois"].rows[0][1]


def test_days_say_why_they_have_no_figures() -> None:
    plan = replace(SUD, hours=replace(SUD.hours, exceptions={TUESDAY: ()}))
    days = [name for name, *_ in table(report(month(waited(1), [plan]), AUBE), "Hall sud, jour par jour").rows]
    assert days[0] == "lun. 2 : sans donnée"
    assert "lun. 23" in days
    assert "mar. 24 : fermeture" in days


def test_the_hour_that_is_there_twice_is_told_once() -> None:
    plan = replace(SUD, hours=replace(SUD.hours, weekly={6: ((at("1:00").time(), at("5:00").time()),)}))
    sunday = date(2026, 10, 25)
    document = report(month(waited(1, since="2:10", day=sunday), [plan], first=OCTOBER), AUBE)
    assert [name for name, *_ in table(document, "Hall sud, par demi-heure").rows] == ["2\u202fh – 2\u202fh\u202f30"]


BAD: list[tuple[str, list[Plan], list[Event]]] = [
    ("nothing at all", [SUD, STANDARD], []),
    ("one visit", [SUD, STANDARD], waited(1)),
    ("no commitment", [replace(SUD, commitments=()), replace(STANDARD, commitments=())], [*waited(1, 2), *rang(5)]),
    ("no switchboard", [SUD], waited(1, 2)),
    ("no hall", [STANDARD], rang(5, 60)),
    (
        "nobody but callers whom the voice server told",
        [STANDARD],
        on(MONDAY, [received("X", "9:00"), informed("X", "9:01")]),
    ),
    ("only people who gave up", [SUD], on(MONDAY, [issued("A", "9:00"), abandoned("A", "9:01")])),
    ("only callers who gave up", [STANDARD], rang(5, 60, lost=True)),
    ("a queue of hostile name", [replace(SUD, name=HOSTILE)], waited(1, 2, queue=HOSTILE)),
    ("waits of no time", [SUD], waited(0, 0)),
]


@pytest.mark.parametrize(("plans", "heard"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_months_have_a_report_as_page_and_as_pdf(plans: list[Plan], heard: list[Event]) -> None:
    facts = month(heard, plans)
    document = report(facts, AUBE, facts, facts)
    assert pdf(document).startswith(b"%PDF")
    seen = Elements()
    seen.feed(html(document))
    assert "script" not in seen.names
    ids = [block.id for block in document.blocks if isinstance(block, Heading)]
    assert len(set(ids)) == len(ids)
    for one in tables(document).values():
        assert {len(cells) for cells in one.rows} <= {len(one.columns)}


class Elements(HTMLParser):
    """The names of a page's elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.names.add(tag)


def test_it_is_the_same_whoever_asks_and_in_whatever_order_events_came() -> None:
    heard = [*waited(1, 2, 3), *rang(5, 60), *waited(4, day=TUESDAY)]
    told = html(report(month(heard), AUBE))
    with speaking("en"):
        assert html(report(month(heard[::-1]), AUBE)) == told
