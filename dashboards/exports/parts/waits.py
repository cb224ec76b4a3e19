"""The report's section of a hall: calls in time, waits, what became of everybody, by queue, day and half-hour."""

from collections.abc import Iterable

from dashboards.exports.charts import Bar, Target, bars
from dashboards.exports.document import Block, Chart, Column, Heading, Paragraph, Table
from dashboards.exports.naming import short_day
from dashboards.exports.notation import NO_DATA, fraction, length, percent, share, whole
from dashboards.exports.parts.comparison import Compared, Measure, comparison, counted, rated, timed
from dashboards.exports.parts.overview import promises
from dashboards.exports.parts.times import by_day, by_half_hour, crowd, day_rates, lengths, numbers
from ticketing.cuts import QueueName
from ticketing.french.notation import NOTHING
from ticketing.kept import Kept
from ticketing.month import AreaMonth
from ticketing.totals import HallTotals, Totals

MEASURES: tuple[Measure[HallTotals], ...] = (
    counted("Tickets", lambda of: of.tickets),
    counted("dont publics prioritaires", lambda of: of.priority),
    counted("dont sur rendez-vous", lambda of: of.appointments),
    rated("Appelés dans le délai", lambda of: (of.within, of.judged)),
    rated("Appelés dans le délai, sans les attentes inachevées", lambda of: (of.within, of.judged - of.late_uncalled)),
    timed("Attente moyenne", lambda of: of.wait_mean_s),
    timed("Attente médiane", lambda of: of.wait_median_s),
    timed("Attente, neuvième décile (P90)", lambda of: of.wait_p90_s),
    timed("Attente la plus longue", lambda of: of.wait_max_s),
    timed("Attente totale moyenne par visite", lambda of: of.total_wait_mean_s),
    counted("Absents (appelés, non présentés)", lambda of: of.no_show),
    rated("Absents, en part des appelés", lambda of: (of.no_show, of.called)),
    counted("Abandons déclarés (avant l’appel)", lambda of: of.abandoned),
    counted("Abandons présumés", lambda of: of.presumed),
    rated("Abandons, déclarés et présumés, en part des attentes", lambda of: (of.abandoned + of.presumed, of.legs)),
    counted("Fins de journée", lambda of: of.left_at_closing),
    counted("Réorientations", lambda of: of.transferred),
    counted("Remises en file", lambda of: of.requeued),
    timed("Prise en charge moyenne", lambda of: of.service_mean_s),
    timed("Prise en charge la plus longue", lambda of: of.service_max_s),
    counted("Tickets annulés (dans aucun autre chiffre)", lambda of: of.cancelled),
    counted("Arrivées inconnues (sans attente)", lambda of: of.arrival_unknown),
)
WAITS = numbers("Tickets", "Dans le délai", "Taux", "Médiane", "P90", "Moyenne", "Maximum")
ENDS = numbers(
    "Attentes", "Appelés", "Servis", "Absents", "Abandons déclarés", "Abandons présumés", "Fins de journée",
    "Réorientés", "Remis en file",
)  # fmt: skip
SERVICES = numbers("Prises en charge", "Durée moyenne", "La plus longue")
UNENDED = numbers("Jugés", "Hors délai, jamais appelés", "Taux avec", "Taux sans")
HOW = (
    "Attentes de tous les usagers appelés, absents compris, en secondes entières. Les usagers partis sans avoir été "
    "appelés ne sont pas dans cette répartition ; ceux qui ont dépassé le délai sont dans le taux d’appel dans le "
    "délai."
)


def hall(of: Compared) -> Iterable[Block]:
    area = of.now
    yield Heading(text=area.name, id=of.id)
    if not area.days_heard:
        yield Paragraph(text=f"Aucune donnée n’a été reçue de {area.name} ce mois-ci.", strong=True)
    yield Heading(text="Le mois comparé", id=f"{of.id}-compare", level=3)
    if len({kept.within_s for one in of.known if one for kept in one.kept}) > 1:
        yield Paragraph(
            text="Le délai n’est pas le même pour tous ces passages : chacun est jugé selon celui de son jour."
        )
    yield comparison(f"{area.name} : le mois, le mois précédent et un an avant", of, MEASURES)
    if not area.days_heard:
        return
    yield from _queues(of)
    yield Heading(text="Répartition des attentes", id=f"{of.id}-durees", level=3)
    yield from lengths(of, limit(area), HOW)
    yield Heading(text="Jour par jour", id=f"{of.id}-jours", level=3)
    days = by_day(
        f"{area.name}, jour par jour", area, (*WAITS, *numbers("Absents", "Abandons, présumés compris")), _day
    )
    yield day_rates(area, "Appelés dans le délai", _in_time, target(area), days)
    if len(area.queues) > 1:
        yield _days_of_queues(area)
    yield Heading(text="Par demi-heure d’arrivée", id=f"{of.id}-heures", level=3)
    yield from crowd(area, "usagers par demi-heure, en moyenne")
    yield by_half_hour(f"{area.name}, par demi-heure", area, None, WAITS, _waits)
    for queue in area.queues:
        if len(area.queues) > 1 and _known(area, queue):
            yield by_half_hour(f"{queue.name}, par demi-heure", area, queue.queue, WAITS, _waits)


