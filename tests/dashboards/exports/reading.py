"""How tests read documents: tables by their captions, rows by their names, and what is said."""

import msgspec

from dashboards.exports.document import Chart, Document, Heading, Paragraph, Table, Terms


def plain(document: Document) -> Document:
    """The same with plain spaces before colons and within quotation marks."""
    return msgspec.json.decode(msgspec.json.encode(document).replace("\u00a0".encode(), b" "), type=Document)


def tables(document: Document) -> dict[str, Table]:
    document = plain(document)
    found = [block.table if isinstance(block, Chart) else block for block in document.blocks]
    return {block.caption: block for block in found if isinstance(block, Table)}


def row(table: Table, name: str) -> tuple[str, ...]:
    return next(one for one in table.rows if one[0] == name)[1:]


def table(document: Document, beginning: str) -> Table:
    return next(one for caption, one in tables(document).items() if caption.startswith(beginning))


def said(document: Document) -> str:
    document = plain(document)
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph | Heading))


def terms(document: Document) -> dict[str, str]:
    document = plain(document)
    return {name: told for block in document.blocks if isinstance(block, Terms) for name, told in block.items}
