"""The event contract as an AsyncAPI 3 document, made of the types in the code; run as a program, it writes the file."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from alerts.lights import ADDRESS as ALERTS
from alerts.lights import KINDS, Light
from collector.decoding import Count as Waiting
from collector.messages import MAX_SIZE
from dashboards.displays import LONGEST, SHORTEST, Display
from deploy.asyncapi_examples import DISPLAY_EXAMPLES, EXAMPLES, LIGHT_EXAMPLES, SOURCE, STATUS_EXAMPLES, TIME
from deploy.topics import ADDRESS, CONTENT_TYPE
from ticketing.events import FACTS, TYPES, Fact, Id, Moment, Name

FILE = Path(__file__).parent / "docs" / "asyncapi.json"
SCHEMAS = "#/components/schemas/"
DEVICE = "accueil/v1/{site}/{area}/{device}/"
TOLD = f"""\
Tells how a queue is when a reader sees a change, at most every {SHORTEST.seconds} s, and at least every \
{LONGEST.seconds} s while its area is open."""
LIT = """\
Tells that something is wrong in an area, whether somebody has taken it on, and that it is over, by an empty payload."""
OPEN = "An alert that is open; empty once it is over, or silenced"
MQTT = "0.2.0"
"""Version of the MQTT binding."""

Source = Annotated[
    str,
    Meta(
        pattern=r"^/[a-z0-9-]{1,64}/[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$(?!\n)",
        description="/{site}/{area}/{device}, the same as the topic says.",
    ),
]

Count = Annotated[int, Meta(ge=0, le=2**63 - 1, description="Increases with every event of a session.")]


class Envelope(Struct, kw_only=True):
    """A CloudEvent's attributes. `source`, `id` and `time` together identify the event for ever."""

    specversion: Literal["1.0"]
    id: Id
    source: Source
    time: Moment
    sequence: Count | Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")] | UnsetType = UNSET


class Status(Struct, kw_only=True):
    """Sent every 30 s, and left with the broker as the last will. `session` names one start of the device."""

    state: Literal["online", "offline"]
    session: Id | UnsetType = UNSET
    time: Moment | UnsetType = UNSET
    waiting: dict[Name, Waiting] | UnsetType = UNSET


INFO = f"""\
What kiosks, counter software and switchboard bridges send to vigie over MQTT 3.1.1 or 5, and what vigie tells kiosks
and screens, seen from vigie.

Events are CloudEvents 1.0: in structured JSON mode (the message that has its type's name), or on MQTT 5 in binary mode
(the message whose name ends in `.binary`: attributes are user properties, the payload is the data). At most {MAX_SIZE}
bytes.

A message is acknowledged to the broker only after the transaction that holds it has committed. An event may be sent
again as often as one likes, unchanged, and late with its own time. Fields that are not named here are not stored; types
that are not named here are kept for a later version. What cannot be understood is kept aside, and stops nothing. No
names, no telephone numbers, no file numbers, in any field.

What vigie tells is no event but how a queue is: plain JSON without an envelope, retained, each message in the place of
the one before. Readers pass over fields that they do not know: others may be added.
"""


def document() -> bytes:
    """JSON, the same for the same types: indented, for it is committed and read."""
    return msgspec.json.format(msgspec.json.encode(_document()), indent=1) + b"\n"


