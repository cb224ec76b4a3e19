"""`vigie rebuild` and its `--check`: what they say of a journal and of what is made of it, and how they end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.commands.rebuild import MOST
from tests.build import PARIS, issued
from tests.deploy.exported import LATE, THE_10TH, THE_11TH, Site, contents, site
from tests.end_to_end.running import asked, configuration, executed, said
from tests.months import on
from tests.servers import Postgres, free_port

NOWHERE = "postgresql://vigie@127.0.0.1:{port}/vigie?sslmode=disable"
TABLES = {
    "visit": "select * from visit order by area, day, visit, leg",
    "tally": "select * from tally order by area, day, queue, half_hour",
}


@pytest.fixture
def place(tmp_path: Path, postgres: Postgres) -> Site:
    return site(tmp_path, postgres)


def rows(place: Site) -> dict[str, list[tuple[object, ...]]]:
    return {name: [tuple(row) for row in asked(place.dsn, query)] for name, query in TABLES.items()}


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_database_that_is_away_is_one_sentence(tmp_path: Path, options: tuple[str, ...]) -> None:
    config = configuration(tmp_path, dsn=NOWHERE.format(port=free_port()))
    answer = said("rebuild", "--config", str(config), *options)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.strip().splitlines()[-1].startswith("vigie: ")
    assert "Traceback" not in answer.err


@pytest.mark.servers
def test_of_an_empty_journal_there_is_nothing_to_make_or_to_compare(tmp_path: Path, postgres: Postgres) -> None:
    place = site(tmp_path, postgres, events=())
    made, compared = place.rebuild(), place.rebuild("--check")
    assert (made.status, made.out) == (0, "0 days made anew, 0 legs of visits.\n")
    assert (compared.status, compared.out) == (0, "0 days compared, no difference.\n")


@pytest.mark.servers
def test_before_anything_was_tallied_a_check_names_the_days_and_changes_nothing(place: Site) -> None:
    answer = place.rebuild("--check")
    assert answer.status == 1
    assert f"sud {THE_10TH}: not tallied yet" in answer.out.splitlines()
    assert f"sud {THE_11TH}: not tallied yet" in answer.out.splitlines()
    assert rows(place) == {"visit": [], "tally": []}


@pytest.mark.servers
def test_what_was_made_anew_is_found_without_a_difference(place: Site) -> None:
    made = place.rebuild()
    # of the 10th two visits, of the 11th one; the days around them are none
    assert (made.status, made.out) == (0, "2 days made anew, 3 legs of visits.\n")
    first = rows(place)
    compared = place.rebuild("--check")
    assert (compared.status, compared.out) == (0, "2 days compared, no difference.\n")
    assert place.rebuild().status == 0
    assert rows(place) == first


@pytest.mark.servers
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update visit set wait_s = 601 where visit = 'ticket/A1'", "sud 2026-03-10: visit ticket/A1 leg 0: wait_s"),
        ("delete from visit where visit = 'ticket/B1'", "sud 2026-03-11: visit ticket/B1 leg 0: not kept"),
        (
            "update tally set within = within + 1 where day = '2026-03-11' and queue = 'sejour'",
            "sud 2026-03-11: tally sejour 18: counts.within",
        ),
    ],
)
def test_what_was_tampered_with_is_named_and_a_rebuild_mends_it(place: Site, statement: str, told: str) -> None:
    place.rebuild()
    before = rows(place)
    executed(place.dsn, statement)
    answer = place.rebuild("--check")
    *lines, last = answer.out.splitlines()
    assert (answer.status, last) == (1, "2 days compared, 1 difference.")
    assert [line.startswith(told) for line in lines] == [True]
    assert place.rebuild().status == 0
    assert rows(place) == before
    assert place.rebuild("--check").status == 0


@pytest.mark.servers
def test_of_many_differences_the_first_are_named_and_the_others_counted(place: Site) -> None:
    number = MOST + 5
    place.hear(on(THE_10TH, *(issued(f"N{n}", "10:00") for n in range(number))))
    place.rebuild()
    executed(place.dsn, "delete from visit where visit like 'ticket/N%'")
    *lines, more, last = place.rebuild("--check").out.splitlines()
    assert len(lines) == MOST
    assert (more, last) == ("... and 5 more", f"2 days compared, {number} differences.")


@pytest.mark.servers
def test_a_rebuild_changes_nothing_of_a_month_that_was_exported(place: Site) -> None:
    line = place.exported()
    written = contents(place.folder)
    assert place.rebuild().status == 0
    assert place.rebuild("--check").status == 0
    assert place.versions() == [1]
    assert place.exported() == line.replace("new", "as it was")
    assert contents(place.folder) == written


@pytest.mark.servers
def test_a_month_that_is_not_as_it_was_exported_is_named_and_a_rebuild_keeps_both(place: Site) -> None:
    place.exported()
    executed(place.dsn, "update tally set tickets = tickets + 1 where day = '2026-03-11' and queue = 'sejour'")
    answer = place.rebuild("--check")
    assert answer.status == 1
    assert any(line.startswith("2026-03: version 1 is not what") for line in answer.out.splitlines())
    # the journal is right: the version that was exported stands
    place.rebuild()
    assert (place.versions(), place.rebuild("--check").status) == ([1], 0)
    place.hear(LATE)
    place.rebuild()
    assert place.versions() == [1, 2]
    acts = asked(place.dsn, "select version, act from month_act order by number")
    assert [tuple(row) for row in acts] == [(1, "made"), (2, "changed")]
    assert place.rebuild("--check").status == 0
    assert place.exported().startswith("2026-03, version 2, new, ")


@pytest.mark.servers
def test_a_closure_in_a_later_month_makes_no_other_month(place: Site) -> None:
    line = place.exported()
    words = place.config.read_text()
    place.config.write_text(words.replace('name = "Hall sud"\n', 'name = "Hall sud"\nclosed = ["2026-04-07"]\n'))
    assert place.rebuild("--check").status == 0
    assert place.exported() == line.replace("new", "as it was")
    # within the month it is another one
    place.config.write_text(words.replace('name = "Hall sud"\n', 'name = "Hall sud"\nclosed = ["2026-03-12"]\n'))
    assert place.rebuild("--check").status == 1
    assert place.exported().startswith("2026-03, version 2, new, ")


@pytest.mark.servers
def test_days_that_are_purged_are_counted_and_stay(place: Site) -> None:
    place.rebuild()
    tallies = rows(place)["tally"]
    executed(place.dsn, "update day set purged = true; delete from visit; delete from journal")
    made, compared = place.rebuild(), place.rebuild("--check")
    assert (made.status, made.out) == (
        0,
        "0 days made anew, 0 legs of visits; 2 days are purged and stay as they are.\n",
    )
    assert compared.status == 0
    assert rows(place)["tally"] == tallies


@pytest.mark.servers
def test_a_day_that_is_not_over_is_neither_made_nor_compared(place: Site) -> None:
    place.rebuild()
    today = datetime.now(UTC).astimezone(PARIS).date()
    place.hear(on(today, issued("C1", "0:00")))
    assert place.rebuild().out == "2 days made anew, 3 legs of visits.\n"
    assert place.rebuild("--check").out == "2 days compared, no difference.\n"


@pytest.mark.servers
def test_facts_of_a_month_that_somebody_changed_by_hand_are_named(place: Site) -> None:
    place.exported()
    asked(place.dsn, "update month set facts = '\\x00' returning version")
    answer = place.rebuild("--check")
    assert answer.status == 1
    assert "2026-03: the facts of version 1 are not those that were kept" in answer.out
