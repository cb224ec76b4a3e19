"""Erlang's formulas against the births and deaths that they solve, summed state by state, up to 100,000 servers."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from ticketing.erlang import ErlangA, ErlangC, erlang_b, erlang_c, fewest_for_blocking, fewest_for_wait

SERVICE_S = 180.0


class Case(NamedTuple):
    """With servers x patience, n mu / theta, a whole number."""

    servers: int
    load: float
    patience: float
    """In mean service times."""
    wait_s: float

    @property
    def queue(self) -> ErlangA:
        return ErlangA(
            servers=self.servers,
            arrivals_per_s=self.load / SERVICE_S,
            service_s=SERVICE_S,
            leaving_per_s=1 / (self.patience * SERVICE_S),
        )


CASES = [
    Case(1, 0.5, 1, 20),
    Case(3, 2.5, 1, 0),
    Case(14, 10, 2, 20),
    Case(10, 13, 10, 1800),  # waits of about half an hour
    Case(10, 40, 0.5, 60),
    Case(200, 190, 20, 30),
    Case(5000, 4950, 1, 1),
    Case(5000, 5200, 1, 7),
    Case(5000, 5001, 100, 60),
    Case(5000, 20000, 10, 2500),
    Case(100_000, 99_900, 1, 0.1),
    Case(100_000, 100_500, 4, 3.6),
]


def states(case: Case) -> NDArray[np.float64]:
    """The share of time with 0, 1, 2... present: each to the next as the birth rate to its death rate."""
    mode = max(0.0, case.load - case.servers) * case.patience
    k = np.arange(1, case.servers + int(mode + 60 * math.sqrt((case.load + mode) * (1 + case.patience))) + 200)
    deaths = np.minimum(k, case.servers) + np.maximum(k - case.servers, 0) / case.patience
    logs = np.concatenate([[0.0], np.cumsum(np.log(case.load) - np.log(deaths))])
    weights = np.exp(logs - logs.max())
    assert weights[-1] < 1e-16
    return np.asarray(weights / weights.sum())


def served_within(case: Case, share: NDArray[np.float64]) -> float:
    """Behind j in line, exp(-theta V) is of the law Beta(c, j + 1), c = n mu / theta: so V sums its exponentials.

    Whoever comes is served within T with the probability E[exp(-theta V); V <= T]: c / (c + j + 1) times that of at
    most c successes, each of the probability x = exp(-theta T), in c + j + 1 trials.
    """
    c = round(case.servers * case.patience)
    x = math.exp(-case.wait_s / (case.patience * SERVICE_S))
    line = share[case.servers :]
    j = np.arange(len(line))
    served = share[: case.servers].sum()
    if x == 1:
        return float(served)
    ways = np.array([math.lgamma(c + i + 1) - math.lgamma(i + 1) for i in j]) - math.lgamma(c + 1)
    exactly_c = np.exp(ways + c * math.log(x) + j * math.log1p(-x))  # of c + j trials
    at_most_c = 1 - np.cumsum(x * exactly_c)  # of one trial more
    return float(served + np.sum(line * c / (c + j + 1) * at_most_c))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_erlang_a_is_the_balance_of_those_who_come_are_served_and_leave(case: Case) -> None:
    share = states(case)
    in_line = np.arange(len(share) - case.servers)
    leaving = float(np.sum(in_line * share[case.servers :])) / case.patience / case.load
    near = pytest.approx
    assert case.queue.wait_probability == near(share[case.servers :].sum(), rel=1e-8)
    assert case.queue.abandoned == near(leaving, rel=1e-8)
    assert case.queue.mean_wait_s == near(leaving * case.patience * SERVICE_S, rel=1e-8)
    assert case.queue.within(case.wait_s) == near(served_within(case, share), rel=1e-8)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.3), (10, 7), (5000, 4900), (5000, 5100), (100_000, 99_000)])
def test_erlang_b_is_the_last_of_the_states_without_a_line_and_erlang_c_is_all_with_one(
    servers: int, load: float
) -> None:
    present = np.concatenate([[0.0], np.cumsum(math.log(load) - np.log(np.arange(1, servers + 1)))])
    weights = np.exp(present - present.max())
    assert erlang_b(servers, load) == pytest.approx(weights[-1] / weights.sum(), rel=1e-8)
    if load < servers:
        line = weights[-1] / (1 - load / servers)  # a geometric series
        assert erlang_c(servers, load) == pytest.approx(line / (weights[:-1].sum() + line), rel=1e-8)


def test_a_hundred_thousand_servers_leave_no_range_of_numbers() -> None:
    for load in (1e-300, 1.0, 99_999.9, 100_000.0, 1e7):
        queue = ErlangC(servers=100_000, arrivals_per_s=load / SERVICE_S, service_s=SERVICE_S)
        for leaving_per_s in (1e-100, 1e-9, 1 / 300, 1e9):
            impatient = ErlangA(
                servers=100_000, arrivals_per_s=queue.arrivals_per_s, service_s=SERVICE_S, leaving_per_s=leaving_per_s
            )
            parts = (impatient.wait_probability, impatient.abandoned, impatient.within(20), impatient.within(1800))
            assert all(0 <= part <= 1 for part in (*parts, queue.within(20), queue.empty_probability))
            assert impatient.within(1e200) + impatient.abandoned == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("leaving_per_s", [1e-15, 1e-30, 1e-100])
def test_next_to_endless_patience_is_a_fluid(leaving_per_s: float) -> None:
    """12 come for 10 served: one in six leaves. 10 for 10: V is half of a bell of the variance 1 / (n mu theta)."""
    over = ErlangA(servers=10, arrivals_per_s=12 / SERVICE_S, service_s=SERVICE_S, leaving_per_s=leaving_per_s)
    assert over.abandoned == pytest.approx(1 / 6)
    assert over.mean_wait_s * leaving_per_s == pytest.approx(1 / 6)
    even = replace(over, arrivals_per_s=10 / SERVICE_S)
    assert even.mean_wait_s == pytest.approx(math.sqrt(2 / math.pi * SERVICE_S / 10 / leaving_per_s), rel=1e-5)


def test_a_share_is_at_most_one_to_the_last_bit() -> None:
    assert ErlangA(servers=4, arrivals_per_s=3.9 / 180, service_s=180, leaving_per_s=0).within(1e9) <= 1
    assert ErlangA(servers=1, arrivals_per_s=1e15, service_s=1000, leaving_per_s=1000).abandoned <= 1


def test_a_load_that_only_rounding_keeps_below_the_servers_has_an_answer() -> None:
    queue = ErlangA(servers=1, arrivals_per_s=1 / 49, service_s=49, leaving_per_s=0)
    assert queue.load < 1
    assert queue.within(60) == pytest.approx(0)


def test_five_thousand_servers_are_found_by_the_share_they_serve_in_time() -> None:
    """By the law of square roots the number is near a + sqrt(a) for a load a so large (A. K. Erlang, 1924)."""
    queue = CASES[6].queue
    patient = ErlangC(servers=1, arrivals_per_s=queue.arrivals_per_s, service_s=SERVICE_S)
    fewest = fewest_for_wait(patient, 0.8, 0)
    assert 4950 < fewest < 4950 + 2 * math.sqrt(4950)
    assert replace(patient, servers=fewest).within(0) >= 0.8 > replace(patient, servers=fewest - 1).within(0)
    assert fewest_for_wait(queue, 0.8, 0) < fewest
    assert fewest_for_blocking(4950, 0.01) < fewest
