"""The service of a queue: how long its customers hold a counter, as a distribution, learnt from those seen."""

from statistics import NormalDist

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ticketing.arrays import Floats
from ticketing.handling import Handling

N0 = 100.0
"""Services that the mean of past days weighs, beside today's: c^2/tau^2, with c about 0.8 and tau, the spread of the
mean between days, about 0.08. With fewer, a slow morning would be taken for a slow day."""
SHAPE = 128
"""Points in which the distribution of a queue's service times is kept."""
ENOUGH_SERVICES = 30
FEW = 5
"""Services of a queue below which nothing is said of their mean."""
VAIN_S = 45.0
"""A call that nobody answered holds a counter so long, as long as no other has been seen."""
PRIOR_C = 0.6
"""Coefficient of variation of service times of which too few were seen."""
PRESSED_S = 600.0
"""A wait that the clerks see, too."""


class Service(Struct, frozen=True, kw_only=True):
    """How long a customer of a queue holds a counter, from call to end. `shape`: (SHAPE,), quantiles over the mean."""

    mean_s: float
    n: int
    shape: Floats
    vain_s: float
    """Mean of a call in vain."""
    pressed: float = 1.0
    """How much longer a service takes, less than 1 for shorter, of somebody who has waited for PRESSED_S and more."""

    @property
    def c(self) -> float:
        """Coefficient of variation."""
        return float(self.shape.std() / self.shape.mean())

    def today(self, handling: Handling | None) -> "Service":
        """With today's services: (n0 m0 + sum s) / (n0 + n), see N0."""
        seen = [held_s for held_s, _ in handling.served] if handling else []
        lengths = self.shape * self.mean_s
        for bound, _ in handling.at_most if handling else ():
            shorter = lengths[lengths <= bound]
            seen.append(float(shorter.mean()) if len(shorter) else bound)
        weight = min(N0, self.n)
        return replace(self, mean_s=(weight * self.mean_s + sum(seen)) / (weight + len(seen)), n=self.n + len(seen))


def service(handling: Handling) -> Service | None:
    """The service times of a queue; None of fewer than FEW. Of few, their shape is lognormal with PRIOR_C."""
    if len(handling.served) < FEW:
        return None
    lengths, weights = lengths_of(handling)
    mean_s = float(lengths @ weights)
    prior = _lognormal_shape()
    if len(lengths) < ENOUGH_SERVICES or not mean_s:
        shape = prior
    else:
        # by the middle of each one's weight: with equal weights, the quantiles of numpy's method "hazen"
        shape = np.interp((np.arange(SHAPE) + 0.5) / SHAPE, np.cumsum(weights) - weights / 2, lengths / mean_s)
        # what lies beyond the outermost points belongs to the mean all the same
        shape = shape / shape.mean()
    vain = np.array(handling.vain)
    vain_s = float((vain.sum() + 5 * VAIN_S) / (len(vain) + 5))
    return Service(mean_s=mean_s, n=len(lengths), shape=shape, vain_s=vain_s, pressed=_pressed(handling))


def lengths_of(handling: Handling) -> tuple[Floats, Floats]:
    """The service times seen, in order, and the weight of each: by Kaplan and Meier, run from the longest down.

    A service of which only a bound is known is censored on the left by the next arrival, which does not know of it.
    """
    rows = sorted([(s, 1) for s, _ in handling.served] + [(s, 0) for s, _ in handling.at_most])
    lengths, exact = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    exact[0] = 1.0
    below = 1 - exact / np.arange(1, len(rows) + 1)
    left = np.append(np.cumprod(below[::-1])[::-1][1:], 1.0)
    return lengths, left * (1 - below)


def _pressed(handling: Handling) -> float:
    """Mean of those who waited long over that of the others, shrunk to 1 as if N0 services said so.

    Clerks who see a line are quicker, or slower when tired: M. Delasay, A. Ingolfsson, B. Kolfal and K. Schultz, Load
    effect on service times, European Journal of Operational Research 279 (2019).
    """
    long, short = (
        Handling(
            served=tuple(one for one in handling.served if (one[1] >= PRESSED_S) == pressed),
            at_most=tuple(one for one in handling.at_most if (one[1] >= PRESSED_S) == pressed),
        )
        for pressed in (True, False)
    )
    n = min(len(long.served), len(short.served))
    if not n:
        return 1.0
    means = [float(lengths @ weights) for lengths, weights in map(lengths_of, (long, short))]
    return (means[0] / means[1] * n + N0) / (n + N0) if means[1] else 1.0


def _lognormal_shape() -> Floats:
    """Quantiles of a lognormal with mean 1 and PRIOR_C, by those of the normal."""
    normal = NormalDist()
    z = np.array([normal.inv_cdf((k + 0.5) / SHAPE) for k in range(SHAPE)])
    shape: Floats = np.exp(np.sqrt(np.log1p(PRIOR_C**2)) * z)
    return shape / float(shape.mean())
