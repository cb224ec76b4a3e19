"""The forecast of an area: how long somebody who comes now will wait, who in line will be late, and when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ticketing.area import Area
from ticketing.arrays import Floats
from ticketing.figures import NoPrediction
from ticketing.formula import queue_length_waits
from ticketing.futures import Futures, futures
from ticketing.levels import LEVELS, Levels, Method
from ticketing.load import Load
from ticketing.outlook import Outlook
from ticketing.situation import Situation
from ticketing.waits import ZERO

FEW_DAYS = 3
"""With fewer past days, the closed formula: what the simulation needs is not known yet."""
MANY = 600
"""Customers in line beyond which the closed formula is right enough, and quicker."""
FUTURES, FEWEST = 200, 64
BUDGET = 14_000
"""Calls simulated in all futures together, which keeps a refresh below 20 ms."""
COMING = timedelta(minutes=15)
"""Of those who come within the time promised and within this, it is foreseen whether they will be late."""
LIKELY, UNLIKELY = 0.7, 0.5
"""Share of futures in which a ticket is late, from which on a breach is predicted, and from which on it counts."""


class Correcting(Protocol):
    """What past errors teach: the levels as they should have been."""

    def apply(self, raw: Levels) -> Levels: ...


class TicketForecast(Struct, frozen=True, kw_only=True):
    """Of somebody in line. `within`: P(called within the commitment's time); None where nothing is promised.

    `call_s`: when they are called, in seconds after the forecast's instant; None where more than a tenth would not be.
    """

    visit: str
    queue: str
    within: float | None
    call_s: Levels | None = None

    @property
    def late(self) -> bool:
        """Whether they will be called too late, rather than not."""
        return self.within is not None and 1 - self.within > UNLIKELY


class QueueForecast(Struct, frozen=True, kw_only=True):
    """Of somebody without priority who comes now. `shown`: the wait, corrected by past errors; `raw`: before that."""

    queue: str
    method: Method | None = None
    reason: NoPrediction | None = None
    shown: Levels | None = None
    raw: Levels | None = None
    mean_s: float | None = None
    late: int | None = None
    """Of those in line and not late yet, how many will be, rather than not; None where nobody knows."""
    risk: float | None = None
    """P(somebody is called later than that), of those in line and not late yet and of those who come within the next
    15 minutes, or within the time promised if that is shorter; None where nobody knows."""
    risk_at: datetime | None = None
    """When the first of them is, at the median of the futures in which somebody is."""
    breach_at: datetime | None = None
    """When the first of those who will be late with LIKELY is: their clock's start and the commitment's time."""


class Forecast(Struct, frozen=True, kw_only=True):
    """By queue, and by ticket in line."""

    at: datetime
    queues: Mapping[str, QueueForecast] = {}
    tickets: Mapping[str, TicketForecast] = {}


def forecast(
    area: Area, load: Load, now: datetime, corrections: Mapping[str, Correcting] | None = None, seed: int = 0
) -> Forecast:
    """Of an area as it is; every queue that is configured, served or waited in has an entry, if only with a reason.

    `corrections`: by queue, what past errors of the simulation teach; they say nothing of the closed formula's.
    """
    outlook = Outlook.of(area, load, now)
    situation, number = outlook.situation, futures_for(outlook.situation)
    if number and outlook.queues and len(load.days) >= FEW_DAYS:
        coming_s = max((_coming_s(outlook, queue) for queue in outlook.queues), default=0.0)
        drawn = futures(outlook, number=number, horizon_s=coming_s, seed=seed)
        found = {queue: _at_risk(_simulated(queue, drawn, outlook), drawn, outlook) for queue in drawn.newcomers}
        tickets = _tickets(drawn, outlook)
    else:
        found = {queue: _by_formula(queue, waits) for queue, waits in queue_length_waits(outlook).items()}
        tickets = {}
    queues = {}
    for queue in dict.fromkeys([*(queue.id for queue in area.plan.queues), *situation.queues]):
        one = found.get(queue) or QueueForecast(queue=queue, reason=_reason(queue, outlook))
        if one.raw and one.method == "simulation" and (correction := (corrections or {}).get(queue)):
            shown = correction.apply(one.raw)
            one = replace(one, shown=shown, mean_s=max((one.mean_s or 0.0) + shown[1] - one.raw[1], 0.0))
        queues[queue] = _with_lateness(one, outlook, tickets)
    return Forecast(at=situation.at, queues=queues, tickets=tickets)


def futures_for(situation: Situation) -> int:
    """How many futures may be simulated; 0 for a line that is too long."""
    return max(min(FUTURES, BUDGET // calls_of(situation)), FEWEST) if len(situation.waiting) <= MANY else 0


def calls_of(situation: Situation) -> int:
    """About how many calls are simulated in each future, 1 at least."""
    return max(len(situation.waiting) + 2 * len(situation.seats) + len(situation.queues), 1)


def wait_of(called: Floats, since: datetime, situation: Situation) -> Floats:
    """Waits in seconds of somebody whose clock starts at an instant, from calls in seconds from now."""
    return np.maximum(called + (situation.at - since).total_seconds(), 0.0)


def _simulated(queue: str, drawn: Futures, outlook: Outlook) -> QueueForecast:
    situation = outlook.situation
    waits = wait_of(drawn.called[0, :, drawn.newcomers[queue]], situation.day.clock_start(situation.at), situation)
    if np.isinf(waits).all():
        return QueueForecast(queue=queue, reason=_reason(queue, outlook))
    raw = levels(waits)
    if raw is None:
        return QueueForecast(queue=queue, reason="closed" if _over(situation) else "closing")
    mean_s = round(float(waits[np.isfinite(waits)].mean()), 1)
    return QueueForecast(queue=queue, method="simulation", shown=raw, raw=raw, mean_s=mean_s)


def _coming_s(outlook: Outlook, queue: str) -> float:
    """How far those who come are looked at, in seconds."""
    return min(outlook.within(queue) or ZERO, COMING).total_seconds()


def _at_risk(one: QueueForecast, drawn: Futures, outlook: Outlook) -> QueueForecast:
    """With the share of futures in which somebody will be late, and when the first would be.

    Late before closing: after it, nobody is in line any more.
    """
    within, situation = outlook.within(one.queue), outlook.situation
    if within is None:
        return one
    line = [
        stand
        for stand in drawn.waiting
        if stand.waiting.queue == one.queue and stand.waiting.promised and stand.waiting.clock + within >= situation.at
    ]
    clocks = np.array([outlook.after(stand.waiting.clock) for stand in line])
    later = drawn.later[one.queue]
    entered = drawn.entered[:, later]
    # before the opening, their wait does not count yet
    starts = np.maximum(entered, outlook.after(situation.day.clock_start(situation.at)))
    starts[entered >= _coming_s(outlook, one.queue)] = np.inf
    due = np.concatenate([np.broadcast_to(clocks, (len(entered), len(line))), starts], axis=1) + within.total_seconds()
    called = np.concatenate([drawn.called[0][:, [stand.at for stand in line]], drawn.called[0][:, later]], axis=1)
    late = (called > due) & (due < outlook.after(situation.day.closing))
    first = np.where(late, due, np.inf).min(axis=1, initial=np.inf)
    some = first[np.isfinite(first)]
    at = situation.at + timedelta(seconds=float(np.median(some))) if some.size else None
    return replace(one, risk=some.size / len(first), risk_at=at)


def levels(waits: Floats) -> Levels | None:
    """P10, P50 and P90 of n futures, at p(n+1): an n-th of what may be lies beyond the outermost of n.

    None where P90 is inf: more than a tenth would not be called.
    """
    ordered, n = np.sort(waits), len(waits)
    found = []
    for p in LEVELS:
        place = min(max(p * (n + 1) - 1, 0.0), n - 1.0)
        below, above = ordered[int(place)], ordered[min(int(place) + 1, n - 1)]
        # never from inf to inf, which is no number
        found.append(float(below + (place % 1) * (above - below) if above > below and place % 1 else below))
    if not isfinite(found[2]):
        return None
    low, middle, high = (round(level, 1) for level in found)
    return low, middle, high


def _by_formula(queue: str, found: Levels) -> QueueForecast:
    return QueueForecast(queue=queue, method="formula", shown=found, raw=found, mean_s=found[1])


def _over(situation: Situation) -> bool:
    return not any(end > situation.at for _, end in situation.day.spans)


def _reason(queue: str, outlook: Outlook) -> NoPrediction:
    """Why nobody who comes now can be told anything."""
    serving = [seat for seat in outlook.situation.seats if queue in seat.queues]
    if not serving:
        return "no_counter"
    if _over(outlook.situation):
        return "closed"
    if queue not in outlook.services:
        return "no_service"
    # whoever is there does not come to the end of the line today
    return "closing" if any(seat.open for seat in serving) else "no_counter"


def _tickets(drawn: Futures, outlook: Outlook) -> dict[str, TicketForecast]:
    if not drawn.waiting:
        return {}
    called = drawn.called[0][:, [stand.at for stand in drawn.waiting]]
    limits = [outlook.within(stand.waiting.queue) for stand in drawn.waiting]
    due = [
        outlook.after(stand.waiting.clock + (limit or ZERO)) for stand, limit in zip(drawn.waiting, limits, strict=True)
    ]
    within = (called <= np.array(due)).mean(axis=0).tolist()
    return {
        stand.waiting.visit: TicketForecast(
            visit=stand.waiting.visit,
            queue=stand.waiting.queue,
            within=share if limit is not None and stand.waiting.promised else None,
            call_s=levels(np.maximum(calls, 0.0)),
        )
        for stand, limit, share, calls in zip(drawn.waiting, limits, within, called.T, strict=True)
    }


def _with_lateness(one: QueueForecast, outlook: Outlook, tickets: Mapping[str, TicketForecast]) -> QueueForecast:
    situation, within = outlook.situation, outlook.within(one.queue)
    if within is None:
        return one
    due = []
    for waiting in situation.waiting:
        if waiting.queue != one.queue or not waiting.promised or waiting.clock + within < situation.at:
            continue
        ticket = tickets.get(waiting.visit)
        if ticket is None or ticket.within is None:
            return replace(one, risk=None, risk_at=None)  # the closed formula says nothing of those in line
        due.append((waiting.clock + within, 1 - ticket.within))
    return replace(
        one,
        late=sum(risk > UNLIKELY for _, risk in due),
        risk=one.risk if one.method != "formula" or due else 0.0,
        breach_at=min((at for at, risk in due if risk >= LIKELY), default=None),
    )
