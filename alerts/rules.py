"""The rules: from which value on a condition fires, for how long it must hold, and how grave it is; by default."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from ticketing.alert import Condition, Severity
from ticketing.plan import Kind

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ZERO = timedelta()


class Rule(Struct, frozen=True, kw_only=True):
    """`fire`, `clear`: the values, in the condition's own measure, from which on it fires and from which on it is over;
    between them it stays what it was. `hold`: fires for so long before it counts; `keep`: is over for so long before it
    is taken to be. `window`, `fewest`: what a share is made of, where the condition counts.
    """

    fire: float
    clear: float
    severity: Severity
    hold: timedelta = ZERO
    keep: timedelta = ZERO
    window: timedelta = ZERO
    fewest: int = 0
    enabled: bool = True


class Adjustment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a condition's rule, everywhere or in an area, or of one queue there; what is None stays as it is."""

    condition: Condition
    area: str | None = None
    queue: str | None = None
    fire: float | None = None
    clear: float | None = None
    severity: Severity | None = None
    hold: timedelta | None = None
    keep: timedelta | None = None
    window: timedelta | None = None
    fewest: int | None = None
    enabled: bool | None = None


# shares of futures; of the time promised; of a target missed; of a rate; of a month's budget; counts
HALL: Mapping[Condition, Rule] = {
    "predicted_breach": Rule(fire=0.45, clear=0.15, severity="page", hold=2 * MINUTE, keep=20 * MINUTE),
    "head_of_line": Rule(fire=1.0, clear=1.0, severity="page", keep=20 * MINUTE),
    "staffing_shortfall": Rule(fire=0.15, clear=0.05, severity="task", hold=5 * MINUTE, keep=10 * MINUTE),
    "counter_closed": Rule(fire=1.0, clear=0.0, severity="task", hold=2 * MINUTE, keep=10 * MINUTE),
    "answer_rate": Rule(fire=0.0, clear=0.0, severity="page", enabled=False),
    "lost_rate": Rule(fire=0.0, clear=0.0, severity="page", enabled=False),
    "budget_hour": Rule(fire=0.02, clear=0.02, severity="page", window=HOUR, fewest=8, keep=10 * MINUTE),
    "budget_half_day": Rule(fire=0.05, clear=0.05, severity="task", window=4 * HOUR, fewest=8, keep=30 * MINUTE),
    "budget_week": Rule(fire=0.15, clear=0.15, severity="week", window=24 * HOUR, fewest=8, keep=HOUR),
    "device_silent": Rule(fire=1.0, clear=0.0, severity="task", hold=2 * MINUTE, keep=2 * MINUTE),
    "data_standing": Rule(fire=1.0, clear=0.0, severity="page", hold=MINUTE, keep=MINUTE),
    "quarantine_growing": Rule(fire=20.0, clear=5.0, severity="task", window=HOUR, keep=10 * MINUTE),
}

# a call is late after 20 s: the head of the line alone would fire with every other call
SWITCHBOARD: Mapping[Condition, Rule] = {
    **HALL,
    "predicted_breach": replace(HALL["predicted_breach"], enabled=False),
    "head_of_line": replace(HALL["head_of_line"], hold=MINUTE, keep=5 * MINUTE),
    "answer_rate": Rule(
        fire=0.0, clear=0.0, severity="page", window=HOUR, fewest=20, hold=5 * MINUTE, keep=15 * MINUTE
    ),
    "lost_rate": Rule(fire=0.0, clear=0.0, severity="page", window=HOUR, fewest=20, hold=5 * MINUTE, keep=15 * MINUTE),
}

DEFAULTS: Mapping[Kind, Mapping[Condition, Rule]] = {"hall": HALL, "switchboard": SWITCHBOARD}


class Rules:
    """The defaults with the operator's adjustments, those of a queue before those of its area before those of all."""

    def __init__(self, adjustments: Iterable[Adjustment] = ()) -> None:
        self._adjustments = sorted(adjustments, key=lambda one: (one.area is not None) + 2 * (one.queue is not None))

    def rule(self, condition: Condition, kind: Kind = "hall", area: str = "", queue: str = "") -> Rule:
        found = DEFAULTS[kind][condition]
        for one in self._adjustments:
            if one.condition == condition and one.area in (None, area) and one.queue in (None, queue):
                found = replace(found, **_given(one))
        # where only `fire` was lowered, what is below it is over
        return replace(found, clear=min(found.clear, found.fire))


def _given(adjustment: Adjustment) -> dict[str, object]:
    names = ("fire", "clear", "severity", "hold", "keep", "window", "fewest", "enabled")
    return {name: value for name in names if (value := getattr(adjustment, name)) is not None}
