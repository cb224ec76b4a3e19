"""The real calls of a bank as a month: machine files beside a recount by SQL and a count of the source.

`python -m tests.bench.real_month SOURCE.tsv.gz`, of which all calls are of one month: fills a journal with them, has
the month made, and exits with 1 if any cell of the machine files differs; the switchboard is always open, then not.
"""

import asyncio
import csv
import sys
from collections.abc import Mapping
from datetime import date, time, timedelta
from io import StringIO
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from collector.journal import Journal
from collector.messages import Record
from deploy.migrate import migrate
from tests.bench import bank_calls, bank_count
from tests.recount.product import append, machine_files, monthly
from tests.recount.recount import differences, recount
from tests.servers import Postgres, embedded_binaries, folder
from ticketing.hours import Hours
from ticketing.month import first_of, next_month
from ticketing.plan import Commitment, Plan, Queue, Target

SINCE = date(1999, 1, 1)
SHOWN = 20
"""Differences that are printed."""
HOURS = {
    "always open": Hours(zone=bank_calls.ZONE),
    "with hours": Hours(zone=bank_calls.ZONE, weekly={day: ((time(8, 30), time(17)),) for day in range(5)}),
}


def main(arguments: list[str]) -> int:
    return asyncio.run(_main(Path(arguments[0])))


async def _main(source: Path) -> int:
    table = Table("", "calls offered", "answered", "cells", "different", "month, s", "recount, s")
    failed = False
    with folder(durable=False) as home:
        server = Postgres(home, embedded_binaries(), durable=False).start()
        try:
            for name, hours in HOURS.items():
                dsn = await server.database()
                await migrate(dsn)
                found = await compared(dsn, source, hours)
                table.add_row(
                    name, found.offered, found.answered, f"{found.cells:,}", str(len(found.told)),
                    f"{found.making_s:.1f}", f"{found.recounting_s:.1f}",
                )  # fmt: skip
                for line in found.told[:SHOWN]:
                    print(line)
                failed = failed or bool(found.told)
        finally:
            server.end()
    Console().print(table)
    return 1 if failed else 0


class Compared(Struct, frozen=True, kw_only=True):
    """`told`: all that differs; `offered` and `answered` as the file of the month has them."""

    offered: str
    answered: str
    cells: int
    told: list[str]
    making_s: float
    recounting_s: float


async def compared(dsn: str, source: Path, hours: Hours) -> Compared:
    """The month of the calls in a source, made in an empty, migrated database."""
    plan, records = _plan(hours), _records(source)
    month = first_of(records[0].at.date())
    async with Journal(dsn) as journal:
        await append(journal, records)
        began = perf_counter()
        made = monthly(journal, [plan])
        await made.keeping.turn()
        files = (await machine_files(made, [month]))[month]
        making_s = perf_counter() - began
    connection = await asyncpg.connect(dsn)
    began = perf_counter()
    counted = await recount(connection, [plan], month, next_month(month) - timedelta(days=1))
    recounting_s = perf_counter() - began
    await connection.close()
    told, cells = differences(counted, files, month)
    row = next(csv.DictReader(StringIO(files["appels-mois"].decode(), newline="")))
    if hours.weekly is None:
        told += _beside_the_source(source, month, row)
    return Compared(
        offered=row["presentes"],
        answered=row["decroches"],
        cells=cells,
        told=told,
        making_s=making_s,
        recounting_s=recounting_s,
    )


def _beside_the_source(source: Path, month: date, row: Mapping[str, str]) -> list[str]:
    """The calls of the month, counted in the source file by other code."""
    days = [counts for day, counts in bank_count.count(source).items() if first_of(day) == month]
    expected = {"presentes": sum(day.offered for day in days), "decroches": sum(day.answered for day in days)}
    return [f"{name}: {row[name]}, in the source {n}" for name, n in expected.items() if row[name] != str(n)]


def _plan(hours: Hours) -> Plan:
    return Plan(
        site="aube",
        area="standard",
        kind="switchboard",
        name="Standard",
        hours=hours,
        queues=(Queue(id=bank_calls.QUEUE, name="Opérateurs"),),
        commitments=(Commitment(within=timedelta(seconds=20), share=0.8, provenance="à confirmer", valid_from=SINCE),),
        targets=(
            Target(measure="answer_rate", value=0.85, provenance="à confirmer", valid_from=SINCE),
            Target(measure="lost_rate", value=0.1, provenance="à confirmer", valid_from=SINCE),
        ),
    )


def _records(source: Path) -> list[Record]:
    found = []
    for message in bank_calls.recording(bank_calls.rows(source)):
        site, area, device = message.payload.source.strip("/").split("/")
        found.append(
            Record(
                site=site,
                area=area,
                device=device,
                id=message.payload.id,
                type=message.payload.type,
                time=message.payload.time,
                at=message.payload.time,
                received=message.payload.time,
                sequence=None,
                data=msgspec.json.encode(message.payload.data).decode(),
            )
        )
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
