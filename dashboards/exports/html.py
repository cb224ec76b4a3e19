"""A document as an accessible page that stands alone: no script, no other file, the same bytes each time."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboards.exports.document import Block, Chart, Document, Heading, day, legible

HERE = Path(__file__).parent
STYLE = (HERE / "document.css").read_text(encoding="utf-8")
STYLE_SOURCE = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""What the header Content-Security-Policy must allow as `style-src` where such a page is served."""


def html(document: Document) -> str:
    """The page; whatever is in the document comes out as text, but for the drawings of charts, which are SVG."""
    return _TEMPLATES.get_template("document.html").render(
        document=document,
        day=day(document.date),
        contents=[] if document.layout == "sheet" else _contents(document.blocks),
        style=Markup(STYLE),  # noqa: S704 - our own file
        drawing=drawing,
        number=count(1).__next__,
    )


def drawing(chart: Chart, name: str) -> Markup:
    """The chart's SVG, said to be a picture with a title and what it shows; `name` is unique in the page."""
    said = (
        f' role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(legible(chart.caption))}</title>'
        f'<desc id="{name}-desc">{escape(legible(chart.alt))}</desc>'
    )
    return Markup(re.sub(">", lambda _found: said, legible(chart.svg), count=1))  # noqa: S704 - charts escape their words


def _contents(blocks: tuple[Block, ...]) -> list[tuple[Heading, list[Heading]]]:
    """Headings of level 2, each with those of level 3 below it."""
    found: list[tuple[Heading, list[Heading]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            if block.level == 2 or not found:  # noqa: PLR2004 - the level of sections
                found.append((block, []))
            else:
                found[-1][1].append(block)
    return found


def _legible(value: object) -> object:
    return legible(value) if type(value) is str else value


_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_legible,
)
