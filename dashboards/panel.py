"""The what-if panel in French: each counter with what may be done with it, what is chosen, what that would bring."""

from collections.abc import Iterable, Sequence
from math import ceil

from msgspec import Struct

from dashboards.commitments import in_time
from dashboards.courses import Change, served
from dashboards.foretelling import between, middle
from ticketing.counter import is_open
from ticketing.figures import AreaFigures, CounterFigures, Quantiles
from ticketing.foreseen import quantiles
from ticketing.french.notation import NOTHING, percent
from ticketing.plan import Plan
from ticketing.saying import N_, _
from ticketing.staffing import Effect, WhatIf

BREAK_MIN = 15
UNSURE, PERHAPS_NOT = N_("incertaine"), N_("peut-être pas avant la fermeture")
"""Of a wait that may not end today."""


class Toggle(Struct, frozen=True):
    """A change that a click chooses or gives up; `label` is of a counter that has been named."""

    id: str
    change: Change
    label: str
    pressed: bool


class CounterRow(Struct, frozen=True):
    """`others`: the changes chosen of other counters, which stay when this one's does not."""

    counter: CounterFigures
    queues: str
    toggles: tuple[Toggle, ...]
    others: tuple[Change, ...]


class Chip(Struct, frozen=True):
    """A chosen change; `toggle` is the id of the button that chose it."""

    label: str
    toggle: str
    others: tuple[Change, ...]


class Said(Struct, frozen=True):
    """An effect as shown."""

    counters: int
    value: str
    bracket: str
    share: str


class QueueRow(Struct, frozen=True):
    queue: str
    name: str
    measure: str
    present: Said
    then: Said
    moves: str
    """By how much the wait grows or shrinks."""


class Panel(Struct, frozen=True):
    """`outcome` says in a sentence what the chosen changes would bring; empty while none is chosen."""

    counters: tuple[CounterRow, ...]
    chips: tuple[Chip, ...]
    queues: tuple[QueueRow, ...]
    outcome: str


def panel(area: AreaFigures, plan: Plan, wanted: Sequence[Change], found: Iterable[WhatIf]) -> Panel:
    names = {queue.queue: queue.name for queue in area.queues}
    may = served(area, plan)
    chosen = {change.counter: change for change in wanted}
    rows = tuple(_row(counter, may[counter.counter], names, chosen, area.area) for counter in area.counters)
    queues = tuple(_effects(one, area) for one in found)
    counters = {counter.counter: counter for counter in area.counters}
    chips = tuple(
        Chip(
            label=told(change, counters[change.counter].name, names, first=_serves(counters[change.counter], change)),
            toggle=_id(change, area.area),
            others=tuple(other for other in wanted if other != change),
        )
        for change in wanted
    )
    return Panel(rows, chips, queues, _outcome(queues) if wanted and queues else "")


def told(change: Change, counter: str, queues: dict[str, str], *, first: bool = False) -> str:
    """`first`: the counter serves the queue already, and is to serve it before others."""
    queue = queues.get(change.queue, change.queue)
    match change.action:
        case "open":
            return _("Ouvrir {counter}").format(counter=counter)
        case "close":
            return _("Fermer {counter}").format(counter=counter)
        case "break":
            return _("{counter} en pause {n}\u202fmin").format(counter=counter, n=change.minutes)
        case "move" if first:
            return _("{counter} : d’abord {queue}").format(counter=counter, queue=queue)
        case "move":
            return _("Affecter {counter} à {queue}").format(counter=counter, queue=queue)


def _row(
    counter: CounterFigures, may: Sequence[str], names: dict[str, str], chosen: dict[str, Change], area: str
) -> CounterRow:
    own = chosen.get(counter.counter)
    possible = list(_possible(counter, may))
    if own and own not in possible:
        # it has been done in the meantime, or was written by hand
        possible.append(own)
    return CounterRow(
        counter=counter,
        queues=", ".join(names.get(queue, queue) for queue in counter.queues),
        toggles=tuple(Toggle(_id(one, area), one, _label(one, names, counter), one == own) for one in possible),
        others=tuple(change for change in chosen.values() if change != own),
    )


def _possible(counter: CounterFigures, may: Sequence[str]) -> Iterable[Change]:
    """What may be done with a counter as it is."""
    name = counter.counter
    if is_open(counter.state):
        yield Change(action="close", counter=name)
        yield Change(action="break", counter=name, minutes=BREAK_MIN)
    else:
        yield Change(action="open", counter=name)
    for queue in may:
        if queue not in counter.queues[:1]:
            yield Change(action="move", counter=name, queue=queue)


def _serves(counter: CounterFigures, change: Change) -> bool:
    """Whether a change only makes another of a counter's queues its first."""
    return change.queue in counter.queues and is_open(counter.state)


def _label(change: Change, names: dict[str, str], counter: CounterFigures) -> str:
    queue = names.get(change.queue, change.queue)
    match change.action:
        case "open":
            return _("Ouvrir")
        case "close":
            return _("Fermer")
        case "break":
            return _("Pause {n}\u202fmin").format(n=change.minutes)
        case "move" if _serves(counter, change):
            return _("D’abord {queue}").format(queue=queue)
        case "move":
            return _("Affecter à {queue}").format(queue=queue)


def _id(change: Change, area: str) -> str:
    return "-".join(("what-if", area, change.action, change.told.replace(":", "--")))


def _effects(found: WhatIf, area: AreaFigures) -> QueueRow:
    queue = next((one for one in area.queues if one.queue == found.queue), None)
    before, after = quantiles(found.present.waits), quantiles(found.then.waits)
    over = queue is not None and queue.no_prediction == "closed"
    return QueueRow(
        queue=found.queue,
        name=queue.name if queue else found.queue,
        measure=in_time(queue) if queue else "",
        present=_said(found.present, before, area.kind, over=over),
        then=_said(found.then, after, area.kind, over=over),
        moves=_moves(before, after, area.kind),
    )


def _said(effect: Effect, waits: Quantiles | None, kind: str, *, over: bool) -> Said:
    """`over`: the day is, and a wait that may not end is none."""
    value, bracket = (NOTHING, "") if over else (_(UNSURE), _(PERHAPS_NOT))
    return Said(
        counters=effect.counters,
        value=middle(waits, kind) if waits else value,
        bracket=between(waits, kind) if waits else bracket,
        share=percent(effect.within) if effect.within is not None else NOTHING,
    )


def _moves(before: Quantiles | None, after: Quantiles | None, kind: str) -> str:
    """As the two are shown: the difference of what is rounded, not the rounded difference."""
    if before is None or after is None:
        return ""
    text, seconds = (_("{n}\u202fs"), 1) if kind == "switchboard" else (_("{n}\u202fmin"), 60)
    by = ceil(after.p50 / seconds) - ceil(before.p50 / seconds)
    return "" if not by else f"{'+' if by > 0 else '−'}{text.format(n=abs(by))}"


def _outcome(queues: Iterable[QueueRow]) -> str:
    changed = [
        _("{queue} {then} (sans eux, {now})").format(queue=row.name, then=row.then.value, now=row.present.value)
        for row in queues
        if row.then.value != row.present.value
    ]
    if not changed:
        return _("Avec ces changements, les attentes prévues restent les mêmes.")
    return _("Avec ces changements, attente prévue : {waits}.").format(waits=_(" ; ").join(changed))
