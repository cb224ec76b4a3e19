"""Queues in a steady state: the formulas of Erlang (B, C, and A with people who leave), and the servers they call for.

Times are in seconds, rates per second. A load is arrivals per second times the mean service time, in erlangs: so many
servers would be busy, had everybody one. A queue is one line, first come, first served, that has long been as it is:
this bounds and explains what to recommend to a hall, whose peaks are too short for it to be the recommendation.

Where nobody comes, a figure per person is that of the first who would. A question without sense is a ValueError.
"""

from collections.abc import Callable
from functools import cached_property
from math import ceil, exp, inf, lgamma, log

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ticketing.offered_wait import OfferedWait

LEAST_LEAVING_PER_S = 1e-100
"""Far below any patience there is; what is smaller still would leave the range of numbers."""


def erlang_b(servers: int, load: float) -> float:
    """Lost, with every server busy / all who come (M/M/n/n): B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))."""
    _check(servers=servers, load=load)
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked *= load
        blocked /= k + blocked
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Waiting at all / all who come, nobody leaving (M/M/n): C = n B / (n - a (1 - B)); 1 where n <= a."""
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked)) if load < servers else 1.0


class ErlangC(Struct, frozen=True, kw_only=True):
    """Nobody leaves (M/M/n, and about G/G/n): with as much load as servers or more, the line grows without end.

    `*_cv2` are squared coefficients of variation, variance / mean^2, of the times between arrivals and of services.
    With 1 and 1 it is M/M/n, exactly; others correct the mean wait by (arrivals_cv2 + service_cv2) / 2 (A. O. Allen and
    J. C. Cunneen), and the tail to agree with that mean.
    """

    servers: int
    arrivals_per_s: float
    service_s: float
    arrivals_cv2: float = 1.0
    service_cv2: float = 1.0

    def __post_init__(self) -> None:
        _check_queue(self.servers, self.arrivals_per_s, self.service_s)
        _check(arrivals_cv2=self.arrivals_cv2, service_cv2=self.service_cv2)

    @property
    def load(self) -> float:
        return self.arrivals_per_s * self.service_s

    @property
    def stable(self) -> bool:
        return self.load < self.servers

    @property
    def wait_probability(self) -> float:
        """Waiting at all / all. The correction leaves it as it is."""
        return erlang_c(self.servers, self.load)

    @property
    def _mean_wait_of_waiting_s(self) -> float:
        variability = (self.arrivals_cv2 + self.service_cv2) / 2
        return variability * self.service_s / (self.servers - self.load) if self.stable else inf

    @property
    def mean_wait_s(self) -> float:
        """Of all, those who do not wait included."""
        return self.wait_probability * self._mean_wait_of_waiting_s

    @property
    def mean_waiting(self) -> float:
        """People in line, without those in service."""
        return self.arrivals_per_s * self.mean_wait_s if self.arrivals_per_s else 0.0

    @property
    def mean_present(self) -> float:
        """People in line or in service."""
        return self.mean_waiting + self.load

    @property
    def empty_probability(self) -> float:
        """Share of the time with nobody in line or in service, of M/M/n whatever the coefficients of variation."""
        if not self.stable:
            return 0.0 if self.load else 1.0
        blocked = erlang_b(self.servers, self.load)
        if blocked < np.finfo(float).tiny:
            return exp(-self.load)  # so many servers that there might as well be one for everybody
        full = self.servers * log(self.load) - lgamma(self.servers + 1)  # logarithm of a^n / n!
        return exp(-full - log(1 / blocked + self.load / (self.servers - self.load)))

    def longer_than(self, wait_s: float) -> float:
        """Waiting longer than that / all: P(W > t) = C exp(-t C / Wq), Wq the corrected mean wait."""
        _check(wait_s=wait_s)
        mean_s = self._mean_wait_of_waiting_s
        if not mean_s:  # like clockwork, the correction says: nobody waits for any time
            return 0.0 if wait_s else self.wait_probability
        return self.wait_probability * exp(-wait_s / mean_s)

    def within(self, wait_s: float) -> float:
        """Service level: called within that time / all."""
        return 1 - self.longer_than(wait_s)


class ErlangA(Struct, frozen=True, kw_only=True, dict=True):
    """People in line leave at a rate of `leaving_per_s` each (M/M/n+M); those in service stay.

    With a rate of 0 it is Erlang C. Any other keeps the line from growing without end, whatever the load.
    """

    servers: int
    arrivals_per_s: float
    service_s: float
    leaving_per_s: float

    def __post_init__(self) -> None:
        _check_queue(self.servers, self.arrivals_per_s, self.service_s)
        _check(leaving_per_s=self.leaving_per_s)
        if 0 < self.leaving_per_s < LEAST_LEAVING_PER_S:
            raise ValueError(f"leaving_per_s must be 0 or at least {LEAST_LEAVING_PER_S}, found {self.leaving_per_s}")

    @property
    def load(self) -> float:
        return self.arrivals_per_s * self.service_s

    @cached_property
    def _offered(self) -> OfferedWait | None:
        """None where somebody of endless patience would wait for ever."""
        served_per_s = self.servers / self.service_s
        if not self.servers or (not self.leaving_per_s and self.arrivals_per_s >= served_per_s):
            return None
        return OfferedWait.of(
            arrivals_per_s=self.arrivals_per_s,
            served_per_s=served_per_s,
            leaving_per_s=self.leaving_per_s,
            blocked_by_others=erlang_b(self.servers - 1, self.load),
        )

    @property
    def wait_probability(self) -> float:
        """Waiting at all, to be served or not / all."""
        return self._offered.wait_probability if self._offered else 1.0

    @property
    def abandoned(self) -> float:
        """Left before being served / all."""
        if not self._offered:
            return 1.0 if self.leaving_per_s else 0.0
        return min(1.0, self.leaving_per_s * self.mean_wait_s)

    @property
    def mean_wait_s(self) -> float:
        """Of all: until served, until they left, or none."""
        if not self._offered:
            return 1 / self.leaving_per_s if self.leaving_per_s else inf
        return self._offered.mean_s

    def within(self, wait_s: float) -> float:
        """Service level, the telephone's formula B: served within that time / all."""
        _check(wait_s=wait_s)
        return self._offered.served_within(wait_s) if self._offered else 0.0


