"""Messages of devices that speak a dialect, through the decoder: nothing personal, and the same when read again."""

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.decoding import Decoder
from collector.dialects.settings import DeviceSettings, Dialects
from collector.masking import Pseudonyms
from collector.messages import Heartbeat, Record, Rejected
from tests.collector.words import RECEIVED, message

PSEUDONYMS = Pseudonyms(b"the key of the tests")
DEVICES = [
    {
        "area": "sud",
        "id": "borne-1",
        "dialect": "flat",
        "flat": {
            "type": "event",
            "types": {"print": "ticket.issued", "ping": "online"},
            "time": "time",
            "ticket": "ticket",
            "queue": "queue",
            "words": {"queue": {"41220000000003": "asile"}},
        },
    }
]
PRINT = {"event": "print", "ticket": "A012", "queue": "Séjour", "time": "2026-11-23 09:12:04"}


def decoded(event: object) -> Record | Heartbeat | Rejected:
    dialects = Dialects(
        "aube", ZoneInfo("Europe/Paris"), msgspec.convert(DEVICES, list[DeviceSettings]), PSEUDONYMS.of_text
    )
    return Decoder(PSEUDONYMS, dialects.choose).decode(message(event))


def kept(event: object) -> Record:
    found = decoded(event)
    assert isinstance(found, Record), found
    return found


def test_an_event_is_kept_in_the_contract_s_words() -> None:
    found = kept(PRINT)
    assert (found.type, found.time) == ("ticket.issued", RECEIVED.replace(second=4))
    assert json.loads(found.data) == {"ticket": "20261123-A012", "number": "A012", "queue": "sejour"}


@pytest.mark.parametrize("queue", [41220000000003, "41220000000003"])
def test_a_queue_is_found_by_a_long_number(queue: object) -> None:
    assert json.loads(kept({**PRINT, "queue": queue}).data)["queue"] == "asile"


@pytest.mark.parametrize("time", [1795421524, 1795421524000, "1795421524", "1795421524000", 1795421524.0])
def test_a_time_counted_since_1970_is_nobody_s_number(time: object) -> None:
    assert kept({**PRINT, "time": time}).time == RECEIVED.replace(second=4)


def test_an_event_without_a_time_happened_when_it_came_and_says_so() -> None:
    found = kept({name: value for name, value in PRINT.items() if name != "time"})
    assert (found.at, found.clock) == (RECEIVED, "untold")


def test_an_event_without_a_time_that_the_broker_repeats_is_no_event() -> None:
    untimed = message({name: value for name, value in PRINT.items() if name != "time"}, retained=True)
    dialects = Dialects("aube", ZoneInfo("Europe/Paris"), msgspec.convert(DEVICES, list[DeviceSettings]))
    found = Decoder(PSEUDONYMS, dialects.choose).decode(untimed)
    assert isinstance(found, Rejected)
    assert "that the broker repeats" in found.detail


def test_what_has_no_counterpart_is_kept_without_numbers_of_anybody() -> None:
    found = kept({**PRINT, "event": "sms", "to": "06 01 02 03 04"})
    assert found.type == "flat.sms"
    assert "06 01" not in found.data
    assert json.loads(found.data)["ticket"] == "20261123-A012"


def test_a_message_kept_aside_is_the_same_event_when_it_is_read_again() -> None:
    event = {**PRINT, "to": "06 01 02 03 04"}
    again = json.loads(PSEUDONYMS.of_text(json.dumps(event, ensure_ascii=False)))
    assert kept(again) == kept(event)


def test_a_sign_of_life_among_the_events_is_a_heartbeat() -> None:
    found = decoded({"event": "ping"})
    assert isinstance(found, Heartbeat)
    assert (found.online, found.heard) == (True, RECEIVED)


def test_what_the_dialect_does_not_understand_is_kept_aside_with_its_sentence() -> None:
    found = decoded({"event": "print"})
    assert isinstance(found, Rejected)
    assert (found.reason, found.detail) == ("data", 'found no ticket in "print", expected it under "ticket"')
