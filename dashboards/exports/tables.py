"""The tables of the machine files: typed columns, each with its definition, and rows of plain values."""

from datetime import date
from typing import Literal

from msgspec import Struct

Type = Literal["string", "integer", "number", "boolean", "date", "time"]
"""As Table Schema names them; `time` is a clock such as 08:30, in a string of five characters."""
Value = str | int | float | bool | date | None
"""None: there is no value; never 0 in its place."""


class Column(Struct, frozen=True, kw_only=True):
    """`name`: as in the file, lower case without accents; `title` and `description` are French.

    The description of a figure is its definition: numerator, denominator, exclusions. `unit`: "s" for seconds; a share
    is a number from 0 to 1.
    """

    name: str
    type: Type
    title: str
    description: str
    unit: Literal["", "s"] = ""
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


class Sheet(Struct, frozen=True, kw_only=True):
    """One file: `name` as in its file name ("attentes-mois"), rows with a value for each column."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns that tell rows apart."""
    rows: tuple[tuple[Value, ...], ...]


class Package(Struct, frozen=True, kw_only=True):
    """All sheets of a month. `prefix` begins every file name: "20261130_SIREN"."""

    prefix: str
    title: str
    description: str
    first: date
    last: date
    made: date
    """The day on which the month is due to be published: files know no other."""
    publisher: str
    sheets: tuple[Sheet, ...]

    def path(self, sheet: Sheet, suffix: str = ".csv") -> str:
        return f"{self.prefix}_{sheet.name}{suffix}"
