"""What the log of alerts and its outbox promise, whether they are in memory or in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from msgspec import Struct
from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.letters import Message
from alerts.log import AwayError, Change, Log
from alerts.outbox import Claimed, Outbox
from alerts.telling import News
from collector.journal import Journal
from deploy.asking import Database
from tests.alerts.fakes import FakeLog
from tests.alerts.hand import LONG, alert
from tests.build import at
from tests.fakes import FakeJournal
from tests.servers import free_port
from ticketing.alert import Alert, Moment, Mute

NOW = at("10:00")
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=60)


class Both(Struct, frozen=True):
    """A log and its outbox, of the site of the tests."""

    log: Log | FakeLog
    outbox: Outbox | FakeLog


@pytest.fixture
async def both(either: Journal | FakeJournal) -> AsyncIterator[Both]:
    if isinstance(either, FakeJournal):
        fake = FakeLog()
        yield Both(fake, fake)
    else:
        database = Database(either, AwayError)
        yield Both(Log(database, "aube"), Outbox(database, "aube"))


def message(known: Alert, news: News = "fired", recipient: str = "chef") -> Message:
    return Message(key=f"{known.id}.{news}.{recipient}", recipient=recipient, news=news, alert=known, made_at=NOW)


async def kept(both: Both, *changes: Change, now: datetime = NOW) -> None:
    await both.log.turn(lambda _, __: changes, now)


async def known(both: Both, now: datetime = NOW) -> tuple[list[Alert], list[Mute]]:
    """What a turn is given."""
    found: list[tuple[list[Alert], list[Mute]]] = []

    def decide(alerts: Sequence[Alert], mutes: Sequence[Mute]) -> list[Change]:
        found.append((list(alerts), list(mutes)))
        return []

    await both.log.turn(decide, now)
    return found[0]


async def kinds(both: Both, number: str = "a1") -> list[tuple[str, str, str]]:
    record = await both.log.record(number)
    assert record
    return [(moment.kind, moment.who, moment.text) for moment in record.moments]


async def test_an_empty_log_knows_nothing(both: Both) -> None:
    assert await known(both) == ([], [])
    assert await both.log.records(NOW, NOW + MINUTE) == []
    assert await both.log.record("a1") is None
    assert await both.outbox.claim(10, LEASE) == []
    assert await both.outbox.next_due() is None
    assert await both.outbox.undelivered() == []


async def test_a_turn_is_given_what_an_earlier_one_kept_to_the_last_timer(both: Both) -> None:
    pending = replace(alert(), fired_at=None)
    await kept(both, Change(alert=pending))
    assert (await known(both))[0] == [pending]
    fired = replace(pending, fired_at=NOW, told_at=NOW, told_to=("chef",), level=1, level_at=NOW, counters=2)
    await kept(both, Change(alert=fired))
    assert (await known(both))[0] == [fired]


async def test_what_is_over_is_given_to_no_turn_and_stays_on_record(both: Both) -> None:
    over = replace(alert(), resolved_at=NOW + MINUTE)
    await kept(both, Change(alert=over, moments=(Moment(at=NOW, kind="fired"),)))
    assert (await known(both))[0] == []
    (record,) = await both.log.records(NOW, NOW + MINUTE)
    assert record.alert == over
    assert [moment.kind for moment in record.moments] == ["fired"]


async def test_what_never_fired_is_forgotten_and_never_on_record(both: Both) -> None:
    pending = replace(alert(), fired_at=None)
    await kept(both, Change(alert=pending))
    assert await both.log.record("a1") is None
    await kept(both, Change(alert=pending, gone=True))
    assert await known(both) == ([], [])


async def test_records_are_of_a_while_and_an_area_the_latest_first(both: Both) -> None:
    early = replace(alert("8:00"), id="e", resolved_at=at("8:30"))
    late = replace(alert("9:00"), id="l", resolved_at=at("9:30"))
    north = replace(alert("9:10"), id="n", area="nord")
    await kept(both, *(Change(alert=one) for one in (early, late, north)))
    assert [one.alert.id for one in await both.log.records(at("8:31"), at("12:00"))] == ["n", "l"]
    assert [one.alert.id for one in await both.log.records(at("8:00"), at("9:00"))] == ["e"]
    assert [one.alert.id for one in await both.log.records(at("8:00"), at("12:00"), "sud")] == ["l", "e"]


async def test_a_turn_that_fails_leaves_nothing_behind(both: Both) -> None:
    if isinstance(both.log, FakeLog):
        pytest.skip("the fake has no transactions")

    broken = replace(alert(), id="\x00")
    with pytest.raises(Exception, match="0x00"):
        await kept(both, Change(alert=alert(), messages=(message(alert()),)), Change(alert=broken))
    assert await known(both) == ([], [])
    assert await both.outbox.claim(10, LEASE) == []


async def test_turns_are_taken_one_after_the_other(both: Both) -> None:
    """Each adds one to a counter that it has read: none is lost."""
    await kept(both, Change(alert=replace(alert(), counters=0)))

    def one_more(alerts: Sequence[Alert], _: Sequence[Mute]) -> list[Change]:
        return [Change(alert=replace(one, counters=(one.counters or 0) + 1)) for one in alerts]

    await asyncio.gather(*(both.log.turn(one_more, NOW) for _ in range(20)))
    assert (await known(both))[0][0].counters == 20


async def test_whoever_acknowledges_first_has_and_the_second_sees_it(both: Both) -> None:
    await kept(both, Change(alert=alert()))
    first, second = await asyncio.gather(
        both.log.acknowledge("a1", "chef", "j’ouvre", NOW), both.log.acknowledge("a1", "adjointe", "moi aussi", NOW)
    )
    assert first
    assert second
    assert first.acknowledged_by == second.acknowledged_by
    found = await kinds(both)
    assert sorted(kind for kind, _, _ in found) == ["acknowledged", "noted"]
    assert {text for _, _, text in found} == {"j’ouvre", "moi aussi"}
    assert (await known(both))[0][0].state == "acknowledged"


async def test_what_is_not_there_can_be_neither_acknowledged_nor_noted_nor_silenced(both: Both) -> None:
    await kept(both, Change(alert=replace(alert(), fired_at=None)))
    for number in ("a1", "a2", "'; drop table alert; --"):
        assert await both.log.acknowledge(number, "chef", "", NOW) is None
        assert await both.log.note(number, "chef", "vu", NOW) is None
        made = await both.log.mute(number, subject=None, until=NOW + MINUTE, who="", reason="essai", at=NOW)
        assert made is None


async def test_notes_are_kept_in_order_after_the_end_too(both: Both) -> None:
    await kept(both, Change(alert=replace(alert(), resolved_at=NOW)))
    await both.log.note("a1", "chef", "un", NOW)
    await both.log.note("a1", "chef", "deux", NOW)
    assert [text for _, _, text in await kinds(both)] == ["un", "deux"]


async def test_a_silence_is_in_force_until_its_end_or_until_it_is_lifted(both: Both) -> None:
    await kept(both, Change(alert=alert()))
    until = NOW + 30 * MINUTE
    made = await both.log.mute("a1", subject="sejour", until=until, who="chef", reason="travaux", at=NOW)
    assert made
    assert (made.area, made.topic, made.subject, made.until) == ("sud", "wait", "sejour", until)
    assert await both.log.mutes(NOW + 29 * MINUTE) == [made]
    assert (await known(both, NOW + MINUTE))[1] == [made]
    assert await both.log.mutes(until) == []
    lifted = await both.log.unmute(made.id, "adjointe", NOW + 5 * MINUTE)
    assert lifted
    assert await both.log.mutes(NOW + 6 * MINUTE) == []
    assert await both.log.unmute(made.id, "adjointe", NOW + 7 * MINUTE) is None
    assert [(kind, who) for kind, who, _ in await kinds(both)] == [("muted", "chef"), ("unmuted", "adjointe")]


async def test_a_silence_is_in_force_when_the_clock_is_set_back_to_before_it(both: Both) -> None:
    await kept(both, Change(alert=alert()))
    until = NOW + 30 * MINUTE
    made = await both.log.mute("a1", subject=None, until=until, who="chef", reason="travaux", at=NOW)
    assert made
    before = NOW - 60 * MINUTE
    assert await both.log.mutes(before) == [replace(made, since=before)]
    (found,) = (await known(both, before))[1]
    assert found.covers("sud", "wait", "sejour", before)


# ------------------------------------------------------------ the outbox


async def claimed(both: Both, lease: timedelta = LEASE) -> list[Claimed]:
    return await both.outbox.claim(10, lease)


async def test_a_message_is_claimed_by_one_sender_and_gone_once_it_is_delivered(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (one,) = await claimed(both)
    assert (one.message, one.alert, one.covers, one.attempts) == (message(alert()), alert(), (), 1)
    assert await claimed(both) == []
    await both.outbox.delivered(one, NOW)
    assert await both.outbox.next_due() is None
    assert await kinds(both) == [("told", "chef", "fired")]


async def test_senders_side_by_side_never_have_the_same(both: Both) -> None:
    messages = [message(alert(), recipient=f"r{n}") for n in range(40)]
    await kept(both, Change(alert=alert(), messages=tuple(messages)))
    found = await asyncio.gather(*(both.outbox.claim(7, LEASE) for _ in range(8)))
    keys = [one.message.key for some in found for one in some]
    assert sorted(keys) == sorted(one.key for one in messages)


async def test_who_does_not_come_back_in_time_loses_it_to_the_next(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (first,) = await claimed(both, timedelta())
    (second,) = await claimed(both)
    assert (second.message.key, second.attempts) == (first.message.key, 2)
    await both.outbox.delivered(second, NOW)
    await both.outbox.delivered(first, NOW)
    assert await kinds(both) == [("told", "chef", "fired")]


async def test_what_is_said_of_a_claim_that_was_lost_changes_nothing_of_the_next(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (first,) = await claimed(both, timedelta())
    (second,) = await claimed(both)
    await both.outbox.failed(first, "SMTP 550", None, NOW)
    await both.outbox.failed(first, "SMTP 451", timedelta(), NOW)
    assert await claimed(both) == []
    assert await both.outbox.undelivered() == []
    await both.outbox.delivered(second, NOW)
    assert await kinds(both) == [("told", "chef", "fired")]


async def test_a_recipient_is_given_one_message_at_a_time_the_oldest_and_none_while_busy(both: Both) -> None:
    other = replace(alert(), id="a2", area="nord")
    await kept(both, Change(alert=alert(), messages=(message(alert()), message(alert(), recipient="ecran"))))
    await kept(both, Change(alert=other, messages=(message(other),)))
    found = await claimed(both)
    assert [one.message.key for one in found] == ["a1.fired.chef", "a1.fired.ecran"]
    assert await both.outbox.claim(10, LEASE, ("chef",)) == []
    left = await both.outbox.next_due(("chef",))
    assert left
    assert left > timedelta(seconds=50)
    (next_one,) = await claimed(both)
    assert next_one.message.key == "a2.fired.chef"


async def test_what_failed_waits_for_its_time_and_is_shown(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (one,) = await claimed(both)
    await both.outbox.failed(one, "SMTP 451", MINUTE, NOW)
    assert await claimed(both) == []
    left = await both.outbox.next_due()
    assert left
    assert timedelta(seconds=50) < left <= MINUTE
    (missed,) = await both.outbox.undelivered()
    assert (missed.recipient, missed.messages, missed.given_up, missed.error) == ("chef", 1, 0, "SMTP 451")


async def test_what_failed_and_then_arrived_is_shown_no_more(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (one,) = await claimed(both)
    await both.outbox.failed(one, "SMTP 451", timedelta(), NOW)
    (again,) = await claimed(both)
    assert again.attempts == 2
    await both.outbox.delivered(again, NOW)
    assert await both.outbox.undelivered() == []


async def test_what_is_given_up_is_not_sent_again_and_stays_to_be_seen(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (one,) = await claimed(both)
    await both.outbox.failed(one, "SMTP 550", None, NOW)
    assert await claimed(both) == []
    (missed,) = await both.outbox.undelivered()
    assert (missed.messages, missed.given_up) == (0, 1)
    assert await kinds(both) == [("undelivered", "chef", "SMTP 550")]


async def test_what_waits_behind_one_that_is_given_up_is_tried_by_itself(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()), message(alert(), "again"))))
    (one,) = await claimed(both)
    assert one.covers == ("a1.again.chef",)
    await both.outbox.failed(one, "SMTP 550", None, NOW)
    (two,) = await claimed(both)
    assert two.message.key == "a1.again.chef"
    await both.outbox.delivered(two, NOW)
    assert await kinds(both) == [("undelivered", "chef", "SMTP 550"), ("told", "chef", "again")]


async def test_what_waits_behind_another_is_due_no_sooner_than_that(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()), message(alert(), "again"))))
    (one,) = await claimed(both)
    await both.outbox.failed(one, "SMTP 451", MINUTE, NOW)
    assert await claimed(both) == []
    left = await both.outbox.next_due()
    assert left
    assert left > timedelta(seconds=50)


async def test_of_one_alert_a_recipient_is_told_in_order_and_the_first_stands_for_what_waits_behind_it(
    both: Both,
) -> None:
    over = replace(alert(), resolved_at=NOW + MINUTE)
    await kept(both, Change(alert=alert(), messages=(message(alert()), message(alert(), recipient="ecran"))))
    await kept(both, Change(alert=over, messages=(message(over, "resolved"),)))
    found = {one.message.recipient: one for one in await claimed(both)}
    assert found["chef"].message.news == "fired"
    assert found["chef"].alert == over
    assert found["chef"].covers == ("a1.resolved.chef",)
    assert found["ecran"].covers == ()
    await both.outbox.delivered(found["chef"], NOW)
    await both.outbox.delivered(found["ecran"], NOW)
    assert await both.outbox.next_due() is None


async def test_what_comes_while_one_is_under_way_waits_for_it(both: Both) -> None:
    await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    (one,) = await claimed(both)
    await kept(both, Change(alert=alert(), messages=(message(alert(), "again"),)))
    assert await claimed(both) == []
    await both.outbox.delivered(one, NOW)
    (two,) = await claimed(both)
    assert two.message.news == "again"


async def test_a_turn_that_is_taken_twice_tells_nothing_twice(both: Both) -> None:
    for _ in range(2):
        await kept(both, Change(alert=alert(), messages=(message(alert()),)))
    assert len(await claimed(both)) == 1


async def test_an_alert_that_cannot_be_read_any_more_ends_and_keeps_no_other_from_being_judged_or_told(
    database: str,
) -> None:
    """A number that JSON cannot hold is kept as none."""
    usual = alert()
    endless = replace(LONG, longest_s=float("inf"))
    unreadable = replace(usual, signals=tuple(replace(signal, facts=endless) for signal in usual.signals))
    anew = replace(alert(), id="a2")
    async with Journal(database) as journal:
        both = Both(Log(Database(journal, AwayError), "aube"), Outbox(Database(journal, AwayError), "aube"))
        await kept(both, Change(alert=unreadable, messages=(message(unreadable),)))
        with capture_logs() as logs:
            assert await known(both) == ([], [])
            assert await both.log.records(NOW, NOW + MINUTE) == []
            await kept(both, Change(alert=anew, messages=(message(anew),)))
            assert (await known(both))[0] == [anew]
            assert await claimed(both) == []
            assert [one.message.key for one in await claimed(both)] == ["a2.fired.chef"]
            (missed,) = await both.outbox.undelivered()
            assert (missed.given_up, missed.error) == (1, "cannot be read")
    assert logs[0]["event"] == "an alert cannot be read"


async def test_a_database_that_is_away_is_an_error_of_ours() -> None:
    async with Journal(f"postgresql://nobody@127.0.0.1:{free_port()}/none") as journal:
        database = Database(journal, AwayError)
        with pytest.raises(AwayError, match="the database does not answer"):
            await Log(database, "aube").turn(lambda _, __: [], NOW)
        with pytest.raises(AwayError, match="the database does not answer"):
            await Outbox(database, "aube").claim(1, LEASE)
