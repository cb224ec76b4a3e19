"""All files of a month, from its facts: the same facts, the same bytes."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from dashboards.exports import machine, package
from dashboards.exports.csv_files import csv, french_csv
from dashboards.exports.document import Document
from dashboards.exports.html import html
from dashboards.exports.indicators import indicators
from dashboards.exports.naming import Publisher, prefix
from dashboards.exports.ods import ods
from dashboards.exports.pdf import pdf
from dashboards.exports.report import report
from dashboards.exports.sheet import sheet
from dashboards.exports.tables import Package
from dashboards.months import File, Kind
from ticketing.month import Month


class Order(Struct, frozen=True, kw_only=True):
    """What files are made of: a month, what it is compared with, where that is known, and who publishes it.

    `fewest`: visits below which nothing is told in public.
    """

    month: Month
    month_before: Month | None
    year_before: Month | None
    publisher: Publisher
    fewest: int


def tables(order: Order) -> list[File]:
    """All tables, once: as the State's conventions have them, and for spreadsheets."""
    whole = machine.package(order.month, order.publisher, order.fewest)
    return [*_open(whole), *_office(whole)]


def _open(whole: Package) -> Iterator[File]:
    """The tables for everybody, and what programs need to know of them."""
    contents = {whole.path(one): csv(one) for one in whole.sheets}
    described = {whole.path(one, "_schema.json"): package.schema(one) for one in whole.sheets}
    described[f"{whole.prefix}_{package.NAME}"] = package.package(whole, contents)
    for name, content in (contents | described).items():
        yield File(name=name, kind="open", content=content)


def _office(whole: Package) -> Iterator[File]:
    """One book, and a file for each table as French spreadsheets read them."""
    yield File(name=f"{whole.prefix}_tableaux.ods", kind="office", content=ods(whole.sheets, whole.title, whole.made))
    for one in whole.sheets:
        yield File(name=whole.path(one, "_tableur.csv"), kind="office", content=french_csv(one))


def public_sheet(order: Order) -> list[File]:
    return _both(
        order, "sheet", "fiche-publique", sheet(order.month, order.publisher, order.month_before, order.fewest)
    )


def committee_report(order: Order) -> list[File]:
    return _both(
        order, "report", "rapport", report(order.month, order.publisher, order.month_before, order.year_before)
    )


def definitions(order: Order) -> list[File]:
    return _both(order, "indicators", "definitions", indicators(order.month, order.publisher))


def _both(order: Order, kind: Kind, name: str, document: Document) -> list[File]:
    """A document as a page and as a PDF."""
    path = f"{prefix(order.month, order.publisher)}_{name}"
    return [
        File(name=f"{path}.html", kind=kind, content=html(document).encode()),
        File(name=f"{path}.pdf", kind=kind, content=pdf(document)),
    ]


STEPS: tuple[Callable[[Order], list[File]], ...] = (
    tables,
    public_sheet,
    committee_report,
    definitions,
)
"""Each makes some of the files; together they make all."""
