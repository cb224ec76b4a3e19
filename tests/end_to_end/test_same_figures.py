"""The figures depend on the set of a day's events: not on their order, their number, or when they came."""

import os
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.build import PARIS, at
from tests.end_to_end.crowded import (
    DAY,
    Message,
    crowded_day,
    doubled_and_shuffled,
    identities,
    visits,
    with_a_third_late,
)
from tests.end_to_end.running import (
    AREAS,
    Running,
    configuration,
    count,
    figures,
    kept,
    replaying,
    vigie,
    waited,
    written,
)
from tests.servers import MOSQUITTO, Mosquitto, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

LAYERS = int(os.environ.get("VIGIE_TEST_LAYERS", "2"))
"""Each is about 1,200 visits; 5 make a day of more than 5,000."""

INSTANTS = [
    *(at("8:20", DAY) + number * timedelta(minutes=57) for number in range(10)),
    datetime.combine(DAY, time(23, 59, 59), PARIS),
]


def test_a_day_gives_the_same_bytes_in_order_doubled_and_shuffled_or_with_a_third_of_it_late(
    data_dir: Path, postgres: Postgres
) -> None:
    day = crowded_day(LAYERS)
    chance = Random(7)
    ways = {
        "in-order": day,
        "doubled": doubled_and_shuffled(day, chance),
        "late": with_a_third_late(day, chance),
    }
    assert visits(day) >= 1200 * LAYERS
    assert len(ways["doubled"]) == 2 * len(day)

    configs = {name: journalled(data_dir / name, postgres, messages, len(day)) for name, messages in ways.items()}

    found = {name: [figures(config, area, moment.isoformat()) for area in AREAS for moment in INSTANTS]
             for name, config in configs.items()}  # fmt: skip
    assert found["doubled"] == found["in-order"]
    assert found["late"] == found["in-order"]
    assert len(set(found["in-order"])) == len(AREAS) * len(INSTANTS)
    question = ("--area", "sud", "--at", INSTANTS[0].isoformat(), "--json")
    assert vigie("figures", "--config", str(configs["late"]), *question).stdout == found["in-order"][0]


def journalled(home: Path, postgres: Postgres, messages: list[Message], distinct: int) -> Path:
    """The configuration whose database now holds the messages, replayed through a broker of its own."""
    home.mkdir(mode=0o711)
    dsn = waited(postgres.database())
    broker = Mosquitto(home)
    broker.start()
    try:
        config = configuration(home, broker=broker.url, dsn=dsn)
        with Running(home, "run", "--config", str(config)).ready():
            file = written(home, messages)
            with replaying(home, file, config) as replay:
                assert replay.process.wait(300) == 0, replay.words
                assert f"{len(messages)} messages acknowledged" in replay.words
            until(lambda: count(dsn) >= distinct, "the whole day is in the journal", 120)
    finally:
        broker.end()
    rows = kept(dsn)
    assert len(rows) == distinct
    assert set(rows) == set(identities(messages))
    return config
