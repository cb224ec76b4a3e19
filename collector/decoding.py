"""From an MQTT message to a journal record, a heartbeat, or a sentence that says why it is neither."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import structlog
from msgspec import Meta, Raw, Struct

from collector.masking import masked, masked_json
from ticketing.events import FACTS, Fact, Id, Moment

log = structlog.get_logger()

MAX_SIZE = 16 * 1024
AHEAD = timedelta(seconds=5)
"""How far a device's clock may run before ours and still be believed."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of a raw time that is worth keeping: beyond them are the `0001-01-01` that mean "never"."""

IDS = ("ticket", "call", "counter", "queue")
"""Fields of the contract that say what an event is about."""

TOPIC = re.compile(r"accueil/v1/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/(events|status)")
TYPE = Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,64}$(?!\n)")]

T = TypeVar("T")
Reason = Literal["topic", "too_large", "not_json", "envelope", "data", "source", "unforeseen"]


class Message(Struct, frozen=True, kw_only=True):
    """What came from the broker; `mid` and `generation` say how to acknowledge it."""

    topic: str
    payload: bytes
    received: datetime
    content_type: str | None = None
    properties: tuple[tuple[str, str], ...] = ()
    retained: bool = False
    mid: int = 0
    qos: int = 1
    generation: int = 0


