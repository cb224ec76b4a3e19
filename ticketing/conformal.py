"""Conformal correction: predicted quantiles moved by how far those of the last days were off."""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from ticketing.accuracy import Pair
from ticketing.levels import LEVELS, Levels

DAYS = 20
FEWEST_PAIRS = 100
"""P10 and P90 rest on a tenth of the pairs each: with 100 of them, the coverage is known to 3 points at best."""
FEWEST_DAYS = 5
"""The tickets of one day share its luck: a hundred of a single day say little more than one of them."""
EASE_S = 240.0
"""Errors grow as the square root of the prediction and 4 minutes: a wait predicted as nothing may be off, too."""


class Correction(Struct, frozen=True):
    """What is added to the quantiles of a queue's predicted wait, times sqrt(quantile + 240 s): roots of seconds.

    With r = (wait - q) / sqrt(q + 240 s) of past tickets, q their raw quantile of level tau, the corrected one is
    max(0, q + Q_tau(r) sqrt(q + 240 s)), Q_tau the tau-quantile. In minutes it is the same with 4 for 240: all of it
    scales with the root of the unit.
    """

    p10: float = 0.0
    p50: float = 0.0
    p90: float = 0.0

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> "Correction":
        """From the pairs of one queue and method, the last 20 days of them; none at all from too few to tell.

        A ticket that found a counter free (raw P90 = 0) teaches nothing of waits, and one not called has none.
        """
        known = [(pair.day, pair.raw, pair.wait_s) for pair in pairs if pair.wait_s is not None and pair.raw[2] > 0]
        days = sorted({day for day, _, _ in known})[-DAYS:]
        late = [(raw, wait) for day, raw, wait in known if day >= days[0]]
        if len(late) < FEWEST_PAIRS or len(days) < FEWEST_DAYS:
            return cls()
        raw, waits = np.array([raw for raw, _ in late]), np.array([wait for _, wait in late])
        errors = (waits[:, None] - raw) / np.sqrt(raw + EASE_S)
        return cls(*(float(np.quantile(errors[:, column], level)) for column, level in enumerate(LEVELS)))

    def apply(self, raw: Levels) -> Levels:
        """The corrected quantiles, in order; a wait predicted as nothing, with a counter free, stays so."""
        if raw[2] <= 0:
            return raw
        offsets = (self.p10, self.p50, self.p90)
        moved = [max(0.0, q + offset * (q + EASE_S) ** 0.5) for q, offset in zip(raw, offsets, strict=True)]
        # quantiles that have changed places are nearer to the true ones when sorted (Chernozhukov and others, 2010)
        p10, p50, p90 = sorted(moved)
        return p10, p50, p90
