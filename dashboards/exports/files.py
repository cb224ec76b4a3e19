"""All files of a month, from its facts: the same facts, the same bytes."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from dashboards.exports import machine, package
from dashboards.exports.csv_files import csv, french_csv
from dashboards.exports.document import Document
from dashboards.exports.html import html
from dashboards.exports.naming import Publisher
from dashboards.exports.ods import ods
from dashboards.exports.pdf import pdf
from dashboards.exports.tables import Package
from dashboards.months import File, Kind
from ticketing.month import Month

STEPS = 6


class Earlier(Struct, frozen=True, kw_only=True):
    """What a month is compared with, where it is known."""

    month: Month | None = None
    year: Month | None = None


def files(
    month: Month,
    earlier: Earlier,  # noqa: ARG001 - the report's
    publisher: Publisher,
    fewest: int,
    tell: Callable[[int, int], None],
) -> list[File]:
    """`fewest`: visits below which nothing is told in public; `tell` is told how many steps of how many are done."""
    whole = machine.package(month, publisher, fewest)
    found = [*_open(whole)]
    tell(1, STEPS)
    found += _office(whole)
    tell(2, STEPS)
    documents: tuple[tuple[Kind, str, Callable[[], Document]], ...] = ()
    for number, (kind, name, document) in enumerate(documents):
        told = document()
        found += [
            File(name=f"{whole.prefix}_{name}.html", kind=kind, content=html(told).encode()),
            File(name=f"{whole.prefix}_{name}.pdf", kind=kind, content=pdf(told)),
        ]
        tell(3 + number, STEPS)
    tell(STEPS, STEPS)
    return found


def _open(whole: Package) -> Iterator[File]:
    """The tables as the State's conventions have them, and what programs need to know of them."""
    tables = {whole.path(one): csv(one) for one in whole.sheets}
    for name, content in tables.items():
        yield File(name=name, kind="open", content=content)
    for one in whole.sheets:
        yield File(name=whole.path(one, "_schema.json"), kind="open", content=package.schema(one))
    yield File(name=f"{whole.prefix}_{package.NAME}", kind="open", content=package.package(whole, tables))


def _office(whole: Package) -> Iterator[File]:
    """The same for spreadsheets: one book, and a file for each table as the French ones read them."""
    yield File(name=f"{whole.prefix}_tableaux.ods", kind="office", content=ods(whole.sheets, whole.title, whole.made))
    for one in whole.sheets:
        yield File(name=whole.path(one, "_tableur.csv"), kind="office", content=french_csv(one))
