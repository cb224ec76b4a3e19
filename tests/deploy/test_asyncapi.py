"""The contract as a document: it says what the decoder does, and so do its examples and those of the guide."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import fields
from paho.mqtt.client import topic_matches_sub

from alerts.lights import Light, Lights
from collector.journal import Journal
from collector.messages import MAX_SIZE, Heartbeat, Message, Record, Rejected
from collector.subscriber import EVENTS, STATUS
from dashboards.board import Board
from dashboards.displays import Display, Displays
from dashboards.web_settings import WebSettings
from dashboards.words import expected
from deploy.asyncapi import FILE, document
from deploy.configuration import load
from deploy.mosquitto.register import VIGIE_RIGHTS
from deploy.service import Watch
from tests.alerts.hand import alert
from tests.build import SUD, at
from tests.collector.words import RECEIVED, decode
from ticketing.events import FACTS

DOCUMENT: dict[str, Any] = json.loads(document())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
EXAMPLE = Path(__file__).parents[2] / "deploy" / "vigie.toml"
CONTRACT = (Path(__file__).parents[2] / "deploy" / "docs" / "contract.md").read_text(encoding="utf-8")
STRUCTURED = [(kind, example) for kind in FACTS for example in MESSAGES[kind]["examples"]]
BINARY = [(kind, example) for kind in FACTS for example in MESSAGES[f"{kind}.binary"]["examples"]]


def decoded(topic: str, payload: object, **more: Any) -> Record | Heartbeat | Rejected:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(Message(topic=topic, payload=raw, received=RECEIVED, **more), timedelta(hours=48))


def topic_of(attributes: dict[str, Any]) -> str:
    return f"accueil/v1{attributes['source']}/events"


def test_the_committed_document_is_the_one_that_the_types_give() -> None:
    assert FILE.read_bytes() == document(), "write it again: python -m deploy.asyncapi"


async def test_the_boards_serve_the_document_while_the_database_is_away() -> None:
    watch = Watch(load(EXAMPLE), Journal("postgresql://127.0.0.1:1/none"), lambda: RECEIVED, None, asyncio.Event())
    async with (
        watch.server.serving(WebSettings(listen="127.0.0.1:0")) as address,
        aiohttp.ClientSession(address) as client,
        client.get("/asyncapi.json") as answer,
    ):
        assert await answer.read() == FILE.read_bytes()


@pytest.mark.parametrize(("kind", "example"), STRUCTURED)
def test_a_structured_example_is_an_event_with_all_that_it_says(kind: str, example: dict[str, Any]) -> None:
    payload = example["payload"]
    found = decoded(topic_of(payload), payload, content_type=MESSAGES[kind]["contentType"])
    assert isinstance(found, Record), found
    assert (found.type, found.id, json.loads(found.data)) == (kind, payload["id"], payload["data"])


@pytest.mark.parametrize(("kind", "example"), BINARY)
def test_a_binary_example_is_the_same_event(kind: str, example: dict[str, Any]) -> None:
    attributes = example["headers"]
    found = decoded(
        topic_of(attributes),
        example["payload"],
        content_type=MESSAGES[f"{kind}.binary"]["contentType"],
        properties=tuple(attributes.items()),
    )
    assert isinstance(found, Record), found
    assert (found.type, found.id, json.loads(found.data)) == (kind, attributes["id"], example["payload"])


def test_a_status_example_is_a_heartbeat() -> None:
    found = [decoded("accueil/v1/aube/sud/borne-1/status", e["payload"]) for e in MESSAGES["status"]["examples"]]
    assert [item.online for item in found if isinstance(item, Heartbeat)] == [True, False]


@pytest.mark.parametrize(("kind", "example"), STRUCTURED)
def test_what_the_document_requires_the_decoder_requires_too(kind: str, example: dict[str, Any]) -> None:
    whole = example["payload"]
    required = [*DOCUMENT["components"]["schemas"]["Envelope"]["required"], "type", "data"]
    for name in required:
        found = decoded(topic_of(whole), {key: value for key, value in whole.items() if key != name})
        assert isinstance(found, Rejected), name
    for name in DOCUMENT["components"]["schemas"][FACTS[kind].__name__]["required"]:
        data = {key: value for key, value in whole["data"].items() if key != name}
        assert isinstance(decoded(topic_of(whole), {**whole, "data": data}), Rejected), name
    assert isinstance(decoded(topic_of(whole), {**whole, "sequence": 7, "extra": "x"}), Record)


def test_every_type_has_a_message_in_both_modes_and_nothing_else_is_an_event() -> None:
    names = set(DOCUMENT["channels"]["events"]["messages"])
    assert names == set(FACTS) | {f"{kind}.binary" for kind in FACTS}


def test_topics_and_the_largest_size_are_those_of_the_decoder() -> None:
    ids = {"site": "aube", "area": "sud", "device": "borne-1"}
    for name, example in (("events", STRUCTURED[0][1]), ("status", MESSAGES["status"]["examples"][0])):
        topic = DOCUMENT["channels"][name]["address"].format(**ids)
        assert not isinstance(decoded(topic, example["payload"]), Rejected)
        assert DOCUMENT["channels"][name]["parameters"].keys() == ids.keys()
    assert f"At most {MAX_SIZE}\nbytes" in DOCUMENT["info"]["description"]


@pytest.mark.parametrize("example", MESSAGES["live"]["examples"])
def test_an_example_of_what_vigie_tells_has_the_shape_of_it_and_its_words(example: dict[str, Any]) -> None:
    found = msgspec.convert(example["payload"], Display)
    assert msgspec.to_builtins(found) == example["payload"]
    assert found.words == expected(found.predicted_wait_s)
    assert (found.predicted_wait_s is None) is (found.no_prediction is not None)


def test_what_vigie_tells_of_a_board_has_every_field_of_the_document_and_no_other() -> None:
    board = Board([SUD], lambda: at("9:30"))
    board.begin({})
    told = [msgspec.json.decode(msgspec.json.encode(display)) for display in Displays(board).due()]
    schema = DOCUMENT["components"]["schemas"]["Display"]
    assert [set(one) for one in told] == [set(schema["properties"])] * len(SUD.queues)
    assert set(schema["required"]) == set(schema["properties"])


def test_vigie_tells_retained_what_it_receives_nothing_of() -> None:
    sent = [one for one in DOCUMENT["operations"].values() if one["action"] == "send"]
    assert [one["channel"]["$ref"] for one in sent] == ["#/channels/live", "#/channels/alerts"]
    rights = {line.removeprefix("topic write ") for line in VIGIE_RIGHTS.splitlines()}
    for one, name, last in zip(sent, ("live", "alerts"), ("queue", "alert"), strict=True):
        assert one["bindings"]["mqtt"] == {"qos": 1, "retain": True, "bindingVersion": "0.2.0"}
        channel = DOCUMENT["channels"][name]
        assert set(channel["parameters"]) == {"site", "area", last}
        topic = channel["address"].format(site="aube", area="sud", **{last: "wait"})
        assert not any(topic_matches_sub(pattern, topic) for pattern in (EVENTS, STATUS))
        assert any(topic_matches_sub(pattern, topic) for pattern in rights)


def test_what_vigie_tells_a_light_has_every_field_of_the_document_and_no_other() -> None:
    lights = Lights("aube", ["sud"], lambda: ([alert()], []), lambda: at("10:10"))
    told = [json.loads(payload) for _, payload in lights.due() if payload]
    schema = DOCUMENT["components"]["schemas"]["Light"]
    assert [set(one) for one in told] == [set(schema["properties"])]
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["properties"]["since"]["format"] == "date-time"
    assert set(DOCUMENT["components"]["parameters"]["alert"]["enum"]) == set(schema["properties"]["alert"]["enum"])
    for example in MESSAGES["alert"]["examples"]:
        assert json.loads(msgspec.json.encode(msgspec.convert(example["payload"], Light))) == example["payload"]


def test_the_guide_tells_of_every_field_of_a_light_and_its_example_is_one() -> None:
    section = CONTRACT.partition("### Lights and buzzers")[2]
    assert set(re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)) == {field.name for field in fields(Light)}
    ((kind, example),) = re.findall(r"^accueil/v1/aube/sud/alerts/(\w+) (\{.+?\})$", section, re.DOTALL | re.MULTILINE)
    found = msgspec.json.decode(example, type=Light)
    assert found.alert == kind
    assert json.loads(msgspec.json.encode(found)) == json.loads(example)


def test_the_guide_tells_of_every_field_that_vigie_sends_and_its_example_is_one() -> None:
    section = CONTRACT.partition("## What vigie sends")[2].partition("### Lights")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)) == {field.name for field in fields(Display)}
    (example,) = re.findall(r"^accueil/v1/aube/sud/live/sejour (\{.+?^\})$", section, flags=re.DOTALL | re.MULTILINE)
    assert msgspec.to_builtins(msgspec.json.decode(example, type=Display)) == json.loads(example)


def test_every_reference_leads_somewhere() -> None:
    references = re.findall(r'"\$ref": "#/([^"]+)"', document().decode())
    assert references
    for reference in references:
        part: Any = DOCUMENT
        for step in reference.split("/"):
            part = part[step]
        assert part


def test_every_example_of_the_guide_is_an_event() -> None:
    examples = re.findall(r"-t (\S+) -m '(.+?)'", CONTRACT, flags=re.DOTALL)
    assert examples
    for topic, payload in examples:
        assert isinstance(decoded(topic, payload.encode()), Record), payload
    heartbeats = re.findall(r'`(\{"state".+?\})`', CONTRACT)
    assert heartbeats
    for payload in heartbeats:
        assert isinstance(decoded("accueil/v1/aube/sud/borne-1/status", payload.encode()), Heartbeat), payload


def test_the_guide_s_table_has_every_type_with_its_fields() -> None:
    told: dict[str, tuple[set[str], set[str]]] = {}
    for types, cell in re.findall(r"^\| (`\w+\.\w+`.*?) \| (.+) \|$", CONTRACT, flags=re.MULTILINE):
        names = re.sub(r"\([^)]*\)", "", cell).split(":")[0]
        required, optional = set(re.findall(r"(?<!\*)`(\w+)`", names)), set(re.findall(r"\*`(\w+)`\*", names))
        told |= dict.fromkeys(re.findall(r"`(\w+\.\w+)`", types), (required, optional))
    assert told == {
        kind: (
            {field.name for field in fields(fact) if field.required},
            {field.name for field in fields(fact) if not field.required},
        )
        for kind, fact in FACTS.items()
    }
