"""A document as a page: what is in it, told in order, and nothing that its words could do."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from dashboards.exports.document import Chart, Heading, Paragraph
from dashboards.exports.html import STYLE_SOURCE, html
from tests.dashboards.exports.sample import CHART, EMPTY, FIGURES, HOSTILE, TERMS, document, table

HOSTILE_TABLE = table(1)


def tree(page: str) -> ET.Element:
    """Our pages are written so that they are XML too, but for the tags that HTML leaves open."""
    return ET.fromstring(
        re.sub(r"<(meta[^>]*)>", r"<\1/>", page.removeprefix("<!DOCTYPE html>\n")).replace('tabindex="-1"', "")
    )


def test_the_same_document_is_the_same_page() -> None:
    told = document(FIGURES, Heading(text="A", id="a"), table(), CHART, TERMS)
    assert html(told) == html(told)


def test_a_page_stands_alone() -> None:
    page = html(document(FIGURES, CHART, table()))
    assert not re.search(r"<script|<link|@import|url\(|\bsrc=|\bon[a-z]+=", page)
    assert re.findall(r'href="([^"]*)"', page) == ["#contenu"]


def test_hostile_words_come_out_as_words() -> None:
    page = html(document(*(Paragraph(text=one) for one in HOSTILE), title=HOSTILE[3], footer=HOSTILE[3]))
    assert [element.text for element in tree(page).iter("p")][2:-1] == list(HOSTILE)
    assert page.count("&lt;script&gt;") == 4  # as title of the page, as heading, as paragraph, as footer


def test_hostile_words_of_tables_charts_and_figures_come_out_as_words() -> None:
    for hostile in HOSTILE:
        told = replace(table(1), caption=hostile, rows=((hostile, hostile),))
        page = tree(html(document(told, Chart(svg=CHART.svg, alt=hostile, caption=hostile, table=told))))
        assert [one.text for one in page.iter("td")] == [hostile] * 2
        assert [one.text for one in page.iter("caption")] == [hostile] * 2
        assert [one.text for one in page.iter() if one.tag.endswith(("}title", "}desc"))] == [hostile] * 2


def test_what_no_page_may_hold_is_marked() -> None:
    assert "<p>a\ufffdb\ufffdc\ufffd</p>" in html(document(Paragraph(text="a\0b\x1bc\ud800")))


def test_a_page_is_in_french_with_one_title_and_the_landmarks() -> None:
    page = tree(html(document(Heading(text="Attentes", id="attentes"), footer="Source")))
    assert page.get("lang") == "fr"
    assert [one.text for one in page.iter("h1")] == ["Rapport du mois"]
    assert [len(list(page.iter(mark))) for mark in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert next(page.iter("time")).attrib == {"datetime": "2026-12-01"}
    assert next(page.iter("time")).text == "1er décembre 2026"


def test_contents_lead_to_each_heading_of_a_report_and_a_sheet_has_none() -> None:
    blocks = (Heading(text="A", id="a"), Heading(text="A1", id="a1", level=3), Heading(text="B", id="b"))
    page = tree(html(document(*blocks)))
    nav = next(page.iter("nav"))
    assert [(one.get("href"), one.text) for one in nav.iter("a")] == [("#a", "A"), ("#a1", "A1"), ("#b", "B")]
    assert {one.get("id") for one in page.iter()} >= {"a", "a1", "b"}
    assert not list(tree(html(document(*blocks, layout="sheet"))).iter("nav"))


def test_a_table_has_its_caption_and_its_headers() -> None:
    page = tree(html(document(table(2, 3))))
    assert [one.text for one in page.iter("caption")] == ["Attentes par file"]
    assert [one.get("scope") for one in page.iter("th")] == ["col", "col", "col", "row", "row"]
    assert [one.get("class") for one in page.iter("td")] == ["n"] * 4
    region = next(one for one in page.iter("div") if one.get("role") == "region")
    assert (region.get("tabindex"), region.get("aria-label")) == ("0", "Tableau 1\u202f: Attentes par file")


def test_a_table_without_rows_says_so_over_all_its_columns() -> None:
    (cell,) = tree(html(document(EMPTY))).iter("td")
    assert (cell.text, cell.get("colspan")) == ("Aucune donnée.", "2")


def test_a_chart_is_a_picture_with_a_title_and_what_it_says_and_its_table_below() -> None:
    page = html(document(CHART, CHART))
    assert page.count(' role="img"') == 2
    assert page.count("<desc") == 2
    names = re.findall(r' id="([^"]*)"', page)
    assert len(names) == len(set(names))
    assert page.index("<details>") < page.index("Affluence en nombres") < page.index("</details>")


def test_narrow_spaces_are_kept() -> None:
    assert "87\u202f%" in unescape(html(document(FIGURES)))


def test_the_style_can_be_let_in_by_its_hash() -> None:
    (style,) = re.findall("<style>(.*?)</style>", html(document()), re.DOTALL)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" == STYLE_SOURCE
