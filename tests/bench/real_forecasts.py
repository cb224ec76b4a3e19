"""vigie's forecasts on real days, each predicted from the days before it alone, beside what is simpler.

    python -m tests.bench.real_forecasts warsaw SOURCE.csv.gz [--every 4] [--area ud-bemowo]
    python -m tests.bench.real_forecasts bank SOURCE.tsv.gz [--every 2] [--all]

See `day_by_day` for the predictors, `warsaw_tickets` and `bank_calls` for the events. Every k-th customer is predicted,
from the sixth day on. Medians and losses in minutes in the halls, in seconds on the telephone.

In the halls, all tickets of the file were called. On the telephone, calls without priority that queued are judged; with
--all those answered at once, too: whoever is told a wait does not know yet which of them they are. How long somebody
who hung up would have waited is not known. Those answered after a wait v therefore count 1 / G(v), with G(v) the share
that would have stayed so long, by Kaplan and Meier: they stand for those like them who hung up (inverse probability of
censoring, J. M. Robins and A. Rotnitzky, 1992). It holds where patience does not depend on the wait; the answered ones
alone are shown beside it, of which the long waits have dropped out.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from math import fsum
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import msgspec

from tests.bench import bank_calls, warsaw_tickets
from tests.bench.bank_calls import Message
from tests.bench.day_by_day import VIGIE, Case, Customer, predicted
from tests.bench.measuring import show
from ticketing.area import Area
from ticketing.events import FACTS, CallAnswered, Event, TicketCalled
from ticketing.hours import Hours
from ticketing.lesson import comes_first
from ticketing.plan import Desk, Kind, Plan, Queue
from ticketing.waits import ZERO, Survival, Wait

Weighted = Sequence[tuple[Case, float]]

COLUMNS = ("", "median |error|", "mean |error|", "bias", "loss 0.5", "loss 0.9", "≤ P90")
INSTANT = timedelta(microseconds=1)


def warsaw(source: Path, every: int, only: str | None = None) -> list[Case]:
    tickets = warsaw_tickets.tickets(warsaw_tickets.rows(source))
    events = events_of(warsaw_tickets.recording(tickets))
    customers: defaultdict[str, list[Customer]] = defaultdict(list)
    readings: defaultdict[object, list[str]] = defaultdict(list)
    for ticket in sorted(tickets, key=lambda ticket: (ticket.issued, ticket.rank)):
        same = readings[ticket.area, ticket.queue, ticket.issued]
        customers[ticket.area].append(
            Customer(
                visit=f"ticket/{ticket.id}",
                queue=ticket.queue,
                at=ticket.issued,
                wait=ticket.wait,
                display_s=60 * ticket.service_min / max(ticket.counters_open, 1),
                before=frozenset(same),
            )
        )
        same.append(f"{ticket.id}-ticket.issued")
    return [
        case
        for area in sorted(customers)
        if only in (None, area)
        for case in predicted(
            plan(area, "hall", events[area], warsaw_tickets.ZONE), events[area], customers[area], every
        )
    ]


def bank(source: Path, every: int, *, queued: bool) -> list[Case]:
    """Of calls without priority that queued, or of all of them that asked for an agent."""
    rows = bank_calls.rows(source)
    [events] = events_of(bank_calls.recording(rows)).values()
    known = plan("standard", "switchboard", events, bank_calls.ZONE)
    stood = {f"call/{bank_calls.call_id(row)}" for row in rows if bank_calls.took(row, "q_start", "q_exit")}
    customers = []
    for visit in Area.of(known, events).visits.values():
        for leg in visit.legs:
            gone = leg.called or leg.ended
            if leg.entered and gone and not comes_first(visit) and (visit.key in stood or not queued):
                customers.append(
                    Customer(
                        visit=visit.key,
                        queue=bank_calls.QUEUE,
                        at=leg.entered,
                        wait=gone - leg.entered,
                        called=leg.called is not None,
                    )
                )
    customers.sort(key=lambda customer: (customer.at, customer.visit))
    return list(predicted(known, events, customers, every))


def events_of(recording: Iterable[Message]) -> dict[str, list[Event]]:
    """By area, in order."""
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for message in recording:
        told = message.payload
        _, area, device = told.source.strip("/").split("/")
        fact = msgspec.convert(told.data, FACTS[told.type])
        found[area].append(Event(at=told.time, area=area, device=device, id=told.id, fact=fact))
    return found


def plan(area: str, kind: Kind, events: Sequence[Event], zone: ZoneInfo) -> Plan:
    """Always open: the files do not tell the hours. A counter's queue is in its name, or the only one."""
    facts = [event.fact for event in events]
    queues = sorted({queue for fact in facts if (queue := getattr(fact, "queue", None))})
    counters = sorted({fact.counter for fact in facts if isinstance(fact, TicketCalled | CallAnswered)})
    served = {counter: [queue for queue in queues if counter.startswith(f"{queue}-")] or queues for counter in counters}
    return Plan(
        site="aube",
        area=area,
        kind=kind,
        name=area,
        hours=Hours(zone=zone),
        queues=tuple(Queue(id=queue, name=queue) for queue in queues),
        desks=tuple(Desk(id=counter, name=counter, queues=tuple(served[counter])) for counter in counters),
    )


