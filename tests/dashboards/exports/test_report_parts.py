"""The committee's report: its sections of alerts, of the data and of predictions."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from dashboards.exports.document import Terms
from dashboards.exports.report import report
from tests.build import (
    MONDAY,
    SUD,
    at,
)
from tests.dashboards.exports.facts import AUBE, TUESDAY, month, waited
from tests.dashboards.exports.reading import row, said, table, terms
from ticketing.accuracy import Pair
from ticketing.alert import Alert, HeadOfLine, Moment, Record, Signal
from ticketing.month import Circumstances
from ticketing.open_days import Gap


def breach(
    number: int, *, taken: int | None = None, opened: int | None = None, back: int = 40, note: str = ""
) -> Record:
    """An alert of the tests' Monday at 10:00, and after how many minutes what was done about it."""
    fired = at("10:00")

    def after(minutes: int | None) -> datetime | None:
        return None if minutes is None else fired + timedelta(minutes=minutes)

    signal = Signal(
        condition="head_of_line",
        subject="sejour",
        name="Séjour",
        severity="page",
        since=fired,
        fired_at=fired,
        facts=HeadOfLine(longest_s=960, waiting=8, limit_s=900),
    )
    alert = Alert(
        id=f"a{number}",
        site="aube",
        area="sud",
        topic="wait",
        severity="page",
        since=fired,
        signals=(signal,),
        fired_at=fired,
        acknowledged_at=after(taken),
        acknowledged_by="c.martin" if taken is not None else "",
        opened_at=after(opened),
        back_at=after(back),
    )
    moments = [Moment(at=fired, kind="fired", text="délai dépassé"), Moment(at=fired, kind="told", who="accueil")]
    if note:
        moments.append(Moment(at=fired + timedelta(minutes=5), kind="noted", who="c.martin", text=note))
    return Record(alert=alert, moments=tuple(moments))


def test_alert_loops_have_their_medians_and_those_never_acknowledged_are_named() -> None:
    records = [breach(1, taken=2, opened=6, back=30), breach(2, taken=8, back=50), breach(3, back=70)]
    document = report(month(waited(1), circumstances={"sud": Circumstances(records=records)}), AUBE)
    assert row(table(document, "Boucles d’alerte"), "Hall sud : attente") == (
        "3", "2", "1", "5\u202fmin (n = 2)", "6\u202fmin (n = 1)", "50\u202fmin (n = 3)",
    )  # fmt: skip
    assert len(table(document, "Alertes que personne").rows) == 1
    assert "Une alerte sur 3 n’a été prise en charge par personne." in said(document)
    first = table(document, "Alertes du mois").rows[0]
    assert first[3:] == ("c.martin", "2\u202fmin", "6\u202fmin", "30\u202fmin")


def test_an_alert_s_timeline_says_what_was_done_and_not_who_was_sent_a_message() -> None:
    records = [breach(1, taken=2, note="Guichet 2 ouvert")]
    document = report(month(waited(1), circumstances={"sud": Circumstances(records=records)}), AUBE)
    told = terms(document)["23/11 10:00 · Hall sud · Séjour"]
    assert told == "10:00 alerte déclenchée : délai dépassé ; 10:05 note par c.martin : Guichet 2 ouvert"


def test_hundreds_of_alerts_have_a_bounded_list_that_says_so() -> None:
    records = [breach(n, taken=n % 9 or None) for n in range(450)]
    document = report(month(waited(1), circumstances={"sud": Circumstances(records=records)}), AUBE)
    assert len(table(document, "Alertes du mois").rows) == 200
    assert "450 alertes" in said(document)
    assert (
        sum(
            name.startswith("23/11") for block in document.blocks if isinstance(block, Terms) for name, _ in block.items
        )
        == 40
    )


def test_silences_coverage_and_closures_are_told() -> None:
    gap = Gap(device="borne-1", since=at("9:00"), until=at("10:30"))
    plan = replace(SUD, hours=replace(SUD.hours, exceptions={TUESDAY: ()}))
    document = report(month(waited(1), [plan], circumstances={"sud": Circumstances(gaps=[gap], watched=True)}), AUBE)
    assert table(document, "Silences d’appareils").rows == (
        ("borne-1", "Hall sud", "23/11 09:00", "23/11 10:30", "1\u202fh\u202f30\u202fmin"),
    )
    # of 6 h 45: 1 h 30 not heard
    incomplete = [one for one in table(document, "Jours ouverts incomplets").rows if one[0] == "lundi 23 novembre"]
    assert incomplete == [("lundi 23 novembre", "Hall sud", "08:30-12:00 et 13:15-16:30", "77,8\u202f%", "incomplet")]
    assert table(document, "Horaires exceptionnels").rows == (
        ("mardi 24 novembre", "Hall sud", "fermeture exceptionnelle", "0"),
    )
    assert "sur 19 sans donnée" in said(document)


def test_where_no_device_is_watched_the_report_does_not_say_that_all_was_received() -> None:
    document = report(month(waited(1), circumstances={"sud": Circumstances(watched=False)}), AUBE)
    assert row(table(document, "Jours et heures couverts"), "Hall sud")[-1] == "non connue"
    assert table(document, "Jours ouverts incomplets").empty.startswith("Aucun jour sans donnée ;")
    assert table(document, "Silences d’appareils").empty.endswith("ailleurs, un silence n’est pas connu.")
    watched = report(month(waited(1), [SUD], circumstances={"sud": Circumstances(watched=True)}), AUBE)
    assert table(watched, "Silences d’appareils").empty == "Aucun silence constaté."


def test_predictions_have_their_errors_with_an_interval() -> None:
    pairs = [
        Pair(
            area="sud",
            queue="sejour",
            day=day,
            method="simulation",
            shown=(0, 300, 600),
            raw=(0, 300, 600),
            wait_s=wait,
        )
        for day, waits in ((MONDAY, (300.0, 420.0)), (TUESDAY, (300.0, 1500.0)))
        for wait in waits
    ]
    document = report(month(waited(1), circumstances={"sud": Circumstances(pairs=pairs)}), AUBE)
    told = row(table(document, "Attentes annoncées"), "Séjour")
    # errors 0, 120, 0 and 1200 s: mean 330 s; three of four inside; one more than 10 min too low
    assert told[:2] == ("4", "0")
    assert told[2].startswith("5\u202fmin\u202f30\u202fs [")
    assert told[3] == "−5\u202fmin\u202f30\u202fs"
    assert told[4] == "25,0\u202f%"
    assert told[5].startswith("75,0\u202f% [")
