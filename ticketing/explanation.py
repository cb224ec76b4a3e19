"""What the formulas say of a queue, beside the simulation: counters in a steady state, and to clear the line."""

from datetime import timedelta

from msgspec import Struct

from ticketing.erlang import ErlangA, ErlangC, fewest_for_abandonment, fewest_for_backlog, fewest_for_wait
from ticketing.outlook import Outlook


class Formulas(Struct, frozen=True, kw_only=True):
    """They explain a recommendation and are not one: counters are taken to serve this queue alone.

    `steady`: that keep the promise if customers came for ever as they do in this half-hour (Erlang C, its tail
    corrected; Erlang A of a telephone queue). `backlog`: that leave, after the horizon, nobody in line who will not be
    called in time. None where nothing is known of the one or the other.
    """

    steady: int | None
    backlog: int | None


def formulas(outlook: Outlook, queue: str, target: float, horizon: timedelta) -> Formulas:
    """`target`: the share promised within the commitment's time or, without a share, the one to be answered."""
    own, load = outlook.services[queue], outlook.load
    promised, leaving = outlook.promised(queue), load.leaving.get(queue)
    limit_s = promised.within.total_seconds() if promised else 0.0
    holds_s, rate = own.mean_s + load.gap_s, outlook.rate(queue)
    steady: int | None = None
    if 0 < target < 1 and promised:
        if leaving is None or leaving.rate is None:
            steady = fewest_for_wait(
                ErlangC(servers=1, arrivals_per_s=rate, service_s=holds_s, service_cv2=own.c**2), target, limit_s
            )
        else:
            calls = ErlangA(servers=1, arrivals_per_s=rate, service_s=holds_s, leaving_per_s=leaving.rate)
            share = promised.share is not None
            steady = fewest_for_wait(calls, target, limit_s) if share else fewest_for_abandonment(calls, 1 - target)
    backlog = fewest_for_backlog(
        sum(one.queue == queue for one in outlook.situation.waiting),
        arrivals_per_s=rate,
        service_s=holds_s,
        wait_s=limit_s,
        horizon_s=horizon.total_seconds(),
    )
    return Formulas(steady=steady, backlog=backlog)
