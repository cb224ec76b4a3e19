"""The shape of the live figures: what the HTTP interface and the command line print, durations in seconds."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from ticketing.counter import State as CounterState
from ticketing.waits import ServiceLevel

NoPrediction = Literal["closed", "no_counter", "no_service", "closing"]
"""The day is over; nobody serves the queue today; too few services were seen to know what one takes; whoever comes now
may not be called before closing."""


class Quantiles(Struct, frozen=True):
    """Of a wait to come: so many in a hundred will wait for less."""

    p10: float
    p50: float
    p90: float


class StepFigures(Struct, frozen=True, kw_only=True):
    """A counter opened, for these queues, or closed; `moved` if it is open for others now."""

    counter: str
    open: bool
    moved: bool = False
    queues: tuple[str, ...] = ()


class StaffingFigures(Struct, frozen=True, kw_only=True):
    """What so many counters would bring to a queue, `steps` away from now.

    `within`: of those in line and not late yet and of those who come within the next `horizon_s`, the share called, or
    answered, in the time promised. `predicted_wait_s`: of somebody who comes now.
    """

    counters: int
    steps: tuple[StepFigures, ...]
    within: float | None
    predicted_wait_s: Quantiles | None
    horizon_s: float


class Silence(Struct, frozen=True):
    """A device of which events may be missing, and when it was heard last; `heard` once it is back and catching up."""

    device: str
    since: datetime
    heard: bool = False


class RateTarget(Struct, frozen=True):
    value: float
    provenance: str


class FormulaFigures(Struct, frozen=True, kw_only=True):
    """Counters by formula, as if they served this queue alone: if this half-hour went on for ever, and to clear the
    line within the horizon. They explain; what is recommended comes from simulation.
    """

    steady: int | None
    backlog: int | None


class QueueFigures(Struct, frozen=True, kw_only=True):
    """Today's figures of one queue. Waits are of all legs in it, service levels and rates of first legs only."""

    queue: str
    name: str
    configured: bool
    waiting: int
    longest_wait_s: float | None
    predicted_wait_s: Quantiles | None = None
    no_prediction: NoPrediction | None = None
    """Why there is none."""
    late_predicted: int | None = None
    """Of those in line and not late yet, how many will be, rather than not."""
    breach_at: datetime | None = None
    """When the first of them is."""
    last_called_wait_s: float | None
    called_today: int
    abandoned_today: int
    """Declared and presumed ones."""
    presumed_abandoned_today: int
    left_at_closing_today: int
    no_show_today: int
    mean_wait_today_s: float | None
    p90_wait_today_s: float | None
    service_level_today: ServiceLevel | tuple[ServiceLevel, ServiceLevel] | None
    counters_open: int
    counters_recommended: int | None = None
    """The fewest that reach the target within the next half-hour; None where there is none, or it cannot be known."""
    staffing: tuple[StaffingFigures, ...] = ()
    """With the counters as they are, then with one and two more; or with one less, then as they are."""
    counters_by_formula: FormulaFigures | None = None
    offered_today: int | UnsetType = UNSET
    answered_today: int | UnsetType = UNSET
    answer_rate_agent: float | UnsetType | None = UNSET
    answer_rate_agent_target: RateTarget | UnsetType | None = UNSET
    answer_rate_global: float | UnsetType | None = UNSET
    """Of the whole switchboard: a call that the voice server answered was in no queue."""
    lost_rate: float | UnsetType | None = UNSET
    lost_rate_target: RateTarget | UnsetType | None = UNSET
    mean_speed_of_answer_today_s: float | UnsetType | None = UNSET
    """Mean wait of the answered calls alone; `mean_wait_today_s` also counts the patience of those who left."""

    @property
    def promised(self) -> ServiceLevel | None:
        """The service level today, by the first of its formulas; None where nothing is promised."""
        level = self.service_level_today
        return level[0] if isinstance(level, tuple) else level


class CounterFigures(Struct, frozen=True, kw_only=True):
    counter: str
    name: str
    configured: bool
    state: CounterState
    since: datetime | None
    queues: tuple[str, ...]


class CallFigures(Struct, frozen=True, kw_only=True):
    """Today's calls of a switchboard that came in opening hours; the others are only counted, in `off_hours`.

    received = informed + offered + those still in, or lost in, the voice server; offered = asked for an agent;
    lost = abandoned, overflowed, passed outside or left in line at closing, and answered by nobody.
    """

    received: int
    informed: int
    offered: int
    waiting: int
    talking: int
    in_voice_server: int
    answered: int
    abandoned: int
    presumed_abandoned: int
    """Of those abandoned."""
    overflowed: int
    lost: int
    off_hours: int

    @property
    def decided(self) -> int:
        """Of those offered, answered or lost: the denominator of the agents' answer rate and of the lost rate."""
        return self.answered + self.lost

    @property
    def reached(self) -> int:
        """Answered by an agent, or by the voice server alone."""
        return self.answered + self.informed

    @property
    def known(self) -> int:
        """Of those received, those of which it is known what became of them: the global rate's denominator."""
        return self.received - self.in_voice_server - (self.offered - self.decided)


class AreaFigures(Struct, frozen=True, kw_only=True):
    """Durations are seconds. What is not known is null, never 0."""

    area: str
    name: str
    kind: str
    at: datetime
    open: bool
    complete: bool
    incomplete_since: datetime | None
    silent_devices: tuple[Silence, ...]
    queues: tuple[QueueFigures, ...]
    counters: tuple[CounterFigures, ...]
    waiting: int
    longest_wait_s: float | None
    abandoned_today: int
    presumed_abandoned_today: int
    left_at_closing_today: int
    """All visits, those of no known queue too."""
    arrival_unknown_today: int
    cancelled_today: int
    calls_today: CallFigures | UnsetType = UNSET
