"""A sheet as text: the open-data file, and its twin for French spreadsheets."""

import re
from collections.abc import Callable, Iterator
from csv import writer
from datetime import date
from decimal import Decimal
from io import StringIO
from math import isfinite
from typing import assert_never

from dashboards.exports.tables import Sheet, Value

LINE_END = "\r\n"
"""As RFC 4180 has it, and as the CSV dialect of a data package takes it where nothing is said."""
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
"""How text begins that spreadsheets may take for a formula, or that we may have marked as text already."""


def csv(sheet: Sheet) -> bytes:
    """Comma, UTF-8 without byte order mark, column names, decimal point, ISO 8601 dates, nothing for no value.

    Text stands as it is: a program that joins two files by the name of a queue must find the same name in both. Empty
    text cannot be told from no value, and means that.
    """
    return _written(sheet, [column.name for column in sheet.columns], ",", _plain).encode()


def french_csv(sheet: Sheet) -> bytes:
    """Semicolon, UTF-8 with the byte order mark that Excel asks for, French titles, decimal comma, dates JJ/MM/AAAA.

    Durations stay numbers of seconds. Names of queues may come from devices: text that begins like a formula has an
    apostrophe before it, and whoever takes one from before such a beginning has the text again.
    """
    return _written(sheet, [column.title for column in sheet.columns], ";", _french).encode("utf-8-sig")


def decimal(number: float) -> str:
    """The shortest that reads back as the same number: no exponent, no sign of a zero, no decimals of a whole one."""
    if not isfinite(number):
        raise ValueError(f"{number} is no value for a file: expected a number, or None where there is none")
    # a number of numpy's is a float too, but names its type
    text = int.__repr__(number) if isinstance(number, int) else float.__repr__(number)
    if "e" in text:
        text = format(Decimal(text), "f")
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def _written(sheet: Sheet, header: list[str], delimiter: str, said: Callable[[Value], str]) -> str:
    text = StringIO(newline="")
    to = writer(text, delimiter=delimiter, lineterminator=LINE_END)
    to.writerow(header)
    to.writerows(_cells(sheet, said))
    return text.getvalue()


def _cells(sheet: Sheet, said: Callable[[Value], str]) -> Iterator[list[str]]:
    for row in sheet.rows:
        if len(row) != len(sheet.columns):
            raise ValueError(f"{sheet.name}: {len(row)} values in a row, expected {len(sheet.columns)}: {row}")
        yield [said(value) for value in row]


def _plain(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return decimal(value)
        case date():
            return value.isoformat()
        case _:
            assert_never(value)


def _french(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return "'" + value if FORMULA.match(value) else value
        case bool():
            return "vrai" if value else "faux"  # as Excel reads its own truth values in French
        case int() | float():
            return decimal(value).replace(".", ",")
        case date():
            return day(value)
        case _:
            assert_never(value)


def day(value: date) -> str:
    """JJ/MM/AAAA; strftime writes the years before 1000 shorter on some systems."""
    return "/".join(reversed(value.isoformat().split("-")))
