"""From a message to a record, a heartbeat, or a sentence that says why it is neither."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from msgspec.structs import replace

from collector.decoding import Decoder
from collector.dialects import Told
from collector.masking import Pseudonyms
from collector.messages import Heartbeat, Message, Record, Rejected
from tests.collector.words import (
    ABSENT,
    EVENTS,
    RECEIVED,
    STATUS,
    binary,
    decode,
    envelope,
    kept,
    message,
    refused,
    status,
)

CALLED = Record(
    site="aube",
    area="sud",
    device="borne-1",
    id="7f0c-412",
    type="ticket.called",
    time=datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC),
    at=datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC),
    received=datetime(2026, 11, 23, 8, 12, 5, tzinfo=UTC),
    sequence=None,
    data='{"ticket":"E042","counter":"g1"}',
)
DATA = b'{"ticket": "E042", "counter": "g1"}'
ANY_AGE = None


@pytest.mark.parametrize(
    "content_type", ["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"]
)
def test_a_structured_event_is_understood(content_type: str) -> None:
    assert kept(replace(message(envelope()), content_type=content_type)) == CALLED


def test_a_structured_event_from_an_older_device_comes_without_a_content_type_and_is_understood() -> None:
    assert kept(message(envelope())) == CALLED


def test_a_structured_event_may_have_user_properties_of_its_own() -> None:
    found = replace(
        message(envelope()), content_type="application/cloudevents+json", properties=(("specversion", "9"),)
    )
    assert kept(found) == CALLED


@pytest.mark.parametrize("content_type", ["application/json", None])
def test_a_binary_event_has_its_attributes_beside_and_its_data_in_the_payload(content_type: str | None) -> None:
    assert kept(binary(DATA, content_type)) == CALLED


def test_a_binary_event_is_told_its_sequence_as_text() -> None:
    assert kept(binary(DATA, sequence="412")).sequence == 412


def test_a_binary_event_without_a_payload_is_an_event_without_data() -> None:
    assert kept(binary(b"", type="kiosk.opened")).data == "null"
    assert refused(binary(b"")).detail == "expected `object`, got `null`"


@pytest.mark.parametrize(
    ("found", "reason", "sentence"),
    [
        (binary(DATA, time=ABSENT), "envelope", "object missing required field `time`"),
        (binary(DATA, source="/aube/nord/borne-1"), "source", 'found source "/aube/nord/borne-1"'),
        (binary(b"ticket=E042"), "not_json", "found no JSON"),
        (binary(b"\xff"), "not_json", "found no JSON"),
    ],
)
def test_a_binary_event_that_is_wrong_is_kept_aside(found: Message, reason: str, sentence: str) -> None:
    rejected = refused(found)
    assert rejected.reason == reason
    assert sentence in rejected.detail


@pytest.mark.parametrize(
    ("payload", "reason", "sentence"),
    [
        (b"", "not_json", "found no JSON"),
        (b"ticket E042 called", "not_json", "found no JSON"),
        (b"\xff\xfe{}", "not_json", "found no JSON"),
        (b'{"id": "\xff"}', "not_json", "can't decode byte 0xff"),
        (b"[]", "envelope", "expected `object`, got `array`"),
        (b"12", "envelope", "expected `object`, got `int`"),
        (b"null", "envelope", "expected `object`, got `null`"),
        (b"[" * 16000, "envelope", "expected `object`, got `array`"),
        (b'{"extra":' * 1800, "not_json", "found no JSON"),
        (b"{}", "envelope", "object missing required field `specversion`"),
        (b"x" * 16385, "too_large", "found 16385 bytes, expected at most 16384"),
    ],
)
def test_what_is_no_event_at_all_is_kept_aside(payload: bytes, reason: str, sentence: str) -> None:
    rejected = refused(message(payload))
    assert (rejected.reason, rejected.topic, rejected.size) == (reason, EVENTS, len(payload))
    assert sentence in rejected.detail


def test_an_event_of_sixteen_kibibytes_is_not_too_large() -> None:
    padding = 16 * 1024 - len(message(envelope()).payload)
    assert kept(message(message(envelope()).payload + b" " * padding)) == CALLED


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"specversion": "0.3"}, "invalid enum value '0.3' - at `$.specversion`"),
        ({"specversion": ABSENT}, "object missing required field `specversion`"),
        ({"id": ABSENT}, "object missing required field `id`"),
        ({"id": 412}, "expected `str`, got `int` - at `$.id`"),
        ({"id": "7f0c\x00"}, "at `$.id`"),
        ({"id": ""}, "at `$.id`"),
        ({"id": "x" * 65}, "at `$.id`"),
        ({"type": ABSENT}, "object missing required field `type`"),
        ({"type": "ticket called"}, "at `$.type`"),
        ({"type": "ticket.called\n"}, "at `$.type`"),
        ({"source": ABSENT}, "object missing required field `source`"),
        ({"source": None}, "expected `str`, got `null` - at `$.source`"),
        ({"time": ABSENT}, "object missing required field `time`"),
        ({"time": None}, "expected `datetime`, got `null` - at `$.time`"),
        ({"time": 1795421524}, "expected `datetime`, got `int` - at `$.time`"),
        ({"time": "2026-11-23T09:12:04"}, "expected `datetime` with a timezone component - at `$.time`"),
        ({"time": "23/11/2026 09:12"}, "invalid RFC3339 encoded datetime - at `$.time`"),
        ({"time": "2026-06-30T23:59:60Z"}, "invalid RFC3339 encoded datetime - at `$.time`"),
    ],
)
def test_an_envelope_that_is_wrong_is_kept_aside_with_what_was_expected(
    changes: dict[str, object], sentence: str
) -> None:
    rejected = refused(message(envelope(**changes)))
    assert rejected.reason == "envelope"
    assert sentence in rejected.detail


def test_an_event_without_data_is_kept_aside_where_its_type_needs_some() -> None:
    rejected = refused(message(envelope(data=ABSENT)))
    assert (rejected.reason, rejected.detail) == ("data", "expected `object`, got `null`")


def test_a_device_cannot_speak_for_another() -> None:
    rejected = refused(message(envelope(source="/aube/nord/borne-1")))
    assert rejected.reason == "source"
    assert rejected.detail == 'found source "/aube/nord/borne-1", expected the topic\'s, "/aube/sud/borne-1"'


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "$SYS/broker/uptime",
        "$share/vigie/accueil/v1/aube/sud/borne-1/events",
        "accueil/v1/aube/sud/live/sejour",
        "accueil/v2/aube/sud/borne-1/events",
        "accueil/v1/aube/sud//events",
        "accueil/v1/Aube/sud/borne-1/events",
        "accueil/v1/aube/sud/borne 1/events",
        "accueil/v1/aube/sud/borne-1/events/",
        "accueil/v1/aube/sud/borne-1/events\n",
        "accueil/v1/aube/sud/" + "b" * 65 + "/events",
    ],
)
def test_a_topic_of_another_shape_is_kept_aside(topic: str) -> None:
    rejected = refused(message(envelope(), topic))
    assert rejected.reason == "topic"
    assert rejected.detail.startswith('found topic "')
    assert rejected.detail.endswith('", expected accueil/v1/{site}/{area}/{device}/events')


def test_a_topic_without_end_is_kept_aside_cut() -> None:
    rejected = refused(message(b"", "x/" * 5000))
    assert len(rejected.topic) == 500
    assert len(rejected.detail) < 300


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (7, 7),
        (0, 0),
        ("7", 7),
        ("007", 7),
        ("99999999", 99_999_999),
        (99_999_999, 99_999_999),
        ("0325427700", None),
        (325427700, None),
        (9223372036854775808, None),
        ("9" * 5000, None),
        (-1, None),
        ("-1", None),
        ("7f", None),
        ("٧", None),
        ("", None),
        (1.5, None),
        (True, None),
        (None, None),
        ([7], None),
        (ABSENT, None),
    ],
)
def test_a_sequence_is_kept_if_it_is_a_count_and_never_a_reason_to_refuse(told: object, expected: int | None) -> None:
    assert kept(message(envelope(sequence=told))) == replace(CALLED, sequence=expected)


def test_what_is_kept_aside_is_masked() -> None:
    payload = b'{"tel": "03 25 42 12 34", "mail": "jeanne@example.org", "id": "E042", "nul": "\x00"}'
    rejected = refused(Message(topic="accueil/0325421234", payload=payload, received=RECEIVED))
    assert re.fullmatch("accueil/[a-z]{14}", rejected.topic)
    assert rejected.detail == 'found topic "accueil/##########", expected accueil/v1/{site}/{area}/{device}/events'
    assert re.fullmatch(r'{"tel": "[a-z]{14}", "mail": "[a-z]{14}", "id": "E042", "nul": "\\x00"}', rejected.payload)
    assert (rejected.received, rejected.size) == (RECEIVED, len(payload))


def test_a_heartbeat_was_heard_when_it_came_whatever_its_own_clock_says() -> None:
    found = decode(status("online", session="s1", time="2026-11-23T23:00:00+01:00", waiting={"sejour": 7}), ANY_AGE)
    assert found == Heartbeat(
        site="aube",
        area="sud",
        device="borne-1",
        online=True,
        session="s1",
        heard=RECEIVED,
        told=datetime(2026, 11, 23, 22, tzinfo=UTC),
        waiting={"sejour": 7},
    )


def test_a_status_that_is_taken_back_retires_the_device() -> None:
    found = decode(message(b"", STATUS), ANY_AGE)
    assert isinstance(found, Heartbeat)
    assert (found.retired, found.online) == (True, False)


def test_a_status_that_the_broker_repeats_tells_nothing_of_the_clock() -> None:
    found = decode(status("online", time="2026-11-23T08:00:00+01:00", retained=True), ANY_AGE)
    assert isinstance(found, Heartbeat)
    assert found.told is None


def test_a_will_says_that_the_device_is_gone() -> None:
    found = decode(status("offline", session="s1", time="2026-11-23T08:00:00+01:00"), ANY_AGE)
    assert found == Heartbeat(site="aube", area="sud", device="borne-1", online=False, session="s1", heard=RECEIVED)


@pytest.mark.parametrize(
    ("time", "heard"),
    [
        ("2026-11-23T08:30:00+01:00", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        ("2026-11-24T08:30:00+01:00", RECEIVED),
        ("0001-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        (None, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_retained_status_was_heard_when_it_was_told_and_not_when_we_subscribed(
    time: str | None, heard: datetime
) -> None:
    found = decode(status("online", retained=True, time=time), timedelta(hours=48))
    assert isinstance(found, Heartbeat)
    assert (found.heard, found.session) == (heard, None)


@pytest.mark.parametrize(
    ("payload", "reason", "sentence"),
    [
        (b"online", "not_json", "found no JSON"),
        (b"{}", "data", "object missing required field `state`"),
        (b'{"state": "asleep"}', "data", "invalid enum value 'asleep' - at `$.state`"),
    ],
)
def test_a_status_that_says_nothing_is_kept_aside(payload: bytes, reason: str, sentence: str) -> None:
    rejected = refused(message(payload, STATUS))
    assert rejected.reason == reason
    assert sentence in rejected.detail


@pytest.mark.parametrize(
    "odd", ['"session": "a\\u0000"', '"time": "2026-11-23T09:12:04"', '"waiting": {"sejour": "7"}']
)
def test_a_heartbeat_with_something_odd_is_a_heartbeat_all_the_same(odd: str) -> None:
    heard = decode(message(b'{"state": "online", %s}' % odd.encode(), STATUS), None)
    assert isinstance(heard, Heartbeat)
    assert (heard.online, heard.session) == (True, None)


@pytest.mark.parametrize("time", ["253402300800", "1700000000"])
def test_a_number_is_no_time_in_binary_mode_either(time: str) -> None:
    assert refused(binary(b'{"ticket":"E042","counter":"g1"}', time=time)).reason == "envelope"


def test_the_ids_of_an_unknown_type_are_kept_for_the_version_that_will_know_it() -> None:
    found = kept(message(envelope(type="ticket.weighed", data={"ticket": "20261123-E042", "note": "0325421234"})))
    assert re.fullmatch(r'{"ticket":"20261123-E042","note":"[a-z]{14}"}', found.data)


def test_a_number_hidden_in_a_type_is_masked_too() -> None:
    assert kept(message(envelope(type="appel.0325421234", data={}))).type == "appel.##########"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_number_and_an_address_in_another_encoding_are_kept_aside_with_pseudonyms_too(encoding: str) -> None:
    payload = '{"tel": "03\u00a025 - 42\u00a077 - 00", "mail": "jeanne.martin@example.org"}'
    kept_aside = refused(message(payload.encode(encoding))).payload
    digits = re.sub(r"\\x[0-9a-f]{2}|\D", "", kept_aside)
    assert digits == ""
    assert "jeanne" not in kept_aside.replace("\\x00", "")
    assert len(re.findall("[a-z]{14}", kept_aside)) == 2


@pytest.mark.parametrize("before", range(20))
def test_half_an_address_at_the_end_of_what_is_kept_is_not_kept(before: int) -> None:
    address = "jeanne.martin@example.org"
    large = refused(message(b"x " * 8180 + b"x" * before + b" " + address.encode() + b" y" * 1000))
    long = refused(message(b"", "x/" * 240 + "x" * before + "/" + address))
    for text in (large.payload, long.topic, long.detail):
        assert not re.search("jean|martin", text)


def test_an_unforeseen_error_is_logged_without_its_words() -> None:
    class Quoting:
        def translate(self, payload: bytes, received: datetime) -> Told:  # noqa: ARG002 - the port's
            raise ValueError(f"invalid time 0325427700 in {payload!r}")

    decoder = Decoder(Pseudonyms(b"the key of the tests"), choose=lambda *_: Quoting())
    with structlog.testing.capture_logs() as logs:
        found = decoder.decode(message(b'"0325427700"'))
    assert isinstance(found, Rejected)
    assert found.reason == "unforeseen"
    (line,) = logs
    assert "test_decoding.py" in line["place"][-1]
    assert "0325427700" not in str(line) + str(found)
    assert "exc_info" not in line


@pytest.mark.parametrize("odd", [b"9" * 5000, b"1e999", b'"\xff"', b'{"\xff": 1}'])
def test_a_further_field_that_cannot_be_read_is_left_out_and_the_event_is_kept(odd: bytes) -> None:
    decoder = Decoder(Pseudonyms(b"the key of the tests"), keep=("note",))
    payload = json.dumps(envelope(data={"ticket": "E042", "counter": "g1", "note": 0})).encode()
    assert decoder.decode(message(payload.replace(b'"note": 0', b'"note": ' + odd))) == CALLED
