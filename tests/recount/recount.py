"""The recount: fills in what an auditor knows of the configuration, and runs the SQL beside this file."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from ticketing.plan import Plan

HERE = Path(__file__).parent
SCRIPTS = ("calendar", "visits", "unclosed", "waits", "figures", "files")
MARGIN = timedelta(days=2)
MIDNIGHT = time(0)


async def recount(connection: Any, plans: Sequence[Plan], first: date, last: date) -> None:
    """Leaves the figures in temporary tables of the connection."""
    await connection.execute((HERE / "settings.sql").read_text(encoding="utf-8"))
    await _configure(connection, plans, first - MARGIN, last + MARGIN)
    for script in SCRIPTS:
        await connection.execute((HERE / f"{script}.sql").read_text(encoding="utf-8"))


async def _configure(connection: Any, plans: Sequence[Plan], first: date, last: date) -> None:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    await connection.copy_records_to_table(
        "place",
        records=[
            (plan.site, plan.area, plan.kind, str(plan.hours.zone), rules.overtaken_by, rules.overtaken_for, rules.left_after)
            for plan in plans
            for rules in (plan.endings,)
        ],
    )
    await connection.copy_records_to_table(
        "configured", records=[(plan.area, queue.id, place) for plan in plans for place, queue in enumerate(plan.queues)]
    )
    await connection.copy_records_to_table(
        "calendar", records=[(plan.area, day) for plan in plans for day in days], columns=("area", "day")
    )
    await connection.copy_records_to_table(
        "hours",
        records=[(plan.area, day, *span) for plan in plans for day in days for span in _open(plan, day)],
    )
    promises = [
        *((p, "within", one.queue, one.within.total_seconds(), one.share, one) for p in plans for one in p.commitments),
        *((p, one.measure, one.queue, None, one.value, one) for p in plans for one in p.targets),
    ]
    await connection.copy_records_to_table(
        "promise",
        records=[
            (number, plan.area, measure, queue, within_s, target, one.provenance, one.valid_from)
            for number, (plan, measure, queue, within_s, target, one) in enumerate(promises)
        ],
    )


def _open(plan: Plan, day: date) -> list[tuple[time, time]]:
    """By the wall clock; an area without hours is open all day, which ends at midnight."""
    hours = plan.hours
    if day in hours.exceptions:
        return list(hours.exceptions[day])
    if hours.weekly is None:
        return [(MIDNIGHT, time.max)]
    return [] if day in hours.holidays else list(hours.weekly.get(day.weekday(), ()))
