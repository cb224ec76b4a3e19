"""Figures of a month beside those of the month before and the year before."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from dashboards.exports.document import Column, Table
from dashboards.exports.naming import month_name
from dashboards.exports.notation import NO_DATA, length, longer, more, points, share, tenths, whole
from ticketing.month import AreaMonth, Month
from ticketing.totals import Totals

Of = TypeVar("Of", bound=Totals)


class Compared(Struct, frozen=True, kw_only=True):
    """An area in three months; None where nothing is known of one. `number` is its place among the areas."""

    number: int
    now: AreaMonth
    before: AreaMonth | None
    year_before: AreaMonth | None
    names: tuple[str, str, str]
    """Of the months, also of those that are not known."""

    @property
    def id(self) -> str:
        """How the ids of its headings begin; names of areas may hold anything."""
        return f"zone-{self.number}"

    @property
    def known(self) -> tuple[AreaMonth | None, AreaMonth | None, AreaMonth | None]:
        return self.now, self.before, self.year_before


class Measure(NamedTuple, Generic[Of]):
    """A line of the comparison: its value of some totals, how it is told, and how the difference of two is."""

    name: str
    value: Callable[[Of], Any]
    told: Callable[[Any], str]
    apart: Callable[[Any, Any], str]


def compared(month: Month, before: Month | None, year_before: Month | None) -> list[Compared]:
    """The areas of a month, each beside itself."""
    first = month.month
    last_year = first.replace(year=first.year - 1)
    last_month = first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)
    return [
        Compared(
            number=number,
            now=area,
            before=_same(before, area),
            year_before=_same(year_before, area),
            names=(month_name(first), month_name(last_month), month_name(last_year)),
        )
        for number, area in enumerate(month.areas, 1)
    ]


def _same(month: Month | None, area: AreaMonth) -> AreaMonth | None:
    """The area in another month; None where nothing was heard of it."""
    found = (
        next((one for one in month.areas if (one.area, one.kind) == (area.area, area.kind)), None) if month else None
    )
    return found if found and found.days_heard else None


def counted(name: str, value: Callable[[Of], int | None]) -> Measure[Of]:
    return Measure(name, value, whole, more)


def timed(name: str, value: Callable[[Of], float | None]) -> Measure[Of]:
    return Measure(name, value, length, longer)


def rated(name: str, value: Callable[[Of], tuple[int, int]], *, up: bool = False) -> Measure[Of]:
    """A share, from its numerator and denominator; `up` where less is better."""

    def told(parts: tuple[int, int]) -> str:
        return share(*parts, up=up) if parts[1] else NO_DATA

    def apart(now: tuple[int, int], before: tuple[int, int]) -> str:
        return points(tenths(*now, up=up), tenths(*before, up=up))

    return Measure(name, value, told, apart)


def comparison(caption: str, of: Compared, measures: Iterable[Measure[Any]]) -> Table:
    now, last_month, last_year = of.names
    return Table(
        caption=caption,
        columns=(
            Column(title="Chiffre"),
            Column(title=now.capitalize(), number=True),
            Column(title=last_month.capitalize(), number=True),
            Column(title="Écart", number=True),
            Column(title=last_year.capitalize(), number=True),
            Column(title="Écart sur un an", number=True),
        ),
        rows=tuple(_row(measure, [area.whole if area else None for area in of.known]) for measure in measures),
    )


def _row(measure: Measure[Any], totals: Sequence[Totals | None]) -> tuple[str, ...]:
    now, *others = (None if one is None else measure.value(one) for one in totals)
    cells = [measure.name, NO_DATA if now is None else measure.told(now)]
    for other in others:
        gone = now is None or other is None
        cells += [NO_DATA, "–"] if gone else [measure.told(other), measure.apart(now, other)]
    return tuple(cells)
