"""Realistic messages of devices, and the bare socket that publishes them at little cost to the machine."""

import selectors
import socket
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep
from zoneinfo import ZoneInfo

import msgspec

from collector.broker import BrokerSettings
from deploy.demo.day import simulated_day
from deploy.replay import Recorded, recorded
from ticketing.events import TYPES, CounterOpened, Event, Fact, ServiceEnded, ServiceStarted, TicketCalled, TicketIssued

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2025, 10, 6)
SITE = "aube"
COUNTERS = 12
"""In an area; a counter serves as many visits as its share of the area's."""
QUEUES = ("sejour", "asile", "naturalisation")
WINDOW, CHUNK = 2000, 100
"""Messages that may wait for the broker's acknowledgement, and messages written at once."""


def events(count: int) -> list[Event]:
    """As many events of simulated days, in the order of publication."""

    def days() -> Iterator[Event]:
        day = MONDAY
        while True:
            if day.weekday() < 5:
                yield from (sent.event for sent in simulated_day(day, 1, PARIS))
            day += timedelta(days=1)

    return list(islice(days(), count))


def day_of_visits(visits: int, areas: int, day: date = MONDAY) -> dict[str, list[Event]]:
    """A day of four events a visit and one a counter, by area, in the order of time; nine in ten are over."""
    opening = datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)
    found = {}
    for number in range(areas):
        area, here = f"a{number}", visits // areas + (number < visits % areas)
        rows = [
            _event(opening, area, f"poste-g{g}", "o", CounterOpened(counter=f"g{g}", queues=QUEUES))
            for g in range(COUNTERS)
        ]
        gap = timedelta(hours=8) / max(here, 1)
        for visit in range(here):
            ticket, counter = f"{day:%Y%m%d}-{visit}", f"g{visit % COUNTERS}"
            came = opening + gap * visit
            called = came + timedelta(seconds=200 + visit * 37 % 900)
            queue = QUEUES[visit % len(QUEUES)]
            issued = TicketIssued(ticket=ticket, number=f"A{visit}", queue=queue, reason="titre")
            rows.append(_event(came, area, "borne-1", f"i{visit}", issued))
            if visit < here * 0.9:
                life: tuple[tuple[datetime, Fact], ...] = (
                    (called, TicketCalled(ticket=ticket, counter=counter)),
                    (called + timedelta(seconds=20), ServiceStarted(ticket=ticket, counter=counter)),
                    (called + timedelta(seconds=320), ServiceEnded(ticket=ticket, counter=counter)),
                )
                rows.extend(_event(at, area, f"poste-{counter}", f"{n}-{visit}", f) for n, (at, f) in enumerate(life))
        found[area] = sorted(rows, key=lambda event: event.at)
    return found


def _event(at: datetime, area: str, device: str, name: str, fact: Fact) -> Event:
    return Event(at=at, area=area, device=device, id=name, fact=fact)


def message(event: Event) -> tuple[str, bytes]:
    """Topic and payload, as a device sends them."""
    source = f"{SITE}/{event.area}/{event.device}"
    payload = {
        "specversion": "1.0",
        "type": TYPES[type(event.fact)],
        "source": f"/{source}",
        "id": event.id,
        "time": event.at,
        "sequence": str(event.sequence or 0),
        "data": event.fact,
    }
    return f"accueil/v1/{source}/events", msgspec.json.encode(payload)


def write(path: Path, messages: Sequence[tuple[str, bytes]]) -> None:
    """As `vigie replay` reads them."""
    with path.open("wb") as file:
        file.writelines(msgspec.json.encode({"topic": t, "payload": msgspec.Raw(p)}) + b"\n" for t, p in messages)


def publish(path: Path, broker: BrokerSettings, rate: float | None) -> list[float]:
    """Publishes a file with QoS 1 by MQTT 3.1.1; when each was sent, on the clock that all processes share.

    `rate` in messages a second; None for as fast as the broker acknowledges.
    """
    packets = [_publication(line, number) for number, line in enumerate(recorded(path))]
    host, port, _ = broker.address
    sent: list[float] = []
    acknowledged = 0
    with socket.create_connection((host, port)) as link, selectors.DefaultSelector() as selector:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(link, selectors.EVENT_READ)
        link.sendall(_connect(broker))
        assert link.recv(4) == b"\x20\x02\x00\x00"
        began = perf_counter()
        unread = 0
        while acknowledged < len(packets):
            due = len(packets) if rate is None else min(int((perf_counter() - began) * rate) + 1, len(packets))
            until = min(due, acknowledged + WINDOW, len(sent) + CHUNK)
            if until > len(sent):
                now = perf_counter()
                chunk = packets[len(sent) : until]
                sent.extend(now for _ in chunk)
                link.sendall(b"".join(chunk))
            pause = 0.0 if until < due and len(sent) < acknowledged + WINDOW else 0.001
            if selector.select(pause):
                # with MQTT 3.1.1 every acknowledgement has four bytes
                unread += len(link.recv(65536))
                acknowledged, unread = acknowledged + unread // 4, unread % 4
        link.sendall(b"\xe0\x00")
        sleep(0.05)
    return sent


def _publication(line: Recorded, number: int) -> bytes:
    topic = line.topic.encode()
    body = struct.pack("!H", len(topic)) + topic + struct.pack("!H", number % 65535 + 1) + line.payload
    return b"\x32" + _length(len(body)) + body


def _connect(broker: BrokerSettings) -> bytes:
    fields = ["bench-publisher"]
    flags = 0b10
    if broker.user and broker.password_file:
        flags |= 0b1100_0000
        fields += [broker.user, broker.password_file.read_text().strip()]
    texts = b"".join(struct.pack("!H", len(field)) + field.encode() for field in fields)
    body = b"\x00\x04MQTT" + bytes([4, flags, 0, 0]) + texts
    return b"\x10" + _length(len(body)) + body


def _length(size: int) -> bytes:
    encoded = bytearray()
    while True:
        size, low = divmod(size, 128)
        encoded.append(low | (128 if size else 0))
        if not size:
            return bytes(encoded)
