"""What may be personal does not reach the quarantine, the log or the journal."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.masking import Pseudonyms, masked, suspect

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("tel 0325421234.", "tel ##########."),
        ("tel 03 25 42 12 34", "tel ## ## ## ## ##"),
        ("tel 03.25.42.12.34", "tel ##.##.##.##.##"),
        ("tel 03-25-42-12-34", "tel ##-##-##-##-##"),
        ("AGDREF 9903123456", "AGDREF ##########"),
        ("tel 06/12/34/56/78", "tel ##/##/##/##/##"),
        ("tel 06\u00a012\u202f34  56 - 78", "tel ##\\xa0##\\u202f##  ## - ##"),
        ("06_12_34_56_78", "##_##_##_##_##"),
        ("03:25:42 77:00", "##:##:## ##:##"),
        ("123456", "######"),
        ("٠٣٢٥٤٢", "######"),
    ],
)
def test_six_digits_or_more_in_a_row_are_masked_spaced_or_not(found: str, expected: str) -> None:
    assert masked(found) == expected


@pytest.mark.parametrize(
    "text", ["A012", "12345", "guichet 12, file 345", "09:12:04", "2026-11-23T09:12:04+01:00", "port 1883/tcp"]
)
def test_shorter_numbers_are_left_for_the_operator_to_read(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("écrire à jeanne.martin@example.org svp", "écrire à …@… svp"),
        ('{"mail":"j+x@aube.example.fr"}', '{"mail":"…@…"}'),
        ("jean@dupont.éu", "…@…"),
        ("<a@b.fr>, <c@d.fr>", "<…@…>, <…@…>"),
    ],
)
def test_mail_addresses_are_masked(found: str, expected: str) -> None:
    assert masked(found) == expected


def test_control_characters_are_made_visible_so_that_a_terminal_is_not_driven_by_a_message() -> None:
    assert masked("a\x00b\x1b[2Jc\r") == "a\\x00b\\x1b[2Jc\\r"


def test_lines_and_accents_stay_as_they_are() -> None:
    assert masked("Séjour\nÉtrangers") == "Séjour\nÉtrangers"


@given(st.text() | st.from_regex(r"[0-9 .\-]{0,20}"))
def test_no_masked_text_has_six_digits_in_a_row_nor_a_control_character(text: str) -> None:
    found = masked(text)
    assert not re.search(r"\d{6}", re.sub(r"\\[xuU][0-9a-f]+", "", found))
    assert all(character.isprintable() or character == "\n" for character in found)


KEY = b"the key of the tests"
PSEUDONYMS = Pseudonyms(KEY)
LETTERS = "[a-z]{14}"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("0325427700", LETTERS),
        ("appel-0325427700", f"appel-{LETTERS}"),
        ("03 25 42 77 00 puis 06.12.34.56.78", f"{LETTERS} puis {LETTERS}"),
        ("7f0c-000412", f"7f0c-{LETTERS}"),
        ("jeanne.martin@example.org", LETTERS),
        ("0\x003\x002\x005\x004\x002\x007", LETTERS),
        ("tel 03\\xa025\\xa042\\xa077\\xa000", f"tel {LETTERS}"),
        ("tel=03%2E25%2E42%2E77%2E00", f"tel={LETTERS}"),
        ("?mail=jeanne.martin%40example.org", LETTERS),
    ],
)
def test_a_number_or_a_mail_address_is_replaced_by_letters_that_an_id_may_have(found: str, expected: str) -> None:
    assert re.fullmatch(expected, PSEUDONYMS.of_text(found))


@pytest.mark.parametrize("piece", ["a%40", "1%20", "1\\x0", "\\u0040", "a" * 64 + "@", "a" * 64 + "%40" + "b" * 200])
def test_a_message_made_to_be_slow_takes_no_longer_than_others(piece: str) -> None:
    began = time.process_time()
    PSEUDONYMS.of_text((piece * 16_000)[:16_000])
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "20261123-E042",
        "A012",
        "guichet 12",
        "2026-11-23T09:12:04.120+01:00",
        "2014-05-27T09:46:10.757+0000",
        "23/11/2026 09:12:04",
        "20261123091204",
        "20261123T0912",
    ],
)
def test_a_date_and_a_time_are_nobodys_number(text: str) -> None:
    assert PSEUDONYMS.of(text, 64) == text


def test_the_same_number_has_the_same_letters_with_one_key_and_others_with_another() -> None:
    assert PSEUDONYMS.of("a-0325427700", 64)[2:] == PSEUDONYMS.of("b-0325427700", 64)[2:]
    assert PSEUDONYMS.of("0325427700", 64) != PSEUDONYMS.of("0325427701", 64)
    assert PSEUDONYMS.of("0325427700", 64) == Pseudonyms(KEY).of("0325427700", 64)
    assert PSEUDONYMS.of("0325427700", 64) != Pseudonyms(b"another key").of("0325427700", 64)
    assert PSEUDONYMS.fingerprint != Pseudonyms(b"another key").fingerprint


def test_an_id_that_would_become_too_long_is_replaced_as_a_whole() -> None:
    crowded = "-x".join(f"{number:06}" for number in range(8))
    assert len(crowded) <= 64
    assert re.fullmatch(LETTERS, PSEUDONYMS.of(crowded, 64))
    assert PSEUDONYMS.of(crowded, 64) != PSEUDONYMS.of("-y".join(f"{number:06}" for number in range(8)), 64)


def test_a_json_value_has_pseudonyms_in_its_texts_keys_and_numbers_and_times_stay() -> None:
    found = {"0325421234": ["03 25 42 12 34", {"mail": "a@b.fr"}], "n": 325421234, "x": 3.25421234, "few": 12345,
             "epoch": 1763971924, "stamp": 1763971924120, "time": "2026-11-23T09:12:04Z"}  # fmt: skip
    kept = PSEUDONYMS.of_json(found)
    assert not re.search(r"\d{6}", json.dumps({name: kept[name] for name in kept if name not in ("epoch", "stamp")}))
    assert (kept["few"], kept["epoch"], kept["stamp"], kept["time"]) == (
        12345,
        1763971924,
        1763971924120,
        found["time"],
    )
    assert re.fullmatch(LETTERS, kept["n"])
    plain = {"a": [1, -2, 0.5, None, True, False, "Séjour"], "b": {}}
    assert PSEUDONYMS.of_json(plain) == plain


@pytest.mark.parametrize("value", ["1850578006084", 1850578006084, "1603123456", 1763971924120, ["1850578006084"]])
@pytest.mark.parametrize("key", ["nir", "dossier", "data", "ticket"])
def test_a_long_number_is_a_time_only_where_its_key_says_so(key: str, value: object) -> None:
    kept = PSEUDONYMS.of_json({key: value, "time": "1763971924", "sent_at": 1763971924120})
    assert not re.search(r"\d{6}", json.dumps(kept[key]))
    assert (kept["time"], kept["sent_at"]) == ("1763971924", 1763971924120)


@given(st.text() | st.from_regex(r"[0-9 .@\-a]{0,40}"))
def test_what_has_pseudonyms_already_is_left_as_it_is(text: str) -> None:
    once = PSEUDONYMS.of_text(text)
    assert PSEUDONYMS.of_text(once) == once


@given(st.from_regex(r"[0-9a-z@.\- ]{0,64}", fullmatch=True))
def test_what_is_not_suspect_holds_nothing_personal(text: str) -> None:
    if not suspect(text):
        assert masked(text) == text
        assert not suspect(json.dumps(text))


@given(json_values)
def test_a_json_value_with_pseudonyms_is_still_json_that_a_database_can_hold(value: object) -> None:
    text = json.dumps(PSEUDONYMS.of_json(value), allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
