"""The spreadsheet shows the numbers of its sheets, in LibreOffice too, and is the same each time it is made."""

import random
import re
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from odfdo import Document

from dashboards.exports.ods import LONGEST, README, ods
from dashboards.exports.tables import Column, Sheet, Value
from tests.dashboards.exports.examples import CALLS, MONTH, WAITS
from tests.dashboards.exports.office import MISSING, SOFFICE, converted, opened

TABLE, TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "text"))
TITLE, ON = "Attentes de novembre 2026", date(2026, 12, 1)
in_libreoffice = pytest.mark.skipif(SOFFICE is None, reason=MISSING)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" \n"), min_size=1)
HOSTILE = (
    *("=1+1", "+33 3 25", "-1", "@somme", "'=1", '=HYPERLINK("http://example.org")', "<b>&amp;</b>", "]]>"),
    *(
        "  deux  espaces  ",
        "deux\n\nlignes",
        "007",
        "1-2",
        "08:30",
        "1E5",
        "1,5",
        "VRAI",
        'un "',
        "«\u00a0é\u00a0»",
        "🦉",
    ),
)


def sheet_of(*rows: Value) -> Sheet:
    columns = tuple(Column(name=name, type="string", title=name, description="") for name in ("valeur", "mot"))
    return Sheet(name="essai", title="", description="", columns=columns, key=(), rows=tuple((v, "fin") for v in rows))


def book(*sheets: Sheet) -> bytes:
    return ods(sheets, TITLE, ON)


def parts(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def read(content: bytes, name: str) -> list[list[object]]:
    """A table's values as odfdo reads them, its header first."""
    table = Document(BytesIO(content)).body.get_table(name=name)
    assert table is not None
    return [list(row) for row in table.get_values()]


def folded(paragraph: ET.Element) -> str:
    """Its text by ODF 1.3, 6.1.2: runs of white space are one space, none first or last; those that count are named."""
    marked = (paragraph.text or "") + "".join(
        "\0" * int(space.get(f"{TEXT}c", "1")) + (space.tail or "") for space in paragraph
    )
    return re.sub("^ | $", "", re.sub("[ \t\r\n]+", " ", marked)).replace("\0", " ")


def number(shown: str) -> Decimal:
    return Decimal(shown.replace(",", "."))


def as_shown(value: Value) -> object:
    """What a French spreadsheet shows for a value: its words, or its number."""
    match value:
        case None:
            return ""
        case bool():
            return "VRAI" if value else "FAUX"
        case int() | float():
            return Decimal(repr(value))
        case date():
            return value.strftime("%d/%m/%Y")
        case str():
            return value


def seen(cells: list[str], row: tuple[Value, ...]) -> list[object]:
    """Cells with numbers read as such where the sheet has a number."""
    assert len(cells) == len(row)
    return [
        number(cell) if isinstance(value, int | float) and not isinstance(value, bool) else cell
        for cell, value in zip(cells, row, strict=True)
    ]


def test_another_reader_finds_every_value_with_its_type_and_the_french_titles_above() -> None:
    header, *rows = read(book(WAITS), "attentes")
    assert header == [column.title for column in WAITS.columns]
    assert [[one.date() if isinstance(one, datetime) else one for one in row] for row in rows] == [
        [Decimal(repr(one)) if isinstance(one, float) else one for one in row] for row in WAITS.rows
    ]


def test_the_first_table_says_what_each_column_of_the_others_means() -> None:
    content = book(*MONTH.sheets)
    assert [table.name for table in Document(BytesIO(content)).body.tables] == [README, "attentes", "appels"]
    rows = read(content, README)
    assert rows[0] == ["Feuille", "Colonne", "Titre", "Définition", "Unité"]
    assert rows[1][2] == TITLE
    assert str(rows[1][3]).startswith("Établi au 01/12/2026.")
    assert ["attentes", None, "Attentes par file et demi-heure", WAITS.description, None] in rows
    assert ["attentes", "mediane_s", "Attente médiane", "En secondes.", "s"] in rows
    assert len(rows) == 2 + (1 + len(WAITS.columns)) + (1 + len(CALLS.columns))


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert book(*MONTH.sheets) == book(*MONTH.sheets)


def test_the_file_knows_no_time_but_its_day_and_no_person_or_machine() -> None:
    with ZipFile(BytesIO(book(*MONTH.sheets))) as file:
        assert {(entry.date_time, entry.create_system) for entry in file.infolist()} == {((2026, 12, 1, 0, 0, 0), 3)}
        meta = ET.fromstring(file.read("meta.xml"))
    told = {element.tag.rpartition("}")[2]: element.text for element in meta[0]}
    assert told == {
        "generator": "vigie",
        "title": TITLE,
        "language": "fr-FR",
        "creation-date": "2026-12-01T00:00:00",
        "date": "2026-12-01T00:00:00",
    }


def test_the_package_is_laid_out_as_opendocument_asks() -> None:
    content = book(*MONTH.sheets)
    with ZipFile(BytesIO(content)) as file:
        first = file.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", ZIP_STORED, b"")
        listed = set(re.findall(r'full-path="([^"]+)"', file.read("META-INF/manifest.xml").decode()))
        assert listed == set(file.namelist()) - {"mimetype", "META-INF/manifest.xml"} | {"/"}
    # a program that asks only for the first bytes knows the format
    assert content[30:84] == b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(list(HOSTILE))
@example([" ", "  a ", "a  b", "\n", "a\n\nb", "&", "<", "]]>"])
def test_any_text_comes_back_from_the_spreadsheet(texts: list[str]) -> None:
    _, *rows = read(book(sheet_of(*texts)), "essai")
    assert rows == [[text, "fin"] for text in texts]


@given(TEXTS)
@example("a  b")
@example("a ")
@example(" a")
def test_spaces_survive_a_reader_that_folds_them_as_opendocument_says(text: str) -> None:
    body = ET.fromstring(parts(book(sheet_of(text)))["content.xml"])
    cell = body.findall(f".//{TABLE}table")[1].findall(f"{TABLE}table-row/{TABLE}table-cell")[0]
    assert "\n".join(folded(paragraph) for paragraph in cell) == text


def test_a_tab_is_a_space_and_each_kind_of_line_end_a_new_line() -> None:
    _, *rows = read(book(sheet_of("a\tb", "a\r\nb\rc\nd")), "essai")
    assert rows == [["a b", "fin"], ["a\nb\nc\nd", "fin"]]


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("\x00\x01\x1f\ufffe\uffff")
def test_what_xml_cannot_say_is_marked_as_lost_and_breaks_nothing(text: str) -> None:
    said = "".join(ET.fromstring(parts(book(sheet_of(text)))["content.xml"]).itertext())
    lost = re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ufffe\uffff]", text)
    assert said.count("\ufffd") == len(lost)


