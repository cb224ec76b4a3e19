"""What is said of a month's files holds of them, as frictionless judges; and where it does not, that is found."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import frictionless
import pytest

from dashboards.exports.csv_files import csv, french_csv
from dashboards.exports.ods import ods
from dashboards.exports.package import NAME, package, schema
from dashboards.exports.tables import Column, Package, Sheet
from tests.dashboards.exports.examples import CALLS, MONTH, WAITS

Files = dict[str, bytes]
CSV = "20261130_110000023_attentes.csv"


def files_of(month: Package) -> Files:
    return {month.path(sheet): csv(sheet) for sheet in month.sheets}


def faults(folder: Path, files: Files, described: bytes) -> list[str]:
    """The kinds of error that frictionless finds in a folder; none: the package is valid."""
    for path, content in files.items():
        (folder / path).write_bytes(content)
    (folder / NAME).write_bytes(described)
    report = frictionless.Package(folder / NAME).validate()
    assert report.valid == (not report.flatten(["type"])), "an error is listed for each fault"
    return [kind for (kind,) in report.flatten(["type"])]


def of(folder: Path) -> frictionless.Package:
    return frictionless.Package(folder / NAME)


def test_frictionless_finds_the_package_and_every_file_valid(tmp_path: Path) -> None:
    files = files_of(MONTH)
    assert faults(tmp_path, files, package(MONTH, files)) == []


def test_frictionless_reads_back_every_value_with_its_type(tmp_path: Path) -> None:
    files = files_of(MONTH)
    assert faults(tmp_path, files, package(MONTH, files)) == []
    for sheet in MONTH.sheets:
        rows = of(tmp_path).get_table_resource(sheet.name).read_rows()
        # times come back as such, numbers as decimals: said again as they stand in the sheet
        read = [tuple(f"{v:%H:%M}" if hasattr(v, "minute") else v for v in row.to_dict().values()) for row in rows]
        assert [tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row) for row in read] == list(
            sheet.rows
        )


@pytest.mark.parametrize(
    ("spoilt", "kind"),
    [
        (lambda text: text.replace(b",41,", b",many,"), "type-error"),
        (lambda text: text.replace(b",41,", b",4.5,"), "type-error"),
        (lambda text: text.replace(b"0.8537", b"0,8537"), "extra-cell"),
        (lambda text: text.replace(b"0.8537", b"85.37"), "constraint-error"),
        (lambda text: text.replace(b",41,", b",-1,"), "constraint-error"),
        (lambda text: text.replace("manquée".encode(), b"conforme"), "constraint-error"),
        (lambda text: text.replace(b"2026-11-30", b"30/11/2026"), "type-error"),
        (lambda text: text.replace(b"08:30", b"8h30"), "type-error"),
        (lambda text: text.replace(b",true,", b",vrai,"), "type-error"),
        (lambda text: text.replace(b"2026-11-30,=2+3", b",=2+3"), "constraint-error"),
        (lambda text: re.sub(rb",[^,\r\n]*\r\n", b"\r\n", text), "missing-label"),
        (lambda text: text.replace(b"jour,file,", b"jour,queue,"), "incorrect-label"),
        (lambda text: text + text.splitlines(keepends=True)[1], "primary-key"),
    ],
)
def test_a_wrong_file_is_found_even_when_its_hash_was_made_of_it(
    tmp_path: Path, spoilt: Callable[[bytes], bytes], kind: str
) -> None:
    files = files_of(MONTH)
    wrong = spoilt(files[CSV])
    assert wrong != files[CSV]
    files[CSV] = wrong
    assert kind in faults(tmp_path, files, package(MONTH, files))


def test_a_file_that_was_changed_after_the_package_was_made_is_found_by_its_hash(tmp_path: Path) -> None:
    files = files_of(MONTH)
    described = package(MONTH, files)
    files[CSV] = files[CSV].replace(b",41,", b",42,")
    assert faults(tmp_path, files, described) == ["hash-count"]


def test_a_file_that_lost_a_line_is_found_by_its_length(tmp_path: Path) -> None:
    files = files_of(MONTH)
    described = package(MONTH, files)
    files[CSV] = b"".join(files[CSV].splitlines(keepends=True)[:-1])
    assert "byte-count" in faults(tmp_path, files, described)


def test_a_file_that_is_missing_is_found(tmp_path: Path) -> None:
    files = files_of(MONTH)
    described = package(MONTH, files)
    del files[CSV]
    assert faults(tmp_path, files, described) == ["scheme-error"]


def test_the_other_files_of_the_month_are_listed_with_their_hash_but_no_schema(tmp_path: Path) -> None:
    files = files_of(MONTH)
    twin, book, page = (f"20261130_110000023_{name}" for name in ("attentes_tableur.csv", "attentes.ods", "fiche.html"))
    files |= {twin: french_csv(WAITS), book: ods(MONTH.sheets, MONTH.title, MONTH.made), page: b"<!doctype html>"}
    described = package(MONTH, files)
    others = json.loads(described)["resources"][2:]
    assert [(one["path"], one["mediatype"], one.get("encoding")) for one in others] == [
        (twin, "text/csv", "utf-8"),
        (book, "application/vnd.oasis.opendocument.spreadsheet", None),
        (page, "text/html", "utf-8"),
    ]
    assert [one["hash"] for one in others] == [
        "sha256:" + sha256(files[path]).hexdigest() for path in (twin, book, page)
    ]
    assert not any("schema" in one for one in others)
    assert faults(tmp_path, files, described) == []
    files[book] += b" "
    assert faults(tmp_path, files, described) == ["hash-count", "byte-count"]


def test_the_package_says_whose_it_is_from_when_under_which_licence_and_names_nobody() -> None:
    told = json.loads(package(MONTH, files_of(MONTH)))
    assert told["name"] == "20261130_110000023"
    assert told["licenses"][0]["name"] == "etalab-2.0"
    assert (told["created"], told["updated"]) == ("2026-12-01T00:00:00Z", "2026-12-01")
    assert told["temporal"] == {"start": "2026-11-01", "end": "2026-11-30"}
    assert [(one["title"], one["role"]) for one in told["contributors"]] == [
        ("Préfecture de l'Aube", "publisher"),
        ("Référent qualité", "maintainer"),
    ]
    assert [resource["path"] for resource in told["resources"]] == [CSV, "20261130_110000023_appels.csv"]


def test_a_field_says_its_definition_type_unit_and_bounds() -> None:
    fields = {field["name"]: field for field in json.loads(schema(WAITS))["fields"]}
    assert fields["part_15_min"] == {
        "name": "part_15_min",
        "title": "Part appelée en 15 min",
        "description": "Tickets appelés en 15 min au plus / tous les tickets.",
        "type": "number",
        "format": "default",
        "constraints": {"minimum": 0, "maximum": 1},
    }
    assert fields["mediane_s"]["unit"] == "s"
    assert fields["heure"]["format"] == "%H:%M"
    assert fields["cible"]["constraints"] == {"enum": ["atteinte", "manquée", "à confirmer"]}


@pytest.mark.parametrize("sheet", MONTH.sheets, ids=lambda sheet: sheet.name)
def test_each_sheet_has_a_schema_of_its_own_that_stands_alone(tmp_path: Path, sheet: Sheet) -> None:
    (tmp_path / "schema.json").write_bytes(schema(sheet))
    (tmp_path / "file.csv").write_bytes(csv(sheet))
    assert frictionless.validate("file.csv", schema="schema.json", basepath=str(tmp_path)).valid


def test_a_schema_has_what_the_national_register_asks_for_but_its_address_there() -> None:
    told = json.loads(schema(WAITS))
    assert told.keys() >= {
        "$schema",
        "name",
        "title",
        "description",
        "version",
        "created",
        "lastModified",
        "contributors",
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])
    assert (told["missingValues"], told["primaryKey"]) == ([""], ["jour", "file", "heure"])
    assert [contributor["role"] for contributor in told["contributors"]] == ["author"]


def test_json_is_written_in_french_letters_with_two_spaces_and_a_last_line_end() -> None:
    for written in (schema(CALLS), package(MONTH, files_of(MONTH))):
        assert written.endswith(b"\n}\n")
        assert written.startswith(b'{\n  "')
        assert b"\\u" not in written
    assert 'Appels reçus"'.encode() in schema(CALLS)


def test_a_sheet_without_its_file_is_said_by_its_path() -> None:
    with pytest.raises(ValueError, match=r"20261130_110000023_appels\.csv"):
        package(MONTH, {CSV: csv(WAITS)})


def test_a_sheet_without_rows_is_valid_too(tmp_path: Path) -> None:
    columns: tuple[Column, ...] = CALLS.columns
    empty = Sheet(name="vide", title="Vide", description="", columns=columns, key=("jour",), rows=())
    month = Package(**{name: getattr(MONTH, name) for name in MONTH.__struct_fields__} | {"sheets": (empty,)})
    files: dict[str, Any] = files_of(month)
    assert faults(tmp_path, files, package(month, files)) == []
