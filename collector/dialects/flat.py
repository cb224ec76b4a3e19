"""The dialect `flat`: one JSON object an event, without an envelope, its keys and words told by the configuration."""

from collections.abc import Callable, Mapping
from datetime import datetime
from datetime import time as clock_time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from collector.dialects import Alive, NotUnderstoodError, Told
from collector.dialects.names import Clean, Names, cleaned, opaque
from collector.dialects.reading import Object, canonical, fingerprint, line_of, own_type, parsed, text_of, untranslated
from collector.dialects.times import moment
from ticketing.events import FACTS, Cause, Name, Priority

STATES = ("online", "offline")
"""What a maker's word may mean beside the types of the contract: the device says that it is there, or goes."""

FIELDS = {
    kind: tuple((field.name, field.required) for field in msgspec.structs.fields(fact)) for kind, fact in FACTS.items()
}
"""The fields of each type, and whether they must be there."""

Maker = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,20}$(?!\n)")]


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A maker's names and words, and ours."""

    queue: dict[str, Name] = {}
    counter: dict[str, Name] = {}
    priority: dict[str, Priority] = {}
    cause: dict[str, Cause] = {}
    by: dict[str, Literal["agent", "caller"]] = {}


class FlatSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Under which of the maker's keys each field of the contract stands; without a key, a field is not read."""

    maker: Maker = "flat"
    """Namespace of the types that stay the maker's own."""
    type: str
    types: dict[str, str]
    time: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    id: str | None = None
    sequence: str | None = None
    ignore: list[str] = []
    """Keys that change when the same event is sent again."""
    unique: Literal["ever", "day"] = "day"
    """For how long the maker gives a `ticket`, `call` or `number` once only."""
    restarts: list[clock_time] = []
    """Local times at which a maker who is `unique` for a day starts again within it."""
    nothing: list[str] = []
    """Values that mean "no value", beside the empty text and the usual dates of long ago."""
    ticket: str | None = None
    call: str | None = None
    number: str | None = None
    queue: str | None = None
    queues: str | None = None
    counter: str | None = None
    reason: str | None = None
    priority: str | None = None
    appointment_at: str | None = None
    line: str | None = None
    by: str | None = None
    cause: str | None = None
    words: Words = Words()


class Flat:
    """Reads one object: by its type's word, the fields of that type, each in its own way."""

    def __init__(self, settings: FlatSettings, zone: ZoneInfo, clean: Clean = str) -> None:
        """`zone` is that of times without an offset, unless the settings say another.

        `clean` is what is done with the texts of messages before: the tables' words are then found all the same.
        """
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone) if settings.time_zone else zone
        words = settings.words
        self._queues, self._counters = Names(words.queue, clean), Names(words.counter, clean)
        priorities, causes, ends = (cleaned(table, clean) for table in (words.priority, words.cause, words.by))
        self._types, self._nothing = cleaned(settings.types, clean), frozenset(map(clean, settings.nothing))
        self._fields: Mapping[str, Callable[[Object, datetime], object]] = {
            "ticket": lambda told, at: self._unique(told, at, settings.ticket or settings.number),
            "call": lambda told, at: self._unique(told, at, settings.call),
            "number": lambda told, _: line_of(self._text(told, settings.number) or self._text(told, settings.ticket)),
            "queue": lambda told, _: self._named(told, settings.queue, self._queues),
            "queues": lambda told, _: self._list(told),
            "counter": lambda told, _: self._named(told, settings.counter, self._counters),
            "reason": lambda told, _: line_of(self._text(told, settings.reason)),
            "line": lambda told, _: line_of(self._text(told, settings.line)),
            "priority": lambda told, _: priorities.get(self._text(told, settings.priority) or ""),
            "cause": lambda told, _: causes.get(self._text(told, settings.cause) or ""),
            "by": lambda told, _: ends.get(self._text(told, settings.by) or ""),
            "appointment_at": self._appointment,
        }

    def translate(self, payload: bytes, received: datetime) -> Told | Alive:
        told, settings = parsed(payload), self._settings
        word = text_of(told, settings.type)
        if word is None:
            raise NotUnderstoodError("envelope", f'found nothing under "{settings.type}", expected the type there')
        kind = self._types.get(word)
        if kind in STATES:
            return Alive(online=kind == "online")
        if kind == "counter.opened" and not self._list(told):
            # an opening that does not tell what is served leaves what is configured: that is a resumption
            kind = "counter.resumed"
        found = self._time(told, received)
        at = found or received
        return Told(
            id=self._id(told),
            type=kind or own_type(settings.maker, word),
            time=at,
            timed=found is not None,
            data=self._data(kind, word, told, at) if kind else self._untranslated(told, at),
            sequence=told.get(settings.sequence) if settings.sequence else None,
        )

    def _data(self, kind: str, word: str, told: Object, at: datetime) -> bytes:
        found = {}
        for name, required in FIELDS[kind]:
            try:
                value = self._fields[name](told, at)
            except NotUnderstoodError:
                if required:
                    raise
                continue  # the rest of the event is worth more
            if value is not None:
                found[name] = value
            elif required:
                raise NotUnderstoodError("data", f'found no {name} in "{word}", expected {self._where(name)}')
        return canonical(found)

    def _where(self, name: str) -> str:
        keys: list[str | None] = [getattr(self._settings, name)]
        keys += [self._settings.number] if name == "ticket" else [self._settings.ticket] if name == "number" else []
        known = " or ".join(f'"{key}"' for key in keys if key)
        of = f", one of: {', '.join(self._settings.words.cause)}" if name == "cause" else ""
        return f"it under {known}{of}" if known else f"a key for {name} in the configuration"

    def _untranslated(self, told: Object, at: datetime) -> bytes:
        ids: dict[str, object] = {}
        for name in ("ticket", "call", "queue", "counter"):
            try:
                ids[name] = self._fields[name](told, at)
            except NotUnderstoodError:
                continue  # under the key there stands something else, in an event that is another's
        return untranslated(told, ids)

    def _text(self, told: Object, key: str | None) -> str | None:
        text = text_of(told, key)
        return None if text in self._nothing else text

    def _time(self, told: Object, received: datetime) -> datetime | None:
        text = self._text(told, self._settings.time)
        return moment(text, self._zone, received, self._settings.time_format) if text else None

    def _appointment(self, told: Object, at: datetime) -> str | None:
        text = self._text(told, self._settings.appointment_at)
        found = moment(text, self._zone, at, self._settings.time_format) if text else None
        return found.isoformat() if found else None

    def _id(self, told: Object) -> str:
        own = self._text(told, self._settings.id)
        return opaque(own) if own else fingerprint(told, self._settings.ignore)

    def _unique(self, told: Object, at: datetime, key: str | None) -> str | None:
        text = self._text(told, key)
        if text is None or self._settings.unique == "ever":
            return opaque(text) if text else None
        local = at.astimezone(self._zone)
        starts = sum(start <= local.time() for start in self._settings.restarts)
        return opaque(f"{local:%Y%m%d}" + (f".{starts}" if starts else ""), text)

    def _named(self, told: Object, key: str | None, names: Names) -> str | None:
        text = self._text(told, key)
        return names.id(text) if text else None

    def _list(self, told: Object) -> list[str] | None:
        """Queues, told as a list or as one text with commas."""
        key = self._settings.queues
        value: Any = told.get(key) if key else None
        if key and isinstance(value, list):
            texts = [text_of({key: part}, key) for part in value]
        else:
            texts = [part.strip() for part in (self._text(told, key) or "").replace(";", ",").split(",")]
        return list(dict.fromkeys(self._queues.id(text) for text in texts if text)) or None
