"""A sender of alerts that kills itself at a given step: `python -m tests.end_to_end.dying DSN URL SECRET STEP`."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from alerts.channels.webhook import Webhook, WebhookRecipient
from alerts.delivery import Delivery
from alerts.evaluation import Evaluation, Judging, Sight
from alerts.letters import Letter
from alerts.log import AwayError, Change, Decide, Log
from alerts.outbox import Claimed, Outbox
from alerts.routing import Route
from alerts.rules import Rules
from alerts.watched import WatchedSite
from alerts.writing import Desk, letter
from collector.journal import Journal
from deploy.asking import Database
from tests.alerts.hand import watched
from tests.build import PARIS, issued, opened
from tests.build import at as clock
from ticketing.alert import Alert, Mute

STEPS = ("before the commit", "after the commit", "after the claim", "after the send", "after all")
LEASE = timedelta(seconds=0.5)
NOW = clock("9:16")
DESK = Desk(site="aube", names={"sud": "Hall sud"}, address="http://127.0.0.1", zone=PARIS)


def die_at(step: str, asked: str) -> None:
    if step == asked:
        os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """What stands between the parts and what they stand on, and ends the process on its way."""

    def __init__(self, log: Log, outbox: Outbox, webhook: Webhook, step: str) -> None:
        self._log, self._outbox, self._webhook, self._step = log, outbox, webhook, step

    async def turn(self, decide: Decide, now: datetime) -> None:
        def decided(alerts: Sequence[Alert], mutes: Sequence[Mute]) -> Sequence[Change]:
            changes = decide(alerts, mutes)
            die_at("before the commit", self._step)
            return changes

        await self._log.turn(decided, now)
        die_at("after the commit", self._step)

    async def claim(self, most: int, lease: timedelta) -> list[Claimed]:
        found = await self._outbox.claim(most, lease)
        if found:
            die_at("after the claim", self._step)
        return found

    async def send(self, letter: Letter) -> None:
        await self._webhook.send(letter)
        die_at("after the send", self._step)

    async def delivered(self, claimed: Claimed, at: datetime) -> None:
        await self._outbox.delivered(claimed, at)
        die_at("after all", self._step)

    async def failed(self, claimed: Claimed, error: str, again_in: timedelta | None, at: datetime) -> None:
        await self._outbox.failed(claimed, error, again_in, at)

    async def next_due(self) -> timedelta | None:
        return await self._outbox.next_due()


async def told(dsn: str, url: str, secret: Path, step: str) -> None:
    """One look at a late line, and all that is to be sent of it."""
    async with Journal(dsn) as journal, aiohttp.ClientSession() as session:
        database = Database(journal, AwayError)
        webhook = Webhook(WebhookRecipient(name="relais", url=url, secret_file=secret), session)
        dying = Dying(Log(database, "aube"), Outbox(database, "aube"), webhook, step)
        judging = Judging(site="aube", rules=Rules(), routes=(Route(to=("relais",)),))
        seen = watched("9:16", opened("g1", "8:30", "sejour"), issued("A1", "9:00"))
        sight = Sight(site=WatchedSite(at=NOW), areas=(seen,))
        await Evaluation(judging, dying, lambda: sight, lambda *_: None).tick()

        def written(claimed: Claimed) -> Letter:
            return letter(DESK, claimed.message, claimed.alert, claimed.age)

        delivery = Delivery(
            dying, {"relais": dying}, written, lambda: NOW, give_up_after=timedelta(hours=24), lease=LEASE
        )
        while await dying.next_due() is not None:
            if not await delivery.once():
                await asyncio.sleep(0.05)  # until the lease of whoever was killed is over


if __name__ == "__main__":
    asyncio.run(told(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