def staying(cases: Sequence[Case]) -> list[tuple[Case, float]]:
    """The cases that were answered, each with the weight of those like it who hung up: 1 / G(wait)."""
    # of a call and a hang-up after the same wait, the answer came first
    waits = [
        Wait(case.customer.wait + (ZERO if case.customer.called else INSTANT), not case.customer.called)
        for case in cases
    ]
    steps = Survival.of(waits).steps
    found = []
    for case in cases:
        if case.customer.called:
            wait_s = case.customer.wait.total_seconds()
            found.append((case, 1 / next((left for seconds, left in reversed(steps) if seconds < wait_s), 1.0)))
    return found


def pinball(wait_s: float, said_s: float, p: float) -> float:
    """Seconds; its mean is least where what was said is the p-quantile (R. Koenker and G. Bassett, 1978)."""
    return max(p * (wait_s - said_s), (p - 1) * (wait_s - said_s))


def table(title: str, judged: Weighted, unit_s: float, digits: int) -> None:
    names = judged[0][0].said
    total = fsum(weight for _, weight in judged)
    rows = []
    for name in names:
        pairs = [(case.said[name], case.customer.wait.total_seconds(), weight) for case, weight in judged]
        errors = [((levels[1] - wait_s) / unit_s, weight) for levels, wait_s, weight in pairs]
        losses = [
            fsum(weight * pinball(wait_s, levels[place], p) for levels, wait_s, weight in pairs) / total / unit_s
            for place, p in ((1, 0.5), (2, 0.9))
        ]
        figures = (
            _median([(abs(error), weight) for error, weight in errors]),
            fsum(abs(error) * weight for error, weight in errors) / total,
            fsum(error * weight for error, weight in errors) / total,
            *losses,
        )
        covered = fsum(weight for levels, wait_s, weight in pairs if wait_s <= levels[2]) / total
        rows.append((name, *(f"{figure:.{digits}f}" for figure in figures), f"{covered:.3f}"))
    show(title, COLUMNS, rows)


def _median(weighted: Sequence[tuple[float, float]]) -> float:
    """The first value at which half the weight is reached."""
    half, reached = fsum(weight for _, weight in weighted) / 2, 0.0
    for value, weight in sorted(weighted):
        reached += weight
        if reached >= half:
            return value
    raise ValueError("nothing to judge")


def losses(cases: Sequence[Case]) -> None:
    """By area: the losses at 0.5 and 0.9 of us and of some rivals, in minutes."""
    rows = []
    for area, of_it in groupby(cases, key=lambda case: case.area):
        here = list(of_it)
        figures: list[str] = []
        for place, p in ((1, 0.5), (2, 0.9)):
            means = {
                name: fsum(pinball(c.customer.wait.total_seconds(), c.said[name][place], p) for c in here)
                / len(here)
                / 60
                for name in here[0].said
            }
            figures += [f"{means[name]:.2f}" for name in (VIGIE, "constant", "display", "HOL", "HOL+", "LES")]
        rows.append((area, str(len(here)), *figures))
    names = ("vigie", "const.", "display", "HOL", "HOL+", "LES")
    show("losses by office, 0.5 then 0.9", ("", "n", *names, *names), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="vigie's forecasts on real days.")
    parser.add_argument("kind", choices=["warsaw", "bank"])
    parser.add_argument("source", type=Path)
    parser.add_argument("--every", type=int, help="4 in the halls, 2 on the telephone when left out")
    parser.add_argument("--area", help="one office, as in its topics; all of them when left out")
    parser.add_argument("--all", action="store_true", help="on the telephone: also calls answered at once")
    chosen = parser.parse_args(arguments)
    began = perf_counter()
    if chosen.kind == "warsaw":
        cases = warsaw(chosen.source, chosen.every or 4, chosen.area)
    else:
        cases = bank(chosen.source, chosen.every or 2, queued=not chosen.all)
    known = [case for case in cases if VIGIE in case.said]
    if chosen.kind == "warsaw":
        table(f"{len(known)} tickets, minutes", [(case, 1.0) for case in known], 60, 2)
        losses(known)
    else:
        weighted = staying(known)
        which = "that asked for an agent" if chosen.all else "that queued"
        table(f"{len(known)} calls {which}, those answered weighted, seconds", weighted, 1, 1)
        table(f"{len(weighted)} of them answered, seconds", [(case, 1.0) for case, _ in weighted], 1, 1)
        print(f"largest weight {max(weight for _, weight in weighted):.2f}")
    silent = Counter(case.reason for case in cases if VIGIE not in case.said)
    print(f"without a prediction: {dict(silent)} of {len(cases)}; {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