def leaving_rate(
    abandons: float, waited_s: float, *, prior_per_s: float = 0.0, prior_abandons: float = 0.0
) -> float | None:
    """How fast somebody in line leaves, per second: abandons / time waited by all, served or not; None of no time.

    It is not 1 / mean wait of those who left. A prior rate shrinks few data towards it, as if `prior_abandons` more had
    been seen at that rate.
    """
    _check(abandons=abandons, waited_s=waited_s, prior_per_s=prior_per_s, prior_abandons=prior_abandons)
    if prior_abandons:
        if not prior_per_s:
            raise ValueError(f"prior_per_s must be above 0 to weigh {prior_abandons} abandons")
        waited_s += prior_abandons / prior_per_s
    return (abandons + prior_abandons) / waited_s if waited_s else None


def fewest_for_blocking(load: float, most_blocked: float) -> int:
    """The smallest number of servers with which at most that share finds all of them busy and goes; 0 for load 0."""
    _check_share(most_blocked=most_blocked)
    _check(load=load)
    return _fewest(lambda servers: erlang_b(servers, load) <= most_blocked) if load else 0


def fewest_for_wait(queue: ErlangC | ErlangA, share: float, wait_s: float) -> int:
    """The smallest number of servers, instead of the queue's own, that serves that share of all within that time.

    0 where nobody comes.
    """
    _check_share(share=share)
    _check(wait_s=wait_s)
    return _fewest(lambda servers: replace(queue, servers=servers).within(wait_s) >= share) if queue.load else 0


def fewest_for_abandonment(queue: ErlangA, most_abandoned: float) -> int:
    """The smallest number of servers, instead of the queue's own, with which at most that share of all leaves."""
    _check_share(most_abandoned=most_abandoned)
    return _fewest(lambda servers: replace(queue, servers=servers).abandoned <= most_abandoned) if queue.load else 0


def fewest_for_backlog(
    in_line: float, *, arrivals_per_s: float, service_s: float, wait_s: float, horizon_s: float
) -> int:
    """The smallest n with which, after a horizon D, nobody is in line who will not be called within T.

    As a fluid: n servers call n/m a second, so at D the line is q0 + lambda D - n D/m, and T n/m are called within T.
    n >= m (lambda + (q0 - T n/m) / D) has n on both sides; times D, and with T n brought to the left:
    n >= m (lambda D + q0) / (D + T). It knows nothing of chance, and is enough in 50 to 70 % of cases; one more is in
    about 90 %, two more in 99 %. It is below the load where the line has room to grow until then.
    """
    _check(in_line=in_line, arrivals_per_s=arrivals_per_s, service_s=service_s, wait_s=wait_s, horizon_s=horizon_s)
    if not wait_s + horizon_s:
        raise ValueError("a backlog cannot be cleared at once: both wait_s and horizon_s are 0")
    needed = service_s * (arrivals_per_s * horizon_s + in_line) / (horizon_s + wait_s)
    return ceil(needed * (1 - 1e-12))  # no server more for the last bit of a float


def _fewest(met: Callable[[int], bool]) -> int:
    """The smallest n that meets what every larger one meets: doubled until it does, then halved."""
    short, enough = -1, 0
    while not met(enough):
        short, enough = enough, 2 * enough + 1
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if met(middle) else (middle, enough)
    return enough


def _check_queue(servers: int, arrivals_per_s: float, service_s: float) -> None:
    _check(servers=servers, arrivals_per_s=arrivals_per_s, service_s=service_s, load=arrivals_per_s * service_s)
    if not service_s:
        raise ValueError("service_s must be above 0: nobody is served in no time")


def _check(**quantities: float) -> None:
    for name, value in quantities.items():
        if not 0 <= value < inf:
            raise ValueError(f"{name} must be a number from 0 upwards, found {value}")


def _check_share(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must be a share between 0 and 1, both left out, found {value}")
