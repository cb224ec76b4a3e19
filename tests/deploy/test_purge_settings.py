"""How long data are kept: which day is the first, and what a configuration may say of it."""

from datetime import date
from typing import Any

import pytest

from deploy.configuration import parse
from deploy.retention import RetentionSettings
from deploy.settings import SettingsError

BARE = {"site": "aube", "areas": [{"id": "sud", "kind": "hall", "name": "Hall sud"}]}


def faults(**retention: Any) -> list[str]:
    try:
        parse({**BARE, "retention": retention})
    except SettingsError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    ("months", "today", "first"),
    [
        (6, date(2026, 11, 1), date(2026, 6, 1)),
        (6, date(2026, 11, 30), date(2026, 6, 1)),
        (6, date(2026, 12, 1), date(2026, 7, 1)),
        (6, date(2026, 5, 31), date(2025, 12, 1)),
        (6, date(2026, 6, 1), date(2026, 1, 1)),
        (1, date(2026, 1, 31), date(2026, 1, 1)),
        (12, date(2026, 1, 31), date(2025, 2, 1)),
        (13, date(2026, 1, 31), date(2025, 1, 1)),
    ],
)
def test_the_present_month_is_the_last_of_those_that_are_kept(months: int, today: date, first: date) -> None:
    assert RetentionSettings(rows_months=months).rows_before(today) == first
    assert RetentionSettings(aggregates_months=months).aggregates_before(today) == first


def test_six_months_of_rows_and_four_years_of_aggregates_are_kept_unless_told_otherwise() -> None:
    kept = parse(BARE).retention
    assert kept.rows_before(date(2026, 11, 25)) == date(2026, 6, 1)
    assert kept.aggregates_before(date(2026, 11, 25)) == date(2022, 12, 1)


def test_rows_cannot_be_kept_for_longer_than_what_is_made_of_them() -> None:
    assert faults(rows_months=12, aggregates_months=12) == []
    assert faults(rows_months=60) == [
        "retention.rows_months: found 60, expected at most as many as aggregates_months, which are 48"
    ]


@pytest.mark.parametrize("key", ["rows_months", "aggregates_months"])
@pytest.mark.parametrize(
    ("value", "found", "expected"),
    [(0, "0", ">= 1"), (-6, "-6", ">= 1"), (1201, "1201", "<= 1200"), ("6m", '"6m"', "")],
)
def test_a_number_of_months_that_cannot_be_is_told(key: str, value: object, found: str, expected: str) -> None:
    (told,) = faults(**{key: value})
    assert told.startswith(f"retention.{key}: found {found}, expected int")
    assert expected in told


def test_an_unknown_key_is_told_with_those_there_are() -> None:
    assert faults(rows="6m") == [
        "retention.rows: found an unknown key, expected one of: rows_months, aggregates_months"
    ]
