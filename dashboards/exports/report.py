"""The report of a month for the steering committee and the auditor: all of it, section by section."""

from collections.abc import Iterable

from dashboards.exports.document import Block, Document
from dashboards.exports.naming import Publisher, month_name
from dashboards.exports.notation import in_french, typeset
from dashboards.exports.parts.breaches import breaches
from dashboards.exports.parts.calls import switchboard
from dashboards.exports.parts.comparison import compared
from dashboards.exports.parts.conventions import conventions
from dashboards.exports.parts.data import configuration, quality
from dashboards.exports.parts.overview import overview
from dashboards.exports.parts.predictions import predictions
from dashboards.exports.parts.waits import hall
from ticketing.month import Month


@in_french
def report(
    month: Month, publisher: Publisher, before: Month | None = None, year_before: Month | None = None
) -> Document:
    """`before`, `year_before`: the facts of the month before and of the same one a year ago, where they are known."""
    return typeset(
        Document(
            layout="report",
            title="Rapport mensuel d’accueil",
            subtitle=month_name(month.month).capitalize(),
            author=publisher.name,
            date=month.due,
            blocks=tuple(_blocks(month, before, year_before)),
            footer=f"Établi d’après le journal des événements. Configuration {month.configuration}, faits "
            f"{month.digest}.",
        )
    )


def _blocks(month: Month, before: Month | None, year_before: Month | None) -> Iterable[Block]:
    areas = compared(month, before, year_before)
    yield from overview(month, areas)
    for area in areas:
        yield from hall(area) if area.now.kind == "hall" else switchboard(area)
    yield from breaches(month)
    yield from predictions(month)
    yield from quality(month)
    yield from configuration(month)
    yield from conventions()
