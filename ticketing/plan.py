"""What is configured of an area: its queues, counters, hours and commitments."""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from ticketing.hours import Hours

Kind = Literal["hall", "switchboard"]


class Queue(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    configured: bool = True


class Desk(Struct, frozen=True, kw_only=True):
    """A counter as configured: what it is called and which queues it may serve, in order of preference."""

    id: str
    name: str
    queues: tuple[str, ...] = ()
    configured: bool = True


class Commitment(Struct, frozen=True, kw_only=True):
    """`share` of the customers called, or calls answered, within `within`; judged from `valid_from` until the next."""

    within: timedelta
    share: float
    provenance: str
    valid_from: date
    queue: str | None = None
    """None: every queue of the area that has none of its own."""


class Plan(Struct, frozen=True, kw_only=True):
    """One area of a site as configured. Queues and counters that only events know exist all the same."""

    site: str
    area: str
    kind: Kind
    name: str
    hours: Hours
    queues: tuple[Queue, ...] = ()
    desks: tuple[Desk, ...] = ()
    commitments: tuple[Commitment, ...] = ()

    def commitment(self, queue: str, on: date) -> Commitment | None:
        """The commitment in force for a queue on a day: its own before the area's, the latest before older ones."""
        in_force = [c for c in self.commitments if c.queue in (None, queue) and c.valid_from <= on]
        return max(in_force, key=lambda c: (c.queue is not None, c.valid_from), default=None)
