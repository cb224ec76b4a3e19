"""The quarantine: what could not be understood is kept once, can be read again, and then counts once."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from collector.decoding import Decoder
from collector.journal import Journal
from collector.messages import Message, Record, Rejected
from deploy.configuration import parse
from deploy.rereading import Outcome, reread
from deploy.settings import Settings
from tests.build import at
from tests.collector.words import DECODER, RECEIVED, binary, envelope, kept, message, refused, rejected

pytestmark = pytest.mark.servers

UNKNOWN = "accueil/v1/aube/sud/borne-1/event"
"""A topic that a later version may know."""


@pytest.fixture
async def journal(database: str) -> AsyncIterator[Journal]:
    async with Journal(database) as opened:
        yield opened


@pytest.fixture
def settings() -> Settings:
    return parse({"site": "aube", "areas": [{"id": "sud", "kind": "hall", "name": "Hall sud"}]})


class Mended(Decoder):
    """As after a configuration change: what came under the wrong topic is understood."""

    def decode(self, message: Message) -> Record | Rejected:
        found = DECODER.decode(replace(message, topic=message.topic.replace("/event", "/events")))
        assert isinstance(found, Record | Rejected)
        return found


MENDED = Mended(DECODER._pseudonyms)


async def ids(journal: Journal) -> list[str]:
    return sorted(event.id for event in await journal.read("aube", "sud", at("0:00")))


async def test_a_message_is_read_back_as_it_came_but_for_what_is_personal(journal: Journal) -> None:
    message = replace(binary(b'{"ticket": 7, "tel": "0325427700"}', id="a"), topic=UNKNOWN)
    await journal.append([], [refused(message)])
    (row,) = await journal.quarantined()
    assert row.message.properties == message.properties
    assert row.message.content_type == "application/json"
    assert (row.message.topic, row.message.received) == (UNKNOWN, RECEIVED)
    assert b"0325427700" not in row.message.payload


async def test_what_is_understood_after_a_mend_counts_once_however_often_it_is_read_again(
    journal: Journal, settings: Settings
) -> None:
    for name in ("a", "b"):
        await journal.append([], [refused(message(envelope(id=name), UNKNOWN))])
    assert await reread(journal, DECODER, settings, None) == Outcome(still=2)
    assert await reread(journal, MENDED, settings, None) == Outcome(new=2)
    assert await reread(journal, MENDED, settings, None) == Outcome()
    assert await reread(journal, MENDED, settings, [1, 2]) == Outcome()
    assert await ids(journal) == ["a", "b"]
    assert await journal.quarantine_count(at("0:00")) == 0
    assert await journal.quarantined() == []
    assert [row.replayed is not None for row in await journal.quarantined(whole=True)] == [True, True]


@pytest.mark.parametrize("id_", ["a", "appel-0325427700", "x-000412@pbx.example.org"])
async def test_what_its_device_sends_again_after_the_mend_counts_once_too(
    journal: Journal, settings: Settings, id_: str
) -> None:
    again = envelope(id=id_, data={"ticket": "0325427700", "counter": "g1"})
    await journal.append([], [refused(message(again, UNKNOWN))])
    await journal.append([kept(message(again))])
    assert await reread(journal, MENDED, settings, [1]) == Outcome(known=1)
    assert len(await ids(journal)) == 1


async def test_messages_are_read_again_by_their_numbers_and_others_are_left(
    journal: Journal, settings: Settings
) -> None:
    for name in ("a", "b", "c"):
        await journal.append([], [refused(message(envelope(id=name), UNKNOWN))])
    assert await reread(journal, MENDED, settings, [1, 3, 99]) == Outcome(new=2)
    assert await ids(journal) == ["a", "c"]


async def test_a_message_keeps_the_time_at_which_it_came(journal: Journal, settings: Settings) -> None:
    await journal.append([], [refused(message(envelope(id="a", time="2026-11-23T09:12:04+01:00"), UNKNOWN))])
    await reread(journal, MENDED, settings, None)
    (event,) = await journal.read("aube", "sud", at("0:00"))
    assert event.at == at("9:12:04")


async def test_many_messages_are_read_again_to_the_last(journal: Journal, settings: Settings) -> None:
    batch = [refused(message(envelope(id=f"e{number}"), UNKNOWN)) for number in range(700)]
    garbage = [rejected(f"{number}") for number in range(300)]
    await journal.append([], [*batch[:350], *garbage, *batch[350:]])
    told: list[int] = []
    outcome = await reread(journal, MENDED, settings, None, lambda so_far: told.append(so_far.new))
    assert outcome == Outcome(new=700, still=300)
    assert told == sorted(told)
    assert told[-1] == 700
