"""What a public file may not say: figures of few people, and those from which they could be had by subtraction."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

from msgspec import Struct

from ticketing.month import AreaMonth
from ticketing.totals import HallTotals, Totals

People = tuple[int, ...]
"""Of a row: on how many people its figures rest, by what they are counted of."""


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


def hidden(
    counts: Mapping[Hashable, People], sums: Sequence[Sum], fewest: int, known: Iterable[Hashable] = ()
) -> frozenset[Hashable]:
    """Rows of fewer people than `fewest`, those `known` to be hidden, and those from which these could be reckoned.

    Of rows that add up, either none is hidden or at least two, and those that are have `fewest` people together: the
    smallest others go with them, the sum itself where there are no others.
    """
    found = {key for key in counts if few(counts[key], fewest)} | set(known)
    present = [
        Sum(
            one.whole if one.whole in counts else None,
            tuple(part for part in one.parts if any(counts.get(part, ()))),
        )
        for one in sums
    ]
    grown = True
    while grown:
        before = len(found)
        for one in present:
            _cover(one, counts, found, fewest)
        grown = len(found) > before
    return frozenset(found)


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
