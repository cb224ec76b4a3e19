"""Remedies in French: the counters to open, to close or to move, as somebody is told to do it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from ticketing.alert import Instruction
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
    return said(instructions(steps, area, here))


def instructions(steps: Iterable[StepFigures], area: AreaFigures, here: str = "") -> tuple[Instruction, ...]:
    """The same, for whoever says it later."""
    queues = {queue.queue: queue.name for queue in area.queues}
    return tuple(_instructions(list(steps), {one.counter: one for one in area.counters}, queues, here))


def said(told: Iterable[Instruction]) -> str:
    return ", ".join(
        _text(one.do, named=bool(one.queue)).format(counters=_(" et ").join(one.counters), queue=one.queue)
        for one in told
    )


def _text(do: Literal["open", "close", "assign", "serve_first"], *, named: bool) -> str:
    """`named`: the queue has to be."""
    match do:
        case "open":
            return _("ouvrir {counters}")
        case "close":
            return _("fermer {counters}")
        case "assign":
            return _("affecter {counters} à {queue}") if named else _("y affecter {counters}")
        case "serve_first":
            return _("{queue} à servir d’abord par {counters}") if named else _("à servir d’abord par {counters}")


def _instructions(
    steps: Sequence[StepFigures], counters: Mapping[str, CounterFigures], queues: Mapping[str, str], here: str
) -> Iterator[Instruction]:
    def named(some: Iterable[StepFigures]) -> tuple[str, ...]:
        return tuple(counters[step.counter].name if step.counter in counters else step.counter for step in some)

    def serves(step: StepFigures) -> bool:
        return step.counter in counters and step.queues[0] in counters[step.counter].queues

    if opened := [step for step in steps if step.open and not step.moved]:
        yield Instruction(do="open", counters=named(opened))
    if closed := [step for step in steps if not step.open]:
        yield Instruction(do="close", counters=named(closed))
    moved = [step for step in steps if step.moved and step.queues]
    for queue in dict.fromkeys(step.queues[0] for step in moved):
        to, name = (
            [step for step in moved if step.queues[0] == queue],
            "" if queue == here else queues.get(queue, queue),
        )
        if others := named(step for step in to if not serves(step)):
            yield Instruction(do="assign", counters=others, queue=name)
        if already := named(step for step in to if serves(step)):
            yield Instruction(do="serve_first", counters=already, queue=name)
