"""The journal's database as the boards ask it: an outage is one of their own errors, with a sentence."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from collector.intake import OUTAGE, REFUSALS, outage_text
from collector.journal import ANSWER_S, Journal

T = TypeVar("T")


class Database:
    def __init__(self, journal: Journal, error: Callable[[str], Exception], seconds: float = ANSWER_S) -> None:
        """`error` makes the asker's own of a sentence; an answer may take so many seconds."""
        self._journal, self._error, self._seconds = journal, error, seconds

    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        """What a connection answers. The asker's error in an outage; what it refuses is its asker's fault."""
        try:
            return await self._journal.ask(ask, self._seconds)
        except REFUSALS:
            raise
        except OUTAGE as error:
            raise self._error(away(error)) from None


def away(error: BaseException) -> str:
    return f"the database does not answer: {outage_text(error)}"
