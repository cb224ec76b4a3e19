"""What the benchmarks share: figures with their spread, tables, servers for a while, and child processes."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 132, highlight=False)
ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
"""No child may take longer."""


def repeated(action: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of several runs, the garbage of the one before collected, an unmeasured one first."""
    action()
    found = []
    for _ in range(times):
        gc.collect()
        began = perf_counter()
        action()
        found.append(perf_counter() - began)
    return found


def spread(values: Sequence[float], digits: int = 0) -> str:
    """The median, and how far the lowest and the highest are from it."""
    middle = median(values)
    if len(values) == 1:
        return f"{middle:,.{digits}f}"
    low, high = (min(values) / middle - 1, max(values) / middle - 1) if middle else (0.0, 0.0)
    return f"{middle:,.{digits}f} ({low:+.0%} {high:+.0%})"


def ratio(figure: Sequence[float], baseline: Sequence[float]) -> str:
    """Median by median."""
    return f"{median(figure) / median(baseline):.2f}" if median(baseline) else "-"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, caption=note or None)
    table.caption_justify = "left"
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def child(*arguments: str) -> subprocess.Popen[str]:
    """A part of a benchmark in a process of its own: see `_child`."""
    command = [sys.executable, "-m", "tests.bench._child", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a child prints last, as JSON; RuntimeError if it fails, and its end if it takes too long."""
    try:
        out, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        stopped(process)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def stopped(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A child that has said it is ready, ended with the block."""
    process = child(*arguments)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        stopped(process)
