"""Killed between any two steps of telling somebody, vigie tells them all the same, under one key."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.deploy.test_alert_settings import SECRET, webhook
from tests.end_to_end.dying import STEPS
from tests.end_to_end.running import ROOT

pytestmark = pytest.mark.servers


def sender(dsn: str, url: str, home: Path, step: str) -> int:
    """Its exit status; negative for a signal."""
    command = [sys.executable, "-m", "tests.end_to_end.dying", dsn, url, str(home / "secret"), step]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode


@pytest.mark.parametrize("step", STEPS)
async def test_whoever_is_killed_there_has_told_it_or_the_next_does(dsn: str, tmp_path: Path, step: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with webhook() as (url, taken):
        assert sender(dsn, url, tmp_path, step) == -signal.SIGKILL
        before = len(taken.bodies)
        assert sender(dsn, url, tmp_path, "never") == 0
    told = [json.loads(body) for _, body in taken.bodies]
    assert before == (1 if step in ("after the send", "after all") else 0)
    assert len(told) == (2 if step == "after the send" else 1)
    assert len({one["key"] for one in told}) == 1
    assert {headers["webhook-id"] for headers, _ in taken.bodies} == {told[0]["key"]}


async def test_the_timeline_says_it_once_and_nothing_is_left(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with webhook() as (url, _):
        for step in (*STEPS, "never"):
            sender(dsn, url, tmp_path, step)
    connection = await asyncpg.connect(dsn)
    try:
        # what waits still, and what the timeline says
        assert await connection.fetchval("select count(*) from alert_message where delivered_at is null") == 0
        moments = await connection.fetch("select kind from alert_moment order by number")
    finally:
        await connection.close()
    assert [row["kind"] for row in moments] == ["fired", "told"]
