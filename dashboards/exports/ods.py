"""Sheets as one OpenDocument spreadsheet, for office use: typed cells, French titles, and what each column means."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import assert_never
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from dashboards.exports.csv_files import day, decimal
from dashboards.exports.ods_parts import CONTENT, CONTENT_END, MANIFEST, META, MIMETYPE, SETTINGS, STYLES, VIEW
from dashboards.exports.tables import Column, Sheet, Value

README = "Lisez-moi"
LONGEST = 1 << 20
"""Rows that a spreadsheet opens, its header among them."""
SEEN, ROWS_A_TIME = 1_000, 500
NARROWEST, WIDEST = 8, 60
"""Letters of a column."""
LETTER_CM, MARGIN_CM = 0.2, 0.4
NOT_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say, however it is written."""
SPACES = re.compile(" {2,}|^ | $")
PLAIN = re.compile(r"(?! )[^\t\n\r&<>]*(?<! )")


def ods(sheets: Sequence[Sheet], title: str, on: date) -> bytes:
    """A table for each sheet, by its name, after one that says what the columns hold.

    The same sheets give the same bytes; compressed by another zlib they may differ, never the parts that they unpack
    to. Durations stay numbers of seconds. Text is typed as text, so that none is taken for a formula.
    """
    tables = (_readme(sheets, title, on), *sheets)
    for sheet in tables:
        if len(sheet.rows) >= LONGEST:
            raise ValueError(f"{sheet.name}: {len(sheet.rows)} rows, but a spreadsheet opens at most {LONGEST - 1}")
    views = "".join(VIEW.format(name=quoteattr(sheet.name)) for sheet in tables)
    file = BytesIO()
    with ZipFile(file, "w") as to:
        # readers know the format by this part, at the very beginning and not compressed
        to.writestr(_entry("mimetype", on, ZIP_STORED), MIMETYPE)
        with to.open(_entry("content.xml", on), "w") as part:
            for text in _content(tables):
                part.write(text.encode())
        to.writestr(_entry("styles.xml", on), STYLES)
        to.writestr(_entry("meta.xml", on), META.format(title=escape(_sayable(title)), on=on.isoformat()))
        to.writestr(_entry("settings.xml", on), SETTINGS.format(views=views))
        to.writestr(_entry("META-INF/manifest.xml", on), MANIFEST)
    return file.getvalue()


def _entry(name: str, on: date, compression: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = compression, 3, 0o644 << 16
    return entry


def _readme(sheets: Sequence[Sheet], title: str, on: date) -> Sheet:
    names = ("Feuille", "Colonne", "Titre", "Définition", "Unité")
    conventions = (
        f"Établi au {day(on)}. Une case vide : il n'y a pas de valeur. Les durées sont en "
        "secondes, les parts vont de 0 à 1."
    )
    rows: list[tuple[Value, ...]] = [(None, None, title, conventions, None)]
    for sheet in sheets:
        rows.append((sheet.name, None, sheet.title, sheet.description, None))
        rows += [(sheet.name, one.name, one.title, one.description, one.unit or None) for one in sheet.columns]
    columns = tuple(Column(name=name, type="string", title=name, description="") for name in names)
    return Sheet(name=README, title=README, description="", columns=columns, key=(), rows=tuple(rows))


def _content(tables: Sequence[Sheet]) -> Iterator[str]:
    widths = [[_width(sheet, at) for at in range(len(sheet.columns))] for sheet in tables]
    yield CONTENT.format(columns="".join(map(_width_style, sorted({one for row in widths for one in row}))))
    for sheet, width in zip(tables, widths, strict=True):
        yield f'<table:table table:name={quoteattr(sheet.name)} table:style-name="table">'
        for letters in width:
            yield f'<table:table-column table:style-name="w{letters}"/>'
        titles = "".join(_cell(column.title, "title") for column in sheet.columns)
        yield f"<table:table-header-rows><table:table-row>{titles}</table:table-row></table:table-header-rows>"
        rows = iter(sheet.rows)
        while some := list(islice(rows, ROWS_A_TIME)):
            yield "".join(_row(sheet, row) for row in some)
        yield "</table:table>"
    yield CONTENT_END


def _width(sheet: Sheet, at: int) -> int:
    """Letters: the longest value of the first rows, and the longest word of the title, which may break."""
    title = max(map(len, sheet.columns[at].title.split()), default=0)
    values = max((len(str(row[at])) for row in sheet.rows[:SEEN]), default=0)
    return min(max(title + 1, values, NARROWEST), WIDEST)


def _width_style(letters: int) -> str:
    width = f"{letters * LETTER_CM + MARGIN_CM:.2f}cm"
    return (
        f'<style:style style:name="w{letters}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width}"/></style:style>'
    )


def _row(sheet: Sheet, row: tuple[Value, ...]) -> str:
    if len(row) != len(sheet.columns):
        raise ValueError(f"{sheet.name}: {len(row)} values in a row, expected {len(sheet.columns)}: {row}")
    return f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>"


def _cell(value: Value, style: str = "text") -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case str():
            return _typed(style, "string", "", _text(value))
        case bool():
            said, shown = ("true", "VRAI") if value else ("false", "FAUX")
            return _typed("boolean", "boolean", f' office:boolean-value="{said}"', f"<text:p>{shown}</text:p>")
        case int() | float():
            said = decimal(value)
            shown = said.replace(".", ",")
            return _typed("number", "float", f' office:value="{said}"', f"<text:p>{shown}</text:p>")
        case date():
            said = value.isoformat()
            return _typed("date", "date", f' office:date-value="{said}"', f"<text:p>{day(value)}</text:p>")
        case _:
            assert_never(value)


def _typed(style: str, kind: str, value: str, shown: str) -> str:
    return f'<table:table-cell table:style-name="{style}" office:value-type="{kind}"{value}>{shown}</table:table-cell>'


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    """A paragraph for each line; spaces that readers would fold are named.

    A tab is a space: LibreOffice leaves tabs of a cell out, and would join the words on both sides.
    """
    if PLAIN.fullmatch(text) and "  " not in text and not NOT_OF_XML.search(text):
        return f"<text:p>{text}</text:p>"
    lines = re.split("\r\n|\r|\n", escape(_sayable(text).replace("\t", " ")))
    return "".join(f"<text:p>{SPACES.sub(_spaces, line)}</text:p>" for line in lines)


def _spaces(found: re.Match[str]) -> str:
    return f'<text:s text:c="{len(found.group())}"/>'


def _sayable(text: str) -> str:
    return NOT_OF_XML.sub("\ufffd", text)
