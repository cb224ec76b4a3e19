"""`vigie export month` that is ended while it makes its files: nothing is half kept or half written."""

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.exported import MARCH, Site, site
from tests.end_to_end.running import Running, executed
from tests.servers import Postgres, until

pytestmark = pytest.mark.servers


@pytest.fixture
def place(tmp_path: Path, postgres: Postgres) -> Site:
    return site(tmp_path, postgres)


def beside(parent: int) -> list[int]:
    """The processes in which it makes its files."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def begun(command: Running) -> list[int]:
    until(lambda: command.ended or bool(beside(command.process.pid)), "it makes its files")
    return beside(command.process.pid)


def assert_refused(command: Running) -> None:
    assert command.process.returncode == 2, command.words
    assert "Traceback" not in command.words
    assert command.words.strip().splitlines()[-1].startswith("vigie: ")


def assert_nothing_is_there_and_the_next_export_is_the_first(place: Site) -> None:
    assert not place.folder.exists()
    assert place.versions() == []
    assert place.exported().startswith("2026-03, version 1, new, ")


def test_an_export_that_is_told_to_end_leaves_nothing_behind(place: Site) -> None:
    with Running(place.home / "a", *place.arguments(MARCH)) as command:
        children = begun(command)
        assert children
        assert command.end(signal.SIGTERM) == 130
        assert "Traceback" not in command.words
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "what it began ends with it")
    assert_nothing_is_there_and_the_next_export_is_the_first(place)


def test_a_database_that_goes_away_meanwhile_is_one_sentence_and_nothing_is_written(
    place: Site, postgres: Postgres
) -> None:
    with Running(place.home / "a", *place.arguments(MARCH)) as command:
        assert begun(command)
        executed(postgres.dsn, f"drop database {urlsplit(place.dsn).path[1:]} with (force)")
        until(lambda: command.ended, "it ends", 60)
        assert_refused(command)
    assert not place.folder.exists()


def test_an_export_whose_helper_is_killed_says_so_in_one_sentence(place: Site) -> None:
    """As the kernel does where memory runs out."""
    with Running(place.home / "a", *place.arguments(MARCH)) as command:
        (child,) = begun(command)
        os.kill(child, signal.SIGKILL)
        until(lambda: command.ended, "it ends", 30)
        assert_refused(command)
    assert_nothing_is_there_and_the_next_export_is_the_first(place)
