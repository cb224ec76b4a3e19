"""Remedies in French: the counters to open, to close or to move, as somebody is told to do it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ticketing.figures import AreaFigures, CounterFigures, QueueFigures, StaffingFigures, StepFigures
from ticketing.saying import _


def chosen(queue: QueueFigures) -> StaffingFigures | None:
    """The recommended change, if one is; the last tried where none is enough."""
    changes = [effect for effect in queue.staffing if effect.steps]
    enough = [effect for effect in changes if effect.counters == queue.counters_recommended]
    return next(iter(enough or changes[-1:]), None)


def actions(steps: Iterable[StepFigures], area: AreaFigures, here: str = "") -> str:
    """As somebody is told to do it: "ouvrir Guichet 2 et Guichet 4, affecter Guichet 1 à Asile".

    `here` is a queue that has just been named.
    """
    queues = {queue.queue: queue.name for queue in area.queues}
    return ", ".join(_actions(list(steps), {one.counter: one for one in area.counters}, queues, here))


def _actions(
    steps: Sequence[StepFigures], counters: Mapping[str, CounterFigures], queues: Mapping[str, str], here: str
) -> Iterator[str]:
    def named(some: Iterable[StepFigures]) -> str:
        return _(" et ").join(
            counters[step.counter].name if step.counter in counters else step.counter for step in some
        )

    def serves(step: StepFigures) -> bool:
        return step.counter in counters and step.queues[0] in counters[step.counter].queues

    if opened := [step for step in steps if step.open and not step.moved]:
        yield _("ouvrir {counters}").format(counters=named(opened))
    if closed := [step for step in steps if not step.open]:
        yield _("fermer {counters}").format(counters=named(closed))
    moved = [step for step in steps if step.moved and step.queues]
    for queue in dict.fromkeys(step.queues[0] for step in moved):
        to, name = [step for step in moved if step.queues[0] == queue], queues.get(queue, queue)
        if others := named(step for step in to if not serves(step)):
            text = _("y affecter {counters}") if queue == here else _("affecter {counters} à {queue}")
            yield text.format(counters=others, queue=name)
        if already := named(step for step in to if serves(step)):
            first = _("à servir d’abord par {counters}"), _("{queue} à servir d’abord par {counters}")
            yield first[queue != here].format(counters=already, queue=name)
