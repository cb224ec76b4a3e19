"""Counts the reconstructed tickets of the Warsaw offices straight from their table, apart from the converter.

    python -m tests.bench.warsaw_count SOURCE.csv.gz

Rows with `own_series=True`, each once. Every ticket of the file was called on the day of its issue. A wait runs from
the middle of the issue interval to the middle of the call interval; the mean is over all tickets.
"""

import csv
import gzip
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path


@dataclass(kw_only=True)
class Counts:
    issued: int = 0
    called: int = 0
    waited_s: float = 0.0
    """By all called tickets together."""

    @property
    def mean_wait_s(self) -> float | None:
        """Of the called tickets; none when there are none."""
        return self.waited_s / self.called if self.called else None


def seconds(written: str) -> int:
    """Since midnight, of `2020-01-02 08:30:00`."""
    clock = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").time()  # noqa: DTZ007 - only differences on one day are taken
    return 3600 * clock.hour + 60 * clock.minute + clock.second


def count(source: Path) -> dict[tuple[str, date], Counts]:
    """By area (the office in lower case, with hyphens) and day."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    column = {name: position for position, name in enumerate(header)}
    days: defaultdict[tuple[str, date], Counts] = defaultdict(Counts)
    for line in sorted({tuple(line) for line in lines if line[column["own_series"]] == "True"}):
        key = line[column["office"]].lower().replace("_", "-"), date.fromisoformat(line[column["date"]])
        issued = seconds(line[column["issued_after"]]) + seconds(line[column["issued_by"]])
        called = seconds(line[column["called_after"]]) + seconds(line[column["called_by"]])
        days[key].issued += 1
        days[key].called += 1
        days[key].waited_s += (called - issued) / 2
    return dict(sorted(days.items()))


def main() -> None:
    print(f"{'area':20} {'day':10} {'issued':>7} {'called':>7} {'mean wait, s':>12}")
    for (area, day), each in count(Path(sys.argv[1])).items():
        wait = "" if each.mean_wait_s is None else f"{each.mean_wait_s:.1f}"
        print(f"{area:20} {day} {each.issued:7} {each.called:7} {wait:>12}")


if __name__ == "__main__":
    main()
