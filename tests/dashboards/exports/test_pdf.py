"""A document as a PDF: tagged, with what is in it, in its order, the same bytes wherever it is made."""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from msgspec import Struct
from msgspec.structs import replace

from dashboards.exports.document import Block, Heading, Layout, Paragraph
from dashboards.exports.pdf import Unprintable, pdf
from tests.dashboards.exports import sample
from tests.dashboards.exports.sample import CHART, EMPTY, FIGURES, HOSTILE, TERMS, document, table

ROOT = Path(__file__).parents[3]
EVERYTHING: tuple[Block, ...] = (
    FIGURES,
    Heading(text="Attentes", id="attentes"),
    Paragraph(text="Cible à confirmer.", strong=True),
    Heading(text="Par file", id="files", level=3),
    table(60, 5),
    CHART,
    TERMS,
    EMPTY,
)
reads = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="Debian's poppler-utils is not installed")
LAYOUTS: tuple[Layout, ...] = ("report", "sheet", "indicators")


class Tag(Struct):
    """Of the structure: `kind` as "H1"; `parts` are all below it, in reading order."""

    kind: str
    alt: str
    parts: list["Tag"]

    def count(self, kind: str) -> int:
        return sum(part.kind == kind for part in self.parts)


def opened(made: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(made))


def tagged(made: bytes) -> list[Tag]:
    """The whole structure, in reading order."""
    with opened(made) as found:
        return _below(found.Root.StructTreeRoot.K)


def _below(node: pikepdf.Object) -> list[Tag]:
    if isinstance(node, pikepdf.Array):
        return [tag for one in node for tag in _below(one)]
    if not isinstance(node, pikepdf.Dictionary) or "/S" not in node:
        return []
    parts = _below(node.K) if "/K" in node else []
    return [Tag(str(node.S).removeprefix("/"), str(node.get("/Alt", "")), parts), *parts]


def pages(made: bytes) -> list[str]:
    """What a reader reads on each page, by poppler."""
    found = subprocess.run(["pdftotext", "-raw", "-", "-"], input=made, capture_output=True, check=True).stdout.decode()
    return found.split("\f")[:-1]


