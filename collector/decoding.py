"""From an MQTT message to a journal record, a heartbeat, or a sentence that says why it is neither."""

import contextlib
import re
import traceback
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import structlog
from msgspec import Meta, Raw, Struct

from collector.dialects import Alive, Dialect, NotUnderstoodError, Told
from collector.masking import Pseudonyms, masked, suspect
from collector.messages import EARLIEST, LATEST, MAX_SIZE, TOPIC, Heartbeat, Message, Reason, Record, Rejected
from ticketing.events import FACTS, Fact, Id, Moment, Name

log = structlog.get_logger()

IDS = ("ticket", "call", "counter", "queue")
"""Fields of the contract that say what an event is about."""
LONGEST_ID, LONGEST_TEXT = 64, 200
LONG = {
    name for fact in FACTS.values() for name in ("number", "reason", "line", "by") if name in fact.__struct_fields__
}
"""Fields of the contract that are no ids."""
LONGEST_TOPIC = 500
LARGEST_SEQUENCE = 10**8
"""A device does not send more in one session; what is longer may be a telephone number, or a clock."""
LONGEST_WORD = 330
"""An address has no more characters."""
_LAST_WORD = re.compile(r"[^\s\"'<>]+\Z")

TYPE = Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,64}$(?!\n)")]
Count = Annotated[int, Meta(ge=0, lt=1_000_000)]

T = TypeVar("T")
Choose = Callable[[str, str, str], Dialect | None]
"""The dialect of a device, from its site, area and name; None for CloudEvents."""


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
    waiting: object = None


class _Where(Struct, frozen=True):
    """What a topic says: the names as they are, and as they are kept."""

    told: tuple[str, str, str]
    site: str
    area: str
    device: str
    status: bool


_envelope = msgspec.json.Decoder(_Envelope)
_status = msgspec.json.Decoder(_Status)
_facts: dict[str, msgspec.json.Decoder[Fact]] = {name: msgspec.json.Decoder(fact) for name, fact in FACTS.items()}
_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_fields = msgspec.json.Decoder(dict[str, Raw])
_encode = msgspec.json.Encoder().encode


def fact_of(kind: str, data: str) -> Fact | None:
    """A fact from a journal row; None for a type that this version does not know, or knows in another form."""
    decoder = _facts.get(kind)
    try:
        return decoder.decode(data) if decoder else None
    except msgspec.ValidationError:
        return None  # kept by a version that did not know the type, and so did not check it


