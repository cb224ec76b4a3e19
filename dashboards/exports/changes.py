"""What differs between two versions of a month, in French sentences, the most important first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dashboards.exports.call_columns import CALLS
from dashboards.exports.hall_columns import HALL
from dashboards.exports.naming import day_name, queue_names
from dashboards.exports.notation import in_french, length, spaced, whole
from dashboards.exports.parts.overview import aim, promised, result, value
from dashboards.exports.tables import Column
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month
from ticketing.open_days import OpenDay
from ticketing.totals import HallTotals, Totals

MOST = 20
FEW = 3
"""Figures named of one queue and day."""
FIRST = ("within", "tickets", "answered", "offered", "lost", "judged")
"""The figures that are named before others."""
Keyed = Mapping[Any, Any]


@in_french
def differences(before: Month, after: Month, most: int = MOST) -> tuple[str, ...]:
    """At most so many sentences, then how many more there are; none of the same facts."""
    if before == after:
        return ()
    pairs = list(_pairs(before, after))
    found: list[str] = list(_areas(before, after))
    for told in (_results, _promises, _days, _months, _names, _figures, _beside):
        for pair in pairs:
            found += told(*pair)
    if not found:
        found = ["Des détails ont changé : configuration, demi-heures ou répartition des attentes."]
    if len(found) <= most:
        return tuple(map(spaced, found))
    left = len(found) - most + 1
    return *map(spaced, found[: most - 1]), f"Et {left} autres différences."


def _pairs(before: Month, after: Month) -> Iterable[tuple[AreaMonth, AreaMonth]]:
    past = {area.area: area for area in before.areas}
    return ((past[area.area], area) for area in after.areas if area.area in past)


def _areas(before: Month, after: Month) -> Iterable[str]:
    old, new = ({area.area: area for area in month.areas} for month in (before, after))
    yield from (f"{area.name} : zone ajoutée." for key, area in new.items() if key not in old)
    yield from (f"{area.name} : zone retirée." for key, area in old.items() if key not in new)


def _results(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    """Targets that are reached now and were not, or the other way round."""
    for old, new in _both(_promised(before), _promised(after)):
        if old and new and old.reached != new.reached:
            yield (
                f"{_whose(after, new)}, {promised(new)} : cible {aim(new)} {result(new)} ({value(new)}) au lieu de "
                f"{result(old)} ({value(old)})."
            )


def _promises(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    for old, new in _both(_promised(before), _promised(after)):
        one = new or old
        if old is None or new is None:
            what = "ajouté" if old is None else "retiré"
            yield f"{_whose(after if new else before, one)} : engagement {what}, {promised(one)}, cible {aim(one)}."
        elif (old.first, old.last) != (new.first, new.last):
            yield (
                f"{_whose(after, new)}, {promised(new)} : appliqué du {new.first.day} au {new.last.day} au lieu du "
                f"{old.first.day} au {old.last.day}."
            )


def _promised(area: AreaMonth) -> Keyed:
    """By what makes two promises the same."""
    return {
        (one.queue or "", one.indicator, one.within_s or 0.0, one.target or 0.0, one.valid_from, one.provenance): one
        for one in area.kept
    }


def _whose(area: AreaMonth, one: Kept) -> str:
    return area.name if one.queue is None else queue_names(area).get(one.queue, one.queue)


def _days(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    for old, new in _both({one.day: one for one in before.days}, {one.day: one for one in after.days}):
        one: OpenDay = new or old
        where = f"{after.name}, {day_name(one.day)}"
        was, now = (day is not None and day.heard for day in (old, new))
        if was != now:
            yield f"{where} : {'données ajoutées' if now else 'plus aucune donnée'}."
        if _open(old) != _open(new):
            yield f"{where} : {_open(new)} au lieu de {_open(old)}."


def _open(one: OpenDay | None) -> str:
    if one is None or not (one.spans or one.exceptional):
        return "jour non ouvert"
    return " et ".join(one.spans) if one.spans else "fermeture exceptionnelle"


def _months(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    if told := _apart(before.whole, after.whole):
        yield f"{after.name}, le mois : {told}."


def _names(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    if before.name != after.name:
        yield f"La zone « {before.name} » s’appelle « {after.name} »."
    for old, new in _both(queue_names(before), queue_names(after)):
        if old is None:
            yield f"{after.name} : file « {new} » ajoutée."
        elif new is None:
            yield f"{after.name} : file « {old} » retirée."
        elif old != new:
            yield f"La file « {old} » s’appelle « {new} »."


def _figures(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    """Of each queue and day; of the area on a day only what no queue of it tells."""
    names: dict[str, str] = {**queue_names(before), **queue_names(after)}
    pairs = _both(_by_day(before), _by_day(after))
    by_queue = {(new or old)[0][1] for old, new in pairs if (new or old)[0][0] is not None and _changed(old, new)}
    for old, new in pairs:
        queue, day = (new or old)[0]
        if not _changed(old, new) or (queue is None and day in by_queue):
            continue
        where = f"{after.name if queue is None else names[queue]}, {day_name(day)}"
        if old is None or new is None:
            what = "chiffres ajoutés" if old is None else "plus aucun chiffre"
            yield f"{where} : {what}, {_size((new or old)[1])}."
        else:
            yield f"{where} : {_apart(old[1], new[1]) or 'durées ou parts modifiées'}."


def _by_day(area: AreaMonth) -> dict[tuple[str, date], tuple[tuple[str | None, date], Totals]]:
    return {(cut.queue or "", cut.day): ((cut.queue, cut.day), cut.totals) for cut in area.cuts if cut.day}


def _changed(old: Any, new: Any) -> bool:
    return bool(old is None or new is None or old[1] != new[1])


def _size(totals: Totals) -> str:
    of, what = (totals.tickets, "ticket") if isinstance(totals, HallTotals) else (totals.offered, "appel")
    return f"{whole(of)} {what}{'s' if of > 1 else ''}"


def _apart(old: Totals, new: Totals) -> str:
    """The figures that differ, the first of them named: counts before times; rates follow from counts."""
    figures = HALL if isinstance(new, HallTotals) else CALLS
    ordered = sorted(figures, key=lambda one: FIRST.index(one[0]) if one[0] in FIRST else len(FIRST))
    ordered.sort(key=lambda one: one[1].type != "integer")
    told = [
        _told(column, getattr(old, field, None), getattr(new, field))
        for field, column in ordered
        if (column.type == "integer" or column.unit == "s") and getattr(old, field, None) != getattr(new, field)
    ]
    more = len(told) - FEW
    return ", ".join(told[:FEW]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")


def _told(column: Column, old: Any, new: Any) -> str:
    name = column.title[0].lower() + column.title[1:]
    if column.type == "integer":
        return f"{whole(new)} {name} au lieu de {whole(old)}"
    return f"{name} {length(new)} au lieu de {length(old)}"


def _beside(before: AreaMonth, after: AreaMonth) -> Iterable[str]:
    """What is told beside the figures."""
    counted: Sequence[tuple[str, Callable[[AreaMonth], int]]] = (
        ("alertes", lambda area: len(area.breaches)),
        ("silences d’appareils", lambda area: len(area.gaps)),
        ("attentes annoncées et jugées", lambda area: area.precision[0].n if area.precision else 0),
    )
    for name, count in counted:
        old, new = count(before), count(after)
        if old != new:
            yield f"{after.name} : {whole(new)} {name} au lieu de {whole(old)}."
    if len(before.breaches) == len(after.breaches) and before.breaches != after.breaches:
        yield f"{after.name} : le déroulement d’une ou plusieurs alertes a changé."


def _both(old: Keyed, new: Keyed) -> list[tuple[Any, Any]]:
    """What is under each key of either, in the order of the keys."""
    return [(old.get(key), new.get(key)) for key in sorted({*old, *new})]
