"""Messages full of telephone numbers and mail addresses, in every field and every shape, and how to find one again."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Any

from msgspec import Struct

from tests.build import at
from tests.end_to_end.crowded import DAY

MARK = "zzyzx"
"""In every mail address, and nowhere else."""
_PAIRS = ("42", "77", "98", "96", "87")
NUMBERS = tuple(f"{first}{one}{two}98" for first in ("325", "612") for one in _PAIRS for two in _PAIRS if one != two)
"""Nine digits each, without the 0 or the 33 before them; no clock tells these."""

Properties = tuple[tuple[str, str], ...]


class Sent(Struct, frozen=True):
    """What a device publishes; with properties it does so by MQTT 5."""

    topic: str
    payload: bytes
    properties: Properties = ()
    content_type: str | None = None
    retain: bool = False


def spellings(number: str) -> list[str]:
    """A telephone number as people and machines write it."""
    first, pairs = number[0], [number[index : index + 2] for index in range(1, 9, 2)]
    national, international = ["0" + first, *pairs], [first, *pairs]
    return [
        *(sign.join(national) for sign in ("", " ", ".", "-", "/", "_", "\u00a0", "\u202f", " - ", ":", "%20", "%2E")),
        *("+33" + sign + sign.join(international) for sign in ("", " ", ".", "-")),
        *("0033" + sign + sign.join(international) for sign in ("", " ")),
        "33-" + "-".join(international),
        "+33 (0)" + " ".join(international),
        "(+33) " + ".".join(international),
        "tel:+33-" + "-".join(international),
        f"appel0{number}entrant",
        number,
    ]


def names(number: str) -> list[str]:
    """The same, as the id of a queue, a counter or a device may be."""
    return [text for text in spellings(number) if re.fullmatch("[a-z0-9-]{1,64}", text)]


def addresses(number: str) -> list[str]:
    return [
        f"{MARK}.{number}@example.org",
        f"{MARK}+x@sous.example.fr",
        f"<{MARK}@example.org>",
        f"{MARK}%40example.org",
    ]


def told(blob: bytes) -> set[str]:
    """Which numbers and addresses there are in bytes, however they are written."""
    plain = blob.replace(b"\x00", b"").replace(rb"\x00", b"")
    plain = re.sub(rb"%[0-9a-fA-F]{2}|\\+x[0-9a-fA-F]{2}|\\+u[0-9a-fA-F]{4}", b" ", plain)
    found = {MARK} if MARK.encode() in plain.lower() else set()
    for run in re.findall(rb"\d(?:[^0-9A-Za-z]{0,3}\d){8,}", plain):
        digits = re.sub(rb"\D", b"", run).decode()
        found |= {number for number in NUMBERS if number in digits}
    return found


_ids = count(1)


def event(kind: str, data: object, when: datetime | str, device: str = "borne-1", **changes: Any) -> dict[str, Any]:
    time = when if isinstance(when, str) else when.isoformat()
    whole = {
        "specversion": "1.0",
        "type": kind,
        "source": f"/aube/nord/{device}",
        "id": f"e-{next(_ids)}",
        "time": time,
    }
    return {**whole, "data": data, **changes}


def visits() -> list[Sent]:
    """A ticket for each number, of one spelling, issued at 9:00 and called so many minutes later; all of it twice."""
    found = []
    for minutes, number in enumerate(NUMBERS, 1):
        ticket = spellings(number)[minutes % len(spellings(number))]
        issued = event("ticket.issued", {"ticket": ticket, "number": ticket, "queue": "accueil"}, at("9:00", DAY))
        called = event(
            "ticket.called", {"ticket": ticket, "counter": "n1"}, at("9:00", DAY) + timedelta(minutes=minutes)
        )
        found += [Sent("accueil/v1/aube/nord/borne-1/events", json.dumps(one).encode()) for one in (issued, called)]
    return [*found, *found]


def everywhere() -> Iterator[Sent]:
    """Something personal in each place where a message has room for it."""
    numbers = cycle(NUMBERS)
    for index in range(len(spellings(NUMBERS[0])) + len(addresses(""))):
        number = next(numbers)
        text = [*spellings(number), *addresses(number)][index]
        name = names(number)[index % len(names(number))]
        yield from (_structured(whole) for whole in _events(text, name, int(number)))
        yield from _elsewhere(text, name, number)


def _structured(whole: object, device: str = "borne-1") -> Sent:
    return Sent(f"accueil/v1/aube/nord/{device}/events", json.dumps(whole, ensure_ascii=False).encode())


def _events(text: str, name: str, number: int) -> Iterator[dict[str, Any]]:
    """In each field of an event of the contract, of one that is wrong, and of one that nobody knows yet."""
    nine = at("8:31", DAY)
    issued = {"ticket": f"t-{next(_ids)}", "number": "A1", "queue": "permis"}
    for name_of_field in ("ticket", "number", "reason"):
        yield event("ticket.issued", {**issued, name_of_field: text}, nine)
    yield event("ticket.issued", {**issued, "queue": name}, nine)
    yield event("ticket.issued", issued, nine, id=text)
    yield event("ticket.issued", issued, nine, sequence=text)
    yield event("ticket.issued", issued, nine, sequence=number)
    yield event("ticket.issued", issued, nine, subject=text) | {text: {text: [text, number]}}
    yield event("ticket.issued", {**issued, "nom": text, text: number}, nine)
    yield event("ticket.called", {"ticket": text, "counter": name}, nine)
    yield event("call.received", {"call": text, "line": text}, nine)
    yield event("counter.opened", {"counter": name, "queues": [name, "permis"]}, nine)
    yield event("counter.paused", {"counter": "n1", "reason": text}, nine)
    yield event("usager.inconnu", {"ticket": text, "deep": [{text: [text, number, float(number), {"a": text}]}]}, nine)
    yield event("usager.inconnu", text, nine)
    yield event("usager.inconnu", number, nine)
    yield event(f"appel.{name}", {}, nine)
    # and kept aside, each for a reason of its own
    yield event("ticket.issued", {**issued, "queue": text + " "}, nine)
    yield event("ticket.issued", issued, nine, source=f"/aube/nord/{text}")
    yield event("ticket.issued", issued, text)
    yield event("ticket.issued", issued, nine, specversion=text)
    yield event("ticket.issued", issued, nine, type=text + " ")
    yield event("ticket.issued", {**issued, "priority": text}, nine)
    yield event("ticket.issued", {**issued, "appointment_at": text}, nine)
    yield event("ticket.issued", {**issued, "ticket": number}, nine)
    yield event("ticket.issued", issued, nine, id=text + "x" * 60)
    yield event("ticket.issued", issued, nine, id=f"refused-{text}")
    yield event("ticket.issued", [text, number], nine)


def _elsewhere(text: str, name: str, number: str) -> Iterator[Sent]:
    """In topics, properties, heartbeats, and in what is nothing at all."""
    events, status = "accueil/v1/aube/nord/borne-1/events", "accueil/v1/aube/nord/borne-1/status"
    good = event("ticket.issued", {"ticket": f"t-{next(_ids)}", "number": "A1", "queue": "permis"}, at("8:31", DAY))
    for place in ((name, "nord", "borne-1"), ("aube", name, "borne-1"), ("aube", "nord", name)):
        source = "/".join(place)
        yield Sent(f"accueil/v1/{source}/events", json.dumps({**good, "source": f"/{source}"}).encode())
        yield Sent(f"accueil/v1/{source}/status", b'{"state": "online"}', retain=True)
        yield Sent(f"accueil/v1/{source}/status", text.encode())
    yield Sent(f"accueil/v1/aube/nord/{text.replace('/', ' ').replace('+', '.')}/events", json.dumps(good).encode())
    attributes = tuple((key, str(value)) for key, value in good.items() if key != "data")
    data = json.dumps(good["data"]).encode()
    yield Sent(events, data, (*attributes, (text, text)), f"application/json; x={text}")
    yield Sent(events, data, (*attributes[:-1], ("time", text)), text)
    yield Sent(events, text.encode(), attributes, "text/plain")
    beat = {"state": "online", "session": text, "time": text, "waiting": {name: 3, text: 4, "permis": int(number)}}
    yield Sent(status, json.dumps({**beat, text: number}).encode())
    yield Sent(status, json.dumps({**beat, "state": text}).encode())
    yield Sent(events, f'{{"id": "{text}", "data": {{"tel": {number},'.encode())
    yield Sent(events, text.encode())
    yield Sent(events, f"tel {text}".encode("latin-1", "replace"))
    yield Sent(events, f"tel {text}".encode("utf-16"))
    yield Sent(events, b"\x00\xff\xfe" + text.encode() + b"\x00\x9f" + number.encode() + b"\xff")
    yield Sent(events, (text + " ").encode() * 1000)
