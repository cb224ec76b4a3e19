"""The commands of `vigie`, by what they are about, and what they share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from deploy.configuration import load
from deploy.ending import Refused
from deploy.settings import SettingsError

F = TypeVar("F", bound=Callable[..., object])
out = Console()


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
