"""A hall at an instant, and what happens in it from there on: one account of it, for the days and for the oracle."""

from collections import deque
from collections.abc import Callable
from copy import copy
from heapq import heappop, heappush
from random import Random
from typing import Literal

from msgspec import Struct

from deploy.demo.place import MINUTE
from tests.bench.halls.law import Arrivals, Kind, Law, Shift
from ticketing.events import Priority

FORGOTTEN = 20 * MINUTE
"""Whoever has waited longer is called whatever the counter prefers."""
LEAD = 15 * MINUTE
"""The longest time before an appointment at which its customer comes."""

State = Literal["closed", "paused", "free", "busy", "gone"]
What = Literal["issued", "called", "started", "ended", "no_show", "opened", "paused", "resumed", "closed"]


class Ticket(Struct, frozen=True, gc=False):
    """`due`: when its wait begins to count, the later of arrival and appointment."""

    number: int
    queue: int
    priority: Priority
    arrived: float
    due: float


class Note(Struct, frozen=True, gc=False):
    at: float
    what: What
    post: int | None
    ticket: Ticket | None


class Post:
    """A counter. What nobody can see yet is in the agenda alone: when it will be free, and whether anybody comes."""

    __slots__ = ("back", "called", "number", "pauses_taken", "serves", "shift", "started", "state", "ticket")

    def __init__(self, number: int, serves: tuple[int, ...], shift: Shift) -> None:
        self.number, self.serves, self.shift = number, serves, shift
        self.state: State = "closed"
        self.back = shift.opens
        """When it is staffed again, while closed or paused."""
        self.pauses_taken = 0
        self.ticket: Ticket | None = None
        self.called = self.started = 0.0
        """Of the ticket; started is in the future while somebody walks, and infinite if nobody comes."""

    def copy(self) -> "Post":
        other = Post(self.number, self.serves, self.shift)
        other.state, other.back, other.pauses_taken = self.state, self.back, self.pauses_taken
        other.ticket, other.called, other.started = self.ticket, self.called, self.started
        return other


