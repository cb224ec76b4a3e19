"""Machine files: every row and figure of months small enough to be reckoned by hand."""

import csv as reader
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dashboards.exports.csv_files import csv
from dashboards.exports.machine import package
from dashboards.exports.naming import Publisher
from dashboards.exports.package import package as described
from dashboards.exports.package import schema
from dashboards.exports.tables import Package, Sheet
from tests.build import (
    HALL_COMMITMENT,
    MONDAY,
    STANDARD,
    SUD,
    abandoned,
    called,
    ended,
    informed,
    issued,
    no_show,
    received,
    transferred,
)
from tests.dashboards.exports.facts import AUBE, TUESDAY, month, rang, waited
from ticketing.month import Month
from ticketing.plan import Commitment, Target

Row = dict[str, Any]


def sheet(files: Package, name: str) -> Sheet:
    return next(one for one in files.sheets if one.name == name)


def rows(of: Month, name: str, fewest: int = 0) -> list[Row]:
    found = sheet(package(of, AUBE, fewest), name)
    return [dict(zip((column.name for column in found.columns), row, strict=True)) for row in found.rows]


def of_queue(found: Sequence[Row], queue: str | None, **keys: object) -> Row:
    return next(row for row in found if row["file"] == queue and all(row[key] == value for key, value in keys.items()))


def test_the_files_of_a_month_are_named_by_its_last_day_and_the_publisher() -> None:
    files = package(month(), AUBE, 5)
    assert [files.path(one) for one in files.sheets] == [
        "20261130_110000023_attentes-mois.csv",
        "20261130_110000023_attentes-jours.csv",
        "20261130_110000023_attentes-demi-heures.csv",
        "20261130_110000023_appels-mois.csv",
        "20261130_110000023_appels-jours.csv",
        "20261130_110000023_appels-demi-heures.csv",
        "20261130_110000023_engagements.csv",
    ]
    assert files.made == date(2026, 12, 1)
    assert package(month(), Publisher(name="Préfecture"), 5).prefix == "20261130_aube"


def test_a_hall_has_its_waits_as_a_whole_and_by_queue() -> None:
    # four waits of 2, 4, 6 and 20 minutes, limit 15; one left before it, one no-show after 10
    heard = waited(2, 4, 6, 20)
    heard += [issued("A", "9:00"), abandoned("A", "9:03")]
    heard += [issued("B", "9:00"), called("B", "9:10"), no_show("B", "9:12")]
    heard += waited(1, queue="asile")
    found = rows(month(heard), "attentes-mois")
    assert [row["file"] for row in found] == [None, "sejour", "asile"]
    stay = of_queue(found, "sejour")
    assert (stay["mois"], stay["zone"], stay["zone_nom"], stay["file_nom"]) == ("2026-11", "sud", "Hall sud", "Séjour")
    assert (stay["tickets"], stay["juges"], stay["dans_le_delai"], stay["taux_dans_le_delai"]) == (6, 5, 4, 0.8)
    assert (stay["absents"], stay["abandons"], stay["servis"]) == (1, 1, 4)
    # of 120, 240, 360, 600 and 1200 s: mean 504, median 360, P90 at rank 3.6: 600 + 0.6 * 600
    assert (stay["attente_moyenne_s"], stay["attente_mediane_s"]) == (504.0, 360.0)
    assert (stay["attente_p90_s"], stay["attente_max_s"]) == (960.0, 1200.0)
    assert (stay["duree_moyenne_s"], stay["annules"]) == (300.0, None)
    hall = of_queue(found, None)
    assert (hall["tickets"], hall["juges"], hall["dans_le_delai"], hall["annules"]) == (7, 6, 5, 0)


def test_days_and_half_hours_have_a_row_where_somebody_came() -> None:
    heard = [*waited(1, 2, since="9:00"), *waited(3, since="9:45"), *waited(4, since="9:10", day=TUESDAY)]
    days = rows(month(heard), "attentes-jours")
    assert [(row["file"], row["jour"], row["tickets"]) for row in days] == [
        (None, MONDAY, 3),
        (None, TUESDAY, 1),
        ("sejour", MONDAY, 3),
        ("sejour", TUESDAY, 1),
    ]
    halves = [row for row in rows(month(heard), "attentes-demi-heures") if row["file"] is None]
    assert [(row["demi_heure"], row["tickets"]) for row in halves] == [("09:00", 3), ("09:30", 1)]


def test_a_transfer_is_one_ticket_and_two_waits() -> None:
    heard = [
        issued("A", "9:00"), called("A", "9:04"), transferred("A", "9:06", "asile"),
        called("A", "9:16"), ended("A", "9:20"),
    ]  # fmt: skip
    found = rows(month(heard), "attentes-mois")
    stay, asylum, hall = (of_queue(found, queue) for queue in ("sejour", "asile", None))
    assert (stay["tickets"], stay["attentes"], stay["reorientes"]) == (1, 1, 1)
    assert (asylum["tickets"], asylum["attentes"], asylum["attente_moyenne_s"]) == (0, 1, 600.0)
    assert (hall["tickets"], hall["attentes"], hall["attente_totale_moyenne_s"]) == (1, 2, 840.0)


