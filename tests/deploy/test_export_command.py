"""`vigie export month`: what it writes, what it says and how it ends, whatever is wrong."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.build import PARIS
from tests.deploy.exported import LATE, MARCH, Site, contents, site
from tests.end_to_end.disk import small_disk
from tests.end_to_end.running import ROOT, Answer, asked, configuration, executed, said
from tests.servers import Postgres, free_port

NOWHERE = "postgresql://vigie@127.0.0.1:{port}/vigie?sslmode=disable"


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Its database is at a port where nobody listens."""
    return str(configuration(tmp_path / "site", dsn=NOWHERE.format(port=free_port())))


@pytest.fixture
def place(tmp_path: Path, postgres: Postgres) -> Site:
    return site(tmp_path, postgres)


def assert_refused(answer: Answer, *words: str, status: int = 2) -> None:
    assert (answer.status, answer.out) == (status, ""), answer
    assert "Traceback" not in answer.err
    sentence = answer.err.strip().splitlines()[-1]
    assert sentence.startswith(("vigie: ", "Error: ")), answer.err
    for word in words:
        assert word in sentence


# ------------------------------------------------------------ wrong usage


@pytest.mark.parametrize(
    "month",
    ["2026-13", "2026", "03-2026", "2026-3", "202603", "2026-03-01", "mars", "", "2026-W10", "-", "9999-12", "0001-01"],
)
def test_a_month_that_is_none_is_refused_with_what_was_expected(config: str, tmp_path: Path, month: str) -> None:
    answer = said("export", "month", "--out", str(tmp_path / "out"), "--config", config, "--", month)
    assert_refused(answer, f'found "{month}", expected a month such as 2026-11')


@pytest.mark.parametrize("formats", ["docx", "csv,docx", "csv;docx", "", "csv,"])
def test_a_format_that_is_none_is_refused_with_those_there_are(config: str, tmp_path: Path, formats: str) -> None:
    answer = said("export", "month", MARCH, "--out", str(tmp_path / "out"), "--config", config, "--format", formats)
    assert_refused(answer, "expected some of csv, json, ods, html, pdf")


