"""Two collectors write one journal while the database dawdles, and a follower's boards miss and double nothing."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import pytest

from tests.end_to_end.crowded import Message, crowded_day, identities
from tests.end_to_end.running import (
    AREAS,
    EXAMPLE,
    Running,
    configuration,
    count,
    executed,
    figures,
    kept,
    replaying,
    said,
    waited,
    written,
)
from tests.servers import MOSQUITTO, Mosquitto, Postgres, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

EVENTS = int(os.environ.get("VIGIE_TEST_EVENTS", "100000"))
LAYER = 4_000
"""Events that a layer of a day has at least."""
PATIENCE_S = 300.0

# each statement takes up to 20 ms longer, in the transaction that others wait for
DAWDLING = """
    create function dawdle() returns trigger language plpgsql as $$
    begin
        perform pg_sleep(random() * 0.02);
        return null;
    end $$;
    create trigger dawdle after insert on journal for each statement execute function dawdle();
"""


@pytest.fixture(scope="module")
def hour() -> list[Message]:
    """A crowded day as if it had been the last hour: it bears on what the boards show now."""
    day = crowded_day(ceil(EVENTS / LAYER))[:EVENTS]
    first, last = (datetime.fromisoformat(event["time"]) for _, event in (day[0], day[-1]))
    end = datetime.now(UTC) - timedelta(seconds=5)
    faster = (last - first) / timedelta(hours=1)

    def then(told: str) -> str:
        return (end - (last - datetime.fromisoformat(told)) / faster).isoformat()

    return [(topic, {**event, "time": then(event["time"])}) for topic, event in day]


FORESEEN = (
    "predicted_wait_s",
    "no_prediction",
    "late_predicted",
    "breach_at",
    "counters_recommended",
    "staffing",
    "counters_by_formula",
)


@pytest.mark.parametrize("share", [False, True], ids=["each-hears-all", "shared"])
def test_two_collectors_keep_each_event_once_and_a_follower_shows_what_the_journal_holds(
    data_dir: Path, postgres: Postgres, mosquitto: Mosquitto, hour: list[Message], share: bool
) -> None:
    dsn = waited(postgres.database())
    with vigies(data_dir, mosquitto, dsn, share=share) as (config, collectors, watch):
        with replaying(data_dir, written(data_dir, hour), config) as replay:
            assert replay.process.wait(PATIENCE_S) == 0, replay.words
        until(lambda: count(dsn) >= len(hour), "every event is in the journal", PATIENCE_S)
        until(lambda: watch.json("/readyz")["lag"] == 0, "the follower has seen all of it")

        # the boards as they are beside an account from the journal alone, both of the same instant
        for area in AREAS:
            live = watch.text(f"/api/v1/areas/{area}/live")
            instant = re.search('"at":"([^"]+)"', live)
            assert instant is not None
            assert seen(live) == seen(figures(config, area, instant[1]))
        assert any(one["called_today"] for area in AREAS for one in watch.live(area)["queues"])
        tallies = [tally(one) for one in collectors]

    rows = kept(dsn)
    assert len(rows) == len(hour)
    assert set(rows) == set(identities(hour))
    assert sum(new for new, _ in tallies) == len(hour)
    assert min(new for new, _ in tallies) > 0
    # what the broker sends again after all was kept is doubled, too
    assert sum(doubled for _, doubled in tallies) == (0 if share else len(hour))


def seen(live: str) -> str:
    """Live figures without what is foreseen, which the journal does not tell."""
    area = json.loads(live)
    for queue in area["queues"]:
        for field in FORESEEN:
            del queue[field]
    return json.dumps(area)


@contextmanager
def vigies(home: Path, broker: Mosquitto, dsn: str, *, share: bool) -> Iterator[tuple[Path, list[Running], Running]]:
    """Two that collect, both subscribed, and one that watches."""
    key = home / "key"
    key.write_text("sixteen letters and some more")
    areas = re.sub("(?m)^(hours|closed) =.*\n", "", "[[areas]]" + EXAMPLE.read_text().partition("[[areas]]")[2])

    def configured(name: str) -> Path:
        mine = {"client_id": name, **({"protocol": "5", "share": "vigies"} if share else {})}
        intake = f'pseudonyms_key_file = "{key}"'
        return configuration(home / name, broker=broker.url, dsn=dsn, areas=areas, options=mine, intake=intake)

    configs = {name: configured(name) for name in ("one", "other", "watch")}
    assert said("migrate", "--config", str(configs["watch"])).status == 0
    executed(dsn, DAWDLING)
    with (
        Running(home / "one", "collect", "--config", str(configs["one"])) as one,
        Running(home / "other", "collect", "--config", str(configs["other"])) as other,
        Running(home / "watch", "watch", "--config", str(configs["watch"])).ready() as watch,
    ):
        until(lambda: broker.subscribed("one") and broker.subscribed("other"), "both collectors are subscribed")
        yield configs["watch"], [one, other], watch


def tally(collector: Running) -> tuple[int, int]:
    """How many events were new to it, and how many were there already, told at its end."""
    assert collector.end(signal.SIGTERM) == 0
    found = re.search(r"intake ended\s.*?doubled=(\d+).*?new=(\d+)", collector.words)
    assert found is not None, collector.words
    return int(found[2]), int(found[1])
