"""Alerts put together: who is told by which channel."""

from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from alerts.letters import RefusedError
from alerts.writing import trial
from deploy.alerting import channels, desk
from deploy.configuration import load
from tests.deploy.test_alert_settings import SECRET, webhook
from tests.end_to_end.running import configuration


async def test_what_is_for_somebody_whose_secret_cannot_be_read_waits_until_it_can(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("")
    with webhook() as (url, taken):
        config = configuration(tmp_path)
        recipient = f'[[recipients]]\nname = "relais"\nchannel = "webhook"\nurl = "{url}"\nsecret_file = "secret"\n'
        config.write_text(config.read_text() + recipient)
        settings = load(config)
        letter = trial(desk(settings), "relais", datetime(2026, 10, 5, 9, tzinfo=UTC))
        async with aiohttp.ClientSession() as session:
            with capture_logs() as logs:
                relais = channels(settings, session)["relais"]
            assert [one["event"] for one in logs] == ["a recipient is told nothing: a file cannot be read"]
            with pytest.raises(RefusedError, match=r"^a file cannot be read$"):
                await relais.send(letter)
            secret.write_text(SECRET)
            await relais.send(letter)
    assert len(taken.bodies) == 1