def _document() -> dict[str, Any]:
    schemas = _schemas()
    messages = {kind: _structured(kind, schemas) for kind in FACTS}
    messages |= {f"{kind}.binary": _binary(kind, schemas) for kind in FACTS}
    events = list(messages)
    messages |= {
        "status": _plain_json("status", "Heartbeat and last will", Status, STATUS_EXAMPLES),
        "live": _plain_json("live", "A queue as it is now", Display, DISPLAY_EXAMPLES),
        "alert": _plain_json("alert", OPEN, Light, LIGHT_EXAMPLES),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "vigie: the events of reception halls",
            "version": "1.0.0",
            "description": INFO,
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{broker}:{port}",
                "protocol": "mqtt",
                "description": "MQTT 3.1.1; 5 where the broker has it (the embedded one does not).",
                "variables": {"broker": {"default": "127.0.0.1"}, "port": {"default": "1883"}},
                "security": [{"$ref": "#/components/securitySchemes/user"}],
            }
        },
        "channels": {
            "events": _channel(DEVICE + "events", "One event a message, as it happens.", events),
            "status": _channel(DEVICE + "status", "Whether a device is there.", ["status"]),
            "live": _channel(ADDRESS, "What tickets and screens say of a queue.", ["live"]),
            "alerts": _channel(ALERTS, "What lights and buzzers tell of an area.", ["alert"]),
        },
        "operations": {
            "keepEvent": _operation("receive", "events", "Keeps an event, then acknowledges it.", retain=False),
            "hearDevice": _operation("receive", "status", "Hears that a device is there, or gone.", retain=True),
            "tellQueue": _operation("send", "live", TOLD, retain=True),
            "tellAlert": _operation("send", "alerts", LIT, retain=True),
        },
        "components": {
            "schemas": schemas,
            "messages": messages,
            "parameters": {
                "site": {"description": f"The prefecture. {_names()}", "examples": ["aube"]},
                "area": {"description": f"A hall or a switchboard. {_names()}", "examples": ["sud", "standard"]},
                "device": {"description": f"The sender. {_names()}", "examples": ["borne-1"]},
                "queue": {"description": f"As configured. {_names()}", "examples": ["sejour"]},
                "alert": {"description": "What it is about.", "enum": list(KINDS), "examples": ["wait"]},
            },
            "securitySchemes": {"user": {"type": "userPassword"}},
        },
    }


def _names() -> str:
    schema = _plain(msgspec.json.schema(Name))
    return f"{schema['description']} Pattern: {schema['pattern']}"


def _schemas() -> dict[str, Any]:
    _, found = msgspec.json.schema_components(
        [*FACTS.values(), Envelope, Status, Display, Light], ref_template=SCHEMAS + "{name}"
    )
    plain: dict[str, Any] = _plain(found)
    return plain


def _plain(schema: Any) -> Any:
    """The same without what only Python's regular expressions need: there, `$` also matches before a last newline."""
    match schema:
        case dict():
            return {key: _plain(part) for key, part in schema.items()}
        case list():
            return [_plain(part) for part in schema]
        case str():
            return schema.removesuffix("(?!\\n)")
        case _:
            return schema


def _structured(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    fact = FACTS[kind]
    return {
        "name": kind,
        "title": f"{kind}, structured",
        **_summary(fact, schemas),
        "contentType": "application/cloudevents+json",
        "payload": _enveloped(type={"const": kind}, data=_schema(fact)),
        "examples": [
            {"payload": {**_attributes(example), "data": msgspec.to_builtins(example)}} for example in EXAMPLES[kind]
        ],
    }


def _binary(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    fact = FACTS[kind]
    return {
        "name": f"{kind}.binary",
        "title": f"{kind}, binary (MQTT 5)",
        **_summary(fact, schemas),
        "contentType": "application/json",
        "headers": {"description": "User properties.", "type": "object", **_enveloped(type={"const": kind})},
        "payload": _schema(fact),
        "examples": [
            {"headers": _attributes(example), "payload": msgspec.to_builtins(example)} for example in EXAMPLES[kind]
        ],
    }


def _enveloped(**more: dict[str, str]) -> dict[str, Any]:
    """The attributes of every event, and more that are required too."""
    return {"allOf": [_schema(Envelope), {"required": list(more), "properties": more}]}


def _schema(struct: type) -> dict[str, str]:
    return {"$ref": SCHEMAS + struct.__name__}


def _plain_json(name: str, title: str, struct: type, examples: Iterable[object]) -> dict[str, Any]:
    """A message that is no event."""
    return {
        "name": name,
        "title": title,
        "contentType": CONTENT_TYPE,
        "payload": _schema(struct),
        "examples": [{"payload": msgspec.to_builtins(example)} for example in examples],
    }


def _summary(fact: type[Fact], schemas: dict[str, Any]) -> dict[str, str]:
    description = schemas[fact.__name__].get("description")
    return {"summary": description} if description else {}


def _attributes(example: Fact) -> dict[str, str]:
    kind = TYPES[type(example)]
    number = list(FACTS).index(kind) + 1
    return {"specversion": "1.0", "id": f"7f0c-{400 + number}", "source": SOURCE[kind.partition(".")[0]], "time": TIME,
            "type": kind}  # fmt: skip


def _channel(address: str, description: str, messages: list[str]) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "parameters": {part: {"$ref": f"#/components/parameters/{part}"} for part in re.findall(r"{(\w+)}", address)},
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
    }


def _operation(action: Literal["receive", "send"], channel: str, summary: str, *, retain: bool) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": MQTT}},
    }


if __name__ == "__main__":
    FILE.write_bytes(document())
