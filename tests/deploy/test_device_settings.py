"""The devices of a configuration: which dialect is chosen for whom, and how each fault is told."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.dialects import Told
from collector.dialects.flat import Flat
from collector.dialects.qmatic import Qmatic
from deploy.configuration import parse
from deploy.settings import Settings, SettingsError

EXAMPLE = (Path(__file__).parents[2] / "deploy" / "vigie.toml").read_text(encoding="utf-8")
KIOSK = """
[[devices]]
area = "sud"
id = "borne-1"
dialect = "flat"
[devices.flat]
type = "event"
types = { print = "ticket.issued" }
"""


def settings(toml: str) -> Settings:
    return parse(tomllib.loads(EXAMPLE + toml))


def test_a_device_without_an_entry_sends_cloudevents() -> None:
    assert settings("").dialects().choose("aube", "sud", "borne-1") is None
    assert settings(KIOSK).dialects().choose("aube", "sud", "borne-2") is None
    assert settings(KIOSK).dialects().choose("aube", "nord", "borne-1") is None
    assert settings(KIOSK).dialects().choose("marne", "sud", "borne-1") is None


def test_a_device_s_own_entry_goes_before_the_one_for_every_device_of_its_area() -> None:
    found = settings(
        KIOSK
        + '[[devices]]\narea = "sud"\nid = "*"\ndialect = "qmatic"\n'
        + '[[devices]]\narea = "sud"\nid = "pan-1"\n'
    ).dialects()
    assert isinstance(found.choose("aube", "sud", "borne-1"), Flat)
    assert isinstance(found.choose("aube", "sud", "orchestra"), Qmatic)
    assert found.choose("aube", "sud", "pan-1") is None
    assert found.choose("aube", "nord", "orchestra") is None


def test_times_without_a_zone_are_the_site_s() -> None:
    dialect = (
        settings(KIOSK + 'time = "time"\nticket = "no"\nqueue = "queue"').dialects().choose("aube", "sud", "borne-1")
    )
    assert dialect
    event = {"event": "print", "no": 1, "queue": "Séjour", "time": "2026-11-23 09:12"}
    told = dialect.translate(json.dumps(event).encode(), datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert isinstance(told, Told)
    assert told.time == datetime(2026, 11, 23, 8, 12, tzinfo=UTC)


FAULTS = [
    ('[[devices]]\narea = "est"\nid = "b"', 'devices[0].area: found "est", expected one of: sud, nord, standard'),
    (
        '[[devices]]\narea = "sud"\nid = "B 1"',
        'devices[0].id: found "B 1", expected the device\'s id in its topics,',
    ),
    (KIOSK + KIOSK, 'devices: found the id "sud/borne-1" 2 times, expected once'),
    (
        '[[devices]]\narea = "sud"\nid = "b"\ndialect = "flat"',
        "devices[0].flat: found nothing, expected this table, with type and types, for the dialect flat",
    ),
    (
        KIOSK.replace('"flat"', '"qmatic"'),
        'devices[0].flat: found it beside dialect = "qmatic", expected dialect = "flat"',
    ),
    (KIOSK.replace('"flat"', '"plat"'), 'devices[0].dialect: found "plat", expected one of: cloudevents, flat, qmatic'),
    (
        KIOSK.replace("ticket.issued", "ticket.printed"),
        'devices[0].flat.types."print": found "ticket.printed", expected one of: ticket.issued, ',
    ),
    (KIOSK + 'tiket = "no"', "devices[0].flat.tiket: found an unknown key, expected one of: maker, type, types, "),
    (KIOSK + 'maker = "ticket"', 'devices[0].flat.maker: found "ticket", expected a word that begins no type of the '),
    (KIOSK + 'maker = "ACME"', 'devices[0].flat.maker: found "ACME", expected lower case letters, digits and hyphens'),
    (KIOSK + 'time_zone = "Mars/Base"', 'devices[0].flat.time_zone: found "Mars/Base", expected a name such as'),
    (KIOSK + 'time_format = "%H:%M"', 'devices[0].flat.time_format: found "%H:%M", expected such as "%d/%m/%Y'),
    (KIOSK + 'restarts = ["13 h"]', 'devices[0].flat.restarts[0]: found "13 h", expected a time such as 13:00:00'),
    (
        KIOSK + 'words.queue = { "Séjour" = "sejours" }',
        'devices[0].flat.words.queue."Séjour": found "sejours", expected one of: sejour, asile, remise, pan',
    ),
    (
        KIOSK + 'words.counter = { "Guichet 1" = "n1" }',
        'devices[0].flat.words.counter."Guichet 1": found "n1", expected one of: g1, g2, ',
    ),
    (
        KIOSK + 'words.priority = { VIP = "vip" }',
        'devices[0].flat.words.priority[...]: found "vip", expected one of: none, priority, appointment',
    ),
    (
        '[[devices]]\narea = "sud"\nid = "b"\ndialect = "qmatic"\nqmatic.profiles = { "15" = ["sejour", "permis"] }',
        'devices[0].qmatic.profiles."15"[1]: found "permis", expected one of: sejour, asile, remise, pan',
    ),
    (
        '[[devices]]\narea = "sud"\nid = "b"\ndialect = "qmatic"\nqmatic.queues = { "41" = "permis" }',
        'devices[0].qmatic.queues."41": found "permis", expected one of: sejour, asile, remise, pan',
    ),
    (
        '[[devices]]\narea = "sud"\nid = "b"\ndialect = "qmatic"\nqmatic.counters = { "Guichet 1" = "n1" }',
        'devices[0].qmatic.counters."Guichet 1": found "n1", expected one of: g1, g2, ',
    ),
]


@pytest.mark.parametrize(("toml", "sentence"), FAULTS)
def test_a_fault_is_told_by_its_key_what_was_found_and_what_was_expected(toml: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(toml)
    assert any(line.startswith(sentence) for line in str(error.value).splitlines()), str(error.value)
