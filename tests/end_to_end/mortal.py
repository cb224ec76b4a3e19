"""A vigie of alerts alone, which kills itself at a given step: between two statements, a commit, a letter sent."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from msgspec import Struct

from alerts.channels.webhook import Webhook, WebhookRecipient
from alerts.delivery import Delivery
from alerts.evaluation import Evaluation
from alerts.letters import Channel, Letter
from alerts.log import AwayError, Log
from alerts.outbox import Claimed, Outbox
from alerts.routing import Route
from alerts.rules import Rules
from alerts.turn import Judging, Sight
from alerts.watched import WatchedSite
from alerts.writing import Desk, letter
from collector.journal import Journal
from deploy.asking import Database
from tests.build import PARIS, at

T = TypeVar("T")

RECIPIENTS = ("chef", "ecran")
DAY = (("9:00", True), ("9:02", True), ("9:03", False), ("9:05", False))
"""When it looks, and whether data stand still then: for two minutes before it counts, and for two until it is over."""
STANDING = at("8:50")
LEASE = timedelta(seconds=0.3)


class Life(Struct, frozen=True, kw_only=True):
    """What one of these processes is given. `first`: of the looks of the day; `end`: the step at which it dies."""

    dsn: str
    site: str
    address: str
    secret: Path
    diary: Path
    first: int = 0
    delay: timedelta = timedelta()
    end: int | None = None


def lived(life: Life) -> None:
    """To the end of the day, or to its own."""
    asyncio.run(_lived(life))


class _Diary:
    """Writes down every step before it is taken; a line outlives whoever wrote it."""

    def __init__(self, life: Life) -> None:
        self._file = life.diary.open("a", buffering=1, encoding="utf-8")
        self._end, self._steps = life.end, 0

    def look(self, number: int) -> None:
        self._file.write(f"look {number}\n")

    def step(self, name: str) -> None:
        self._steps += 1
        self._file.write(f"{name}\n")
        if self._steps == self._end:
            os.kill(os.getpid(), signal.SIGKILL)


class _Connection:
    """A database connection, each statement of which is a step."""

    def __init__(self, connection: Any, diary: _Diary) -> None:
        self._connection, self._diary = connection, diary

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def asked(statement: str, *arguments: Any) -> Any:
            self._diary.step(f"before {' '.join(statement.split()[:3])}")
            return await getattr(self._connection, name)(statement, *arguments)

        return asked

    def transaction(self) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def transaction() -> AsyncIterator[None]:
            async with self._connection.transaction():
                yield
                self._diary.step("before the commit")
            self._diary.step("after the commit")

        return transaction()


class _Stepping:
    """A database whose every statement is a step."""

    def __init__(self, database: Database, diary: _Diary) -> None:
        self._database, self._diary = database, diary

    async def ask(self, ask: Callable[[Any], Coroutine[Any, Any, T]], /) -> T:
        return await self._database.ask(lambda connection: ask(_Connection(connection, self._diary)))


class _Sending:
    """A channel before and after which there is a step."""

    def __init__(self, channel: Channel, diary: _Diary) -> None:
        self._channel, self._diary = channel, diary

    async def send(self, letter: Letter) -> None:
        self._diary.step("before it is sent")
        await self._channel.send(letter)
        self._diary.step("after it is sent")


async def _lived(life: Life) -> None:
    diary = _Diary(life)
    desk = Desk(site=life.site, names={}, address="https://vigie.example", zone=PARIS)

    def written(claimed: Claimed) -> Letter:
        return letter(desk, claimed.message, claimed.alert, claimed.age)

    async with Journal(life.dsn) as journal, aiohttp.ClientSession() as session:
        database = _Stepping(Database(journal, AwayError), diary)
        log, outbox = Log(database, life.site), Outbox(database, life.site)
        judging = Judging(site=life.site, rules=Rules(), routes=(Route(to=RECIPIENTS),))
        sight: Sight | None = None
        evaluation = Evaluation(judging, log, lambda: sight, lambda _, __: None)
        delivery = Delivery(
            outbox, _channels(life, session, diary), written, lambda: at("9:05"),
            give_up_after=timedelta(hours=24), lease=LEASE,
        )  # fmt: skip
        for number, (clock, standing) in enumerate(DAY):
            if number >= life.first:
                seen = WatchedSite(at=at(clock) + life.delay, standing_since=STANDING if standing else None)
                sight = Sight(site=seen, areas=())
                diary.look(number)
                await evaluation.tick()
                await _all_sent(outbox, delivery)


def _channels(life: Life, session: aiohttp.ClientSession, diary: _Diary) -> Mapping[str, Channel]:
    return {
        name: _Sending(
            Webhook(
                WebhookRecipient(name=name, url=f"{life.address}/{life.site}/{name}", secret_file=life.secret), session
            ),
            diary,
        )
        for name in RECIPIENTS
    }


async def _all_sent(outbox: Outbox, delivery: Delivery) -> None:
    """Until nothing is left in the outbox: what one who died had claimed comes back when its lease is over."""
    while (due := await outbox.next_due()) is not None:
        await asyncio.sleep(max(due.total_seconds(), 0.0))
        await delivery.once()
