"""`vigie export`: what goes out every month, made now and written to a folder."""

import os
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from collector.journal import Journal
from collector.messages import EARLIEST, LATEST
from dashboards.months import File, Made, NothingError
from deploy import backing
from deploy.clocks import system_clock
from deploy.commands import HERE, configured, steps
from deploy.ending import Refused, until_told
from deploy.keeping import Tell
from deploy.migrate import migrate
from deploy.monthly import monthly
from deploy.notices import plans
from deploy.settings import Settings

FOLDER = click.Path(file_okay=False, path_type=Path)
FORMATS = ("csv", "json", "ods", "html", "pdf")


class MonthOf(click.ParamType[date]):
    """A month as in ISO 8601; its first day."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(f"{value}-01")
        except ValueError:
            found = None
        if found is None or not EARLIEST.date() < found < LATEST.date():
            self.fail(f'found "{value}", expected a month such as 2026-11', param, ctx)
        return found


class Formats(click.ParamType[tuple[str, ...]]):
    """Some of FORMATS, with commas between."""

    name = ",".join(FORMATS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        found = tuple(part.strip() for part in value.split(","))
        if wrong := [part for part in found if part not in FORMATS]:
            self.fail(f'found "{wrong[0]}", expected some of {", ".join(FORMATS)}', param, ctx)
        return found


@click.group()
def export() -> None:
    """Files that go out."""


@export.command()
@click.argument("month", type=MonthOf())
@click.option("--out", "folder", required=True, type=FOLDER, help="Made if need be.")
@click.option("--format", "formats", type=Formats(), default=FORMATS, help="Some only; with commas between.")
@configured
def month(settings: Settings, month: date, folder: Path, formats: tuple[str, ...]) -> None:
    """Makes all files of MONTH (as 2026-11), keeps them as its published version, and writes them to a folder."""

    async def made(tell: Tell) -> Made:
        async with backing.database(settings) as dsn, Journal(dsn, settings.time_zone) as journal:
            await migrate(dsn)
            in_force = await plans(journal, settings)
            return await monthly(settings, journal, lambda: in_force, system_clock).export(month, HERE, tell)

    if wrong := unwritable(folder):
        raise Refused(f"{folder}: {wrong}; nothing was exported")
    try:
        with steps(f"{month:%Y-%m}") as tell:
            found = until_told(made(tell))
    except NothingError as error:
        if error.reason == "not_over":
            raise Refused(str(error)) from None
        click.echo(f"vigie: {error}", err=True)
        raise click.exceptions.Exit(1) from None
    wanted = [file for file in found.files if file.name.rpartition(".")[2] in formats]
    try:
        write(folder, wanted)
    except OSError as error:
        raise Refused(f"{error.filename or folder}: {error.strerror}; what was written before it is whole") from None
    for file in wanted:
        click.echo(f"{folder / file.name}  {len(file.content):,} bytes")
    new = "new" if found.new else "as it was"
    click.echo(f"{month:%Y-%m}, version {found.version}, {new}, {found.facts.digest}.")


def unwritable(folder: Path) -> str:
    """Why a folder cannot be made or written to, as far as can be seen before anything is published; "" if it can."""
    whole = folder.absolute()
    nearest = next(one for one in (whole, *whole.parents) if os.path.lexists(one))
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    return "" if os.access(nearest, os.W_OK | os.X_OK) else f"{nearest} cannot be written to"


def write(folder: Path, files: Iterable[File]) -> None:
    """Each whole or not at all; OSError with the file's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = folder / file.name
        handle, name = tempfile.mkstemp(prefix=".", dir=folder)
        try:
            with os.fdopen(handle, "wb") as half:
                half.write(file.content)
                half.flush()
                os.fsync(half.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(path)) from None
