"""The report's section of a switchboard: both answer rates, both formulas, waits, by queue, day and half-hour."""

from collections.abc import Iterable

from dashboards.exports.document import Block, Column, Heading, Paragraph, Table
from dashboards.exports.notation import length, share, whole
from dashboards.exports.parts.comparison import Compared, Measure, comparison, counted, rated, timed
from dashboards.exports.parts.overview import handled, promises
from dashboards.exports.parts.times import by_day, by_half_hour, crowd, day_rates, lengths, numbers
from ticketing.kept import Indicator
from ticketing.month import AreaMonth
from ticketing.totals import CallTotals, Totals

MEASURES: tuple[Measure[CallTotals], ...] = (
    counted("Appels reçus", lambda of: of.received),
    counted("Informés par le serveur vocal", lambda of: of.informed),
    counted("Appels présentés aux agents", lambda of: of.offered),
    counted("Décrochés par un agent", lambda of: of.answered),
    rated("Taux de décroché agent", lambda of: (of.answered, of.answered + of.lost)),
    rated("Taux de décroché global", handled),
    counted("Appels perdus", lambda of: of.lost),
    rated("Taux d’appels perdus", lambda of: (of.lost, of.answered + of.lost), up=True),
    rated("Décrochés dans le délai, formule C", lambda of: (of.within, of.judged - of.short)),
    rated("Décrochés dans le délai, formule B", lambda of: (of.within, of.judged)),
    timed("Attente moyenne corrigée (Kaplan-Meier)", lambda of: of.wait_mean_s),
    timed("Attente médiane (Kaplan-Meier)", lambda of: of.wait_median_s),
    timed("Attente, neuvième décile (Kaplan-Meier)", lambda of: of.wait_p90_s),
    timed("Attente la plus longue d’un appel décroché", lambda of: of.wait_max_s),
    timed("Délai moyen de décroché", lambda of: of.speed_of_answer_s),
    counted("Abandons", lambda of: of.abandoned),
    counted("Abandons présumés", lambda of: of.presumed),
    counted("Débordements", lambda of: of.overflowed),
    counted("Transferts", lambda of: of.transferred),
    counted("Fins de journée", lambda of: of.left_at_closing),
    timed("Conversation moyenne", lambda of: of.talk_mean_s),
    timed("Conversation la plus longue", lambda of: of.talk_max_s),
    counted("Appels hors horaires (dans aucun taux)", lambda of: of.off_hours),
    counted("Restés dans le serveur vocal (fin inconnue)", lambda of: of.in_voice_server),
)
RATES = numbers("Présentés", "Décrochés", "Taux agent", "Perdus", "Délai, C", "Délai, B", "Médiane", "P90", "Moyenne")
ENDS = numbers(
    "Attentes", "Abandons", "Abandons présumés", "Débordés", "Transférés", "Fins de journée", "Conversations",
    "Durée moyenne", "La plus longue",
)  # fmt: skip
HOW = (
    "Estimation de Kaplan-Meier de l’attente que les appelants auraient eue : un appel abandonné dit seulement "
    "qu’elle aurait été plus longue. La moyenne des seuls appels décrochés serait trop basse."
)


def switchboard(of: Compared) -> Iterable[Block]:
    area = of.now
    yield Heading(text=area.name, id=of.id)
    if not area.days_heard:
        yield Paragraph(text=f"Aucune donnée n’a été reçue de {area.name} ce mois-ci.", strong=True)
    yield Heading(text="Le mois comparé", id=f"{of.id}-compare", level=3)
    yield comparison(f"{area.name} : le mois, le mois précédent et un an avant", of, MEASURES)
    if not area.days_heard:
        return
    yield from _queues(of)
    yield Heading(text="Répartition des attentes", id=f"{of.id}-durees", level=3)
    yield from lengths(of, _only(area, "C", "within_s"), HOW)
    yield Heading(text="Jour par jour", id=f"{of.id}-jours", level=3)
    days = by_day(f"{area.name}, jour par jour", area, (*numbers("Reçus"), *RATES, *numbers("Hors horaires")), _day)
    yield day_rates(area, "Taux de décroché agent", _answered, _only(area, "answer_rate", "target"), days)
    yield Heading(text="Par demi-heure d’arrivée", id=f"{of.id}-heures", level=3)
    yield from crowd(area, "appels présentés par demi-heure, en moyenne")
    yield by_half_hour(f"{area.name}, par demi-heure", area, None, RATES, _rates)
    for queue in area.queues:
        totals = area.cut(queue.queue)
        if len(area.queues) > 1 and isinstance(totals, CallTotals) and totals.wait_n:
            yield by_half_hour(f"{queue.name}, par demi-heure", area, queue.queue, RATES, _rates)


def _queues(of: Compared) -> Iterable[Block]:
    area = of.now
    yield Heading(text="Par file", id=f"{of.id}-files", level=3)
    rows = [(queue.name, found) for queue in area.queues if (found := area.cut(queue.queue))]
    if len(rows) != 1:
        rows.insert(0, (area.name, area.whole))
    for caption, columns, cells in (
        ("taux et attentes par file", RATES, _rates),
        ("ce que sont devenus les appels", ENDS, _ends),
    ):
        yield Table(
            caption=f"{area.name} : {caption}",
            columns=(Column(title="File"), *columns),
            rows=tuple((name, *cells(totals)) for name, totals in rows),
        )
    if own := [kept for kept in area.kept if kept.queue is not None]:
        yield promises(f"{area.name} : engagements par file", [(area, own)])
    totals = area.whole
    if isinstance(totals, CallTotals) and totals.judged:
        yield Paragraph(
            text=f"Sur {whole(totals.judged)} appels jugés, {whole(totals.within)} ont été décrochés dans le délai et "
            f"{whole(totals.short)} sont partis avant sa fin. Formule C (sans ces derniers) : "
            f"{share(totals.within, totals.judged - totals.short)} ; formule B (avec eux) : "
            f"{share(totals.within, totals.judged)}. Délai moyen de décroché des seuls appels décrochés : "
            f"{length(totals.speed_of_answer_s)}, à comparer à l’attente moyenne corrigée : "
            f"{length(totals.wait_mean_s)}."
        )


def _only(area: AreaMonth, indicator: Indicator, field: str) -> float | None:
    """What its promises have in common; None where they differ, or there are none."""
    found = {getattr(kept, field) for kept in area.kept if kept.queue is None and kept.indicator == indicator}
    return found.pop() if len(found) == 1 else None


def _answered(totals: Totals) -> tuple[int, int]:
    return (totals.answered, totals.answered + totals.lost) if isinstance(totals, CallTotals) else (0, 0)


def _rates(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, CallTotals)  # noqa: S101 - of a switchboard
    return (
        whole(totals.offered),
        whole(totals.answered),
        share(*_answered(totals)),
        whole(totals.lost),
        share(totals.within, totals.judged - totals.short),
        share(totals.within, totals.judged),
        length(totals.wait_median_s),
        length(totals.wait_p90_s),
        length(totals.wait_mean_s),
    )


def _day(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, CallTotals)  # noqa: S101 - of a switchboard
    return whole(totals.received), *_rates(totals), whole(totals.off_hours)


def _ends(totals: Totals) -> tuple[str, ...]:
    assert isinstance(totals, CallTotals)  # noqa: S101 - of a switchboard
    counts = (
        totals.wait_n, totals.abandoned, totals.presumed, totals.overflowed, totals.transferred,
        totals.left_at_closing, totals.talk_n,
    )  # fmt: skip
    return *map(whole, counts), length(totals.talk_mean_s), length(totals.talk_max_s)
