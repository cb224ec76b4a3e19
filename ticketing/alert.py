"""An alert as everybody sees it: what is wrong where, since when, who was told, and what was done about it."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

SITE = ""
"""In the place of an area: what is wrong with the site as a whole."""

Topic = Literal["wait", "budget", "device", "data"]
"""What one alert of an area puts together: its queues, what is left of the month, its devices, the data themselves."""
Severity = Literal["page", "task", "week"]
"""To be looked at now, today, this week."""
SEVERITIES: tuple[Severity, ...] = ("week", "task", "page")
"""The least first."""
State = Literal["pending", "firing", "acknowledged", "resolved"]
Condition = Literal[
    "predicted_breach",
    "head_of_line",
    "staffing_shortfall",
    "counter_closed",
    "answer_rate",
    "lost_rate",
    "budget_hour",
    "budget_half_day",
    "budget_week",
    "device_silent",
    "data_standing",
    "quarantine_growing",
]

TOPICS: dict[Condition, Topic] = {
    "predicted_breach": "wait",
    "head_of_line": "wait",
    "staffing_shortfall": "wait",
    "counter_closed": "wait",
    "answer_rate": "wait",
    "lost_rate": "wait",
    "budget_hour": "budget",
    "budget_half_day": "budget",
    "budget_week": "budget",
    "device_silent": "device",
    "data_standing": "data",
    "quarantine_growing": "data",
}


class PredictedBreach(Struct, frozen=True, kw_only=True, tag="predicted_breach"):
    """`risk`: P(somebody is called later than the limit), of those in line and not late yet and of those about to come;
    `risk_at`: when the first of them would be. `late`: how many in line will be, rather than not; `breach_at`: when the
    first of those who are all but certain to be, is.
    """

    risk: float
    risk_at: datetime | None = None
    late: int
    breach_at: datetime | None
    limit_s: float


class HeadOfLine(Struct, frozen=True, kw_only=True, tag="head_of_line"):
    longest_s: float
    waiting: int
    limit_s: float


class StaffingShortfall(Struct, frozen=True, kw_only=True, tag="staffing_shortfall"):
    """Counters open and recommended; the share in time as things go, with the remedy, and the one promised."""

    counters: int
    recommended: int
    within: float
    then: float
    target: float


class CounterClosed(Struct, frozen=True, kw_only=True, tag="counter_closed"):
    """Names of the counters that should be open, while those of the queue wait for too long."""

    counters: tuple[str, ...]
    waiting: int


class Rate(Struct, frozen=True, kw_only=True, tag="rate"):
    """Of the calls decided within the window: answered by an agent, or lost, and what was promised."""

    value: float
    count: int
    of: int
    target: float
    window_s: float


class BudgetBurn(Struct, frozen=True, kw_only=True, tag="budget"):
    """Late among those judged within the window, and the month's budget of them in people, with what is left."""

    late: int
    of: int
    window_s: float
    allowed: int
    left: int


class DeviceSilent(Struct, frozen=True, kw_only=True, tag="device_silent"):
    heard: datetime


class DataStanding(Struct, frozen=True, kw_only=True, tag="data_standing"):
    last: datetime


class QuarantineGrowing(Struct, frozen=True, kw_only=True, tag="quarantine_growing"):
    messages: int
    window_s: float


Facts = (
    PredictedBreach
    | HeadOfLine
    | StaffingShortfall
    | CounterClosed
    | Rate
    | BudgetBurn
    | DeviceSilent
    | DataStanding
    | QuarantineGrowing
)


class Instruction(Struct, frozen=True, kw_only=True):
    """One thing to do with counters, by their names; `queue` where it is not the one that is spoken of."""

    do: Literal["open", "close", "assign", "serve_first"]
    counters: tuple[str, ...]
    queue: str = ""


class Remedy(Struct, frozen=True, kw_only=True):
    """What to do, in French, as "ouvrir Guichet 2"; and the median wait in seconds of who comes now, as things go and
    then. `instructions` are what `action` says, for other languages; none in what was kept before there were any.
    """

    action: str
    instructions: tuple[Instruction, ...] | UnsetType = UNSET
    wait_s: float | None = None
    then_wait_s: float | None = None


