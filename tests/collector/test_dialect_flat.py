"""The dialect `flat`: what devices without an envelope send, and what it means in the contract's words."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.dialects import Alive, NotUnderstoodError, Told
from collector.dialects.flat import Flat, FlatSettings

PARIS = ZoneInfo("Europe/Paris")
RECEIVED = datetime(2026, 11, 23, 8, 12, 9, tzinfo=UTC)
KIOSK: dict[str, Any] = {
    "type": "event",
    "types": {
        "print": "ticket.issued", "call": "ticket.called", "open": "counter.opened", "lost": "call.overflowed",
        "ping": "online", "bye": "offline", "prnit": "ticket.issued",
    },
    "time": "time",
    "ticket": "ticket",
    "queue": "queue",
    "counter": "desk",
    "words": {"queue": {"7": "asile", "Remise des titres": "remise"}, "counter": {"Guichet N° 1": "g1"}},
}  # fmt: skip
PRINT = {"event": "print", "ticket": "A012", "queue": "Séjour", "time": "2026-11-23 09:12:04"}


def told(event: object, received: datetime = RECEIVED, **settings: Any) -> Told:
    found = translated(event, received, **settings)
    assert isinstance(found, Told), found
    return found


def translated(event: object, received: datetime = RECEIVED, **settings: Any) -> Told | Alive:
    dialect = Flat(msgspec.convert({**KIOSK, **settings}, FlatSettings), PARIS)
    return dialect.translate(event if isinstance(event, bytes) else json.dumps(event).encode(), received)


def data(event: object, **settings: Any) -> Any:
    return json.loads(told(event, **settings).data)


def refused(event: object, **settings: Any) -> tuple[str, str]:
    with pytest.raises(NotUnderstoodError) as error:
        translated(event, **settings)
    return error.value.reason, error.value.sentence


def test_a_printed_ticket_is_issued_under_an_id_that_no_later_day_repeats() -> None:
    found = told(PRINT)
    assert (found.type, found.time) == ("ticket.issued", datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC))
    assert json.loads(found.data) == {"ticket": "20261123-A012", "number": "A012", "queue": "sejour"}


def test_a_call_is_of_the_ticket_that_was_printed_and_of_a_configured_counter() -> None:
    event = {"event": "call", "ticket": "A012", "desk": "Guichet N° 1", "time": "2026-11-23 09:20"}
    assert data(event) == {"ticket": "20261123-A012", "counter": "g1"}


@pytest.mark.parametrize("queue", [7, "7", 7.0, " 7 "])
def test_a_number_may_be_sent_as_a_text_or_as_a_number(queue: object) -> None:
    assert data({**PRINT, "queue": queue})["queue"] == "asile"
    assert data({**PRINT, "ticket": 12})["number"] == "12"


@pytest.mark.parametrize("queue", ["Remise des titres", "REMISE DES TITRES", "remise-des_titres"])
def test_a_configured_name_is_found_in_any_spelling(queue: str) -> None:
    assert data({**PRINT, "queue": queue})["queue"] == "remise"


def test_a_type_that_its_maker_misspelt_is_configured_as_it_is_sent() -> None:
    assert told({**PRINT, "event": "prnit"}).type == "ticket.issued"


def test_a_ticket_id_that_is_unique_for_good_is_kept_as_it_is() -> None:
    event = {**PRINT, "uuid": "5d1c-88", "ticket": "A012"}
    settings = {"ticket": "uuid", "number": "ticket", "unique": "ever"}
    assert data(event, **settings) == {"ticket": "5d1c-88", "number": "A012", "queue": "sejour"}


def test_the_day_of_a_ticket_is_the_local_one() -> None:
    assert data({**PRINT, "time": "2026-11-23T23:30:00Z"})["ticket"] == "20261124-A012"


def test_a_number_given_twice_a_day_is_two_tickets_where_it_starts_again_at_a_known_time() -> None:
    settings = {"restarts": ["13:00:00"]}
    assert data(PRINT, **settings)["ticket"] == "20261123-A012"
    assert data({**PRINT, "time": "2026-11-23 13:00:00"}, **settings)["ticket"] == "20261123.1-A012"


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23 09:12", "2026-11-23T09:12:00", "20261123091200", 202611230912,
        "2026-11-23T08:12:00Z", "2026-11-23T08:12:00.000+0000",
        1795421520, "1795421520", 1795421520000, "1795421520000", 1795421520.0,
    ],
)  # fmt: skip
def test_a_time_may_be_local_or_with_an_offset_or_counted_since_1970(time: object) -> None:
    assert told({**PRINT, "time": time}).time == datetime(2026, 11, 23, 8, 12, tzinfo=UTC)


def test_a_time_in_a_form_of_its_own_is_read_by_a_pattern() -> None:
    found = told({**PRINT, "time": "23/11/2026 09:12:04"}, time_format="%d/%m/%Y %H:%M:%S")
    assert found.time == datetime(2026, 11, 23, 8, 12, 4, tzinfo=UTC)


def test_a_local_time_may_be_of_another_zone_than_the_site_s() -> None:
    found = told(PRINT, time_zone="Indian/Reunion")
    assert found.time == datetime(2026, 11, 23, 5, 12, 4, tzinfo=UTC)


@pytest.mark.parametrize("time", [None, "", " ", 0, "0001-01-01T00:00:00", "1900-01-01 00:00:00", "jamais"])
def test_a_time_that_means_none_is_the_time_of_receipt(time: object) -> None:
    assert told({**PRINT, "time": time}, nothing=["jamais"]).time == RECEIVED
    assert told({key: value for key, value in PRINT.items() if key != "time"}).time == RECEIVED


def test_a_pattern_may_tell_that_there_is_no_time() -> None:
    assert told({**PRINT, "time": "01/01/1900 00:00:00"}, time_format="%d/%m/%Y %H:%M:%S").time == RECEIVED


@pytest.mark.parametrize("time", ["9 h 12", "09:12", "2026-11-23", "2026-13-01 09:12", 912, -5, 17954215200, True])
def test_a_time_that_cannot_be_read_is_told_with_what_was_found(time: object) -> None:
    reason, sentence = refused({**PRINT, "time": time})
    assert reason == "data"
    assert sentence.startswith('found time "')


@pytest.mark.parametrize(
    ("received", "time"),
    [
        ("2026-10-25T00:31:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:31:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T01:20:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T09:00:00Z", "2026-10-25T01:30:00Z"),
    ],
)
def test_a_local_time_that_comes_twice_in_october_is_the_later_one_that_can_have_been(received: str, time: str) -> None:
    found = told({**PRINT, "time": "2026-10-25 02:30:00"}, datetime.fromisoformat(received))
    assert found.time == datetime.fromisoformat(time)


def test_a_local_time_that_march_leaves_out_is_that_of_a_clock_not_yet_put_forward() -> None:
    assert told({**PRINT, "time": "2026-03-29 02:30:00"}).time == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_event_sent_again_is_the_same_one_whatever_changes_at_each_sending() -> None:
    again = {"attempt": 2, **dict(reversed(PRINT.items()))}
    assert told(PRINT, ignore=["attempt"]).id == told(again, ignore=["attempt"]).id
    assert told(PRINT).id != told(again).id


def test_a_maker_s_own_event_id_is_kept() -> None:
    assert told({**PRINT, "uid": "e-1"}, id="uid").id == "e-1"
    assert told({**PRINT, "uid": ""}, id="uid").id == told({**PRINT, "uid": ""}).id


def test_what_an_opened_counter_serves_may_be_a_list_or_a_text_with_commas() -> None:
    event = {"event": "open", "desk": "G2", "serves": "Séjour; 7,Séjour"}
    assert data(event, queues="serves") == {"counter": "g2", "queues": ["sejour", "asile"]}
    assert data({**event, "serves": ["Séjour", 7]}, queues="serves")["queues"] == ["sejour", "asile"]


def test_an_opening_that_does_not_tell_what_is_served_leaves_what_is_configured() -> None:
    found = told({"event": "open", "desk": "G2"})
    assert (found.type, json.loads(found.data)) == ("counter.resumed", {"counter": "g2"})


def test_a_maker_s_words_for_priority_are_translated_and_others_left_out() -> None:
    settings = {"priority": "vip", "words": {"priority": {"true": "priority", "RDV": "appointment"}}}
    assert data({**PRINT, "vip": True}, **settings)["priority"] == "priority"
    assert data({**PRINT, "vip": "RDV"}, **settings)["priority"] == "appointment"
    assert "priority" not in data({**PRINT, "vip": "?"}, **settings)


def test_an_appointment_that_cannot_be_read_costs_nobody_the_ticket() -> None:
    settings = {"appointment_at": "slot", "reason": "motif"}
    assert data({**PRINT, "slot": "2026-11-23 09:30"}, **settings)["appointment_at"] == "2026-11-23T08:30:00+00:00"
    assert "appointment_at" not in data({**PRINT, "slot": "1900-01-01"}, **settings)
    odd = data({**PRINT, "slot": "soon", "motif": ["a"]}, **settings)
    assert odd == {"ticket": "20261123-A012", "number": "A012", "queue": "sejour"}


def test_a_text_is_one_line_of_at_most_200_characters() -> None:
    assert data({**PRINT, "motif": "a\nb" + "c" * 300}, reason="motif")["reason"] == "a b" + "c" * 197


def test_a_device_may_say_among_its_events_that_it_is_there_or_goes() -> None:
    assert translated({"event": "ping"}) == Alive(online=True)
    assert translated({"event": "bye"}) == Alive(online=False)


def test_an_event_without_counterpart_keeps_its_type_and_its_data_with_our_ids_beside() -> None:
    event = {"event": "paper_low", "left": 20, "ticket": "A012", "queue": "Séjour", "time": "2026-11-23 09:12"}
    found = told(event, maker="acme")
    assert found.type == "acme.paper_low"
    assert json.loads(found.data) == {"ticket": "20261123-A012", "queue": "sejour", "told": event}
    assert told({"event": "Papier bientôt fini !"}).type == "flat.papier-bientot-fini-pjqgvvzmcj"
    assert len(told({"event": "é" * 300}).type) == 64


def test_a_configured_word_is_found_where_messages_come_cleaned_of_long_numbers() -> None:
    settings = msgspec.convert({**KIOSK, "words": {"queue": {"7001234": "asile"}}}, FlatSettings)
    dialect = Flat(settings, PARIS, lambda text: text.replace("7001234", "wivfsbbyjodyou"))
    found = dialect.translate(json.dumps({**PRINT, "queue": "wivfsbbyjodyou"}).encode(), RECEIVED)
    assert isinstance(found, Told)
    assert json.loads(found.data)["queue"] == "asile"


def test_a_sequence_is_passed_on_as_it_is() -> None:
    assert told({**PRINT, "n": "12"}, sequence="n").sequence == "12"


@pytest.mark.parametrize(
    ("event", "settings", "reason", "sentence"),
    [
        (b"print A012", {}, "not_json", "found no JSON: "),
        (b"[" * 16000, {}, "not_json", "found no JSON: "),
        ([PRINT], {}, "envelope", "found a list, expected an object"),
        ({"ticket": "A012"}, {}, "envelope", 'found nothing under "event", expected the type there'),
        ({**PRINT, "ticket": ""}, {}, "data", 'found no ticket in "print", expected it under "ticket"'),
        ({"event": "print"}, {"number": "n"}, "data", 'found no ticket in "print", expected it under "ticket" or "n"'),
        ({"event": "call", "ticket": "A1"}, {}, "data", 'found no counter in "call", expected it under "desk"'),
        ({**PRINT, "queue": {}}, {}, "data", 'found an object under "queue", expected a text or a number'),
        ({"event": "lost"}, {}, "data", 'found no call in "lost", expected a key for call in the configuration'),
        (
            {"event": "lost", "id": 1, "why": "x"},
            {"call": "id", "cause": "why", "words": {"cause": {"t": "timeout"}}},
            "data",
            'found no cause in "lost", expected it under "why", one of: t',
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_what_was_found_and_what_was_expected(
    event: object, settings: dict[str, object], reason: str, sentence: str
) -> None:
    found = refused(event, **settings)
    assert found[0] == reason
    assert found[1].startswith(sentence)
