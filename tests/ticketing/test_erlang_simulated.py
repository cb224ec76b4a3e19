"""Erlang's formulas against queues that Ciw simulates: other code, by other people, that knows no formula."""

import math
import random
from typing import Literal

import ciw
import numpy as np
import pytest
from msgspec import Struct
from numpy.typing import NDArray

from ticketing.erlang import ErlangA, ErlangC, erlang_b

pytestmark = pytest.mark.slow

Law = Literal["B", "C", "A"]

BATCHES = 30
BATCH = 3500
"""People; at the loads below, a line forgets within a fraction of that."""
WARM_UP = 2000


class Case(Struct, frozen=True, kw_only=True):
    law: Law
    servers: int
    utilisation: float
    """Load / servers."""
    service_s: float
    patience_s: float
    wait_s: float
    seed: int

    @property
    def arrivals_per_s(self) -> float:
        return self.utilisation * self.servers / self.service_s


LAWS: tuple[Law, ...] = ("B", "C", "A", "A") * 5
BUSIEST = {"B": 1.5, "C": 0.8, "A": 1.5}


def cases() -> list[Case]:
    draw = random.Random(20)
    return [
        Case(
            law=law,
            servers=draw.randint(1, 15),
            utilisation=draw.uniform(0.4, BUSIEST[law]),
            service_s=draw.uniform(60, 900),
            patience_s=draw.uniform(60, 1800),
            wait_s=draw.uniform(10, 300),
            seed=seed,
        )
        for seed, law in enumerate(LAWS)
    ]


class Simulated(Struct, frozen=True):
    """Of everybody, in order of coming: the wait, until served or until they left, and whether they were served."""

    wait_s: NDArray[np.float64]
    served: NDArray[np.bool_]

    @classmethod
    def of(cls, case: Case) -> "Simulated":
        exponential = ciw.dists.Exponential
        further = {
            "B": {"queue_capacities": [0]},
            "C": {},
            "A": {"reneging_time_distributions": [exponential(1 / case.patience_s)]},
        }
        network = ciw.create_network(
            arrival_distributions=[exponential(case.arrivals_per_s)],
            service_distributions=[exponential(1 / case.service_s)],
            number_of_servers=[case.servers],
            **further[case.law],
        )
        people = WARM_UP + BATCHES * BATCH
        enough = people + 10 * math.sqrt(people)
        ciw.seed(case.seed)
        simulation = ciw.Simulation(network)
        # a record is of somebody who has gone: the last who count have a hundred mean services to go
        simulation.simulate_until_max_time(enough / case.arrivals_per_s + 100 * case.service_s)
        records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)[WARM_UP:people]
        assert len(records) == BATCHES * BATCH
        return cls(
            np.array([record.waiting_time for record in records]),
            np.array([record.record_type == "service" for record in records]),
        )


def agrees(formula: float, seen: NDArray[np.float64] | NDArray[np.bool_]) -> bool:
    """Within three standard errors, by the means of batches."""
    batches = seen.reshape(BATCHES, BATCH).mean(axis=1)
    error = batches.std(ddof=1) / math.sqrt(BATCHES)
    if not error:  # it happened to all or to nobody: the error is the formula's own, of a share
        error = math.sqrt(formula * (1 - formula) / len(seen))
    return bool(abs(batches.mean() - formula) <= 3 * error)


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.law}{case.seed}")
def test_a_simulation_agrees_with_erlang_within_three_standard_errors(case: Case) -> None:
    seen = Simulated.of(case)
    match case.law:
        case "B":
            assert agrees(erlang_b(case.servers, case.utilisation * case.servers), ~seen.served)
        case "C":
            queue = ErlangC(servers=case.servers, arrivals_per_s=case.arrivals_per_s, service_s=case.service_s)
            assert agrees(queue.wait_probability, seen.wait_s > 0)
            assert agrees(queue.within(case.wait_s), seen.wait_s <= case.wait_s)
            assert agrees(queue.mean_wait_s, seen.wait_s)
        case "A":
            impatient = ErlangA(
                servers=case.servers,
                arrivals_per_s=case.arrivals_per_s,
                service_s=case.service_s,
                leaving_per_s=1 / case.patience_s,
            )
            assert agrees(impatient.wait_probability, seen.wait_s > 0)
            assert agrees(impatient.abandoned, ~seen.served)
            assert agrees(impatient.within(case.wait_s), seen.served & (seen.wait_s <= case.wait_s))
            assert agrees(impatient.mean_wait_s, seen.wait_s)
