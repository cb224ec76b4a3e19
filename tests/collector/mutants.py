"""Good messages of every kind, and what becomes of them in a bad world: bytes, words, structures and topics changed."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from collector.messages import Message
from tests.collector.words import EVENTS, RECEIVED, STATUS, envelope

TELEPHONE = "0325427700"
ADDRESS = "jeanne.martin@example.org"

DATA: dict[str, dict[str, Any]] = {
    "ticket.issued": {
        "ticket": "20261123-E042",
        "number": "E042",
        "queue": "sejour",
        "reason": "Renouvellement",
        "priority": "appointment",
        "appointment_at": "2026-11-23T09:30:00+01:00",
    },
    "ticket.called": {"ticket": "E042", "counter": "g1"},
    "ticket.recalled": {"ticket": "E042", "counter": "g1"},
    "service.started": {"ticket": "E042", "counter": "g1"},
    "service.ended": {"ticket": "E042"},
    "ticket.no_show": {"ticket": "E042", "counter": "g1"},
    "ticket.abandoned": {"ticket": TELEPHONE},
    "ticket.transferred": {"ticket": "E042", "queue": "asile", "counter": "g2"},
    "ticket.requeued": {"ticket": "E042", "queue": "asile"},
    "ticket.cancelled": {"ticket": "E042", "reason": f"rappeler {TELEPHONE}"},
    "call.received": {"call": "c-0007", "line": "+33 3 25 42 77 00"},
    "call.informed": {"call": "c-0007"},
    "call.queued": {"call": ADDRESS, "queue": "operateurs", "priority": "priority"},
    "call.answered": {"call": "c-0007", "counter": "op1"},
    "call.ended": {"call": "c-0007", "by": "caller"},
    "call.abandoned": {"call": "c-0007"},
    "call.overflowed": {"call": "c-0007", "cause": "no_agent"},
    "call.transferred": {"call": "c-0007", "queue": "operateurs"},
    "counter.opened": {"counter": "g1", "queues": ["sejour", "asile", "a325427700"]},
    "counter.paused": {"counter": "g1", "reason": "pause"},
    "counter.resumed": {"counter": "g1"},
    "counter.closed": {"counter": "g1", "reason": "midi"},
    "ticket.weighed": {"ticket": "E042", "grams": 12.5, "deep": [{"a": [None, True, -1, 325427700]}], TELEPHONE: 1},
}
"""By type; the last is of no version yet."""

STATUSES: list[dict[str, Any]] = [
    {"state": "online", "session": "s1", "time": "2026-11-23T09:12:04+01:00", "waiting": {"sejour": 7, "asile": 0}},
    {"state": "offline", "session": "s1"},
]

_WORDS = [
    *(b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1e400", b"-0", b"-0.0", b"1.5", b"1E5", b"00", b"0x10", b"+1"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"9" * 400),
    *(b"9" * 5000, b"0." + b"3" * 400, b"true", b"null", b"[]", b"{}", b'""', b'" "', b"//", b"/**/", b"'", b",", b":"),
    *(
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\u0000"',
        b'"\\u0030325427700"',
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff",
    ),
    *(
        b"\xc0\x80",
        b"\x00",
        b"\x1b[2J",
        b"\\",
        b'"',
        b"[" * 300,
        b"[" * 2500,
        b"]" * 300,
        b'{"a":' * 200,
        b'"id"',
        b'"data"',
    ),
    *(b'"1.0"', b'"ticket.called"', b'"ticket.issued"', b'"2026-11-23T09:12:04Z"', b'"0001-01-01T00:00:00Z"'),
    *(b'"9999-12-31T23:59:59.999999999-23:59"', b'"2026-02-30T00:00:00Z"', b'"2026-11-23t09:12:04.1234567z"'),
    *(b'"2016-12-31T23:59:60Z"', b'"2026-11-23T24:00:00Z"', b'"2026-11-23 09:12:04+0100"', b'"/aube/sud/borne-1"'),
    *(f'"{TELEPHONE}"'.encode(), f'"{ADDRESS}"'.encode(), b'"0325427701"', b'"03 25 42 77 00"', b"325427700"),
    *('"é"'.encode(), '"é"'.encode("latin-1"), "٠٣٢٥٤٢".encode(), b'" "', '"\u202e"'.encode()),
]
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 7, 10**8, 2**63, 2**64, 10**30, 0.5, 1e300, "", " ", "a", "A" * 64, "A" * 65, "é" * 64),
    *("\ud800", "\x00", "\n", "a\n", "\x7f", "\ufeff", TELEPHONE, ADDRESS, "+33 3 25 42 77 00", "7f0c-000412", [], {}),
    *("0325427701", "-".join(["123456"] * 9), [[]], {"": ""}, ["sejour"] * 3, {"ticket": TELEPHONE}, "٣" * 7, "none"),
    *(
        "2026-11-23T09:12:04Z",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:01Z",
        "1.0",
        "online",
        1763971924,
        "1763971924",
    ),
]
_TOPICS = [
    *(
        EVENTS,
        STATUS,
        "accueil/v1/aube/nord/borne-1/events",
        "accueil/v1/325427700/sud/borne-1/events",
        "",
        "/",
        "\x00",
    ),
    *("accueil/v1/aube/sud/borne-0325427700/events", "accueil/v1/aube/sud/borne-1/events\n", "accueil/v1/aube/live/x"),
    *(f"accueil/v1/aube/sud/{TELEPHONE}/status", "accueil/v1/" + "a/" * 9000, "accueil/v1/aube/SUD/borne-1/events"),
    *("accueil/v1/aube/sud/bo\ud800rne/events", f"{ADDRESS}/x", "accueil/v1/aube/sud/borne-١/events"),
]
_CONTENT_TYPES = [
    None,
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents",
    "",
    "\x00",
    ADDRESS,
]


def good() -> list[Message]:
    """One of every type and in either mode, heartbeats, and a last one that takes a status back."""
    found = []
    for number, (kind, data) in enumerate(DATA.items()):
        whole = envelope(type=kind, data=data, id=f"7f0c-{number}", sequence=str(number), extra={"a": [1, 2]})
        found.append(_sent(json.dumps(whole).encode()))
        attributes = tuple((name, str(value)) for name, value in whole.items() if name not in ("data", "extra"))
        found.append(replace(_sent(json.dumps(data).encode()), properties=attributes, content_type="application/json"))
    found += [_sent(json.dumps(status).encode(), STATUS) for status in STATUSES]
    return [*found, _sent(b"", STATUS)]


def _sent(payload: bytes, topic: str = EVENTS) -> Message:
    return Message(topic=topic, payload=payload, received=RECEIVED)


GOOD = len(good())


def mutant(chance: Random, corpus: list[Message]) -> Message:
    """Another message made of one of these, of which the first are good, by one change or a few."""
    message = chance.choice(corpus if chance.random() < 0.5 else corpus[:GOOD])
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2))):
        change: Change = chance.choices(_CHANGES, _WEIGHTS)[0]
        message = change(chance, message, corpus)
    return message


Change = Callable[[Random, Message, list[Message]], Message]


def _bytes(chance: Random, message: Message, corpus: list[Message]) -> Message:
    payload = bytearray(message.payload or b" ")
    start = chance.randrange(len(payload))
    end = min(len(payload), start + chance.choice((1, 1, 2, 8, 40)))
    match chance.randrange(6):
        case 0:
            payload[start] = chance.randrange(256)
        case 1:
            payload[start] ^= 1 << chance.randrange(8)
        case 2:
            del payload[start:end]
        case 3:
            payload[start:start] = payload[start:end]
        case 4:
            del payload[start:]
        case _:
            payload[start:end] = chance.choice(corpus).payload[start:]
    return replace(message, payload=bytes(payload[:20_000]))


def _words(chance: Random, message: Message, _: list[Message]) -> Message:
    """A word of JSON in the place of another, or between two."""
    payload, word = message.payload, chance.choice(_WORDS)
    cuts = [index for index, byte in enumerate(payload) if byte in b' ,:{}[]"']
    start = chance.choice(cuts) if cuts else 0
    after = [cut for cut in cuts if cut > start]
    end = chance.choice((start, after[0] if after else start, after[1] if len(after) > 1 else start))
    return replace(message, payload=(payload[:start] + word + payload[end:])[:20_000])


def _structure(chance: Random, message: Message, _: list[Message]) -> Message:
    """Still JSON: a value changed, a key left out, added, renamed or there twice."""
    try:
        whole = json.loads(message.payload)
    except (ValueError, RecursionError):
        return replace(message, payload=json.dumps(chance.choice(_VALUES)).encode())
    place: Any = whole
    while isinstance(place, dict) and place and chance.random() < 0.6:
        inner = [part for part in place.values() if isinstance(part, dict)]
        if not inner:
            break
        place = chance.choice(inner)
    if not isinstance(place, dict) or not place:
        return replace(message, payload=json.dumps(chance.choice(_VALUES)).encode())
    name = chance.choice(list(place))
    match chance.randrange(6):
        case 0 | 1:
            place[name] = chance.choice(_VALUES)
        case 2:
            del place[name]
        case 3:
            place[chance.choice(("ticket", "call", "counter", "queue", "note", "", TELEPHONE, "data", "id"))] = place[
                name
            ]
        case 4:
            place[name] = [place[name]]
        case _:
            key = json.dumps(name)
            other = json.dumps(chance.choice(_VALUES))
            text = json.dumps(whole).replace(f"{key}: ", f"{key}: {other}, {key}: ", 1)
            return replace(message, payload=text.encode()[:20_000])
    return replace(
        message, payload=json.dumps(whole, ensure_ascii=chance.random() < 0.5).encode(errors="replace")[:20_000]
    )


def _around(chance: Random, message: Message, corpus: list[Message]) -> Message:
    """Topic, properties, content type, or whether it was retained."""
    match chance.randrange(4):
        case 0:
            return replace(message, topic=chance.choice(_TOPICS))
        case 1:
            properties = list(message.properties or chance.choice(corpus).properties)
            if properties and chance.random() < 0.7:
                index = chance.randrange(len(properties))
                # the client reads all text as UTF-8
                value = str(chance.choice(_VALUES)).encode(errors="replace").decode()
                properties[index] = properties[index][0], value
            else:
                properties.append((chance.choice(("id", "data", "x", TELEPHONE)), ADDRESS))
            return replace(message, properties=tuple(properties))
        case 2:
            return replace(message, content_type=chance.choice(_CONTENT_TYPES))
        case _:
            return replace(message, retained=not message.retained)


_CHANGES: list[Change] = [_bytes, _words, _structure, _around]
_WEIGHTS = [2, 2, 5, 1]
