"""The converters of recorded days and their independent counts, on rows invented for the purpose."""

import gzip
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.bench import bank_calls, bank_count, warsaw_count, warsaw_tickets
from tests.bench.bank_calls import Message
from ticketing.events import FACTS, CallAnswered, CallQueued, CallReceived, Fact, Id, TicketCalled, TicketIssued

CALLS = "call_id priority type date vru_entry vru_exit vru_time q_start q_exit q_time outcome ser_start ser_exit ser_time server"  # noqa: E501
TICKETS = "office,queue_id,date,ticket,issued_after,issued_by,called_after,called_by,ahead_at_first_seen,counters_open,service_minutes_shown,wait_mid_min,pref,own_series"  # noqa: E501

QUEUED = "7001 0 PS 990301 9:00:00 9:00:10 10 9:00:10 9:00:40 30 AGENT 9:00:38 9:04:00 202 S41"
UNQUEUED = "7002 2 NW 990301 9:01:00 9:01:08 8 0:00:00 0:00:00 0 AGENT 9:01:07 9:02:00 53 S42"
UNQUEUED_LATE = "7003 1 NE 990301 9:02:00 9:02:08 8 0:00:00 0:00:00 0 AGENT 9:02:11 9:03:00 49 S42"
HUNG_UP = "7004 0 TT 990301 9:03:00 9:03:05 5 9:03:05 9:04:45 100 HANG 0:00:00 0:00:00 0 "
HUNG_UP_IN_VRU = "7005 0 PS 990301 9:05:00 9:05:50 50 0:00:00 0:00:00 0 HANG 0:00:00 0:00:00 0 "
PHANTOM = "7006 0 PS 990301 9:06:00 9:06:10 10 9:06:10 9:07:00 50 PHANTOM 9:06:30 9:07:04 34 "
NO_SERVER = "7007 0 PS 990301 9:08:00 9:08:09 9 0:00:00 0:00:00 0 AGENT 9:08:09 9:08:14 5 "
LATE_ENDING = "7008 0 PS 990301 23:59:40 23:59:50 10 23:59:50 0:00:20 30 AGENT 0:00:19 0:05:00 281 S43"
QUEUED_AFTER_MIDNIGHT = "7009 0 PS 990301 23:59:57 23:59:59 2 0:00:01 0:00:31 30 AGENT 0:00:30 0:01:00 30 S43"
QUEUED_AT_MIDNIGHT = "7010 0 PS 990301 23:59:50 0:00:00 10 0:00:00 0:00:25 25 HANG 0:00:00 0:00:00 0 "
CLOCK_SET_BACK = "7011 0 PS 990301 9:10:00 9:09:05 -55 9:09:05 9:10:05 60 AGENT 9:10:04 9:11:00 56 S41"
UNTIMED_SERVICE = "7012 0 PS 990301 9:20:00 9:20:06 6 9:20:06 9:20:26 20 AGENT 0:00:00 0:00:00 0 S41"

ALL_CALLS = (
    *(QUEUED, UNQUEUED, UNQUEUED_LATE, HUNG_UP, HUNG_UP_IN_VRU, PHANTOM, NO_SERVER),
    *(LATE_ENDING, QUEUED_AFTER_MIDNIGHT, QUEUED_AT_MIDNIGHT, CLOCK_SET_BACK, UNTIMED_SERVICE),
)


def calls_file(folder: Path, *rows: str) -> Path:
    source = folder / "calls.tsv.gz"
    source.write_bytes(gzip.compress("".join(line.replace(" ", "\t") + "\n" for line in (CALLS, *rows)).encode()))
    return source


def recorded(folder: Path, *rows: str) -> list[Message]:
    return bank_calls.recording(bank_calls.rows(calls_file(folder, *rows)))


def ticket_row(
    number: int,
    issued: tuple[str, str],
    called: tuple[str, str],
    *,
    counters: int = 1,
    day: str = "2020-03-02",
    own: bool = True,
) -> str:
    times = ",".join(f"{day} {clock}:00" for clock in (*issued, *called))
    return f"UD_Essai_2,77,{day},{number},{times},0,{counters},10,0.0,C,{own}"


def tickets_file(folder: Path, *rows: str) -> Path:
    source = folder / "tickets.csv.gz"
    source.write_bytes(gzip.compress("".join(line + "\n" for line in (TICKETS, *rows)).encode()))
    return source


def tickets(folder: Path, *rows: str) -> list[warsaw_tickets.Ticket]:
    return warsaw_tickets.tickets(warsaw_tickets.rows(tickets_file(folder, *rows)))


