"""A hall simulated forward from what is known of it now: many futures at once, one column of the arrays each.

A future is made of a hall's lines (who waits and who will come, in order) and its counters (when each is free, when it
is staffed). Each step takes the counter that is free first, in all futures together, and lets it call whom it would:
of the lines that it serves, the one whose head waited longest, a place further down its preferences weighing
`strictness_s` of waiting, and priority more than anything. A counter with nobody to call takes the next one to come.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST = 1e8
"""Seconds of waiting that priority weighs: more than anybody can wait, and than the strictest of preferences weigh."""
LATER = 1e9
"""What keeps those who have not come yet behind those who wait."""


class Lines(Struct, frozen=True, kw_only=True):
    """Who stands in which line, in each of R futures; times in seconds from now, those of the past negative.

    `entered`, `leaves`, `holds`: (R, N) of all lines one after the other, each closed by a customer at infinity, who
    never comes. When somebody came, until when they stay, how long they hold a counter. `starts`: (L,), where each
    line begins. `vain_s`, `pressed`: (L,), how long a call in vain holds a counter, and how much longer a service
    takes of somebody who has waited for `pressed_after_s`. `watched`: (R, N), those whose call is waited
    for: the simulation ends when it is known for all.
    """

    entered: Floats
    leaves: Floats
    holds: Floats
    starts: Ints
    vain_s: Floats
    pressed: Floats
    pressed_after_s: float
    watched: NDArray[np.bool_]


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
    stays: NDArray[np.bool_]


def simulate(lines: Lines, desks: Desks, most_steps: int = 3000) -> Floats:
    """When each of N customers is called, (R, N); inf where never, or not within `most_steps` calls and breaks."""
    run = _Run(lines, desks)
    for _ in range(most_steps):
        if run.step():
            break
    return run.called.reshape(lines.entered.shape)


class _Run:
    """All futures at one step. Arrays of (R, ...) are read and written flat, at `column * size + place`."""

    def __init__(self, lines: Lines, desks: Desks) -> None:
        futures, size = lines.entered.shape
        _, count, self._breaks = desks.away.shape
        kinds = desks.ranks.shape[2]
        column = np.arange(futures)
        self._at_line, self._at_desk, self._at_seat = column * kinds, column * count, column * size
        self._entered, self._leaves, self._holds = lines.entered.ravel(), lines.leaves.ravel(), lines.holds.ravel()
        self._watched, self._vain_s = lines.watched.ravel(), lines.vain_s
        self._pressed, self._pressed_after_s = lines.pressed, lines.pressed_after_s
        self._alike = bool((lines.pressed == 1).all())
        self._left = lines.watched.sum(axis=1)
        self._away, self._back, self._stays = desks.away.ravel(), desks.back.ravel(), desks.stays.ravel()
        self._ranks = np.ascontiguousarray(desks.ranks).reshape(-1, kinds)
        # whom an idle counter takes: who comes next, of those it serves
        self._idle = np.where(np.isfinite(self._ranks), LATER, np.inf)
        self._first_rank = desks.version * count
        self._pauses = np.zeros(futures * count, dtype=np.int64)
        self._free = desks.free.copy()
        self._free_flat = self._free.ravel()
        self._head = np.tile(lines.starts, (futures, 1)).ravel()
        self._next = lines.entered[:, lines.starts].copy()
        self._next_flat = self._next.ravel()
        self._score, self._coming = np.empty((futures, kinds)), np.empty((futures, kinds))
        self._here = np.empty((futures, kinds), dtype=bool)
        self.called = np.full(futures * size, np.inf)

    def step(self) -> bool:
        """The next call or break of each future; whether all is known."""
        desk = self._free.argmin(axis=1)
        desk_at = self._at_desk + desk
        now = self._free_flat.take(desk_at)
        line, served = self._choose(self._first_rank + desk, now)
        line_at = self._at_line + line
        comes = self._next_flat.take(line_at)
        begins = np.where(served, np.maximum(now, comes), np.inf)
        pause_at = (desk_at * self._breaks) + self._pauses.take(desk_at)
        goes = self._away.take(pause_at)
        away = (goes <= begins) & (goes < np.inf)
        if away.any():
            # whoever stays for those in line goes when nobody is left
            away &= ~(self._stays.take(pause_at) & (comes <= np.maximum(now, goes)) & (begins < np.inf))
        calls = ~away & (begins < np.inf)
        seat = self._at_seat + self._head.take(line_at)
        holds = self._holds.take(seat)
        if not self._alike:
            pressed = begins > comes + self._pressed_after_s
            holds = np.where(pressed, holds * self._pressed.take(line), holds)
        ends = begins + np.where(begins > self._leaves.take(seat), self._vain_s.take(line), holds)
        if calls.all():
            self.called[seat] = begins
            self._free_flat[desk_at] = ends
        else:
            self.called[seat[calls]] = begins[calls]
            self._free_flat[desk_at] = np.where(calls, ends, np.inf)
            gone = desk_at[away]
            self._free_flat[gone] = np.maximum(self._back.take(pause_at[away]), now[away])
            self._pauses[gone] += 1
        self._head[line_at] += calls
        self._next_flat[line_at] = self._entered.take(self._at_seat + self._head.take(line_at))
        self._left -= self._watched.take(seat) & calls
        return bool(((self._left <= 0) | np.isinf(now)).all())

    def _choose(self, ranked: Ints, now: Floats) -> tuple[Ints, NDArray[np.bool_]]:
        """The line from which a counter calls, and whether there is one that it serves."""
        np.less_equal(self._next, now[:, None], out=self._here)
        self._ranks.take(ranked, axis=0, out=self._score)
        self._idle.take(ranked, axis=0, out=self._coming)
        self._score += self._next
        self._coming += self._next
        np.copyto(self._coming, self._score, where=self._here)
        line = self._coming.argmin(axis=1)
        return line, np.isfinite(self._coming.ravel().take(self._at_line + line))
