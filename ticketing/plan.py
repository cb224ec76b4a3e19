"""What is configured of an area: its queues, counters, hours and commitments."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from ticketing.hours import Hours

Kind = Literal["hall", "switchboard"]
Measure = Literal["answer_rate", "lost_rate"]


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
    """A share of the customers called, or of the calls answered, within a time; `share` None where none is fixed."""

    within: timedelta
    share: float | None
    provenance: str
    valid_from: date
    queue: str | None = None
    """None: every queue of the area that has none of its own."""


class Target(Struct, frozen=True, kw_only=True):
    """A rate of a telephone queue: at least so many answered by an agent, or at most so many lost."""

    measure: Measure
    value: float
    provenance: str
    valid_from: date
    queue: str | None = None


class Endings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a ticket or call that nobody closes is taken to be over.

    Overtaken: so many later ones of its queue and priority were called, and so much time has passed since; left: so
    much time has passed since closing.
    """

    overtaken_by: Annotated[int, Meta(ge=1, le=100)] = 5
    overtaken_for: timedelta = timedelta(minutes=10)
    left_after: timedelta = timedelta(minutes=60)


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
    targets: tuple[Target, ...] = ()
    endings: Endings = Endings()

    def commitment(self, queue: str, on: date) -> Commitment | None:
        """The commitment in force for a queue on a day."""
        return _in_force(self.commitments, queue, on)

    def target(self, measure: Measure, queue: str, on: date) -> Target | None:
        """The target of a rate in force for a queue on a day."""
        return _in_force([target for target in self.targets if target.measure == measure], queue, on)


Promise = TypeVar("Promise", Commitment, Target)


def _in_force(promises: Iterable[Promise], queue: str, on: date) -> Promise | None:
    """The queue's own before the area's, the latest before older ones."""
    for_it = [promise for promise in promises if promise.queue in (None, queue) and promise.valid_from <= on]
    return max(for_it, key=lambda promise: (promise.queue is not None, promise.valid_from), default=None)
