"""The product's own way from events to the machine files of a month."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from collector.journal import Journal
from collector.messages import Record
from dashboards.exports.csv_files import csv
from dashboards.exports.machine import package
from deploy.export_settings import ExportSettings
from deploy.monthly import Monthly
from ticketing.plan import Plan

LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
BATCH = 20_000


async def append(journal: Journal, records: Sequence[Record]) -> int:
    """How many of them were new."""
    found = [await journal.append(records[n : n + BATCH]) for n in range(0, len(records), BATCH)]
    return sum(one.new for one in found)


def monthly(journal: Journal, plans: Sequence[Plan]) -> Monthly:
    """Whose `keeping` takes a turn when told to."""
    return Monthly(journal, lambda: plans, lambda: LONG_AFTER, ExportSettings(), "Préfecture")


async def machine_files(made: Monthly, months: Sequence[date]) -> Mapping[date, Mapping[str, bytes]]:
    """Of each month the open-data files by name, nothing held back, of the tallies as they are kept."""
    facts = [await made.facts(month) for month in months]
    return {
        month.month: {sheet.name: csv(sheet) for sheet in package(month, made.publisher, fewest=0).sheets}
        for month in facts
    }
