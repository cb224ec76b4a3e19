"""Every type of the contract, from a device's message to a fact and back: all fields, and the required ones alone."""

import re
from datetime import UTC, datetime

import pytest

from collector.decoding import fact_of
from tests.collector.words import envelope, kept, message, refused
from ticketing.events import (
    FACTS,
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallInformed,
    CallOverflowed,
    CallQueued,
    CallReceived,
    CallTransferred,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    Fact,
    ServiceEnded,
    ServiceStarted,
    TicketAbandoned,
    TicketCalled,
    TicketCancelled,
    TicketIssued,
    TicketNoShow,
    TicketRecalled,
    TicketRequeued,
    TicketTransferred,
)

T, C, G = {"ticket": "E042"}, {"call": "c-7"}, {"counter": "g1"}
HALF_PAST_NINE = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)

WHOLE: list[tuple[str, dict[str, object], Fact]] = [
    (
        "ticket.issued",
        {**T, "number": "E 042", "queue": "sejour", "reason": "Retrait", "priority": "appointment",
         "appointment_at": "2026-11-23T09:30:00+01:00"},
        TicketIssued(
            ticket="E042", number="E 042", queue="sejour", reason="Retrait", priority="appointment",
            appointment_at=HALF_PAST_NINE,
        ),
    ),
    ("ticket.called", {**T, **G}, TicketCalled(ticket="E042", counter="g1")),
    ("ticket.recalled", {**T, **G}, TicketRecalled(ticket="E042", counter="g1")),
    ("service.started", {**T, **G}, ServiceStarted(ticket="E042", counter="g1")),
    ("service.ended", {**T, **G}, ServiceEnded(ticket="E042", counter="g1")),
    ("ticket.no_show", {**T, **G}, TicketNoShow(ticket="E042", counter="g1")),
    ("ticket.abandoned", {**T}, TicketAbandoned(ticket="E042")),
    (
        "ticket.transferred",
        {**T, **G, "queue": "asile"},
        TicketTransferred(ticket="E042", queue="asile", counter="g1"),
    ),
    ("ticket.requeued", {**T, "queue": "asile"}, TicketRequeued(ticket="E042", queue="asile")),
    ("ticket.cancelled", {**T, "reason": "essai"}, TicketCancelled(ticket="E042", reason="essai")),
    ("call.received", {**C, "line": "accueil"}, CallReceived(call="c-7", line="accueil")),
    ("call.informed", {**C}, CallInformed(call="c-7")),
    (
        "call.queued",
        {**C, "queue": "operateurs", "priority": "priority"},
        CallQueued(call="c-7", queue="operateurs", priority="priority"),
    ),
    ("call.answered", {**C, "counter": "op1"}, CallAnswered(call="c-7", counter="op1")),
    ("call.ended", {**C, "by": "caller"}, CallEnded(call="c-7", by="caller")),
    ("call.abandoned", {**C}, CallAbandoned(call="c-7")),
    ("call.overflowed", {**C, "cause": "no_agent"}, CallOverflowed(call="c-7", cause="no_agent")),
    ("call.transferred", {**C, "queue": "operateurs"}, CallTransferred(call="c-7", queue="operateurs")),
    ("counter.opened", {**G, "queues": ["b", "a"]}, CounterOpened(counter="g1", queues=("b", "a"))),
    ("counter.paused", {**G, "reason": "repas"}, CounterPaused(counter="g1", reason="repas")),
    ("counter.resumed", {**G, "reason": "fin"}, CounterResumed(counter="g1", reason="fin")),
    (
        "counter.closed",
        {**G, "reason": "soir", "by": "chef de hall"},
        CounterClosed(counter="g1", reason="soir", by="chef de hall"),
    ),
]  # fmt: skip

REQUIRED_ALONE: list[tuple[str, dict[str, object], Fact]] = [
    (
        "ticket.issued",
        {**T, "number": "", "queue": "sejour"},
        TicketIssued(ticket="E042", number="", queue="sejour", reason=None, priority="none", appointment_at=None),
    ),
    ("service.started", {**T}, ServiceStarted(ticket="E042", counter=None)),
    ("service.ended", {**T}, ServiceEnded(ticket="E042", counter=None)),
    ("ticket.no_show", {**T}, TicketNoShow(ticket="E042", counter=None)),
    ("ticket.transferred", {**T, "queue": "a"}, TicketTransferred(ticket="E042", queue="a", counter=None)),
    ("ticket.requeued", {**T}, TicketRequeued(ticket="E042", queue=None)),
    ("ticket.cancelled", {**T}, TicketCancelled(ticket="E042", reason=None)),
    ("call.received", {**C}, CallReceived(call="c-7", line=None)),
    ("call.queued", {**C, "queue": "a"}, CallQueued(call="c-7", queue="a", priority="none")),
    ("call.ended", {**C}, CallEnded(call="c-7", by=None)),
    ("call.transferred", {**C}, CallTransferred(call="c-7", queue=None)),
    ("counter.opened", {**G, "queues": []}, CounterOpened(counter="g1", queues=())),
    ("counter.paused", {**G}, CounterPaused(counter="g1", reason=None)),
    ("counter.resumed", {**G}, CounterResumed(counter="g1", reason=None)),
    ("counter.closed", {**G}, CounterClosed(counter="g1", reason=None, by=None)),
]