def _queues(of: Compared) -> Iterable[Block]:
    area = of.now
    yield Heading(text="Par file", id=f"{of.id}-files", level=3)
    rows = [
        (area.name, area.whole),
        *((queue.name, found) for queue in area.queues if (found := area.cut(queue.queue))),
    ]
    table = Table(
        caption=f"{area.name} : attentes par file",
        columns=(Column(title="File"), *WAITS),
        rows=tuple((name, *_waits(totals)) for name, totals in rows),
    )
    aim = target(area)
    if any(isinstance(totals, HallTotals) and totals.judged for _, totals in rows):
        yield Chart(
            svg=bars(
                [_bar(name, totals, aim) for name, totals in rows],
                top=100,
                target=None if aim is None else Target(aim * 100, f"cible {percent(aim)}"),
            ),
            alt="Part des usagers appelés dans le délai : "
            + " ; ".join(f"{name}, {share(*_in_time(totals))}" for name, totals in rows)
            + ".",
            caption=f"{area.name} : appelés dans le délai, par file",
            table=table,
        )
    else:
        yield table
    if own := [kept for kept in area.kept if kept.queue is not None]:
        yield promises(f"{area.name} : engagements par file", [(area, own)])
    for caption, columns, cells in (
        ("ce que sont devenues les attentes", ENDS, _ends),
        ("prises en charge", SERVICES, _services),
        ("taux avec et sans les attentes qui n’ont pas fini par un appel", UNENDED, _unended),
    ):
        yield Table(
            caption=f"{area.name} : {caption}",
            columns=(Column(title="File"), *columns),
            rows=tuple((name, *cells(totals)) for name, totals in rows),
        )
    yield Paragraph(
        text="Une attente inachevée est celle d’un usager que personne n’a appelé. Au-delà du délai, elle compte "
        "comme hors délai dans le taux ; avant, elle n’est ni au numérateur ni au dénominateur."
    )


def _bar(name: str, totals: Totals, aim: float | None) -> Bar:
    part, of = _in_time(totals)
    text = share(part, of) if of else NO_DATA
    return Bar(
        name, 100 * part / of if of else None, text, short=aim is not None and bool(of) and part < aim * of - 1e-9
    )


def target(area: AreaMonth) -> float | None:
    """What is aimed at in the hall; None where several things are, or nothing is."""
    found = {kept.target for kept in _promises(area)}
    return found.pop() if len(found) == 1 else None


def limit(area: AreaMonth) -> float | None:
    found = {kept.within_s for kept in _promises(area)}
    return found.pop() if len(found) == 1 else None


def _promises(area: AreaMonth) -> list[Kept]:
    return [kept for kept in area.kept if kept.queue is None and kept.indicator == "hall"]


def _known(area: AreaMonth, queue: QueueName) -> bool:
    totals = area.cut(queue.queue)
    return isinstance(totals, HallTotals) and totals.legs > 0


def _in_time(totals: Totals) -> tuple[int, int]:
    return (totals.within, totals.judged) if isinstance(totals, HallTotals) else (0, 0)


def _waits(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, HallTotals)  # noqa: S101 - of a hall
    return (
        whole(totals.tickets),
        fraction(totals.within, totals.judged),
        share(totals.within, totals.judged),
        length(totals.wait_median_s),
        length(totals.wait_p90_s),
        length(totals.wait_mean_s),
        length(totals.wait_max_s),
    )


def _day(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, HallTotals)  # noqa: S101 - of a hall
    return *_waits(totals), whole(totals.no_show), whole(totals.abandoned + totals.presumed)


def _ends(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, HallTotals)  # noqa: S101 - of a hall
    counts = (
        totals.legs, totals.called, totals.served, totals.no_show, totals.abandoned, totals.presumed,
        totals.left_at_closing, totals.transferred, totals.requeued,
    )  # fmt: skip
    return tuple(map(whole, counts))


def _services(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, HallTotals)  # noqa: S101 - of a hall
    return whole(totals.service_n), length(totals.service_mean_s), length(totals.service_max_s)


def _unended(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, HallTotals)  # noqa: S101 - of a hall
    return (
        whole(totals.judged),
        whole(totals.late_uncalled),
        share(totals.within, totals.judged),
        share(totals.within, totals.judged - totals.late_uncalled),
    )


def _days_of_queues(area: AreaMonth) -> Table:
    return Table(
        caption=f"{area.name} : appelés dans le délai, par jour et par file",
        columns=(Column(title="Jour"), *numbers(*(queue.name for queue in area.queues))),
        rows=tuple(
            (
                short_day(one.day),
                *(
                    share(*_in_time(totals)) if (totals := area.cut(queue.queue, one.day)) else NOTHING
                    for queue in area.queues
                ),
            )
            for one in area.days
        ),
    )
