"""`vigie quarantine`: messages that could not be understood, and reading them again."""

import sys

import click
from rich.console import Console

from collector.journal import Journal
from collector.quarantine import QuarantineRow
from deploy import backing
from deploy.commands import configured, out
from deploy.ending import Refused, until_told
from deploy.rereading import Outcome, reread
from deploy.settings import Settings, SettingsError
from deploy.tables import kept_aside, one_kept_aside
from deploy.understanding import decoder


@click.group()
def quarantine() -> None:
    """Messages that could not be understood, and were kept aside."""


@quarantine.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many, the newest first.")
@click.option("--all", "whole", is_flag=True, help="Those that were understood since, too.")
@configured
def quarantine_list(settings: Settings, limit: int, whole: bool) -> None:
    """The newest of them, and why."""

    async def read() -> list[QuarantineRow]:
        async with backing.database(settings) as dsn, Journal(dsn) as journal:
            return await journal.quarantined(limit, whole=whole)

    rows = until_told(read())
    if not rows:
        out.print("Nothing was kept aside.")
        return
    out.print(kept_aside(rows, settings.zone))


@quarantine.command("show")
@click.argument("number", type=click.IntRange(1))
@configured
def quarantine_show(settings: Settings, number: int) -> None:
    """One of them, whole."""

    async def read() -> list[QuarantineRow]:
        async with backing.database(settings) as dsn, Journal(dsn) as journal:
            return await journal.quarantined_by([number])

    rows = until_told(read())
    if not rows:
        raise Refused(f"found no message {number} in quarantine; `vigie quarantine list` shows those there are")
    out.print(*one_kept_aside(rows[0], settings.zone), sep="\n", highlight=False)


@quarantine.command("replay")
@click.argument("numbers", nargs=-1, type=click.IntRange(1))
@click.option("--all", "whole", is_flag=True, help="All that were never understood.")
@configured
def quarantine_replay(settings: Settings, numbers: tuple[int, ...], whole: bool) -> None:
    """Reads them again, after the configuration or a dialect was mended; an event that came otherwise counts once."""
    if bool(numbers) == whole:
        found = "both" if whole else "neither"
        raise Refused(f"found {found}, expected the numbers of messages (`vigie quarantine list` shows them) or --all")

    async def read() -> Outcome:
        async with backing.database(settings) as dsn, Journal(dsn, settings.time_zone) as journal:
            understanding = await decoder(settings, journal)
            there = {row.number for row in await journal.quarantined_by(numbers)}
            if missing := sorted(set(numbers) - there):
                raise SettingsError(
                    f"found no message {', '.join(map(str, missing))} in quarantine; nothing was replayed"
                )
            with Console(stderr=True).status("Reading again...") as status:

                def progress(outcome: Outcome) -> None:
                    status.update(f"Reading again... {outcome.new + outcome.known} understood, {outcome.still} not")

                return await reread(journal, understanding, settings, None if whole else numbers, progress)

    outcome = until_told(read())
    out.print(
        f"{outcome.new} understood now and kept, {outcome.known} there already, {outcome.still} still not understood.",
        highlight=False,
    )
    sys.exit(1 if outcome.still else 0)
