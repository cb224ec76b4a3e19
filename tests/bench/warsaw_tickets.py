"""Turns the reconstructed tickets of the Warsaw offices into a recording that `vigie replay` can publish.

    python -m tests.bench.warsaw_tickets SOURCE.csv.gz OUT.jsonl.gz [--site aube] [--office UD_Bemowo]

Only rows with `own_series=True` are read. The file knows a ticket's issue and call to within two readings of the
kiosk, as a rule 5 minutes apart: `ticket.issued` and `ticket.called` are put in the middle of their interval, so
tickets of one reading share an instant, and a ticket issued and called between two readings waits 0. Local times of
Europe/Warsaw. The office is the area (`ud-mokotow-2`), the queue is `q` and its id, and everything is said by the
device `borne`.

Counters and services are not in the file; they are made up so that the counters' state has something to show: a queue
has on each day as many counters (`q549-g1`, `q549-g2`...) as it showed open at most, at least one, and shares none; a
call goes to the counter whose last call is the oldest, in the order of call and number; **a service ends when the
next ticket is called at its counter**, so it contains the counter's idle time, and is 0 within one reading. The last
service of a counter's day lasts as long as the median of the queue's day, or 10 minutes when no service of that day
was ended by a call.

A ticket's id is day, queue and number, with `-2`, `-3`... when a number comes back on one day. A row given twice is
one ticket. Of the known faults of the devices (December 2019 dated 2020, a clock in 2012, duplicates, shared letters)
this file has none left among its own series; a row whose times are not of its `date` is refused. It holds called
tickets only: nobody leaves.
"""

import argparse
import csv
import gzip
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean, median
from zoneinfo import ZoneInfo

from tests.bench.bank_calls import Message, message, write

ZONE = ZoneInfo("Europe/Warsaw")
DEVICE = "borne"
LAST_SERVICE = timedelta(minutes=10)

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Ticket:
    id: str
    area: str
    queue: str
    number: str
    rank: int
    issued: datetime
    called: datetime
    counters_open: int
    service_min: float
    """As the display shows it."""

    @property
    def wait(self) -> timedelta:
        return self.called - self.issued


def rows(source: Path, office: str | None = None) -> list[Row]:
    """Own series only, each row once, in the order of the file."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        chosen = [row for row in table if row["own_series"] == "True" and office in {None, row["office"]}]
    return list({tuple(row.values()): row for row in chosen}.values())


def middle(row: Row, after: str, by: str) -> datetime:
    start, end = (datetime.fromisoformat(row[column]).replace(tzinfo=ZONE) for column in (after, by))
    day = date.fromisoformat(row["date"])
    if not start.date() == end.date() == day:
        raise ValueError(
            f"Ticket {row['pref']}{row['ticket']} of {row['office']} has times {start} to {end}; expected {day}."
        )
    return start + (end - start) / 2


def tickets(table: Iterable[Row]) -> list[Ticket]:
    """Sorted by issue."""
    timed = [(middle(r, "issued_after", "issued_by"), middle(r, "called_after", "called_by"), r) for r in table]
    timed.sort(key=lambda each: (*each[:2], int(each[2]["ticket"])))
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for issued, called, row in timed:
        area, queue = row["office"].lower().replace("_", "-"), f"q{row['queue_id']}"
        number = f"{row['pref']}{row['ticket']}"
        known = f"{issued:%Y%m%d}-{queue}-{number}"
        seen[area, known] += 1
        again = seen[area, known]
        found.append(
            Ticket(
                id=known if again == 1 else f"{known}-{again}",
                area=area,
                queue=queue,
                number=number,
                rank=int(row["ticket"]),
                issued=issued,
                called=called,
                counters_open=int(row["counters_open"]),
                service_min=float(row["service_minutes_shown"]),
            )
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Service:
    """One ticket at one counter; `previous` is the ticket whose service there its call ended."""

    ticket: Ticket
    counter: str
    previous: Ticket | None


def services(queue_day: Sequence[Ticket]) -> list[Service]:
    """Of one queue on one day, in the order of the calls."""
    open_at_most = max(1, *(ticket.counters_open for ticket in queue_day))
    free = deque(f"{queue_day[0].queue}-g{number}" for number in range(1, open_at_most + 1))
    at: dict[str, Ticket] = {}
    found = []
    for ticket in sorted(queue_day, key=lambda each: (each.called, each.rank)):
        counter = free.popleft()
        found.append(Service(ticket=ticket, counter=counter, previous=at.get(counter)))
        at[counter] = ticket
        free.append(counter)
    return found


def of_queue_day(queue_day: Sequence[Ticket], site: str) -> Iterator[Message]:
    """In the order of what happens to the queue, then to each counter."""

    def fact(name: str, ticket: Ticket, at: datetime, **data: str) -> Message:
        place = f"{site}/{ticket.area}/{DEVICE}"
        return message(place=place, name=name, subject=ticket.id, at=at, data={"ticket": ticket.id, **data})

    for ticket in queue_day:
        yield fact("ticket.issued", ticket, ticket.issued, number=ticket.number, queue=ticket.queue)
    last: dict[str, Ticket] = {}
    lengths_s = []
    for service in services(queue_day):
        ticket, previous = service.ticket, service.previous
        if previous is not None:
            yield fact("service.ended", previous, ticket.called, counter=service.counter)
            lengths_s.append((ticket.called - previous.called).total_seconds())
        yield fact("ticket.called", ticket, ticket.called, counter=service.counter)
        last[service.counter] = ticket
    length = timedelta(seconds=round(median(lengths_s))) if lengths_s else LAST_SERVICE
    for counter, ticket in last.items():
        yield fact("service.ended", ticket, ticket.called + length, counter=counter)


def recording(found: Iterable[Ticket], *, site: str = "aube") -> list[Message]:
    """Sorted by time; at one instant, issues first within a queue, then each counter's events in their order."""
    queue_days: defaultdict[tuple[str, str, date], list[Ticket]] = defaultdict(list)
    for ticket in found:
        queue_days[ticket.area, ticket.queue, ticket.issued.date()].append(ticket)
    messages = [each for key in sorted(queue_days) for each in of_queue_day(queue_days[key], site)]
    return sorted(messages, key=lambda each: each.payload.time)


def summary(found: Iterable[Ticket]) -> Iterator[str]:
    areas: defaultdict[str, list[Ticket]] = defaultdict(list)
    for ticket in found:
        areas[ticket.area].append(ticket)
    yield f"{'area':20} {'tickets':>8} {'days':>5} {'queues':>6} {'mean wait, min':>14} {'waits of 0':>10}"
    for area, here in sorted(areas.items()):
        days, queues = len({each.issued.date() for each in here}), len({each.queue for each in here})
        wait_min = fmean(each.wait / timedelta(minutes=1) for each in here)
        at_once = fmean(not each.wait for each in here)
        yield f"{area:20} {len(here):8} {days:5} {queues:6} {wait_min:14.2f} {at_once:10.0%}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Warsaw tickets to a recording for vigie replay.")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--site", default="aube")
    parser.add_argument("--office", help="as the file spells it; all of them when left out")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    found = tickets(rows(chosen.source, chosen.office))
    messages = recording(found, site=chosen.site)
    write(messages, chosen.target)
    print("\n".join(summary(found)))
    print(f"{len(found)} tickets, {len(messages)} events, {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
