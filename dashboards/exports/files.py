"""All files of a month, from its facts: the same facts, the same bytes."""

from collections.abc import Callable

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


def open_tables(order: Order) -> list[File]:
    """The tables as the State's conventions have them, and what programs need to know of them."""
    whole = machine.package(order.month, order.publisher, order.fewest)
    tables = {whole.path(one): csv(one) for one in whole.sheets}
    described = {whole.path(one, "_schema.json"): package.schema(one) for one in whole.sheets}
    described[f"{whole.prefix}_{package.NAME}"] = package.package(whole, tables)
    return [File(name=name, kind="open", content=content) for name, content in (tables | described).items()]


def office_tables(order: Order) -> list[File]:
    """The same for spreadsheets: one book, and a file for each table as the French ones read them."""
    whole = machine.package(order.month, order.publisher, order.fewest)
    book = File(name=f"{whole.prefix}_tableaux.ods", kind="office", content=ods(whole.sheets, whole.title, whole.made))
    return [
        book,
        *(File(name=whole.path(one, "_tableur.csv"), kind="office", content=french_csv(one)) for one in whole.sheets),
    ]


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
    open_tables,
    office_tables,
    public_sheet,
    committee_report,
    definitions,
)
"""Each makes some of the files; together they make all."""
