"""What a letter says: what to do in one line, late ones as late, and what is over as over."""

from datetime import timedelta

from msgspec.structs import replace

from alerts.letters import Letter, Message
from alerts.telling import News
from alerts.writing import Desk, letter, trial
from tests.alerts.hand import MINUTE, alert
from tests.build import PARIS, at
from ticketing.alert import Alert, PredictedBreach, Remedy

DESK = Desk(site="aube", names={"sud": "Hall sud"}, address="https://vigie.example", zone=PARIS)
THIN = "\u202f"


def written(known: Alert, now: Alert | None = None, news: News = "fired", age: timedelta = timedelta()) -> Letter:
    message = Message(key="k1", recipient="chef", news=news, alert=known, made_at=at("10:00"))
    return letter(DESK, message, now or known, age)


def predicted(**remedy: float) -> Alert:
    facts = PredictedBreach(risk=0.9, late=3, breach_at=at("10:20"), limit_s=900.0)
    known = alert()
    signal = replace(known.signals[0], facts=facts, name="Séjour", condition="predicted_breach")
    told = (
        Remedy(action="ouvrir Guichet 2", wait_s=remedy["wait_s"], then_wait_s=remedy["then_wait_s"])
        if remedy
        else None
    )
    return replace(known, signals=(replace(signal, remedy=told),))


def plain(text: str) -> str:
    return text.replace(THIN, " ")


def test_the_title_says_what_to_do_before_why() -> None:
    found = written(predicted(wait_s=2280.0, then_wait_s=660.0))
    assert plain(found.title) == "Hall sud · Séjour : ouvrir Guichet 2 – attente prévue 11 min, sinon 38 min"
    assert "3 personnes dépasseront 15 min dès 10 h 20" in plain(found.text)


def test_where_nothing_would_help_it_says_what_is_wrong() -> None:
    assert plain(written(predicted()).title) == "Hall sud · Séjour : 3 personnes dépasseront 15 min dès 10 h 20"


def test_what_may_be_is_not_told_as_what_will() -> None:
    facts = PredictedBreach(risk=0.46, risk_at=at("10:20"), late=0, breach_at=None, limit_s=900.0)
    known = predicted()
    may_be = replace(known, signals=(replace(known.signals[0], facts=facts),))
    assert plain(written(may_be).title) == "Hall sud · Séjour : risque de dépasser 15 min vers 10 h 20 (46 %)"


def test_it_leads_to_the_alert_on_the_boards() -> None:
    assert written(alert()).link == "https://vigie.example/alertes#a1"


def test_the_end_is_told_with_the_hour_and_how_long_it_took() -> None:
    over = replace(alert("10:18"), back_at=at("10:52"), resolved_at=at("11:02"))
    assert plain(written(over, news="resolved").title) == "Hall sud · Sejour revenu sous 15 min à 10 h 52, après 34 min"


def test_what_could_not_be_sent_in_time_says_so() -> None:
    assert plain(written(alert(), age=42 * MINUTE).text).startswith("Message retardé de 42 min")
    assert "retardé" not in written(alert(), age=MINUTE).text


def test_a_message_of_what_is_over_by_now_says_since_when_it_is() -> None:
    known = alert("10:18")
    over = replace(known, back_at=at("10:52"), resolved_at=at("11:02"))
    late = written(known, over, age=50 * MINUTE)
    assert plain(late.title).startswith("Résolu depuis 10 h 52 – Hall sud · Sejour : délai de 15 min dépassé")
    assert "revenu sous 15 min à 10 h 52" in plain(late.text)


def test_whoever_is_told_because_nobody_answered_reads_so() -> None:
    found = written(alert(), news="escalated")
    assert found.title.startswith("Sans réponse : ")
    assert plain(found.text).startswith("Personne n’a pris l’alerte en charge depuis 10 h 00")


def test_who_has_taken_it_on_is_told() -> None:
    taken = replace(alert(), acknowledged_at=at("10:05"), acknowledged_by="chef d’accueil")
    assert "Prise en charge par chef d’accueil à 10 h 05." in plain(written(taken, news="joined").text)


def test_a_trial_says_that_it_is_one() -> None:
    found = trial(DESK, "chef", at("10:00"))
    assert found.title == "Essai de vigie pour chef"
    assert found.alert.state == "resolved"


def test_a_queue_is_told_of_once_by_what_is_most_urgent_in_it() -> None:
    late, foreseen = alert().signals[0], predicted().signals[0]
    both = replace(alert(), signals=(foreseen, late, *alert("10:00", "asile").signals))
    lines = plain(written(both).text).splitlines()
    assert [line.partition(" : ")[0] for line in lines[:2]] == ["Asile", "Sejour"]
    assert not any("dépasseront" in line for line in lines)
