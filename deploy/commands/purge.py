"""`vigie purge`: ends what is too old to be kept."""

import sys

import click
from rich.console import Console

from collector.journal import Journal
from deploy import backing
from deploy.clocks import system_clock
from deploy.commands import HERE, configured, out
from deploy.ending import until_told
from deploy.monthly import monthly
from deploy.notices import plans
from deploy.purge import Purge, Purged
from deploy.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@configured
def purge(settings: Settings, *, dry_run: bool) -> None:
    """Ends what is older than the configuration says; `vigie watch` does so every night."""

    async def purged() -> Purged:
        async with backing.database(settings) as dsn, Journal(dsn, settings.time_zone) as journal:
            in_force = await plans(journal, settings)
            keep_month = monthly(settings, journal, lambda: in_force, system_clock).keep_month
            work = Purge(settings, journal, keep_month, system_clock, HERE)
            if dry_run:
                return await work.foreseen()
            with Console(stderr=True).status("Purging...") as status:
                return await work.run(lambda what: status.update(f"Purging... {what}"))

    found = until_told(purged())
    for line in lines(found, dry_run=dry_run):
        out.print(line, highlight=False)
    sys.exit(1 if found.unkept or found.busy else 0)


def lines(found: Purged, *, dry_run: bool) -> list[str]:
    """A sentence each."""
    told = [
        f"The figures of {month:%Y-%m} " + ("would be kept first." if dry_run else "are kept.") for month in found.kept
    ]
    if found.unkept:
        told.append(
            f"The figures of {found.unkept:%Y-%m} cannot be kept: nothing of it, nor of what came after, was purged."
        )
    for month, events in found.late.items():
        told.append(f"{_counted(events, 'event')} of {month:%Y-%m} came after it was purged: in no figure of it.")
    for one in found.gone:
        verb = "would go" if dry_run else "purged"
        told.append(f"{one.what}: {_counted(one.rows, 'row')} from before {one.before} {verb}.")
    told += [f"{what}: in use all the time, left to the next purge." for what in found.busy]
    return told or ["Nothing is too old."]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
