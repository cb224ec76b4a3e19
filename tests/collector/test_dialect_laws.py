"""Laws of every dialect: ids are the same for the same and others for others, and nothing else is ever raised."""

import json
import re
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.decoding import TYPE
from collector.dialects import Alive, Dialect, NotUnderstoodError, Told
from collector.dialects.flat import Flat, FlatSettings
from collector.dialects.names import Names, opaque, plain, slug
from collector.dialects.qmatic import EVENTS, OUTCOMES, PARAMETERS, Qmatic, QmaticSettings
from collector.dialects.reading import fingerprint
from collector.dialects.times import moment
from ticketing.events import FACTS, Id, Name

PARIS = ZoneInfo("Europe/Paris")
RECEIVED = datetime(2026, 11, 23, 8, 12, 9, tzinfo=UTC)
KEYS = ["ticket", "call", "number", "queue", "queues", "counter", "reason", "priority", "appointment_at", "line", "by",
        "cause", "time", "id", "sequence"]  # fmt: skip
FLAT = FlatSettings(
    type="type",
    types={**{kind: kind for kind in FACTS}, "ping": "online"},
    **{key: key for key in KEYS},  # type: ignore[arg-type]
    restarts=[],
)
DIALECTS: list[Dialect] = [Flat(FLAT, PARIS), Qmatic(QmaticSettings(profiles={"p": ["sejour"]}), PARIS)]

words = st.sampled_from(
    ["ticket.issued", "ticket.called", "ping", "2026-10-25 02:30", "", "0001-01-01", "timeout", "p"]
)
texts = st.text(max_size=12) | words
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(texts, parts, max_size=3),
    max_leaves=8,
)
flat_events = st.builds(
    lambda kind, told: {**told, "type": kind},
    st.sampled_from(sorted(FLAT.types)) | texts,
    st.dictionaries(st.sampled_from(KEYS) | texts, values),
)
parameters = st.dictionaries(st.sampled_from(PARAMETERS), scalars | st.sampled_from(sorted(OUTCOMES)))
qmatic_events = st.fixed_dictionaries(
    {"eventName": st.sampled_from(sorted(EVENTS)) | texts, "parameters": parameters | values},
    optional={"eventTime": words | st.sampled_from(["2026-11-23T09:12:04.757+0100"]), "unitId": scalars},
)
objects = flat_events | qmatic_events | st.dictionaries(texts, values)
names = st.text(max_size=80) | st.from_regex(r"[A-Ea-e é°+]{1,6}", fullmatch=True)
dialects = st.sampled_from(DIALECTS)


@given(dialects, st.binary() | (objects | values).map(json.dumps).map(str.encode))
@example(DIALECTS[0], b'{"type":"x","a":' + b"[" * 16000 + b"]" * 16000 + b"}")
@example(DIALECTS[0], b'{"type":"x","a":' + b"[" * 1000 + b"]" * 1000 + b"}")
@example(DIALECTS[0], b'{"type":"x","a":"\\ud800"}')
@example(DIALECTS[0], b'{"type":"x","a":' + b"9" * 4000 + b"}")
@example(DIALECTS[0], b'{"type":"ticket.issued","ticket":' + b"9" * 300 + b"}")
@example(DIALECTS[0], b'{"type":"ping","time":"9999-12-31T23:59:59-12:00"}')
@example(DIALECTS[1], b'{"eventName":"RESET","eventTime":"9998-12-31T23:59:59-12:00"}')
def test_whatever_comes_is_told_in_the_contract_s_words_or_refused(dialect: Dialect, payload: bytes) -> None:
    try:
        found = dialect.translate(payload, RECEIVED)
    except NotUnderstoodError:
        return
    if isinstance(found, Alive):
        return
    assert found.time.utcoffset() is not None
    assert msgspec.convert(found.id, Id)
    assert re.fullmatch(TYPE.__metadata__[0].pattern, found.type)  # type: ignore[attr-defined]
    if fact := FACTS.get(found.type):
        msgspec.json.decode(found.data, type=fact)
    else:
        assert msgspec.json.decode(found.data, type=dict[str, msgspec.Raw])["told"]


