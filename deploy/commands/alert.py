"""`vigie alert`: whether those who are to be told of alerts can be reached."""

import asyncio
import sys

import aiohttp
import click

from alerts.channels import channel
from alerts.letters import RefusedError
from alerts.writing import trial
from deploy.alerting import desk
from deploy.clocks import system_clock
from deploy.commands import configured, out
from deploy.ending import Refused, until_told
from deploy.settings import Settings

PATIENCE_S = 20.0


@click.group()
def alert() -> None:
    """Recipients of alerts."""


@alert.command()
@click.argument("name")
@configured
def test(settings: Settings, name: str) -> None:
    """Sends a trial message to the recipient NAME, now; exit status 1 if it is not taken."""
    known = {recipient.name: recipient for recipient in settings.recipients}
    if name not in known:
        raise Refused(f'found recipient "{name}", expected one of: {", ".join(known) or "(none is configured)"}')

    async def send() -> str:
        """What went wrong; nothing if nothing did."""
        async with aiohttp.ClientSession() as session:
            try:
                opened = channel(known[name], settings.alerts.mail, session)
            except OSError as error:
                raise Refused(f"{error.filename}: {error.strerror}") from None
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await opened.send(trial(desk(settings), name, system_clock()))
            except TimeoutError:
                return f"no answer within {PATIENCE_S:g} s"
            except (RefusedError, OSError) as error:
                return str(error)
        return ""

    wrong = until_told(send())
    if wrong:
        click.echo(f"vigie: {name} was not reached: {wrong}", err=True)
        sys.exit(1)
    out.print(f"{name} has taken the message: see whether it has arrived.", highlight=False)
