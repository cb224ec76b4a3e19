"""Exports under way: one at a time, whoever asks; how far it is, and what came of the last one of each month."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Literal

import structlog
from msgspec import Struct
from msgspec.structs import replace

from dashboards.errors import AwayError
from dashboards.months import Made, NothingError

log = structlog.get_logger()

Tell = Callable[[int, int], None]
"""Is told how many steps of how many are done; from any thread."""
Failure = Literal["away", "not_over", "empty", "broken"]
"""away: the database; not_over, empty: there is no such month to export; broken: anything else."""


class Job(Struct, frozen=True, kw_only=True):
    """An export; `of` 0: it is not known yet how many steps it takes.

    Once it has `ended`, it has a `failure`, with a sentence for the operator, or the `version` that it made; `new`:
    with other figures than those of the version before.
    """

    month: date
    who: str
    begun: datetime
    done: int = 0
    of: int = 0
    ended: datetime | None = None
    failure: Failure | None = None
    why: str = ""
    version: int = 0
    new: bool = False


class Exporting:
    def __init__(self, export: Callable[[date, str, Tell], Awaitable[Made]], clock: Callable[[], datetime]) -> None:
        self._export, self._clock = export, clock
        self._asked = asyncio.Event()
        self.ended: dict[date, Job] = {}
        """The last one of each month."""
        self.now: Job | None = None

    def begin(self, month: date, who: str) -> Job:
        """The export that is under way then: this one, or that of whoever was quicker, perhaps of another month."""
        if self.now is None:
            self.now = Job(month=month, who=who, begun=self._clock())
            self.ended.pop(month, None)
            self._asked.set()
        return self.now

    async def run(self) -> None:
        """Exports what is asked for, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            if job := self.now:
                ended = await self._ended(job)
                self.ended[job.month], self.now = replace(ended, ended=self._clock()), None

    async def _ended(self, job: Job) -> Job:
        try:
            made = await self._export(job.month, job.who, self._tell)
        except AwayError as error:
            return replace(job, failure="away", why=str(error))
        except NothingError as error:
            return replace(job, failure=error.reason, why=str(error))
        except Exception as error:
            # whatever is wrong with a month, its page says so, and others can be exported
            log.exception("month not exported", month=f"{job.month:%Y-%m}")
            return replace(job, failure="broken", why=type(error).__name__)
        return replace(job, version=made.version, new=made.new)

    def _tell(self, done: int, of: int) -> None:
        if self.now:
            self.now = replace(self.now, done=done, of=of)
