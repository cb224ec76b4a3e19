"""What commands print for people: figures in French, as on the boards, and the messages kept aside."""

from collections.abc import Iterable
from datetime import tzinfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Column, Table

from collector.masking import visible
from collector.quarantine import QuarantineRow
from ticketing.figures import AreaFigures
from ticketing.french.notation import clock, duration, percent
from ticketing.ledger import Account


def of_area(found: AreaFigures) -> list[RenderableType]:
    """A line that says when, one if the figures are incomplete, and a row per queue."""
    state = "ouvert" if found.open else "fermé"
    lines: list[RenderableType] = [f"[bold]{escape(found.name)}[/] à {found.at:%d/%m/%Y %H:%M:%S}, {state}"]
    if found.incomplete_since:
        lines.append(f"[yellow]données incomplètes depuis {clock(found.incomplete_since, found.at)}[/]")
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


def of_devices(accounts: Iterable[Account]) -> Table:
    """A row per device: what came from it on the day, and what is missing."""
    numbers = ("reçus", "doublés", "tardifs", "écartés", "manquants")
    table = Table(
        "appareil", *(Column(name, justify="right") for name in numbers), Column("remarques", overflow="fold")
    )
    for one in accounts:
        counts = one.kept, one.doubled, one.late, one.quarantined
        missing = f"[yellow]{one.missing}[/]" if one.missing else "0"
        table.add_row(f"{one.area}/{one.device}", *map(str, counts), missing, "\n".join(_remarks(one)))
    return table


def _remarks(account: Account) -> Iterable[str]:
    if account.missing and account.first_missing_after:
        yield f"[yellow]manquants depuis {account.first_missing_after:%H:%M}[/]"
    if account.filled:
        yield f"{account.filled} dans le désordre"
    if account.missing_since:
        yield f"[yellow]muet depuis {account.missing_since:%d/%m %H:%M}[/]"
    elif account.heard_until is None:
        yield "sans battement"
    if account.correction_s:
        yield f"horloge corrigée de {account.correction_s:+g} s"
    for count in account.waiting:
        if count.difference:
            yield f"[yellow]compte {count.reported} à {count.queue}, vigie {count.computed}[/]"


def kept_aside(rows: Iterable[QuarantineRow], zone: tzinfo) -> Table:
    table = Table(
        *(Column(name, overflow="fold") for name in ("number", "received", "topic", "reason", "why", "bytes", "times"))
    )
    for row in rows:
        received = f"{row.received.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        table.add_row(
            str(row.number),
            received,
            escape(visible(row.topic)),
            row.reason,
            escape(visible(row.detail)),
            str(row.size),
            str(row.times),
        )
    return table


def one_kept_aside(row: QuarantineRow, zone: tzinfo) -> list[RenderableType]:
    """Everything that is kept of a message; letters stand for what may be personal."""
    lines = [
        f"number     {row.number}",
        f"received   {row.received.astimezone(zone):%Y-%m-%d %H:%M:%S}, {row.times} time{'s' if row.times > 1 else ''}",
        f"topic      {escape(visible(row.topic))}",
        f"why        {row.reason}: {escape(visible(row.detail))}",
        f"size       {row.size} bytes",
    ]
    if row.replayed:
        lines.append(f"replayed   {row.replayed.astimezone(zone):%Y-%m-%d %H:%M:%S}")
    if row.content_type:
        lines.append(f"content    {escape(visible(row.content_type))}")
    lines += [f"property   {escape(visible(name))} = {escape(visible(value))}" for name, value in row.properties]
    return [*lines, "", escape(visible(row.payload))]
