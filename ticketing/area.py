"""An area: the live value of a hall or a switchboard, as a pure function of the set of its events."""

from collections import Counter as Counted
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ticketing.counter import Counter
from ticketing.events import Event, counter_of, visit_of
from ticketing.hours import midnight
from ticketing.plan import Desk, Plan
from ticketing.visit import Visit


class Area(Struct, frozen=True, kw_only=True):
    """Its visits and counters since the midnight before last; what is older is no longer anybody's live concern."""

    plan: Plan
    visits: Mapping[str, Visit] = {}
    counters: Mapping[str, Counter] = {}
    since: datetime | None = None
    """Events before this instant are left out; None: all are in."""

    @classmethod
    def of(cls, plan: Plan, events: Iterable[Event], since: datetime | None = None) -> "Area":
        return Area(plan=plan, since=since).after(events)

    def visit(self, number: str) -> Visit:
        """The visit of a ticket or call id; KeyError if it was never heard of."""
        ticket = self.visits.get(f"ticket/{number}")
        return ticket or self.visits[f"call/{number}"]

    def after(self, events: Iterable[Event]) -> "Area":
        """The area once these events are known too, in whatever order they come; itself is left as it is."""
        by_visit: defaultdict[str, list[Event]] = defaultdict(list)
        by_counter: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            if self.since and event.at < self.since:
                continue
            if key := visit_of(event.fact):
                by_visit[key].append(event)
            elif counter := counter_of(event.fact):
                by_counter[counter].append(event)
        visits = dict(self.visits)
        for key, new in by_visit.items():
            known = visits.get(key)
            visit = Visit.of((*known.events, *new) if known else new)
            visits[key] = visit
            for counter in visit.counters:
                told = _from_first_naming(visit, counter)
                if known and counter in known.counters and told[0] in known.events:
                    told = tuple(event for event in told if event in new)
                by_counter[counter] += told
        counters = dict(self.counters)
        for counter, new in by_counter.items():
            counters[counter] = counters.get(counter, Counter(id=counter)).after(new)
        return replace(self, visits=visits, counters=counters)

    @property
    def desks(self) -> list[Desk]:
        """Every counter configured, then every other that was heard of."""
        desks = {desk.id: desk for desk in self.plan.desks}
        unknown = [Desk(id=name, name=name, configured=False) for name in sorted(self.counters.keys() - desks.keys())]
        return [*desks.values(), *unknown]

    def served_at(self, desk: Desk) -> tuple[str, ...]:
        """The queues that a counter serves: those told at its last opening or, where none were, those configured."""
        counter = self.counters.get(desk.id)
        return desk.queues if counter is None or counter.queues is None else counter.queues

    def waiting_at(self, at: datetime) -> Mapping[str, int]:
        """How many waited in each queue at an instant, by what is known now: as a device counts its tickets."""
        legs = [leg for visit in self.visits.values() if not visit.cancelled for leg in visit.legs]
        return Counted(leg.queue for leg in legs if leg.queue and leg.waiting_at(at))

    def forgetting(self, before: datetime) -> "Area":
        """The area made of the events from an instant on only."""
        own = [event for counter in self.counters.values() for event in counter.events if visit_of(event.fact) is None]
        return Area.of(self.plan, [*own, *(event for visit in self.visits.values() for event in visit.events)], before)


def live_since(plan: Plan, now: datetime) -> datetime:
    """The midnight before last, in the area's zone: from here on events bear on the live state at `now`."""
    yesterday = now.astimezone(plan.hours.zone).date() - timedelta(days=1)
    return midnight(yesterday, plan.hours.zone)


def _from_first_naming(visit: Visit, counter: str) -> tuple[Event, ...]:
    first = next(index for index, event in enumerate(visit.events) if counter_of(event.fact) == counter)
    return visit.events[first:]
