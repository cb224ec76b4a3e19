"""Three months of a prefecture: simulated days, and lives of tickets and calls that the simulation does not lead."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import msgspec
from msgspec.structs import replace

from collector.messages import Record
from deploy.configuration import load
from deploy.demo.day import simulated_day
from tests.build import PARIS
from tests.collector.words import records as kept
from ticketing.events import FACTS, Event
from ticketing.plan import Commitment, Plan, Target

HERE = Path(__file__).parent
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
"""With the clocks set back on October 25, the holiday of November 11, and December 24, closed for once."""
MONTHS = [date(2026, month, 1) for month in (10, 11, 12)]
SUNDAY = date(2026, 10, 25)
"""Both halls are closed; the switchboard is open from 1 to 5, and half past two comes twice."""
HAND_MADE = [date(2026, 10, 7), date(2026, 10, 26), date(2026, 11, 10), date(2026, 11, 27), date(2026, 12, 23)]
"""Days on which the lives of `lives.txt` are led, too, and muddled ones."""
UNHEARD = {("nord", date(2026, 12, 3)), ("nord", date(2026, 12, 17)), ("standard", date(2026, 11, 18))}
"""Areas and open days of which nothing came."""
MUDDLED = 30
"""Of each area and day: tickets and calls of which anything is told in any order."""

WORDS = {
    **{name: f"ticket.{name}" for name in ("issued", "called", "recalled", "no_show", "abandoned", "transferred")},
    **{name: f"ticket.{name}" for name in ("requeued", "cancelled")},
    **{name: f"call.{name}" for name in ("received", "informed", "queued", "answered", "overflowed")},
    "started": "service.started",
    "ended": "service.ended",
    "hung_up": "call.ended",
    "lost": "call.abandoned",
    "passed": "call.transferred",
}
OF_TICKETS = tuple(word for word, name in WORDS.items() if not name.startswith("call."))
OF_CALLS = tuple(word for word, name in WORDS.items() if name.startswith("call."))


def plans() -> list[Plan]:
    """As shipped, and more: promises that change in mid-month, a queue with one of its own, hours of single days."""
    sud, nord, standard = load(Path("deploy/vigie.toml")).plans()
    stricter = replace(
        sud.commitments[0], within=timedelta(minutes=10), valid_from=date(2026, 10, 19), provenance="préfet"
    )
    of_sejour = Commitment(
        within=timedelta(minutes=20), share=0.9, provenance="comité", valid_from=date(2026, 11, 16), queue="sejour"
    )
    slower = replace(standard.commitments[0], within=timedelta(seconds=30), share=0.8, valid_from=date(2026, 11, 5))
    answered = Target(measure="answer_rate", value=0.9, provenance="préfet", valid_from=date(2026, 12, 10))
    return [
        replace(sud, commitments=(*sud.commitments, stricter, of_sejour)),
        _open_on(nord, date(2026, 12, 31), (time(9), time(11))),
        _open_on(
            replace(standard, commitments=(*standard.commitments, slower), targets=(*standard.targets, answered)),
            SUNDAY,
            (time(1), time(5)),
        ),
    ]


def _open_on(plan: Plan, day: date, span: tuple[time, time]) -> Plan:
    return replace(plan, hours=replace(plan.hours, exceptions={**plan.hours.exceptions, day: (span,)}))


def working_days(plans: Iterable[Plan]) -> list[date]:
    every = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return [day for day in every if day != SUNDAY and any(plan.hours.day(day).spans for plan in plans)]


def records(plans: Sequence[Plan], days: Iterable[date], hand_made: Iterable[date] = HAND_MADE) -> list[Record]:
    """Those of simulated days and of the lives above, each as the journal takes it."""
    events = [sent.event for day in days for sent in simulated_day(day, 1, PARIS)]
    events = [event for event in events if (event.area, event.at.astimezone(PARIS).date()) not in UNHEARD]
    for day in hand_made:
        midnight = datetime.combine(day, time.min, PARIS)
        events += lives((HERE / "lives.txt").read_text(encoding="utf-8"), midnight)
        events += lives("\n".join(muddled(Random(f"{day}"))), midnight)
    sunday = datetime.fromisoformat(f"{SUNDAY}T00:00:00+00:00")
    events += lives((HERE / "lives_by_utc.txt").read_text(encoding="utf-8"), sunday)
    return kept(events, plans[0].site)


# ------------------------------------------------------------ lives


def lives(told: str, midnight: datetime) -> Iterator[Event]:
    """The events of lives, one a line: area, ticket or call, and what was told of it at which time.

    After a word, `@` names a queue, `#` a counter wanted, `!` a priority, `%` a cause, `~` an appointment; a time with
    "+1" before it is of the next day, one with "+3" of the third. `midnight` gives the zone of all times.
    """
    for line in told.strip().splitlines():
        area, visit, rest = line.split(" ", 2)
        for number, step in enumerate(rest.split(", ")):
            clock, word, *more = re.sub(r"\+(\d) ", r"+\1T", step).split()
            data = {"call" if word in OF_CALLS else "ticket": f"{midnight:%m%d}-{visit}", **_more(more, midnight)}
            if word == "issued":
                data["number"] = visit
            if word in ("called", "recalled", "answered"):
                data["counter"] = "g1"
            yield Event(
                at=_at(clock, midnight),
                area=area,
                device="hand",
                id=f"{midnight:%m%d}-{visit}-{number}",
                fact=msgspec.convert(data, FACTS[WORDS[word]]),
            )


def _more(words: Iterable[str], midnight: datetime) -> dict[str, str]:
    names = {"@": "queue", "#": "counter", "!": "priority", "%": "cause", "~": "appointment_at"}
    return {names[word[0]]: _at(word[1:], midnight).isoformat() if word[0] == "~" else word[1:] for word in words}


def _at(clock: str, midnight: datetime) -> datetime:
    """By the clock on the wall."""
    ahead, at = (int(clock[1]), clock[3:]) if clock[0] == "+" else (0, clock)
    day = midnight.date() + timedelta(days=ahead)
    return datetime.combine(day, time.fromisoformat(at), midnight.tzinfo)


def muddled(chance: Random) -> Iterator[str]:
    """Lives in which anything may follow anything, also at one instant; some lines have enough calls to overtake."""
    for area, words, queues in (
        ("sud", OF_TICKETS, ("sejour", "m1", "m2")),
        ("standard", OF_CALLS, ("operateurs", "m1")),
    ):
        for number in range(MUDDLED):
            first = _muddled(words[0] if area == "sud" else "queued", queues, chance) if chance.random() < 0.7 else None
            minute = chance.randrange(9 * 60, 15 * 60)
            steps = []
            for n in range(chance.randrange(1, 7)):
                word = first if first and not n else _muddled(chance.choice(words), queues, chance)
                # back in a line that no fact has named yet: which one that is, nobody can say
                word = f"requeued @{queues[0]}" if word == "requeued" and not first else word
                steps.append(f"{minute // 60:02}:{minute % 60:02} {word}")
                minute += chance.choice((0, 0, 1, 3, 12))
            yield f"{area} m{number}-{area} {', '.join(steps)}"


def _muddled(word: str, queues: Sequence[str], chance: Random) -> str:
    match word:
        case "issued":
            more = (
                f" @{chance.choice(queues)}{chance.choice(('', '', ' !priority', ' ~11:00', ' !appointment ~14:00'))}"
            )
        case "transferred":
            more = f" @{chance.choice(queues)}"
        case "queued":
            more = f" @{chance.choice(queues)}{chance.choice(('', '', ' !priority'))}"
        case "requeued" | "passed":
            more = f" @{chance.choice(queues)}" if chance.random() < 0.5 else ""
        case "overflowed":
            more = " %timeout"
        case _:
            more = ""
    return word + more
