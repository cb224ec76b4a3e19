"""Three months of a prefecture: simulated days, and by hand all that the simulation lacks."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from collector.messages import Record
from deploy.configuration import load
from deploy.demo.day import simulated_day
from tests.build import PARIS
from ticketing.events import FACTS, TYPES, Event
from ticketing.plan import Commitment, Plan, Target

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
"""With the clocks set back on October 25, the holiday of November 11, and December 24, closed for once."""
MONTHS = [date(2026, month, 1) for month in (10, 11, 12)]
SUNDAY = date(2026, 10, 25)
HAND_MADE = [date(2026, 10, 7), date(2026, 10, 26), date(2026, 11, 10), date(2026, 11, 27), date(2026, 12, 23)]
"""Days on which the lives below are led, too."""

# Each line: a ticket or call, then what was told of it at which time. `@` names a queue, `#` a counter wanted, `!` a
# priority, `~` an appointment; a time after "+1" is of the next day. The area comes first.
LIVES = """
sud t01 08:10 issued @sejour, 08:41 called, 08:42 started, 08:50 transferred @asile, 09:05 called, 09:06 started, 09:15 transferred @remise, 09:30 called, 09:40 ended
sud t02 08:31 issued @sejour, 08:50 called, 08:52 no_show, 09:05 requeued, 09:20 called, 09:22 started, 09:30 ended
sud t03 08:31:20 issued @sejour, 08:50 called, 08:52 no_show, 09:05 called, 09:06 started, 09:10 ended
sud t04 08:32 issued @asile, 08:55 called, 08:56 recalled, 08:58 abandoned
sud t05 08:33 issued @asile, 08:40 abandoned
sud t06 09:00 issued @nouvelle, 09:10 called, 09:12 started, 09:20 ended
sud t07 09:01 issued @nouvelle
sud t08 09:02 issued @nouvelle, 09:20 called, 09:30 ended
sud t09 16:05 issued @sejour
sud t10 16:06 issued @sejour, 16:20 called
sud t11 16:07 issued @sejour, 16:21 called, 16:22 started
sud t12 09:40 called, 09:41 started, 09:45 ended
sud t13 09:42 called, 09:50 transferred @asile, 10:05 called, 10:06 started, 10:10 ended
sud t14 09:43 called, 09:43:03 issued @sejour, 09:50 ended
sud t15 09:44 called, 10:20 issued @sejour, 10:30 ended
sud t16 08:00 issued @sejour !appointment ~09:30, 09:36 called, 09:37 started, 09:50 ended
sud t17 09:50 issued @sejour !appointment ~09:30, 09:55 called, 09:56 started, 10:00 ended
sud t18 07:50 issued @sejour !appointment ~08:00, 08:35 called, 08:36 started, 08:45 ended
sud t19 10:00 issued @sejour !appointment ~11:00, 10:20 called, 10:21 started, 10:30 ended
sud t20 10:01 issued @sejour !appointment ~+1 11:00, 10:22 called, 10:23 started, 10:31 ended
sud t21 10:02 issued @asile !priority, 10:05 called, 10:06 started, 10:30 ended
sud t22 10:03 issued @asile, 10:04 cancelled
sud t23 10:03 issued @asile, 10:14 called, 10:15 started, 10:20 ended, 10:21 cancelled
sud t24 10:05 issued @remise, 10:07 transferred @sejour #g2, 10:30 called, 10:31 started, 10:40 ended
sud t25 10:06 issued @remise, 10:30 requeued, 10:50 called, 11:00 ended
sud t26 10:07 issued @remise, 10:40 called, 10:41 started, 10:45 requeued, 11:20 called, 11:30 ended
sud t27 10:08 issued @remise, 10:42 called, 10:45 requeued @sejour, 11:21 called, 11:31 ended
sud t28 12:20 issued @sejour, 13:20 called, 13:21 started, 13:40 ended
sud t29 12:30 issued @sejour, 12:40 called, 12:45 ended
sud t30 17:10 issued @sejour, 17:15 called, 17:16 started, 17:20 ended
sud t31 20:00 issued @sejour
sud t32 10:10 issued @pan, 10:20 ended
sud t33 10:11 issued @pan, 10:21 started, 10:31 ended
sud t34 10:12 issued @pan, 10:22 no_show
sud t35 10:13 issued @pan, 10:23 called, 10:24 ended, 10:25 called, 10:26 started, 10:40 ended
sud t36 10:14 issued @pan, 10:24 called, 10:25 started, 10:30 ended, 10:32 ended
sud t37 10:15 issued @pan, 10:16 issued @sejour, 10:26 called, 10:27 started, 10:35 ended
sud t38 10:17 issued @pan, 10:17 called, 10:17 started, 10:17 ended
sud t39 10:18 issued @pan, 10:30 abandoned, 10:40 called, 10:41 started, 10:50 ended
sud t40 11:50 issued @sejour, +1 09:10 called, +1 09:12 started, +1 09:20 ended
sud t41 23:50 issued @sejour, +1 00:20 called, +1 00:30 ended
sud t42 10:20 issued @pan, 10:30 called, 10:31 started, 10:40 abandoned
sud t43 10:21 issued @pan, 10:31 called, 10:33 no_show, 10:50 abandoned
sud t44 10:22 issued @pan, 10:32 called, 10:34 no_show, 10:51 ended
sud t45 10:23 issued @pan, 10:33 called, 10:35 started, 10:45 ended, 10:50 transferred @asile, 11:00 called, 11:01 started, 11:10 ended
sud t46 10:24 issued @pan, 10:34 called, 10:36 started, 10:46 ended, 10:47 requeued, 11:10 called, 11:12 ended
sud t47 10:25 issued @pan, 10:35 called, 10:36 no_show, 10:40 transferred @remise, 11:20 called, 11:25 ended
sud t48 10:26 abandoned
sud t49 10:27 ended
sud t50 10:28 no_show
sud t51 10:29 transferred @sejour, 10:50 called, 11:00 ended
sud t52 10:30 requeued, 10:51 called, 11:01 ended
sud t53 10:31 started, 10:40 ended
sud t54 10:32 recalled, 10:41 ended
sud t55 10:33 issued @pan, 10:43 called, 10:44 started, 10:46 called, 10:50 ended
sud t56 10:34 issued @pan, 10:44 called, 10:45 recalled, 10:46 recalled, 10:52 ended
sud t57 10:35 issued @pan, 10:45 called, 10:46 started, 10:48 recalled, 10:53 ended
sud t58 10:36 issued @pan !priority, 11:00 transferred @sejour, 11:30 abandoned
sud t59 12:00 issued @sejour, 13:16 called, 13:17 started, 13:30 ended
sud t60 08:30 issued @sejour, 08:45 called, 08:46 started, 08:50 ended
sud t61 08:30 issued @sejour, 08:45:00.001 called, 08:46 started, 08:50 ended
sud t62 13:30 issued @orphelins
sud t63 13:31 issued @orphelins, 14:00 called, 14:10 ended
sud t64 13:32 issued @orphelins, 14:01 called, 14:03 no_show
sud t65 13:33 issued @orphelins, 14:02 called, 14:10 ended
sud t66 13:34 issued @orphelins, 14:03 called, 14:10 ended
sud t67 13:35 issued @orphelins, 14:04:10 called, 14:10 ended
sud t68 13:36 issued @orphelins, 14:06 called, 14:10 ended
sud t69 13:20 issued @orphelins !priority
sud t70 13:30 transferred @orphelins
sud t71 11:10 issued @midi
sud t72 11:30 issued @midi, 11:50 called, 11:51 ended
sud t73 11:31 issued @midi, 11:52 called, 11:53 ended
sud t74 11:32 issued @midi, 11:53 called, 11:54 ended
sud t75 11:33 issued @midi, 11:54 called, 11:55 ended
sud t76 11:34 issued @midi, 11:55 called, 11:56 ended
sud t77 15:00 issued @soir
sud t78 15:01 issued @soir, 16:20 called, 16:21 ended
sud t79 15:02 issued @soir, 16:21 called, 16:22 ended
sud t80 15:03 issued @soir, 16:25 called, 16:26 ended
sud t81 15:04 issued @soir, 17:20 called, 17:21 ended
sud t82 15:05 issued @soir, 17:25 called, 17:26 ended
sud t83 10:40 issued @pan, 10:50 called, 10:51 started, 10:51 transferred @asile, 10:51 called, 10:51 ended
sud t84 10:41 issued @pan, 10:52 called, 10:52 no_show, 10:52 requeued
sud t85 02:10 issued @sejour
sud t86 10:42 issued @pan ~10:50, 11:02 called, 11:03 started, 11:10 ended
sud t87 10:43 issued @pan !appointment ~+1 09:00, 11:03 called, 11:04 started, 11:11 ended
sud t88 10:44 issued @pan !appointment, 11:04 called, 11:05 started, 11:12 ended
nord t01 08:20 issued @accueil, 08:46 called, 08:47 started, 08:50 transferred @permis, 09:30 called, 09:31 started, 09:40 ended
nord t02 09:00 issued @permis
nord t03 11:55 issued @permis, 12:10 called, 12:20 ended
nord t04 15:50 issued @reunions, 16:20 called
nord t05 09:00 called, 09:05 ended
standard c01 09:00 received, 09:00:20 queued @operateurs, 09:00:30 answered, 09:02 passed @operateurs, 09:03 answered, 09:05 hung_up
standard c02 09:01 received, 09:01:20 queued @operateurs, 09:01:50 lost, 09:01:50 hung_up
standard c03 09:02 received, 09:02:10 queued @operateurs, 09:02:15 hung_up
standard c04 09:03 received, 09:03:30 informed, 09:03:35 hung_up
standard c05 09:04 received, 09:04:20 lost
standard c06 09:05 received, 09:05:20 overflowed %full
standard c07 09:06 received, 09:06:20 queued @operateurs, 09:07:20 overflowed %timeout
standard c08 09:07 received, 09:07:20 queued @operateurs, 09:07:30 answered, 09:08 passed
standard c09 09:08 received, 09:08:20 queued @operateurs, 09:08:40 passed
standard c10 09:09 received
standard c11 09:10 received, 09:10:30 informed, 09:10:40 queued @operateurs, 09:10:50 answered, 09:12 hung_up
standard c12 09:11 received, 09:11:30 informed
standard c13 07:30 received, 07:30:20 queued @operateurs, 07:31 answered, 07:32 hung_up
standard c14 08:29:50 received, 08:30:05 queued @operateurs, 08:30:10 answered, 08:31 hung_up
standard c15 20:00 received, 20:01 informed
standard c16 16:20 received, 16:20:30 queued @operateurs
standard c17 16:21 received, 16:21:30 queued @operateurs, 16:22 answered
standard c18 09:12 queued @operateurs, 09:12:20 answered, 09:13 hung_up
standard c19 09:13 queued @operateurs, 09:13:20.001 answered, 09:14 hung_up
standard c20 09:14 answered, 09:15 hung_up
standard c21 09:15 received, 09:15:10 queued @operateurs !priority, 09:15:12 answered, 09:16 hung_up
standard c22 09:16 received, 09:16:10 queued @operateurs, 09:16:40 queued @autre, 09:17 answered, 09:18 hung_up
standard c23 09:17 received, 09:17:10 queued @operateurs, 09:17:40 passed @autre, 09:18 lost
standard c24 09:18 received, 09:18:10 queued @operateurs, 09:18:40 answered, 09:18:50 lost
standard c25 16:59:50 received, 17:00:05 queued @operateurs, 17:00:20 answered, 17:05 hung_up
standard c26 09:19 received, 09:19:10 queued @autre
standard c27 09:20 received, 09:20:10 hung_up
standard c28 09:21 received, 09:21:10 passed @operateurs, 09:21:20 answered, 09:22 hung_up
standard c29 09:22 received, 09:22:10 passed
standard c30 09:23 received, 09:23:10 queued @operateurs, 09:23:15 overflowed %timeout
standard c31 23:59:50 received, +1 00:00:05 queued @operateurs, +1 00:01 lost
standard c32 09:24 received, 09:24:10 queued @operateurs, 09:24:40 answered, 09:25 passed @autre, 09:26 lost
standard c33 09:25 received, 09:25:10 queued @operateurs, 09:25:40 lost, 09:26 answered, 09:27 hung_up
standard c34 09:26 hung_up
standard c35 09:27 received, 09:27:05 overflowed %full, 09:27:10 queued @operateurs, 09:27:20 answered, 09:28 hung_up
standard c36 09:28 received, 09:28:05 queued @operateurs, 09:28:10 answered, 09:29 overflowed %key
standard c37 09:29 informed, 09:29:10 hung_up
standard c38 09:30 received, 09:30:10 hung_up, 09:30:20 queued @operateurs, 09:30:30 answered, 09:31 hung_up
"""

# On the Sunday on which the clocks are set back: both halls are closed, the switchboard is open from 1 to 5. By UTC,
# so that 00:30 and 01:30 are both half past two in Troyes.
BY_UTC = """
sud s01 00:20 issued @sejour, 00:50 called, 00:55 ended
sud s02 01:20 issued @sejour, 01:50 called, 01:55 ended
sud s03 00:40 issued @asile
standard s01 00:30 received, 00:30:10 queued @operateurs, 00:30:20 answered, 00:31 hung_up
standard s02 01:30 received, 01:30:10 queued @operateurs, 01:30:40 answered, 01:31 hung_up
standard s03 00:59:50 received, 00:59:55 queued @operateurs, 01:00:40 lost
standard s04 22:58 received, 22:59 queued @operateurs, 22:59:30 answered, 23:01 hung_up
"""

WORDS = {
    **{name: "ticket." + name for name in ("issued", "called", "recalled", "no_show", "abandoned", "transferred")},
    **{name: "ticket." + name for name in ("requeued", "cancelled")},
    "started": "service.started",
    "ended": "service.ended",
    **{name: "call." + name for name in ("received", "informed", "queued", "answered", "overflowed")},
    "hung_up": "call.ended",
    "lost": "call.abandoned",
    "passed": "call.transferred",
}


def plans() -> list[Plan]:
    """As shipped, and more: two commitments that change in mid-month, a queue with one of its own, odd hours."""
    sud, nord, standard = load(Path("deploy/vigie.toml")).plans()
    hall, telephone = sud.commitments[0], standard.commitments[0]
    sejour = Commitment(
        within=timedelta(minutes=20), share=0.9, provenance="comité local", valid_from=date(2026, 11, 16), queue="sejour"
    )
    stricter = replace(hall, within=timedelta(minutes=10), valid_from=date(2026, 10, 19), provenance="préfet")
    answer = next(target for target in standard.targets if target.measure == "answer_rate")
    more = Target(measure="answer_rate", value=0.9, provenance="préfet", valid_from=date(2026, 12, 10))
    assert answer.valid_from < more.valid_from
    night = {SUNDAY: ((time(1), time(5)),)}
    return [
        replace(sud, commitments=(*sud.commitments, stricter, sejour)),
        replace(nord, hours=replace(nord.hours, exceptions={**nord.hours.exceptions, date(2026, 12, 31): ((time(9), time(11)),)})),
        replace(
            standard,
            commitments=(*standard.commitments, replace(telephone, within=timedelta(seconds=30), share=0.8, valid_from=date(2026, 11, 5))),
            targets=(*standard.targets, more),
            hours=replace(standard.hours, exceptions={**standard.hours.exceptions, **night}),
        ),
    ]  # fmt: skip


def working_days(plans: Iterable[Plan]) -> list[date]:
    every = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return [day for day in every if day != SUNDAY and any(plan.hours.day(day).spans for plan in plans)]


def records(plans: list[Plan], days: Iterable[date], hand_made: Iterable[date] = HAND_MADE) -> list[Record]:
    """Those of simulated days and of the lives above, each as the journal takes it."""
    events = [sent.event for day in days for sent in simulated_day(day, 1, PARIS)]
    for day in hand_made:
        events += lives(LIVES, datetime.combine(day, time.min, PARIS), str(day))
    events += lives(BY_UTC, datetime.fromisoformat(f"{SUNDAY}T00:00:00+00:00"), str(SUNDAY))
    return [_record(plans[0].site, event) for event in events]


def _record(site: str, event: Event) -> Record:
    return Record(
        site=site,
        area=event.area,
        device=event.device,
        id=event.id,
        type=TYPES[type(event.fact)],
        time=event.at,
        at=event.at,
        received=event.at,
        sequence=event.sequence,
        data=msgspec.json.encode(event.fact).decode(),
    )


def lives(told: str, midnight: datetime, mark: str) -> Iterator[Event]:
    """`midnight` gives the zone of the clock; `mark` keeps tickets of several days apart."""
    for line in told.strip().splitlines():
        area, visit, rest = line.split(" ", 2)
        for number, step in enumerate(rest.split(", ")):
            words = step.split()
            ahead = 1 if words[0] == "+1" and words.pop(0) else 0
            name = words[1]
            kind = WORDS[name]
            data = {"call" if kind.startswith("call.") else "ticket": f"{mark}-{visit}"}
            if name == "issued":
                data["number"] = visit
            if name in ("called", "recalled", "answered"):
                data["counter"] = "g1"
            for number_of, word in enumerate(words):
                match word[0]:
                    case "@":
                        data["queue"] = word[1:]
                    case "#":
                        data["counter"] = word[1:]
                    case "!":
                        data["priority"] = word[1:]
                    case "%":
                        data["cause"] = word[1:]
                    case "~":
                        later = word == "~+1"
                        clock = words[number_of + 1] if later else word[1:]
                        data["appointment_at"] = _at(midnight, clock, int(later)).isoformat()
            yield Event(
                at=_at(midnight, words[0], ahead),
                area=area,
                device="hand",
                id=f"{mark}-{visit}-{number}",
                fact=msgspec.convert(data, FACTS[kind]),
            )


def _at(midnight: datetime, clock: str, ahead: int) -> datetime:
    """By the clock on the wall."""
    return datetime.combine(midnight.date() + timedelta(days=ahead), time.fromisoformat(clock), midnight.tzinfo)
