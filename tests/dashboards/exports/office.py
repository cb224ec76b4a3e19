"""LibreOffice, which opens a spreadsheet as an office would and says what it shows."""

import csv
import shutil
import subprocess
from pathlib import Path

SOFFICE = shutil.which("soffice")
MISSING = "Debian's libreoffice-calc-nogui is not installed"
TABLES = ":44,34,76,1,,0,false,true,{shown},false,false,-1"
"""Comma, double quotes, UTF-8, from the first row; numbers as numbers; each table a file of its own."""
Rows = list[list[str]]


def opened(content: bytes, folder: Path, *, shown: bool) -> dict[str, Rows]:
    """The rows of each table, by its name: as its cells are shown, or as their values are kept."""
    (folder / "book.ods").write_bytes(content)
    _convert(folder, "csv:Text - txt - csv (StarCalc)" + TABLES.format(shown=str(shown).lower()))
    tables = sorted(folder.glob("book-*.csv"))
    return {path.stem.removeprefix("book-"): _rows(path) for path in tables}


def converted(content: bytes, folder: Path, form: str) -> bytes:
    """The same book in another form, such as xlsx."""
    (folder / "book.ods").write_bytes(content)
    _convert(folder, form)
    return (folder / f"book.{form}").read_bytes()


def _convert(folder: Path, form: str) -> None:
    # a profile of its own: two of them would wait for one another, or for a window of the user's
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [SOFFICE or "soffice", profile, "--headless", "--convert-to", form, "--outdir", str(folder), "book.ods"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def _rows(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))