def test_a_folder_that_is_a_file_is_named(config: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    answer = said("export", "month", MARCH, "--out", str(tmp_path / "out"), "--config", config)
    assert_refused(answer, str(tmp_path / "out"), "is a file")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_database_that_is_away_is_one_sentence_and_nothing_is_written(config: str, tmp_path: Path) -> None:
    assert_refused(said("export", "month", MARCH, "--out", str(tmp_path / "out"), "--config", config))
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------ months there are not


@pytest.mark.servers
def test_a_month_that_is_not_over_is_refused_and_nothing_is_kept(place: Site) -> None:
    now = datetime.now(UTC).astimezone(PARIS)
    before = f"{now.date().replace(day=1) - timedelta(days=1):%Y-%m}"
    for month in (f"{now:%Y-%m}", f"{now + timedelta(days=62):%Y-%m}", "2199-11"):
        answer = place.export(month)
        assert_refused(answer, f"found month {month}, expected one that is over, {before} or before")
    assert not place.folder.exists()
    assert place.versions() == []


@pytest.mark.servers
def test_a_month_without_data_has_exit_status_1_and_leaves_nothing(place: Site) -> None:
    for month in ("2026-02", "1970-02"):
        assert_refused(place.export(month), f"nothing was heard in {month}", status=1)
    assert not place.folder.exists()
    assert place.versions() == []


# ------------------------------------------------------------ what it makes


@pytest.mark.servers
def test_an_export_is_written_told_and_kept_and_is_the_same_again(place: Site) -> None:
    answer = place.export()
    assert answer.status == 0, answer.err
    *files, last = answer.out.splitlines()
    assert last.startswith("2026-03, version 1, new, ")
    written = contents(place.folder)
    assert written == place.kept(1)
    assert len(files) == len(written) > 5
    for name, content in written.items():
        assert f"{place.folder / name}  {len(content):,} bytes" in files
    assert {name.rpartition(".")[2] for name in written} == {"csv", "json", "ods", "html", "pdf"}

    again = place.home / "encore"
    assert place.exported(folder=again) == last.replace("new", "as it was")
    assert contents(again) == written
    assert place.versions() == [1]
    acts = [
        (row["version"], row["act"]) for row in asked(place.dsn, "select version, act from month_act order by number")
    ]
    assert acts == [(1, "made"), (1, "again")]


@pytest.mark.servers
def test_only_the_formats_that_were_asked_for_are_written_and_all_are_kept(place: Site) -> None:
    place.exported("--format", "csv, json")
    assert {name.rpartition(".")[2] for name in contents(place.folder)} == {"csv", "json"}
    assert {name.rpartition(".")[2] for name in place.kept(1)} > {"csv", "json", "ods"}


@pytest.mark.servers
def test_what_comes_late_makes_a_second_version_and_the_first_is_kept(place: Site) -> None:
    place.exported()
    first = place.kept(1)
    place.hear(LATE)
    assert place.exported().startswith("2026-03, version 2, new, ")
    assert place.versions() == [1, 2]
    assert place.kept(1) == first
    second = place.kept(2)
    assert second.keys() == first.keys()
    assert second != first
    assert contents(place.folder) == second


@pytest.mark.servers
def test_a_month_whose_row_data_are_purged_is_exported_as_it_was(place: Site) -> None:
    said_of_it = place.exported()
    written = contents(place.folder)
    executed(place.dsn, "update day set purged = true; delete from visit; delete from journal")
    after = place.home / "apres"
    assert place.exported(folder=after) == said_of_it.replace("new", "as it was")
    assert contents(after) == written
    assert place.versions() == [1]


@pytest.mark.servers
def test_two_exports_at_once_elsewhere_make_one_version_and_the_same_whole_files(place: Site) -> None:
    """In time zones, languages and orders of sets that are not each other's."""
    settings = ({"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, {"TZ": "UTC", "PYTHONHASHSEED": "2"})
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "deploy", *place.arguments(MARCH)],
            cwd=ROOT, env=os.environ | its, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for its in settings
    ]  # fmt: skip
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert place.versions() == [1]
    assert {out.splitlines()[-1].split(", ")[1] for out, _ in answers} == {"version 1"}
    written = contents(place.folder)
    assert written == place.kept(1)
    here = place.home / "ici"
    place.exported(folder=here)
    assert contents(here) == written


# ------------------------------------------------------------ places that cannot be written to


@pytest.mark.servers
@pytest.mark.parametrize("folder", ["/proc/self/task", "/dev/null/mois"])
def test_a_folder_that_cannot_be_written_to_is_named(place: Site, folder: str) -> None:
    answer = place.export(folder=Path(folder))
    assert_refused(answer, folder)


@pytest.mark.servers
def test_what_cannot_be_written_where_it_was_wanted_is_not_published_either(place: Site) -> None:
    (place.home / "mine").write_text("")
    (place.home / "nowhere").symlink_to(place.home / "gone" / "away")
    for folder in "mine/mois", "nowhere", "nowhere/mois":
        assert_refused(place.export(folder=place.home / folder), folder, "is no folder; nothing was exported")
    assert place.versions() == []


@pytest.mark.servers
def test_a_file_whose_name_a_folder_has_is_named_and_nothing_half_written_is_left(place: Site) -> None:
    place.exported("--format", "json")
    whole = contents(place.folder)
    name = max(whole)
    folder = place.home / "autre" / "mois"
    (folder / name).mkdir(parents=True)
    assert_refused(place.export(MARCH, "--format", "json", folder=folder), str(folder / name))
    (folder / name).rmdir()
    assert contents(folder).items() <= whole.items()


@pytest.mark.servers
def test_on_a_full_disk_what_was_there_stays_whole(place: Site) -> None:
    with small_disk(place.home) as disk:
        folder = disk.place / "mois"
        place.exported(folder=folder)
        before = contents(folder)
        place.hear(LATE)
        with disk.filled():
            answer = place.export(folder=folder)
        assert_refused(answer, "No space left on device", str(folder))
        assert contents(folder) == before
        # it is kept all the same, and written once there is room
        assert place.exported(folder=folder).startswith("2026-03, version 2, as it was, ")
        assert contents(folder) == place.kept(2)


@pytest.mark.servers
def test_before_the_first_migration_an_export_migrates_and_finds_nothing(tmp_path: Path, postgres: Postgres) -> None:
    """As every command does that writes."""
    empty = site(tmp_path, postgres, events=())
    assert_refused(empty.export(), "nothing was heard in 2026-03", status=1)
