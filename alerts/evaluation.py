"""The evaluation: what is wrong now, by a clock and whenever something happens, taken into the log of alerts."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from alerts.log import AwayError
from alerts.turn import Judging, Sight, Turn, Turns
from ticketing.alert import Alert, Mute

log = structlog.get_logger()

EVERY_S, SOONEST_S = 1.0, 0.25
"""Evaluated at least so often, for time alone changes things; and at most so often, whatever happens."""
KEEP_S = 10.0
"""Figures alone that have moved in an alert are kept so often."""


class Outages(Protocol):
    """Told at each tick whether the database answers."""

    @property
    def open(self) -> Sequence[Alert]: ...
    def away(self, sight: Sight, /) -> None: ...
    def back(self) -> None: ...


class Evaluation:
    """`look` is asked once a tick; `show` is given what is open, and the silences in force, after each."""

    def __init__(
        self,
        judging: Judging,
        turns: Turns,
        look: Callable[[], Sight | None],
        show: Callable[[Sequence[Alert], Sequence[Mute]], None],
        *,
        posted: Callable[[], None] = lambda: None,
        outage: Outages | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`posted` is called when there is something to send."""
        self._judging, self._turns, self._look, self._show = judging, turns, look, show
        self._posted, self._outage, self._monotonic = posted, outage, monotonic
        self.known = False
        """Whether every area was judged since the start: before, more may be open than is shown."""
        self._stirred = asyncio.Event()
        self._kept: dict[str, float] = {}
        self._said = ""
        self._shown: tuple[Sequence[Alert], Sequence[Mute]] = ((), ())

    def stir(self) -> None:
        """Something may have changed."""
        self._stirred.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            began = self._monotonic()
            self._stirred.clear()
            try:
                await self.tick()
            except Exception as error:
                # what cannot be judged once must not end the watch, nor the boards beside us
                if self._said != (said := f"{type(error).__name__}: {error}"):
                    log.exception("alerts not evaluated")
                self._said = said
            await asyncio.sleep(max(began + SOONEST_S - self._monotonic(), 0.0))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(began + EVERY_S - self._monotonic(), 0.001)):
                    await self._stirred.wait()

    async def tick(self) -> None:
        """One look, and what comes of it."""
        sight = self._look()
        if sight is None:
            return
        turn = Turn(self._judging, sight, self._due)
        try:
            await self._turns.turn(turn.decide, sight.at)
        except AwayError as error:
            if self._said != (said := str(error)):
                log.error("alerts cannot be kept for now", error=said)
            self._said = said
            if self._outage:
                self._outage.away(sight)
                self._show([*self._outage.open, *self._shown[0]], self._shown[1])
            return
        self._tell(turn.failed)
        if self._outage:
            self._outage.back()
        self.known = self.known or bool(sight.areas)
        self._shown = turn.open, turn.mutes
        self._show(*self._shown)
        if turn.posted:
            self._posted()

    def _tell(self, failed: Mapping[str, Exception]) -> None:
        """What could not be judged, once for each error."""
        said = "; ".join(f"{area or 'site'}: {type(error).__name__}: {error}" for area, error in failed.items())
        if said and said != self._said:
            log.error("alerts not evaluated", error=said, exc_info=next(iter(failed.values())))
        self._said = said

    def _due(self, alert: Alert) -> bool:
        """Whether it is time to keep figures that have moved."""
        now = self._monotonic()
        if now - self._kept.get(alert.id, -KEEP_S) < KEEP_S:
            return False
        self._kept = {one: at for one, at in self._kept.items() if now - at < KEEP_S} | {alert.id: now}
        return True
