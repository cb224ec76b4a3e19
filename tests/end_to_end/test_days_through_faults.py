"""Days are tallied while all else fails, and are then what the journal has: no event is missing, none counts twice."""

import signal
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.crowded import crowded_day, doubled_and_shuffled, visits
from tests.end_to_end.running import Running, asked, configuration, count, replaying, vigie, waited, written
from tests.servers import MOSQUITTO, Mosquitto, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

PARTS = 4


def test_a_day_that_is_tallied_through_every_fault_is_what_a_rebuild_makes_of_it(
    data_dir: Path, database: Postgres, mosquitto: Mosquitto
) -> None:
    day = crowded_day(1)
    messages = doubled_and_shuffled(day, Random(3))
    dsn = waited(database.database())
    config = configuration(data_dir / "vigie", broker=mosquitto.url, dsn=dsn)

    def started(part: str) -> Running:
        return Running(data_dir / part, part, "--config", str(config))

    def tallied() -> bool:
        return bool(asked(dsn, "select from tally"))

    collect, watch = started("collect"), started("watch")
    try:
        until(lambda: mosquitto.subscribed("vigie"), "the intake subscribes")
        for part in range(PARTS):
            before = count(dsn)
            file = written(data_dir, messages[part::PARTS], f"part-{part}.jsonl")
            with replaying(data_dir, file, config) as replay:
                match part:
                    case 1:
                        until(tallied, "the day so far is tallied")
                        assert watch.end(signal.SIGKILL) == -signal.SIGKILL
                        watch = started("watch")
                    case 2:
                        until(lambda at=before: count(dsn) > at, "more comes in")  # type: ignore[misc]
                        assert collect.end(signal.SIGKILL) == -signal.SIGKILL
                        collect = started("collect")
                    case 3:
                        database.kill()
                        database.keep_starting()
                assert replay.process.wait(120) == 0, replay.words
        until(lambda: count(dsn) >= len(day), "the whole day is in the journal", 120)
        watch.ready()
        until(
            lambda: vigie("rebuild", "--check", "--config", str(config)).returncode == 0,
            "the day is tallied to its end",
            60,
            every_s=1,
        )
        checked = vigie("rebuild", "--check", "--config", str(config))
    finally:
        collect.end(signal.SIGTERM)
        watch.end(signal.SIGTERM)
    assert "no difference" in checked.stdout
    kept = asked(dsn, "select count(distinct (area, visit)) from visit")
    assert kept[0][0] == visits(day)
