"""The files of a month depend on the set of its events: not on their order or number, the machine or its time zone."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from collector.journal import Journal
from collector.messages import Record
from deploy.demo.day import simulated_day
from deploy.migrate import migrate
from tests.build import PARIS
from tests.collector.words import records
from tests.end_to_end.running import ROOT, configuration, waited
from tests.servers import Postgres

pytestmark = [pytest.mark.servers, pytest.mark.slow]

MONTH = "2026-10"
WEEK = [date(2026, 10, 19) + timedelta(days=n) for n in range(5)]
"""Before the night in which clocks are set back."""
BATCH = 5000
EXPORTS = '\n[exports]\npublisher = "Préfecture de l’Aube"\nsiren = "123456789"\n'


def week() -> list[Record]:
    return records([sent.event for day in WEEK for sent in simulated_day(day, 1, PARIS)])


async def filled(dsn: str, batches: Sequence[Sequence[Record]]) -> None:
    await migrate(dsn)
    async with Journal(dsn, "Europe/Paris") as journal:
        for batch in batches:
            await journal.append(batch)


def cut(rows: Sequence[Record]) -> list[Sequence[Record]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def vigie(config: Path, *arguments: str, zone: str) -> str:
    """What a command says, run by itself in a time zone, from its configuration's folder."""
    command = [sys.executable, "-m", "deploy", *arguments, "--config", config.name]
    surroundings = {**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(len(zone))}
    done = subprocess.run(command, cwd=config.parent, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def exported(config: Path, name: str, zone: str) -> dict[str, bytes]:
    """The files of the month, by name, as they were written."""
    vigie(config, "export", "month", MONTH, "--out", name, zone=zone)
    return {path.name: path.read_bytes() for path in (config.parent / name).iterdir()}


def test_a_month_is_the_same_bytes_whatever_came_first_on_another_machine_again_and_after_a_rebuild(
    tmp_path: Path, postgres: Postgres
) -> None:
    rows, chance = week(), Random(11)
    shuffled = rows + chance.sample(rows, len(rows) // 3)
    chance.shuffle(shuffled)
    late = [row for number, row in enumerate(rows) if number % 3] + rows[::3]
    configs = {}
    for name, batches in {"in-order": cut(rows), "shuffled": cut(shuffled), "late": cut(late)}.items():
        dsn = waited(postgres.database())
        waited(filled(dsn, batches[:-1] if name == "late" else batches))
        home = tmp_path / name
        configs[name] = configuration(home, dsn=dsn)
        configs[name].write_text(configs[name].read_text().replace("[web]", f"{EXPORTS}\n[web]"))
        if name == "late":
            # tallied and exported without what comes last
            without = exported(configs[name], "without", "Europe/Paris")
            waited(filled(dsn, batches[-1:]))

    first = exported(configs["in-order"], "first", "Europe/Paris")
    assert {name.rpartition(".")[2] for name in first} == {"csv", "json", "ods", "html", "pdf"}
    assert exported(configs["in-order"], "again", "America/New_York") == first
    assert exported(configs["shuffled"], "first", "Pacific/Auckland") == first
    assert without != first
    assert exported(configs["late"], "first", "UTC") == first
    vigie(configs["late"], "rebuild", zone="Asia/Tokyo")
    assert "no difference" in vigie(configs["late"], "rebuild", "--check", zone="UTC")
    assert exported(configs["late"], "rebuilt", "Asia/Tokyo") == first
