"""The recount: fills in what an auditor knows of the configuration, runs the SQL beside this file, and compares."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from msgspec import Struct
from scipy.stats import t as student_t  # type: ignore[import-untyped]

from ticketing.plan import Commitment, Plan, Target

HERE = Path(__file__).parent
SCRIPTS = ("calendar", "visits", "unclosed", "waits", "figures", "files", "promises")
MARGIN = timedelta(days=2)
"""Visits begin before a month and end after it."""

Row = Mapping[str, Any]
KEYS = {
    "attentes-mois": ("zone", "file"),
    "attentes-jours": ("zone", "file", "jour"),
    "attentes-demi-heures": ("zone", "file", "demi_heure"),
    "appels-mois": ("zone", "file"),
    "appels-jours": ("zone", "file", "jour"),
    "appels-demi-heures": ("zone", "file", "demi_heure"),
    "engagements": ("zone", "file", "indicateur", "en_vigueur_depuis", "provenance"),
}
"""The machine files, and what tells the rows of each apart."""
WORDS = {"indicateur_nom", "formule"}
"""Columns that say in words what `indicateur` names; all others are compared."""
RATES = ("taux_", "valeur", "cible", "intervalle_")
ROUNDED, TENTH = 0.00005 + 1e-9, 0.05 + 1e-9
"""Rates stand in the files with four decimals, seconds with one."""


class Recount(Struct, frozen=True):
    """What should stand in each file, by its name; of all months that were recounted."""

    rows: Mapping[str, Sequence[Row]]


async def recount(connection: Any, plans: Sequence[Plan], first: date, last: date) -> Recount:
    """Of the days in [first, last]; what was counted on the way is left in temporary tables of the connection."""
    await connection.execute("set work_mem = '64MB'")
    await connection.execute((HERE / "settings.sql").read_text(encoding="utf-8"))
    await _configure(connection, plans, first - MARGIN, last + MARGIN)
    for script in SCRIPTS:
        await connection.execute((HERE / f"{script}.sql").read_text(encoding="utf-8"))
    halls = await connection.fetch("select * from attentes")
    calls = await connection.fetch("select * from appels")
    promises = await connection.fetch("select * from engagements")
    return Recount({
        **{f"attentes-{part}": rows for part, rows in _parts(halls)},
        **{f"appels-{part}": rows for part, rows in _parts(calls)},
        "engagements": promises,
    })  # fmt: skip


def _parts(rows: Iterable[Row]) -> Iterable[tuple[str, list[Row]]]:
    every = list(rows)
    yield "mois", [row for row in every if not row["jour"] and not row["demi_heure"]]
    yield "jours", [row for row in every if row["jour"]]
    yield "demi-heures", [row for row in every if row["demi_heure"]]


# ------------------------------------------------------------ configuration


async def _configure(connection: Any, plans: Sequence[Plan], first: date, last: date) -> None:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    promised: list[tuple[Plan, str, Commitment | Target, float | None, float | None]] = [
        *((plan, "within", one, one.within.total_seconds(), one.share) for plan in plans for one in plan.commitments),
        *((plan, one.measure, one, None, one.value) for plan in plans for one in plan.targets),
    ]
    tables: dict[str, Iterable[tuple[Any, ...]]] = {
        "place": (
            (
                plan.site, plan.area, plan.kind, plan.name, str(plan.hours.zone),
                plan.endings.overtaken_by, plan.endings.overtaken_for, plan.endings.left_after,
            )
            for plan in plans
        ),
        "configured": ((plan.area, queue.id, queue.name) for plan in plans for queue in plan.queues),
        "calendar": ((plan.area, day, None, None, None, None) for plan in plans for day in days),
        "hours": ((plan.area, day, *span) for plan in plans for day in days for span in _open(plan, day)),
        "promise": (
            (number, plan.area, measure, one.queue, within_s, target, one.provenance, one.valid_from)
            for number, (plan, measure, one, within_s, target) in enumerate(promised)
        ),
        "student": ((degrees, float(student_t.ppf(0.975, degrees))) for degrees in range(1, 31)),
    }  # fmt: skip
    for table, rows in tables.items():
        await connection.copy_records_to_table(table, records=list(rows))


def _open(plan: Plan, day: date) -> Sequence[tuple[time, time]]:
    """By the wall clock."""
    hours = plan.hours
    if day in hours.exceptions:
        return hours.exceptions[day]
    if hours.weekly is None:
        return ((time.min, time.max),)  # open all day
    return () if day in hours.holidays else hours.weekly.get(day.weekday(), ())


# ------------------------------------------------------------ comparison


def differences(found: Recount, files: Mapping[str, bytes], month: date) -> tuple[list[str], int]:
    """Everything that the machine files of a month say otherwise than the recount, and how many cells were compared."""
    told: list[str] = []
    cells = 0
    for name, keys in KEYS.items():
        theirs = list(csv.DictReader(StringIO(files[name].decode(), newline="")))
        ours = {_key(row, keys): row for row in found.rows[name] if row["mois"] == f"{month:%Y-%m}"}
        told += [f"{name} {key}: not in the file" for key in ours.keys() - {_key(row, keys) for row in theirs}]
        if len({_key(row, keys) for row in theirs}) != len(theirs):
            told.append(f"{name}: rows that their keys do not tell apart")
        for number, row in enumerate(theirs):
            key = _key(row, keys)
            if key not in ours:
                told.append(f"{name} {key}: not in the recount")
                continue
            expected = {**ours[key], "secret": False, "rang": number + 1}
            for column in row.keys() - WORDS:
                cells += 1
                if column not in expected:
                    told.append(f"{name} {key} {column}: not recounted")
                elif not _same(column, row[column], expected[column]):
                    told.append(f"{name} {key} {column}: {row[column]!r}, recounted {expected[column]!r}")
    return told, cells


def _key(row: Row, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple("" if row[key] is None else str(row[key]) for key in keys)


def _same(column: str, told: str, counted: Any) -> bool:
    """A cell as it stands in the file, and what was counted."""
    if counted is None or not told:
        return counted is None and not told
    if isinstance(counted, bool):
        return told == str(counted).lower()
    if isinstance(counted, float):
        return abs(float(told) - counted) <= (ROUNDED if column.startswith(RATES) else TENTH)
    return told == str(counted)
