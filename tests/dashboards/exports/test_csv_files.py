"""The text files: open data as RFC 4180 has it, and a twin that French spreadsheets open by a double click."""

import re
from datetime import date
from decimal import Decimal
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboards.exports.csv_files import csv, decimal, french_csv
from dashboards.exports.tables import Column, Sheet, Value
from tests.dashboards.exports.examples import CALLS, WAITS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str, separator: str) -> list[list[str]]:
    """RFC 4180 by its grammar: quoted fields with doubled quotes, or fields without quotes; records end by CRLF."""
    field = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{separator}\r\n]*))({separator}|\r\n)')
    records: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        found = field.match(text, at)
        assert found, f"no field at {text[at : at + 20]!r}"
        quoted, bare, end = found.groups()
        records[-1].append(bare if quoted is None else quoted.replace('""', '"'))
        if end == "\r\n":
            records.append([])
        at = found.end()
    assert records.pop() == [], "the last record has its line end too"
    return records


def french(cell: str) -> str:
    """Text of a French file as it was: one apostrophe less where it kept a spreadsheet from computing."""
    return cell[1:] if re.match("'+[=+\\-@\t\r\n]", cell) else cell


def sheet_of(*rows: Value) -> Sheet:
    """Rows of a value and a word, so that no line is empty."""
    columns = tuple(Column(name=name, type="string", title=name, description="") for name in ("valeur", "mot"))
    return Sheet(name="essai", title="", description="", columns=columns, key=(), rows=tuple((v, "fin") for v in rows))


def test_the_open_data_file_says_each_value_as_the_specification_does() -> None:
    assert csv(WAITS).decode("utf-8") == (
        "jour,file,heure,tickets,part_15_min,mediane_s,ecart_s,complet,cible\r\n"
        '2026-11-02,"Séjour, asile",08:30,41,0.8537,312,-4.5,true,manquée\r\n'
        '2026-11-02,"Accueil ""général""",09:00,0,,,,false,\r\n'
        "2026-11-30,=2+3,16:30,12345,1,0.00001,0,true,atteinte\r\n"
        '2026-11-30,"Retrait; dépôt\nsur rendez-vous",17:00,7,0,1800.25,1234567.5,,à confirmer\r\n'
    )


def test_the_french_file_has_titles_decimal_commas_and_dates_as_they_are_written_in_france() -> None:
    assert french_csv(WAITS) == (
        "\ufeffJour;File d'attente;Demi-heure;Tickets pris;Part appelée en 15 min;Attente médiane;"
        "Écart au mois précédent;Mesure complète;Cible\r\n"
        "02/11/2026;Séjour, asile;08:30;41;0,8537;312;-4,5;vrai;manquée\r\n"
        '02/11/2026;"Accueil ""général""";09:00;0;;;;faux;\r\n'
        "30/11/2026;'=2+3;16:30;12345;1;0,00001;0;vrai;atteinte\r\n"
        '30/11/2026;"Retrait; dépôt\nsur rendez-vous";17:00;7;0;1800,25;1234567,5;;à confirmer\r\n'
    ).encode("utf-8")


def test_a_sheet_without_rows_still_names_its_columns() -> None:
    empty = Sheet(name="vide", title="", description="", columns=CALLS.columns, key=("jour",), rows=())
    assert csv(empty) == b"jour,recus\r\n"
    assert french_csv(empty).decode("utf-8-sig") == "Jour;Appels reçus\r\n"


@given(st.lists(TEXTS, min_size=1))
@example(['"', '""', ",", ";", "\r", "\n", "\r\n", " ", "\ufeff", "'", "\x00", "a,b;c"])
def test_any_text_comes_back_from_the_open_data_file(texts: list[str]) -> None:
    written = csv(sheet_of(*texts)).decode("utf-8")
    assert read(written, ",") == [["valeur", "mot"], *([text, "fin"] for text in texts)]


@given(st.lists(TEXTS, min_size=1))
@example(["=1+1", "'=1+1", "''-", "'s-Hertogenbosch", "+", "-", "@sum", "\t=1", "\r=1", "\n=1", ";", '"'])
def test_any_text_comes_back_from_the_french_file(texts: list[str]) -> None:
    records = read(french_csv(sheet_of(*texts)).decode("utf-8-sig"), ";")
    assert [[french(cell), word] for cell, word in records] == [["valeur", "mot"], *([text, "fin"] for text in texts)]


@given(TEXTS, st.sampled_from("=+-@\t\r\n"))
def test_no_text_of_a_french_file_begins_like_a_formula(text: str, beginning: str) -> None:
    (_, (cell, _)) = read(french_csv(sheet_of(beginning + text)).decode("utf-8-sig"), ";")
    assert cell == "'" + beginning + text


@given(FINITE)
@example(-0.0)
@example(1e-7)
@example(1e22)
def test_a_number_is_short_and_exact_without_exponent_or_signed_zero(number: float) -> None:
    written = decimal(number)
    assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", written)
    assert float(written) == number
    assert written != "-0"
    digits = len(Decimal(written).normalize().as_tuple().digits)
    assert all(float(f"{number:.{fewer}e}") != number for fewer in range(digits - 1)), "fewer digits would not do"


@given(FINITE)
def test_a_french_number_is_the_same_with_a_comma(number: float) -> None:
    (_, (cell, _)) = read(french_csv(sheet_of(number)).decode("utf-8-sig"), ";")
    assert "." not in cell
    assert float(cell.replace(",", ".")) == number


@given(st.dates())
def test_a_date_has_four_digits_of_year_in_both_files(day: date) -> None:
    (_, (iso, _)) = read(csv(sheet_of(day)).decode(), ",")
    (_, (dotted, _)) = read(french_csv(sheet_of(day)).decode("utf-8-sig"), ";")
    year, month, of_month = iso.split("-")
    assert (int(year), int(month), int(of_month)) == (day.year, day.month, day.day)
    assert dotted == f"{of_month}/{month}/{year}"
    assert len(year) == 4


def test_a_number_computed_by_numpy_is_written_like_any_other() -> None:
    assert decimal(np.float64(0.25)) == "0.25"
    assert decimal(np.float64(3)) == "3"


def test_what_is_no_value_of_a_sheet_is_refused_rather_than_left_blank() -> None:
    count: Any = np.int64(3)
    for made in (csv, french_csv):
        with pytest.raises(AssertionError):
            made(sheet_of(count))


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_what_is_no_number_is_refused_and_never_written(number: float) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        csv(sheet_of(number))


def test_a_row_that_lacks_a_value_is_refused() -> None:
    short = Sheet(
        name="court", title="", description="", columns=CALLS.columns, key=("jour",), rows=((date(2026, 11, 2),),)
    )
    with pytest.raises(ValueError, match="court: 1 values in a row, expected 2"):
        csv(short)
