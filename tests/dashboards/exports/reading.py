"""How tests read documents: tables by their captions, rows by their names, and what is said."""

from dashboards.exports.document import Chart, Document, Heading, Paragraph, Table, Terms


def tables(document: Document) -> dict[str, Table]:
    found = [block.table if isinstance(block, Chart) else block for block in document.blocks]
    return {block.caption: block for block in found if isinstance(block, Table)}


def row(table: Table, name: str) -> tuple[str, ...]:
    return next(one for one in table.rows if one[0] == name)[1:]


def table(document: Document, beginning: str) -> Table:
    return next(one for caption, one in tables(document).items() if caption.startswith(beginning))


def said(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph | Heading))


def terms(document: Document) -> dict[str, str]:
    return {name: told for block in document.blocks if isinstance(block, Terms) for name, told in block.items}