def test_calls_have_both_rates_and_both_formulas() -> None:
    # 6 answered in 5 s, 2 in 60 s; 1 gave up after 10 s, 1 after 40 s; 2 informed; limit 20 s
    heard = [*rang(*[5] * 6, 60, 60), *rang(10, 40, lost=True)]
    for call in "XY":
        heard += [received(call, "9:00"), informed(call, "9:01")]
    found = of_queue(rows(month(heard), "appels-mois"), None)
    assert (found["recus"], found["informes_svi"], found["presentes"]) == (12, 2, 10)
    assert (found["decroches"], found["perdus"], found["taux_decroche_agent"], found["taux_perdus"]) == (8, 2, 0.8, 0.2)
    assert found["taux_decroche_global"] == 0.8333
    assert (found["taux_dans_le_delai_b"], found["taux_dans_le_delai_c"]) == (0.6, 0.6667)
    assert found["decroche_moyen_s"] == 18.8


def test_a_month_without_anything_has_files_with_no_day_and_no_figure() -> None:
    assert rows(month(), "attentes-jours") == []
    whole = of_queue(rows(month(), "attentes-mois"), None)
    assert (whole["tickets"], whole["taux_dans_le_delai"], whole["attente_mediane_s"], whole["secret"]) == (
        0,
        None,
        None,
        False,
    )


def test_one_visit_is_not_told_in_public_and_keeps_its_keys() -> None:
    for name in "attentes-mois", "attentes-jours", "attentes-demi-heures":
        whole = of_queue(rows(month(waited(3)), name, fewest=5), None)
        assert whole["secret"] is True
        assert (whole["zone"], whole["tickets"], whole["attente_max_s"]) == ("sud", None, None)
    promise = rows(month(waited(3)), "engagements", fewest=5)[0]
    assert (promise["secret"], promise["numerateur"], promise["denominateur"], promise["valeur"]) == (
        True,
        None,
        None,
        None,
    )
    assert (promise["cible"], promise["provenance"]) == (0.95, "charte - à confirmer")


def test_what_is_left_out_cannot_be_had_by_taking_the_queues_from_the_hall() -> None:
    heard = [*waited(*range(8)), *waited(1, 2, queue="asile")]
    found = rows(month(heard), "attentes-mois", fewest=5)
    assert [(row["file"], row["secret"], row["tickets"]) for row in found] == [
        (None, False, 10), ("sejour", True, None), ("asile", True, None),
    ]  # fmt: skip
    promises = [row for row in rows(month(heard), "engagements", fewest=5) if row["zone"] == "sud"]
    assert [(row["file"], row["denominateur"]) for row in promises] == [(None, 10), ("sejour", None), ("asile", None)]


def test_a_promise_that_changed_in_mid_month_has_a_row_for_each_part() -> None:
    sooner = Commitment(
        within=timedelta(minutes=5), share=0.8, provenance="arrêté du 24 novembre", valid_from=TUESDAY, queue=None
    )
    plan = replace(SUD, queues=SUD.queues[:1], commitments=(HALL_COMMITMENT, sooner))
    heard = [*waited(1, 10, 20, 2, 3), *waited(1, 10, 20, 2, 3, day=TUESDAY)]
    found = rows(month(heard, [plan]), "engagements")
    told = [
        (row["du"], row["au"], row["delai_s"], row["numerateur"], row["denominateur"], row["atteinte"]) for row in found
    ]
    assert told == [
        (date(2026, 11, 2), MONDAY, 900.0, 4, 5, False),
        (TUESDAY, date(2026, 11, 30), 300.0, 3, 5, False),
    ]
    assert [row["a_confirmer"] for row in found] == [True, False]


def test_a_hidden_day_cannot_be_had_by_taking_the_part_of_a_promise_from_the_days_beside_it() -> None:
    # the 24th is of 3 people, and its neighbour of 10 is hidden with it; a promise that ends on the 23rd is of those 10
    changed = replace(HALL_COMMITMENT, valid_from=TUESDAY)
    plan = replace(SUD, queues=SUD.queues[:1], commitments=(HALL_COMMITMENT, changed))
    heard = [*waited(*[1] * 10), *waited(1, 2, 3, day=TUESDAY)]
    heard += [one for n in (25, 26) for one in waited(*[1] * 20, day=date(2026, 11, n))]
    of = month(heard, [plan])
    days = [row["jour"] for row in rows(of, "attentes-jours", fewest=5) if row["secret"] and row["file"] == "sejour"]
    assert days == [MONDAY, TUESDAY]
    parts = rows(of, "engagements", fewest=5)
    assert [(row["du"], row["secret"], row["denominateur"]) for row in parts] == [
        (date(2026, 11, 2), True, None),
        (TUESDAY, True, None),
    ]


