"""Many open boards: from a device's publish to a real browser's screen, beside stalled ones; and an hour of 1,000."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression
from time import perf_counter, time

import msgspec
import psutil
from playwright.async_api import Page, async_playwright

from collector.broker import BrokerSettings
from tests.bench import measuring, traffic
from tests.bench.browsing import Browsed
from tests.bench.latency import bare_subscriber, servers
from tests.bench.measuring import answer, child, console, show
from tests.browser.conftest import QUIET
from tests.servers import CHROMIUM, folder
from ticketing.events import CounterOpened, Event, Fact, ServiceEnded, TicketCalled, TicketIssued
from ticketing.waits import quantile

AREAS, RATE, LASTS_S = 3, 50, 20
CASES = ((1, 0), (200, 0), (200, 20))
"""Open boards, and how many of them never read."""
BOARDS, MINUTES, SLOW_RATE = 1000, 60, 2
QUEUES = ("sejour", *(f"q{n}" for n in range(1, 8)))
COUNTERS = 10
HALLS = "".join(
    [
        f'[[queues]]\nid = "{queue}"\narea = "a{area}"\nname = "File {queue}"\n'
        for area in range(AREAS)
        for queue in QUEUES[1:]
    ]
    + [
        f'[[counters]]\nid = "g{counter}"\narea = "a{area}"\nname = "Guichet {counter}"\n'
        f'queues = ["{QUEUES[counter % 8]}", "{QUEUES[(counter + 1) % 8]}"]\n'
        for area in range(AREAS)
        for counter in range(COUNTERS)
    ]
    + [
        f'[[commitments]]\narea = "a{area}"\nwithin = "15m"\nshare = 0.95\nprovenance = "bench"\nfrom = "2026-01-01"\n'
        for area in range(AREAS)
    ]
)
"""Each with eight queues, ten counters and a commitment."""
PAST, SERVED = timedelta(hours=2), 20
SETTLED_S = 2.0
MEGA = 1024 * 1024
WATCH = """
() => {
  window.arrivals = {};
  const look = () => {
    for (const area of document.querySelectorAll('section.area')) {
      const known = (window.arrivals[area.id.replace('area-', '')] ??= []);
      const waiting = Number(area.querySelector('.now strong').textContent);
      while (known.length <= waiting) known.push(performance.timeOrigin + performance.now());
    }
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, {
    subtree: true, childList: true, characterData: true,
  });
}
"""
"""Notes when each number of people in line was first drawn, in milliseconds since 1970."""
WAITING = """() => Object.fromEntries([...document.querySelectorAll('section.area')].map((area) =>
  [area.id.replace('area-', ''), Number(area.querySelector('.now strong').textContent)]))"""


def run() -> None:
    rows = [asyncio.run(_drawn(boards, stalled)) for boards, stalled in CASES]
    show(
        f"boards: ms p50 / p99 from publish to Chromium's screen, {RATE} events/s for {LASTS_S} s, vigie on one core",
        (
            "open boards",
            "stalled",
            "broker alone p50 / p99",
            "screen p50 / p99",
            "most",
            "never",
            "sent, MB/s",
            "CPU of vigie",
        ),
        rows,
        "Broker alone: to a bare paho subscriber of the same events. By contract an area is drawn at most five times\n"
        "a second, which alone costs an event up to 200 ms. Stalled: connections that never read.",
    )


def hour() -> None:
    """Minutes may be given as BOARDS_MINUTES."""
    minutes = int(os.environ.get("BOARDS_MINUTES", MINUTES))
    resident = asyncio.run(_held(minutes))
    later = resident[len(resident) // 4 :]
    slope = linear_regression(range(len(later)), later).slope * 60 if len(later) > 1 else 0.0
    show(
        f"boards: memory of vigie with {BOARDS:,} open boards, {SLOW_RATE} events/s, {minutes} min",
        ("after", "resident, MB"),
        [(f"{minute} min", f"{resident[minute]:.1f}") for minute in sorted({0, 1, *range(0, minutes, 10), minutes})],
        f"Straight line through the last three quarters: {slope:+.1f} MB an hour; most {max(resident):.1f} MB.",
    )


async def _drawn(boards: int, stalled: int) -> tuple[str, ...]:
    console.print(f"{boards} boards, {stalled} stalled ...", style="dim")
    with folder() as home:
        async with servers("embedded", home, AREAS, HALLS) as (broker, web), _screen(web) as page:
            vigie = _vigie(web)
            _one_core(vigie)
            with _browsing(web, boards - 1, stalled) as browsing, bare_subscriber(broker) as alone:
                await asyncio.sleep(SETTLED_S)
                await _served(home, broker)
                alone.clear()
                first = await page.evaluate(WAITING)
                before, began = sum(vigie.cpu_times()[:2]), perf_counter()
                sent = await _published(home, broker, RATE, RATE * LASTS_S)
                busy = (sum(vigie.cpu_times()[:2]) - before) / (perf_counter() - began)
                await asyncio.sleep(SETTLED_S)
                seen: dict[str, list[float]] = await page.evaluate("arrivals")
                lasted = perf_counter() - began
                found = _ended(browsing)
    skew = time() - perf_counter()
    waits, never = [], 0
    for number, at in enumerate(sent):
        area = f"a{number % AREAS}"
        arrivals, order = seen[area], first[area] + number // AREAS + 1
        if order < len(arrivals):
            waits.append(arrivals[order] / 1e3 - skew - at)
        else:
            never += 1
    direct = [came - at for came, at in zip(alone, sent, strict=False)]
    rate = found.bytes / lasted / MEGA
    most = f"{max(waits) * 1e3:.0f}"
    return str(boards), str(stalled), _both(direct), _both(waits), most, str(never), f"{rate:.1f}", f"{busy:.0%}"


async def _held(minutes: int) -> list[float]:
    """Megabytes resident, at once and after each minute."""
    with folder() as home:
        async with servers("embedded", home, AREAS, HALLS) as (broker, web):
            vigie = _vigie(web)
            with _browsing(web, BOARDS, 0) as browsing:
                found = [vigie.memory_info().rss / MEGA]
                for minute in range(minutes):
                    await _published(home, broker, SLOW_RATE, SLOW_RATE * 60, run=str(minute))
                    found.append(vigie.memory_info().rss / MEGA)
                    console.print(f"{minute + 1} min: {found[-1]:.1f} MB", style="dim")
                assert _ended(browsing).closed == 0
    return found


async def _served(home: Path, broker: BrokerSettings) -> None:
    """A morning that is over, so that waits can be predicted: every counter open, each has served so many."""
    begin = datetime.now(UTC) - PAST
    events = []
    for area in (f"a{number}" for number in range(AREAS)):
        for counter in range(COUNTERS):
            desk, served = f"g{counter}", (QUEUES[counter % 8], QUEUES[(counter + 1) % 8])
            facts: list[tuple[timedelta, Fact]] = [(timedelta(), CounterOpened(counter=desk, queues=served))]
            for visit in range(SERVED):
                ticket, at = f"past-{counter}-{visit}", PAST * visit / SERVED
                facts += [
                    (at, TicketIssued(ticket=ticket, number=ticket, queue=served[visit % 2])),
                    (at, TicketCalled(ticket=ticket, counter=desk)),
                    (at + PAST / SERVED * 0.8, ServiceEnded(ticket=ticket, counter=desk)),
                ]
            events += [
                Event(at=begin + at, area=area, device=f"poste-{desk}", id=f"past-{number}", fact=fact)
                for number, (at, fact) in enumerate(facts)
            ]
    await _sent(home, broker, [traffic.message(event) for event in events], 0)
    await asyncio.sleep(SETTLED_S)


async def _published(home: Path, broker: BrokerSettings, rate: int, count: int, run: str = "") -> list[float]:
    """When each event was published, area by area in turn."""
    now = datetime.now(UTC)
    messages = []
    for number in range(count):
        issued = TicketIssued(
            ticket=f"{run}-{now:%H%M%S}-{number}", number=f"A{number}", queue=QUEUES[number // AREAS % 8]
        )
        identity = f"{run}-{number}"
        messages.append(
            traffic.message(Event(at=now, area=f"a{number % AREAS}", device="borne-1", id=identity, fact=issued))
        )
    return await _sent(home, broker, messages, rate)


async def _sent(home: Path, broker: BrokerSettings, messages: Sequence[tuple[str, bytes]], rate: int) -> list[float]:
    traffic.write(home / "issued", messages)
    sender = child("publish", str(home / "issued"), msgspec.json.encode(broker, enc_hook=str).decode(), str(rate))
    sent: list[float] = (await asyncio.to_thread(answer, sender))["sent"]
    return sent


@asynccontextmanager
async def _screen(web: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await chromium.new_page(viewport={"width": 1920, "height": 1080})
        await page.goto(web)
        await page.evaluate(WATCH)
        yield page
        await chromium.close()


@contextmanager
def _browsing(web: str, boards: int, stalled: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.bench._child", "browse", f"{web}/stream/board", str(boards), str(stalled)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=measuring.ROOT)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        measuring.stopped(process)


def _ended(process: "subprocess.Popen[str]") -> Browsed:
    assert process.stdin is not None
    process.stdin.close()
    assert process.stdout is not None
    found = msgspec.json.decode(process.stdout.readline(), type=Browsed)
    process.wait(10)
    return found


def _vigie(web: str) -> psutil.Process:
    """The process that serves an address."""
    port = int(web.rpartition(":")[2])
    return next(
        psutil.Process(one.pid)
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
    )


def _one_core(process: psutil.Process) -> None:
    """Every thread of it on the first core; the others have the rest of the machine."""
    first = min(os.sched_getaffinity(0))
    for thread in process.threads():
        os.sched_setaffinity(thread.id, {first})


def _both(seconds: Sequence[float]) -> str:
    return " / ".join(f"{(quantile(list(seconds), p) or 0) * 1e3:.0f}" for p in (0.5, 0.99))
