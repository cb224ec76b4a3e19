"""Counts the calls of the "Anonymous Bank" file straight from its table; no code in common with the converter.

    python -m tests.bench.bank_count SOURCE.tsv.gz

A PHANTOM row is no call. A call is *offered* when it asked for an agent: it queued, or was answered (AGENT) without
queueing; *abandoned* when it was offered and its outcome is HANG; so offered = answered + abandoned. A HANG in the
voice server is only received. The wait of an answered call is `q_exit - q_start`; without queueing, the seconds by
which `ser_start` is after `vru_exit`, else 0. All figures of an offered call are of the day on which it asked
(`q_start`, else `vru_exit`); `received` is of the day of `vru_entry`.
"""

import csv
import gzip
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HALF_DAY_S = 12 * 3600


@dataclass(kw_only=True)
class Counts:
    received: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    waited_s: int = 0
    """By all answered calls together."""

    @property
    def mean_wait_s(self) -> float | None:
        """Of the answered calls; none when there are none."""
        return self.waited_s / self.answered if self.answered else None


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + int(rest)


def count(source: Path) -> dict[date, Counts]:
    days: defaultdict[date, Counts] = defaultdict(Counts)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["outcome"] == "PHANTOM":
                continue
            written = row["date"]
            day = date(1900 + int(written[:2]), int(written[2:4]), int(written[4:]))
            days[day].received += 1
            queued = (row["q_start"], row["q_exit"]) != ("0:00:00", "0:00:00")
            if not queued and row["outcome"] == "HANG":
                continue
            asked = seconds(row["q_start"] if queued else row["vru_exit"])
            # much earlier than the entry is after midnight; a little earlier is a clock that was set back
            if asked < seconds(row["vru_entry"]) - HALF_DAY_S:
                day += timedelta(days=1)
            days[day].offered += 1
            if row["outcome"] == "HANG":
                days[day].abandoned += 1
                continue
            until = seconds(row["q_exit"] if queued else row["ser_start"])
            never_served = not queued and row["ser_start"] == row["ser_exit"] == "0:00:00"
            if until < asked - HALF_DAY_S:
                until += 24 * 3600
            days[day].answered += 1
            days[day].waited_s += 0 if never_served else max(0, until - asked)
    return dict(sorted(days.items()))


def main() -> None:
    print(f"{'day':10} {'received':>8} {'offered':>8} {'answered':>8} {'abandoned':>9} {'mean wait':>9}")
    for day, each in count(Path(sys.argv[1])).items():
        wait = "" if each.mean_wait_s is None else f"{each.mean_wait_s:.3f}"
        print(f"{day} {each.received:8} {each.offered:8} {each.answered:8} {each.abandoned:9} {wait:>9}")


if __name__ == "__main__":
    main()
