"""Alerts put together: what the boards know is judged, kept in the database and told to whoever is to know."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import aiohttp
import structlog

from alerts.channels import channel
from alerts.delivery import Delivery
from alerts.evaluation import Evaluation, Judging, Sight
from alerts.letters import Channel, Letter, RefusedError
from alerts.log import AwayError, Decide, Log
from alerts.outage import Outage
from alerts.outbox import Claimed, Outbox
from alerts.rules import Rules
from alerts.watched import Watched, WatchedSite
from alerts.writing import Desk, letter
from collector.journal import Journal
from dashboards.board import ALERTS, Board
from deploy.asking import Database
from deploy.settings import Settings
from ticketing.alert import Alert, Mute, Undelivered

log = structlog.get_logger()

UNDELIVERED_S = 2.0
ZERO = timedelta()


def judging(settings: Settings) -> Judging:
    return Judging(
        site=settings.site,
        rules=Rules(settings.alerts.rules),
        routes=settings.routed(),
        policy=settings.alerts.policy,
        configuration=settings.digest,
    )


def desk(settings: Settings) -> Desk:
    return Desk(
        site=settings.site,
        names={area.id: area.name for area in settings.areas},
        address=(settings.web.url or f"http://{settings.web.listen}").rstrip("/"),
        zone=settings.zone,
    )


def channels(settings: Settings, session: aiohttp.ClientSession) -> Mapping[str, Channel]:
    """By recipient; that a secret cannot be read is said, and what it is for waits until it can."""
    found: dict[str, Channel] = {}
    for recipient in settings.recipients:
        opening = partial(channel, recipient, settings.alerts.mail, session)
        try:
            found[recipient.name] = opening()
        except OSError as error:
            log.error("a recipient is told nothing: a file cannot be read", recipient=recipient.name, error=str(error))
            found[recipient.name] = _Unopened(opening)
    return found


class _Unopened:
    """A channel that could not be opened, and is tried with every letter."""

    def __init__(self, opening: Callable[[], Channel]) -> None:
        self._opening = opening

    async def send(self, letter: Letter) -> None:
        try:
            opened = self._opening()
        except OSError:
            raise RefusedError("a file cannot be read") from None
        await opened.send(letter)


class Alerting:
    """Runs beside the follower. `recently`: how many messages were set aside in the `window`."""

    def __init__(
        self, settings: Settings, board: Board, journal: Journal, clock: Callable[[], datetime], started: asyncio.Event
    ) -> None:
        self._settings, self._board, self._clock = settings, board, clock
        database = Database(journal, AwayError)
        self._log, self._outbox = Log(database, settings.site), Outbox(database, settings.site)
        self._judging = judging(settings)
        self._started = started
        self._undelivered: Sequence[Undelivered] = ()
        self.window = self._judging.rules.rule("quarantine_growing").window
        self.recently = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession() as session:
            opened = channels(self._settings, session)
            at = desk(self._settings)

            def letter_of(claimed: Claimed) -> Letter:
                return letter(at, claimed.message, claimed.alert, claimed.age)

            delivery = Delivery(
                self._outbox, opened, letter_of, self._clock, give_up_after=self._settings.alerts.give_up_after
            )
            outage = Outage(
                self._judging,
                self,
                opened,
                lambda message, alert: letter(at, message, alert, ZERO),
                self._clock,
                posted=delivery.stir,
            )
            evaluation = Evaluation(
                self._judging,
                self,
                self._look,
                lambda alerts, mutes: self._show(alerts, mutes, known=evaluation.known),
                posted=delivery.stir,
                outage=outage,
            )
            self._board.on_change(lambda key: None if key == ALERTS else evaluation.stir())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(outage.run())
                tasks.create_task(evaluation.run())
                await self._started.wait()
                tasks.create_task(delivery.run())
                tasks.create_task(self._ask_undelivered())

    async def turn(self, decide: Decide, now: datetime) -> None:
        """A turn of the log; before the schema is there, none."""
        if not self._started.is_set():
            raise AwayError("the database is not ready")
        await self._log.turn(decide, now)

    def _look(self) -> Sight | None:
        """What the boards know now; None before they know anything."""
        board, now = self._board, self._clock()
        site = WatchedSite(at=now, standing_since=board.standing_since, quarantined=self.recently)
        if not board.loaded:
            return Sight(site=site, areas=()) if board.standing_since else None
        return Sight(site=site, areas=tuple(self._watched(name, now) for name in board.plans))

    def _watched(self, name: str, now: datetime) -> Watched:
        board = self._board
        foreseen = board.foreseen.get(name)
        return Watched(
            at=now,
            area=board.areas[name],
            figures=board.figures(name),
            forecast=foreseen.forecast if foreseen and board.standing_since is None else None,
            past=board.past.get(name, {}),
        )

    def _show(self, alerts: Sequence[Alert], mutes: Sequence[Mute], *, known: bool) -> None:
        self._board.alert(alerts, mutes, self._undelivered)
        self._board.alerts_known = known

    async def _ask_undelivered(self) -> None:
        while True:
            # that the database is away, the evaluation says
            with contextlib.suppress(AwayError):
                self._undelivered = await self._outbox.undelivered()
            await asyncio.sleep(UNDELIVERED_S)