class Signal(Struct, frozen=True, kw_only=True):
    """One condition on one subject (a queue, a device; "" for a whole area), as it was seen last.

    `since`: it holds without a break; `fired_at`: it had held for long enough; `clear_since`: it does not any more;
    `ended_at`: it has not for long enough.
    """

    condition: Condition
    subject: str
    name: str
    """Of the subject, as shown."""
    severity: Severity
    since: datetime
    facts: Facts
    remedy: Remedy | None = None
    fired_at: datetime | None = None
    clear_since: datetime | None = None
    ended_at: datetime | None = None
    again_since: datetime | None = None
    """It had ended, and holds again without a break."""
    unread_since: datetime | None = None
    """It cannot be read, and its timers stand still."""
    told_at: datetime | None = None
    """When anybody was told of it."""

    @property
    def key(self) -> tuple[Condition, str]:
        return self.condition, self.subject

    @property
    def active(self) -> bool:
        return self.fired_at is not None and self.ended_at is None


class Alert(Struct, frozen=True, kw_only=True):
    """One of an area and topic at a time. `severity` only rises while it is open.

    `opened_at`: the first counter opened for its queues after it fired; `back_at`: when what was wrong last began to be
    right again; `told_at`: when anybody was told last; `level`: how far up it was taken, 0 the first to be told.
    """

    id: str
    """[a-z0-9-], at most 64: unique for good."""
    site: str
    area: str
    topic: Topic
    severity: Severity
    since: datetime
    signals: tuple[Signal, ...]
    fired_at: datetime | None = None
    told_at: datetime | None = None
    told_to: tuple[str, ...] = ()
    """Recipients, in the order in which they were told first."""
    level: int = 0
    level_at: datetime | None = None
    """When the present level was told first; None while nobody was."""
    told_severity: Severity | None = None
    end_told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    counters: int | None = None
    """Open for its queues when it fired, or the fewest since."""
    opened_at: datetime | None = None
    back_at: datetime | None = None
    resolved_at: datetime | None = None
    configuration: str = ""
    """Digest of the configuration in force when it fired."""

    @property
    def state(self) -> State:
        if self.resolved_at is not None:
            return "resolved"
        if self.fired_at is None:
            return "pending"
        return "firing" if self.acknowledged_at is None else "acknowledged"

    @property
    def active(self) -> tuple[Signal, ...]:
        """What is wrong now; of an alert that is over, nothing."""
        return tuple(signal for signal in self.signals if signal.active)


class Mute(Struct, frozen=True, kw_only=True):
    """A silence: nobody is told of a topic in an area, or of one queue or device there, until `until`."""

    id: int
    area: str
    topic: Topic
    subject: str | None
    since: datetime
    until: datetime
    reason: str
    who: str

    def covers(self, area: str, topic: Topic, subject: str, at: datetime) -> bool:
        return (
            (self.area, self.topic) == (area, topic)
            and self.subject in (None, subject)
            and self.since <= at < self.until
        )


Kind = Literal[
    "predicted",
    "fired",
    "joined",
    "worsened",
    "told",
    "undelivered",
    "acknowledged",
    "noted",
    "muted",
    "unmuted",
    "escalated",
    "opened",
    "eased",
    "resolved",
]
"""`joined`: another queue or device; `opened`: a counter; `eased`: what was wrong is right again, not yet for long."""


class Moment(Struct, frozen=True, kw_only=True):
    """One line of an alert's timeline. `who` acted or was told; `text` is French, or the words somebody wrote."""

    at: datetime
    kind: Kind
    who: str = ""
    text: str = ""


class Undelivered(Struct, frozen=True, kw_only=True):
    """Somebody who is not reached: how many messages wait for them, or were given up, since when, and why."""

    recipient: str
    messages: int
    given_up: int
    since: datetime
    error: str


class Record(Struct, frozen=True, kw_only=True):
    """An alert with its timeline, in order."""

    alert: Alert
    moments: tuple[Moment, ...]