class Hall:
    """`first`: priority tickets and appointments due, by queue; `plain`: the others; `early`: appointments not due.

    Each is in the order of what is due first, those who have silently left among them.
    """

    def __init__(self, law: Law, chance: Random, arrivals: Arrivals) -> None:
        self.law, self.chance, self.arrivals = law, chance, arrivals
        self.posts = [
            Post(number, serves, shift)
            for number, (serves, shift) in enumerate(zip(law.serves, law.shifts, strict=True))
        ]
        self.first: list[deque[Ticket]] = [deque() for _ in law.services]
        self.plain: list[deque[Ticket]] = [deque() for _ in law.services]
        self.early: list[deque[Ticket]] = [deque() for _ in law.services]
        self.issued = 0
        self.awaited: Ticket | None = None
        """Whose call ends the run."""
        self.notes: list[Note] | None = None
        self.watch: Callable[[Hall, Ticket], None] | None = None
        """Called with each ticket before it joins the line."""
        self._agenda: list[tuple[float, int, Callable[..., None], object]] = []
        self._planned = 0
        self._found: float | None = None

    def snapshot(self) -> "Hall":
        """The same hall at this instant, without its agenda: nobody knows what comes next."""
        other = copy(self)
        other.posts = [post.copy() for post in self.posts]
        other.first, other.plain, other.early = ([deque(line) for line in lines] for lines in self._lines)
        other.notes, other.watch, other._agenda = None, None, []
        return other

    @property
    def _lines(self) -> tuple[list[deque[Ticket]], ...]:
        return self.first, self.plain, self.early

    def begin(self, now: float) -> None:
        """Plans what the law and the lines hold in store, without the ends of what is going on at the counters."""
        for post in self.posts:
            if post.state in ("closed", "paused"):
                self.plan(post.back, self._look, post)
            for pause in post.shift.pauses[post.pauses_taken :]:
                self.plan(max(pause.since, now), self._look, post)
            self.plan(max(post.shift.ends, now), self._look, post)
        for line in self.early:
            for ticket in line:
                self.plan(ticket.due, self._fall_due, ticket)
        self._expect(now)

    def plan(self, at: float, action: Callable[..., None], what: object) -> None:
        self._planned += 1
        heappush(self._agenda, (at, self._planned, action, what))

    def run(self) -> float | None:
        """Until the awaited ticket is called, and when that is; None, and to the end of the day, if it never is."""
        agenda = self._agenda
        while agenda and self._found is None:
            now, _, action, what = heappop(agenda)
            action(what, now)
        return self._found

    # ------------------------------------------------------------ the line

    def _expect(self, now: float) -> None:
        if coming := self.arrivals.next(now, self.chance):
            self.plan(coming[0], self._arrive, coming[1])

    def _arrive(self, kind: Kind, now: float) -> None:
        queue, priority = kind
        self._expect(now)
        due = now + self.chance.uniform(0, LEAD) if priority == "appointment" else now
        self.issued += 1
        ticket = Ticket(self.issued, queue, priority, now, due)
        if self.watch:
            self.watch(self, ticket)
        self.join(ticket, now)

    def join(self, ticket: Ticket, now: float) -> None:
        self._note(now, "issued", None, ticket)
        if ticket.due > now:
            line = self.early[ticket.queue]
            line.insert(sum(other.due <= ticket.due for other in line), ticket)
            self.plan(ticket.due, self._fall_due, ticket)
        else:
            (self.plain if ticket.priority == "none" else self.first)[ticket.queue].append(ticket)
        if post := self.free_for(ticket.queue):
            self._next(post, now)

    def _fall_due(self, ticket: Ticket, _: float) -> None:
        line = self.early[ticket.queue]
        if ticket in line:
            line.remove(ticket)
            self.first[ticket.queue].append(ticket)

    def free_for(self, queue: int) -> Post | None:
        """The free counter that would take a newcomer: the one that prefers the queue most."""
        free = [post for post in self.posts if post.state == "free" and queue in post.serves]
        return min(free, key=lambda post: post.serves.index(queue), default=None)

    def _take(self, post: Post, now: float) -> Ticket | None:
        """Priority and appointments due; then whoever is forgotten; then by the counter's preference; then early ones.

        In each, who is due first is first.
        """
        serves, first, plain = post.serves, self.first, self.plain
        chosen: Ticket | None = None
        for queue in serves:
            if first[queue] and (chosen is None or first[queue][0].due < chosen.due):
                chosen = first[queue][0]
        if chosen:
            return first[chosen.queue].popleft()
        for queue in serves:
            line = plain[queue]
            if line and now - line[0].due > FORGOTTEN and (chosen is None or line[0].due < chosen.due):
                chosen = line[0]
        if chosen:
            return plain[chosen.queue].popleft()
        for lines in (plain, self.early):
            for queue in serves:
                if lines[queue]:
                    return lines[queue].popleft()
        return None

    # ------------------------------------------------------------ counters

    def _look(self, post: Post, now: float) -> None:
        """Somebody who is not busy looks at the clock."""
        if post.state in ("busy", "gone") or now < post.back:
            return
        if post.state != "free":
            self._note(now, "opened" if post.state == "closed" else "resumed", post, None)
        self._next(post, now)

    def free(self, post: Post, now: float) -> None:
        """Done with whoever was there or did not come."""
        self._note(now, "no_show" if post.started > now else "ended", post, post.ticket)
        post.ticket = None
        self._next(post, now)

    def _next(self, post: Post, now: float) -> None:
        pauses = post.shift.pauses
        if post.pauses_taken < len(pauses) and now >= pauses[post.pauses_taken].since:
            pause = pauses[post.pauses_taken]
            post.pauses_taken += 1
            post.state, post.back = "paused", max(now + pause.length, pause.back)
            self._note(now, "paused", post, None)
            self.plan(post.back, self._look, post)
        elif now >= post.shift.ends:
            post.state = "gone"
            self._note(now, "closed", post, None)
        elif ticket := self._take(post, now):
            self._call(post, ticket, now)
        else:
            post.state = "free"

    def _call(self, post: Post, ticket: Ticket, now: float) -> None:
        if ticket is self.awaited:
            self._found = now
            return
        law, chance = self.law, self.chance
        post.state, post.ticket, post.called = "busy", ticket, now
        self._note(now, "called", post, ticket)
        if law.patience and law.patience.draw(chance) < now - ticket.due:
            self.misses(post, now + chance.uniform(*law.absent))
        else:
            self.serves(post, now + chance.uniform(*law.walk))

    def misses(self, post: Post, until: float) -> None:
        post.started = float("inf")
        self.plan(until, self.free, post)

    def serves(self, post: Post, begins: float) -> None:
        assert post.ticket
        post.started = begins
        self._note(begins, "started", post, post.ticket)
        self.plan(begins + self.law.services[post.ticket.queue].draw(self.chance), self.free, post)

    def _note(self, at: float, what: What, post: Post | None, ticket: Ticket | None) -> None:
        if self.notes is not None:
            self.notes.append(Note(at, what, post.number if post else None, ticket))
