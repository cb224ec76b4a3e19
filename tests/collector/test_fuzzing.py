"""200,000 messages gone wrong: nothing ends the intake, no event is invented, and memory stays flat."""

import os
import re
import tracemalloc
from datetime import timedelta
from functools import cache
from random import Random

import msgspec
import pytest
import structlog

from collector.intake import Intake
from collector.journal import Journal
from collector.messages import Heartbeat, Message, Record, Rejected
from tests.collector.mutants import TELEPHONE, good, mutant
from tests.collector.reading import Reader
from tests.collector.words import DECODER, EVENTS, devices, envelope, message
from tests.fakes import FakeMessages
from ticketing.events import FACTS

pytestmark = pytest.mark.slow

MUTANTS = int(os.environ.get("VIGIE_TEST_MUTANTS", "200000"))
STORED = 4000
SEED = 20261123
MOST = 4000
"""Messages that the next ones are made of."""


def shape(found: Record | Heartbeat | Rejected) -> str:
    """An outcome without what is only this message's own."""
    match found:
        case Rejected():
            sentence = re.sub(r"\d+|'[^']*'|\"[^\"]*\"|[^\x00-\x7f]+", "?", found.detail)
            return f"{found.reason}: {sentence[:120]}"
        case Record():
            keys = re.findall(r'"([a-z_]+)":', found.data)
            kind = found.type if found.type in FACTS else "?"
            return f"{kind} {keys if kind != '?' else found.data[:1]} {found.sequence is None} {found.id.isalpha()}"
        case Heartbeat():
            optional = found.session, found.told, found.waiting
            return f"{found.online} {found.retired} {[one is None for one in optional]}"


def session(number: int, chance: Random) -> list[Message]:
    """So many mutants, each judged; those with an outcome that was not seen before are what the next are made of."""
    reader, seen = Reader(), set[str]()
    corpus = good()
    sample = list(corpus)
    for index in range(number):
        one = mutant(chance, corpus)
        found = DECODER.decode(one)
        outcome = shape(found)
        if isinstance(found, Rejected):
            assert found.size == len(one.payload), one
            assert found.detail, one
            kept = found.topic + found.detail + found.payload + (found.content_type or "") + str(found.properties)
            assert "\x00" not in kept, one
        else:
            assert list(reader.objections(one, found)) == [], one
            kept = str(found)
        assert TELEPHONE not in kept, one
        if outcome not in seen and len(corpus) < MOST:
            seen.add(outcome)
            corpus.append(one)
            sample.append(one)
        elif not index % max(number // STORED, 1):
            sample.append(one)
    assert len(seen) > 100
    return sample


@cache
def survivors() -> list[Message]:
    with structlog.testing.capture_logs() as logs:
        found = session(MUTANTS, Random(SEED))
    assert [line["event"] for line in logs if line["log_level"] == "error"] == []
    return found


def test_no_event_is_invented_and_nothing_comes_that_was_not_foreseen() -> None:
    assert len(survivors()) > STORED


@pytest.mark.servers
async def test_whatever_comes_can_be_stored_and_is_acknowledged(journal: Journal) -> None:
    sample = survivors()
    batches = [sample[start : start + 500] for start in range(0, len(sample), 500)]
    messages = FakeMessages(*batches)
    taking = Intake(messages, journal, DECODER, devices(), timedelta(hours=48))
    with structlog.testing.capture_logs() as logs:
        await taking.run()
    tally = taking.tally
    assert len(messages.acknowledged) == len(sample)
    assert tally.new + tally.doubled + tally.quarantined + tally.heartbeats == len(sample)
    assert min(tally.new, tally.quarantined, tally.heartbeats) > 20
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert len(await journal.quarantined(limit=len(sample))) > 100


def test_memory_stays_flat_whatever_comes() -> None:
    chance, corpus = Random(SEED), good()
    odd = [one for one in (mutant(chance, corpus) for _ in range(3000)) if len(one.payload) < 2000]

    def decode(numbers: range) -> int:
        for number in numbers:
            device = f"borne-{number}"
            told = envelope(
                source=f"/aube/sud/{device}",
                id=f"03254277{number:05}",
                data={"ticket": f"{number:07}", "counter": "g1"},
            )
            DECODER.decode(message(told, EVENTS.replace("borne-1", device)))
            DECODER.decode(msgspec.structs.replace(odd[number % len(odd)], topic=f"{number}/0325427700"))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        # what is remembered is bounded: it is full by then
        before = decode(range(9_000))
        after = decode(range(9_000, 13_000))
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
