"""A day of the telephone: the voice server, callers who wait for an operator, and operators who answer."""

from datetime import date

from msgspec import Struct

from deploy.demo.place import (
    CALLS,
    FIRST_EVENT,
    LAST_EVENT,
    MINUTE,
    OPERATORS_QUEUE,
    PBX,
    SWITCHBOARD,
    SWITCHBOARD_OPENS,
    hm,
)
from deploy.demo.post import Post
from deploy.demo.roster import operator_shifts, switchboard_closes
from deploy.demo.sending import Record
from deploy.demo.simulation import Agenda, arrivals, busyness, chances, hump, lognormal
from ticketing.events import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallFact,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    CallTransferred,
)

LINE = "accueil"
INFORMED = 0.35
PATIENCE = 90.0
TIMEOUT = 180.0
TALK, TALK_SPREAD = 2.1 * MINUTE, 0.8
SENT_ELSEWHERE = 0.07
ENDED_BY_AGENT = 0.3
OUTSIDE_HOURS = 0.12
"""Rate of calls before opening and after closing, relative to the floor of opening hours."""


class Caller(Struct, kw_only=True):
    call: str
    patience: float


class SwitchboardDay:
    def __init__(self, day: date, seed: int, record: Record) -> None:
        self._day, self._record = day, record
        self._chance = chances(day, seed, SWITCHBOARD)
        self._busy = busyness(day, chances(day, seed, f"{SWITCHBOARD}/busy"))
        self._closes = switchboard_closes(day)
        self._agenda = Agenda()
        self._received = 0
        self._line: list[Caller] = []
        self._posts = [
            Post(SWITCHBOARD, shift, (OPERATORS_QUEUE,), record, device=PBX) for shift in operator_shifts(day, seed)
        ]

    def run(self) -> None:
        for at in arrivals(self._chance, CALLS * self._busy, self._rate, FIRST_EVENT + MINUTE, LAST_EVENT - 4 * MINUTE):
            self._agenda.plan(at, self._receive)
        self._agenda.plan(SWITCHBOARD_OPENS - 5 * MINUTE, self._tick)
        self._agenda.run()

    def _rate(self, at: float) -> float:
        if not SWITCHBOARD_OPENS <= at < self._closes:
            return OUTSIDE_HOURS
        lunch = 0.45 * hump(at, hm(12, 50), 30 * MINUTE)
        return 0.75 - lunch + 0.5 * hump(at, hm(9, 50), 55 * MINUTE) + 0.35 * hump(at, hm(14, 25), 50 * MINUTE)

    def _receive(self, now: float) -> None:
        self._received += 1
        call = f"{self._day:%Y%m%d}-c{self._received:04d}"
        self._note(now, CallReceived(call=call, line=LINE))
        listens = now + self._chance.uniform(10, 25)
        closed = not SWITCHBOARD_OPENS <= now < self._closes
        if closed or self._chance.random() < INFORMED:
            self._agenda.plan(listens, lambda then: self._inform(call, then))
        else:
            self._agenda.plan(listens, lambda then: self._queue(call, then))

    def _inform(self, call: str, now: float) -> None:
        self._note(now, CallInformed(call=call))
        hangs_up = now + self._chance.uniform(5, 45)
        self._agenda.plan(hangs_up, lambda then: self._note(then, CallEnded(call=call, by="caller")))

    def _queue(self, call: str, now: float) -> None:
        self._note(now, CallQueued(call=call, queue=OPERATORS_QUEUE))
        if not any(post.open for post in self._posts):
            nobody = CallOverflowed(call=call, cause="no_agent")
            self._agenda.plan(now + self._chance.uniform(1, 3), lambda then: self._note(then, nobody))
            return
        caller = Caller(call=call, patience=self._chance.expovariate(1 / PATIENCE))
        self._line.append(caller)
        self._agenda.plan(now + min(caller.patience, TIMEOUT), lambda then: self._leave(caller, then))
        self._move(now)

    def _leave(self, caller: Caller, now: float) -> None:
        if caller not in self._line:
            return
        self._line.remove(caller)
        if caller.patience > TIMEOUT:
            self._note(now, CallOverflowed(call=caller.call, cause="timeout"))
        else:
            self._note(now, CallAbandoned(call=caller.call))

    def _tick(self, now: float) -> None:
        self._move(now)
        if not all(post.gone for post in self._posts):
            self._agenda.plan(now + self._chance.uniform(5, 15), self._tick)

    def _move(self, now: float) -> None:
        """Every operator who is off the telephone opens, pauses, closes, or lets it ring for the next caller."""
        for post in sorted(self._posts, key=lambda post: post.free_since):
            empty = not self._line
            if post.look(now, done=empty, line_empty=empty) and self._line:
                self._ring(post, self._line.pop(0), now)

    def _ring(self, post: Post, caller: Caller, now: float) -> None:
        post.busy = True
        answered = now + self._chance.uniform(2, 6)
        self._agenda.plan(answered, lambda then: self._answer(post, caller, then))

    def _answer(self, post: Post, caller: Caller, now: float) -> None:
        self._note(now, CallAnswered(call=caller.call, counter=post.counter))
        talks = max(lognormal(self._chance, TALK, TALK_SPREAD), 8.0)
        self._agenda.plan(now + talks, lambda then: self._hang_up(post, caller, then))

    def _hang_up(self, post: Post, caller: Caller, now: float) -> None:
        if self._chance.random() < SENT_ELSEWHERE:
            self._note(now, CallTransferred(call=caller.call))
        else:
            by_agent = self._chance.random() < ENDED_BY_AGENT
            self._note(now, CallEnded(call=caller.call, by="agent" if by_agent else "caller"))

        def rest(then: float) -> None:
            post.busy, post.free_since = False, then
            self._move(then)

        self._agenda.plan(now + self._chance.uniform(3, 10), rest)

    def _note(self, now: float, fact: CallFact) -> None:
        self._record.note(now, SWITCHBOARD, PBX, fact)