def words(made: bytes) -> str:
    """Of all pages; lines as they were broken are one."""
    return re.sub("[ \n]+", " ", "\n".join(pages(made)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_document_is_tagged_and_says_what_it_is(layout: Layout) -> None:
    made = pdf(document(*EVERYTHING, layout=layout))
    found = opened(made)
    assert found.Root.MarkInfo.Marked
    assert str(found.Root.Lang).startswith("fr")
    assert found.Root.ViewerPreferences.DisplayDocTitle
    assert found.docinfo["/Title"] == "Rapport du mois"
    assert found.docinfo["/Author"] == "Préfecture de l’Aube"
    assert found.docinfo["/CreationDate"] == "D:20261201000000Z"
    with found.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Rapport du mois"
    assert {tuple(round(float(side)) for side in page.mediabox) for page in found.pages} == {(0, 0, 595, 842)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_picture_has_words_and_every_table_its_headers(layout: Layout) -> None:
    found = tagged(pdf(document(*EVERYTHING, layout=layout)))
    assert [one.alt for one in found if one.kind == "Figure"] == [CHART.alt]
    tables = [one for one in found if one.kind == "Table"]
    # the table behind a drawing is left to the page where there is one sheet of paper
    assert len(tables) == (2 if layout == "sheet" else 3)
    assert [one.count("TH") for one in tables] == ([5, 2] if layout == "sheet" else [5, 3, 2])
    assert [one.count("Caption") for one in tables] == [1] * len(tables)


def test_headings_are_those_of_the_document_below_its_title() -> None:
    found = [one.kind for one in tagged(pdf(document(*EVERYTHING))) if one.kind.startswith("H")]
    assert found == ["H1", "H2", "H2", "H3"]  # the title, the contents, and its own


@reads
def test_what_is_told_is_read_in_its_order() -> None:
    read = words(pdf(document(*EVERYTHING, footer="Source : le journal")))
    told = ["Rapport du mois", "Sommaire", "Cible à confirmer.", "Attentes par file",
            "Affluence", "Affluence en nombres", "P90", "Fermetures exceptionnelles", "Aucune donnée."]  # fmt: skip
    places = [read.find(one) for one in told]
    assert -1 not in places
    assert places[:-4] == sorted(places[:-4])
    assert "Source : le journal" in read


@reads
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_only_words(hostile: str) -> None:
    told = Paragraph(text=f"avant {hostile} après")
    read = words(pdf(document(told, table(1, caption=hostile), title=hostile, footer=hostile)))
    if hostile.isascii():
        assert f"avant {hostile.replace(chr(10), ' ')} après" in read
    assert read.count("avant") == 1


@reads
def test_arabic_is_drawn_and_what_no_font_has_is_marked() -> None:
    every_plane = "".join(map(chr, range(0x4E00, 0x4E80)))
    read = words(pdf(document(Paragraph(text=f"a 😀 b 👨\u200d👩\u200d👧 c {every_plane} d العربية e\0f"))))
    assert "a \ufffd b" in read
    assert "e\ufffdf" in read
    assert any("\u0600" <= letter <= "\u06ff" or "\ufe70" <= letter <= "\ufeff" for letter in read)
    assert not any(letter in read for letter in every_plane)


@pytest.mark.parametrize("drawn", ["Séjour 😀", "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈"])
def test_what_no_font_has_in_a_drawing_does_not_end_it(drawn: str) -> None:
    told = replace(CHART, svg=CHART.svg.replace("</svg>", f'<text x="9" y="90">{drawn}</text></svg>'))
    assert [one.alt for one in tagged(pdf(document(told))) if one.kind == "Figure"] == [CHART.alt]


def test_what_cannot_be_printed_is_said_with_its_reason() -> None:
    with pytest.raises(Unprintable, match=r"Rapport du mois.*SVG"):
        pdf(document(replace(CHART, svg="<svg")))


@reads
def test_headers_of_a_long_table_stand_on_each_of_its_pages_and_pages_are_numbered() -> None:
    found = pages(pdf(document(table(150, 5), title="Rapport")))
    assert len(found) > 2
    for number, page in enumerate(found, 1):
        assert "File d’attente" in page
        assert f"{number}/{len(found)}" in page.split("\n")
    assert ["Rapport" in page for page in found] == [True] * len(found)


@reads
def test_each_indicator_has_its_page() -> None:
    blocks = [
        block for n in range(4) for block in (Heading(text=f"Indicateur {n}", id=f"i{n}"), Paragraph(text="Formule"))
    ]
    found = pages(pdf(document(*blocks, layout="indicators")))
    assert [page.count("Formule") for page in found] == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("halls", [1, 2, 4])
def test_a_sheet_is_one_page(halls: int) -> None:
    blocks = [block for n in range(halls) for block in (Heading(text=f"Hall {n}", id=f"h{n}"), FIGURES, CHART)]
    for told in (sample.sheet(halls), document(*blocks, TERMS, layout="sheet")):
        assert len(opened(pdf(told)).pages) == 1


def test_a_wide_table_turns_its_page() -> None:
    found = opened(
        pdf(document(Heading(text="A", id="a"), Paragraph(text="A"), Heading(text="B", id="b"), table(9, 20)))
    )
    assert [page.mediabox[2] > page.mediabox[3] for page in found.pages] == [False, True]


def test_it_is_the_same_in_another_time_zone_and_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from dashboards.exports.pdf import pdf; from tests.dashboards.exports.test_pdf import EVERYTHING;"
        "from tests.dashboards.exports.sample import document; sys.stdout.buffer.write(pdf(document(*EVERYTHING)))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1", "HOME": str(tmp_path)},
            capture_output=True,
            check=True,
        ).stdout
        for zone, folder in (("Pacific/Kiritimati", tmp_path), ("Pacific/Pago_Pago", "/"))
    ]
    assert made == [pdf(document(*EVERYTHING))] * 2


@reads
@pytest.mark.parametrize("columns", [2, 6, 14, 30])
def test_no_word_leaves_its_page_however_long_it_is(columns: int) -> None:
    told = replace(table(3, columns), rows=(("x" * 200, *("1\u202f234\u202fmin",) * (columns - 1)),))
    made = pdf(
        document(Heading(text="H" * 99, id="h"), Paragraph(text="p" * 500), told, title="T" * 99, footer="f" * 300)
    )
    read = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=made, capture_output=True, check=True).stdout.decode()
    for page in read.split("<page ")[1:]:
        (wide,) = re.findall(r'^width="([\d.]+)', page)
        places = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', page)
        assert all(40 <= float(left) <= float(right) <= float(wide) - 40 for left, right in places)


def test_pages_are_as_readers_aloud_need_them() -> None:
    """Some of the checks that PDF/UA leaves to a machine, for links, fonts and order."""
    with opened(pdf(document(*EVERYTHING))) as found:
        links = [link for page in found.pages for link in page.get("/Annots", [])]
        assert len(links) == 2
        assert all("/StructParent" in link and str(link.Contents) for link in links)
        assert {str(page.Tabs) for page in found.pages} == {"/S"}
        assert all("/StructParents" in page for page in found.pages)
        fonts = [font for page in found.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("/ToUnicode" in font for font in fonts)
        assert all("/FontFile3" in font.DescendantFonts[0].FontDescriptor for font in fonts)
        assert {str(font.BaseFont)[8:].split("-")[0] for font in fonts} == {"LibertinusSerif"}


def test_the_outline_leads_to_every_heading() -> None:
    with opened(pdf(document(*EVERYTHING))) as found, found.open_outline() as outline:
        (title,) = outline.root
        assert title.title == "Rapport du mois"
        assert [(one.title, [part.title for part in one.children]) for one in title.children] == [
            ("Attentes", ["Par file"])
        ]
