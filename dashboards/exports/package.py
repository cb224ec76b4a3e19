"""What programs need to know of a month's files: a data package of all, and the Table Schema of each sheet."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from dashboards.exports.csv_files import LINE_END
from dashboards.exports.tables import Column, Package, Sheet

Descriptor = dict[str, Any]
"""A part of a JSON file, its keys in the order in which they are written."""
NAME = "datapackage.json"
VERSION = "1.0.0"
"""Of all schemas: the first number grows when a column changes its meaning or goes, the second when one is added."""
ISSUED, CHANGED = "2026-12-01", "2026-12-01"
"""The day from which version 1.0.0 of the schemas stands, and this version: a schema is the same every month."""
LICENCE: Descriptor = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
SOURCE = "Journal des événements des bornes, des guichets et du standard téléphonique, tenu par vigie"
DIALECT: Descriptor = {
    "delimiter": ",",
    "lineTerminator": LINE_END,
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}
"""All of it said: readers guess what is not, and a column of texts may mislead them."""
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
    "html": "text/html",
}
TEXTS = ("csv", "json", "html")


def package(month: Package, files: Mapping[str, bytes]) -> bytes:
    """The data package (datapackage.json, specification 1) of a month's files, by path; one stands for each sheet.

    Files without a sheet are listed after, with their hash alone: leave out those that differ from one machine to
    another, or this file will.
    """
    sheets = {month.path(sheet): sheet for sheet in month.sheets}
    if missing := sheets.keys() - files.keys():
        raise ValueError(f"no files for the sheets {sorted(missing)}: found {sorted(files)}")
    others = [path for path in files if path not in sheets]
    return _json(
        {
            "profile": "data-package",
            "name": month.prefix.lower(),
            "title": month.title,
            "description": month.description,
            "licenses": [LICENCE],
            "created": f"{month.made.isoformat()}T00:00:00Z",
            "updated": month.made.isoformat(),
            "temporal": {"start": month.first.isoformat(), "end": month.last.isoformat()},
            "language": "fr",
            "sources": [{"title": SOURCE}],
            "contributors": [
                {"title": month.publisher, "role": "publisher"},
                {"title": "Référent qualité", "organization": month.publisher, "role": "maintainer"},
            ],
            "resources": [
                *(_table(sheet, path, files[path]) for path, sheet in sheets.items()),
                *(_file(path, files[path]) for path in others),
            ],
        }
    )


def schema(sheet: Sheet) -> bytes:
    """The Table Schema of a sheet, with what schema.data.gouv.fr wants beside its fields.

    It is the same for all sites and months, so that it can be registered there by whoever adds `homepage`.
    """
    return _json(
        {
            "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
            "name": sheet.name,
            "title": sheet.title,
            "description": sheet.description,
            "countryCode": "FR",
            "licenses": [LICENCE],
            "created": ISSUED,
            "lastModified": CHANGED,
            "version": VERSION,
            "contributors": [{"title": "vigie", "role": "author"}],
            **_fields(sheet),
        }
    )


def _table(sheet: Sheet, path: str, content: bytes) -> Descriptor:
    return {
        "profile": "tabular-data-resource",
        "name": sheet.name,
        "path": path,
        "title": sheet.title,
        "description": sheet.description,
        **_bytes(path, content),
        "dialect": DIALECT,
        "schema": _fields(sheet),
    }


def _file(path: str, content: bytes) -> Descriptor:
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path.lower())
    # of type file: frictionless would look for a table in it, and for a reader of its format
    return {"profile": "data-resource", "name": name, "type": "file", "path": path, **_bytes(path, content)}


def _bytes(path: str, content: bytes) -> Descriptor:
    form = PurePosixPath(path).suffix.removeprefix(".")
    return {
        "format": form,
        "mediatype": MEDIA_TYPES[form],
        **({"encoding": "utf-8"} if form in TEXTS else {}),
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
    }


def _fields(sheet: Sheet) -> Descriptor:
    return {
        "fields": [dict(_field(column)) for column in sheet.columns],
        "missingValues": [""],
        "primaryKey": list(sheet.key),
    }


def _field(column: Column) -> Iterator[tuple[str, Any]]:
    yield "name", column.name
    yield "title", column.title
    yield "description", column.description
    yield "type", column.type
    yield "format", "%H:%M" if column.type == "time" else "default"
    if column.unit:
        yield "unit", column.unit
    if constraints := dict(_constraints(column)):
        yield "constraints", constraints


def _constraints(column: Column) -> Iterator[tuple[str, Any]]:
    if column.required:
        yield "required", True
    if column.enum:
        yield "enum", list(column.enum)
    for name, bound in ("minimum", column.minimum), ("maximum", column.maximum):
        if bound is not None:
            yield name, int(bound) if bound == int(bound) else bound


def _json(content: Descriptor) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
