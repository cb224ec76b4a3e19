"""What supervisors tell the public and vigie themselves: the message of the day, and a hall that closes for once."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from msgspec import Struct
from msgspec.structs import replace

from ticketing.hours import ALL_DAY, Hours, Span
from ticketing.plan import Plan


class Message(Struct, frozen=True, kw_only=True):
    """Shown in an area until an instant; without one, until somebody takes it down."""

    area: str
    text: str
    until: datetime | None
    who: str
    at: datetime
    number: int = 0
    """Of the act that it comes from: whoever changes it says which one they have seen."""


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
    number: int = 0


class Act(Struct, frozen=True, kw_only=True):
    """What somebody has decided of an area: the hours of a `date` or, without one, its message; or to take it back."""

    area: str
    date: date | None
    spans: tuple[Span, ...] = ()
    text: str = ""
    until: datetime | None = None
    who: str
    at: datetime
    lifted: bool = False
    number: int = 0


class Notices(Struct, frozen=True, kw_only=True):
    """Those in force: one message an area, one closure an area and date, in the order of their dates."""

    messages: Mapping[str, Message] = {}
    closures: tuple[Closure, ...] = ()

    @classmethod
    def of(cls, acts: Iterable[Act]) -> "Notices":
        """What the acts leave in force, the last of each subject alone."""
        last = {(act.area, act.date): act for act in sorted(acts, key=lambda act: act.number)}
        kept = sorted(
            (act for act in last.values() if not act.lifted), key=lambda act: (act.date or date.min, act.area)
        )
        return Notices(
            messages={
                act.area: Message(
                    area=act.area, text=act.text, until=act.until, who=act.who, at=act.at, number=act.number
                )
                for act in kept
                if act.date is None
            },
            closures=tuple(
                Closure(
                    area=act.area,
                    date=act.date,
                    spans=act.spans,
                    text=act.text,
                    who=act.who,
                    at=act.at,
                    number=act.number,
                )
                for act in kept
                if act.date is not None
            ),
        )

    def message(self, area: str, now: datetime) -> Message | None:
        """What an area shows now."""
        found = self.messages.get(area)
        return None if found is None or (found.until is not None and found.until <= now) else found

    def closure(self, area: str, on: date) -> Closure | None:
        return next((one for one in self.closures if (one.area, one.date) == (area, on)), None)

    def number(self, area: str, on: date | None) -> int:
        """Of the act that is in force there; 0 where none is."""
        found = self.messages.get(area) if on is None else self.closure(area, on)
        return found.number if found else 0


def with_closures(plan: Plan, closures: Iterable[Closure]) -> Plan:
    """The plan with what was decided since it was written: it goes before the hours that the configuration gives."""
    own = {one.date: one.spans for one in closures if one.area == plan.area}
    if not own:
        return plan
    return replace(plan, hours=replace(plan.hours, exceptions={**plan.hours.exceptions, **own}))


def until_now(hours: Hours, now: datetime) -> tuple[Span, ...]:
    """The hours of a day that is over at an instant, to the minute: what was open by then."""
    local = now.astimezone(hours.zone)
    end, spans = time(local.hour, local.minute), hours.spans(local.date())
    return tuple((start, min(closes, end)) for start, closes in (ALL_DAY if spans is None else spans) if start < end)