REQUIRED = {
    "ticket.issued": ("ticket", "number", "queue"),
    "ticket.called": ("ticket", "counter"),
    "ticket.recalled": ("ticket", "counter"),
    "service.started": ("ticket",),
    "service.ended": ("ticket",),
    "ticket.no_show": ("ticket",),
    "ticket.abandoned": ("ticket",),
    "ticket.transferred": ("ticket", "queue"),
    "ticket.requeued": ("ticket",),
    "ticket.cancelled": ("ticket",),
    "call.received": ("call",),
    "call.informed": ("call",),
    "call.queued": ("call", "queue"),
    "call.answered": ("call", "counter"),
    "call.ended": ("call",),
    "call.abandoned": ("call",),
    "call.overflowed": ("call", "cause"),
    "call.transferred": ("call",),
    "counter.opened": ("counter", "queues"),
    "counter.paused": ("counter",),
    "counter.resumed": ("counter",),
    "counter.closed": ("counter",),
}


@pytest.mark.parametrize(("kind", "data", "expected"), WHOLE + REQUIRED_ALONE)
def test_an_event_of_the_contract_is_kept_and_read_back_as_its_fact(
    kind: str, data: dict[str, object], expected: Fact
) -> None:
    record = kept(message(envelope(type=kind, data=data)))
    assert record.type == kind
    assert fact_of(record.type, record.data) == expected


def test_these_tests_know_all_types_of_the_contract() -> None:
    assert set(FACTS) == {kind for kind, _, _ in WHOLE} == set(REQUIRED)


@pytest.mark.parametrize(
    ("kind", "data", "missing"),
    [(kind, data, name) for kind, data, _ in WHOLE for name in REQUIRED[kind]],
)
def test_an_event_without_a_required_field_is_kept_aside_with_the_field_s_name(
    kind: str, data: dict[str, object], missing: str
) -> None:
    rest = {name: value for name, value in data.items() if name != missing}
    rejected = refused(message(envelope(type=kind, data=rest)))
    assert (rejected.reason, rejected.detail) == ("data", f"object missing required field `{missing}`")


@pytest.mark.parametrize(
    ("kind", "data", "where"),
    [
        ("ticket.called", {"ticket": 42, "counter": "g1"}, "expected `str`, got `int` - at `$.ticket`"),
        ("ticket.called", {"ticket": "E\u0000", "counter": "g1"}, "at `$.ticket`"),
        ("ticket.called", {"ticket": "", "counter": "g1"}, "at `$.ticket`"),
        ("ticket.called", {"ticket": "x" * 65, "counter": "g1"}, "at `$.ticket`"),
        ("ticket.called", {"ticket": "E042", "counter": "G 1"}, "at `$.counter`"),
        ("call.overflowed", {"call": "c-7", "cause": "bored"}, "invalid enum value 'bored' - at `$.cause`"),
        ("counter.opened", {"counter": "g1", "queues": "sejour"}, "expected `array`, got `str` - at `$.queues`"),
        (
            "ticket.issued",
            {"ticket": "E042", "number": "E042", "queue": "a", "appointment_at": "2026-11-23T09:30:00"},
            "expected `datetime` with a timezone component - at `$.appointment_at`",
        ),
    ],
)
def test_an_event_with_a_wrong_field_is_kept_aside_with_what_was_expected_where(
    kind: str, data: dict[str, object], where: str
) -> None:
    rejected = refused(message(envelope(type=kind, data=data)))
    assert rejected.reason == "data"
    assert where in rejected.detail


def test_fields_that_the_contract_does_not_know_are_ignored_and_not_kept() -> None:
    data = {"ticket": "E042", "counter": "g1", "holder": "Jeanne Martin", "phone": "0325421234"}
    record = kept(message(envelope(data=data, operator="Jean", traceparent="00-ab")))
    assert record.data == '{"ticket":"E042","counter":"g1"}'
    assert "Jean" not in repr(record)


def test_a_type_of_a_later_contract_is_kept_and_is_no_fact_yet() -> None:
    record = kept(message(envelope(type="ticket.renumbered", data={"ticket": "E042", "to": [1, None, True]})))
    assert (record.type, record.data) == ("ticket.renumbered", '{"ticket":"E042","to":[1,null,true]}')
    assert fact_of(record.type, record.data) is None


def test_an_unknown_type_is_kept_as_json_whatever_must_be_masked_in_it() -> None:
    payload = (
        b'{"specversion":"1.0","type":"x.y","source":"/aube/sud/borne-1","id":"1","time":"2026-11-23T08:12:04Z",\r\n\t'
    )
    payload += b'"data": {\r\n\t"phone": 325421234, "mail": "a@b.fr", "nul": "\\u0000", "n": 12345}}'
    assert re.fullmatch(
        r'{"phone":"[a-z]{14}","mail":"[a-z]{14}","nul":"\\\\x00","n":12345}', kept(message(payload)).data
    )


def test_an_unknown_type_without_data_is_kept() -> None:
    assert kept(message(envelope(type="kiosk.opened", data=None))).data == "null"


def test_what_was_kept_before_its_type_was_known_and_does_not_fit_it_is_no_fact() -> None:
    assert fact_of("ticket.called", '{"ticket":"E042"}') is None
    assert fact_of("ticket.called", "null") is None
