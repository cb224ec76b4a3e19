"""The dialect `qmatic`: the public events of Qmatic Orchestra in the contract's words."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.decoding import fact_of
from collector.dialects import NotUnderstoodError, Told
from collector.dialects.qmatic import EVENTS, Qmatic, QmaticSettings
from tests.build import SUD, at
from ticketing.area import Area
from ticketing.events import Event

PARIS = ZoneInfo("Europe/Paris")
RECEIVED = datetime(2026, 11, 23, 8, 12, 9, tzinfo=UTC)
CREATE = """{"eventName": "VISIT_CREATE", "eventTime": "2026-11-23T09:12:04.757+0100", "eventType": "APPLICATION",
 "unitId": "7:EntryPoint:1", "parameters": {"branchId": 7, "visitId": 41220000000315, "ticket": "A012",
 "queueId": 41220000000003, "queueName": "Séjour", "serviceIntName": "Titre de séjour", "user": "agent-7",
 "mobile": "0601020304"}}""".encode()
SETTINGS = QmaticSettings(
    queues={"41220000000003": "sejour", "Asile": "asile"},
    counters={"Guichet N° 1": "g1"},
    profiles={"Étrangers": ["sejour", "asile"], "15": ["sejour"]},
)
VISIT: dict[str, Any] = {"branchId": 7, "visitId": 41220000000315, "ticket": "A012"}


def sent(name: str, time: str = "2026-11-23T09:20:00.000+0100", **parameters: Any) -> bytes:
    return json.dumps({"eventName": name, "eventTime": time, "parameters": parameters}).encode()


def told(payload: bytes, settings: QmaticSettings = SETTINGS) -> Told:
    return Qmatic(settings, PARIS).translate(payload, RECEIVED)


def data(payload: bytes) -> Any:
    return json.loads(told(payload).data)


def test_a_created_visit_is_a_ticket_issued_and_says_nothing_of_anybody() -> None:
    found = told(CREATE)
    assert (found.type, found.time) == ("ticket.issued", datetime(2026, 11, 23, 8, 12, 4, 757000, tzinfo=UTC))
    assert json.loads(found.data) == {
        "ticket": "7-41220000000315", "number": "A012", "queue": "sejour", "reason": "Titre de séjour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "more", "kind", "rest"),
    [
        ("VISIT_CALL", {"servicePointName": "Guichet N° 1"}, "ticket.called", {"counter": "g1"}),
        ("VISIT_NEXT", {"servicePointName": "Guichet N° 2"}, "ticket.called", {"counter": "guichet-n-2"}),
        ("VISIT_CONFIRM", {}, "service.started", {}),
        ("VISIT_END", {"servicePointName": "guichet n°1"}, "service.ended", {"counter": "g1"}),
        ("VISIT_NOSHOW", {}, "ticket.no_show", {}),
        ("VISIT_RECYCLE", {"queueName": "Asile"}, "ticket.requeued", {"queue": "asile"}),
        ("VISIT_TRANSFER_TO_QUEUE", {"queueId": 41220000000003}, "ticket.transferred", {"queue": "sejour"}),
        ("VISIT_TRANSFER_TO_SERVICE_POINT_POOL", {"queueName": "Asile"}, "ticket.transferred", {"queue": "asile"}),
        ("VISIT_TRANSFER_TO_SERVICE_POINT_POOL", {}, "ticket.requeued", {}),
        ("VISIT_TRANSFER_TO_USER_POOL", {}, "ticket.requeued", {}),
        ("VISIT_REMOVE", {"queueName": "Asile"}, "ticket.abandoned", {}),
    ],
)
def test_what_happens_to_a_visit_is_what_the_contract_calls_it(
    name: str, more: dict[str, Any], kind: str, rest: dict[str, object]
) -> None:
    found = told(sent(name, **VISIT, **more))
    assert (found.type, json.loads(found.data)) == (kind, {"ticket": "7-41220000000315", **rest})


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (1, "service.ended"), ("NORMAL", "service.ended"), ("2", "ticket.no_show"), (3, "ticket.abandoned"),
        (4, "ticket.requeued"), (5, "ticket.transferred"), (6, "ticket.transferred"), (7, "ticket.transferred"),
        ("TRANSFER_TO_QUEUE", "ticket.transferred"), (9, "ticket.abandoned"),
        ("REMOVE_BY_CUSTOMER", "ticket.abandoned"),
    ],
)  # fmt: skip
def test_an_end_is_what_its_outcome_says(outcome: object, kind: str) -> None:
    assert told(sent("VISIT_END", **VISIT, outcome=outcome, queueName="Asile")).type == kind


@pytest.mark.parametrize("outcome", [8, 10, 11, "12", 13, "REMOVE_BY_RESET", "ENDED_BY_LOGOUT", 99])
@pytest.mark.parametrize("name", ["VISIT_END", "VISIT_REMOVE"])
def test_what_the_system_sweeps_away_is_kept_untranslated_for_the_customer_neither_left_nor_was_served(
    name: str, outcome: object
) -> None:
    found = told(sent(name, **VISIT, outcome=outcome))
    assert found.type == f"qmatic.{name.lower()}"
    assert json.loads(found.data)["ticket"] == "7-41220000000315"


def test_a_service_point_opens_with_the_queues_of_its_work_profile() -> None:
    opened = sent("USER_SERVICE_POINT_SESSION_START", servicePointName="Guichet N° 1", workProfile=15)
    assert (told(opened).type, data(opened)) == ("counter.opened", {"counter": "g1", "queues": ["sejour"]})
    named = sent("SERVICE_POINT_OPEN", servicePointName="Guichet N° 1", workProfileName="Étrangers", workProfile=15)
    assert data(named)["queues"] == ["sejour", "asile"]


def test_a_service_point_of_an_unknown_work_profile_leaves_what_is_configured() -> None:
    opened = sent("SERVICE_POINT_OPEN", servicePointName="Guichet N° 1", workProfile=99)
    assert (told(opened).type, data(opened)) == ("counter.resumed", {"counter": "g1"})


@pytest.mark.parametrize("name", ["SERVICE_POINT_CLOSE", "USER_SERVICE_POINT_SESSION_END"])
def test_a_service_point_closes(name: str) -> None:
    closed = sent(name, servicePointName="Guichet N° 1")
    assert (told(closed).type, data(closed)) == ("counter.closed", {"counter": "g1"})


def test_an_event_without_counterpart_is_kept_without_anything_personal() -> None:
    reset = sent("RESET", branchId=7, user="agent-7", mobile="0601020304", custom1="dossier 12", queueName="Asile")
    found = told(reset)
    assert found.type == "qmatic.reset"
    assert json.loads(found.data) == {
        "queue": "asile",
        "told": {
            "eventName": "RESET", "eventTime": "2026-11-23T09:20:00.000+0100",
            "parameters": {"branchId": 7, "queueName": "Asile"},
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", [*EVENTS, "RESET", "VISIT_X"])
def test_an_event_that_lacks_what_the_contract_requires_is_kept_untranslated(name: str) -> None:
    assert told(sent(name)).type == f"qmatic.{name.lower()}"


def test_nobody_called_by_next_is_no_call() -> None:
    assert told(sent("VISIT_NEXT", branchId=7, servicePointName="Guichet N° 1")).type == "qmatic.visit_next"


def test_an_event_sent_again_is_the_same_one_whatever_changes_at_each_sending() -> None:
    first, again = sent("VISIT_CALL", **VISIT, seq=1), sent("VISIT_CALL", **VISIT, seq=2)
    assert told(first).id != told(again).id
    ignoring = QmaticSettings(ignore=["seq"])
    assert told(first, ignoring).id == told(again, ignoring).id


def test_a_visit_called_again_after_a_no_show_waited_until_its_first_call() -> None:
    day = [
        CREATE,
        sent("VISIT_CALL", "2026-11-23T09:17:04.757+0100", **VISIT, servicePointName="Guichet N° 1"),
        sent("VISIT_NOSHOW", "2026-11-23T09:18:00.000+0100", **VISIT),
        sent("VISIT_CALL", "2026-11-23T09:25:00.000+0100", **VISIT, servicePointName="Guichet N° 1"),
        sent("VISIT_END", "2026-11-23T09:31:00.000+0100", **VISIT, outcome=1),
        sent("RESET", "2026-11-23T22:00:00.000+0100", branchId=7),
    ]
    events = [
        Event(at=found.time, area="sud", device="orchestra", id=found.id, fact=fact)
        for found in map(told, day)
        if (fact := fact_of(found.type, found.data.decode()))
    ]
    visit = Area.of(SUD, events).visits["ticket/7-41220000000315"]
    assert visit.wait == at("9:17") - at("9:12")
    assert (visit.legs[-1].end, visit.legs[-1].recalls) == ("served", 1)


@pytest.mark.parametrize(
    ("payload", "reason", "sentence"),
    [
        (b"VISIT_CALL", "not_json", "found no JSON"),
        (b"7", "envelope", "found a number, expected an object"),
        (b"{}", "envelope", 'found no eventName, expected one such as "VISIT_CREATE"'),
        (b'{"eventName": "RESET", "parameters": [1]}', "envelope", "found a list as parameters, expected an object"),
        (b'{"eventName": "RESET", "eventTime": "now"}', "data", 'found time "now", expected such as '),
        (sent("VISIT_CALL", visitId=[1]), "data", 'found a list under "visitId", expected a text or a number'),
    ],
)
def test_what_cannot_be_read_is_told_by_what_was_found_and_what_was_expected(
    payload: bytes, reason: str, sentence: str
) -> None:
    with pytest.raises(NotUnderstoodError) as error:
        told(payload)
    assert error.value.reason == reason
    assert error.value.sentence.startswith(sentence)


def test_a_table_s_number_is_found_where_messages_come_cleaned_of_long_numbers() -> None:
    settings = QmaticSettings(queues={"41220000000003": "remise"})
    dialect = Qmatic(settings, PARIS, lambda text: text.replace("41220000000003", "wivfsbbyjodyou"))
    found = dialect.translate(CREATE.replace(b"41220000000003", b'"wivfsbbyjodyou"'), RECEIVED)
    assert json.loads(found.data)["queue"] == "remise"
