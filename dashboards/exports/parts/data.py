"""The report's sections of the data: what was heard, what was not, and the configuration it was judged by."""

from collections.abc import Iterable, Mapping, Sequence

from dashboards.exports.document import Block, Column, Heading, Paragraph, Table, Terms
from dashboards.exports.naming import WEEKDAYS, day_name, day_number, queue_names
from dashboards.exports.notation import NO_DATA, estimated, length
from dashboards.exports.parts.overview import aim, promised
from dashboards.exports.parts.times import numbers
from ticketing.french.notation import NOTHING
from ticketing.kept import Kept
from ticketing.month import AreaMonth, Month
from ticketing.open_days import OpenDay

MOST_GAPS = 200


def quality(month: Month) -> Iterable[Block]:
    # where nothing tells that a device lives, that nothing is missing is not known either
    watched = all(area.coverage is not None for area in month.areas)
    yield Heading(text="Qualité des données", id="donnees")
    yield Paragraph(
        text="La couverture est la part des heures d’ouverture pendant lesquelles tous les appareils de la zone ont "
        "été entendus. Un jour ouvert dont rien n’a été reçu compte comme non couvert, et ne figure dans aucun "
        "chiffre."
    )
    yield Table(
        caption="Jours et heures couverts",
        columns=(Column(title="Zone"), *numbers("Jours ouverts", "Jours reçus", "Sans donnée", "Couverture")),
        rows=tuple(
            (
                area.name,
                str(area.days_open),
                str(_heard(area)),
                str(area.days_open - _heard(area)),
                _coverage(area.coverage),
            )
            for area in month.areas
        ),
    )
    yield Table(
        caption="Jours ouverts incomplets ou sans donnée",
        columns=(
            Column(title="Jour"),
            Column(title="Zone"),
            Column(title="Horaires"),
            *numbers("Couverture"),
            Column(title="État"),
        ),
        rows=tuple(
            (day_name(one.day), area.name, _spans(one), _coverage(one.coverage), "incomplet" if one.heard else NO_DATA)
            for area in month.areas
            for one in area.days
            if one.spans and (not one.heard or (one.coverage is not None and one.coverage < 1))
        ),
        empty="Aucun : tous les jours ouverts ont été reçus en entier."
        if watched
        else "Aucun jour sans donnée ; ce qui y manquerait n’est pas connu partout, faute de signes de vie.",
    )
    gaps = [(area, gap) for area in month.areas for gap in area.gaps]
    if len(gaps) > MOST_GAPS:
        yield Paragraph(
            text=f"{len(gaps)} silences d’appareils : les {MOST_GAPS} plus longs sont ci-dessous.", strong=True
        )
        gaps = sorted(gaps, key=lambda one: one[1].since - one[1].until)[:MOST_GAPS]
    yield Table(
        caption="Silences d’appareils pendant les heures d’ouverture",
        columns=(
            Column(title="Appareil"),
            Column(title="Zone"),
            Column(title="Du"),
            Column(title="Au"),
            *numbers("Durée"),
        ),
        rows=tuple(
            (
                gap.device,
                area.name,
                f"{gap.since:%d/%m %H:%M}",
                f"{gap.until:%d/%m %H:%M}",
                length((gap.until - gap.since).total_seconds()),
            )
            for area, gap in sorted(gaps, key=lambda one: (one[1].since, one[1].device))
        ),
        empty="Aucun silence constaté."
        if watched
        else "Aucun silence constaté là où des signes de vie sont reçus ; ailleurs, un silence n’est pas connu.",
    )
    yield Table(
        caption="Horaires exceptionnels",
        columns=(Column(title="Jour"), Column(title="Zone"), Column(title="Horaires"), *numbers("Passages reçus")),
        rows=tuple(
            (day_name(one.day), area.name, _spans(one) or "fermeture exceptionnelle", str(one.visits))
            for area in month.areas
            for one in area.days
            if one.exceptional
        ),
        empty="Aucun : les horaires habituels ont été tenus.",
    )
    yield Paragraph(
        text="Une fermeture exceptionnelle n’a pas de dénominateur : ce qui est venu ce jour-là n’est pas jugé."
    )


def configuration(month: Month) -> Iterable[Block]:
    yield Heading(text="Configuration en vigueur", id="configuration")
    yield Terms(
        items=(
            ("Empreinte de la configuration", f"{month.configuration} (zones, horaires, files, guichets, engagements)"),
            ("Empreinte des faits du mois", f"{month.digest} : les mêmes faits donnent les mêmes fichiers"),
            ("Site et fuseau horaire", f"{month.site}, {month.zone}"),
        )
    )
    yield Table(
        caption="Horaires habituels des jours ouverts du mois",
        columns=(Column(title="Zone"), Column(title="Jours"), Column(title="Horaires")),
        rows=tuple((area.name, days, spans) for area in month.areas for days, spans in _usual(area)),
    )
    yield Table(
        caption="Engagements en vigueur",
        columns=(
            Column(title="Zone ou file"),
            Column(title="Engagement"),
            Column(title="Cible", number=True),
            Column(title="En vigueur depuis"),
            Column(title="Appliqué"),
            Column(title="Provenance"),
        ),
        rows=tuple(_in_force(area, kept) for area in month.areas for kept in area.kept if kept.queue is None),
        empty="Aucun engagement en vigueur.",
    )
    unknown = [f"{name.name} ({area.name})" for area in month.areas for name in area.queues if not name.configured]
    if unknown:
        yield Paragraph(text="Files reçues sans être configurées : " + ", ".join(unknown) + ".", strong=True)


def _heard(area: AreaMonth) -> int:
    """Open days of which anything was heard."""
    return sum(one.heard for one in area.days if one.spans)


def _coverage(value: float | None) -> str:
    return "non connue" if value is None else estimated(value)


def _spans(one: OpenDay) -> str:
    return " et ".join(one.spans)


def _usual(area: AreaMonth) -> Iterable[tuple[str, str]]:
    """The hours of its usual days, by weekdays that have the same."""
    by_weekday: dict[int, str] = {
        one.day.weekday(): _spans(one) for one in area.days if one.spans and not one.exceptional
    }
    groups: dict[str, list[str]] = {}
    for weekday in sorted(by_weekday):
        groups.setdefault(by_weekday[weekday], []).append(WEEKDAYS[weekday])
    for spans, days in groups.items():
        yield _run(days), spans


def _run(days: Sequence[str]) -> str:
    first = WEEKDAYS.index(days[0])
    together = len(days) > 2 and tuple(days) == WEEKDAYS[first : first + len(days)]  # noqa: PLR2004
    return f"{days[0]} à {days[-1]}" if together else ", ".join(days)


def _in_force(area: AreaMonth, kept: Kept) -> tuple[str, ...]:
    names: Mapping[str, str] = queue_names(area)
    return (
        area.name if kept.queue is None else names[kept.queue],
        promised(kept),
        aim(kept),
        f"{kept.valid_from:%d/%m/%Y}",
        f"du {day_number(kept.first)} au {day_number(kept.last)}",
        kept.provenance or NOTHING,
    )
