"""The vocabulary of months in tests: facts small enough to be reckoned by hand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from dashboards.exports.naming import Publisher
from tests.build import (
    MONDAY,
    PARIS,
    STANDARD,
    SUD,
    answered,
    called,
    ended,
    hung_up,
    issued,
    queued,
    received,
)
from tests.build import (
    lost as given_up,
)
from ticketing.events import Event
from ticketing.month import Circumstances, Month, month_of
from ticketing.plan import Plan
from ticketing.tally import tallied

NOVEMBER = date(2026, 11, 1)
TUESDAY = MONDAY + timedelta(days=1)
AUBE = Publisher(name="Préfecture de l’Aube", siren="110000023")

_numbers = count(1)


def on(day: date, events: Iterable[Event]) -> list[Event]:
    """The same on another day, by the clock on the wall."""
    return [replace(one, at=datetime.combine(day, one.at.astimezone(PARIS).time(), PARIS)) for one in events]


def clock(minutes: float) -> str:
    """As the builders read it, so many minutes after midnight."""
    return f"{int(minutes) // 60}:{int(minutes) % 60:02}:{minutes % 1 * 60:g}"


def waited(*minutes: float, queue: str = "sejour", since: str = "9:00", day: date = MONDAY) -> list[Event]:
    """Tickets issued together, called after so many minutes each, served for five."""
    found: list[Event] = []
    hours, begin = map(int, since.split(":"))
    for wait in minutes:
        ticket = f"T{next(_numbers)}"
        call = hours * 60 + begin + wait
        found += [issued(ticket, since, queue), called(ticket, clock(call)), ended(ticket, clock(call + 5))]
    return on(day, found)


def rang(*seconds: float, since: str = "9:00", day: date = MONDAY, lost: bool = False) -> list[Event]:
    """Calls that came together, answered after so many seconds each and talked for a minute, or given up."""
    found: list[Event] = []
    hours, begin = map(int, since.split(":"))
    for wait in seconds:
        call, until = f"C{next(_numbers)}", hours * 60 + begin + wait / 60
        found += [received(call, since), queued(call, since)]
        if lost:
            found.append(given_up(call, clock(until)))
        else:
            found += [answered(call, clock(until)), hung_up(call, clock(until + 1))]
    return on(day, found)


def month(
    events: Iterable[Event] = (),
    plans: Sequence[Plan] = (SUD, STANDARD),
    first: date = NOVEMBER,
    circumstances: Mapping[str, Circumstances] | None = None,
) -> Month:
    """What is told of a month in which just this was heard."""
    by_day: dict[tuple[str, date], list[Event]] = {}
    for one in events:
        by_day.setdefault((one.area, one.at.astimezone(PARIS).date()), []).append(one)
    tallies = [
        tallied(plan, day, heard) for plan in plans for (area, day), heard in by_day.items() if area == plan.area
    ]
    return month_of(plans, first, tallies, circumstances)
