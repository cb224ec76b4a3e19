"""A simulated day in figures: what to look at when its constants are tuned."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from deploy.demo.place import HALLS
from deploy.demo.sending import Midnight, Sent
from ticketing.events import (
    CallAbandoned,
    CallAnswered,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    Event,
    TicketAbandoned,
    TicketCalled,
    TicketCancelled,
    TicketIssued,
    TicketNoShow,
    TicketRequeued,
    TicketTransferred,
    in_order,
)

LIMIT = timedelta(minutes=15)
SHORT = timedelta(seconds=20)


class Wait(Struct, frozen=True, kw_only=True):
    """From the later of issue, opening and appointment to the first call."""

    queue: str
    issued: Event
    called: Event
    lasted: timedelta


def hall_waits(sent: Iterable[Sent]) -> list[Wait]:
    """First legs only, in the order of the calls."""
    issued: dict[tuple[str, str], Event] = {}
    waits: dict[tuple[str, str], Wait] = {}
    for event in in_order(each.event for each in sent):
        match event.fact:
            case TicketIssued(ticket=ticket):
                issued[event.area, ticket] = event
            case TicketCalled(ticket=ticket) if (event.area, ticket) not in waits:
                waits[event.area, ticket] = _wait(issued[event.area, ticket], event)
            case _:
                pass
    return list(waits.values())


def _wait(issued: Event, called: Event) -> Wait:
    fact = issued.fact
    assert isinstance(fact, TicketIssued)  # noqa: S101 - for the type checker
    hall = next(hall for hall in HALLS if hall.area == issued.area)
    zone = issued.at.tzinfo
    assert isinstance(zone, ZoneInfo)  # noqa: S101 - for the type checker
    midnight = Midnight(day=issued.at.date(), zone=zone)
    session = hall.opens if issued.at < midnight.plus(hall.noon) else hall.reopens
    clock_start = max(issued.at, midnight.plus(session), fact.appointment_at or issued.at)
    return Wait(queue=fact.queue, issued=issued, called=called, lasted=max(called.at - clock_start, timedelta()))


def answer_rate(sent: Iterable[Sent]) -> float:
    """Calls answered by an operator / calls that asked for one."""
    seen = Tally(type(each.event.fact) for each in sent)
    return seen[CallAnswered] / seen[CallQueued]


def summary(sent: list[Sent]) -> str:
    by_queue: defaultdict[tuple[str, str], list[Wait]] = defaultdict(list)
    for wait in hall_waits(sent):
        by_queue[wait.issued.area, wait.queue].append(wait)
    lines = [
        f"{sent[0].published:%A %d %B %Y}: {len(sent)} events, {sent[0].published:%H:%M}-{sent[-1].published:%H:%M}"
    ]
    lines.append("area  queue      calls  within  mean    p90    max   over the limit")
    lines.extend(_queue_line(*key, waits) for key, waits in by_queue.items())
    for area in ("sud", "nord"):
        seen = Tally(type(each.event.fact) for each in sent if each.event.area == area)
        kinds = (TicketIssued, TicketNoShow, TicketAbandoned, TicketTransferred, TicketRequeued, TicketCancelled)
        lines.append(f"{area}: " + ", ".join(f"{seen[kind]} {kind.__name__}" for kind in kinds))
    return "\n".join([*lines, _telephone_line(sent)])


def _queue_line(area: str, queue: str, waits: list[Wait]) -> str:
    minutes = sorted(wait.lasted / timedelta(minutes=1) for wait in waits)
    over = [wait.called.at for wait in waits if wait.lasted > LIMIT]
    share = 1 - len(over) / len(waits)
    when = f"{len(over)}: {min(over):%H:%M}-{max(over):%H:%M}" if over else "none"
    mean, p90 = sum(minutes) / len(minutes), minutes[int(0.9 * len(minutes))]
    return f"{area:5} {queue:9} {len(waits):6} {share:7.3f} {mean:5.1f} {p90:6.1f} {minutes[-1]:6.1f}   {when}"


def _telephone_line(sent: list[Sent]) -> str:
    seen = Tally(type(each.event.fact) for each in sent)
    queued = {each.event.fact.call: each.event.at for each in sent if isinstance(each.event.fact, CallQueued)}
    quick = sum(
        each.event.at - queued[each.event.fact.call] <= SHORT
        for each in sent
        if isinstance(each.event.fact, CallAnswered)
    )
    causes = Tally(each.event.fact.cause for each in sent if isinstance(each.event.fact, CallOverflowed))
    return (
        f"standard: {seen[CallReceived]} received, {seen[CallInformed]} informed, {seen[CallQueued]} queued, "
        f"answer rate {answer_rate(sent):.3f}, within 20 s {quick / seen[CallQueued]:.3f} of queued, "
        f"{seen[CallAbandoned]} abandoned, overflowed {dict(causes)}"
    )
