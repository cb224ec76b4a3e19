"""Every number of the machine files, recomputed by plain SQL over the journal alone."""

import asyncio
import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from random import Random
from typing import Any

import asyncpg
import pytest

from collector.journal import Journal
from tests.recount import months
from tests.recount.product import append, machine_files, monthly
from tests.recount.recount import differences, recount
from ticketing.plan import Plan

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LATE = {date(2026, 10, 7), date(2026, 11, 27), date(2026, 12, 31)}
"""Days of which a third of the events come after they were tallied."""
WEEK = [date(2026, 10, day) for day in (5, 6, 7, 8, 9)]
OCTOBER = date(2026, 10, 1)
FLIPS = {
    "a call a minute later": "update journal set at = at + interval '1 minute' where id = {call}",
    "a call that never came": "delete from journal where id = {call}",
    "a ticket for another queue": 'update journal set data = data || \'{{"queue": "autre"}}\' where id = {issue}',
    "a ticket of the next half-hour": "update journal set at = at + interval '30 minutes' where id = {issue}",
    "an absence told as an end": "update journal set type = 'service.ended' where id = {absence}",
    "a call answered half a minute later": "update journal set at = at + interval '30 seconds' where id = {answer}",
    "a talk a minute longer": "update journal set at = at + interval '1 minute' where id = {hang_up}",
}
"""One event of the journal that is changed."""
SOME = {
    "call": "ticket.called",
    "issue": "ticket.issued",
    "absence": "ticket.no_show",
    "answer": "call.answered",
    "hang_up": "call.ended",
}


async def _found(connection: Any, plans: list[Plan], files: Mapping[str, bytes], change: str) -> list[str]:
    """What differs in October once the journal is changed so; it is then as it was."""
    changed = connection.transaction()
    await changed.start()
    await connection.execute(change)
    told, _ = differences(await recount(connection, plans, OCTOBER, date(2026, 10, 31)), files, OCTOBER)
    await changed.rollback()
    return told


def _never_filled(files: Iterable[Mapping[str, bytes]]) -> set[tuple[str, str]]:
    """Columns in which no row has anything: of them nothing is shown."""
    values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for of_month in files:
        for name, content in of_month.items():
            for row in csv.DictReader(StringIO(content.decode(), newline="")):
                for column, value in row.items():
                    values[name, column].add(value)
    return {key for key, found in values.items() if found <= {"", "0", "false"}}


async def test_three_months_of_machine_files_are_what_sql_counts_in_the_journal(dsn: str, journal: Journal) -> None:
    chance = Random(7)
    plans = months.plans()
    told = months.records(plans, months.working_days(plans))
    chance.shuffle(told)
    held_up = [record.at.date() in LATE and chance.random() < 1 / 3 for record in told]
    in_time = [record for record, late in zip(told, held_up, strict=True) if not late]
    late = [record for record, late in zip(told, held_up, strict=True) if late]
    made = monthly(journal, plans)

    assert await append(journal, in_time) == len(in_time)
    await made.keeping.turn()
    assert await append(journal, [*late, *chance.sample(in_time, 2000)]) == len(late) > 1000
    connection = await asyncpg.connect(dsn)
    counted, _ = await asyncio.gather(recount(connection, plans, months.FIRST, months.LAST), made.keeping.turn())
    await connection.close()
    files = await machine_files(made, months.MONTHS)

    found = [differences(counted, files[month], month) for month in months.MONTHS]
    assert [line for lines, _ in found for line in lines] == []
    assert sum(cells for _, cells in found) > 50_000
    assert {column for _, column in _never_filled(files.values())} == {"secret"}


async def test_one_event_that_is_changed_in_the_journal_afterwards_is_found(dsn: str, journal: Journal) -> None:
    plans = months.plans()
    made = monthly(journal, plans)
    await append(journal, months.records(plans, WEEK, []))
    await made.keeping.turn()
    files = (await machine_files(made, [OCTOBER]))[OCTOBER]
    connection = await asyncpg.connect(dsn)
    some = {
        name: await connection.fetchval(
            "select quote_literal(id) from journal where type = $1 order by position offset 20 limit 1", told
        )
        for name, told in SOME.items()
    }

    assert await _found(connection, plans, files, "select") == []
    unnoticed = [
        flip for flip, change in FLIPS.items() if not await _found(connection, plans, files, change.format(**some))
    ]
    await connection.close()
    assert unnoticed == []
