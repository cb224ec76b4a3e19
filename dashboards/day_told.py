"""A day of an area for programs: its series as JSON, and as a CSV file."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any, TypeVar

from dashboards.alert_names import Names
from dashboards.days import Gap
from ticketing.alert import Record
from ticketing.counter import State
from ticketing.day import ALL, STEP, AreaDay, CounterDay, Series
from ticketing.french.alerts import title
from ticketing.usual import Band, Usual

V = TypeVar("V")

COLUMNS = (
    "at", "queue", "waiting", "longest_wait_s", "entered", "called", "called_wait_s", "counters_open",
    "waiting_per_counter",
)  # fmt: skip


def as_told(day: AreaDay, gaps: Sequence[Gap], alerts: Sequence[Record] | None, names: Names) -> dict[str, Any]:
    """Of the part of the day worth showing, from its step `first` on; what is to come is null.

    `alerts` None: they cannot be had now.
    """
    window = day.window
    return {
        "area": day.area,
        "name": day.name,
        "kind": day.kind,
        "date": day.date,
        "until": day.until,
        "step_s": STEP.total_seconds(),
        "first": window[0],
        "open": day.spans,
        "at": [day.at[n] for n in window],
        "all": _series(day.whole, window),
        "queues": [_series(series, window) for series in day.queues],
        "counters": [
            {
                "counter": one.counter,
                "name": one.name,
                "configured": one.configured,
                "state": _states(day, one, window),
            }
            for one in day.counters
        ],
        "gaps": [{"device": gap.device, "since": gap.since, "until": gap.until} for gap in gaps],
        "alerts": None if alerts is None else [alert_told(record, names) for record in alerts],
        "figures": day.figures,
    }


def alert_told(record: Record, names: Names) -> dict[str, Any]:
    alert = record.alert
    return {
        "id": alert.id,
        "severity": alert.severity,
        "title": title(alert, names.area(alert.area), names.zone),
        "fired_at": alert.fired_at,
        "acknowledged_at": alert.acknowledged_at,
        "resolved_at": alert.resolved_at,
    }


def _series(series: Series, window: range) -> dict[str, Any]:
    return {
        "queue": series.queue or None,
        "name": series.name or None,
        "configured": series.configured,
        "limit_s": series.limit_s,
        "waiting": _within(series.waiting, window),
        "longest_wait_s": _within(series.longest_wait_s, window),
        "entered": _within(series.entered, window),
        "called": _within(series.called, window),
        "called_wait_s": _within(series.called_wait_s, window),
        "counters_open": _within(series.counters_open, window),
        "waiting_per_counter": _within(series.waiting_per_counter, window),
    }


def _states(day: AreaDay, counter: CounterDay, window: range) -> list[State | None]:
    """On the grid as everything else: a busy counter changes too often for each change to be told."""
    known = len(day.whole.waiting)
    return [counter.at(day.at[n]).state if n < known else None for n in window]


def _within(values: Sequence[V], window: range) -> list[V | None]:
    return [values[n] if n < len(values) else None for n in window]


def usual_told(usual: Usual | None, window: range) -> dict[str, Any] | None:
    """On the same part of the grid as the day it is compared with."""
    if usual is None:
        return None
    return {
        "days": usual.days,
        "at": [usual.at[n] for n in window],
        "series": [
            {
                "queue": one.queue or None,
                "waiting": _band(one.waiting, window),
                "longest_wait_s": _band(one.longest_wait_s, window),
            }
            for one in usual.series
        ],
    }


def _band(band: Band, window: range) -> dict[str, Any]:
    return {name: [getattr(band, name)[n] for n in window] for name in ("low", "median", "high")}


def as_csv(day: AreaDay) -> str:
    """A row an instant and queue, then one for all of them, whose queue is blank; blank too for what is not known."""
    file = StringIO()
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for series in (*day.queues, day.whole):
        rows.writerows(_rows(day, series))
    return file.getvalue()


def _rows(day: AreaDay, series: Series) -> Iterable[list[object]]:
    for n in day.window:
        if n < len(series.waiting):
            yield [
                day.at[n].isoformat(),
                "" if series.queue == ALL else series.queue,
                series.waiting[n],
                _blank(series.longest_wait_s[n]),
                series.entered[n],
                series.called[n],
                _blank(series.called_wait_s[n]),
                series.counters_open[n],
                _blank(series.waiting_per_counter[n]),
            ]


def _blank(value: float | None) -> float | str:
    return "" if value is None else value
