"""`vigie demo`: both halls and the switchboard on a fast clock, on embedded services and real MQTT."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from importlib.resources import as_file, files
from pathlib import Path

from msgspec.structs import replace

from collector.broker import BrokerSettings
from collector.journal import Journal
from dashboards.public import PublicSettings
from dashboards.web_settings import WebSettings
from deploy.clocks import Clock, system_clock
from deploy.configuration import load
from deploy.demo.clock import DemoClock
from deploy.demo.devices import REAL_HEARTBEAT_S, Scene, play
from deploy.demo.past import fill
from deploy.service import serve
from deploy.settings import Settings

START = time(10, 5)
"""In the middle of a working morning, when the halls are fullest."""


async def demonstrate(
    data_dir: Path, port: int, speed: float, seed: int, announce: Callable[[str, datetime], None]
) -> None:
    """Runs until cancelled. A data folder that has been used before goes on where it stopped."""
    settings = _settings(data_dir, port, speed)
    plans = settings.plans()
    chosen: list[DemoClock] = []

    def working(day: date) -> bool:
        return any(plan.hours.day(day).spans for plan in plans)

    async def clock(journal: Journal) -> Clock:
        latest = await journal.latest()
        start = latest or _morning(settings, working)
        if latest is None:
            await fill(journal, settings.site, start.astimezone(settings.zone), seed, working)
        chosen.append(DemoClock(start, speed, working, settings.zone))
        return chosen[0]

    async def companion(broker: BrokerSettings, _: Clock) -> None:
        await play(
            Scene(broker=broker, clock=chosen[0], site=settings.site, zone=settings.zone, seed=seed, working=working)
        )

    await serve(settings, clock=clock, companion=companion, announce=lambda address: announce(address, chosen[0]()))


def _morning(settings: Settings, working: Callable[[date], bool]) -> datetime:
    """Today's, or that of the next working day."""
    day = system_clock().astimezone(settings.zone).date()
    while not working(day):
        day += timedelta(days=1)
    return datetime.combine(day, START, settings.zone)


def _settings(data_dir: Path, port: int, speed: float) -> Settings:
    with as_file(files("deploy") / "vigie.toml") as example:
        settings = load(example)
    # on a fast clock a second of our time is a minute of theirs: ten heartbeats may be missed
    patience = max(settings.intake.silent_after, timedelta(seconds=10 * REAL_HEARTBEAT_S * speed))
    return replace(
        settings,
        data_dir=data_dir,
        broker=replace(settings.broker, listen="127.0.0.1:0"),
        web=WebSettings(listen=f"127.0.0.1:{port}", name="Préfecture de démonstration"),
        public=PublicSettings(enabled=True),
        intake=replace(settings.intake, silent_after=patience),
    )