def test_text_that_looks_like_a_formula_is_text() -> None:
    content = parts(book(sheet_of("=1+1")))["content.xml"]
    assert b"formula" not in content
    assert b'office:value-type="string"><text:p>=1+1</text:p>' in content


def test_a_sheet_that_a_spreadsheet_would_cut_off_is_refused() -> None:
    columns = (Column(name="n", type="integer", title="n", description=""),)
    long = Sheet(name="long", title="", description="", columns=columns, key=(), rows=((1,),) * LONGEST)
    with pytest.raises(ValueError, match="long: 1048576 rows"):
        book(long)


@pytest.mark.servers
@in_libreoffice
def test_libreoffice_shows_every_cell_of_every_sheet(tmp_path: Path) -> None:
    tables = opened(book(*MONTH.sheets), tmp_path, shown=True)
    assert tables.keys() == {README, "attentes", "appels"}
    for sheet in MONTH.sheets:
        header, *rows = tables[sheet.name]
        assert header == [column.title for column in sheet.columns]
        assert [seen(cells, row) for cells, row in zip(rows, sheet.rows, strict=True)] == [
            [as_shown(value) for value in row] for row in sheet.rows
        ]


@pytest.mark.servers
@in_libreoffice
@pytest.mark.parametrize("shown", [True, False], ids=["shown", "kept"])
def test_libreoffice_has_the_same_numbers_whatever_their_size(tmp_path: Path, shown: bool) -> None:
    chance = random.Random(7)
    # as the month's figures are rounded: shares, seconds, counts
    numbers = [0, -0.0, 0.0001, 1.0, 99_999_999, -3600.5]
    numbers += [round(chance.random(), 4) for _ in range(500)]
    numbers += [round(chance.uniform(-40_000, 40_000), 2) for _ in range(500)]
    numbers += [chance.randrange(10_000_000) for _ in range(500)]
    _, *rows = opened(book(sheet_of(*numbers)), tmp_path, shown=shown)["essai"]
    assert [number(cell) for cell, _ in rows] == [Decimal(repr(one)) for one in numbers]


@pytest.mark.servers
@in_libreoffice
def test_libreoffice_takes_no_text_for_a_formula_a_number_or_a_date(tmp_path: Path) -> None:
    _, *rows = opened(book(sheet_of(*HOSTILE)), tmp_path, shown=False)["essai"]
    assert [cell for cell, _ in rows] == list(HOSTILE)


@pytest.mark.servers
@in_libreoffice
def test_libreoffice_repeats_the_titles_on_every_printed_page(tmp_path: Path) -> None:
    book_part = parts(converted(book(*MONTH.sheets), tmp_path, "xlsx"))["xl/workbook.xml"].decode()
    assert set(re.findall(r"Print_Titles[^>]*>([^<]*)<", book_part)) == {
        "&apos;Lisez-moi&apos;!$1:$1",
        "attentes!$1:$1",
        "appels!$1:$1",
    }
