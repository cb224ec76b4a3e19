"""The vocabulary of the collector's tests: messages, records and heartbeats of one kiosk, on the tests' Monday."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from collector.clocks import believed
from collector.decoding import Decoder
from collector.devices import Changes, Devices, Presence
from collector.masking import Pseudonyms
from collector.messages import Heartbeat, Message, Record, Rejected
from tests.build import at
from ticketing.events import TYPES, Event

RECEIVED = datetime(2026, 11, 23, 8, 12, 5, tzinfo=UTC)
"""A second after the event of `envelope`."""
EVENTS = "accueil/v1/aube/sud/borne-1/events"
STATUS = "accueil/v1/aube/sud/borne-1/status"
SILENT_AFTER = timedelta(seconds=90)
WITHIN_S = 30.0
"""How long a test waits for what should come at once."""
ABSENT = object()
DECODER = Decoder(Pseudonyms(b"the key of the tests"))


def envelope(**changes: object) -> dict[str, object]:
    """A structured CloudEvent of the kiosk, with some attributes changed, or left out if ABSENT."""
    whole: dict[str, object] = {
        "specversion": "1.0",
        "type": "ticket.called",
        "source": "/aube/sud/borne-1",
        "id": "7f0c-412",
        "time": "2026-11-23T09:12:04+01:00",
        "data": {"ticket": "E042", "counter": "g1"},
    }
    return {name: value for name, value in (whole | changes).items() if value is not ABSENT}


def message(payload: object, topic: str = EVENTS, *, retained: bool = False, mid: int = 0) -> Message:
    """As it comes from an MQTT 3.1.1 device: without a content type. Bytes go as they are, the rest as JSON."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(topic=topic, payload=raw, received=RECEIVED, retained=retained, mid=mid)


def binary(payload: bytes, content_type: str | None = "application/json", **changes: object) -> Message:
    """As an MQTT 5 device sends it in CloudEvents' binary mode: attributes beside, data alone in the payload."""
    attributes = envelope(data=ABSENT, **changes)
    properties = tuple((name, str(value)) for name, value in attributes.items())
    return Message(topic=EVENTS, payload=payload, received=RECEIVED, content_type=content_type, properties=properties)


def status(state: str, *, retained: bool = False, **more: object) -> Message:
    return message({"state": state, **more}, STATUS, retained=retained)


def decode(found: Message, oldest: timedelta | None) -> Record | Heartbeat | Rejected:
    """What a message is, by the device's own clock."""
    decoded = DECODER.decode(found)
    return believed(decoded, None, oldest) if isinstance(decoded, Record) else decoded


def kept(found: Message, oldest: timedelta | None = timedelta(hours=48)) -> Record:
    record = decode(found, oldest)
    assert isinstance(record, Record), record
    return record


def refused(found: Message) -> Rejected:
    rejected = decode(found, None)
    assert isinstance(rejected, Rejected), rejected
    return rejected


def beat(clock: str, state: str = "online", session: str | None = "s1", device: str = "borne-1") -> Heartbeat:
    return Heartbeat(site="aube", area="sud", device=device, online=state == "online", session=session, heard=at(clock))


def heard_between(
    since: str,
    until: str,
    *,
    session: str | None = "s1",
    gone: bool = False,
    device: str = "borne-1",
    before: str | None = None,
) -> Presence:
    return Presence(
        site="aube",
        area="sud",
        device=device,
        heard_from=at(since),
        heard_until=at(until),
        session=session,
        gone=gone,
        before=at(before) if before else None,
    )


def noted(*presences: Presence) -> Changes:
    return Changes(presences=presences)


def devices(*known: Presence) -> Devices:
    return Devices(SILENT_AFTER, known)


def record(
    id: str,  # noqa: A002 - the contract's word
    clock: str = "9:05",
    *,
    area: str = "sud",
    device: str = "borne-1",
    type: str = "ticket.abandoned",  # noqa: A002 - the contract's word
    data: str = '{"ticket":"E042"}',
    time: datetime | None = None,
    sequence: int | None = None,
) -> Record:
    return Record(
        site="aube",
        area=area,
        device=device,
        id=id,
        type=type,
        time=time or at(clock),
        at=at(clock),
        received=at(clock),
        sequence=sequence,
        data=data,
    )


def rejected(detail: str, clock: str = "9:05") -> Rejected:
    return Rejected(
        topic=EVENTS, reason="not_json", detail=detail, received=at(clock), size=7, payload=f"not it: {detail}"
    )


def records(events: Iterable[Event], site: str = "aube") -> list[Record]:
    """As the journal keeps them, told and received when they happened."""
    return [
        Record(
            site=site,
            area=event.area,
            device=event.device,
            id=event.id,
            type=TYPES[type(event.fact)],
            time=event.at,
            at=event.at,
            received=event.at,
            sequence=event.sequence,
            data=msgspec.json.encode(event.fact).decode(),
        )
        for event in events
    ]
