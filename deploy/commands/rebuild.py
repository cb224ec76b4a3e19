"""`vigie rebuild`: everything that is made of the journal, made anew or compared with it."""

import sys
from datetime import date

import click
from msgspec import Struct, field

from collector.journal import Journal
from dashboards.exports.changes import differences as differences_of
from dashboards.tallies import Known, differences
from deploy import backing
from deploy.clocks import system_clock
from deploy.commands import configured, steps
from deploy.ending import until_told
from deploy.keeping import Recorded, Tell
from deploy.migrate import migrate
from deploy.monthly import Monthly, monthly
from deploy.notices import plans
from deploy.settings import Settings

MOST, NAMED = 20, 3
"""Differences that are named, and those of one month; of all others, how many."""


class Rebuilt(Struct, kw_only=True):
    """`purged`: days of which the journal has not all any more. `differences` are of a comparison."""

    days: int = 0
    purged: int = 0
    visits: int = 0
    differences: list[str] = field(default_factory=list)


async def rebuilt(settings: Settings, tell: Tell, *, check: bool) -> Rebuilt:
    """Every day of the journal that is over, made anew or, if `check`, compared with what is kept; then every month."""
    async with backing.database(settings) as dsn, Journal(dsn, settings.time_zone) as journal:
        await migrate(dsn)
        in_force = await plans(journal, settings)
        month = monthly(settings, journal, lambda: in_force, system_clock)
        recorded, found = Recorded(journal, in_force), Rebuilt()
        known = await month.keeping.over()
        todo = [one for one in known if not one.purged]
        found.purged = len(known) - len(todo)
        for number, one in enumerate(sorted(todo, key=lambda one: (one.area, one.day))):
            tell(number, len(todo))
            if check:
                found.differences += await _compared(month, recorded, one)
            else:
                found.visits += len((await month.keeping.keep(recorded, one.area, one.day)).visits)
            found.days += 1
        tell(len(todo), len(todo))
        months = {one.day.replace(day=1) for one in todo}
        if check:
            found.differences += [text for day in sorted(months) for text in await _compared_month(month, day)]
        else:
            await month.changed(months)
        return found


async def _compared(month: Monthly, recorded: Recorded, one: Known) -> list[str]:
    if one.stale:
        return [f"{one.area} {one.day}: not tallied yet"]
    kept, made = await month.tallies.day(one.area, one.day), await recorded.day(one.area, one.day)
    return [f"{one.area} {one.day}: {text}" for text in differences(kept, made)]


async def _compared_month(month: Monthly, day: date) -> list[str]:
    """Its versions, if it was ever exported; the last beside what would be exported now."""
    versions = await month.months.versions(day)
    kept = {one.version: await month.months.facts(day, one.version) for one in versions}
    found = [
        f"{day:%Y-%m}: the facts of version {number} are not those that were kept"
        for number, facts in kept.items()
        if facts is None
    ]
    if versions and (now := await month.facts(day)).digest != versions[0].digest:
        last = versions[0].version
        told = differences_of(before, now, NAMED) if (before := kept[last]) else ()
        head = f"{day:%Y-%m}: version {last} is not what its tallies, alerts and silences give now"
        found.append(f"{head}: {' '.join(told)}" if told else head)
    return found


@click.command()
@click.option("--check", is_flag=True, help="Compare only; exit status 1 on a difference.")
@configured
def rebuild(settings: Settings, check: bool) -> None:
    """Makes visits and daily tallies anew of the journal, or compares them with it."""
    with steps("days") as tell:
        found = until_told(rebuilt(settings, tell, check=check))
    purged = f"; {found.purged} days are purged and stay as they are" if found.purged else ""
    if not check:
        click.echo(f"{found.days} days made anew, {found.visits} legs of visits{purged}.")
        return
    for text in found.differences[:MOST]:
        click.echo(text)
    if len(found.differences) > MOST:
        click.echo(f"... and {len(found.differences) - MOST} more")
    count = len(found.differences)
    click.echo(f"{found.days} days compared, {count or 'no'} difference{'s' * (count > 1)}{purged}.")
    sys.exit(1 if count else 0)
