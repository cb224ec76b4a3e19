"""Another reading of a message, with the standard library and plain rules, to say whether a record was invented."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.messages import Heartbeat, Message, Record
from ticketing.events import FACTS

RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))", re.ASCII)
DAY = timedelta(days=1)
FEW = 6
"""A text with fewer digits, and no sign of a mail address, is kept as it is."""
LETTERS = re.compile("[a-z]{14}")


class Reader:
    """Remembers which text became which, for no two may become the same."""

    def __init__(self) -> None:
        self._became: dict[str, str] = {}
        self._came: dict[str, str] = {}

    def objections(self, message: Message, found: Record | Heartbeat) -> Iterator[str]:
        """What the message does not say and the record does; nothing where both agree."""
        root, version, *place, channel = message.topic.split("/")
        if (root, version) != ("accueil", "v1") or channel != ("events" if isinstance(found, Record) else "status"):
            yield f"topic {message.topic}"
        yield from self._same("place", place, [found.site, found.area, found.device])
        if isinstance(found, Record):
            yield from self._event(message, found, place)
        else:
            yield from self._heartbeat(message, found)

    def _event(self, message: Message, record: Record, place: list[str]) -> Iterator[str]:
        told = attributes(message)
        if told.get("source") != "/" + "/".join(place) or told.get("specversion") != "1.0":
            yield f"source {told.get('source')}, version {told.get('specversion')}"
        yield from self._same("id", told["id"], record.id)
        if told["type"] != record.type and not (digits(told["type"]) >= FEW and told["type"] not in FACTS):
            yield f"type {told['type']}"
        if not near(record.time, instant(told["time"])) or record.at != record.time:
            yield f"time {told['time']}"
        if record.sequence not in (None, number(told.get("sequence"))):
            yield f"sequence {told.get('sequence')}"
        kept = json.loads(record.data)
        fact = FACTS.get(told["type"])
        if fact is None:
            yield from self._same("data", told.get("data"), kept)
            return
        for name in fact.__struct_fields__:
            one, other = told["data"].get(name), kept.pop(name, None)
            if name == "appointment_at" and one and other:
                if not near(instant(other), instant(one)):
                    yield f"{name} {one}"
            elif not (name == "priority" and one == "none" and other is None):
                yield from self._same(name, one, other)
        if kept:
            yield f"more than was told: {kept}"

    def _heartbeat(self, message: Message, found: Heartbeat) -> Iterator[str]:
        if not message.payload:
            if not found.retired:
                yield "not retired"
            return
        told = strict(message.payload)
        if (told["state"] == "online") != found.online or told["state"] not in ("online", "offline") or found.retired:
            yield f"state {told['state']}"
        if found.session is not None:
            yield from self._same("session", told.get("session"), found.session)
        if found.told and not near(found.told, instant(told["time"])):
            yield f"time {told['time']}"
        counts = told.get("waiting") or {}
        if found.waiting and not all(number in counts.values() for number in found.waiting.values()):
            yield f"waiting {counts}"

    def _same(self, where: str, told: Any, kept: Any) -> Iterator[str]:
        """Equal, but for texts and numbers that may be somebody's: those are the same wherever they come again."""
        match told, kept:
            case dict(), dict() if len(told) == len(kept):
                for one, other in zip(told.items(), kept.items(), strict=True):
                    yield from self._same(where, list(one), list(other))
            case list(), list() if len(told) == len(kept):
                for one, other in zip(told, kept, strict=True):
                    yield from self._same(where, one, other)
            case str(), str():
                if not self._stands_for(told, kept):
                    yield f"{where}: {told!r} became {kept!r}"
            case ((int() | float()), str()) if not isinstance(told, bool) and digits(str(told)) >= FEW:
                if not LETTERS.search(kept):
                    yield f"{where}: {told!r} became {kept!r}"
            case _:
                if type(told) is not type(kept) or told != kept:
                    yield f"{where}: {told!r} became {kept!r}"

    def _stands_for(self, told: str, kept: str) -> bool:
        plain = told.replace("\x00", "\\x00")
        if digits(told) < FEW and not re.search("@|%40", told):
            return kept == plain
        if kept == plain:
            return True
        # only one text gives another, and it always gives the same; a field that is short takes one for all of it
        short = LETTERS.fullmatch(kept) is not None
        return short or (self._became.setdefault(told, kept) == kept and self._came.setdefault(kept, told) == told)


def attributes(message: Message) -> dict[str, Any]:
    """The event with its data, whichever way it came."""
    structured = (message.content_type or "").startswith("application/cloudevents")
    if not structured and any(name == "specversion" for name, _ in message.properties):
        return {**dict(message.properties), "data": strict(message.payload or b"null")}
    found: dict[str, Any] = strict(message.payload)
    return found


def strict(payload: bytes) -> Any:
    """ValueError for what is no JSON, such as NaN, which the standard library takes."""

    def no(word: str) -> Any:
        raise ValueError(word)

    # text that nobody reads may be no UTF-8
    return json.loads(payload.decode(errors="replace"), parse_constant=no, parse_int=whole)


def whole(text: str) -> int | float:
    """Python counts no further than 4,300 digits, and no field has so many."""
    return int(text) if len(text) < 4300 else float(text)


def instant(text: str) -> datetime:
    """An instant of RFC 3339, in its bounds; ValueError for anything else."""
    found = RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, clock, fraction, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
    local = datetime.fromisoformat(f"{day}T{clock}") + timedelta(microseconds=round(float(f"0.{fraction or 0}") * 1e6))
    lower, upper = datetime(1970, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - made UTC below
    # not before the bounds: there are instants of which the neighbour in UTC has no name
    bounded = min(max(local, lower - DAY), upper + DAY) - (-offset if sign == "-" else offset)
    return min(max(bounded, lower), upper).replace(tzinfo=UTC)


def near(one: datetime, other: datetime) -> bool:
    """The same, but for digits beyond the microsecond."""
    return abs(one - other) <= timedelta(microseconds=1)


def number(told: Any) -> int | None:
    """A sequence: a count, as a number or as text."""
    try:
        return int(told) if isinstance(told, (int, str)) and not isinstance(told, bool) else None
    except ValueError:
        return None


def digits(text: str) -> int:
    return sum(character.isdecimal() for character in text)
