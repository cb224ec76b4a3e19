"""Laws of decoding: it never raises, and never invents an event."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.messages import Heartbeat, Message, Record, Rejected
from tests.collector.words import EVENTS, RECEIVED, STATUS, binary, decode, envelope, message

texts = st.text(max_size=12) | st.sampled_from(["ticket.called", "1.0", "/aube/sud/borne-1", "0001-01-01T00:00:00Z"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(texts, parts, max_size=3),
    max_leaves=8,
)
topics = st.sampled_from([EVENTS, STATUS, "accueil/v1/aube/nord/borne-1/events"]) | st.text()
ages = st.none() | st.timedeltas(timedelta(0), timedelta(days=20_000))
names = ["specversion", "type", "source", "id", "time", "data", "sequence", "extra"]
changed = st.dictionaries(st.sampled_from(names), json_values, max_size=2).map(lambda some: envelope(**some))
types = st.from_regex(r"[a-z_.]{1,12}", fullmatch=True).map(lambda kind: envelope(type=kind))
moments = st.datetimes(timezones=st.timezones()).map(lambda moment: envelope(time=moment.isoformat()))


@st.composite
def scratched(draw: st.DrawFn) -> bytes:
    """A good message in which some bytes are other ones."""
    payload = bytearray(json.dumps(envelope(sequence="7")).encode())
    for _ in range(draw(st.integers(1, 3))):
        payload[draw(st.integers(0, len(payload) - 1))] = draw(st.integers(0, 255))
    return bytes(payload)


@given(topics, st.binary() | scratched(), st.booleans(), ages)
@example(EVENTS, b'{"data":' + b"[" * 16000, False, None)
@example(
    EVENTS, json.dumps(envelope(type="x", data=7)).replace("7}", "[" * 900 + "]" * 900 + "}").encode(), False, None
)
@example("\ud800", b"", False, None)
def test_whatever_comes_is_understood_or_kept_aside(
    topic: str, payload: bytes, retained: bool, oldest: timedelta | None
) -> None:
    found = decode(Message(topic=topic, payload=payload, received=RECEIVED, retained=retained), oldest)
    assert isinstance(found, Record | Heartbeat | Rejected)
    if isinstance(found, Rejected):
        assert found.size == len(payload)
        assert found.detail
        assert (found.topic + found.detail + found.payload).encode().count(b"\x00") == 0


@given(st.lists(st.tuples(st.text(), st.text())), st.binary(), st.none() | st.text(), ages)
def test_whatever_properties_come_they_are_understood_or_kept_aside(
    properties: list[tuple[str, str]], payload: bytes, content_type: str | None, oldest: timedelta | None
) -> None:
    good = binary(payload, content_type)
    found = decode(replace(good, properties=(*good.properties, *properties)), oldest)
    assert isinstance(found, Record | Rejected)


@given(changed.map(message) | types.map(message) | moments.map(message) | scratched().map(message), ages)
def test_no_event_is_invented(found: Message, oldest: timedelta | None) -> None:
    record = decode(found, oldest)
    if not isinstance(record, Record):
        return
    # a name that we do not know is skipped, even one that is no UTF-8
    told = msgspec.json.decode(found.payload.decode(errors="replace"), type=dict[str, msgspec.Raw])
    id_, kind, source, time = (msgspec.json.decode(told[name], type=str) for name in ("id", "type", "source", "time"))
    assert (record.id, record.type) == (id_, kind)
    assert source == f"/{record.site}/{record.area}/{record.device}" == "/aube/sud/borne-1"
    assert near(record.time, datetime.fromisoformat(time.upper()))
    assert record.at in (record.time, RECEIVED)
    assert isinstance(json.loads(record.data), dict | list | str | int | float | None)


@given(types, json_values)
def test_what_is_kept_of_an_unknown_type_is_json_without_a_long_number(whole: dict[str, object], data: object) -> None:
    record = decode(message({**whole, "type": "later." + str(whole["type"])[:50], "data": data}), None)
    assert isinstance(record, Record)
    assert not isinstance(json.loads(record.data), int) or len(str(json.loads(record.data))) < 7


def near(kept: datetime, told: datetime) -> bool:
    """The same, but for the bounds of what is worth keeping and for digits beyond the microsecond."""
    lower, upper = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    return abs(kept - min(max(told, lower), upper)) <= timedelta(microseconds=1)
