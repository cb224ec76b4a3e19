"""A hall simulated forward from what is known of it now: many futures at once, one column of the arrays each.

A future is made of a hall's lines (who waits and who will come, in order) and its counters (when each is free, when it
is staffed). Each step takes the counter that is free first, in all futures together, and lets it call whom it would:
of the lines that it serves, the one whose head waited longest, a place further down its preferences weighing
`strictness_s` of waiting, and priority more than anything. A counter with nobody to call takes the next one to come.
"""

import numpy as np
from msgspec import Struct

from ticketing.arrays import Flags, Floats, Ints

FIRST = 1e8
"""Seconds of waiting that priority weighs: more than anybody can wait, and than the strictest of preferences weigh."""
LATER = 1e9
"""What keeps those who have not come yet behind those who wait."""
CHECKED_EVERY = 8
"""Steps from one look at whether all is known to the next: looking costs as much as a step."""


class Lines(Struct, frozen=True, kw_only=True):
    """Who stands in which line, in each of R futures; times in seconds from now, those of the past negative.

    `entered`, `leaves`, `holds`: (R, N) of all lines one after the other, each closed by a customer at infinity, who
    never comes. Their turns in line, in order; until when they stay; how long they hold a counter. `starts`: (L,),
    where each line begins. `vain_s`, `pressed`: (L,), how long a call in vain holds a counter, and how much longer a
    service takes of somebody who has waited for `pressed_after_s`. `watched`: (R, N), those whose call is waited for:
    the simulation ends when it is known for all. `there`: (R, N), since when they are, where some come before their
    turn, by appointment: a counter that has nobody else calls them.
    """

    entered: Floats
    leaves: Floats
    holds: Floats
    starts: Ints
    vain_s: Floats
    pressed: Floats
    pressed_after_s: float
    watched: Flags
    there: Floats | None = None


class Desks(Struct, frozen=True, kw_only=True):
    """The counters. `free`: (R, C), when each can call again, inf for never. `ranks`: (V, C, L), seconds of waiting
    that stand against each line, inf for one that is not served; `version`: (R,), which of the V holds in each future.

    `away`, `back`: (R, C, K), when each goes away and comes back, in order, inf for no more. `stays`: (R, C, K),
    whether it then first serves those who wait.
    """

    free: Floats
    ranks: Floats
    version: Ints
    away: Floats
    back: Floats
    stays: Flags


