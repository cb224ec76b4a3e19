"""A document as a tagged PDF (PDF/UA-1) by Typst: the same bytes on every machine, from the fonts of its package."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import msgspec
import typst

from dashboards.exports.document import Document, day, legible

SOURCE = (Path(__file__).parent / "document.typ").read_bytes()
UNDRAWN = re.compile(r'the text `"(.*?)"` could not be displayed')
ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
REPLACEMENT = "\ufffd"
LONG = re.compile(r"\S{30}(?=\S)")
"""Beginnings of words that are too long for a column: longer than any French word."""
ROUNDS = 8


class Unprintable(Exception):  # noqa: N818 - it names what the document is
    """A document of which no PDF can be made; says why."""


def pdf(document: Document) -> bytes:
    """The document on A4. What is in it is data, never Typst's markup.

    A character that none of the package's fonts can draw (an emoji, Chinese) is replaced by U+FFFD: the page in HTML
    has it. A long report takes a second and 200 MB; Typst lets other threads run, but keeps the memory of its last ten
    documents: many are best made in a process that ends. Raises Unprintable.
    """
    told = _changed(msgspec.to_builtins(document) | {"made": _made(document)}, _broken, but="svg")
    told = _changed(told, legible)
    for _round in range(ROUNDS):
        try:
            return _compiled(told, document)
        except typst.TypstError as error:
            # of letters joined to an emoji Typst names no text: that is everywhere
            missing = {_unescaped(found) for found in UNDRAWN.findall(error.diagnostic)} - {REPLACEMENT, ""}
            if not missing:
                raise Unprintable(f"no PDF of « {document.title} »: {error.message}") from error
            drawn = re.compile("|".join(map(re.escape, sorted(missing, key=len, reverse=True))))
            told = _changed(told, lambda text, drawn=drawn: drawn.sub(REPLACEMENT, text))  # type: ignore[misc]
    raise Unprintable(f"no PDF of « {document.title} »: characters that no font has were left after {ROUNDS} attempts")


def _compiled(told: object, document: Document) -> bytes:
    return typst.compile(
        SOURCE,
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"document": json.dumps(told)},
        timestamp=int(datetime.combine(document.date, time(), UTC).timestamp()),
        ignore_system_fonts=True,
    )


def _changed(value: object, change: Callable[[str], str], but: str = "") -> object:
    """All texts within, changed, except those under the key `but`."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: one if key == but else _changed(one, change, but) for key, one in value.items()}
        case list() | tuple():
            return [_changed(one, change, but) for one in value]
        case _:
            return value


def _broken(text: str) -> str:
    """The same, with places where a long word may be broken, which have no width."""
    return LONG.sub("\\g<0>\u200b", text)


def _unescaped(found: str) -> str:
    r"""As Rust writes a text for a person: `\u{200d}`, `\"`."""
    return ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], found)


def _made(document: Document) -> str:
    """Who has it made and of which day it is, in a line."""
    return " · ".join(filter(None, (document.author, day(document.date))))
