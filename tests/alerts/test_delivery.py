"""From the outbox to the recipients, whatever their servers answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.delivery import FIRST, LONGEST, Delivery
from alerts.letters import Letter, Message, RefusedError
from alerts.log import Change
from alerts.outbox import Claimed
from alerts.telling import News
from alerts.writing import Desk, letter
from tests.alerts.fakes import FakeChannel, FakeLog
from tests.alerts.hand import MINUTE, alert
from tests.build import PARIS, at
from ticketing.alert import Alert

NOW = at("10:00")
HOUR = timedelta(hours=1)
DESK = Desk(site="aube", names={"sud": "Hall sud"}, address="https://vigie.example", zone=PARIS)


def delivery(log: FakeLog, channels: Mapping[str, FakeChannel], patience_s: float = 5.0) -> Delivery:
    def written(claimed: Claimed) -> Letter:
        return letter(DESK, claimed.message, claimed.alert, claimed.age)

    return Delivery(
        log, channels, written, lambda: NOW,
        give_up_after=24 * HOUR, patience_s=patience_s, chance=Random(1),
    )  # fmt: skip


async def posted(log: FakeLog, known: Alert, news: News = "fired", *recipients: str) -> None:
    messages = tuple(
        Message(key=f"{known.id}.{news}.{name}", recipient=name, news=news, alert=known, made_at=NOW)
        for name in recipients or ("chef",)
    )
    await log.turn(lambda _, __: [Change(alert=known, messages=messages)], NOW)


async def until_quiet(sending: Delivery, log: FakeLog, within: timedelta) -> None:
    """Tries whatever is due, its clock moved from one try to the next, for so long at the most."""
    end = log.seconds + within.total_seconds()
    while (due := await log.next_due()) is not None and log.seconds + due.total_seconds() <= end:
        log.pass_time(max(due, timedelta(milliseconds=1)))
        await sending.once()


@asynccontextmanager
async def running(sending: Delivery) -> AsyncIterator[None]:
    task = asyncio.create_task(sending.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def met(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is awaited is seen from outside only
            await asyncio.sleep(0.001)


async def test_whoever_is_to_be_told_is_once() -> None:
    log, chef, ecran = FakeLog(), FakeChannel(), FakeChannel()
    await posted(log, alert(), "fired", "chef", "ecran")
    sending = delivery(log, {"chef": chef, "ecran": ecran})
    assert await sending.once() == 2
    assert await sending.once() == 0
    assert [one.key for one in (*chef.taken, *ecran.taken)] == ["a1.fired.chef", "a1.fired.ecran"]


@pytest.mark.parametrize(
    "error",
    [
        RefusedError("SMTP 451: try again"),
        RefusedError("SMTP 550: no such mailbox"),
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        KeyError("a fault of our own"),
    ],
)
async def test_whatever_the_failure_it_is_sent_again_until_it_has_arrived(error: Exception) -> None:
    log, chef = FakeLog(), FakeChannel(error, error, error)
    await posted(log, alert())
    with capture_logs():
        await until_quiet(delivery(log, {"chef": chef}), log, HOUR)
    assert (chef.tried, len(chef.taken)) == (4, 1)
    assert await log.undelivered() == []


async def test_a_peer_that_takes_it_and_says_so_too_late_gets_it_twice_under_one_key() -> None:
    class Slow(FakeChannel):
        async def send(self, letter: Letter) -> None:
            await super().send(letter)
            if self.tried == 1:
                await asyncio.Event().wait()

    log, slow = FakeLog(), Slow()
    await posted(log, alert())
    with capture_logs():
        await until_quiet(delivery(log, {"chef": slow}, patience_s=0.05), log, HOUR)
    assert [one.key for one in slow.taken] == ["a1.fired.chef", "a1.fired.chef"]


async def test_a_channel_that_is_down_for_an_hour_tells_one_letter_that_says_how_late_it_is_and_what_is_over() -> None:
    log, chef = FakeLog(), FakeChannel()
    chef.down = ConnectionRefusedError(111, "Connection refused")
    sending = delivery(log, {"chef": chef})
    await posted(log, alert())
    with capture_logs():
        await until_quiet(sending, log, HOUR)
    assert chef.tried < 20
    over = replace(alert(), back_at=NOW + 30 * MINUTE, resolved_at=NOW + 40 * MINUTE)
    await posted(log, alert(), "again")
    await posted(log, over, "resolved")
    chef.down = None
    await until_quiet(sending, log, 10 * MINUTE)
    (told,) = chef.taken
    assert told.key == "a1.fired.chef"
    assert told.title.startswith("Résolu depuis")
    assert told.text.startswith("Message retardé de 1")
    assert await log.next_due() is None


async def test_a_recipient_who_is_not_reached_keeps_no_other_from_being_told() -> None:
    log, chef, ecran = FakeLog(), FakeChannel(), FakeChannel()
    chef.down = RefusedError("SMTP 421")
    await posted(log, alert(), "fired", "chef", "ecran")
    with capture_logs():
        await delivery(log, {"chef": chef, "ecran": ecran}).once()
    assert [one.recipient for one in await log.undelivered()] == ["chef"]
    assert len(ecran.taken) == 1


async def test_while_one_server_hangs_others_are_told_and_whoever_hangs_is_told_one_thing_at_a_time() -> None:
    class Hanging(FakeChannel):
        async def send(self, letter: Letter) -> None:
            await super().send(letter)
            await asyncio.Event().wait()

    log, hanging, ecran = FakeLog(), Hanging(), FakeChannel()
    sending = delivery(log, {"chef": hanging, "ecran": ecran}, patience_s=3600.0)
    async with running(sending):
        await posted(log, alert(), "fired", "chef")
        sending.stir()
        await met(lambda: hanging.tried == 1)
        for number in range(3):
            await posted(log, replace(alert(), id=f"b{number}", area=f"nord-{number}"), "fired", "chef", "ecran")
            sending.stir()
        await met(lambda: len(ecran.taken) == 3)
        assert hanging.tried == 1


async def test_what_became_of_a_letter_while_the_database_is_away_is_found_out_by_sending_it_again() -> None:
    class Cutting(FakeChannel):
        async def send(self, letter: Letter) -> None:
            await super().send(letter)
            log.away = self.tried == 1

    log, chef = FakeLog(), Cutting()
    await posted(log, alert())
    sending = delivery(log, {"chef": chef})
    with capture_logs() as logs:
        await sending.once()
    assert [one["event"] for one in logs] == ["what became of a message cannot be kept"]
    log.away = False
    await until_quiet(sending, log, HOUR)
    assert [one.key for one in chef.taken] == ["a1.fired.chef", "a1.fired.chef"]


async def test_what_a_server_says_is_kept_without_what_no_database_takes() -> None:
    log, chef = FakeLog(), FakeChannel(RefusedError("SMTP 554: \x00no\udc80"))
    await posted(log, alert())
    with capture_logs():
        await delivery(log, {"chef": chef}).once()
    (missed,) = await log.undelivered()
    assert missed.error == "SMTP 554:  no "


async def test_what_is_told_of_a_refused_connection_names_no_address() -> None:
    log = FakeLog()
    chef = FakeChannel(ConnectionRefusedError(111, "Connect call failed ('192.0.2.7', 587)"))
    await posted(log, alert())
    with capture_logs() as logs:
        await delivery(log, {"chef": chef}).once()
    assert "192" not in str(logs) + str(await log.undelivered())


async def test_tries_are_ever_farther_apart_to_a_bound_and_never_all_at_once() -> None:
    log, chef = FakeLog(), FakeChannel()
    chef.down = RefusedError("SMTP 421")
    await posted(log, alert())
    sending, pauses = delivery(log, {"chef": chef}), []
    with capture_logs():
        for _ in range(12):
            await sending.once()
            due = await log.next_due()
            assert due
            pauses.append(due)
            log.pass_time(due)
    doubled = [min(FIRST * 2**n, LONGEST) for n in range(12)]
    assert all(0.8 * usual <= pause <= 1.2 * usual for pause, usual in zip(pauses, doubled, strict=True))
    assert len({pause / usual for pause, usual in zip(pauses, doubled, strict=True)}) == 12


async def test_after_a_day_it_is_given_up_and_shown() -> None:
    log, chef = FakeLog(), FakeChannel()
    chef.down = RefusedError("SMTP 550: no such mailbox")
    await posted(log, alert())
    with capture_logs():
        await until_quiet(delivery(log, {"chef": chef}), log, 48 * HOUR)
    (missed,) = await log.undelivered()
    assert (missed.given_up, missed.error) == (1, "SMTP 550: no such mailbox")
    # every five minutes, give or take a fifth, for a day
    assert 240 < chef.tried < 370


async def test_what_is_a_day_old_takes_nothing_younger_with_it() -> None:
    log, chef = FakeLog(), FakeChannel()
    chef.down = RefusedError("SMTP 421")
    await posted(log, alert())
    sending = delivery(log, {"chef": chef})
    with capture_logs():
        await until_quiet(sending, log, 23 * HOUR)
        await posted(log, alert(), "again")
        await until_quiet(sending, log, 2 * HOUR)
        assert [one.given_up for one in await log.undelivered()] == [1]
        chef.down = None
        await until_quiet(sending, log, HOUR)
    assert [one.news for one in chef.taken] == ["again"]


async def test_a_recipient_that_is_configured_no_more_is_given_up_at_once() -> None:
    log = FakeLog()
    await posted(log, alert())
    await delivery(log, {}).once()
    (missed,) = await log.undelivered()
    assert (missed.given_up, missed.error) == (1, "not configured")


async def test_while_the_database_is_away_it_says_so_once_and_goes_on_afterwards() -> None:
    log, chef = FakeLog(), FakeChannel()
    await posted(log, alert())
    log.away = True
    sending = delivery(log, {"chef": chef})
    with capture_logs() as logs:
        async with running(sending):
            for _ in range(5):
                sending.stir()
                await asyncio.sleep(0.01)
            log.away = False
            sending.stir()
            await met(lambda: bool(chef.taken))
    assert [one["event"] for one in logs] == ["nothing can be sent for now"]
