"""In which order the queues of an area are shown: the most urgent first, and so that rows do not dance."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from dashboards.foretelling import urgency
from ticketing.figures import QueueFigures

RANKS = {"late": 0, "watch": 1, "calm": 2}
SETTLED = timedelta(minutes=1)
"""For so long a queue must be less urgent before its row moves down."""
CLEARLY_S = 180.0
"""Seconds that the head of a queue must wait longer than that of another, as urgent, to pass it."""


class Place(Struct, frozen=True):
    """How urgent a queue is held to be; since when it is less than that, where it is."""

    rank: int
    easier_since: datetime | None = None


class Order(Struct, frozen=True, kw_only=True):
    """The ids of the queues as they are shown, and what each is held to be."""

    queues: tuple[str, ...] = ()
    places: Mapping[str, Place] = {}

    def arranged(self, queues: Sequence[QueueFigures]) -> list[QueueFigures]:
        """The queues in this order; those that it does not know come last."""
        at = {queue: n for n, queue in enumerate(self.queues)}
        return sorted(queues, key=lambda queue: at.get(queue.queue, len(at)))


def ordered(queues: Sequence[QueueFigures], before: Order, now: datetime) -> Order:
    """The order at an instant, after the one that was shown.

    Late, to be watched, calm; then by the longest wait. A row moves up at once, and down only once its queue has been
    less urgent for a minute; of equally urgent ones, one passes another where it waits clearly longer.
    """
    places = {queue.queue: _place(queue, before.places.get(queue.queue), now) for queue in queues}
    if not before.queues:
        first = sorted(queues, key=lambda queue: (places[queue.queue].rank, -_longest(queue)))
        return Order(queues=tuple(queue.queue for queue in first), places=places)
    shown: list[QueueFigures] = []
    for queue in before.arranged(queues):
        place = len(shown)
        while place and _passes(queue, shown[place - 1], places):
            place -= 1
        shown.insert(place, queue)
    return Order(queues=tuple(queue.queue for queue in shown), places=places)


def _place(queue: QueueFigures, held: Place | None, now: datetime) -> Place:
    rank = RANKS[urgency(queue)]
    if held is None or rank <= held.rank:
        return Place(rank)
    # a clock that was set back must not hold a row for ever
    since = now if held.easier_since is None else min(held.easier_since, now)
    return Place(rank) if now - since >= SETTLED else Place(held.rank, since)


def _passes(queue: QueueFigures, other: QueueFigures, places: Mapping[str, Place]) -> bool:
    one, two = places[queue.queue].rank, places[other.queue].rank
    return one < two or (one == two and _longest(queue) > _longest(other) + CLEARLY_S)


def _longest(queue: QueueFigures) -> float:
    return queue.longest_wait_s or 0.0
