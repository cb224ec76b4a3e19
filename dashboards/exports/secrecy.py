"""What a public file may not say: figures of few people, and those from which they could be had by subtraction."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from msgspec import Struct

from ticketing.kept import Kept
from ticketing.month import AreaMonth
from ticketing.totals import HallTotals, Totals

People = tuple[int, ...]
"""Of a row: on how many people its figures rest, by what they are counted of."""
ALIKE = 1e-9
"""Of sums of whole numbers: what is smaller is nothing."""


class Sum(Struct, frozen=True):
    """Rows that add up to another one; `whole` None: to a number that is published elsewhere."""

    whole: Hashable | None
    parts: tuple[Hashable, ...]


def people(totals: Totals) -> People:
    if isinstance(totals, HallTotals):
        return totals.tickets, totals.legs, totals.judged
    return totals.offered, totals.wait_n, totals.judged, totals.received or 0


def few(counts: People, fewest: int) -> bool:
    return any(0 < n < fewest for n in counts)


def hidden_cuts(area: AreaMonth, fewest: int) -> frozenset[Hashable]:
    """Which figures of an area stay out of public files, as (queue, day, half_hour)."""
    counts: dict[Hashable, People] = {(cut.queue, cut.day, cut.half_hour): people(cut.totals) for cut in area.cuts}
    queues = [name.queue for name in area.queues]
    times = sorted({(cut.day, cut.half_hour) for cut in area.cuts}, key=str)
    sums = [Sum((None, *time), tuple((queue, *time) for queue in queues)) for time in times]
    for part in [time for time in times if time[0]], [time for time in times if time[1] is not None]:
        sums += [Sum((queue, None, None), tuple((queue, *time) for time in part)) for queue in (None, *queues)]
    return hidden(counts, sums, fewest)


def hidden_promises(area: AreaMonth, fewest: int) -> frozenset[Hashable]:
    """Places of the promises whose figures stay out: theirs are those of a queue and a month, or parts of them."""
    counts: dict[Hashable, tuple[int, ...]] = {index: (kept.of,) for index, kept in enumerate(area.kept)}
    cuts = hidden_cuts(area, fewest)
    days = _hidden_days(area, cuts)
    known = [
        index
        for index, kept in enumerate(area.kept)
        if kept.of and ((kept.queue, None, None) in cuts or _parts(kept, days[kept.queue]))
    ]

    def alike(of: Callable[[Kept], object]) -> Iterable[tuple[int, ...]]:
        groups: dict[object, list[int]] = {}
        for index, kept in enumerate(area.kept):
            groups.setdefault(of(kept), []).append(index)
        return map(tuple, groups.values())

    sums = [
        Sum(
            next((index for index in group if area.kept[index].queue is None), None),
            tuple(index for index in group if area.kept[index].queue is not None),
        )
        for group in alike(lambda kept: (kept.indicator, kept.within_s, kept.target, kept.provenance, kept.valid_from))
        if any(area.kept[index].queue is not None for index in group)
    ]
    sums += [Sum(None, group) for group in alike(lambda kept: (kept.indicator, kept.queue)) if len(group) > 1]
    return hidden(counts, sums, fewest, known)


def _hidden_days(area: AreaMonth, cuts: frozenset[Hashable]) -> Mapping[str | None, frozenset[date]]:
    """Days of each queue whose figures stay out; for the area, those of any queue: a promise may be of some of them."""
    gone = [(cut.queue, cut.day) for cut in area.cuts if cut.day and (cut.queue, cut.day, None) in cuts]
    found: dict[str | None, frozenset[date]] = {None: frozenset(day for _, day in gone)}
    for name in area.queues:
        found[name.queue] = frozenset(day for whose, day in gone if whose == name.queue)
    return found


def _parts(kept: Kept, days: frozenset[date]) -> bool:
    """Whether some of these days are in its part of the month and some are not.

    How many came on all of them together is known from the month anyway; on some of them, it is not.
    """
    inside = {day for day in days if kept.first <= day <= kept.last}
    return bool(inside) and inside != days


def hidden(
    counts: Mapping[Hashable, People], sums: Sequence[Sum], fewest: int, known: Iterable[Hashable] = ()
) -> frozenset[Hashable]:
    """Rows of fewer people than `fewest`, those `known` to be hidden, and those from which these could be reckoned.

    Of rows that add up, either none is hidden or at least two, and those that are have `fewest` people together: the
    smallest others go with them, the sum itself where there are no others. Then nothing of few people can be solved for
    from all sums together either.
    """
    found = {key for key in counts if few(counts[key], fewest)} | set(known)
    present = [
        Sum(
            one.whole if one.whole in counts else None,
            tuple(part for part in one.parts if any(counts.get(part, ()))),
        )
        for one in sums
    ]
    while True:
        before = len(found)
        for one in present:
            _cover(one, counts, found, fewest)
        if len(found) > before:
            continue
        if (more := _needed(present, counts, found, fewest)) is None:
            return frozenset(found)
        found.add(more)


def _needed(
    lines: Sequence[Sum], counts: Mapping[Hashable, People], found: set[Hashable], fewest: int
) -> Hashable | None:
    """The smallest row whose figures help to solve for one of few people; None where none can be solved for."""
    for key in _solved(lines, [key for key in counts if key in found]):
        if few(counts[key], fewest):
            # where all beside it is hidden already, what is beside those
            for touched in {key}, found:
                near = [one for one in lines if not touched.isdisjoint((one.whole, *one.parts))]
                left = {other for one in near for other in (*one.parts, one.whole)} - found - {None}
                if left:
                    return min(left, key=lambda other: (counts[other], str(other)))
    return None


def _solved(lines: Sequence[Sum], gone: Sequence[Hashable]) -> Iterable[Hashable]:
    """Those of the rows that all sums together leave no freedom."""
    if not gone or not lines:
        return
    places = {key: place for place, key in enumerate(gone)}
    equations = np.zeros((len(lines), len(gone)))
    for equation, one in zip(equations, lines, strict=True):
        equation[[places[part] for part in one.parts if part in places]] = 1
        if one.whole in places:
            equation[places[one.whole]] = -1
    # the sums fix so much of each row: all of it, where it lies within what they span
    _, sizes, directions = np.linalg.svd(equations, full_matrices=False)
    fixed = (directions[sizes > ALIKE] ** 2).sum(axis=0)
    for key, share in zip(gone, fixed, strict=True):
        if share > 1 - ALIKE:
            yield key


def _cover(line: Sum, counts: Mapping[Hashable, People], found: set[Hashable], fewest: int) -> None:
    """Adds to those hidden until nothing of this sum can be reckoned from the rest of it."""
    while True:
        gone = [part for part in line.parts if part in found]
        whole_gone = line.whole is not None and line.whole in found
        together = tuple(sum(of) for of in zip(*(counts[part] for part in gone), strict=True))
        if not gone and not whole_gone:
            return
        if len(gone) + whole_gone > 1 and (whole_gone or not few(together, fewest)):
            return
        left = [part for part in line.parts if part not in found]
        if left:
            found.add(min(left, key=lambda part: counts[part]))
        elif line.whole is not None and not whole_gone:
            found.add(line.whole)
        else:
            return
