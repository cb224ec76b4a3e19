"""95 % confidence intervals of a month's share or mean, clustered by day: the customers of a day share its luck."""

from collections.abc import Iterable, Sequence
from math import cos, exp, fsum, log, pi, sin, sqrt, tan

from msgspec import Struct

from ticketing.budget import wilson

TWO_SIDED_95 = 0.95
ALIKE = 1e-9
"""Days whose means, on the scale of logarithms, differ by less do not differ."""


class Interval(Struct, frozen=True):
    low: float
    high: float

    def rounded(self, digits: int) -> "Interval":
        """So that it is the same on machines whose logarithms differ in the last digit."""
        return Interval(round(self.low, digits), round(self.high, digits))


def clustered_share(days: Iterable[tuple[int, int]]) -> Interval | None:
    """Of the share sum k / sum n, from (k, n) of each day; None from fewer than two days that have anybody.

    The standard error is the jackknife's, by day, on the log-odds (see `_leaving_out`), with Student's t of days - 1
    degrees. To first order it is `sqrt(D/(D-1) sum (k - p n)^2) / sum n`, which on the plain scale is too narrow near
    1: months that happen to lack a bad day make both the share too high and the error too small. In simulated months
    of 21 days, of shares from 0.85 to 0.95, the plain one covers 85 to 94 %, this one 93 to 95 %; of 0.99, where many
    a month sees no bad day, 86 to 92 % unless days are alike. The half added to both sides of what is left is for
    days without which nobody is late.

    Where all days have the same share, as when nobody was late, they do not tell how days differ. Then each day
    counts as one customer (Wilson's bounds, with the same t): whatever the customers of a day have in common, a month
    of D days without a late one has at most the chance (1 - q)^D if the share of late ones is q, and that is under
    2.5 % for any q beyond the bound. It is wide, and wider than with one late customer: it allows for a day of
    which such a month has seen none.
    """
    counts = [(count, of) for count, of in days if of > 0]
    if len(counts) < 2:  # noqa: PLR2004
        return None
    within, total = sum(count for count, _ in counts), sum(of for _, of in counts)
    if all(count * total == within * of for count, of in counts):
        return Interval(*wilson(within / total * len(counts), len(counts), student(len(counts) - 1)))
    beyond = total - within
    log_odds = [log((within - count + 0.5) / (beyond - (of - count) + 0.5)) for count, of in counts]
    half = student(len(counts) - 1) * _leaving_out(log_odds)
    middle = log(within / beyond)
    return Interval(low=1 / (1 + exp(half - middle)), high=1 / (1 + exp(-half - middle)))


def clustered_mean(days: Iterable[tuple[float, int]]) -> Interval | None:
    """Of the mean sum / count of lengths of at least 0, from (sum, count) of each day, in the sums' unit.

    As for a share, on logarithms, because a month's waits are many short and few long ones: the plain scale covers 92
    to 94 % on months of 21 days, this one 94 %. None from fewer than two days that have anybody; where all days have
    the same mean, or all but one the mean 0: they do not tell how days differ, and a mean has no upper bound to fall
    back on.
    """
    sums = [(value, count) for value, count in days if count > 0]
    total, of = fsum(value for value, _ in sums), sum(count for _, count in sums)
    rests = [(total - value, of - count) for value, count in sums]
    if len(sums) < 2 or min(value for value, _ in rests) <= 0:  # noqa: PLR2004
        return None
    error = _leaving_out([log(value / count) for value, count in rests])
    if error < ALIKE:
        return None
    factor = exp(student(len(sums) - 1) * error)
    return Interval(low=total / of / factor, high=total / of * factor)


def _leaving_out(estimates: Sequence[float]) -> float:
    """Standard error from the estimates without each day in turn: `sqrt((D-1)/D sum (e - mean e)^2)`.

    The jackknife by groups (J. W. Tukey, 1958; K. M. Wolter, Introduction to Variance Estimation, chapter 4).
    """
    days = len(estimates)
    middle = fsum(estimates) / days
    return sqrt((days - 1) / days * fsum((one - middle) ** 2 for one in estimates))


def student(degrees: int) -> float:
    """How far Student's t of so many degrees lies from 0 at most, 95 % of the time: its 0.975 quantile.

    The angle is halved down to the last bit, not approximated: that takes under a millisecond for a month's days.
    """
    low, high = 0.0, pi / 2
    while low < (angle := (low + high) / 2) < high:
        if _within(angle, degrees) < TWO_SIDED_95:
            low = angle
        else:
            high = angle
    return sqrt(degrees) * tan(high)


def _within(angle: float, degrees: int) -> float:
    """P(|t| <= sqrt(degrees) tan(angle)): a finite sum (M. Abramowitz and I. A. Stegun, 1964, 26.7.3 and 26.7.4)."""
    odd = degrees % 2
    square = cos(angle) ** 2
    term = cos(angle) if odd else 1.0
    series = term if degrees > 1 else 0.0
    for power in range(2 + odd, degrees - 1, 2):
        term *= square * (power - 1) / power
        series += term
    return 2 / pi * (angle + sin(angle) * series) if odd else sin(angle) * series
