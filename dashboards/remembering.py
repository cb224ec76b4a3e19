"""The way into the archive: what was shown and what came of it is remembered until it is written there."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import structlog

from dashboards.errors import AwayError
from ticketing.accuracy import Outcome, Shown

log = structlog.get_logger()

MOST = 10_000
EVERY_S = 1.0

Key = tuple[str, str]
"""Area and visit."""
Row = TypeVar("Row", Shown, Outcome)


class Keeper(Protocol):
    async def keep(self, shown: Sequence[Shown]) -> None: ...
    async def note(self, outcomes: Sequence[Outcome]) -> int: ...


class Memory:
    """What the archive does not have yet: while it is away, the newest so many of each kind."""

    def __init__(self, archive: Keeper, most: int = MOST, every_s: float = EVERY_S) -> None:
        self._archive, self._most, self._every_s = archive, most, every_s
        self._shown: dict[Key, Shown] = {}
        self._outcomes: dict[Key, Outcome] = {}
        self._away = False
        self._dropped = 0

    def remember(self, shown: Iterable[Shown] = (), outcomes: Iterable[Outcome] = ()) -> None:
        """Of each customer, what was shown first and the outcome told last, as in the archive."""
        for one in shown:
            self._shown.setdefault((one.area, one.visit), one)
        for outcome in outcomes:
            key = outcome.area, outcome.visit
            self._outcomes.pop(key, None)  # the newest is the last to be dropped
            self._outcomes[key] = outcome
        self._drop(self._shown)
        self._drop(self._outcomes)

    async def run(self) -> None:
        """Writes what there is, once a second, for ever; what is not written when it ends is forgotten.

        Waits are told again after a start, and of what was shown it is a second's worth.
        """
        while True:
            await self.write()
            await asyncio.sleep(self._every_s)

    async def write(self) -> None:
        """Writes what there is; while the archive is away it stays."""
        # both as they are now: a wait noted before what was shown is kept would find nothing to be noted on
        shown, outcomes = list(self._shown.values()), list(self._outcomes.values())
        try:
            if shown:
                await self._archive.keep(shown)
                _forget(self._shown, shown)
            if outcomes:
                await self._archive.note(outcomes)
                _forget(self._outcomes, outcomes)
        except AwayError as error:
            if not self._away:
                log.error("predictions are not archived for now", error=str(error))
            self._away = True
        except Exception:
            # what the archive will never take must not stop what comes after it, nor the boards beside us
            log.exception("predictions not archived", shown=len(shown), outcomes=len(outcomes))
            _forget(self._shown, shown)
            _forget(self._outcomes, outcomes)
        else:
            if (self._away or self._dropped) and (shown or outcomes):
                # not only after an outage: a start may tell of more waits than are remembered at a time
                log.info("predictions are archived again", dropped=self._dropped)
                self._away, self._dropped = False, 0

    def _drop(self, rows: dict[Key, Row]) -> None:
        over = len(rows) - self._most
        if over <= 0:
            return
        if not self._dropped:
            log.warning("predictions wait for the archive: the oldest are dropped", most=self._most)
        self._dropped += over
        for key in list(rows)[:over]:
            del rows[key]


def _forget(rows: dict[Key, Row], written: Iterable[Row]) -> None:
    """All but those that have changed meanwhile."""
    for row in written:
        key = row.area, row.visit
        if rows.get(key) is row:
            del rows[key]
