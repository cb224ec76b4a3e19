"""How a command ends: by itself, by Ctrl-C or SIGTERM, or with one sentence for the operator."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from concurrent.futures import BrokenExecutor
from typing import Any, TypeVar

import asyncpg
import click

from dashboards.errors import AwayError
from deploy.embedded import EmbeddedServiceError
from deploy.purge import BusyError
from deploy.replay import ReplayError
from deploy.settings import SettingsError

INTERRUPTED = 130
WRONG = 2
"""Exit status of wrong usage or configuration, or of a service that is not there."""
SENTENCES = (AwayError, BusyError, EmbeddedServiceError, ReplayError, SettingsError)
MENDABLE = (BrokenExecutor, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

R = TypeVar("R")


class Refused(click.ClickException):
    """One sentence a line on stderr, exit status 2."""

    exit_code = WRONG

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - click's signature
        for line in self.message.splitlines():
            click.echo(f"vigie: {line}", err=True)


def until_told(work: Coroutine[Any, Any, R]) -> R:
    """Runs to the end; exits with 130 on Ctrl-C or SIGTERM. Raises Refused with what the operator must know."""

    async def told() -> R:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        return await task

    try:
        return asyncio.run(told())
    except asyncio.CancelledError:
        sys.exit(INTERRUPTED)
    except BaseExceptionGroup as group:
        raise _refusal(_first(group)) from None
    except (*SENTENCES, *MENDABLE) as error:
        raise _refusal(error) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _refusal(error: BaseException) -> BaseException:
    """The sentence for an error that an operator can mend; any other is ours, and is raised as it is."""
    if isinstance(error, SENTENCES):
        return Refused(str(error))
    if isinstance(error, asyncpg.UndefinedTableError):
        return Refused("the database has no journal yet: run `vigie migrate`, or `vigie run`, with this configuration")
    if isinstance(error, BrokenExecutor):
        return Refused("the process that makes the files was ended from outside, as when memory runs out")
    if isinstance(error, MENDABLE):
        return Refused(f"{type(error).__name__}: {error}")
    return error


def serve_until_told(work: Coroutine[Any, Any, object]) -> None:
    """Runs what is meant to run until Ctrl-C or SIGTERM: being told is then its good end."""
    with contextlib.suppress(SystemExit):
        until_told(work)
