"""An area by day, by half-hour and by length of wait: the drawings, each with the table behind it."""

from collections.abc import Callable, Iterable, Sequence

from dashboards.exports.charts import Curve, Series, Target, distribution, heat_map, lines
from dashboards.exports.document import Block, Chart, Column, Paragraph, Table
from dashboards.exports.naming import WEEKDAYS, day_name, half_hour_clock, half_hour_name, short_day
from dashboards.exports.notation import decimal, estimated, length, percent
from dashboards.exports.parts.comparison import Compared
from ticketing.cuts import Lengths
from ticketing.french.notation import NOTHING, duration
from ticketing.month import AreaMonth
from ticketing.open_days import HALF_HOURS, OpenDay
from ticketing.totals import Totals

MINUTE_S = 60
Cells = Callable[[Totals], tuple[str, ...]]
"""The figures of a row, after its name."""
LIMITS_S = (15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600)
"""Lengths of wait in the table behind a distribution."""


def by_day(caption: str, area: AreaMonth, columns: Sequence[Column], cells: Cells) -> Table:
    """Every day that was open, heard or closed for once; `columns` without the first."""
    rows = []
    for one in area.days:
        totals = area.cut(day=one.day)
        name, told = short_day(one.day), cells(totals) if totals else (NOTHING,) * len(columns)
        rows.append((f"{name} : {why}" if (why := absent(one)) else name, *told))
    return Table(caption=caption, columns=(Column(title="Jour"), *columns), rows=tuple(rows))


def absent(one: OpenDay) -> str:
    """Why a day has no figures, or none that are judged; empty where it has."""
    if not one.spans:
        return "fermeture" if one.exceptional else "fermé"
    return "" if one.heard else "sans donnée"


def by_half_hour(caption: str, area: AreaMonth, queue: str | None, columns: Sequence[Column], cells: Cells) -> Table:
    return Table(
        caption=caption,
        columns=(Column(title="Demi-heure"), *columns),
        rows=tuple(
            (half_hour_name(half_hour), *cells(totals))
            for half_hour in range(HALF_HOURS)
            if (totals := area.cut(queue, half_hour=half_hour))
        ),
    )


def day_rates(
    area: AreaMonth, name: str, rate: Callable[[Totals], tuple[int, int]], target: float | None, table: Table
) -> Chart:
    """A share, day by day, beside its target."""
    days = [one for one in area.days if one.spans]
    parts = [rate(totals) if (totals := area.cut(day=one.day)) else (0, 0) for one in days]
    values = tuple(100 * part / of if of else None for part, of in parts)
    known = [(value, one) for value, one in zip(values, days, strict=True) if value is not None]
    least, most = (min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])) if known else (None, None)
    said = f"{name}, jour par jour. "
    if least and most:
        said += (
            f"De {decimal(least[0])} % le {day_name(least[1].day)} à {decimal(most[0])} % le {day_name(most[1].day)}."
        )
    aim = Target(target * 100, f"cible {percent(target)}") if target is not None else None
    return Chart(
        svg=lines([f"{one.day:%d/%m}" for one in days], [Series(name, values)], unit="%", target=aim, top=100),
        alt=said,
        caption=f"{name}, jour par jour",
        table=table,
    )


def crowd(area: AreaMonth, unit: str) -> Iterable[Block]:
    """How many come on the mean, by weekday and half-hour."""
    open_at = [n for n in range(HALF_HOURS) if any(means and means[n] for means in area.crowd)]
    if not open_at:
        yield Paragraph(text="Affluence : aucune donnée.")
        return
    times = range(open_at[0], open_at[-1] + 1)
    rows = [(WEEKDAYS[n], means) for n, means in enumerate(area.crowd) if means]
    busiest = max((means[n], -day, -n) for day, (_, means) in enumerate(rows) for n in times)
    day, half_hour = rows[-busiest[1]][0], -busiest[2]
    caption = f"Affluence : {unit}"
    yield Chart(
        svg=heat_map(
            [half_hour_clock(n) for n in times], [(name, [means[n] for n in times]) for name, means in rows], unit=unit
        ),
        alt=f"Le plus d’affluence : {day}, {half_hour_name(half_hour)}, {decimal(busiest[0])} en moyenne.",
        caption=caption,
        table=Table(
            caption=caption,
            columns=(Column(title="Demi-heure"), *(Column(title=name.capitalize(), number=True) for name, _ in rows)),
            rows=tuple((half_hour_name(n), *(decimal(means[n]) for _, means in rows)) for n in times),
        ),
    )


def lengths(of: Compared, limit_s: float | None, how: str) -> Iterable[Block]:
    """How long people waited in the month, the month before and the year before; `how` it is known."""
    curves = [
        (name, found)
        for name, area in zip(of.names, of.known, strict=True)
        if (found := next((one for one in area.lengths if one.queue is None), None) if area else None)
    ]
    if not curves:
        yield Paragraph(text="Répartition des attentes : aucune donnée.")
        return
    caption = f"{of.now.name} : part des attentes qui ne dépassent pas une durée"
    name, own = curves[0]
    limit = limit_s or own.step_s * len(own.shares) / 2
    text = f"délai de {duration(limit)}" if limit_s else duration(limit)
    yield Chart(
        svg=distribution([Curve(name, _points(found)) for name, found in curves], limit=Target(limit / MINUTE_S, text)),
        alt=f"{name.capitalize()} : {estimated(_within(own, limit))} des attentes ne dépassent pas {duration(limit)}. "
        f"{how}",
        caption=caption,
        table=Table(
            caption=caption,
            columns=(Column(title="Durée"), *(Column(title=name.capitalize(), number=True) for name, _ in curves)),
            rows=tuple(
                (f"{length(at)} au plus", *(estimated(_within(found, at)) for _, found in curves))
                for at in LIMITS_S
                if own.step_s <= at <= own.step_s * len(own.shares) or at == limit
            ),
        ),
    )
    yield Paragraph(text=how)


def _points(found: Lengths) -> tuple[tuple[float, float], ...]:
    steps = [(n * found.step_s / MINUTE_S, share) for n, share in enumerate(found.shares, 1)]
    return ((0.0, 0.0), *steps)


def _within(found: Lengths, seconds: float) -> float | None:
    """The share of those that lasted at most so long; None within a step, which is not known."""
    steps, rest = divmod(int(seconds), found.step_s)
    if rest or not steps:
        return None
    return found.shares[min(steps, len(found.shares)) - 1]


def numbers(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title=title, number=True) for title in titles)
