"""The life of an alert: pending, firing, acknowledged, resolved; a pure function of what is read at each tick."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.conditions import Reading
from ticketing.alert import Alert, Moment


class Advanced(Struct, frozen=True, kw_only=True):
    """The alert after a tick, None where there is none, and what is to be told in its timeline."""

    alert: Alert | None
    moments: tuple[Moment, ...] = ()


def advance(
    alert: Alert | None, begin: Callable[[], Alert], readings: Sequence[Reading], now: datetime, counters: int | None
) -> Advanced:
    """The alert of one area and topic after what is read of it now. `counters`: open in the area."""
    raise NotImplementedError
