"""Memory of a day held live, and the time to show it and to take one event more, in a fresh process each."""

from collections import defaultdict
from statistics import median

import msgspec

from tests.bench.holding import Held
from tests.bench.measuring import answer, child, show

SIZES = {(2_000, 3): 3, (2_000, 300): 3, (6_000, 3): 3, (200_000, 300): 1, (200_000, 3): 1}
"""Visits and areas, and how many processes are asked."""
MEGA = 1024 * 1024


def run() -> None:
    found: defaultdict[tuple[int, int], list[Held]] = defaultdict(list)
    for size, times in SIZES.items():
        for _ in range(times):
            found[size].append(msgspec.convert(answer(child("hold", *map(str, size))), Held))
    show(
        "memory: growth of a process that holds a day live, median of three (of one from 200,000 visits)",
        ("visits over areas", "events", "live", "events alone", "live/alone", "a visit", "full collection"),
        [_held(size, rows) for size, rows in found.items()],
        "events alone: the decoded facts in lists, which the live state holds too; a full collection of garbage stops "
        "all else meanwhile",
    )
    show(
        "one area: figures() and one event more, median of at least three",
        ("visits in the area", "figures()", "bare loop", "ratio", "one event", "its visit alone", "ratio"),
        [_times(rows) for _, rows in sorted(found.items(), key=lambda item: item[1][0].visits_in_area)],
        "bare loop: counts the visits that wait and nothing else",
    )


def _held(size: tuple[int, int], rows: list[Held]) -> tuple[str, ...]:
    live, alone = median(r.live_bytes for r in rows), median(r.events_bytes for r in rows)
    return (
        f"{size[0]:,} over {size[1]}",
        f"{rows[0].events:,}",
        f"{live / MEGA:.1f} MB",
        f"{alone / MEGA:.1f} MB",
        f"{live / alone:.2f}",
        f"{live / size[0]:,.0f} B",
        f"{median(r.pause for r in rows) * 1e3:.0f} ms",
    )


def _times(rows: list[Held]) -> tuple[str, ...]:
    figures, loop = median(r.figures for r in rows), median(r.loop for r in rows)
    taking, visit = median(r.taking for r in rows), median(r.visit for r in rows)
    return (
        f"{rows[0].visits_in_area:,}",
        f"{figures * 1e3:.2f} ms",
        f"{loop * 1e3:.2f} ms",
        f"{figures / loop:.0f}",
        f"{taking * 1e6:.0f} µs",
        f"{visit * 1e6:.0f} µs",
        f"{taking / visit:.1f}",
    )