def identity(dialect: Dialect, payload: str, received: datetime = RECEIVED) -> str | None:
    try:
        found = dialect.translate(payload.encode(), received)
    except NotUnderstoodError:
        return None
    return found.id if isinstance(found, Told) else None


@given(dialects, objects, st.randoms(), st.datetimes(timezones=st.just(UTC)))
def test_an_event_sent_again_has_the_same_id_whenever_and_however_it_is_written(
    dialect: Dialect,
    event: dict[str, object],
    chance: Random,
    received: datetime,
) -> None:
    keys = list(event)
    chance.shuffle(keys)
    again = json.dumps({key: event[key] for key in keys}, indent=1, ensure_ascii=False)
    first, second = identity(dialect, json.dumps(event)), identity(dialect, again, received)
    assert first == second or None in (first, second)


@given(dialects, objects, objects)
def test_two_different_events_never_have_one_id(
    dialect: Dialect, one: dict[str, object], other: dict[str, object]
) -> None:
    # a maker's own event id is the maker's word for it
    first, second = ({key: value for key, value in event.items() if key != "id"} for event in (one, other))
    ids = identity(dialect, json.dumps(first)), identity(dialect, json.dumps(second))
    assert ids[0] != ids[1] or None in ids or json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@given(values)
def test_no_digest_has_a_number_in_it_that_might_be_taken_for_somebody_s(value: object) -> None:
    assert re.fullmatch(r"[bcdfghjkmnpqrtvz]{32}", fingerprint({"told": value}))


@given(names)
def test_every_name_has_an_id_that_may_stand_in_a_topic(name: str) -> None:
    assert msgspec.convert(slug(name), Name) == slug(name)


@given(names, names)
@example("Guichet A", "Guichet A+")
@example("+", "&")
@example("x" * 65, "x" * 66)
@example("Guichet A+", "Guichet A qcdqqrtphg")
def test_two_names_have_one_id_only_if_they_are_spellings_of_one(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (plain(one) == plain(other))


@given(names)
def test_a_name_that_looks_like_another_s_id_has_an_id_of_its_own(name: str) -> None:
    if slug(name) != plain(name):
        assert slug(slug(name)) != slug(name)


@given(
    st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=2),
    st.lists(st.text(min_size=1), min_size=2, max_size=2),
)
@example(["1-2", "3"], ["1", "2-3"])
def test_two_tickets_never_have_one_id(one: list[str], other: list[str]) -> None:
    assert (opaque(*one) == opaque(*other)) == (one == other)
    assert msgspec.convert(opaque(*one), Id)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Séjour", "sejour"), ("Guichet N° 1", "guichet-n-1"), ("GUICHET_n°1", "guichet-n-1"), ("12", "12"),
        ("Œuvres d’État", "oeuvres-d-etat"), ("Accueil (aile sud)", "accueil-aile-sud"),
        ("Guichet A+", "guichet-a-qcdqqrtphg"), ("Убежище", "vkhfghqqzn"), ("", "vfqbrggdnm"),
    ],
)  # fmt: skip
def test_an_id_made_of_a_name_is_one_that_people_recognise(name: str, found: str) -> None:
    assert slug(name) == found


def test_a_configured_name_goes_before_the_one_made_of_it() -> None:
    assert Names({"Séjour": "q1"}).id("SEJOUR") == "q1"
    assert Names({}).id("SEJOUR") == "sejour"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.datetimes(timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_local_time_is_the_one_that_the_zone_s_clocks_showed(naive: datetime, received: datetime) -> None:
    found = moment(naive.isoformat(sep=" "), PARIS, received)
    assert found is not None
    shown = found.astimezone(PARIS).replace(tzinfo=None)
    left_out = naive.replace(tzinfo=PARIS).astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) != naive
    assert shown == naive or left_out
