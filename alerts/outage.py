"""The one alert that the database cannot hold: that it does not answer. Told from memory, and recorded once it does."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from msgspec.structs import replace

from alerts.letters import Channel, Letter, Message
from alerts.log import AwayError, Change
from alerts.routing import levels, upto
from alerts.turn import Judging, Sight, Turns
from ticketing.alert import SITE, Alert, DataStanding, Moment, Signal

log = structlog.get_logger()

TURN_S = 1.0
PATIENCE_S = 20.0


class Outage:
    """`away` and `back` are told by the evaluation at each tick; `run` sends beside it.

    Each recipient is told once, the next ones while it lasts. Whoever ends vigie meanwhile ends its memory of whom it
    has told, too: they are told again.
    """

    def __init__(
        self,
        judging: Judging,
        turns: Turns,
        channels: Mapping[str, Channel],
        letter: Callable[[Message, Alert], Letter],
        clock: Callable[[], datetime],
        *,
        posted: Callable[[], None] = lambda: None,
    ) -> None:
        self._judging, self._turns, self._channels = judging, turns, channels
        self._letter, self._clock, self._posted = letter, clock, posted
        self._alert: Alert | None = None
        self._moments: list[Moment] = []
        self._over = False
        self._since: datetime | None = None
        """When it did not answer first."""

    def away(self, sight: Sight) -> None:
        """The database does not answer, and data have been standing still since an instant, if it is known already."""
        rule = self._judging.rules.rule("data_standing")
        # it may be read and not written to: the boards go on then, and know of nothing
        self._since = since = sight.site.standing_since or self._since or sight.at
        if not rule.enabled:
            return
        self._over = False
        if self._alert is None and sight.at - since >= rule.hold:
            signal = Signal(
                condition="data_standing",
                subject="",
                name="",
                severity=rule.severity,
                since=since,
                facts=DataStanding(last=since),
                fired_at=sight.at,
            )
            self._alert = Alert(
                id=f"{sight.at.astimezone(UTC):%Y%m%d-%H%M%S%f}-outage",
                site=self._judging.site,
                area=SITE,
                topic="data",
                severity=rule.severity,
                since=since,
                signals=(signal,),
                fired_at=sight.at,
                configuration=self._judging.configuration,
            )
            self._moments = [Moment(at=sight.at, kind="fired")]

    def back(self) -> None:
        """It answers again."""
        self._over = True
        self._since = None

    @property
    def open(self) -> tuple[Alert, ...]:
        """What boards show of it."""
        return (self._alert,) if self._alert else ()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.once()
            except Exception:
                # what cannot be told must stop neither the boards nor the intake beside us
                log.exception("an outage cannot be told of, or recorded")
            await asyncio.sleep(TURN_S)

    async def once(self) -> None:
        """Tells whoever is to be told and was not, or records what is over."""
        if self._alert is None:
            return
        if self._over:
            await self._record(self._alert)
            return
        now = self._clock()
        waiting: timedelta = now - (self._alert.fired_at or now)
        level = int(waiting / self._judging.policy.escalate_after)
        names = upto(levels(self._judging.routes, self._alert, now), level)
        await asyncio.gather(*(self._tell(name) for name in names if name not in self._alert.told_to))

    async def _tell(self, name: str) -> None:
        alert, channel, now = self._alert, self._channels.get(name), self._clock()
        if alert is None or channel is None:
            return
        message = Message(key=f"{alert.id}.fired.{name}", recipient=name, news="fired", alert=alert, made_at=now)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await channel.send(self._letter(message, alert))
        except Exception as error:  # noqa: BLE001 - one recipient must not keep the others from being told
            log.warning("not told of the outage yet", recipient=name, error=type(error).__name__)
            return
        if self._alert is not None:
            self._alert = replace(self._alert, told_to=(*self._alert.told_to, name), told_at=now)
            self._moments.append(Moment(at=now, kind="told", who=name))

    async def _record(self, alert: Alert) -> None:
        """As an alert that is over, with whom was told of it; they are told of its end by the outbox."""
        now = self._clock()
        signals = tuple(replace(signal, clear_since=now, ended_at=now) for signal in alert.signals)
        over = replace(alert, signals=signals, back_at=now, resolved_at=now)
        key = f"{alert.id}.resolved"
        messages = tuple(
            Message(key=f"{key}.{name}", recipient=name, news="resolved", alert=over, made_at=now)
            for name in alert.told_to
        )
        moments = (*self._moments, Moment(at=now, kind="resolved"))
        try:
            await self._turns.turn(lambda _, __: [Change(alert=over, moments=moments, messages=messages)], now)
        except AwayError:
            return  # gone again; later
        self._alert, self._moments = None, []
        if messages:
            self._posted()
