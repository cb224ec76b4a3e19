"""What commands print for people: figures in French, as on the boards, and the messages kept aside."""

from collections.abc import Iterable
from datetime import tzinfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Column, Table

from collector.quarantine import QuarantineRow
from dashboards.views import duration, percent
from ticketing.figures import AreaFigures


def of_area(found: AreaFigures) -> list[RenderableType]:
    """A line that says when, one if the figures are incomplete, and a row per queue."""
    state = "ouvert" if found.open else "fermé"
    lines: list[RenderableType] = [f"[bold]{escape(found.name)}[/] à {found.at:%d/%m/%Y %H:%M:%S}, {state}"]
    if found.incomplete_since:
        lines.append(f"[yellow]données incomplètes depuis {found.incomplete_since:%H:%M}[/]")
    table = Table(
        "file",
        "en attente",
        "plus longue",
        "dernier appelé",
        "appelés",
        "moyenne",
        "9 sur 10",
        "guichets",
        "engagement",
    )
    for queue in found.queues:
        level = queue.service_level_today
        levels = level if isinstance(level, tuple) else (level,) if level else ()
        table.add_row(
            escape(queue.name),
            str(queue.waiting),
            duration(queue.longest_wait_s),
            duration(queue.last_called_wait_s),
            str(queue.called_today),
            duration(queue.mean_wait_today_s),
            duration(queue.p90_wait_today_s),
            str(queue.counters_open),
            "\n".join(f"{percent(one.value)} ({one.formula}, objectif {percent(one.target)})" for one in levels),
        )
    return [*lines, table]


def kept_aside(rows: Iterable[QuarantineRow], zone: tzinfo) -> Table:
    table = Table(
        *(Column(name, overflow="fold") for name in ("number", "received", "topic", "reason", "why", "bytes"))
    )
    for row in rows:
        received = f"{row.received.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        table.add_row(str(row.number), received, escape(row.topic), row.reason, escape(row.detail), str(row.size))
    return table
