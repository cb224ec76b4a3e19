"""The topics that vigie writes: what kiosks print and screens show, and what lights are told; all retained."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from alerts.lights import Lights
from collector.broker import BrokerSettings
from collector.publisher import Publisher
from dashboards.board import Board
from dashboards.displays import Display, Displays
from deploy import backing
from deploy.embedded import EmbeddedServiceError
from deploy.settings import Settings
from ticketing.alert import Alert, Mute

log = structlog.get_logger()

ADDRESS = "accueil/v1/{site}/{area}/live/{queue}"
CONTENT_TYPE = "application/json"
TICK_S = 1.0
PAUSE_S = 5.0


class Topics:
    """Tells the broker what is due of a board: its queues, and its alerts.

    Whatever becomes of the broker, the boards and the intake go on. While it is away nothing is kept for it: once it
    is there again, and may have lost what it had, it is told how all is then. When vigie ends, what was told last
    stays: by its time everybody knows how old it is.
    """

    def __init__(self, board: Board, settings: Settings, broker: BrokerSettings) -> None:
        self._settings, self._broker = settings, broker
        self._displays = Displays(board)

        def alerts() -> tuple[Sequence[Alert], Sequence[Mute]] | None:
            return (board.alerts, board.mutes) if board.alerts_known else None

        self._lights = Lights(settings.site, list(board.plans), alerts, board.clock)

    async def run(self) -> None:
        """Until cancelled; or not at all, if this vigie is not to publish, or cannot."""
        if not self._settings.live.publish:
            return
        broker = await self._found()
        try:
            publisher = Publisher(broker, f"{broker.client_id}-live")
        except OSError as error:
            log.error("kiosks and screens are told nothing: a file cannot be read", error=str(error))
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(publisher.run())
            tasks.create_task(self._tell(publisher))

    async def _found(self) -> BrokerSettings:
        """Where the broker is. An embedded one that we do not run ourselves may be another vigie's, on our folder."""
        told = ""
        while self._broker.url == backing.EMBEDDED:
            try:
                return await backing.broker(self._settings)
            except (EmbeddedServiceError, OSError) as error:
                if told != (told := str(error)):
                    log.warning("kiosks and screens are told nothing yet", error=told)
            await asyncio.sleep(PAUSE_S)
        return self._broker

    async def _tell(self, publisher: Publisher) -> None:
        generation = 0
        while True:
            if publisher.link.connected:
                if generation != publisher.link.generation:
                    generation = publisher.link.generation
                    self._displays.again()
                    self._lights.again()
                try:
                    await self._publish(publisher)
                except Exception:
                    log.exception("kiosks and screens are not told")
            await asyncio.sleep(TICK_S)

    async def _publish(self, publisher: Publisher) -> None:
        """At most one message of a topic is under way: the next is made when the broker has taken it."""
        for display in self._displays.due():
            payload = msgspec.json.encode(display)
            await publisher.publish(self._topic(display), payload, retain=True, content_type=CONTENT_TYPE)
        for topic, payload in self._lights.due():
            # without a payload it has no content either
            content_type = CONTENT_TYPE if payload else None
            await publisher.publish(topic, payload, retain=True, content_type=content_type)
        await publisher.drain()

    def _topic(self, display: Display) -> str:
        return ADDRESS.format(site=self._settings.site, area=display.area, queue=display.queue)
