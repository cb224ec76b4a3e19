"""Calls as a hall's screen shows them: who is called now, and to which counter."""

from datetime import datetime, timedelta

from msgspec import Struct

from ticketing.area import Area

SHOWN = timedelta(minutes=10)
"""A call is shown for so long; a recall shows it again."""


class Call(Struct, frozen=True, kw_only=True):
    """The last call of a ticket; `counter` is an id. `waiting`: nobody has come to the counter yet."""

    number: str
    counter: str
    queue: str | None
    at: datetime
    recalls: int = 0
    waiting: bool = True


def calls(area: Area, now: datetime, shown: timedelta = SHOWN) -> tuple[Call, ...]:
    """The newest first: tickets whose last call is not long ago, unless nobody came or they wait for another counter.

    Only what is printed on a ticket is told: one of which no number was ever heard is left out.
    """
    found = []
    for visit in area.visits.values():
        leg = visit.legs[-1] if visit.legs else None
        if visit.cancelled or visit.number is None or leg is None or leg.last_called is None or leg.counter is None:
            continue
        if leg.end in (None, "served") and now - shown < leg.last_called <= now:
            found.append(
                Call(
                    number=visit.number,
                    counter=leg.counter,
                    queue=leg.queue,
                    at=leg.last_called,
                    recalls=leg.recalls,
                    waiting=visit.state == "called",
                )
            )
    return tuple(sorted(found, key=lambda one: (one.at, one.number), reverse=True))
