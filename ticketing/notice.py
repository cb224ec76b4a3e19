"""What supervisors tell the public and vigie themselves: the message of the day, and a hall that closes for once."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from ticketing.hours import Span
from ticketing.plan import Plan


class Message(Struct, frozen=True, kw_only=True):
    """Shown in an area until an instant; without one, until somebody takes it down."""

    area: str
    text: str
    until: datetime | None
    who: str
    at: datetime


class Closure(Struct, frozen=True, kw_only=True):
    """Other hours of an area on one date than the configuration says; without any spans it is closed all day.

    `text` is what the public is told of it.
    """

    area: str
    date: date
    spans: tuple[Span, ...] = ()
    text: str
    who: str
    at: datetime


class Notices(Struct, frozen=True, kw_only=True):
    """Those in force: one message an area, one closure an area and date."""

    messages: Mapping[str, Message] = {}
    closures: tuple[Closure, ...] = ()

    def message(self, area: str, now: datetime) -> Message | None:
        """What an area shows now."""
        found = self.messages.get(area)
        return None if found is None or (found.until is not None and found.until <= now) else found

    def closure(self, area: str, on: date) -> Closure | None:
        return next((one for one in self.closures if (one.area, one.date) == (area, on)), None)


def with_closures(plan: Plan, closures: Iterable[Closure]) -> Plan:
    """The plan with what was decided since it was written: it goes before the hours that the configuration gives."""
    own = {one.date: one.spans for one in closures if one.area == plan.area}
    if not own:
        return plan
    return replace(plan, hours=replace(plan.hours, exceptions={**plan.hours.exceptions, **own}))
