"""Turns the calls of the Technion "Anonymous Bank" file into a recording that `vigie replay` can publish.

    python -m tests.bench.bank_calls SOURCE.tsv.gz OUT.jsonl.gz [--site aube] [--area standard]

The source is a table with tabs, one row per call, with local times `H:MM:SS`; they are read as wall clock of
Europe/Paris (the bank is elsewhere, but a day of a switchboard is a local day). `0:00:00` in both times of a step
means that the call never took that step. The definitions, the same as in `bank_count`:

- *received*: every row but PHANTOM, which the telephone system made up. At `vru_entry`; at `vru_exit` where that one
  is earlier (a few rows leave the voice server about a minute before they enter it: two clocks, it seems).
- *offered* (`call.queued`): the call asked for an agent. At `q_start`; a call answered without queueing, at
  `vru_exit`.
- *answered*: outcome AGENT. At `q_exit`, whatever `ser_start` says (often 1-2 s before, rarely minutes before); a
  call answered without queueing, at the later of `vru_exit` and `ser_start`. Its *wait* is answered - offered:
  `q_exit - q_start`, and without queueing the seconds by which `ser_start` is after `vru_exit`, mostly 0.
- *ended*, by the agent: at `ser_exit`, never before the answer; at the answer when the row has no times of service.
- *abandoned*: outcome HANG, at `q_exit` (times of service on such a row are ignored: nobody is named that served it).
  A HANG that never queued left in the voice server, at `vru_exit`: it is received and abandoned, and was not offered.

The counter is the server in lower case, `inconnu` where none is named: several calls can be at that one at once.
Opening hours of counters are not in the file and none are made up. Priority 2 is the bank's "priority"; 0 and 1 are
"none". The file's `call_id` comes back, even on one day, so a call is known by its day, second of entry and
`call_id`.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

ZONE = ZoneInfo("Europe/Paris")
DEVICE = "pbx"
QUEUE = "operateurs"
UNNAMED = "inconnu"
NEVER = "0:00:00"
PRIORITIES = {"0": "none", "1": "none", "2": "priority"}
DAY = timedelta(days=1)

Row = dict[str, str]


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent in structured mode."""

    specversion: str = "1.0"
    type: str
    source: str
    id: str
    time: datetime
    data: dict[str, str]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a recording."""

    topic: str
    payload: Payload


def message(*, place: str, name: str, subject: str, at: datetime, data: dict[str, str]) -> Message:
    """`place` is site/area/device; `subject` is the id of the ticket or call, which has each type of event once."""
    payload = Payload(type=name, source=f"/{place}", id=f"{subject}-{name}", time=at, data=data)
    return Message(topic=f"accueil/v1/{place}/events", payload=payload)


def write(messages: Iterable[Message], target: Path) -> None:
    """The same messages give the same file, to the byte."""
    with target.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.writelines(msgspec.json.encode(each) + b"\n" for each in messages)


def rows(source: Path) -> list[Row]:
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def since_midnight(clock: str) -> timedelta:
    hours, minutes, seconds = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))


def entered(row: Row) -> datetime:
    day = datetime.strptime(row["date"], "%y%m%d").replace(tzinfo=ZONE)
    return day + since_midnight(row["vru_entry"])


def moment(row: Row, column: str) -> datetime:
    """The row's time that is within 12 hours of its entry: it may be of the next day, or of a minute before."""
    apart = since_midnight(row[column]) - since_midnight(row["vru_entry"])
    return entered(row) + (apart + DAY / 2) % DAY - DAY / 2


def took(row: Row, start: str, end: str) -> bool:
    """Whether the call took this step; one of the two times may well be midnight."""
    return not row[start] == row[end] == NEVER


def call_id(row: Row) -> str:
    return f"{entered(row):%y%m%d-%H%M%S}-{row['call_id']}"


def facts(row: Row) -> Iterator[tuple[str, datetime, dict[str, str]]]:
    """Type, time and data, in the order of a call's life."""
    outcome, queued, left_voice_server = row["outcome"], took(row, "q_start", "q_exit"), moment(row, "vru_exit")
    if outcome not in {"AGENT", "HANG", "PHANTOM"}:
        raise ValueError(f"Call {call_id(row)} has the outcome {outcome!r}; expected AGENT, HANG or PHANTOM.")
    if row["priority"] not in PRIORITIES:
        raise ValueError(f"Call {call_id(row)} has the priority {row['priority']!r}; expected 0, 1 or 2.")
    if outcome == "PHANTOM":
        return
    call = {"call": call_id(row)}
    yield "call.received", min(entered(row), left_voice_server), call | {"line": row["type"]}
    if queued or outcome == "AGENT":
        asked = moment(row, "q_start") if queued else left_voice_server
        yield "call.queued", asked, call | {"queue": QUEUE, "priority": PRIORITIES[row["priority"]]}
    if outcome == "HANG":
        yield "call.abandoned", moment(row, "q_exit") if queued else left_voice_server, call
        return
    served = took(row, "ser_start", "ser_exit")
    if queued:
        answered = moment(row, "q_exit")
    else:
        answered = max(left_voice_server, moment(row, "ser_start")) if served else left_voice_server
    yield "call.answered", answered, call | {"counter": row["server"].lower() or UNNAMED}
    yield "call.ended", max(answered, moment(row, "ser_exit")) if served else answered, call | {"by": "agent"}


def recording(calls: Iterable[Row], *, site: str = "aube", area: str = "standard") -> list[Message]:
    """Sorted by time; at one instant, in the order of the file and of a call's life."""
    place = f"{site}/{area}/{DEVICE}"
    messages, known = [], set[str]()
    for row in calls:
        call = call_id(row)
        if call in known:
            raise ValueError(
                f"Call {call} is in the file twice; expected one row per day, second of entry and call_id."
            )
        known.add(call)
        messages += [message(place=place, name=name, subject=call, at=at, data=data) for name, at, data in facts(row)]
    return sorted(messages, key=lambda each: each.payload.time)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Anonymous Bank calls to a recording for vigie replay.")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--site", default="aube")
    parser.add_argument("--area", default="standard")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    calls = rows(chosen.source)
    messages = recording(calls, site=chosen.site, area=chosen.area)
    write(messages, chosen.target)
    days = {each.payload.time.date() for each in messages}
    print(f"{len(calls)} rows, {len(messages)} events, {len(days)} days, {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