class Decoder:
    """Understands messages as the configuration says, and lets nothing personal through.

    `keep` are fields of the events' data, beside the contract's, that are stored too.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, choose: Choose = lambda *_: None, keep: Collection[str] = frozenset()
    ) -> None:
        self._pseudonyms, self._choose = pseudonyms, choose
        self._keep = frozenset(keep) - {name for fact in FACTS.values() for name in fact.__struct_fields__}
        self._where = lru_cache(maxsize=8192)(self._place)

    def decode(self, message: Message) -> Record | Heartbeat | Rejected:
        """Never raises. A record's `at` is its device's word: `believed` judges it."""
        try:
            return self._decode(message)
        except NotUnderstoodError as error:
            return self._rejected(message, error.reason, error.sentence)
        except Exception as error:  # noqa: BLE001 - the edge of what one message may do
            # whatever else a device may think of: kept aside like the rest, or one message would stop all others
            # where it happened, and never the words of an error: they may quote the message
            place = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            log.error(
                "message not understood, and not foreseen",
                topic=self._text(message.topic, LONGEST_TOPIC),
                error=masked(f"{type(error).__name__}: {error}"),
                place=place,
            )
            return self._rejected(message, "unforeseen", f"{type(error).__name__}: {error}")

    def _decode(self, message: Message) -> Record | Heartbeat:
        where = self._where(message.topic)
        if where is None:
            raise NotUnderstoodError(
                "topic",
                f'found topic "{masked(message.topic)[:200]}", expected accueil/v1/{{site}}/{{area}}/{{device}}/events',
            )
        if len(message.payload) > MAX_SIZE:
            raise NotUnderstoodError("too_large", f"found {len(message.payload)} bytes, expected at most {MAX_SIZE}")
        if where.status:
            return self._heartbeat(message, where)
        dialect = self._choose(*where.told)
        if dialect is None:
            envelope = _binary(message) if _is_binary(message) else _parsed(_envelope, message.payload, "envelope")
            source = "/" + "/".join(where.told)
            if envelope.source != source:
                raise NotUnderstoodError(
                    "source", f'found source "{masked(envelope.source)[:200]}", expected the topic\'s, "{source}"'
                )
            return self._record(message, where, envelope)
        # before it is translated: an id made of a message is then the same when it is read again from the quarantine
        told = dialect.translate(self._clean(message.payload).encode(), message.received)
        if isinstance(told, Alive):
            return Heartbeat(
                site=where.site,
                area=where.area,
                device=where.device,
                online=told.online,
                session=None,
                heard=message.received,
            )
        if told.timed:
            return self._record(message, where, told)
        if message.retained:
            raise NotUnderstoodError(
                "data", "found an event without a time that the broker repeats, expected a time, or no retain flag"
            )
        return msgspec.structs.replace(self._record(message, where, told), clock="untold")

    def _record(self, message: Message, where: _Where, told: _Envelope | Told) -> Record:
        time = _bounded(told.time)
        return Record(
            site=where.site,
            area=where.area,
            device=where.device,
            id=self._pseudonyms.of(told.id, LONGEST_ID),
            type=told.type if told.type in _facts else masked(told.type),
            time=time,
            at=time,
            received=message.received,
            sequence=_sequence(told.sequence),
            data=self._data(told.type, bytes(told.data)),
        )

    def _place(self, topic: str) -> _Where | None:
        found = TOPIC.fullmatch(topic)
        if found is None:
            return None
        *told, channel = found.groups()
        site, area, device = (self._pseudonyms.of(name, LONGEST_ID) for name in told)
        return _Where((told[0], told[1], told[2]), site, area, device, channel == "status")

    def _data(self, kind: str, data: bytes) -> str:
        """The event's data as we keep them: the contract's fields alone, so that nothing personal slips in."""
        decoder = _facts.get(kind)
        if decoder is None:
            return self._unknown(data)
        fact = _parsed(decoder, data, "data")
        kept = _encode(fact).decode()
        if suspect(kept):
            kept = _encode(self._cleaned(fact)).decode()
        return self._with_more(kept, data) if self._keep else kept

    def _cleaned(self, fact: Fact) -> Fact:
        changes: dict[str, object] = {}
        for name in fact.__struct_fields__:
            match getattr(fact, name):
                case str() as text:
                    changes[name] = self._pseudonyms.of(text, LONGEST_TEXT if name in LONG else LONGEST_ID)
                case tuple() as names:
                    changes[name] = tuple(self._pseudonyms.of(one, LONGEST_ID) for one in names)
        return msgspec.structs.replace(fact, **changes)

    def _with_more(self, kept: str, data: bytes) -> str:
        more = {}
        # welcome where it can be read, and no reason to refuse the event
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            told = _fields.decode(data)
            for name in sorted(self._keep & told.keys()):
                more[name] = self._pseudonyms.of_json(_anything.decode(told[name]))
        return _encode({**_anything.decode(kept), **more}).decode() if more else kept

    def _unknown(self, data: bytes) -> str:
        """Data of a type that this version does not know, whole: the version that knows it must find its ids."""
        found = _parsed(_anything, data, "data")
        try:
            cleaned = self._pseudonyms.of_json(found)
            if isinstance(found, dict):
                ids = {name: found[name] for name in IDS if _or_none(found.get(name), Id)}
                cleaned |= {name: self._pseudonyms.of(text, LONGEST_ID) for name, text in ids.items()}
            return _encode(cleaned).decode()
        except RecursionError as error:
            raise NotUnderstoodError("data", f"found data nested too deep: {error}") from None

    def _heartbeat(self, message: Message, where: _Where) -> Heartbeat:
        heard = message.received
        if not message.payload:
            # MQTT's way to take back what the broker keeps
            return Heartbeat(
                site=where.site,
                area=where.area,
                device=where.device,
                online=False,
                session=None,
                heard=heard,
                retired=True,
            )
        status = _parsed(_status, message.payload, "data")
        told = _or_none(status.time, Moment)
        if message.retained:
            # the broker repeats the last one to whoever subscribes: it was heard when it was told, not now
            heard = min(heard, _bounded(told)) if told else EARLIEST
        session = _or_none(status.session, Id)
        return Heartbeat(
            site=where.site,
            area=where.area,
            device=where.device,
            online=status.state == "online",
            session=self._pseudonyms.of(session, LONGEST_ID) if session else None,
            heard=heard,
            # a last will was written when the device connected: its time says nothing of now
            told=_bounded(told) if told and status.state == "online" and not message.retained else None,
            waiting=self._counts(status.waiting),
            repeated=message.retained,
        )

    def _counts(self, told: object) -> dict[str, int] | None:
        if not isinstance(told, dict):
            return None
        found = {
            self._pseudonyms.of(queue, LONGEST_ID): number
            for queue, number in told.items()
            if _or_none(queue, Name) and _or_none(number, Count) is not None
        }
        return found or None

    def _rejected(self, message: Message, reason: Reason, sentence: str) -> Rejected:
        return Rejected(
            topic=self._text(message.topic, LONGEST_TOPIC),
            reason=reason,
            detail=sentence if reason == "too_large" else masked(sentence)[:500],
            received=message.received,
            size=len(message.payload),
            payload=self._clean(message.payload),
            content_type=self._text(message.content_type, 200) if message.content_type else None,
            properties=tuple(
                (self._text(name, 200), self._text(value, 1000)) for name, value in message.properties[:20]
            ),
        )

    def _text(self, text: str, most: int) -> str:
        """Cut last: half a number or half an address would not be known for what it is."""
        return self._pseudonyms.of_text(text)[:most]

    def _clean(self, payload: bytes) -> str:
        """A payload with pseudonyms, still JSON where it was JSON; of one that is too large, its beginning."""
        if payload.count(0) > len(payload) / 4:
            payload = payload.replace(b"\x00", b"")  # UTF-16, in which an address would not be known for one
        if len(payload) > MAX_SIZE:
            # to the end of a word: half a number or half an address would not be known for what it is
            text = payload[:MAX_SIZE].decode("utf-8", "backslashreplace")
            return self._pseudonyms.of_text(text[:-LONGEST_WORD] + _LAST_WORD.sub("", text[-LONGEST_WORD:]))
        try:
            found = self._pseudonyms.of_json(_anything.decode(payload))
            return _encode(found).decode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._pseudonyms.of_text(payload.decode("utf-8", "backslashreplace"))


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
        raise NotUnderstoodError("envelope", _sentence(error)) from None
    return msgspec.structs.replace(envelope, data=Raw(message.payload or b"null"))


def _parsed(decoder: msgspec.json.Decoder[T], payload: bytes, reason: Reason) -> T:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise NotUnderstoodError(reason, _sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstoodError("not_json", f"found no JSON: {error}") from None


def _sentence(error: msgspec.ValidationError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


def _sequence(told: object) -> int | None:
    """CloudEvents has it as a string; whatever is no plausible count is left out, for it is only welcome."""
    if isinstance(told, str):
        told = int(told) if told.isascii() and told.isdigit() and len(told) <= LONGEST_ID else None
    return told if type(told) is int and 0 <= told < LARGEST_SEQUENCE else None


def _bounded(time: datetime) -> datetime:
    try:
        return min(max(time.astimezone(UTC), EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if time.year < EARLIEST.year else LATEST


def _or_none(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
