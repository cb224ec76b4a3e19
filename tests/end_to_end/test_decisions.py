"""What supervisors decide, through a complete vigie: alerts, boards and figures follow, after a restart too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.end_to_end.hall import Kiosk
from tests.end_to_end.running import HALL, Running, configuration
from tests.end_to_end.running import vigie as command
from tests.end_to_end.test_alerts_live import post, running, told
from tests.servers import MOSQUITTO, Mosquitto, until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(MOSQUITTO is None, reason="Debian's mosquitto is not installed"),
]

SUD = "/api/v1/areas/sud"


def state(figures: Any) -> str:
    return str(figures["counters"][0]["state"])


def asked(*arguments: str) -> Any:
    """What a command prints."""
    return msgspec.json.decode(command(*arguments, "--json").stdout)


async def test_a_counter_closed_by_hand_is_closed_for_everybody_for_good_and_misses_nothing(
    mosquitto: Mosquitto, dsn: str, data_dir: Path
) -> None:
    config = configuration(data_dir, broker=mosquitto.url, dsn=dsn, oldest="48h", areas=HALL)
    with Running(data_dir, "run", "--config", str(config)) as vigie:
        vigie.ready()
        Kiosk(mosquitto).tell("counter.opened", counter="g1", queues=["sejour"])
        until(lambda: state(vigie.live("sud")) == "free", "the counter is open")
        open_still = datetime.now(UTC).isoformat()
        with Running(data_dir / "second", "watch", "--config", str(config)) as second:
            second.ready()
            done = post(second, f"{SUD}/counters/g1/close", who="chef de hall", reason="oublié")
            assert done == {"done": "guichet"}
            assert state(second.live("sud")) == "closed"
            until(lambda: state(vigie.live("sud")) == "closed", "another vigie knows it")
            assert "Guichet 1" not in second.text("/reglages").partition("Qui a décidé quoi")[0]
    with Running(data_dir, "run", "--config", str(config)) as again:
        again.ready()
        assert state(again.live("sud")) == "closed"
        assert "vigie" not in [one["device"] for one in again.live("sud")["silent_devices"]]
    now = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    ours = ("--config", str(config))
    assert state(asked("figures", "--area", "sud", "--at", open_still, *ours)) == "free"
    assert state(asked("figures", "--area", "sud", "--at", now, *ours)) == "closed"
    (own,) = [one for one in asked("ledger", *ours) if one["device"] == "vigie"]
    assert (own["kept"], own["missing"], own["missing_since"]) == (1, 0, None)


async def test_a_day_closed_for_once_silences_alerts_shows_on_the_board_and_has_no_share_in_time(
    mosquitto: Mosquitto, dsn: str, data_dir: Path
) -> None:
    today = datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()
    with running(data_dir, mosquitto, dsn) as (vigie, taken):
        vigie.ready()
        kiosk = Kiosk(mosquitto)
        kiosk.issue("A1", timedelta(minutes=16))
        until(kiosk.beating(lambda: told(taken) == [("fired", "wait")]), "somebody has waited for too long")
        assert vigie.live("sud")["queues"][0]["service_level_today"]["of"] == 1
        closing = {"who": "cheffe d’accueil", "date": today, "hours": "closed", "text": "panne de chauffage"}
        assert post(vigie, f"{SUD}/closure", **closing) == {"done": "horaires"}
        live = vigie.live("sud")
        assert (live["open"], live["waiting"], live["queues"][0]["service_level_today"]) == (False, 1, None)
        board = vigie.text("/")
        assert "Fermé exceptionnellement" in board
        assert "panne de chauffage" in board
        until(kiosk.beating(lambda: told(taken)[-1] == ("resolved", "wait")), "the alert is over")
        assert vigie.json("/api/v1/alerts?state=open")["alerts"] == []
        kiosk.leave()
    config = str(data_dir / "vigie.toml")
    with Running(data_dir, "run", "--config", config) as again:
        again.ready()
        assert not again.live("sud")["open"]
        post(again, f"{SUD}/closure/{today}/end", who="cheffe d’accueil")
        assert again.live("sud")["open"]
        assert again.live("sud")["queues"][0]["service_level_today"]["of"] == 1
