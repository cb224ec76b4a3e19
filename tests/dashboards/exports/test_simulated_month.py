"""A month of simulated days: what adds up in its files, and that all its documents are made."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from msgspec.structs import replace

from dashboards.exports.document import Document, Heading
from dashboards.exports.html import html
from dashboards.exports.indicators import indicators
from dashboards.exports.machine import package
from dashboards.exports.pdf import pdf
from dashboards.exports.report import report
from dashboards.exports.sheet import sheet
from deploy.demo.day import simulated_day
from tests.build import HOURS, PARIS, STANDARD, SUD
from tests.dashboards.exports.facts import AUBE, month
from ticketing.month import Month
from ticketing.plan import Queue

FIRST = date(2026, 10, 1)
PLANS = (
    replace(SUD, queues=tuple(Queue(id=name, name=name) for name in ("sejour", "asile", "remise", "pan"))),
    replace(SUD, area="nord", name="Hall nord", queues=(Queue(id="accueil", name="Accueil"),)),
    STANDARD,
)


@pytest.fixture(scope="module")
def october() -> Month:
    """Five of its days, with the one on which clocks are set back between them."""
    days = [date(2026, 10, 22) + timedelta(days=n) for n in range(7)]
    heard = [one.event for day in days if HOURS.spans(day) for one in simulated_day(day, 1, PARIS)]
    return month(heard, PLANS, first=FIRST)


def rows(of: Month, name: str, fewest: int) -> list[dict[str, Any]]:
    found = next(one for one in package(of, AUBE, fewest).sheets if one.name == name)
    return [dict(zip((column.name for column in found.columns), row, strict=True)) for row in found.rows]


COUNTS = {
    "attentes": (
        "tickets",
        "juges",
        "dans_le_delai",
        "attentes",
        "appeles",
        "servis",
        "absents",
        "abandons",
        "reorientes",
    ),
    "appels": ("presentes", "decroches", "perdus", "juges", "dans_le_delai", "partis_dans_le_delai", "attentes"),
}


@pytest.mark.parametrize("kind", ["attentes", "appels"])
def test_days_half_hours_and_queues_add_up_to_the_month(october: Month, kind: str) -> None:
    whole = rows(october, f"{kind}-mois", 0)
    assert len(whole) >= 2
    for part in "jours", "demi-heures":
        for one in whole:
            own = [
                row
                for row in rows(october, f"{kind}-{part}", 0)
                if (row["zone"], row["file"]) == (one["zone"], one["file"])
            ]
            assert {name: sum(row[name] for row in own) for name in COUNTS[kind]} == {
                name: one[name] for name in COUNTS[kind]
            }
    for area in {row["zone"] for row in whole}:
        hall, *queues = [row for row in whole if row["zone"] == area]
        assert {name: sum(row[name] for row in queues) for name in COUNTS[kind]} == {
            name: hall[name] for name in COUNTS[kind]
        }


def test_in_public_no_row_of_few_people_has_a_figure(october: Month) -> None:
    for name in "attentes-jours", "attentes-demi-heures", "appels-demi-heures":
        told, every = rows(october, name, 40), rows(october, name, 0)
        size = "tickets" if name.startswith("attentes") else "presentes"
        assert any(row["secret"] for row in told)
        assert not all(row["secret"] for row in told)
        for public, own in zip(told, every, strict=True):
            assert public["secret"] or not 0 < own[size] < 40
            assert not public["secret"] or public[size] is None


def test_all_documents_are_made_and_the_sheet_has_one_page(october: Month) -> None:
    made: dict[str, Document] = {
        "report": report(october, AUBE, october, october),
        "sheet": sheet(october, AUBE, october),
        "indicators": indicators(october, AUBE),
    }
    pages = {}
    for name, document in made.items():
        assert "conforme" not in html(document).lower()
        with pikepdf.open(BytesIO(pdf(document))) as told:
            pages[name] = len(told.pages)
    assert pages["sheet"] == 1
    assert pages["indicators"] == 11
    assert 10 < pages["report"] < 60


def test_a_colon_or_a_quotation_mark_never_begins_a_line(october: Month) -> None:
    for block in report(october, AUBE).blocks:
        if isinstance(block, Heading):
            assert " :" not in block.text
    assert "« " not in html(sheet(october, AUBE))
