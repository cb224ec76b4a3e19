"""The commands of `vigie`, by what they are about, and what they share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.configuration import load
from deploy.ending import Refused
from deploy.settings import SettingsError

F = TypeVar("F", bound=Callable[..., object])
out = Console()
HERE = "ligne de commande"
"""Who does what is done by a command."""


def configured(command: F) -> F:
    """Gives a command its settings from `--config`."""

    @click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("vigie.toml"),
        show_default=True,
        help="The configuration file.",
    )
    @wraps(command)
    def with_settings(config: Path, **options: object) -> object:
        try:
            settings = load(config)
        except SettingsError as error:
            raise Refused(str(error)) from None
        return command(settings, **options)

    return with_settings  # type: ignore[return-value]


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; what it yields is told how many steps of how many are done."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, of: bar.update(task, completed=done, total=of, visible=True)
