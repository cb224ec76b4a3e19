"""The journal's database as the boards ask it: an outage is one of their own errors, with a sentence."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from collector.intake import OUTAGE, REFUSALS, outage_text
from collector.journal import Journal
from dashboards.server import AwayError

T = TypeVar("T")


class Database:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection of the journal's answers. AwayError in an outage; what it refuses is its asker's fault."""
        try:
            return await self._journal.ask(ask)
        except REFUSALS:
            raise
        except OUTAGE as error:
            raise away(error) from None


def away(error: BaseException) -> AwayError:
    return AwayError(f"the database does not answer: {outage_text(error)}")
