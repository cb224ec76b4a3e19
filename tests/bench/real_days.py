"""Recorded days through the whole path, and vigie's figures beside an independent count of the source file.

`python -m tests.bench.real_days bank SOURCE.tsv.gz`, or `warsaw SOURCE.csv.gz`: converts, starts `vigie run` on
embedded services, replays it through the broker, and exits with 1 if a figure differs. A day's figures are those of the
visits that began on it, whenever they ended: some calls cross midnight.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from collector.journal import Journal
from deploy import backing
from deploy.configuration import load
from deploy.settings import Settings
from tests.bench import bank_calls, bank_count, warsaw_count, warsaw_tickets
from tests.servers import folder, free_port
from ticketing.area import Area, live_since
from ticketing.figures import AreaFigures
from ticketing.live import figures

ZONES = {"bank": "Europe/Paris", "warsaw": "Europe/Warsaw"}
AFTERMATH = timedelta(hours=6)
ROUNDING_S = 0.0501
"""Figures are printed to a tenth of a second."""

Row = tuple[str, ...]
Comparison = tuple[str, list[str], list[str], bool]
"""What is compared, the count's figures, vigie's, and whether they agree."""


def main(arguments: list[str]) -> int:
    kind, source = arguments[0], Path(arguments[1])
    with folder() as home:
        recording = home / "recording.jsonl.gz"
        converter = bank_calls.main if kind == "bank" else warsaw_tickets.main
        converter([str(source), str(recording)])
        areas = ["standard"] if kind == "bank" else sorted({area for area, _ in warsaw_count.count(source)})
        settings = _configuration(home, kind, areas)
        with _running(home / "vigie.toml"):
            subprocess.run(_vigie("replay", str(recording), "--config", str(home / "vigie.toml")), check=True)
            compared = asyncio.run(_compare(kind, source, settings))
    return _print(kind, compared)


async def _compare(kind: str, source: Path, settings: Settings) -> list[Comparison]:
    async with backing.database(settings) as dsn, Journal(dsn) as journal:
        await _settled(journal)

        async def at_the_end_of(area: str, day: date) -> AreaFigures:
            plan, end = settings.plan(area), datetime.combine(day, time.max, settings.zone)
            events = await journal.read(plan.site, area, live_since(plan, end), end + AFTERMATH)
            return figures(Area.of(plan, events), end)

        if kind == "bank":
            counts = bank_count.count(source)
            return [_calls(day, counts[day], await at_the_end_of("standard", day)) for day in sorted(counts)]
        offices = warsaw_count.count(source)
        return [_tickets(*key, offices[key], await at_the_end_of(*key)) for key in sorted(offices)]


async def _settled(journal: Journal) -> None:
    """The broker has acknowledged all; the intake may still be a batch behind."""
    before = -1
    while (now := await journal.last()) != before:
        before = now
        await asyncio.sleep(1)


def _calls(day: date, counted: bank_count.Counts, found: AreaFigures) -> Comparison:
    queue = next(queue for queue in found.queues if queue.queue == "operateurs")
    ours = [queue.offered_today, queue.answered_today, queue.abandoned_today]
    theirs = [counted.offered, counted.answered, counted.abandoned]
    same = ours == theirs and _equal(queue.mean_speed_of_answer_today_s, counted.mean_wait_s)
    return (
        str(day),
        [*map(str, theirs), f"{counted.mean_wait_s:.3f}"],
        [*map(str, ours), str(queue.mean_speed_of_answer_today_s)],
        same,
    )


def _tickets(area: str, day: date, counted: warsaw_count.Counts, found: AreaFigures) -> Comparison:
    called = sum(queue.called_today for queue in found.queues)
    waits = sum((queue.mean_wait_today_s or 0) * queue.called_today for queue in found.queues)
    mean = waits / called if called else None
    issued = called + found.waiting
    same = (issued, called) == (counted.issued, counted.called) and _equal(mean, counted.mean_wait_s)
    return (
        f"{area} {day}",
        [str(counted.issued), str(counted.called), f"{counted.mean_wait_s:.1f}"],
        [str(issued), str(called), f"{mean:.1f}"],
        same,
    )


def _equal(ours: object, theirs: float | None) -> bool:
    return isinstance(ours, float) and theirs is not None and abs(ours - theirs) <= ROUNDING_S


def _print(kind: str, compared: Iterable[Comparison]) -> int:
    figures = (
        ["offered", "answered", "abandoned", "mean wait s"] if kind == "bank" else ["issued", "called", "mean wait s"]
    )
    table = Table("", *(f"{figure}: count / vigie" for figure in figures), "")
    different = 0
    for label, theirs, ours, same in compared:
        different += not same
        table.add_row(
            label, *(f"{a} / {b}" for a, b in zip(theirs, ours, strict=True)), "same" if same else "DIFFERENT"
        )
    Console().print(table)
    print(f"{len(table.rows)} days, {different} different")
    return 1 if different else 0


def _configuration(home: Path, kind: str, areas: list[str]) -> Settings:
    file = home / "vigie.toml"
    text = [
        'site = "aube"', f'time_zone = "{ZONES[kind]}"', 'data_dir = "var"',
        "[broker]", f'listen = "127.0.0.1:{free_port()}"', "[web]", f'listen = "127.0.0.1:{free_port()}"',
        "[intake]", 'oldest = "any"',
    ]  # fmt: skip
    for area in areas:
        text += ["[[areas]]", f'id = "{area}"', f'name = "{area}"']
        text.append('kind = "switchboard"' if kind == "bank" else 'kind = "hall"')
    file.write_text("\n".join(text))
    return load(file)


def _vigie(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deploy", *arguments]


@contextmanager
def _running(configuration: Path) -> Iterator[None]:
    process = subprocess.Popen(_vigie("run", "--config", str(configuration)), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        print(process.stdout.readline().strip())
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
