"""The machine files of a month: what halls and switchboards did, by queue, day and half-hour, and promises kept."""

from collections.abc import Hashable, Iterable

from dashboards.exports.call_columns import CALLS
from dashboards.exports.columns import (
    AREA,
    AREA_NAME,
    DAY,
    HALF_HOUR,
    MONTH,
    QUEUE,
    QUEUE_NAME,
    SECRET,
    Figures,
)
from dashboards.exports.hall_columns import HALL
from dashboards.exports.naming import Publisher, half_hour_clock, month_name, prefix, queue_names
from dashboards.exports.promise_columns import INDICATORS, PROMISES
from dashboards.exports.secrecy import hidden_cuts, hidden_promises
from dashboards.exports.tables import Column, Package, Sheet, Value
from ticketing.cuts import Cut
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month

FEWEST = 5
"""People below which nothing is said of them in public, unless it is set otherwise."""
PARTS: tuple[tuple[str, str, str, tuple[Column, ...]], ...] = (
    ("mois", "mois", "Le mois entier.", ()),
    ("jours", "jour par jour", "Chaque jour où un événement a été reçu.", (DAY,)),
    ("demi-heures", "par demi-heure", "Chaque demi-heure du jour, tous les jours du mois ensemble.", (HALF_HOUR,)),
)
"""Of the files of halls and switchboards: name, title, what a row is, and the columns that tell its time."""
HIDING = (
    "Secret statistique : une ligne qui compte moins de personnes que le seuil de publication garde ses clés et n’a "
    "pas de chiffres (secret = vrai). Pour qu’elle ne puisse pas être retrouvée par soustraction (zone moins files, "
    "mois moins jours ou demi-heures), la plus petite autre ligne de la même somme est retenue avec elle, et d’autres "
    "jusqu’à ce que les lignes retenues comptent ensemble autant de personnes que le seuil et qu’aucune combinaison "
    "de sommes ne la donne. Une file qui n’est pas configurée et dont le mois est retenu n’a pas de ligne."
)
OF_HALLS = (
    "Une ligne pour chaque hall entier (file vide) et pour chacune de ses files. L’attente court de la plus tardive "
    "des heures de prise du ticket, d’ouverture et de rendez-vous au premier appel ; les rappels ne la relancent pas "
    "; une réorientation ouvre une nouvelle attente. Les usagers encore présents à la fermeture sont comptés à part "
    "(fins de journée). Une fermeture exceptionnelle n’a pas de dénominateur. Les jours sont ceux de Paris."
)
OF_CALLS = (
    "Une ligne pour chaque standard entier (file vide) et pour chacune de ses files. L’attente court de l’entrée dans "
    "la file au décroché par un agent. Les appels hors horaires sont comptés à part et ne sont dans aucun "
    "dénominateur. Une fermeture exceptionnelle n’a pas de dénominateur. Les jours sont ceux de Paris."
)
OF_PROMISES = (
    "Une ligne pour chaque engagement, formule et partie du mois dans laquelle il était en vigueur : toutes les files "
    "qui l’ont ensemble (file vide), puis chacune. Un engagement qui a changé en cours de mois a deux lignes, chacune "
    "jugée selon le sien. Le chiffre, la cible, si elle est atteinte, et la provenance ; aucun avis sur le respect du "
    "référentiel. L’engagement 9 (numéro national) fait l’objet d’un suivi national et n’est pas dans ce fichier."
)


def package(month: Month, publisher: Publisher, fewest: int = FEWEST) -> Package:
    """The seven files for anybody; no figures of fewer people than `fewest`, where that is not 0."""
    when = month_name(month.month)
    return Package(
        prefix=prefix(month, publisher),
        title=f"Attentes à l’accueil et au téléphone, {publisher.name}, {when}",
        description=(
            "Attentes dans les halls d’accueil et au standard téléphonique, et suivi des engagements d’attente, "
            f"{when}. " + (HIDING + f" Seuil de ces fichiers : {fewest}." if fewest else "Aucune ligne n’est retenue.")
        ),
        first=month.month,
        last=month.last,
        made=month.due,
        publisher=publisher.name,
        sheets=(
            *_sheets("attentes", "Attentes dans les halls", month, fewest),
            *_sheets("appels", "Appels au standard", month, fewest),
            _promises(month, fewest),
        ),
    )


