"""The command line: `vigie --help`."""

import logging
import math
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from collector.journal import Journal
from collector.messages import EARLIEST, LATEST
from deploy import backing
from deploy.checks import checks
from deploy.clocks import system_clock
from deploy.commands import configured, out
from deploy.commands.alert import alert
from deploy.commands.broker import broker, device
from deploy.commands.export import export
from deploy.commands.ledger import ledger
from deploy.commands.purge import purge
from deploy.commands.quarantine import quarantine
from deploy.commands.rebuild import rebuild
from deploy.commands.user import token, user
from deploy.demo.demonstration import demonstrate
from deploy.ending import Refused, serve_until_told, until_told
from deploy.history import figures_at
from deploy.migrate import migrate as bring_up_to_date
from deploy.notices import plan
from deploy.replay import replay as play_back
from deploy.service import Part, serve
from deploy.settings import Settings, SettingsError
from deploy.tables import of_area
from ticketing.figures import AreaFigures

VERDICTS = {"ok": "[green]ok[/]    ", "soon": "[yellow]soon[/]  ", "wrong": "[red]wrong[/] "}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vigie")
@click.option("--verbose", is_flag=True, help="Log what happens in detail.")
def main(verbose: bool) -> None:
    """The look-out over public reception halls: live waits, from MQTT to the board."""
    # what it writes of bad requests is their text: anybody's, and as long as they like
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # never the values of variables: they may be somebody's
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


for command in (alert, broker, device, export, ledger, rebuild, purge, quarantine, token, user):
    main.add_command(command)


@main.command()
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The boards' port.")
@click.option(
    "--speed",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 10_000, min_open=True),
    help="Simulated seconds in a second.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed, other days.")
@click.option(
    "--data-dir",
    default=Path("var/demo"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the database and the broker keep their data.",
)
def demo(port: int, speed: float, seed: int, data_dir: Path) -> None:
    """Both halls and the switchboard on a simulated day; nothing to install, Ctrl-C ends it."""

    def announce(address: str, at: datetime) -> None:
        out.print(f"\n  Boards            [bold]{address}/[/]", highlight=False)
        out.print(f"  Figures           {address}/api/v1/areas/sud/live", highlight=False)
        out.print(f"  Simulated time    {at:%A %d %B %Y, %H:%M}, {speed:g} times as fast as ours", highlight=False)
        out.print(f"  Data              {data_dir}/ (kept: the next run goes on from here)", highlight=False)
        out.print("  End               Ctrl-C\n", highlight=False)

    if math.isnan(speed):
        raise Refused("found nan as speed, expected a number of seconds")
    out.print("Starting the database, the broker and the devices...")
    serve_until_told(demonstrate(data_dir, port, speed, seed, announce))
    out.print("Ended; nothing was lost.")


def _serving(settings: Settings, parts: frozenset[Part]) -> None:
    serve_until_told(
        serve(settings, parts=parts, announce=lambda address: out.print(f"Boards: {address}/", highlight=False))
    )


@main.command()
@configured
def run(settings: Settings) -> None:
    """Everything in one process."""
    _serving(settings, frozenset({"collect", "watch"}))


@main.command()
@configured
def collect(settings: Settings) -> None:
    """The intake only: from the broker to the journal."""
    _serving(settings, frozenset({"collect"}))


@main.command()
@configured
def watch(settings: Settings) -> None:
    """Follows the journal and serves the boards, without an intake."""
    _serving(settings, frozenset({"watch"}))


@main.command()
@configured
def migrate(settings: Settings) -> None:
    """Brings the database's schema up to date."""

    async def up_to_date() -> list[str]:
        async with backing.database(settings) as dsn:
            return await bring_up_to_date(dsn)

    applied = until_told(up_to_date())
    out.print(f"Applied: {', '.join(applied)}." if applied else "The schema is up to date.")


@main.command()
@configured
def check(settings: Settings) -> None:
    """Says whether the configuration, the database and the broker are as they should be, and for how long."""
    results = until_told(checks(settings, system_clock()))
    for result in results:
        out.print(
            VERDICTS[result.verdict] + f" {result.subject:<14} {result.text}",
            highlight=False,
        )
    sys.exit(1 if any(result.verdict == "wrong" for result in results) else 0)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--speed", type=click.FloatRange(0, min_open=True), help="Seconds of the recording in a second.")
@configured
def replay(settings: Settings, file: Path, speed: float | None) -> None:
    """Publishes a recorded day to the broker; FILE is JSON lines of topic and payload, gzip if it ends in .gz."""
    size = file.stat().st_size if file.exists() else 1

    async def publish() -> tuple[int, float]:
        address = await backing.broker(settings)
        columns = (
            TextColumn("{task.fields[sent]} messages"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[rate]} /s"),
        )
        with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as bar:
            task = bar.add_task("", total=size, sent=0, rate=0)

            def progress(sent: int, read: int) -> None:
                elapsed = bar.tasks[task].elapsed or 0
                bar.update(task, completed=read, sent=sent, rate=round(sent / elapsed) if elapsed else 0)

            sent = await play_back(file, address, speed, progress)
            return sent, bar.tasks[task].elapsed or 0.0

    sent, seconds = until_told(publish())
    out.print(
        f"{sent} messages acknowledged by the broker in {seconds:.1f} s, {sent / max(seconds, 1e-9):.0f}/s.",
        highlight=False,
    )


class Instant(click.ParamType[datetime]):
    """RFC 3339, with an offset."""

    name = "RFC3339"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or not EARLIEST <= at <= LATEST:
            self.fail(
                f'found "{value}", expected an instant with its offset, such as 2026-11-23T10:30:00+01:00', param, ctx
            )
        return at


@main.command()
@click.option("--area", required=True, help="The hall or switchboard.")
@click.option("--at", type=Instant(), help="As they stood at this instant; now if not given.")
@click.option("--json", "as_json", is_flag=True, help="As the HTTP interface gives them.")
@configured
def figures(settings: Settings, area: str, at: datetime | None, as_json: bool) -> None:
    """The live figures of an area, from the journal alone."""
    try:
        settings.plan(area)
    except SettingsError as error:
        raise Refused(str(error)) from None
    instant = at or system_clock()

    async def read() -> AreaFigures:
        async with backing.database(settings) as dsn, Journal(dsn) as journal:
            in_force = await plan(journal, settings, area)
            return await figures_at(journal, in_force, instant, settings.intake.silent_after)

    found = until_told(read())
    click.echo(msgspec.json.encode(found)) if as_json else out.print(*of_area(found), sep="\n", highlight=False)
