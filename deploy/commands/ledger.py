"""`vigie ledger`: what came from each device, and what is missing."""

from datetime import date
from typing import Any

import click
import msgspec

from collector.journal import Journal
from deploy import backing
from deploy.accounts import Recorded, accounts, matching
from deploy.clocks import system_clock
from deploy.commands import configured, out
from deploy.ending import until_told
from deploy.notices import plans
from deploy.settings import Settings
from deploy.tables import of_devices
from ticketing.ledger import Account


class Day(click.ParamType[date]):
    """A date as in ISO 8601."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f'found "{value}", expected a date such as 2026-11-25', param, ctx)


@click.command()
@click.option("--device", help="One device only, as borne-1 or sud/borne-1.")
@click.option("--day", type=Day(), help="As 2026-11-25; today if not given.")
@click.option("--json", "as_json", is_flag=True, help="As the HTTP interface gives them.")
@configured
def ledger(settings: Settings, device: str | None, day: date | None, as_json: bool) -> None:
    """What came from each device on a day, and what is missing."""

    async def read() -> list[Account]:
        async with backing.database(settings) as dsn, Journal(dsn, settings.time_zone) as journal:
            areas = Recorded(journal, await plans(journal, settings))
            return matching(await accounts(journal, areas, settings, system_clock(), day), device)

    found = until_told(read())
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif not found:
        out.print("Nothing came, from nobody." if device is None else f"Nothing came from {device}.", highlight=False)
    else:
        out.print(of_devices(found))
