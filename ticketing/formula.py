"""The wait by a closed formula, from the length of the line: quick, and in need of little history.

The smallest W with  integral_0^W [s(u) - lambda m] du = sum over those ahead [(1 - p) m + p h] + m (1 + c^2) / 2,
where s(u) are the counters staffed then, lambda the rate of those who come and go before, m and c the mean and the
coefficient of variation of a service, p the chance to be gone when called, and h what a call in vain takes.
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from ticketing.arrays import Floats
from ticketing.attending import desks
from ticketing.lesson import BIN_S
from ticketing.levels import Levels
from ticketing.load import NOBODY_LEAVES, Leaving
from ticketing.outlook import Outlook
from ticketing.situation import Situation

STEP_S, REACH_S = 60.0, 12 * 3600.0
FUTURES = 20
Z90 = 1.2816
"""Standard deviations between the median of a normal law and its P90."""


def queue_length_waits(outlook: Outlook) -> dict[str, Levels]:
    """P10, P50 and P90 in seconds of a newcomer's wait, by queue; those missing cannot be called today."""
    situation, load, services, queues = outlook.situation, outlook.load, outlook.services, outlook.queues
    if not queues:
        return {}
    staffed = _staffed(outlook)
    work = {queue: _work(queue, outlook) for queue in queues}
    shares = _shares(outlook, work)
    grid = np.arange(len(staffed) + 1) * STEP_S
    delay = max((situation.day.clock_start(situation.at) - situation.at).total_seconds(), 0.0)
    found = {}
    for queue in queues:
        if work[queue] == 0 and _free(queue, situation) and delay == 0:
            found[queue] = (0.0, 0.0, 0.0)
            continue
        own = services[queue]
        before = load.rates(queue, situation.day.date, first=True).max() * own.mean_s
        capacity = np.cumsum([0.0, *np.maximum(staffed @ shares[queue] - before, 0.0)]) * STEP_S
        need = work[queue] + own.mean_s * (1 + own.c**2) / 2
        spread = np.sqrt(need * own.mean_s * (1 + own.c**2) / 2)
        levels = [np.interp(max(need + z * spread, 0.0), capacity, grid, right=np.inf)
                  for z in (-Z90, 0.0, Z90)]  # fmt: skip
        if np.isfinite(levels).all():
            low, middle, high = (round(max(float(level) - delay, 0.0), 1) for level in levels)
            found[queue] = low, middle, high
    return found


def _staffed(outlook: Outlook) -> Floats:
    """Share of futures in which each counter is there, by minute: (minutes, C)."""
    chance = np.random.Generator(np.random.SFC64(0))
    found = desks(outlook, FUTURES, [()], chance)
    grid = (np.arange(int(REACH_S / STEP_S)) * STEP_S)[:, None, None]
    # whoever is busy is there: what is left of services is in the formula
    busy = np.array([seat.open for seat in outlook.situation.seats])
    there = (grid >= found.free) | busy
    for k in range(found.away.shape[2]):
        stays = found.stays[:, :, k] & np.isinf(found.back[:, :, k])
        there &= (grid < found.away[:, :, k]) | (grid >= found.back[:, :, k]) | stays
    share: Floats = there.mean(axis=1)
    return share


def _work(queue: str, outlook: Outlook) -> float:
    """Seconds of counters that those in line will take."""
    situation, load, own = outlook.situation, outlook.load, outlook.services[queue]
    leaving: Leaving = load.leaving.get(queue, NOBODY_LEAVES)
    waited = np.array([(situation.at - one.since).total_seconds() for one in situation.waiting if one.queue == queue])
    vain_s = own.vain_s if leaving.rate is None else 0.0
    gone = np.zeros(len(waited))
    if leaving.rate is None and len(leaving.gone):
        gone = np.interp(waited, leaving.waits_s, leaving.gone)
    return float(((1 - gone) * own.mean_s + gone * vain_s + load.gap_s).sum())


def _shares(outlook: Outlook, work: Mapping[str, float]) -> dict[str, Floats]:
    """What part of each counter's time each queue has: as the work that waits, and comes within the half-hour."""
    situation, load, services, queues = outlook.situation, outlook.load, outlook.services, outlook.queues
    coming = {
        queue: work[queue] + float(load.rates(queue, situation.day.date).mean()) * BIN_S * services[queue].mean_s + 1.0
        for queue in queues
    }
    found: defaultdict[str, Floats] = defaultdict(lambda: np.zeros(len(situation.seats)))
    for index, seat in enumerate(situation.seats):
        served = [queue for queue in seat.queues if queue in coming]
        for queue in served:
            found[queue][index] = coming[queue] / sum(coming[other] for other in served)
    return {queue: found[queue] for queue in queues}


def _free(queue: str, situation: Situation) -> bool:
    return any(seat.state == "free" and queue in seat.queues for seat in situation.seats)
