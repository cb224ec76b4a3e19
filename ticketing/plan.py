"""What is configured of an area: its queues, counters, hours and commitments."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from ticketing.hours import Day, Hours

Kind = Literal["hall", "switchboard"]
Measure = Literal["answer_rate", "lost_rate"]

LEAD = timedelta(minutes=30)
"""How long before the first opening of a day somebody may sit at a counter."""


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
    planned: Hours | None = None
    """When it is planned to be staffed; without a weekly plan, only its dates are known. None: nothing is planned."""


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

    def planned(self, desk: Desk, day: Day) -> tuple[tuple[datetime, datetime], ...] | None:
        """When a counter is planned to be staffed on a day of the area; None where nothing is planned of that day.

        Spans are in order and apart, instants in the zone of `day`. Where the area keeps its usual hours, a counter may
        be staffed after closing too: somebody finishes the line.
        """
        if desk.planned is None or desk.planned.spans(day.date) is None:
            return None
        opening = day.in_utc().spans
        if not opening:
            return ()
        # a week is written for usual hours: when the area closes at noon for once, nobody is there in the afternoon
        lets_in = opening if day.date in self.hours.exceptions else ((opening[0][0] - LEAD, day.end.astimezone(UTC)),)
        found: list[tuple[datetime, datetime]] = []
        for start, end in desk.planned.day(day.date).in_utc().spans:
            for opens, closes in lets_in:
                # clocks set forward lay a span of the hour that they skip over the next one, or turn it round
                begins = max(start, opens, found[-1][1] if found else start)
                ends = min(end, closes)
                if begins < ends:
                    found.append((begins, ends))
        zone = day.end.tzinfo
        return tuple((begins.astimezone(zone), ends.astimezone(zone)) for begins, ends in found)


Promise = TypeVar("Promise", Commitment, Target)


def _in_force(promises: Iterable[Promise], queue: str, on: date) -> Promise | None:
    """The queue's own before the area's, the latest before older ones."""
    for_it = [promise for promise in promises if promise.queue in (None, queue) and promise.valid_from <= on]
    return max(for_it, key=lambda promise: (promise.queue is not None, promise.valid_from), default=None)
