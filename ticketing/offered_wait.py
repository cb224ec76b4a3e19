"""The wait that a queue with people who leave (M/M/n+M) offers to somebody who would never leave."""

from collections.abc import Callable
from math import inf

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
NEGLIGIBLE = 45.0
"""Where the density has fallen from its peak by a factor of exp(45), 3e19, the rest is taken to be nothing."""
HALVINGS = 40
"""Panels on either side of the peak, each half as wide as the next: what is 1e12 times narrower is still seen."""


class Density(Struct, frozen=True, kw_only=True):
    """exp(lambda (1 - exp(-theta v)) / theta - n mu v) of a wait of v seconds, divided by its value at its peak.

    The exponent is concave and is measured from the peak downwards, so that no number of servers makes it overflow: u
    seconds from the peak it has fallen by slope u + bend (exp(-theta u) - 1 + theta u) / theta.
    """

    leaving_per_s: float
    """theta; where it is 0, fewer must come than can be served."""
    bend: float
    """min(lambda, n mu), per second."""
    slope: float
    """n mu - bend, per second; 0 unless the peak is at 0."""
    peak_s: float

    def fall(self, from_peak_s: Array) -> Array:
        x = self.leaving_per_s * from_peak_s
        # (exp(-x) - 1 + x) / x, by its series where the difference would leave few digits
        small = np.clip(x, -1e-3, 1e-3)
        series = small * (1 / 2 - small * (1 / 6 - small * (1 / 24 - small / 120)))
        bent = np.where(x == small, series, (np.expm1(-x) + x) / np.where(x, x, 1.0))
        return (self.slope + self.bend * bent) * from_peak_s

    def panels(self) -> Array:
        """The edges of panels for the integral, ever narrower towards the peak, in seconds from it."""
        reach_s = NEGLIGIBLE / (self.bend + self.slope)  # it falls by n mu u at most
        while self.fall(np.array(reach_s)) < NEGLIGIBLE:
            reach_s *= 2
        shares = 0.5 ** np.arange(HALVINGS)
        return np.concatenate([-min(reach_s, self.peak_s) * shares, [0.0], reach_s * shares[::-1]])

    def integral(self, weight: Callable[[Array], Array], up_to_s: float = inf) -> float:
        """Of weight(v) density(v) over waits v from 0: Gauss and Legendre's, panel by panel."""
        edges = np.minimum(self.panels(), up_to_s - self.peak_s)
        half = np.diff(edges)[:, None] / 2
        from_peak_s = edges[:-1, None] + half * (1 + NODES)
        values = np.exp(-self.fall(from_peak_s)) * weight(self.peak_s + from_peak_s)
        return float(np.sum(half * WEIGHTS * values))


class OfferedWait(Struct, frozen=True, kw_only=True):
    """V: none with the probability `at_once`, else of the density `height` x `density`."""

    at_once: float
    wait_probability: float
    height: float
    density: Density

    @classmethod
    def of(
        cls, *, arrivals_per_s: float, served_per_s: float, leaving_per_s: float, blocked_by_others: float
    ) -> "OfferedWait":
        """`served_per_s` is n mu, by all servers together; `blocked_by_others` is Erlang B of n - 1 servers.

        By way of the odds of waiting, lambda B(n-1) x the integral, in logarithms: either side may be ever so small.
        """
        bend = min(arrivals_per_s, served_per_s)
        excess = (arrivals_per_s - bend) / served_per_s
        density = Density(
            leaving_per_s=leaving_per_s,
            bend=bend,
            slope=served_per_s - bend,
            peak_s=np.log1p(excess) / leaving_per_s if excess else 0.0,
        )
        mass_s = density.integral(np.ones_like)
        peak = served_per_s * (excess - np.log1p(excess)) / leaving_per_s if excess else 0.0  # the exponent there
        with np.errstate(divide="ignore"):  # nobody comes, or next to nobody: odds of 0
            log_odds = np.log(arrivals_per_s * mass_s) + np.log(blocked_by_others) + peak
        waits = float(np.exp(-np.logaddexp(0, -log_odds)))
        return cls(
            at_once=float(np.exp(-np.logaddexp(0, log_odds))),
            wait_probability=waits,
            height=waits / mass_s,
            density=density,
        )

    @property
    def mean_s(self) -> float:
        """How long people wait, to be served or not: the mean of the lesser of V and of their patience."""
        leaving = self.density.leaving_per_s
        return self.height * self.density.integral(lambda v: -np.expm1(-leaving * v) / leaving if leaving else v)

    def served_within(self, wait_s: float) -> float:
        """Share of all of whom V is not longer, and not longer than their patience."""
        leaving = self.density.leaving_per_s
        later = self.height * self.density.integral(lambda v: np.exp(-leaving * v), wait_s)
        return min(1.0, self.at_once + later)