class Record(Struct, frozen=True, kw_only=True):
    """One event as the journal keeps it: `time` as the device told it, `at` as we believe it."""

    site: str
    area: str
    device: str
    id: str
    type: str
    time: datetime
    at: datetime
    received: datetime
    sequence: int | None
    data: str
    clock: Literal["future", "ancient"] | None = None
    """Why `at` is the time of receipt."""


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A device says that it is there, or the broker says for it that it is gone."""

    site: str
    area: str
    device: str
    online: bool
    session: str | None
    heard: datetime


class Rejected(Struct, frozen=True, kw_only=True):
    """A message that cannot be understood, masked, with the reason in a word and in a sentence."""

    topic: str
    reason: Reason
    detail: str
    received: datetime
    size: int
    payload: str


class _Envelope(Struct, frozen=True, kw_only=True):
    specversion: Literal["1.0"]
    id: Id
    source: str
    type: TYPE
    time: Moment
    data: Raw = Raw(b"null")
    sequence: object = None


class _Status(Struct, frozen=True, kw_only=True):
    """What a heartbeat must say; the rest is welcome where it can be read, and no reason to call a device silent."""

    state: Literal["online", "offline"]
    session: object = None
    time: object = None


class _NotUnderstoodError(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


_envelope = msgspec.json.Decoder(_Envelope)
_status = msgspec.json.Decoder(_Status)
_facts: dict[str, msgspec.json.Decoder[Fact]] = {name: msgspec.json.Decoder(fact) for name, fact in FACTS.items()}
_anything: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


def decode(message: Message, oldest: timedelta | None) -> Record | Heartbeat | Rejected:
    """Never raises. Event times older than `oldest` (None: any) are replaced by the time of receipt."""
    try:
        return _decode(message, oldest)
    except _NotUnderstoodError as error:
        return _rejected(message, error.reason, str(error))
    except Exception as error:
        # whatever else a device may think of: kept aside like the rest, or one message would stop all others for good
        log.exception("message not understood, and not foreseen", topic=masked(message.topic[:500]))
        return _rejected(message, "unforeseen", f"{type(error).__name__}: {error}")


def _rejected(message: Message, reason: Reason, detail: str) -> Rejected:
    return Rejected(
        topic=masked(message.topic[:500]),
        reason=reason,
        detail=detail if reason == "too_large" else masked(detail[:500]),
        received=message.received,
        size=len(message.payload),
        payload=masked(message.payload[:MAX_SIZE].decode("utf-8", "backslashreplace")),
    )


def fact_of(kind: str, data: str) -> Fact | None:
    """A fact from a journal row; None for a type that this version does not know, or knows in another form."""
    decoder = _facts.get(kind)
    try:
        return decoder.decode(data) if decoder else None
    except msgspec.ValidationError:
        return None  # kept by a version that did not know the type, and so did not check it


def _decode(message: Message, oldest: timedelta | None) -> Record | Heartbeat:
    where = TOPIC.fullmatch(message.topic)
    if where is None:
        raise _NotUnderstoodError(
            "topic", f'found topic "{message.topic[:200]}", expected accueil/v1/{{site}}/{{area}}/{{device}}/events'
        )
    if len(message.payload) > MAX_SIZE:
        raise _NotUnderstoodError("too_large", f"found {len(message.payload)} bytes, expected at most {MAX_SIZE}")
    site, area, device, channel = where.groups()
    if channel == "status":
        return _heartbeat(message, site, area, device)
    envelope = _binary(message) if _is_binary(message) else _parsed(_envelope, message.payload, "envelope")
    source = f"/{site}/{area}/{device}"
    if envelope.source != source:
        raise _NotUnderstoodError(
            "source", f'found source "{envelope.source[:200]}", expected the topic\'s, "{source}"'
        )
    time = _bounded(envelope.time)
    at, clock = _believed(time, message.received, oldest)
    return Record(
        site=site,
        area=area,
        device=device,
        id=envelope.id,
        type=envelope.type if envelope.type in _facts else masked(envelope.type),
        time=time,
        at=at,
        received=message.received,
        sequence=_sequence(envelope.sequence),
        data=_data(envelope),
        clock=clock,
    )


def _is_binary(message: Message) -> bool:
    """By the CloudEvents MQTT binding, except that a content type may be missing from a structured event.

    The broker hands a 3.1.1 device's message to an MQTT 5 reader without one, so the `specversion` property decides.
    """
    structured = (message.content_type or "").startswith("application/cloudevents")
    return not structured and any(name == "specversion" for name, _ in message.properties)


def _binary(message: Message) -> _Envelope:
    attributes: dict[str, object] = dict(message.properties)
    attributes.pop("data", None)
    try:
        envelope = msgspec.convert(attributes, _Envelope)
    except msgspec.ValidationError as error:
        raise _NotUnderstoodError("envelope", _sentence(error)) from None
    return msgspec.structs.replace(envelope, data=Raw(message.payload or b"null"))


def _parsed(decoder: msgspec.json.Decoder[T], payload: bytes, reason: Reason) -> T:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise _NotUnderstoodError(reason, _sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _NotUnderstoodError("not_json", f"found no JSON: {error}") from None


def _sentence(error: msgspec.ValidationError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


def _data(envelope: _Envelope) -> str:
    """The event's data as we keep them: the contract's fields alone, so that nothing personal slips in beside them."""
    decoder = _facts.get(envelope.type)
    if decoder is None:
        found = _parsed(_anything, bytes(envelope.data), "data")
        # without its ids, the version that will know the type could not tell whose event it is
        ids = {key for key in IDS if isinstance(found, dict) and _or_none(found.get(key), Id)}
        try:
            return _encode(masked_json(found, ids)).decode()
        except RecursionError as error:
            raise _NotUnderstoodError("data", f"found data nested too deep: {error}") from None
    return _encode(_parsed(decoder, bytes(envelope.data), "data")).decode()


def _sequence(told: object) -> int | None:
    """CloudEvents has it as a string; whatever is not a count below 2^63 is left out, for it is only welcome."""
    if isinstance(told, str):
        told = int(told) if told.isascii() and told.isdigit() and len(told) <= len(str(2**63)) else None
    return told if type(told) is int and 0 <= told < 2**63 else None


def _bounded(time: datetime) -> datetime:
    try:
        return min(max(time.astimezone(UTC), EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if time.year < EARLIEST.year else LATEST


def _believed(
    time: datetime, received: datetime, oldest: timedelta | None
) -> tuple[datetime, Literal["future", "ancient"] | None]:
    if time > received + AHEAD:
        return received, "future"
    if oldest is not None and received - time > oldest:
        return received, "ancient"
    return time, None


def _heartbeat(message: Message, site: str, area: str, device: str) -> Heartbeat:
    status = _parsed(_status, message.payload, "data")
    heard = message.received
    if message.retained:
        # the broker repeats the last one to whoever subscribes: it was heard when it was told, not now
        told = _or_none(status.time, Moment)
        heard = min(heard, _bounded(told)) if told else EARLIEST
    return Heartbeat(
        site=site,
        area=area,
        device=device,
        online=status.state == "online",
        session=_or_none(status.session, Id),
        heard=heard,
    )


def _or_none(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
