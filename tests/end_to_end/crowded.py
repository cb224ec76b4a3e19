"""A crowded day: several simulated days laid on one another, as messages of the contract."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from typing import Any

import msgspec

from deploy.demo.day import simulated_day
from tests.build import PARIS
from ticketing.events import TYPES

DAY = date(2026, 1, 12)
"""A Monday that is over whenever the tests run: a time in the future is not believed."""

Message = tuple[str, dict[str, Any]]
"""Topic and event."""


def crowded_day(layers: int) -> list[Message]:
    """About 1,200 visits a layer, in the order of time; each has its own devices and tickets, all share counters."""
    found: list[tuple[datetime, Message]] = []
    for layer in range(1, layers + 1):
        for sent in simulated_day(DAY, layer, PARIS):
            event, fact = sent.event, msgspec.to_builtins(sent.event.fact)
            for name in fact.keys() & {"ticket", "call"}:
                fact[name] += f"-{layer}"
            source = f"aube/{event.area}/{event.device}-{layer}"
            envelope = {
                "specversion": "1.0",
                "type": TYPES[type(event.fact)],
                "source": f"/{source}",
                "id": event.id,
                "time": event.at.isoformat(),
                "sequence": str(event.sequence),
                "data": fact,
            }
            found.append((event.at, (f"accueil/v1/{source}/events", envelope)))
    return [message for _, message in sorted(found, key=lambda timed: timed[0])]


def visits(day: Sequence[Message]) -> int:
    """How many tickets and calls there are in it."""
    return len({(topic.split("/")[3], event["data"].get("ticket") or event["data"].get("call")) for topic, event in day
                if event["data"].keys() & {"ticket", "call"}})  # fmt: skip


def identities(day: Sequence[Message]) -> list[tuple[str, str, str]]:
    """Area, device and id, as the journal has them."""
    return [(topic.split("/")[3], topic.split("/")[4], event["id"]) for topic, event in day]


def doubled_and_shuffled(day: Sequence[Message], chance: Random) -> list[Message]:
    """Every event twice, and each device's in any order, in the places that the device had."""
    twice = [message for message in day for _ in range(2)]
    of_device: defaultdict[str, list[Message]] = defaultdict(list)
    for message in twice:
        of_device[message[0]].append(message)
    for messages in of_device.values():
        chance.shuffle(messages)
    return [of_device[topic].pop() for topic, _ in twice]


def with_a_third_late(day: Sequence[Message], chance: Random) -> list[Message]:
    """A third of the events after all others."""
    late = set(chance.sample(range(len(day)), len(day) // 3))
    order = [*(n for n in range(len(day)) if n not in late), *sorted(late)]
    return [day[number] for number in order]