def _sheets(name: str, title: str, month: Month, fewest: int) -> Iterable[Sheet]:
    kind, figures, told = ("hall", HALL, OF_HALLS) if name == "attentes" else ("switchboard", CALLS, OF_CALLS)
    areas = [(area, hidden_cuts(area, fewest)) for area in month.areas if area.kind == kind]
    for part, words, what, times in PARTS:
        keys = (MONTH, AREA, AREA_NAME, QUEUE, QUEUE_NAME, *times)
        yield Sheet(
            name=f"{name}-{part}",
            title=f"{title}, {words}",
            description=f"{what} {told} {HIDING}",
            columns=(*keys, SECRET, *(column for _, column in figures)),
            key=tuple(column.name for column in (MONTH, AREA, QUEUE, *times)),
            rows=tuple(
                _row(month, area, cut, figures, gone=(cut.queue, cut.day, cut.half_hour) in secret)
                for area, secret in areas
                for cut in area.cuts
                if _part(cut) == part and cut.queue not in _unnamed(area, secret)
            ),
        )


def _unnamed(area: AreaMonth, secret: frozenset[Hashable]) -> frozenset[str]:
    """Queues that only devices know, and few people were in: what a device sends there may be somebody's name."""
    return frozenset(name.queue for name in area.queues if not name.configured and (name.queue, None, None) in secret)


def _part(cut: Cut) -> str:
    return "jours" if cut.day else "mois" if cut.half_hour is None else "demi-heures"


def _time(cut: Cut) -> tuple[Value, ...]:
    if cut.day:
        return (cut.day,)
    return () if cut.half_hour is None else (half_hour_clock(cut.half_hour),)


def _row(month: Month, area: AreaMonth, cut: Cut, figures: Figures, *, gone: bool) -> tuple[Value, ...]:
    told = (None if gone else getattr(cut.totals, field) for field, _ in figures)
    return *_place(month, area, cut.queue), *_time(cut), gone, *told


def _place(month: Month, area: AreaMonth, queue: str | None) -> tuple[Value, ...]:
    return f"{month.month:%Y-%m}", area.area, area.name, queue, None if queue is None else queue_names(area)[queue]


def _promises(month: Month, fewest: int) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for area in month.areas:
        secret, unnamed = hidden_promises(area, fewest), _unnamed(area, hidden_cuts(area, fewest))
        for index, kept in enumerate(area.kept):
            if kept.queue in unnamed:
                continue
            place = _place(month, area, kept.queue)
            rows.append((place[0], len(rows) + 1, *place[1:], *_promise(kept, gone=index in secret)))
    return Sheet(
        name="engagements",
        title="Engagements d’attente et de décroché",
        description=f"{OF_PROMISES} {HIDING}",
        columns=PROMISES,
        key=("mois", "rang"),
        rows=tuple(rows),
    )


def _promise(kept: Kept, *, gone: bool) -> tuple[Value, ...]:
    low, high = (round(kept.interval.low, 4), round(kept.interval.high, 4)) if kept.interval else (None, None)
    figures: tuple[Value, ...] = (kept.days, kept.count, kept.of, kept.value, kept.reached, low, high)
    days, count, of, value, reached, lowest, highest = (None,) * len(figures) if gone else figures
    named = INDICATORS[kept.indicator]
    return (
        *named, kept.first, kept.last, days, gone, kept.within_s, count, of, value,
        kept.target, "au plus" if kept.indicator == "lost_rate" else "au moins", reached, kept.provenance,
        kept.to_confirm, kept.valid_from, lowest, highest,
    )  # fmt: skip
