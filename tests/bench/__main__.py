"""Runs the benchmarks named, or all: `make bench`, `python -m tests.bench [NAME...]`; loopback only, some minutes."""

import argparse
import logging
from time import perf_counter

import structlog

from tests.bench import (
    alert_latency,
    alerting,
    boards,
    boards_hour,
    day,
    forecasts,
    latency,
    memory,
    month,
    public,
    rebuild,
    refresh,
    staffing,
    whole_path,
)
from tests.bench.measuring import console

BENCHMARKS = {
    "whole_path": whole_path,
    "latency": latency,
    "alert_latency": alert_latency,
    "rebuild": rebuild,
    "month": month,
    "memory": memory,
    "refresh": refresh,
    "forecasts": forecasts,
    "staffing": staffing,
    "alerting": alerting,
    "day": day,
    "boards": boards,
    "public": public,
    "boards_hour": boards_hour,
}
LONG = {"boards_hour"}
"""Only where they are named."""


def main() -> None:
    listed = "\n".join(f"  {name:12}{module.__doc__}" for name, module in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=f"{__doc__}\n\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all but {', '.join(LONG)} if none is given")
    names: list[str] = parser.parse_args().names
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"found {', '.join(unknown)}, expected some of {', '.join(BENCHMARKS)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name in names or (one for one in BENCHMARKS if one not in LONG):
        began = perf_counter()
        BENCHMARKS[name].run()
        console.print(f"{name}: {perf_counter() - began:.0f} s\n", style="dim")


if __name__ == "__main__":
    main()
