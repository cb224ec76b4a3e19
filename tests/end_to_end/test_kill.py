"""Killed again and again while devices publish, vigie keeps every event, and each once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from math import ceil
from pathlib import Path

import pytest

from deploy.embedded import postgres as embedded_postgres
from tests.build import PARIS
from tests.end_to_end.crowded import DAY, Message, crowded_day, identities
from tests.end_to_end.running import (
    AREAS,
    Running,
    asked,
    configuration,
    count,
    figures,
    kept,
    replaying,
    waited,
    written,
)
from tests.servers import MOSQUITTO, Mosquitto, Postgres, folder, until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EVENTS = int(os.environ.get("VIGIE_TEST_EVENTS", "10000"))
KILLS = int(os.environ.get("VIGIE_TEST_KILLS", "3"))
LAYER = 4_000
"""Events that a layer of the day has at least."""

EVENING = datetime.combine(DAY, time(23, 59, 59), PARIS).isoformat()
PATIENCE_S = 300.0

Find = Callable[[], str | None]
"""The database's DSN; None while it is away."""


@pytest.fixture(scope="module")
def day() -> list[Message]:
    return crowded_day(ceil(EVENTS / LAYER))[:EVENTS]


@pytest.fixture(scope="module")
def undisturbed(day: list[Message]) -> Iterator[list[str]]:
    """Each area's figures at the end of the day, where nobody was killed."""
    with folder(durable=False) as home:
        config = configuration(home)
        with (
            Running(home, "run", "--config", str(config)).ready(),
            replaying(home, written(home, day), config) as replay,
        ):
            assert replay.process.wait(PATIENCE_S) == 0, replay.words
            awaited(lambda: embedded_in(home), len(day))
            yield evening(config)


@pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed")
def test_an_intake_killed_while_devices_publish_to_mosquitto_keeps_every_event_once(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto, day: list[Message], undisturbed: list[str]
) -> None:
    dsn = waited(postgres.database())
    config = configuration(data_dir, broker=mosquitto.url, dsn=dsn)

    # at a pace, for Mosquitto takes the whole day while vigie starts again
    with published_and_killed(data_dir, config, "collect", lambda: dsn, day, "--speed", pace(day)):
        assert_whole(dsn, day)
        assert evening(config) == undisturbed


def test_a_vigie_killed_with_its_own_broker_and_database_keeps_every_event_once(
    data_dir: Path, day: list[Message], undisturbed: list[str]
) -> None:
    config = configuration(data_dir)

    with published_and_killed(data_dir, config, "run", lambda: embedded_in(data_dir), day):
        assert_whole(embedded_in(data_dir), day)
        assert evening(config) == undisturbed


@contextmanager
def published_and_killed(
    home: Path, config: Path, part: str, find: Find, day: list[Message], *options: str
) -> Iterator[None]:
    """A day published while vigie is killed `KILLS` times, and started again each time; in the block it still runs."""
    file = written(home, day)
    vigie = Running(home, "run", "--config", str(config)).ready()
    try:
        with replaying(home, file, config, *options) as replay:
            enough = 0
            for number in range(1, KILLS + 1):
                enough = awaited(find, enough + len(day) // (4 * KILLS))
                assert not replay.ended, f"the day was published before kill {number}: {replay.words}"
                assert vigie.end(signal.SIGKILL) == -signal.SIGKILL
                vigie = Running(home, part, "--config", str(config))
            assert replay.process.wait(PATIENCE_S) == 0, replay.words
            assert f"{len(day)} messages acknowledged" in replay.words
        awaited(find, len(day))
        yield
    finally:
        vigie.end(signal.SIGTERM)


def assert_whole(dsn: str | None, day: list[Message]) -> None:
    """Every event of the day is in the journal, and nothing twice."""
    assert dsn is not None
    found = kept(dsn)
    assert len(found) == len(day)
    assert set(found) == set(identities(day))
    # a position is drawn for each event that came, and is left unused by one that was there already
    drawn = asked(dsn, "select last_value from journal_position")[0][0]
    print(f"\n{len(day)} events, {KILLS} kills: {len(found)} in the journal, {drawn - len(found)} came again")


def awaited(find: Find, events: int) -> int:
    """How many events are in the journal, once there are enough."""
    found = -1

    def there() -> bool:
        nonlocal found
        dsn = find()
        found = -1 if dsn is None else count(dsn)
        return found >= events

    until(there, f"{events} events are in the journal", PATIENCE_S)
    return found


def embedded_in(home: Path) -> str | None:
    return waited(embedded_postgres.running(home / "var"))


def evening(config: Path) -> list[str]:
    return [figures(config, area, EVENING) for area in AREAS]


def pace(day: list[Message]) -> str:
    """The speed at which a day takes five seconds a kill, or as many as a quick broker would need."""
    first, last = (datetime.fromisoformat(event["time"]) for _, event in (day[0], day[-1]))
    return f"{(last - first).total_seconds() / max(5 * KILLS, len(day) / 1500):.0f}"
