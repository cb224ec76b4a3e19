"""Waits and service levels: each formula by its name, with its denominator."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import fsum
from typing import Literal

from msgspec import Struct

from ticketing.hours import Day
from ticketing.plan import Commitment
from ticketing.visit import Leg, Visit

Formula = Literal["hall", "C", "B"]
ZERO = timedelta()


class Wait(Struct, frozen=True):
    """A wait and whether its end was seen; `ended` False is a wait so far, or one that its person cut short."""

    length: timedelta
    ended: bool


class ServiceLevel(Struct, frozen=True, kw_only=True):
    """`within / of` beside its target; `value` is None, never 0 or 1, when there is nobody to speak of.

    `target` is None where the commitment fixes a time and no share.
    """

    formula: Formula
    within_s: float
    value: float | None
    within: int
    of: int
    target: float | None
    provenance: str


def clock_start(visit: Visit, leg: int, day: Day) -> datetime | None:
    """Where the wait clock of a leg starts; None where its arrival is unknown.

    The first leg: the later of issue, opening time and appointment. Later legs: their own beginning.
    """
    entered = visit.legs[leg].entered
    if entered is None or leg:
        return entered
    start = day.clock_start(entered)
    return max(start, visit.turn) if visit.appointment_at and visit.turn else start


def leg_wait(visit: Visit, leg: int, day: Day, now: datetime) -> Wait | None:
    """Clock start to first call of a leg; for somebody still in line, the wait so far; None where it is unknown.

    Somebody called before the clock starts (early for an appointment) has waited nothing.
    """
    start = clock_start(visit, leg, day)
    return None if start is None else wait_since(start, visit.legs[leg], now)


def wait_since(start: datetime, leg: Leg, now: datetime) -> Wait | None:
    """The same of a leg whose clock is known to have started at an instant."""
    end = leg.called or leg.ended or now
    if leg.ended and not leg.called and leg.end in ("served", "no_show"):
        return None  # it was called at a time that nobody told
    return Wait(max(end - start, ZERO), ended=leg.called is not None)


def _share(formula: Formula, within: int, of: int, commitment: Commitment) -> ServiceLevel:
    return ServiceLevel(
        formula=formula,
        within_s=commitment.within.total_seconds(),
        value=round(within / of, 4) if of else None,
        within=within,
        of=of,
        target=commitment.share,
        provenance=commitment.provenance,
    )


def hall_service_level(waits: Iterable[Wait], commitment: Commitment) -> ServiceLevel:
    """Tickets called within T / tickets whose wait is known against T.

    The wait to the first call is seen for no-shows too, and they count. Somebody not called, still in line or gone, is
    a breach once beyond T; before that the wait is not known against T, and the ticket is in neither number.
    """
    limit = commitment.within
    within = of = 0
    for wait in waits:
        met = wait.ended and wait.length <= limit
        within += met
        of += met or wait.length > limit
    return _share("hall", within, of, commitment)


def telephone_service_levels(
    waits: Iterable[Wait], in_line: Iterable[Wait], commitment: Commitment
) -> tuple[ServiceLevel, ServiceLevel]:
    """Formulas C and B, in this order, over offered calls.

    C: answered within T / (offered - abandoned within T). B: answered within T / offered.
    `waits` are the calls answered (`ended`) or lost; `in_line` those still waiting, who count once beyond T.
    """
    limit = commitment.within
    offered = within = short = 0
    for wait in waits:
        offered += 1
        within += wait.ended and wait.length <= limit
        short += not wait.ended and wait.length <= limit
    offered += sum(wait.length > limit for wait in in_line)
    return _share("C", within, offered - short, commitment), _share("B", within, offered, commitment)


def quantile(values: Sequence[float], p: float) -> float | None:
    """The p-quantile by linear interpolation between order statistics, as SQL's `percentile_cont`; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    position = p * (len(ordered) - 1)
    below = int(position)
    rest = position - below
    return ordered[below] if not rest else ordered[below] * (1 - rest) + ordered[below + 1] * rest


def mean(values: Sequence[float]) -> float | None:
    # fsum: the same sum in whatever order the values come
    return fsum(values) / len(values) if values else None


class Survival(Struct, frozen=True):
    """Kaplan-Meier estimate of the wait that callers would have had, from the waits of those who stayed and who left.

    `steps`: (wait in seconds, share waiting longer), in order; `end`: the longest wait seen, in seconds.
    """

    steps: tuple[tuple[float, float], ...]
    end: float

    @classmethod
    def of(cls, waits: Iterable[Wait]) -> "Survival":
        """An answered call is an event, any other is censored at its time (E. L. Kaplan and P. Meier, 1958)."""
        ordered = sorted((wait.length.total_seconds(), not wait.ended) for wait in waits)
        at_risk = len(ordered)
        share = 1.0
        steps: list[tuple[float, float]] = []
        for seconds, censored in ordered:
            if not censored:
                share *= 1 - 1 / at_risk
                steps.append((seconds, share))
            at_risk -= 1
        return cls(tuple(steps), ordered[-1][0] if ordered else 0.0)

    @property
    def mean(self) -> float | None:
        """Area under the curve up to the longest wait seen, in seconds (the restricted mean); None without answers."""
        if not self.steps:
            return None
        area, since, share = 0.0, 0.0, 1.0
        for seconds, left in self.steps:
            area += share * (seconds - since)
            since, share = seconds, left
        return area + share * (self.end - since)

    def quantile(self, p: float) -> float | None:
        """The shortest wait within which a share `p` is answered; None where nobody knows, so many have left before."""
        return next((seconds for seconds, left in self.steps if 1 - left >= p - 1e-12), None)
