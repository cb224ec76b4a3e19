"""The floor: who knows the day's true law and sees the hall as it is, but not the draws to come, nor who has left."""

from random import Random

import numpy as np

from deploy.demo.place import MINUTE
from tests.bench.halls.hall import Hall, Post, Ticket
from tests.bench.halls.law import Law
from tests.bench.halls.scores import Prediction

REPLICATIONS = 100
SOON = 3 * MINUTE
MISSED = 15 * MINUTE


def by_the_plan(seen: Hall, usual: Law, now: float) -> Hall:
    """The same hall to somebody who knows the usual day's law and the plan, but nothing of this day but what is seen.

    A counter that should be back is believed to come in a moment, and one that never came to come after lunch.
    """
    hall = seen.snapshot()
    hall.law, hall.arrivals = usual, usual.arrivals
    for post, planned in zip(hall.posts, usual.shifts, strict=True):
        post.pauses_taken += len(planned.pauses) - len(post.shift.pauses)
        if post.state == "closed":
            post.back, post.pauses_taken = max(planned.opens, now + SOON), 0
            if now > planned.opens + MISSED and planned.pauses:
                lunch = max(planned.pauses, key=lambda pause: pause.back - pause.since)
                post.back, post.pauses_taken = max(lunch.back, now + SOON), len(planned.pauses)
        elif post.state == "paused":
            post.back = max(planned.pauses[post.pauses_taken - 1].back, now + SOON)
        post.shift = planned
    return hall


def foreseen(seen: Hall, queue: int, now: float, seed: str, replications: int = REPLICATIONS) -> Prediction | None:
    """The wait of an ordinary newcomer, from as many futures of the hall; of those in which the ticket is called."""
    if seen.free_for(queue):
        return Prediction(p10_s=0.0, p50_s=0.0, p90_s=0.0, mean_s=0.0)
    chance = Random(seed)
    # whoever comes later to the same line is never called before
    arrivals = seen.arrivals.without({(queue, "none")})
    waits = []
    for _ in range(replications):
        hall = seen.snapshot()
        hall.chance, hall.arrivals = chance, arrivals
        called = _future(hall, queue, now)
        if called is not None:
            waits.append(called - now)
    if not waits:
        return None
    p10, p50, p90 = np.quantile(waits, (0.1, 0.5, 0.9)).tolist()
    return Prediction(p10_s=p10, p50_s=p50, p90_s=p90, mean_s=sum(waits) / len(waits))


def _future(hall: Hall, queue: int, now: float) -> float | None:
    for post in hall.posts:
        if post.ticket:
            _go_on(hall, post, post.ticket, now)
    hall.begin(now)
    hall.awaited = Ticket(0, queue, "none", now, now)
    hall.join(hall.awaited, now)
    return hall.run()


def _go_on(hall: Hall, post: Post, ticket: Ticket, now: float) -> None:
    """What is going on at a counter, given that it still does."""
    chance, law = hall.chance, hall.law
    if post.started <= now:
        hall.plan(now + law.services[ticket.queue].rest(now - post.started, chance), hall.free, post)
    elif _absent(law, post.called - ticket.due, now - post.called, chance):
        hall.misses(post, max(now, post.called + _uniform_above(law.absent, now - post.called, chance)))
    else:
        hall.serves(post, post.called + _uniform_above(law.walk, now - post.called, chance))


def _absent(law: Law, waited: float, elapsed: float, chance: Random) -> bool:
    """Whether somebody who was called so long ago, and has not come yet, will not come."""
    if law.patience is None:
        return False
    gone = 1 - law.patience.longer(waited)
    missed, comes = gone * _left(law.absent, elapsed), (1 - gone) * _left(law.walk, elapsed)
    return chance.random() * (missed + comes) < missed if missed + comes else True


def _left(span: tuple[float, float], elapsed: float) -> float:
    low, high = span
    if high <= low:
        return float(elapsed < low)
    return min(max((high - elapsed) / (high - low), 0.0), 1.0)


def _uniform_above(span: tuple[float, float], elapsed: float, chance: Random) -> float:
    return chance.uniform(min(max(span[0], elapsed), span[1]), span[1])
