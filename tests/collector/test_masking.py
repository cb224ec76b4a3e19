"""What may be personal does not reach the quarantine, the log or the journal."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.masking import masked, masked_json

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


def test_a_json_value_is_masked_in_its_texts_keys_and_numbers() -> None:
    found = {"0325421234": ["03 25 42 12 34", {"mail": "a@b.fr"}], "n": 325421234, "x": 3.25421234, "few": 12345}
    assert masked_json(found) == {
        "##########": ["## ## ## ## ##", {"mail": "…@…"}],
        "n": "#########",
        "x": "#.########",
        "few": 12345,
    }


def test_a_json_value_without_anything_personal_is_left_as_it_is() -> None:
    found = {"a": [1, -2, 0.5, None, True, False, "Séjour"], "b": {}}
    assert masked_json(found) == found


@given(st.text() | st.from_regex(r"[0-9 .\-]{0,20}"))
def test_no_masked_text_has_six_digits_in_a_row_nor_a_control_character(text: str) -> None:
    found = masked(text)
    assert not re.search(r"\d{6}", re.sub(r"\\[xuU][0-9a-f]+", "", found))
    assert all(character.isprintable() or character == "\n" for character in found)


@given(json_values)
def test_a_masked_json_value_is_still_json_that_a_database_can_hold(value: object) -> None:
    text = json.dumps(masked_json(value), allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