def test_lost_calls_are_to_be_at_most_so_many_and_others_at_least() -> None:
    targets = (
        Target(measure="answer_rate", value=0.8, provenance="plan", valid_from=date(2026, 1, 1)),
        Target(measure="lost_rate", value=0.1, provenance="plan", valid_from=date(2026, 1, 1)),
    )
    plan = replace(STANDARD, commitments=(), targets=targets)
    found = rows(month([*rang(*[5] * 8), *rang(10, 40, lost=True)], [plan]), "engagements")
    told = {row["indicateur"]: (row["numerateur"], row["denominateur"], row["sens"], row["atteinte"]) for row in found}
    assert told == {"decroche_agent": (8, 10, "au moins", True), "perdus": (2, 10, "au plus", False)}


def test_days_that_are_missing_make_the_month_a_sample_with_an_interval() -> None:
    days = [*waited(*[1] * 9, 30), *waited(*[1] * 8, 30, 30, day=TUESDAY)]
    promise = rows(month(days), "engagements")[0]
    assert promise["valeur"] == 0.85
    assert promise["intervalle_bas"] < 0.85 < promise["intervalle_haut"]


def test_a_closed_day_has_no_denominator() -> None:
    closed = replace(SUD, hours=replace(SUD.hours, exceptions={MONDAY: ()}))
    found = rows(month(waited(1, 2), [closed]), "attentes-jours")[0]
    assert (found["tickets"], found["juges"], found["taux_dans_le_delai"]) == (2, 0, None)


def test_the_hour_that_is_there_twice_is_one_half_hour_of_the_wall_clock() -> None:
    always = replace(SUD, hours=replace(SUD.hours, weekly={6: ((time(1), time(5)),)}))
    sunday = date(2026, 10, 25)
    twice = [*waited(1, since="2:10", day=sunday)]
    # the same clock, an hour later: Paris has set it back
    again = [
        replace(one, id=f"{one.id}b", at=one.at.replace(fold=1), fact=replace(one.fact, ticket="again"))
        for one in twice
    ]
    found = rows(month([*twice, *again], [always], first=date(2026, 10, 1)), "attentes-demi-heures")[0]
    assert (found["demi_heure"], found["tickets"], found["attente_max_s"]) == ("02:00", 2, 60.0)


def test_the_name_of_a_queue_that_only_devices_know_stands_as_it_came() -> None:
    hostile = '=cmd|"/c calc"!A1, <script>\n#panic()'
    found = rows(month(waited(1, queue=hostile)), "attentes-mois")
    assert found[-1]["file"] == found[-1]["file_nom"] == hostile
    text = csv(sheet(package(month(waited(1, queue=hostile)), AUBE, 0), "attentes-mois")).decode()
    assert list(reader.reader(text.splitlines(keepends=True)))[-1][3] == hostile


def test_a_queue_that_a_device_invents_for_somebody_is_in_no_public_file() -> None:
    heard = [*waited(*range(9)), *waited(*range(8), queue="asile"), *waited(1, queue="Madame X")]
    for one in package(month(heard, [SUD]), AUBE, fewest=5).sheets:
        assert b"Madame" not in csv(one)
    assert of_queue(rows(month(heard, [SUD]), "attentes-mois"), "Madame X")["tickets"] == 1


@pytest.mark.parametrize("fewest", [0, 5])
def test_no_file_names_a_counter_or_an_alert(fewest: int) -> None:
    files = package(month([*waited(1, 2, 3), *rang(5, 6)]), AUBE, fewest)
    text = b"".join(csv(one) + schema(one) for one in files.sheets).decode()
    assert "g1" not in text
    assert "op1" not in text
    assert "conforme" not in text.lower()


def test_every_column_says_what_it_is_and_keys_tell_rows_apart() -> None:
    files = package(month([*waited(1, 2, 3), *waited(1, queue="asile"), *rang(5, 6)]), AUBE, 0)
    for one in files.sheets:
        names = [column.name for column in one.columns]
        assert len(set(names)) == len(names)
        assert all(name.isascii() and name == name.lower() for name in names)
        assert all(len(column.description) > 10 for column in one.columns)
        places = [names.index(name) for name in one.key]
        assert len({tuple(row[place] for place in places) for row in one.rows}) == len(one.rows)


def test_the_schema_is_the_same_in_a_month_that_hides_nothing() -> None:
    told = [
        [schema(one) for one in package(of, AUBE, fewest).sheets]
        for of, fewest in ((month(), 5), (month(waited(1)), 0))
    ]
    assert told[0] == told[1]


def test_the_same_facts_give_the_same_bytes_in_whatever_order_they_came() -> None:
    heard = [*waited(1, 2, 3), *waited(4, 5, day=TUESDAY), *rang(5, 60)]
    files = [package(month(order), AUBE, 5) for order in (heard, heard[::-1])]
    assert [csv(one) for one in files[0].sheets] == [csv(one) for one in files[1].sheets]
    texts = [described(of, {of.path(one): csv(one) for one in of.sheets}) for of in files]
    assert texts[0] == texts[1]