def story(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Clock and type, as written in the recording."""
    return [(f"{each.payload.time:%H:%M:%S}", each.payload.type) for each in messages]


def services(messages: Sequence[Message]) -> list[tuple[str, str, str, str]]:
    return [
        (f"{each.payload.time:%H:%M:%S}", each.payload.type, each.payload.data["ticket"], each.payload.data["counter"])
        for each in messages
        if "counter" in each.payload.data
    ]


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """What a reader of the contract finds in a payload."""

    specversion: str
    type: str
    source: str
    id: Id
    time: datetime
    data: msgspec.Raw


class Line(msgspec.Struct, forbid_unknown_fields=True):
    topic: str
    payload: Written


def facts(messages: Sequence[Message]) -> list[Fact]:
    """Each message as it is read back, checked against the contract's types."""
    found = []
    for each in messages:
        line = msgspec.json.decode(msgspec.json.encode(each), type=Line)
        assert line.topic == f"accueil/v1{line.payload.source}/events"
        assert line.payload.specversion == "1.0"
        assert line.payload.time.utcoffset() is not None
        found.append(msgspec.json.decode(line.payload.data, type=FACTS[line.payload.type]))
    return found


def test_a_call_answered_after_queueing_waits_from_entering_the_queue_to_leaving_it(tmp_path: Path) -> None:
    messages = recorded(tmp_path, QUEUED)
    call = "990301-090000-7001"
    assert story(messages) == [
        ("09:00:00", "call.received"),
        ("09:00:10", "call.queued"),
        ("09:00:40", "call.answered"),
        ("09:04:00", "call.ended"),
    ]
    assert facts(messages)[:3] == [
        CallReceived(call=call, line="PS"),
        CallQueued(call=call, queue="operateurs"),
        CallAnswered(call=call, counter="s41"),
    ]
    assert messages[0].payload.id == "990301-090000-7001-call.received"
    assert messages[0].payload.time.isoformat() == "1999-03-01T09:00:00+01:00"
    assert messages[0].topic == "accueil/v1/aube/standard/pbx/events"


def test_a_call_answered_without_queueing_is_queued_and_answered_when_it_leaves_the_voice_server(
    tmp_path: Path,
) -> None:
    messages = recorded(tmp_path, UNQUEUED)
    assert story(messages)[1:] == [
        ("09:01:08", "call.queued"),
        ("09:01:08", "call.answered"),
        ("09:02:00", "call.ended"),
    ]
    assert facts(messages)[1] == CallQueued(call="990301-090100-7002", queue="operateurs", priority="priority")


def test_a_call_answered_without_queueing_waits_until_its_service_starts(tmp_path: Path) -> None:
    messages = recorded(tmp_path, UNQUEUED_LATE)
    assert story(messages)[1:3] == [("09:02:08", "call.queued"), ("09:02:11", "call.answered")]


def test_a_hang_in_the_queue_is_an_offered_call_abandoned(tmp_path: Path) -> None:
    messages = recorded(tmp_path, HUNG_UP)
    assert story(messages)[1:] == [("09:03:05", "call.queued"), ("09:04:45", "call.abandoned")]


def test_a_hang_in_the_voice_server_was_never_offered(tmp_path: Path) -> None:
    messages = recorded(tmp_path, HUNG_UP_IN_VRU)
    assert story(messages) == [("09:05:00", "call.received"), ("09:05:50", "call.abandoned")]
    counts = bank_count.count(calls_file(tmp_path, HUNG_UP_IN_VRU))
    assert counts == {date(1999, 3, 1): bank_count.Counts(received=1)}


def test_a_phantom_is_no_call(tmp_path: Path) -> None:
    assert recorded(tmp_path, PHANTOM) == []
    assert bank_count.count(calls_file(tmp_path, PHANTOM)) == {}


def test_a_call_served_by_nobody_named_is_at_an_unnamed_counter(tmp_path: Path) -> None:
    assert CallAnswered(call="990301-090800-7007", counter="inconnu") in facts(recorded(tmp_path, NO_SERVER))


def test_times_after_midnight_are_of_the_next_day(tmp_path: Path) -> None:
    messages = recorded(tmp_path, LATE_ENDING)
    assert [each.payload.time.day for each in messages] == [1, 1, 2, 2]
    queued, answered = (each.payload.time for each in messages[1:3])
    assert answered - queued == timedelta(seconds=30)


def test_a_call_that_queues_at_midnight_is_not_taken_for_one_that_never_queued(tmp_path: Path) -> None:
    messages = recorded(tmp_path, QUEUED_AT_MIDNIGHT)
    assert story(messages)[1:] == [("00:00:00", "call.queued"), ("00:00:25", "call.abandoned")]
    assert [each.payload.time.day for each in messages] == [1, 2, 2]


def test_a_clock_set_back_during_a_call_does_not_send_it_to_the_next_day(tmp_path: Path) -> None:
    messages = recorded(tmp_path, CLOCK_SET_BACK)
    assert story(messages)[:3] == [
        ("09:09:05", "call.received"),
        ("09:09:05", "call.queued"),
        ("09:10:05", "call.answered"),
    ]
    assert {each.payload.time.day for each in messages} == {1}


def test_a_service_without_times_ends_when_it_is_answered(tmp_path: Path) -> None:
    messages = recorded(tmp_path, UNTIMED_SERVICE)
    assert story(messages)[2:] == [("09:20:26", "call.answered"), ("09:20:26", "call.ended")]


def test_call_ids_that_come_back_on_one_day_are_different_calls(tmp_path: Path) -> None:
    messages = recorded(tmp_path, QUEUED, QUEUED.replace("9:00:00", "9:00:01"))
    assert len({each.payload.id for each in messages}) == len(messages) == 8


def test_a_row_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="990301-090000-7001 is in the file twice"):
        recorded(tmp_path, QUEUED, QUEUED)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [(QUEUED.replace("AGENT", "LOST"), "outcome 'LOST'"), (QUEUED.replace("7001 0", "7001 3"), "priority '3'")],
)
def test_an_unknown_outcome_or_priority_is_refused(tmp_path: Path, wrong: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        recorded(tmp_path, wrong)


def test_all_calls_are_counted_on_the_day_on_which_they_asked_for_an_agent(tmp_path: Path) -> None:
    counts = bank_count.count(calls_file(tmp_path, *ALL_CALLS))
    assert counts == {
        date(1999, 3, 1): bank_count.Counts(
            received=11, offered=8, answered=7, abandoned=1, waited_s=30 + 0 + 3 + 0 + 30 + 60 + 20
        ),
        date(1999, 3, 2): bank_count.Counts(offered=2, answered=1, abandoned=1, waited_s=30),
    }
    assert counts[date(1999, 3, 2)].mean_wait_s == 30.0


def test_the_recording_of_calls_agrees_with_the_count(tmp_path: Path) -> None:
    messages = recorded(tmp_path, *ALL_CALLS)
    queued = {each.payload.data["call"]: each.payload.time for each in messages if each.payload.type == "call.queued"}
    found: dict[date, bank_count.Counts] = {}
    for each in messages:
        call = each.payload.data["call"]
        if each.payload.type == "call.received":
            found.setdefault(each.payload.time.date(), bank_count.Counts()).received += 1
        if call not in queued:
            continue
        of_day = found.setdefault(queued[call].date(), bank_count.Counts())
        match each.payload.type:
            case "call.queued":
                of_day.offered += 1
            case "call.answered":
                of_day.answered += 1
                of_day.waited_s += int((each.payload.time - queued[call]).total_seconds())
            case "call.abandoned":
                of_day.abandoned += 1
    assert found == bank_count.count(calls_file(tmp_path, *ALL_CALLS))


def test_every_line_written_is_an_event_of_the_contract_in_the_order_of_time(tmp_path: Path) -> None:
    target = tmp_path / "calls.jsonl.gz"
    bank_calls.main([str(calls_file(tmp_path, *ALL_CALLS)), str(target), "--site", "essai", "--area", "sud"])
    lines = gzip.decompress(target.read_bytes()).splitlines()
    messages = [msgspec.json.decode(line, type=Message) for line in lines]
    assert len(facts(messages)) == 2 + 3 * 2 + 8 * 4
    assert {each.topic for each in messages} == {"accueil/v1/essai/sud/pbx/events"}
    times = [each.payload.time for each in messages]
    assert times == sorted(times)


def test_the_same_calls_give_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl.gz", tmp_path / "second.jsonl.gz"
    for target in (first, second):
        bank_calls.main([str(calls_file(tmp_path, *ALL_CALLS)), str(target)])
    assert first.read_bytes() == second.read_bytes()


def test_two_tickets_at_one_counter_are_served_one_after_the_other(tmp_path: Path) -> None:
    found = tickets(
        tmp_path,
        ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15")),
        ticket_row(2, ("08:05", "08:10"), ("08:25", "08:30")),
    )
    messages = warsaw_tickets.recording(found)
    first, second = "20200302-q77-C1", "20200302-q77-C2"
    assert services(messages) == [
        ("08:12:30", "ticket.called", first, "q77-g1"),
        ("08:27:30", "service.ended", first, "q77-g1"),
        ("08:27:30", "ticket.called", second, "q77-g1"),
        ("08:42:30", "service.ended", second, "q77-g1"),
    ]
    assert facts(messages)[0] == TicketIssued(ticket=first, number="C1", queue="q77")
    assert TicketCalled(ticket=first, counter="q77-g1") in facts(messages)
    assert messages[0].topic == "accueil/v1/aube/ud-essai-2/borne/events"
    assert messages[0].payload.time.isoformat() == "2020-03-02T08:02:30+01:00"


def test_a_call_goes_to_the_counter_free_the_longest(tmp_path: Path) -> None:
    rows = [
        ticket_row(number, ("08:00", "08:05"), (f"08:{number}0", f"08:{number}0"), counters=2) for number in (1, 2, 3)
    ]
    called = [
        each for each in services(warsaw_tickets.recording(tickets(tmp_path, *rows))) if each[1] == "ticket.called"
    ]
    assert [counter for *_, counter in called] == ["q77-g1", "q77-g2", "q77-g1"]


def test_a_service_that_no_call_ended_lasts_ten_minutes(tmp_path: Path) -> None:
    found = tickets(tmp_path, ticket_row(1, ("08:00", "08:00"), ("08:10", "08:10"), counters=0))
    assert services(warsaw_tickets.recording(found))[-1] == ("08:20:00", "service.ended", "20200302-q77-C1", "q77-g1")


def test_counters_start_afresh_each_day(tmp_path: Path) -> None:
    rows = [ticket_row(1, ("08:00", "08:00"), ("08:10", "08:10"), day=day) for day in ("2020-03-02", "2020-03-03")]
    ended = [
        each for each in warsaw_tickets.recording(tickets(tmp_path, *rows)) if each.payload.type == "service.ended"
    ]
    assert [f"{each.payload.time:%d %H:%M}" for each in ended] == ["02 08:20", "03 08:20"]


def test_a_row_given_twice_is_one_ticket(tmp_path: Path) -> None:
    row = ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15"))
    assert len(tickets(tmp_path, row, row)) == 1
    assert warsaw_count.count(tickets_file(tmp_path, row, row)) == {
        ("ud-essai-2", date(2020, 3, 2)): warsaw_count.Counts(issued=1, called=1, waited_s=600)
    }


def test_a_number_that_comes_back_on_one_day_is_another_ticket(tmp_path: Path) -> None:
    again = ticket_row(1, ("14:00", "14:05"), ("14:10", "14:15"))
    found = tickets(tmp_path, again, ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15")))
    assert [each.id for each in found] == ["20200302-q77-C1", "20200302-q77-C1-2"]
    assert {each.number for each in found} == {"C1"}


def test_only_own_series_of_the_office_are_read(tmp_path: Path) -> None:
    own, foreign = (ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15"), own=own) for own in (True, False))
    source = tickets_file(tmp_path, own, foreign, own.replace("UD_Essai_2", "UD_Autre"))
    assert [row["office"] for row in warsaw_tickets.rows(source)] == ["UD_Essai_2", "UD_Autre"]
    assert [row["office"] for row in warsaw_tickets.rows(source, "UD_Autre")] == ["UD_Autre"]


def test_a_clock_of_another_year_is_refused(tmp_path: Path) -> None:
    row = ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15")).replace("2020-03-02 ", "2021-03-02 ")
    with pytest.raises(ValueError, match="expected 2020-03-02"):
        tickets(tmp_path, row)


def test_the_recording_of_tickets_agrees_with_the_count(tmp_path: Path) -> None:
    rows = [
        ticket_row(1, ("08:00", "08:05"), ("08:10", "08:15")),
        ticket_row(2, ("08:00", "08:05"), ("08:15", "08:19")),
        ticket_row(1, ("09:00", "09:05"), ("09:00", "09:05"), day="2020-03-03"),
    ]
    target = tmp_path / "tickets.jsonl.gz"
    warsaw_tickets.main([str(tickets_file(tmp_path, *rows)), str(target)])
    messages = [msgspec.json.decode(line, type=Message) for line in gzip.decompress(target.read_bytes()).splitlines()]
    issued = {
        each.payload.data["ticket"]: each.payload.time for each in messages if each.payload.type == "ticket.issued"
    }
    waits: dict[date, list[float]] = {}
    for each in messages:
        if each.payload.type == "ticket.called":
            wait = each.payload.time - issued[each.payload.data["ticket"]]
            waits.setdefault(each.payload.time.date(), []).append(wait.total_seconds())
    assert len(facts(messages)) == 9
    counts = warsaw_count.count(tickets_file(tmp_path, *rows))
    assert {day: (len(of_day), sum(of_day)) for day, of_day in waits.items()} == {
        day: (each.called, each.waited_s) for (_, day), each in counts.items()
    }
    assert counts["ud-essai-2", date(2020, 3, 2)].mean_wait_s == (600 + 870) / 2
