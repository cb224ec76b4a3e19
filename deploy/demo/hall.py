"""A day in a reception hall: tickets printed, called and served, as the kiosks and the counters' software report it."""

from collections import Counter as Tally
from datetime import date
from functools import partial

from deploy.demo.line import Line, Waiting
from deploy.demo.place import MINUTE, WITHOUT_START, Hall
from deploy.demo.post import Post
from deploy.demo.roster import CutOff, hall_shifts
from deploy.demo.sending import Record
from deploy.demo.simulation import Agenda, chances, lognormal
from deploy.demo.visitors import LAST_TICKET, Visitor, visitors
from ticketing.events import (
    ServiceEnded,
    ServiceStarted,
    TicketAbandoned,
    TicketCalled,
    TicketCancelled,
    TicketFact,
    TicketIssued,
    TicketNoShow,
    TicketRecalled,
    TicketRequeued,
    TicketTransferred,
)

RECALL_AFTER = 45.0
CALLED_BACK_AFTER_NO_SHOW = 0.12
PRESSED_FROM = 9 * MINUTE
HURRY = 0.8
"""Clerks put off their breaks and are quicker when somebody has waited long."""
WATCHED_QUEUE = "sejour"
"""The queue for whose sake the reinforcement is called."""


class HallDay:
    def __init__(self, hall: Hall, day: date, seed: int, record: Record, cut: CutOff) -> None:
        self._hall, self._day, self._seed, self._record, self._cut = hall, day, seed, record, cut
        self._chance = chances(day, seed, f"{hall.area}/hall")
        self._agenda = Agenda()
        self._line = Line()
        self._printed: Tally[str] = Tally()
        self._coming = 0
        self._posts = [
            Post(hall.area, shift, hall.counters[shift.counter], record) for shift in hall_shifts(hall, day, seed)
        ]
        # The supervisor looks at the board and calls for help when somebody has waited too long.
        self._help_at = self._chance.uniform(15, 17.5) * MINUTE
        self._help_takes = self._chance.uniform(4, 7) * MINUTE

    def run(self) -> None:
        for visitor in visitors(self._hall, self._day, self._seed):
            self._coming += 1
            self._agenda.plan(visitor.arrives, partial(self._arrive, visitor))
        self._plan_test_prints()
        self._agenda.plan(self._hall.opens - 10 * MINUTE, self._tick)
        self._agenda.run()

    # ------------------------------------------------------------ kiosks

    def _arrive(self, visitor: Visitor, now: float) -> None:
        self._coming -= 1
        ticket, number = self._print(visitor.service.letter, visitor.kiosk, now)
        appointment = None if visitor.appointment is None else self._record.midnight.plus(visitor.appointment)
        issued = TicketIssued(
            ticket=ticket,
            number=number,
            queue=visitor.service.queue,
            reason=visitor.reason,
            priority=visitor.priority,
            appointment_at=appointment,
        )
        self._note(now, visitor.kiosk, issued)
        somebody = Waiting(
            ticket=ticket,
            visitor=visitor,
            queue=visitor.service.queue,
            since=now,
            here_from=now,
            leaves=max(now, visitor.appointment or 0.0) + visitor.patience,
        )
        self._join(somebody, now)
        if visitor.gives_back:
            self._agenda.plan(somebody.leaves, lambda then: self._give_back(somebody, then))

    def _print(self, letter: str, kiosk: str, now: float) -> tuple[str, str]:
        """Ticket and number; a kiosk without network prints numbers from a reserve of its own."""
        alone = (self._hall.area, kiosk) == (self._cut.area, self._cut.device) and (
            self._cut.since <= now < self._cut.until
        )
        series = f"{letter}9" if alone else letter
        self._printed[series] += 1
        number = f"{series}{self._printed[series]:0{4 - len(series)}d}"
        return f"{self._day:%Y%m%d}-{number}", number

    def _give_back(self, somebody: Waiting, now: float) -> None:
        if somebody.legs == 1 and self._line.leave(somebody):
            self._note(now, next(iter(self._hall.kiosks)), TicketAbandoned(ticket=somebody.ticket))

    def _plan_test_prints(self) -> None:
        kiosks = list(self._hall.kiosks)
        self._plan_test_print(self._hall.opens - self._chance.uniform(15, 18) * MINUTE, kiosks[0], "essai du matin")
        for _ in range(self._chance.randint(0, 2)):
            at = self._chance.uniform(self._hall.opens, self._hall.closes - LAST_TICKET)
            self._plan_test_print(at, kiosks[-1], "changement de papier")

    def _plan_test_print(self, at: float, kiosk: str, reason: str) -> None:
        service = self._chance.choice(self._hall.services)
        after = self._chance.uniform(3, 6)

        def cancel_after(now: float) -> None:
            ticket, number = self._print(service.letter, kiosk, now)
            self._note(now, kiosk, TicketIssued(ticket=ticket, number=number, queue=service.queue))
            cancelled = TicketCancelled(ticket=ticket, reason=reason)
            self._agenda.plan(now + after, lambda then: self._note(then, kiosk, cancelled))

        self._agenda.plan(at, cancel_after)

    # ------------------------------------------------------------ counters

    def _join(self, somebody: Waiting, now: float) -> None:
        # Nobody is called in the second in which the ticket is printed.
        somebody.here_from = max(now, somebody.here_from) + self._chance.uniform(3, 7)
        self._line.join(somebody)
        self._agenda.plan(somebody.here_from, self._move)

    def _tick(self, now: float) -> None:
        self._call_for_help(now)
        self._move(now)
        if not all(post.gone for post in self._posts):
            self._agenda.plan(now + self._chance.uniform(10, 25), self._tick)

    def _call_for_help(self, now: float) -> None:
        if self._line.longest_wait((WATCHED_QUEUE,), now) < self._help_at or now > self._hall.noon - 45 * MINUTE:
            return
        for post in self._posts:
            post.help_from(now + self._help_takes)

    def _move(self, now: float) -> None:
        """Every counter that has nobody before it does what is due: open, pause, call, or close."""
        for post in sorted(self._posts, key=lambda post: post.free_since):
            free = post.look(
                now,
                done=self._done(post, now),
                line_empty=self._line.empty(post.queues),
                pressed=self._pressed(post.queues, now),
            )
            if free and self._calling(now) and (somebody := self._line.take(post.queues, now)) is not None:
                self._call(post, somebody, now)

    def _done(self, post: Post, now: float) -> bool:
        over = now >= self._hall.closes and self._coming == 0
        return over and self._line.empty(post.queues)

    def _pressed(self, queues: tuple[str, ...], now: float) -> bool:
        return self._line.longest_wait(queues, now) > PRESSED_FROM

    def _calling(self, now: float) -> bool:
        return now >= self._hall.opens and not self._hall.reopens - 12 * MINUTE <= now < self._hall.reopens

    def _call(self, post: Post, somebody: Waiting, now: float) -> None:
        post.busy = True
        self._note(now, post.device, TicketCalled(ticket=somebody.ticket, counter=post.counter))
        walk = min(20 + self._chance.expovariate(1 / 11), 60)
        recall = now + RECALL_AFTER + self._chance.uniform(-4, 4)
        gone = somebody.leaves <= now
        comes = now + walk
        if gone or comes > recall + 5:
            recalled = TicketRecalled(ticket=somebody.ticket, counter=post.counter)
            self._agenda.plan(recall, lambda then: self._note(then, post.device, recalled))
        if gone:
            self._agenda.plan(recall + self._chance.uniform(25, 45), lambda then: self._no_show(post, somebody, then))
        else:
            self._agenda.plan(comes, lambda then: self._serve(post, somebody, then))

    def _no_show(self, post: Post, somebody: Waiting, now: float) -> None:
        self._note(now, post.device, TicketNoShow(ticket=somebody.ticket, counter=post.counter))
        self._free(post, now)
        if somebody.legs == 1 and self._chance.random() < CALLED_BACK_AFTER_NO_SHOW:
            back = now + self._chance.uniform(3, 9) * MINUTE
            self._agenda.plan(back, lambda then: self._come_back(somebody, then))

    def _come_back(self, somebody: Waiting, now: float) -> None:
        """Somebody who was called in vain shows up at a counter after all."""
        seen = [post for post in self._posts if post.open and somebody.queue in post.queues]
        if seen and self._time_left(now):
            self._note(now, seen[0].device, TicketRequeued(ticket=somebody.ticket))
            self._next_leg(somebody, somebody.queue, now, away=0.0)

    def _serve(self, post: Post, somebody: Waiting, now: float) -> None:
        if post.counter not in WITHOUT_START:
            self._note(now, post.device, ServiceStarted(ticket=somebody.ticket, counter=post.counter))
        service = next(each for each in self._hall.services if each.queue == somebody.queue)
        pace = HURRY if self._pressed((somebody.queue,), now) else 1.0
        lasts = max(lognormal(self._chance, pace * service.minutes, service.spread) * MINUTE, 20.0)
        target, share = service.sent_on or (None, 0.0)
        drawn = self._chance.random()
        may_go_on = somebody.legs == 1 and self._time_left(now + lasts)

        def finish(then: float) -> None:
            if target is not None and may_go_on and drawn < share:
                self._note(then, post.device, TicketTransferred(ticket=somebody.ticket, queue=target))
                self._next_leg(somebody, target, then, away=0.0)
            elif may_go_on and drawn > 1 - service.fetching:
                self._note(then, post.device, TicketRequeued(ticket=somebody.ticket))
                self._next_leg(somebody, somebody.queue, then, away=self._chance.uniform(3, 8) * MINUTE)
            else:
                self._note(then, post.device, ServiceEnded(ticket=somebody.ticket, counter=post.counter))
            self._free(post, then)

        self._agenda.plan(now + lasts, finish)

    def _time_left(self, now: float) -> bool:
        """Nobody is put back in line when it is about to be finished, for lunch or for the day."""
        hall, margin = self._hall, 20 * MINUTE
        return now < hall.noon - margin or hall.reopens <= now < hall.closes - margin

    def _next_leg(self, somebody: Waiting, queue: str, now: float, away: float) -> None:
        leg = Waiting(
            ticket=somebody.ticket,
            visitor=somebody.visitor,
            queue=queue,
            since=now,
            here_from=now + away,
            leaves=now + max(somebody.visitor.patience, 30 * MINUTE),
            legs=somebody.legs + 1,
        )
        self._join(leg, now)

    def _free(self, post: Post, now: float) -> None:
        ready = now + self._chance.uniform(4, 12)

        def rest(then: float) -> None:
            post.busy, post.free_since = False, then
            self._move(then)

        self._agenda.plan(ready, rest)

    def _note(self, now: float, device: str, fact: TicketFact) -> None:
        self._record.note(now, self._hall.area, device, fact)
