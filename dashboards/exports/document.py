"""A document for people, told once: rendered as an accessible page and as a tagged PDF."""

import re
from datetime import date
from typing import Literal

from msgspec import Struct

Layout = Literal["report", "sheet", "indicators"]
"""report: a title, contents, sections; sheet: one page for the wall; indicators: each of its sections on its page."""


class Heading(Struct, frozen=True, kw_only=True, tag="heading"):
    """`level` 2 or 3; `id` is unique in its document."""

    text: str
    id: str
    level: int = 2


class Paragraph(Struct, frozen=True, kw_only=True, tag="paragraph"):
    """`strong`: what must not be missed, as that a target is to be confirmed or data are missing."""

    text: str
    strong: bool = False


class Column(Struct, frozen=True, kw_only=True):
    title: str
    number: bool = False
    """Aligned by its last digit."""


class Table(Struct, frozen=True, kw_only=True, tag="table"):
    """Cells are words as they are shown; the first of each row names it. Without rows, `empty` says so."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "Aucune donnée."


class Chart(Struct, frozen=True, kw_only=True, tag="chart"):
    """A drawing (SVG of charts.py), what it says in a sentence or two, and the table behind it.

    On the one sheet of paper of a "sheet" the table is left to the page.
    """

    svg: str
    alt: str
    caption: str
    table: Table


class Terms(Struct, frozen=True, kw_only=True, tag="terms"):
    """Terms, each with what it means or holds."""

    items: tuple[tuple[str, str], ...]


class Figure(Struct, frozen=True, kw_only=True):
    """A number that stands large: what it is, its value, and a line below, as the target and its provenance."""

    label: str
    value: str
    note: str = ""


class Figures(Struct, frozen=True, kw_only=True, tag="figures"):
    """A few of them side by side."""

    title: str
    items: tuple[Figure, ...]


Block = Heading | Paragraph | Table | Chart | Terms | Figures


class Document(Struct, frozen=True, kw_only=True):
    """In French. `date` is the day that it is of, and all that it knows of time: the same facts, the same bytes."""

    layout: Layout
    title: str
    subtitle: str
    author: str
    date: date
    blocks: tuple[Block, ...]
    footer: str = ""
    """One line on every page, as where the figures come from."""


MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
ILLEGIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters, halves of pairs and what is no character: neither a page nor an SVG may hold them."""


def day(on: date) -> str:
    """As it is said: "1er décembre 2026"."""
    return f"{'1er' if on.day == 1 else on.day} {MONTHS[on.month - 1]} {on.year}"


def legible(text: str) -> str:
    """The same, with a mark of its own in place of each character that no file may hold."""
    return ILLEGIBLE.sub("\ufffd", text)