def simulate(lines: Lines, desks: Desks, until_s: float = np.inf, most_steps: int = 3000) -> Floats:
    """When each of N customers is called, (R, N); inf where never, after `until_s`, or after so many calls and breaks.

    Calls after `until_s` may be told or not.
    """
    run = _Run(lines, desks)
    watched = np.flatnonzero(lines.watched)
    for step in range(1, most_steps + 1):
        now = run.step()
        if step % CHECKED_EVERY == 0:
            over: Flags = now >= until_s
            watched = run.missing(watched)
            if over.all() or over.take(watched // run.size).all():
                break
    return run.called.reshape(lines.entered.shape)


class _Run:
    """All futures at one step. Arrays of (R, ...) are read and written flat: a seat is an index of R N customers."""

    def __init__(self, lines: Lines, desks: Desks) -> None:
        self._futures, size = lines.entered.shape
        _, count, self._breaks = desks.away.shape
        kinds = desks.ranks.shape[2]
        column = np.arange(self._futures)
        self.size, self._at_line, self._at_desk = size, column * kinds, column * count
        self._entered, self._leaves, self._holds = lines.entered.ravel(), lines.leaves.ravel(), lines.holds.ravel()
        self._vain_s, self._pressed, self._pressed_after_s = lines.vain_s, lines.pressed, lines.pressed_after_s
        self._alike = bool((lines.pressed == 1).all())
        self._ranks = np.ascontiguousarray(desks.ranks).reshape(-1, kinds)
        # whom an idle counter takes: who comes next, of those it serves
        self._idle = np.where(np.isfinite(self._ranks), LATER, np.inf)
        self._version = desks.version * count
        self._away, self._back, self._stays = desks.away.ravel(), desks.back.ravel(), desks.stays.ravel()
        self._pause = np.arange(self._futures * count) * self._breaks
        self._goes = self._away.take(self._pause)
        self._staying = bool(desks.stays.any())
        self._free = desks.free.copy()
        self._free_flat = self._free.ravel()
        self._head = (lines.starts + column[:, None] * size).ravel()
        self._next = self._entered.take(self._head).reshape(self._futures, kinds)
        self._next_flat = self._next.ravel()
        there = lines.entered if lines.there is None else lines.there
        self._there = there.ravel()
        self._early = bool((there < lines.entered).any())
        self._next_there = self._there.take(self._head).reshape(self._futures, kinds) if self._early else self._next
        self._next_there_flat = self._next_there.ravel()
        self._score, self._coming = np.empty((self._futures, kinds)), np.empty((self._futures, kinds))
        self._coming_flat = self._coming.ravel()
        self._here = np.empty((self._futures, kinds), dtype=bool)
        self.called = np.full(self._futures * size, np.inf)

    def missing(self, watched: Ints) -> Ints:
        """Those of them who have not been called."""
        return watched[np.isinf(self.called.take(watched))]

    def step(self) -> Floats:
        """The next call or break of each future; when it was."""
        desk = self._free.argmin(axis=1)
        desk_at = self._at_desk + desk
        now: Floats = self._free_flat.take(desk_at)
        line_at, line = self._choose(self._version + desk, now)
        seat = self._head.take(line_at)
        comes = self._next_flat.take(line_at)
        # a line that is not served has no finite score
        there = self._next_there_flat.take(line_at) if self._early else comes
        begins = np.where(self._coming_flat.take(line_at) < np.inf, np.maximum(now, there), np.inf)
        holds = self._holds.take(seat)
        if not self._alike:
            pressed = begins > comes + self._pressed_after_s
            holds = np.where(pressed, holds * self._pressed.take(line), holds)
        ends = begins + np.where(begins > self._leaves.take(seat), self._vain_s.take(line), holds)
        stops = (self._goes.take(desk_at) <= begins) | (begins == np.inf)
        if stops.any():
            calls = self._stop(stops, desk_at, now, comes, begins)
            self.called[seat[calls]] = begins[calls]
            self._free_flat[desk_at[calls]] = ends[calls]
            seat = seat + calls
        else:
            self.called[seat] = begins
            self._free_flat[desk_at] = ends
            seat += 1
        self._head[line_at] = seat
        self._next_flat[line_at] = self._entered.take(seat)
        if self._early:
            self._next_there_flat[line_at] = self._there.take(seat)
        return now

    def _choose(self, ranked: Ints, now: Floats) -> tuple[Ints, Ints]:
        """The lines from which the counters call, flat and by their numbers."""
        np.less_equal(self._next, now[:, None], out=self._here)
        self._ranks.take(ranked, axis=0, out=self._score, mode="clip")
        self._idle.take(ranked, axis=0, out=self._coming, mode="clip")
        self._score += self._next
        self._coming += self._next_there
        np.copyto(self._coming, self._score, where=self._here)
        line = self._coming.argmin(axis=1)
        return self._at_line + line, line

    def _stop(self, stops: Flags, desk_at: Ints, now: Floats, comes: Floats, begins: Floats) -> Flags:
        """Lets counters go, into a break or because nobody will come any more; which of all call somebody instead."""
        goes = self._goes.take(desk_at)
        away = stops & (goes <= begins) & (goes < np.inf)
        if self._staying:
            # whoever stays for those in line goes when nobody is left
            stays = self._stays.take(self._pause.take(desk_at))
            away &= ~(stays & (comes <= np.maximum(now, goes)) & (begins < np.inf))
        idle = (begins == np.inf) & ~away
        self._free_flat[desk_at[idle]] = np.inf
        gone = desk_at[away]
        self._free_flat[gone] = np.maximum(self._back.take(self._pause[gone]), now[away])
        self._pause[gone] += 1
        self._goes[gone] = self._away.take(self._pause[gone])
        calls: Flags = ~(away | idle)
        return calls
